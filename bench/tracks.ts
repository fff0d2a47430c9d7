// Folders of other people's tracks, read and scored: against vos-benchmark's `benchmark` on the same files, two cores each. Reports and the start of
// both are left out.
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median } from "simple-statistics";
import { maskPng } from "../scripts/miniatures/files.ts";
import { mean } from "../src/core/numbers.ts";
import type { DatasetCard } from "../src/core/schema-types.ts";
import { trackFacts } from "../src/core/track-facts.ts";
import { openClips } from "../src/datasets/index.ts";
import { inOrder } from "../src/eval/index.ts";
import { scoreClip } from "../src/eval/video/score-clip.ts";
import { readLabelMap } from "../src/formats/label-map.ts";
import { openPredictedClips } from "../src/formats/predicted-clips.ts";
import { fromBytes } from "../src/masks/bit-mask.ts";
import { type Line, ms, python, type Surroundings, skipped, withFolder } from "./measure.ts";

/** Two sequences of 99 frames under so many names each: about 3,000 files of truth and predictions. */
const copies = 15;
const lanes = [0, 1];

export async function tracks(around: Surroundings): Promise<Line[]> {
  const { data } = around;
  if (data === undefined) return skipped("tracks", "SEGBENCH_DATA names no folder with davis2016");
  return withFolder(async (folder) => {
    const files = await writeTracks(join(data, "davis2016", "Annotations", "480p"), folder);
    const [ours, theirs]: [number[], number[]] = [[], []];
    const same: number[] = [];
    for (let round = 0; round < around.repeats; round++) {
      const [start, jf] = [performance.now(), await scored(folder)];
      ours.push(performance.now() - start);
      const other = python<{ seconds: number; jf: number }>(around, "python/tracks.py", [folder]);
      theirs.push(1000 * other.seconds);
      same.push(Math.abs(jf - other.jf / 100));
    }
    const [a, b] = [median(ours), median(theirs)];
    if (Math.max(...same) > 1e-9) throw new Error(`J&F differs by ${Math.max(...same)}`);
    return [
      {
        part: "tracks",
        what: `${files} PNGs of tracks read and scored / vos-benchmark, two cores each; 99 frames of DAVIS under ${copies} names`,
        ...{ ours: ms(a), theirs: ms(b), ratio: (a / b).toFixed(3), goal: "<= 0.667" },
      },
    ];
  });
}

const frames = "frames/{clip}/{frame}.jpg";
const masks = "truth/{clip}/{frame}.png";

async function writeTracks(annotations: string, folder: string): Promise<number> {
  let files = 0;
  for (const clip of readdirSync(annotations).sort())
    for (const [i, file] of readdirSync(join(annotations, clip)).sort().entries()) {
      const shifted = await movedPng(annotations, `${clip}/${file}`, 3 + (i % 4), i % 3);
      for (let copy = 0; copy < copies; copy++) {
        const name = `${clip}-${String(copy).padStart(2, "0")}`;
        for (const part of ["frames", "truth", "predicted"])
          mkdirSync(join(folder, part, name), { recursive: true });
        writeFileSync(join(folder, "frames", name, file.replace("png", "jpg")), "");
        copyFileSync(join(annotations, clip, file), join(folder, "truth", name, file));
        writeFileSync(join(folder, "predicted", name, file), shifted);
        files += 2;
      }
    }
  return files;
}

/** As a tracker that lags behind: the mask moved by some pixels. */
async function movedPng(root: string, name: string, dx: number, dy: number): Promise<Uint8Array> {
  const map = await readLabelMap({ root, name });
  const { width, height } = map;
  const bytes = new Uint8Array(width * height);
  for (let y = dy; y < height; y++)
    for (let x = dx; x < width; x++)
      bytes[y * width + x] = Number(map.data[((y - dy) * width + x - dx) * map.channels]) > 0 ? 1 : 0;
  return maskPng(fromBytes(bytes, width, height));
}

/** J&F, the mean over all targets. */
async function scored(folder: string): Promise<number> {
  const card: DatasetCard = {
    name: "tracks",
    adapter: { format: "clip-folders", frames, masks, targets: "foreground" },
  };
  const refs = await openClips(card, folder).list();
  const predictions = await openPredictedClips(
    join(folder, "predicted"),
    "predicted",
    refs.map(({ id }) => id),
  );
  const jobs = refs.map((ref, index) => ({
    unit: { index, model: "tracker", benchmark: "tracks", sample: ref.id },
    ref,
    scoring: { evaluator: "vos-benchmark" } as const,
  }));
  const settings = {
    ...{ predictions, reading: { foreground: true }, protocols: [{ id: "vos-mask@1", clicks: 0 }] },
    ...{ metrics: [], seed: "", masks: true, clock: () => 0 },
  };
  const means: number[] = [];
  const results = inOrder(jobs, lanes, (job) => scoreClip(job, settings), {
    ...{ ahead: 2 * lanes.length, stop: () => false },
  });
  for await (const { rows } of results)
    for (const row of rows) {
      if (row.status !== "ok") throw new Error(`${row.sample}: ${row.reason}`);
      const { j, f } = trackFacts(row);
      means.push((mean(j) + mean(f)) / 2);
    }
  return mean(means);
}
