// The runtime keeps to itself: with an empty home and temporary folder nothing is left there, whoever loads it.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { withoutTelemetry } from "../../src/models/runtime/telemetry.ts";
import { packageFolder, temporaryFolder } from "../helpers/synthetic.ts";

const built = process.env.SEGBENCH_BUILT_CLI!;
const models = ["encoder", "decoder"].map((stage) => join(packageFolder, "models", "tiny", `${stage}.onnx`));

/** How a program ended that nobody told about telemetry, and what it left in its home and temporary folder. */
function ended(words: readonly string[], env: Record<string, string | undefined> = {}) {
  const place = temporaryFolder();
  const [home, tmp, cwd] = ["home", "tmp", "cwd"].map((name) => join(place, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [home, tmp, cwd]) mkdirSync(folder);
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    ...{ cwd, encoding: "utf8" },
    env: { ...process.env, ORT_DISABLE_TELEMETRY: undefined, HOME: home, TMPDIR: tmp, ...env },
  });
  return { status, stdout, stderr, left: [home, tmp].flatMap((folder) => readdirSync(folder)) };
}

/** A program that has these names from a file of what is built. */
function program(names: string, from: string, text: string): string {
  const file = join(temporaryFolder(), "program.mjs");
  const url = JSON.stringify(pathToFileURL(join(dirname(built), from)).href);
  writeFileSync(file, `import { ${names} } from ${url};\n${text}`);
  return file;
}

describe("nothing is left in the home and the temporary folder", () => {
  const run = [
    "run",
    "--models",
    "tiny",
    "--benchmarks",
    "doors",
    "--limit",
    "1",
    "--no-pages",
    "--out",
    "out",
  ];
  test.each([
    ["by a run, whose work a child does", {}],
    ["by a run in one process", { SEGBENCH_SUPERVISED: "off" }],
  ])("%s", (_, env) => {
    expect(ended([join(built, "main.js"), ...run], env)).toMatchObject({ status: 0, left: [] });
  });

  test("by a program that uses the library", () => {
    const text = `const { files, problems } = await inspect(${JSON.stringify(models)}, {}, { cwd: "/" });
      console.log(files.length, problems.length);`;
    const found = ended([program("inspect", "index.js", text)]);
    expect(found).toEqual({ status: 0, stdout: "2 0\n", stderr: "", left: [] });
  });
});

test("somebody else's thread is warned, once, where the variable cannot be set or is set for the thread alone", () => {
  const { status, stdout, stderr } = ended([
    program(
      "withoutTelemetry",
      "models/runtime/telemetry.js",
      `import { isMainThread, SHARE_ENV, Worker } from "node:worker_threads";
       if (isMainThread) {
         const own = { ORT_DISABLE_TELEMETRY: "1" };
         // The third sets it for all.
         for (const options of [{}, { env: own }, { env: SHARE_ENV }, {}]) {
           const worker = new Worker(new URL(import.meta.url), { ...options, stderr: true });
           await new Promise((resolve) => worker.on("exit", resolve));
         }
       } else {
         const heard = [];
         process.on("warning", ({ name, code, message }) => heard.push(name, code, message));
         withoutTelemetry();
         withoutTelemetry();
         await new Promise((resolve) => setTimeout(resolve, 10));
         console.log(heard.join(" "));
       }`,
    ),
  ]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const warning =
    "SegbenchWarning SEGBENCH_TELEMETRY segbench cannot switch off onnxruntime's telemetry from a worker thread: it may look up its vendor's server and write to the home and temporary folder. Set ORT_DISABLE_TELEMETRY=1 on the main thread before this thread starts";
  expect(stdout.split("\n")).toEqual([warning, warning, "", "", ""]);
});

describe("the variable", () => {
  afterEach(() => {
    process.env.ORT_DISABLE_TELEMETRY = "1";
  });

  test.each([
    [undefined, "1"],
    ["0", "0"],
    ["", ""],
  ])("%s becomes %s: what the user set stays", (before, after) => {
    delete process.env.ORT_DISABLE_TELEMETRY;
    if (before !== undefined) process.env.ORT_DISABLE_TELEMETRY = before;
    withoutTelemetry();
    expect(process.env.ORT_DISABLE_TELEMETRY).toBe(after);
  });
});
