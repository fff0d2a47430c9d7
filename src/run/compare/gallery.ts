// Pictures of the targets that moved farthest between two sides, from their run folders and the data on this machine.
import type { Registries } from "../../config/index.ts";
import { comparisonDefaults } from "../../core/defaults.ts";
import type { MeasureNote, Metric } from "../../core/measure.ts";
import type { PlannedBenchmark } from "../../core/plan.ts";
import type { ChangedTarget, Comparison } from "../../core/results.ts";
import type { MaskRow, RowStep, ScoredRow } from "../../core/rows.ts";
import type { BitMask, ImageSample } from "../../core/types.ts";
import { or } from "../../masks/bit-mask.ts";
import { maskOfRle } from "../../masks/rle.ts";
import type { ChangeGallery, PicturedChange } from "../../report/comparison/index.ts";
import { pictureOf } from "../../report/gallery.ts";
import { cropAround, type DrawnPicture, overlayPicture } from "../../report/index.ts";
import { formatWithUnit } from "../../report/kit/format.ts";
import { findMasks, maskKey } from "../../store/read-run.ts";
import type { Context } from "../context.ts";
import { type FindSample, sameTarget, sampleFinder } from "../find-samples.ts";
import type { Side } from "./sides.ts";
import { compareStrips, type GalleryFrom, rowsOf, targetKey, withoutMasks } from "./strips.ts";

/** A target that moved far, by a measure that reads one step. */
interface Example extends ChangedTarget {
  readonly note: MeasureNote;
}

/** What a run folder holds of a target: its row, the step requested and that step's mask. */
interface KeptTarget {
  readonly row: ScoredRow;
  readonly step: RowStep;
  readonly rle: MaskRow["rle"];
}

/** What a measure is called, and the metric of that name where there is one. */
interface NamedMetric {
  readonly name: string;
  readonly metric: Metric | undefined;
}

/** Both sides of a target, in the same window. */
interface DrawnPair {
  readonly base: DrawnPicture;
  readonly candidate: DrawnPicture;
}

/** `sides`: the base, then the candidates. What cannot be drawn is reported, and is not an error. */
export async function compareGallery(
  { pairs, protocols }: Comparison,
  sides: readonly Side[],
  { data, known }: GalleryFrom,
  context: Pick<Context, "cwd" | "env">,
): Promise<ChangeGallery> {
  if (protocols.some(({ samples }) => samples === "clips"))
    return compareStrips({ pairs, protocols }, sides, { data, known }, context);
  const examples = pairs.map((pair) => examplesOf(pair.examples, protocols));
  const bare = sides.filter((side) => withoutMasks(side, context) !== undefined);
  if (examples.every(({ length }) => length === 0)) return { changes: [], missing: [] };
  const [base, ...candidates] = sides as [Side, ...Side[]];
  const lacks = (side: Side) => withoutMasks(side, context) ?? [];
  if (bare.includes(base)) return { changes: [], missing: [lacks(base)].flat() };

  const ofBase = await keptTargets(base, examples.flat(), known);
  const benchmarks = new Map(base.manifest.plan.benchmarks.map((planned) => [planned.name, planned]));
  const find = sampleFinder(data, context);
  const changes: PicturedChange[] = [];
  const absent = new Set<string>();
  let bytes = 0;
  let over = 0;
  for (const [n, side] of candidates.entries()) {
    if (bare.includes(side)) continue;
    const ofSide = await keptTargets(side, examples[n]!, known);
    for (const target of examples[n]!) {
      const kept = { base: ofBase.get(targetKey(target)), candidate: ofSide.get(targetKey(target)) };
      if (bytes > comparisonDefaults.pictureBytes) over += 1;
      else if (kept.base !== undefined && kept.candidate !== undefined) {
        const benchmark = benchmarks.get(target.benchmark)!;
        const metric = { name: target.note.name, metric: known.metrics[target.note.name] };
        const drawn = await drawnFrom(find, benchmark, metric, [kept.base, kept.candidate]);
        if (drawn === undefined) absent.add(target.benchmark);
        else {
          bytes += drawn.base.data.length + drawn.candidate.data.length;
          changes.push(pictured(target, side, base, kept.base, drawn));
        }
      }
    }
  }
  return { changes, missing: [...bare.flatMap(lacks), ...absentLine(absent), ...overLine(over)] };
}

