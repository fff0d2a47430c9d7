// Times of a run: read from its folder whatever is in it, summed up, and put in words.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ModelTimes } from "../../src/core/timing.ts";
import { summarizeTimes } from "../../src/core/timing.ts";
import { writers } from "../../src/report/index.ts";
import { durationText, sharesText, timesSentence } from "../../src/report/times-text.ts";
import { readTimes } from "../../src/store/read-run.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";
import { smallInput } from "../report/example.ts";

const line = (model: string, encode: number, more = {}) =>
  JSON.stringify({
    ...{ model, benchmark: "b", image: "i", read: 2, encode, decode: 10, idle: 0, write: 0 },
    ...{ passed: 500, targets: 3, prompts: 9, clicks: 8, encoded: 1, cached: 0, ...more },
  });

function folderOf(lines: readonly string[]): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "timing.jsonl"), lines.join("\n"));
  return folder;
}

test("sums, medians and 95th percentiles by model; phases without any time are left out", async () => {
  const folder = folderOf([
    line("a", 30),
    line("b", 1000, { encoded: 0, cached: 1 }),
    line("a", 10, { passed: 1500 }),
    line("a", 20),
  ]);
  const phase = (name: string, total: number, p50: number, p95: number) => ({ phase: name, total, p50, p95 });
  expect(await summarizeTimes(readTimes(folder))).toEqual([
    {
      ...{ model: "a", images: 3, targets: 9, prompts: 27, clicks: 24, encoded: 3, cached: 0, seconds: 2.5 },
      phases: [phase("read", 6, 2, 2), phase("encode", 60, 20, 29), phase("decode", 30, 10, 10)],
    },
    {
      ...{ model: "b", images: 1, targets: 3, prompts: 9, clicks: 8, encoded: 0, cached: 1, seconds: 0.5 },
      phases: [phase("read", 2, 2, 2), phase("encode", 1000, 1000, 1000), phase("decode", 10, 10, 10)],
    },
  ]);
});

test("lines of an older kind, damaged and cut-off ones are passed over; no file is no times", async () => {
  const old = '{"model":"a","benchmark":"b","image":"i","read":1,"encode":2,"targets":1,"prompts":1}';
  const folder = folderOf([old, "null", "{", line("a", 30), line("a", 10).slice(0, 40)]);
  expect(await summarizeTimes(readTimes(folder))).toMatchObject([{ model: "a", images: 1 }]);
  expect(await summarizeTimes(readTimes(temporaryFolder()))).toEqual([]);
});

const times: ModelTimes = {
  ...{ model: "sam-vit-b", images: 12, targets: 240, prompts: 500, clicks: 436, encoded: 2, cached: 10 },
  seconds: 8.2,
  phases: [
    { phase: "read", total: 4, p50: 1, p95: 2 },
    { phase: "encode", total: 1200, p50: 90, p95: 200 },
    { phase: "decode", total: 796, p50: 60, p95: 70 },
    { phase: "idle", total: 2000, p50: 100, p95: 150 },
  ],
};

test("in words: rates, what was kept, shares, the largest first", () => {
  expect(timesSentence(times, [])).toBe(
    "12 images in 8.2 s: 1.5 images, 29 masks and 53 clicks per second; 10 embeddings kept from earlier, 2 images encoded",
  );
  expect(timesSentence({ ...times, images: 1, seconds: 0, cached: 0, clicks: 0 }, [])).toBe(
    "1 image in 0.0 s: - images, - masks and - prompts per second",
  );
  // Of all masks of an image: how many targets it has takes no time.
  expect(timesSentence(times, [{ whole: true }])).toContain("8.2 s: 1.5 images and 53 clicks per second;");
  expect(sharesText(times)).toBe("idle 50.0 %, encode 30.0 %, decode 19.9 %, read 0.1 %");
  expect([9.94, 42, 450, 12_240].map(durationText)).toEqual(["9.9 s", "42 s", "7.5 min", "3.4 h"]);
});

test("in the reports: a section of its own, and none without times", async () => {
  const input = { ...smallInput(), times: [times] };
  const [html, markdown] = [await writers.html.render(input), writers.markdown.render(input)];
  expect(markdown).toContain("## Where the time went\n\n- SAM ViT-B: 12 images in 8.2 s: 1.5 images");
  expect(markdown).toContain(
    "| encode | the image encoder, or reading a kept embedding | 30.0 | 100 | 90.0 | 200 |",
  );
  expect(html).toContain('<a href="#times">Time</a>');
  expect(html).toContain(
    'aria-label="Shares of time. SAM ViT-B: read 0.1 %, encode 30.0 %, decode 19.9 %, idle 50.0 %"',
  );
  for (const without of [smallInput(), { ...smallInput(), times: [] }]) {
    expect(await writers.html.render(without)).not.toContain("Where the time went");
    expect(writers.markdown.render(without)).not.toContain("Where the time went");
  }
});

test("clips: frames and graphs are added up; in the reports frames per second, and milliseconds of a frame by stage", async () => {
  const parts = { image_encoder: { runs: 4, ms: 40 }, memory_attention: { runs: 6, ms: 120 } };
  const clip = { decode: 120, encoded: 0, clicks: 0, frames: 4, parts };
  const folder = folderOf([
    line("a", 40, clip),
    line("a", 40, { ...clip, passed: 1500 }),
    // What is damaged in the graphs' times is left out, and the frames still count.
    line("b", 40, { ...clip, parts: { image_encoder: 40 } }),
  ]);
  const [a, b] = await summarizeTimes(readTimes(folder));
  expect([a!.frames, a!.graphs]).toEqual([
    8,
    [
      { graph: "image_encoder", runs: 8, ms: 80 },
      { graph: "memory_attention", runs: 12, ms: 240 },
    ],
  ]);
  expect([b!.frames, b!.graphs]).toEqual([4, undefined]);
  expect(timesSentence(a!, [])).toBe("2 clips, 8 frames in 2.0 s: 4 frames per second");
  expect(timesSentence(a!, [{}, {}])).toBe(
    "2 clips, 8 frames (counting each protocol's) in 2.0 s: 4 frames per second",
  );
  expect(sharesText(a!)).toBe("memory attention 74.1 %, image encoder 24.7 %, read 1.2 %");
  const input = { ...smallInput(), times: [{ ...a!, model: "sam-vit-b" }] };
  const markdown = writers.markdown.render(input);
  expect(markdown).toContain("| memory attention | 30.0 | 74.1 | 1.50 | 20.0 |");
  expect(markdown).toContain("| read | 0.50 | 1.2 | - | - |");
  const page = await writers.html.render(input);
  expect(page).toContain(
    'aria-label="Shares of time. SAM ViT-B: read 1.2 %, image encoder 24.7 %, memory attention 74.1 %"',
  );
  expect(page).toContain("Stages of a frame&#39;s time");
});
