// What the data say of a row: its image, or a frame of its clip, and the truth there. Only where they hold the target that was scored.
import sharp from "sharp";
import { inWords } from "../core/words.ts";
import {
  annotationsOf,
  type Clip,
  encodeCounts,
  type FindSample,
  type Plan,
  type RgbImage,
  type Rle,
  type Row,
  type Sample,
  type Size,
  sameTarget,
  type Target,
} from "../index.ts";
import { rleOf } from "../masks/rle.ts";

/** Where a sample was found, or why it was not. */
export type FoundSample = { readonly sample: Sample } | { readonly missing: string };

/** What the data say of a target. */
export interface ShownTruth {
  /** Of the picture, where there is one. */
  readonly size?: Size;
  readonly truth?: Rle;
  /** Of a row about a whole image: of all its targets, in their order. */
  readonly truths?: readonly Rle[];
  /** Of a phrase: everything that it names, as each annotator sees it. */
  readonly annotators?: readonly (readonly Rle[])[];
  readonly ignored?: Rle;
  readonly missing?: string;
}

/** Rejects with a sentence where it is not found; `shown`: a folder in it, absent where none is to be named. */
export async function findSample(
  find: FindSample,
  { dir, plan }: { readonly dir: string; readonly plan: Plan },
  { benchmark, sample: id }: Pick<Row, "benchmark" | "sample">,
  shown: ((folder: string) => string) | undefined,
): Promise<Sample> {
  const planned = plan.benchmarks.find(({ name }) => name === benchmark);
  if (planned === undefined) throw new Error(`The run does not have the benchmark ${benchmark}.`);
  if (planned.card.adapter.format === "memory")
    throw new Error("The samples came from code: there are no files of them.");
  const problems: string[] = [];
  const looked: string[] = [];
  const tell = (problem: string) => problems.push(problem);
  const look = (folder: string) => looked.push(folder);
  for await (const sample of find(planned, id, { runs: [dir], tell, look })) return sample;
  if (problems.length > 0) throw new Error(`Sample ${id} of ${benchmark} cannot be read. ${problems[0]}`);
  const where =
    shown === undefined ? "" : ` in ${inWords(looked.map(shown), "or")}; --data FOLDER names another place`;
  throw new Error(`Sample ${id} of ${benchmark} was not found${where}.`);
}

/** A JPEG, the same bytes every time. `frame`: of a clip, by its name, or by its place as "#0"; without one there is nothing to see of it. */
export async function pictureOf(
  found: FoundSample,
  frame: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const image = await imageOf(found, frame);
  if (image === undefined) return undefined;
  const { data, width, height } = image;
  const raw = { width, height, channels: 3 } as const;
  return new Uint8Array(await sharp(data, { raw, limitInputPixels: false }).jpeg({ quality: 92 }).toBuffer());
}

export async function imageOf(found: FoundSample, frame: string): Promise<RgbImage | undefined> {
  if ("missing" in found) return undefined;
  if (found.sample.kind === "image") return found.sample.image;
  if (found.sample.kind === "concept") return found.sample.image();
  return frameOf(found.sample, frame)?.load();
}

function frameOf({ frames }: Clip, frame: string): Clip["frames"][number] | undefined {
  const place = /^#(\d+)$/.exec(frame)?.[1];
  return frames.find(({ id }) => id === frame) ?? (place === undefined ? undefined : frames[Number(place)]);
}

const OTHER = "The data found here have another target of this name than the one that was scored.";

export async function truthOf(found: FoundSample, row: Row, frame: string): Promise<ShownTruth> {
  if ("missing" in found) return { missing: found.missing };
  const { sample } = found;
  if (sample.kind === "concept") {
    const { size } = sample;
    // What could not be scored has nothing to compare with.
    if (row.status !== "ok") return { size };
    const all = annotationsOf(sample, row);
    return all === undefined
      ? { size, missing: OTHER }
      : { size, annotators: all.map((masks) => masks.map((mask) => rleOf(mask))) };
  }
  if (sample.kind === "clip") return frame === "" ? {} : truthInFrame(sample, row, frame);
  const size = sizeOf(sample.image);
  // One that could not be read is of no target, a row of a whole image of all of them.
  if (row.status !== "ok") return { size };
  if (row.area === undefined) {
    if (row.size?.width !== size.width || row.size.height !== size.height) return { size, missing: OTHER };
    return { size, truths: sample.targets.flatMap((one) => (one.status === "ok" ? [rleOf(one.mask)] : [])) };
  }
  const target = sample.targets.find(({ id }) => id === row.target);
  if (target?.status !== "ok" || !sameTarget(target, row)) return { size, missing: OTHER };
  const { mask, ignore } = target;
  return { size, truth: rleOf(mask), ...(ignore === undefined ? {} : { ignored: rleOf(ignore) }) };
}

async function truthInFrame(clip: Clip, row: Row, frame: string): Promise<ShownTruth> {
  const { frames, tracks } = clip;
  const shown = frameOf(clip, frame);
  if (shown === undefined) return { missing: `The clip found here does not have the frame ${frame}.` };
  const size = sizeOf(await shown.load());
  const track = tracks.find(({ id }) => id === row.target);
  const first = row.status === "ok" ? row.facts?.first : undefined;
  const prompted = typeof first === "number" ? frames[first]?.id : undefined;
  const mask = prompted === undefined ? undefined : await track?.mask(prompted);
  if (track === undefined || mask === undefined || row.status !== "ok") return { size, missing: OTHER };
  const target: Target = { status: "ok", id: track.id, mask };
  if (!sameTarget(target, row)) return { size, missing: OTHER };
  if (!track.labelled.includes(shown.id))
    return { size, missing: "The target is not labelled in this frame." };
  const truth = await track.mask(shown.id);
  const nothing = {
    size: [size.height, size.width],
    counts: encodeCounts([size.width * size.height]),
  } as const;
  return { size, truth: truth === undefined ? nothing : rleOf(truth) };
}

function sizeOf({ width, height }: Size): Size {
  return { width, height };
}
