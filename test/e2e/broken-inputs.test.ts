// What a broken input looks like to the person who has it: the exact message, the exit code, and everything else scored.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Row } from "../../src/core/rows.ts";
import { runCli, startCli } from "../helpers/run-cli.ts";
import { gray, packageFolder, temporaryFolder, workPlace, writeModelCard } from "../helpers/synthetic.ts";

const run = (place: string, ...words: string[]) =>
  runCli(["run", "run.yaml", "--out", "out", ...words], { cwd: place });

function rowsOf(place: string): Row[] {
  const text = readFileSync(join(place, "out", "rows.jsonl"), "utf8").trim();
  return text.split("\n").map((line) => JSON.parse(line));
}

/** Failed rows as "image target: reason". */
const failures = (place: string) =>
  rowsOf(place).flatMap((row) =>
    row.status === "failed" ? [`${row.sample} ${row.target}: ${row.reason}`] : [],
  );

/** Ten images of which one or two are spoilt, one protocol, every failure allowed. */
const place = (options: { decoder?: string; extra?: string } = {}) =>
  workPlace({ images: 4, targets: 2 }, { protocols: ["sam1-d1@1"], extra: "maxFailures: 1", ...options });

test("a truncated PNG: the image fails, the others are scored", async () => {
  const at = await place();
  const file = join(at, "data", "img0001", "images", "img0001.png");
  writeFileSync(file, readFileSync(file).subarray(0, 700));
  expect(await run(at)).toMatchObject({ code: 0 });
  expect(failures(at)).toEqual([
    "img0001 *: img0001/images/img0001.png: the image cannot be decoded; expected a complete file in a known image format, got 700 bytes",
  ]);
  expect(rowsOf(at).filter(({ status }) => status === "ok")).toHaveLength(6);
});

test("a truncated JPEG", async () => {
  const at = await place();
  const png = join(at, "data", "img0001", "images", "img0001.png");
  const { default: sharp } = await import("sharp");
  const jpeg = await sharp(png).jpeg().toBuffer();
  writeFileSync(png, jpeg.subarray(0, jpeg.length - 200));
  expect(await run(at)).toMatchObject({ code: 0 });
  expect(failures(at)).toEqual([
    `img0001 *: img0001/images/img0001.png: the image cannot be decoded; expected a complete file in a known image format, got ${jpeg.length - 200} bytes`,
  ]);
});

test("a mask of another size than its image, and an empty one", async () => {
  const at = await place();
  const folder = join(at, "data", "img0001", "masks");
  await gray(Buffer.alloc(20 * 10, 255), 20, 10).toFile(join(folder, "t0.png"));
  await gray(Buffer.alloc(64 * 48), 64, 48).toFile(join(folder, "t1.png"));
  expect(await run(at)).toMatchObject({ code: 0 });
  expect(failures(at)).toEqual([
    "img0001 t0: img0001/masks/t0.png: the mask and its image differ in size; expected 64x48, got 20x10",
  ]);
  expect(rowsOf(at).find(({ target, sample }) => target === "t1" && sample === "img0001")).toMatchObject({
    status: "dropped",
    reason: "empty",
  });
});

test("a model that returns NaN for some prompts fails those targets only", async () => {
  const at = await place({ decoder: "decoder-nan" });
  expect(await run(at)).toMatchObject({ code: 0 });
  const failed = failures(at);
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.length).toBeLessThan(8);
  for (const failure of failed)
    expect(failure).toMatch(/^img\d{4} t\d: predicted IoU of mask \d is not finite: NaN$/);
});

test("too many failures end the run with exit code 1, and what was scored stays", async () => {
  const at = await workPlace({ images: 4, targets: 2 }, { protocols: ["sam1-d1@1"], decoder: "decoder-nan" });
  const { code, err } = await run(at);
  expect(code).toBe(1);
  expect(err).toMatch(
    /error: constant on dots: too many failures; expected at most 2 targets, 2 rows \(--max-failures \d allows these\), got \d of 8 rows, in .*; most often: predicted IoU of mask \d is not finite: NaN\n$/,
  );
  expect(existsSync(join(at, "out", "report.html"))).toBe(true);
});