/** Of a measure that reads more than one step there is nothing to draw. */
function examplesOf(targets: readonly ChangedTarget[], protocols: Comparison["protocols"]): Example[] {
  return targets.flatMap((target) => {
    const measures = protocols.find(({ id }) => id === target.protocol)?.measures ?? [];
    const note = measures.find(({ id }) => id === target.measure);
    return note?.step === undefined ? [] : [{ ...target, note }];
  });
}

/** The wanted targets of one side by `targetKey`, in one pass over rows and masks; of several draws the first. */
async function keptTargets(
  side: Side,
  wanted: readonly Example[],
  known: Registries,
): Promise<ReadonlyMap<string, KeptTarget>> {
  const rows = await rowsOf(side, wanted, known);
  const found = wanted.flatMap((target) => {
    const row = rows.get(targetKey(target));
    const { clicks } = target.note.step!;
    const step = row?.steps.find(({ at }) => at.clicks === clicks && (at.draw ?? 0) === 0);
    return row === undefined || step === undefined
      ? []
      : [{ target, row, step, key: { ...row, at: step.at } }];
  });
  const masks = await findMasks(
    side.path,
    found.map(({ key }) => key),
  );
  const kept = found.flatMap(({ target, row, step, key }) => {
    const mask = masks.get(maskKey(key));
    return mask === undefined ? [] : [[targetKey(target), { row, step, rle: mask.rle }] as const];
  });
  return new Map(kept);
}

async function drawnFrom(
  find: FindSample,
  benchmark: PlannedBenchmark,
  metric: NamedMetric,
  sides: readonly [KeptTarget, KeptTarget],
): Promise<DrawnPair | undefined> {
  for await (const sample of find(benchmark, sides[0].row.sample)) {
    const drawn = sample.kind === "image" ? await drawPair(sample, benchmark, metric, sides) : undefined;
    if (drawn !== undefined) return drawn;
  }
  return undefined;
}

/** Nothing where the sample is not the one that was scored, which shows in the target's facts and in the scores of the masks. */
async function drawPair(
  { image, targets }: ImageSample,
  { card: { surfaceTolerance } }: PlannedBenchmark,
  { name, metric }: NamedMetric,
  sides: readonly [KeptTarget, KeptTarget],
): Promise<DrawnPair | undefined> {
  const truth = targets.find(({ id }) => id === sides[0].row.target);
  if (truth?.status !== "ok") return undefined;
  const score = metric?.against(truth, surfaceTolerance === undefined ? {} : { surfaceTolerance });
  const predictions = sides.map(maskOf) as [BitMask, BitMask];
  for (const [i, { row, step }] of sides.entries()) {
    const prediction = predictions[i]!;
    if (prediction.width !== image.width || prediction.height !== image.height) return undefined;
    if (!sameTarget(truth, row)) return undefined;
    if (score !== undefined && score(prediction) !== step.scores[name]) return undefined;
  }
  const sent = sides.map(({ step }) => step.sent);
  const crop = cropAround(
    { image, truth: truth.mask, prediction: or(...predictions) },
    sent.filter((one) => one !== undefined),
  );
  const draw = (i: 0 | 1) =>
    overlayPicture({ image, truth: truth.mask, prediction: predictions[i], sent: sent[i], crop });
  return { base: await draw(0), candidate: await draw(1) };
}

function maskOf({ row, rle }: KeptTarget): BitMask {
  return maskOfRle(rle, `mask of target ${row.target}`);
}

function pictured(
  { note, ...target }: Example,
  side: Side,
  base: Side,
  { row, step }: KeptTarget,
  drawn: DrawnPair,
): PicturedChange {
  const what = row.category ?? `target ${target.target}`;
  const after = note.at === "" ? "" : ` after ${note.at}`;
  const alt = (title: string, score: number) =>
    `${what} in ${target.benchmark} image ${target.sample}: outlines of ground truth and of ${title}${after}, ${note.of} ${formatWithUnit(note, score)}`;
  return {
    ...target,
    candidateName: side.name,
    ...(row.category === undefined ? {} : { category: row.category }),
    at: step.at,
    pictures: {
      base: pictureOf(drawn.base, alt(base.title, target.base)),
      candidate: pictureOf(drawn.candidate, alt(side.title, target.candidate)),
    },
  };
}

export function absentLine(benchmarks: ReadonlySet<string>): string[] {
  return benchmarks.size === 0
    ? []
    : [
        `No pictures of ${[...benchmarks].join(", ")}: the images that were scored were not found (--data names their folder).`,
      ];
}

export function overLine(over: number): string[] {
  return over === 0 ? [] : [`${over} further pictures would have made the page too large.`];
}
