// docs/library.md: every example runs against what is built, in a program of its own, and prints what the page says it does.
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
  const titles: string[] = [];
  for (const [title, program, output] of told()) {
    titles.push(title);
    const file = join(place, `${titles.length}.mjs`);
    writeFileSync(file, program);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: place });
    expect({ title, stdout, stderr }).toEqual({ title, stdout: output, stderr: "" });
  }
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