test("an ONNX file that is truncated, and one with the wrong inputs", async () => {
  const at = await place();
  const whole = readFileSync(join(packageFolder, "models", "tiny", "encoder.onnx"));
  const fixtures = join(packageFolder, "test", "fixtures", "models");
  writeFileSync(join(at, "short.onnx"), whole.subarray(0, 100_000));
  writeModelCard(at, "short", "short.onnx", join(fixtures, "decoder-4.onnx"));
  writeModelCard(at, "renamed", join(fixtures, "encoder.onnx"), join(fixtures, "decoder-renamed.onnx"));
  const { code, err } = await run(at, "--models", "./short.yaml,./renamed.yaml");
  expect(code).toBe(1);
  const [first, second] = err.trim().split("\n");
  expect(first).toBe(
    `error: ${join(at, "short.onnx")}: cannot be opened as an ONNX model; expected a whole ONNX file that onnxruntime can run on provider "cpu", got Load model from ${join(at, "short.onnx")} failed:Protobuf parsing failed.`,
  );
  expect(second).toBe(
    `${join(fixtures, "encoder.onnx")}, ${join(fixtures, "decoder-renamed.onnx")}: not the SAM contract: decoder input "point_coords" is missing; got image_embeddings, points, point_labels, mask_input, has_mask_input`,
  );
  expect(existsSync(join(at, "out"))).toBe(false);
});

test("a full disk: the message names the file, and the rows before stay", async () => {
  const at = await place();
  mkdirSync(join(at, "out"));
  symlinkSync("/dev/full", join(at, "out", "rows.jsonl"));
  const { code, err } = await run(at);
  expect(code).toBe(1);
  expect(err).toContain(
    `error: ${join(at, "out", "rows.jsonl")}: cannot be written; what was scored before is kept; got no space left on the disk`,
  );
});

test.skipIf(!existsSync("/dev/full"))(
  "standard output that cannot be written: a sentence, and what was scored stays",
  async () => {
    const at = await place();
    const full = openSync("/dev/full", "w");
    const sentence = "error: standard output cannot be written; got no space left on the disk\n";
    const listed = startCli(["list", "formats"], { cwd: at, stdout: full });
    const ran = startCli(["run", "run.yaml", "--out", "out"], { cwd: at, stdout: full });
    expect(await listed.finished).toMatchObject({ code: 1, err: sentence });
    const { code, err } = await ran.finished;
    closeSync(full);
    expect([code, err.includes(sentence), err.includes("    at ")]).toEqual([1, true, false]);
    expect(rowsOf(at)).toHaveLength(8);
  },
);

test("a reader that closes the pipe after a line is not an error", async () => {
  const at = await place();
  const { child, finished } = startCli(["list", "benchmarks"], { cwd: at });
  child.stdout!.once("data", () => child.stdout!.destroy());
  expect(await finished).toMatchObject({ code: 0, err: "" });
});

test("an output folder that cannot be written", async () => {
  const at = await place();
  const { code, err } = await run(at, "--out", "/proc/segbench");
  expect(code).toBe(1);
  expect(err).toBe(
    "error: /proc/segbench: the run folder cannot be created; got nothing at /proc/segbench\n",
  );
});

test("a provider that is not there", async () => {
  const at = await place();
  const { code, err } = await run(at, "--provider", "cuda");
  expect(code).toBe(1);
  expect(err).toContain(
    'cannot be opened on provider "cuda"; expected cuda, which needs Linux x64 with an NVIDIA GPU',
  );
});

test("a missing root folder, before anything is opened", async () => {
  const at = await place();
  rmSync(join(at, "data"), { recursive: true });
  const { code, err } = await run(at);
  expect(code).toBe(1);
  expect(err).toBe(
    "error: run.yaml:3:41 benchmarks[0].root: root folder of dots is missing; expected a folder with the data from https://example.org/dots unpacked; got nothing at data\n",
  );
});

