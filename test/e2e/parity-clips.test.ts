// The whole command on models of clips: a made model in seven modules, a drawn clip, a folder as the candidate.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { encode } from "fast-png";
import { expect, test } from "vitest";
import type { ParitySummary } from "../../src/core/parity.ts";
import { readOnnx, writeOnnx } from "../../src/formats/onnx-graph.ts";
import { runCli } from "../helpers/run-cli.ts";
import { writeSplitModel } from "../helpers/split-model.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";
import { faults } from "../helpers/video-faults.ts";

const side = 32;

/** Two clips of a square over noise, a model with its card, and a copy of it under other names with one fault and no constants. */
async function prepared(): Promise<string> {
  const place = temporaryFolder();
  for (const [clip, count] of [
    ["long", 8],
    ["short", 4],
  ] as const)
    for (const [folder, value] of [
      ["frames", (i: number, inside: boolean) => (inside ? 200 : (i * 40503) % 97)],
      ["masks", (_: number, inside: boolean) => Number(inside)],
    ] as const) {
      mkdirSync(join(place, "data", folder, clip), { recursive: true });
      for (let n = 0; n < count; n++) {
        const inside = (i: number) => i % side >= 4 + n && i % side < 16 + n && i > 8 * side && i < 22 * side;
        const data = Uint8Array.from({ length: side * side }, (_, i) => value(i + n, inside(i)));
        const png = encode({ width: side, height: side, channels: 1, depth: 8, data });
        writeFileSync(join(place, "data", folder, clip, `${n}.png`), png);
      }
    }
  writeFileSync(
    join(place, "squares.yaml"),
    [
      "name: squares",
      "title: Squares",
      "version: 1",
      "description: Drawn.",
      "domain: [drawn]",
      "homepage: https://example.org",
      "licence: none",
      "root: data",
      "adapter: { format: clip-folders, frames: 'frames/{sequence}/{frame}.png', masks: 'masks/{sequence}/{frame}.png' }",
      "maskType: instance",
      "evaluator: vos-benchmark",
    ].join("\n"),
  );
  mkdirSync(join(place, "model"));
  const files = await writeSplitModel(join(place, "model"));
  const listed = Object.entries(files).map(([part, file]) => `  ${part}: model/${basename(file)}`);
  writeFileSync(
    join(place, "made.yaml"),
    ["name: made", "family: sam2-video", "files:", ...listed, `image: { size: ${side} }`].join("\n"),
  );
  mkdirSync(join(place, "export"));
  const { plant } = faults.split.find(({ name }) => name === "score-sign")!;
  for (const [part, file] of Object.entries(files)) {
    const copy = join(place, "export", `sam2-${part}-opset17.onnx`);
    if (part === "mask_decoder") await writeOnnx(copy, plant!(await readOnnx(file)));
    else if (part !== "constants") copyFileSync(file, copy);
  }
  return place;
}

test("a folder against a card: the fault by stage in every report, run folders of both, twice the same", async () => {
  const place = await prepared();
  const words = [
    "parity",
    "made.yaml",
    "export",
    "--benchmarks",
    "squares.yaml",
    "--data",
    ".",
    "--limit",
    "2",
  ];
  const { code, out, err } = await runCli([...words, "--out", "one"], { cwd: place });
  expect(err).toMatch(/broken: mistakes \(object-score-sign\): value; expected at most 0, got 1/);
  expect(code).toBe(100);
  expect(out).toMatch(/^Masks agree to .* \(mean IoU of mask to mask, 24 frames of 2 clips\)/m);
  expect(out).toMatch(/^1\. decoder: Object score: its sign is the other way round/m);
  const text = (...path: string[]) => readFileSync(join(place, ...path), "utf8");
  const { clips, diagnoses, cells, identical } = JSON.parse(text("one", "parity.json")) as ParitySummary;
  expect([identical, diagnoses.length, cells[0]!.images]).toEqual([false, 1, 2]);
  expect(clips!.stages.filter(({ error }) => error?.max !== 0).map(({ stage }) => stage)).toEqual([
    ...["decoder", "host choice"],
  ]);
  expect(clips!.stages.at(-1)).toEqual({
    stage: "host choice",
    part: "constants, card",
    runs: 0,
    differences: 0,
  });
  expect(clips!.overTime).toHaveLength(10);
  expect(text("one", "parity.html")).toContain("24 frames of 2 clips");
  const again = await runCli([...words, "--out", "two"], { cwd: place });
  expect(again.code).toBe(100);
  for (const file of ["parity.json", "parity.jsonl", "reference/rows.jsonl", "candidate/rows.jsonl"])
    expect(text("two", file)).toBe(text("one", file));
}, 120_000);
