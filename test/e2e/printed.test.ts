// What is printed runs: every command in the documents and in `--help` runs as it stands in a fresh clone, one after the other, or is
// marked as something else: a block `sh pattern` (names stand for the reader's own), `sh network` (fetches), `sh cuda` (needs a
// GPU), and "Pattern:" in place of "Example:" in a help text.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { preparePlan } from "../../src/config/index.ts";
import { SegbenchError } from "../../src/core/errors.ts";
import { runCli } from "../helpers/run-cli.ts";
import { packageFolder } from "../helpers/synthetic.ts";

const kinds = ["sh", "sh pattern", "sh network", "sh cuda"];

/** Documents that have commands, README first: others use what its commands made. */
const pages = [
  "README.md",
  ...["", "docs", "configs", "scripts"].flatMap((folder) =>
    readdirSync(join(packageFolder, folder), { recursive: folder !== "", encoding: "utf8" })
      .map((name) => relative(packageFolder, join(packageFolder, folder, name)))
      .filter((name) => name.endsWith(".md") && !["README.md", "CHANGELOG.md"].includes(name))
      .sort(),
  ),
];

interface Block {
  readonly page: string;
  readonly kind: string;
  readonly lines: readonly string[];
}

const blocks = pages.flatMap((page): Block[] =>
  [...readFileSync(join(packageFolder, page), "utf8").matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(
    ([, kind, body]) => ({
      ...{ page, kind: kind! },
      lines: body!.split("\n").map((line) => line.replace(/\s+#.*$/, "").trim()),
    }),
  ),
);

const called = /^(?:npm start --|(?:npx )?segbench)(?: |$)/;

/** What the project's own check runs as it is printed (.ci/run). */
const elsewhere = ["npm ci && npm start", "npm ci && npm test"];

let place: string;
let home: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "segbench-printed-"));
  home = join(place, "home");
  mkdirSync(home);
  for (const name of ["datasets", "models"]) symlinkSync(join(packageFolder, name), join(place, name));
  cpSync(join(packageFolder, "configs"), join(place, "configs"), { recursive: true });
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const done = new Set<string>();

async function runs(line: string): Promise<void> {
  const command = line.replace(called, "");
  if (done.has(command)) return;
  done.add(command);
  const words = command.split(/\s+/).map((word) => word.replace(/^~/, home));
  // What serves until it is interrupted is, as soon as it has said where.
  const serves = words[0] === "view" && !words.includes("--export");
  const signal = serves ? { signal: AbortSignal.abort() } : {};
  const { code, err } = await runCli(words, { cwd: place, env: { HOME: home }, ...signal });
  expect(code, `${line}\n${err}`).toBe(0);
}

test("blocks that hold commands say what they are", () => {
  const wrong = blocks.filter(
    ({ kind, lines }) =>
      lines.some((line) => called.test(line) || line.startsWith("npm ")) && !kinds.includes(kind),
  );
  expect(wrong.map(({ page, kind, lines }) => `${page}: \`\`\`${kind}: ${lines[0]}`)).toEqual([]);
});

test("what is left to the project's check is in it", () => {
  const check = readFileSync(join(packageFolder, ".ci/run"), "utf8").split("\n");
  const { scripts } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  expect(check).toEqual(expect.arrayContaining(["npm ci", "npm start", "npm run check"]));
  expect(scripts.check).toContain("npm run test");
});

const commands = blocks
  .filter(({ kind }) => kind === "sh")
  .flatMap(({ page, lines }) => lines.filter((line) => line !== "").map((line) => [page, line] as const))
  .filter(([, line]) => !elsewhere.includes(line));

describe("documents", () => {
  test("nothing but the program is called", () => {
    expect(commands.filter(([, line]) => !called.test(line))).toEqual([]);
  });
  test.each(commands)("%s: %s", (_, line) => runs(line));
});

describe("run files", () => {
  const files = readdirSync(join(packageFolder, "configs")).filter((name) => name.endsWith(".yaml"));
  test.each(files)("configs/%s can be run, or says that it needs data", async (name) => {
    const text = readFileSync(join(packageFolder, "configs", name), "utf8");
    const plan = await preparePlan({ file: join("configs", name), cwd: place, env: {} }).catch(
      (error) => error,
    );
    if (!(plan instanceof SegbenchError)) return expect(plan.benchmarks).not.toEqual([]);
    expect(plan.problems.map(({ what }) => what.replace(/of \S+ is/, "of NAME is"))).toEqual(
      plan.problems.map(() => "root folder of NAME is missing"),
    );
    expect(text).toContain("--data");
  });
});

async function verbNames(): Promise<string[]> {
  const { out } = await runCli(["--help"], { cwd: packageFolder });
  const names = [...out.matchAll(/^ {2}([a-z]+)(?: |$)/gm)].map(([, verb]) => verb!);
  return names.filter((verb) => !["help", "segbench"].includes(verb));
}

/** Lines below a heading of each verb's help. */
async function helpLines(heading: "Example:" | "Pattern:"): Promise<(readonly [string, string])[]> {
  const verbs = await verbNames();
  const texts = await Promise.all(
    ["", ...verbs].map(async (verb) => {
      const help = await runCli(verb === "" ? ["--help"] : [verb, "--help"], { cwd: packageFolder });
      return help.out.split(`\n${heading}\n`).slice(1).join("\n");
    }),
  );
  return texts.flatMap((text, i) =>
    text
      .split(/\n(?! {2})/)[0]!
      .split("\n")
      .filter((line) => line.startsWith("  segbench"))
      .map((line) => [verbs[i - 1] ?? "", line.trim()] as const),
  );
}

describe("help", async () => {
  const examples = await helpLines("Example:");
  /** `pull` fetches; `tune` measures for half a minute, and its own test calls it. */
  const left = ["segbench pull", "segbench tune"];

  test("every verb has an example or a pattern", async () => {
    const patterns = await helpLines("Pattern:");
    const shown = new Set([...examples, ...patterns].map(([verb]) => verb));
    expect((await verbNames()).filter((verb) => !shown.has(verb))).toEqual([]);
    expect(patterns.filter(([, line]) => !/\b[A-Z]{2,}\b/.test(line))).toEqual([]);
  });
  test.each(examples.filter(([, line]) => !left.some((start) => line.startsWith(start))))(
    "%s: %s",
    (_, line) => runs(line),
  );
});
