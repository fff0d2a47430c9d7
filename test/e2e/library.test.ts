// docs/library.md: every example runs against what is built and prints what the page says it does.
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { packageFolder, temporaryFolder } from "../helpers/synthetic.ts";

const page = readFileSync(join(packageFolder, "docs", "library.md"), "utf8");
const examples = [...page.matchAll(/^## (.+?)$|^```js\n(.+?)^```\n\n```text\n(.+?)^```$/gms)];

/** Title, program and output of each. */
function* told(): Generator<readonly [title: string, program: string, output: string]> {
  let title = "";
  for (const [, heading, program, output] of examples)
    if (heading !== undefined) title = heading;
    else yield [title, program!, output!];
}

/** A folder in which `segbench` is installed: what was built, as the package's own `exports` say. */
function installed(): string {
  const place = temporaryFolder();
  const home = join(place, "node_modules", "segbench");
  mkdirSync(home, { recursive: true });
  symlinkSync(dirname(process.env.SEGBENCH_BUILT_CLI!), join(home, "dist"));
  const { name, type, exports } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  writeFileSync(join(home, "package.json"), JSON.stringify({ name, type, exports }));
  return place;
}

test("the examples of the page", async () => {
  const place = installed();
  const examples = [...told()];
  const titles = examples.map(([title]) => title);
  const files = examples.map(([, program], n) => {
    writeFileSync(join(place, `${n}.mjs`), program);
    return `./${n}.mjs`;
  });
  // One after the other in one program: loading the library takes longer than most of them.
  const line = "-".repeat(20);
  const all = files.map((file) => `console.log("${line}");\nawait import("${file}");\n`);
  writeFileSync(join(place, "all.mjs"), all.join(""));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["all.mjs"], { cwd: place });
  const printed = stdout.split(`${line}\n`).slice(1);
  expect(titles.map((title, n) => [title, printed[n]])).toEqual(
    examples.map(([title, , output]) => [title, output]),
  );
  expect(stderr).toBe("");
  expect(titles).toEqual([
    "One benchmark and one model",
    "A run folder",
    "Your own data",
    "Your own protocol",
    "Your own metric",
    "Contexts, events, stopping, errors",
  ]);
  // Those that evaluate in memory write nothing.
  const left = readdirSync(place).filter((name) => !name.endsWith(".mjs"));
  expect(left.sort()).toEqual(["first", "node_modules", "stopped"]);
}, 240_000);
