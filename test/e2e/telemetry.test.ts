// The runtime keeps to itself: with an empty home and temporary folder nothing is left there, whoever loads it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { withoutTelemetry } from "../../src/models/runtime/telemetry.ts";
import { packageFolder, sharedFolder } from "../helpers/synthetic.ts";

const shared = sharedFolder();
const built = process.env.SEGBENCH_BUILT_CLI!;
const models = ["encoder", "decoder"].map((stage) => join(packageFolder, "models", "tiny", `${stage}.onnx`));

/** How a program ended that nobody told about telemetry, and what it left in its home and temporary folder. */
async function ended(words: readonly string[], env: Record<string, string | undefined> = {}) {
  const place = mkdtempSync(join(shared, "place-"));
  const [home, tmp, cwd] = ["home", "tmp", "cwd"].map((name) => join(place, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [home, tmp, cwd]) mkdirSync(folder);
  const child = spawn(process.execPath, words, {
    ...{ cwd, stdio: ["ignore", "pipe", "pipe"] },
    env: { ...process.env, ORT_DISABLE_TELEMETRY: undefined, HOME: home, TMPDIR: tmp, ...env },
  });
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close").then(([code]) => code as number | null),
  ]);
  return { status, stdout, stderr, left: [home, tmp].flatMap((folder) => readdirSync(folder)) };
}

/** A program that has these names from a file of what is built. */
function program(names: string, from: string, code: string): string {
  const file = join(mkdtempSync(join(shared, "place-")), "program.mjs");
  const url = JSON.stringify(pathToFileURL(join(dirname(built), from)).href);
  writeFileSync(file, `import { ${names} } from ${url};\n${code}`);
  return file;
}

describe.concurrent("nothing is left in the home and the temporary folder", () => {
  test.each([
    [
      "by a run, whose work a child does",
      "run --models tiny --benchmarks doors --protocols box@1 --limit 1 --no-pages --out out",
    ],
    ["by a verb in one process", `inspect ${models.join(" ")}`],
  ])("%s", async (_, words) => {
    expect(await ended([join(built, "main.js"), ...words.split(" ")])).toMatchObject({ status: 0, left: [] });
  });

  test("by a program that uses the library", async () => {
    const code = `const { files, problems } = await inspect(${JSON.stringify(models)}, {}, { cwd: "/" });
      console.log(files.length, problems.length);`;
    const found = await ended([program("inspect", "index.js", code)]);
    expect(found).toEqual({ status: 0, stdout: "2 0\n", stderr: "", left: [] });
  });
});

test("somebody else's thread is warned, once, where the variable cannot be set or is set for the thread alone", async () => {
  const { status, stdout, stderr } = await ended([
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