test("wrong usage exits with 2, help with 0", async () => {
  const cwd = temporaryFolder();
  const [verb, far, option, value, help] = await Promise.all([
    runCli(["rnu"], { cwd }),
    runCli(["foo"], { cwd }),
    runCli(["run", "--limmit", "3"], { cwd }),
    runCli(["run", "--shard", "3/3"], { cwd }),
    runCli(["run", "--help"], { cwd }),
  ]);
  expect(verb).toMatchObject({
    code: 2,
    err: 'error: unknown verb "rnu"; expected one of run, report, merge, work, queue, compare, baseline, parity, view, rows, export, replay, score, masks, tune, inspect, validate, list, init, pull (did you mean "run"?)\n',
  });
  expect(far.err).toMatch(/^error: unknown verb "foo"; expected one of run, .*, pull\n$/);
  expect(option).toMatchObject({ code: 2 });
  expect(option.err).toContain("error: unknown option '--limmit'\n(Did you mean --limit?)");
  expect(value).toMatchObject({ code: 2 });
  expect(value.err).toContain("Expected i/n with i from 0 to n - 1, e.g. 0/3; or auto/n");
  expect(help).toMatchObject({ code: 0 });
  expect(help.out).toContain("Example:");
});

test("phrases: one without words, masks that are none or of another size, an image cut off and one that is not there", async () => {
  const at = temporaryFolder();
  const drawings = join(packageFolder, "datasets", "samples", "drawn-phrases", "images");
  const drawn = (name: string) => readFileSync(join(drawings, name));
  writeFileSync(join(at, "a.jpg"), drawn("drawn_200000.jpg"));
  writeFileSync(join(at, "b.jpg"), drawn("drawn_200001.jpg").subarray(0, 3000));
  const asked = [
    ["a", "star", [[10, 10, 60, 10, 60, 60]]],
    ["a", "", undefined],
    ["a", "zebra", undefined],
    ["a", "moon", { size: [256, 256], counts: "zz~9" }],
    ["a", "disc", { size: [20, 20], counts: [100, 300] }],
    ["b", "star", undefined],
    ["c", "star", undefined],
  ] as const;
  const size = { width: 256, height: 256, is_instance_exhaustive: 1 };
  const images = asked.map(([name, text_input], id) => ({
    id,
    file_name: `${name}.jpg`,
    text_input,
    ...size,
  }));
  const annotations = asked.flatMap(([, , segmentation], id) =>
    segmentation === undefined ? [] : [{ id, image_id: id, category_id: 1, iscrowd: 0, segmentation }],
  );
  const file = { images, annotations, categories: [{ id: 1, name: "object" }] };
  writeFileSync(join(at, "ann.json"), JSON.stringify(file));
  const own = ["--images", ".", "--annotations", "ann.json", "--protocols", "concept@1"];
  const how = ["--model", "tiny-concept", "--max-failures", "1", "--no-pages", "--out", "out"];
  expect(await runCli(["run", ...own, ...how], { cwd: at })).toMatchObject({ code: 0 });
  // The order of images is drawn by the benchmark's name, which is the folder's.
  expect(failures(at).sort()).toEqual([
    "a 1: phrase: it has no words",
    'a 3: ann.json: annotations[1]: compressed RLE has a bad character at position 0; expected characters from "0" to "o", got "z"',
    "a 4: ann.json: annotations[2]: the mask and its image differ in size; expected 256x256, got 20x20",
    "b *: b.jpg: the image cannot be decoded; expected a complete file in a known image format, got 3000 bytes",
    "c *: c.jpg: there is no such file",
  ]);
  expect(rowsOf(at).flatMap((row) => (row.status === "ok" ? [row.category] : []))).toEqual(["star", "zebra"]);
});
