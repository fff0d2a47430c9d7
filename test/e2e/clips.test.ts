// Clips on the command line: from a folder of frames and their masks to rows and a report, stopped and continued, and what is refused.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { makeFolder } from "../formats/fixture.ts";
import { runCli } from "../helpers/run-cli.ts";
import { writeSplitModel } from "../helpers/split-model.ts";
import { packageFolder } from "../helpers/synthetic.ts";

vi.setConfig({ testTimeout: 240_000 });

const samples = join(packageFolder, "datasets", "samples");
const folder = makeFolder();
const at = folder.root;
afterAll(() => folder.remove());
const cli = (...words: string[]) => runCli(words, { cwd: at });
const own = ["--video", "clips/frames", "--masks", "clips/masks", "--model", "split"];

beforeAll(async () => {
  mkdirSync(join(at, "split"));
  await writeSplitModel(join(at, "split"));
  // Two clips of four frames: what is asked is how they are run.
  for (const clip of ["marbles", "two-fish"]) {
    for (const [from, to] of [
      ["JPEGImages", "frames"],
      ["Annotations", "masks"],
    ])
      cpSync(join(samples, "davis2017", from!, "480p", clip), join(at, "clips", to!, clip), {
        recursive: true,
        filter: (path) => !/0000[4-9]\.\w+$/.test(path),
      });
  }
});

const rowsOf = (out: string) => readFileSync(join(at, out, "rows.jsonl"), "utf8");
const masksOf = (out: string) => readFileSync(join(at, out, "masks.jsonl"), "utf8");

test("a run of own clips; stopped in between and continued it is the same, byte for byte", async () => {
  const whole = await cli("run", ...own, "--out", "whole", "--no-pages");
  expect(whole).toMatchObject({ code: 0 });
  expect(whole.err).toMatch(
    /clips: 2 clips with 8 frames, frames\/\{clip\}\/\{frame\}\.jpg and masks\/\{clip\}\/\{frame\}\.png/,
  );
  expect(whole.err).toMatch(
    /^expected: about \d+ s: 8 frames in 2 clips, [\d.]+ s a frame \(split, \d frames of /m,
  );
  expect(whole.out).toMatch(/2 clips, 5 objects/);
  const first = await cli("run", ...own, "--out", "parts", "--limit", "1", "--no-pages");
  expect(first.code).toBe(0);
  const rest = await cli("run", ...own, "--out", "parts", "--no-pages", "--workers", "2");
  expect(rest).toMatchObject({ code: 0, err: expect.stringContaining("1 of 2 clips are kept") });
  expect(rowsOf("parts")).toBe(rowsOf("whole"));
  expect(masksOf("parts")).toBe(masksOf("whole"));
  const rows = rowsOf("whole")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rows.map(({ protocol, status, facts }) => [protocol, status, facts.scored])).toEqual(
    Array(5).fill(["vos-mask@1", "ok", [1, 2]]),
  );
  // Every scored frame's mask of every target.
  const frames = masksOf("whole")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).frame);
  expect(frames.toSorted()).toEqual([...Array(5).fill("00001"), ...Array(5).fill("00002")]);
  const [line] = readFileSync(join(at, "whole", "timing.jsonl"), "utf8").split("\n");
  const { frames: played, parts } = JSON.parse(line!);
  expect(played).toBe(4);
  expect(Object.keys(parts).sort()).toEqual([
    ...["image_encoder", "mask_decoder", "memory_attention", "memory_encoder", "mlp", "obj_ptr_tpos_proj"],
    "prompt_encoder",
  ]);
});

test("one target of a clip alone has the row that it has among the others", async () => {
  writeFileSync(join(at, "ids.txt"), "clips\ttwo-fish\t2\n");
  const { code, err } = await cli("run", ...own, "--ids", "ids.txt", "--out", "alone", "--no-pages");
  expect([code, err.includes("error")]).toEqual([0, false]);
  const [row] = rowsOf("whole")
    .split("\n")
    .filter((line) => /"sample":"two-fish".*"target":"2"/.test(line));
  expect(rowsOf("alone")).toBe(`${row}\n`);
});

test("a frame that cannot be read fails its clip by name, and the others go on", async () => {
  cpSync(join(at, "clips"), join(at, "broken"), { recursive: true });
  writeFileSync(join(at, "broken/frames/marbles/00002.jpg"), "no picture");
  const words = ["--video", "broken/frames", "--masks", "broken/masks", "--model", "split"];
  const { code } = await cli("run", ...words, "--out", "failed", "--no-pages", "--max-failures", "50%");
  const rows = rowsOf("failed")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rows.filter(({ sample }) => sample === "two-fish").every(({ status }) => status === "ok")).toBe(
    true,
  );
  const failed = rows.filter(({ sample }) => sample === "marbles");
  expect(failed.length).toBeGreaterThan(0);
  for (const { status, reason } of failed) {
    expect(status).toBe("failed");
    expect(reason).toMatch(/00002/);
  }
  expect(code).toBe(failed.length > 2 ? 1 : 0);
  rmSync(join(at, "broken"), { recursive: true });
});

describe("images and clips do not mix", () => {
  test.each([
    {
      name: "a model of images",
      words: ["--benchmarks", "davis2017-val", "--models", "tiny", "--data", samples],
      says: "model tiny: is a model of images, which does not take clips; expected a model of a family of clips (sam2-video, edgetam-video, tiny-video), such as an export of SAM 2 or EdgeTAM (docs/models.md, Models of clips), got sam",
    },
    {
      name: "a model of clips",
      words: ["--benchmarks", "doors", "--models", "tiny-video", "--data", samples],
      says: "model tiny-video: is a model of clips, which does not take images",
    },
    {
      name: "protocols of images",
      words: [
        "--benchmarks",
        "davis2017-val",
        "--models",
        "tiny-video",
        "--protocols",
        "box@1",
        "--data",
        samples,
      ],
      says: "--protocols: are of images, and the benchmarks of clips; expected vos-mask@1, vos-box@1, vos-1-click@1, vos-3-click@1, vos-5-click@1",
    },
    {
      name: "benchmarks of both",
      words: ["--benchmarks", "doors,davis2017-val", "--models", "tiny-video", "--data", samples],
      says: "--benchmarks: are of images and of clips; expected a run for each; got of images doors; of clips davis2017-val",
    },
    {
      name: "metrics",
      words: [...own, "--metrics", "iou"],
      says: "--metrics: protocols of the task video have measures of their own; expected no metrics",
    },
    {
      name: "images besides",
      words: [...own, "--images", "clips"],
      says: "--images: does not go with video; expected video with masks",
    },
  ])("$name", async ({ words, says }) => {
    mkdirSync(join(at, "none"), { recursive: true });
    const { code, err } = await cli("run", ...words, "--out", "none/out");
    expect(code).not.toBe(0);
    expect(err).toContain(says);
  });
});
