// Makes reports/example, the committed example: a run of the bundled model and its 8-bit export, and their comparison.
//   npx tsx scripts/example-report.ts [RUN]      RUN: a folder to continue or reuse; default reports/example-run
// The pages are those of the run with smaller photographs, so that the example stays light.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import sharp from "sharp";
import { packageFolder } from "../src/config/paths.ts";

/** Limit of the example's size in the repository. */
const mostBytes = 1_200_000;
/** Width in pixels and WebP quality of the photographs. */
const photographs = { width: 340, quality: 46 };

const config = join("scripts", "example-report.yaml");
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
  ...["report.html", "report.md"].map((name) => join(run, name)),
  ...["comparison.html", "comparison.md"].map((name) => join(compared, name)),
];
let bytes = 0;
for (const file of files) {
  const text = readFileSync(file, "utf8");
  const lighter = file.endsWith(".html") ? await withSmallPhotographs(text) : text;
  writeFileSync(join(target, basename(file)), lighter);
  bytes += Buffer.byteLength(lighter);
}
process.stdout.write(`${target}: ${files.length} files, ${(bytes / 1e6).toFixed(2)} MB\n`);
if (bytes > mostBytes) throw new Error(`${target}: more than ${mostBytes / 1e6} MB`);

function segbench(...words: string[]): void {
  const { status } = spawnSync(process.execPath, ["bin/segbench.js", ...words], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error(`segbench ${words.join(" ")}: exit code ${status}`);
}

/** A page with each embedded WebP image re-encoded, smaller. */
async function withSmallPhotographs(page: string): Promise<string> {
  const parts = page.split(/(data:image\/webp;base64,[A-Za-z0-9+/=]+)/);
  return (await Promise.all(parts.map((part, n) => (n % 2 === 1 ? small(part) : part)))).join("");
}

async function small(source: string): Promise<string> {
  const { width, quality } = photographs;
  const picture = sharp(Buffer.from(source.slice(source.indexOf(",") + 1), "base64"));
  const encoded = await picture
    .resize({ width, withoutEnlargement: true })
    .webp({ quality, effort: 6 })
    .toBuffer();
  return `data:image/webp;base64,${encoded.toString("base64")}`;
}
