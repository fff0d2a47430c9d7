// Makes reports/example, the committed example: a run of the bundled model and its 8-bit export, and their comparison.
//   npx tsx scripts/example-report.ts [RUN]      RUN: a folder to continue or reuse; default reports/example-run
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../src/config/package.ts";

/** Larger than this it does not belong into a repository. */
const mostBytes = 8_000_000;
const config = join("configs", "example.yaml");
const variant = join("models", "variants", "tiny-int8-static.yaml");
const run = process.argv[2] ?? join("reports", "example-run");
const compared = `${run}-compared`;
const target = join("reports", "example");

process.chdir(packageFolder);
if (!existsSync(variant))
  throw new Error(
    `${variant} is missing: cd scripts/tiny-model && python variants.py ../../models/tiny ../../models/variants`,
  );
segbench("run", config, "--out", run);
segbench("compare", run, "--base", "tiny", "--out", compared);

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const files = [
  ...["report.html", "report.md", "summary.json"].map((name) => join(run, name)),
  ...["comparison.html", "comparison.md"].map((name) => join(compared, name)),
];
let bytes = 0;
for (const file of files) {
  copyFileSync(file, join(target, file.slice(file.lastIndexOf("/") + 1)));
  bytes += statSync(file).size;
}
process.stdout.write(`${target}: ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB\n`);
if (bytes > mostBytes) throw new Error(`${target}: more than ${mostBytes / 1e6} MB`);

function segbench(...words: string[]): void {
  const { status } = spawnSync(process.execPath, ["bin/segbench.js", ...words], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error(`segbench ${words.join(" ")}: exit code ${status}`);
}
