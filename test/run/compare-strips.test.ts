// Two runs of clips compared: the same frames of both sides, from the clips on disk; and what is said where they are not there.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { labelPng } from "../../scripts/miniatures/files.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { openClips } from "../../src/datasets/index.ts";
import { evaluateSample } from "../../src/eval/index.ts";
import { video } from "../../src/eval/video/index.ts";
import { toBytes } from "../../src/masks/bit-mask.ts";
import { compare } from "../../src/run/compare/compare.ts";
import { drawn, fakeModel, type Place, size } from "../eval/video/fake-clip.ts";
import { manifestOf, plan as samplePlan, sharedFolder, temporaryFolder } from "../store/sample-run.ts";

const protocol = video.protocols["vos-mask@1"]!;
const places: readonly Place[] = Array.from({ length: 9 }, (_, i) =>
  i === 4 ? undefined : [2 + 2 * i, 4, 8, 8],
);
const card = {
  ...{
    name: "drawn",
    title: "Drawn",
    version: 1,
    domain: [],
    licence: "CC0",
    homepage: "",
    maskType: "instance",
  },
  ...{ root: "drawn", evaluator: "davis2017" },
  adapter: { format: "clip-folders", frames: "frames/{clip}/{frame}.png", masks: "masks/{clip}/{frame}.png" },
} as unknown as DatasetCard;
const data = sharedFolder();
const sides = { base: sharedFolder(), candidate: sharedFolder() };
const context = {
  cwd: data,
  env: {},
  onEvent: () => {},
  signal: new AbortController().signal,
} as unknown as Parameters<typeof compare>[2];
const clips = ["one", "two"];
const palette = [0, 90, 180].map((grey) => [grey, grey, grey]);

/** The base follows; in the clip "two" the candidate loses the object from frame 3 on, and sees it where it is gone. */
const answers: Readonly<Record<keyof typeof sides, (clip: string, frame: number) => Place>> = {
  base: (_, frame) => places[frame],
  candidate: (clip, frame) =>
    clip === "one" || frame < 3 ? places[frame] : frame === 4 ? [10, 4, 8, 8] : undefined,
};

beforeAll(async () => {
  for (const clip of clips)
    for (const [i, place] of places.entries())
      for (const kind of ["frames", "masks"]) {
        mkdirSync(join(data, "drawn", kind, clip), { recursive: true });
        const png = labelPng(size.width, size.height, toBytes(drawn(place)), palette);
        writeFileSync(join(data, "drawn", kind, clip, `${i}.png`), png);
      }
  const refs = await openClips(card as Parameters<typeof openClips>[0], join(data, "drawn")).list();
  const benchmark = { ...samplePlan.benchmarks[0]!, name: "drawn", card, images: clips.length };
  const plan = {
    ...{ ...samplePlan, metrics: [], protocols: [protocol.id], benchmarks: [benchmark] },
    models: samplePlan.models.slice(0, 1),
  } as unknown as Plan;
  for (const [side, dir] of Object.entries(sides)) {
    const lines = { rows: "", masks: "" };
    for (const [index, ref] of refs.entries()) {
      const { session } = fakeModel({
        prompted: () => places[0],
        tracked: (_, frame) => answers[side as keyof typeof sides](ref.id, frame),
      });
      const unit = { index, model: "m1", benchmark: "drawn", sample: ref.id };
      const settings = { protocols: [protocol], metrics: [], seed: "s", masks: true, clock: () => 0 };
      const job = { unit, ref, scoring: { evaluator: "davis2017" as const } };
      const done = await evaluateSample(video, job, session, settings);
      for (const key of ["rows", "masks"] as const)
        for (const one of done[key]) lines[key] += `${JSON.stringify(one)}\n`;
    }
    writeFileSync(join(dir, "rows.jsonl"), lines.rows);
    writeFileSync(join(dir, "masks.jsonl"), lines.masks);
    writeFileSync(join(dir, "manifest.json"), JSON.stringify({ ...manifestOf(), plan }));
  }
});

const pageOf = async (from: string, cwd = data) => {
  const { dir } = await compare(
    [sides.base, sides.candidate],
    { data: from, force: true, out: join(data, "out") },
    { ...context, cwd },
  );
  const { readFileSync } = await import("node:fs");
  return readFileSync(join(dir, "comparison.html"), "utf8");
};

test("a strip of each side of the object that was lost, with its J", async () => {
  const page = await pageOf(data);
  const strips = page.slice(page.indexOf("Film strips of what changed most"));
  const captions = [...strips.matchAll(/<span><b>(\d)<\/b> ([^<]*)<\/span>/g)].map(
    ([, frame, text]) => `${frame} ${text}`,
  );
  expect(captions).toEqual([
    ...[
      "0 prompt",
      "1 J 100.0",
      "2 J 100.0",
      "3 J 100.0",
      "4 gone, J 100.0",
      "5 J 100.0",
      "6 J 100.0",
      "7 J 100.0",
    ],
    ...["0 prompt", "1 J 100.0", "2 J 100.0", "3 J 0.0", "4 gone, J 0.0", "5 J 0.0", "6 J 0.0", "7 J 0.0"],
  ]);
  expect(page).toContain("Too few clips for an interval: nothing can be said about other clips.");
  expect(page).toContain("2 objects compared");
  expect(strips).toContain("two · object 1");
  expect(strips).not.toContain("one · object 1");
  expect(strips.match(/src="data:image\/webp;base64/g)).toHaveLength(16);
});

test("no clips, no strips: the page says where they were looked for", async () => {
  const page = await pageOf("elsewhere", temporaryFolder());
  expect(page).not.toContain("Film strips of what changed most");
  expect(page).toContain(
    "No film strips of drawn: the clips that were scored were not found in elsewhere/drawn or datasets/data/drawn (--data names the folder that they lie in, or the one above it).",
  );
});
