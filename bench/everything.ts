// What a mask generator does outside the model: from recorded answers of the decoder to the masks of an image, against the authors' own.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { median } from "simple-statistics";
import type { Candidate, ImageSession, Size } from "../src/core/types.ts";
import { generateMasks } from "../src/eval/everything/generate.ts";
import { samGenerator } from "../src/eval/everything/protocols.ts";
import { Stopwatch } from "../src/eval/stopwatch.ts";
import { type MaskGeometry, maskFromLogits, measureLogits } from "../src/masks/mask-from-logits.ts";
import { fitLongSide } from "../src/masks/resize-image.ts";
import { rleOf } from "../src/masks/rle.ts";
import { type Line, ms, python, type Surroundings, withFolder } from "./measure.ts";

const image = { width: 1920, height: 1080 };
const side = 1024;
const low = 256;
const points = samGenerator.pointsPerSide ** 2;

/** Masks around each point of the grid, as a model gives them: a part, a whole, much of the image; one in three is sure of itself. */
function answers(): { readonly scores: Float32Array; readonly logits: Float32Array } {
  const scores = new Float32Array(3 * points);
  const logits = new Float32Array(3 * points * low * low);
  const high = Math.round((low * image.height) / image.width);
  for (let i = 0; i < scores.length; i++) {
    const point = Math.floor(i / 3);
    const grid = samGenerator.pointsPerSide;
    const x0 = (((point % grid) + 0.5) / grid) * low;
    const y0 = ((Math.floor(point / grid) + 0.5) / grid) * high;
    const radius = [6, 20, 60][i % 3]! * (1 + ((point * 7) % 5) / 5);
    scores[i] = ((i * 37) % 100) / 100 > 0.65 ? 0.9 + ((i * 13) % 97) / 1000 : 0.5;
    const wave = 1 + (point % 6);
    for (let y = 0, at = i * low * low; y < low; y++)
      for (let x = 0; x < low; x++, at++) {
        const angle = Math.atan2(y - y0, x - x0);
        const edge = radius * (1 + 0.2 * Math.sin(wave * angle));
        logits[at] = Math.max(-20, Math.min(20, 2 * (edge - Math.hypot(x - x0, y - y0))));
      }
  }
  return { scores, logits };
}

export function everything(around: Surroundings): Promise<Line[]> {
  return withFolder(async (folder) => {
    const { scores, logits } = answers();
    writeFileSync(join(folder, "scores.f32"), scores);
    writeFileSync(join(folder, "logits.f32"), logits);
    const facts = { ...image, side, low, batch: 64, generator: samGenerator };
    writeFileSync(join(folder, "facts.json"), JSON.stringify(facts));
    const candidates: Candidate[] = Array.from(scores, (predictedIou, i) => ({
      predictedIou,
      lowResolution: { width: low, height: low, data: logits.subarray(i * low * low, (i + 1) * low * low) },
    }));
    const geometry = ({ width, height }: Size): MaskGeometry => ({
      ...{
        frame: side,
        resized: fitLongSide({ width, height }, side),
        original: { width, height },
        threshold: 0,
      },
    });
    const run = async () => {
      let next = 0;
      const session: ImageSession = {
        capabilities: {
          ...{ box: true, maskInput: true, multimask: true, singleMask: true, batch: 64 },
          predictedIouIsIou: true,
        },
        facts: {},
        encode: async ({ width, height }) => ({ size: { width, height } }),
        decode: async (_, prompts) =>
          prompts.map(() => {
            next += 3;
            return { status: "ok", candidates: candidates.slice(next - 3, next) };
          }),
        mask: ({ lowResolution }, size) => maskFromLogits(lowResolution, geometry(size)),
        measure: ({ lowResolution }, size, offset) => measureLogits(lowResolution, geometry(size), offset),
        release: async () => undefined,
        close: async () => undefined,
      };
      const data = new Uint8Array(3 * image.width * image.height);
      const start = performance.now();
      const clicking = { session, watch: new Stopwatch(() => 0), batch: 64 };
      const { masks } = await generateMasks({ ...image, data }, samGenerator, clicking);
      const counts = masks.map(({ mask }) => rleOf(mask()).counts);
      return { time: performance.now() - start, counts };
    };
    const ours: number[] = [];
    const theirs: number[] = [];
    let masks = 0;
    await run();
    for (let round = 0; round < Math.min(3, around.repeats); round++) {
      const { time, counts } = await run();
      ours.push(time);
      const other = python<{ readonly time: number; readonly counts: readonly string[] }>(
        around,
        "python/everything.py",
        [folder],
      );
      theirs.push(other.time);
      const equal = counts.filter((text, i) => text === other.counts[i]).length;
      if (counts.length !== other.counts.length || equal < counts.length)
        console.error(`everything: ${equal} of ${counts.length} masks equal ${other.counts.length}`);
      masks = counts.length;
    }
    const ratio = median(ours) / median(theirs);
    return [
      {
        ...{ part: "everything", goal: "<= 0.033" },
        what: `all masks of 1080 x 1920 from 3,072 recorded candidates (${masks} stay), outside the model, 1 thread / SamAutomaticMaskGenerator`,
        ...{ ours: ms(median(ours)), theirs: ms(median(theirs)), ratio: ratio.toFixed(4) },
      },
    ];
  });
}
