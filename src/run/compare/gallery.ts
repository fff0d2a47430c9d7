// Pictures of the targets that moved farthest between two sides, from their run folders and the data on this machine.
import type { Registries } from "../../config/index.ts";
import { given } from "../../core/given.ts";
import type { ChangedTarget, Comparison } from "../../core/results.ts";
import type { MaskRow, RowStep, ScoredRow } from "../../core/rows.ts";
import type { BitMask, Sample } from "../../core/types.ts";
import { or } from "../../masks/bit-mask.ts";
import { maskOfRle } from "../../masks/rle.ts";
import type { ChangeGallery, PicturedChange } from "../../report/comparison/index.ts";
import { cropAround, overlayPicture } from "../../report/index.ts";
import { findMasks, maskKey } from "../../store/read-run.ts";
import type { Context } from "../context.ts";
import { sameTarget } from "../find-samples.ts";
import {
  type Change,
  type DrawnOf,
  drawChanges,
  type Example,
  type GalleryFrom,
  pictured,
  rowsOf,
  targetKey,
} from "./changes.ts";
import type { Side } from "./sides.ts";
import { compareStrips } from "./strips.ts";

/** What a run folder holds of a target: its row, the step requested and that step's mask. */
interface KeptTarget {
  readonly row: ScoredRow;
  readonly step: RowStep;
  readonly rle: MaskRow["rle"];
}

/** `sides`: the base, then the candidates. What cannot be drawn is reported, and is not an error. */
export async function compareGallery(
  { pairs, protocols }: Comparison,
  sides: readonly Side[],
  from: GalleryFrom,
  context: Pick<Context, "cwd" | "env">,
): Promise<ChangeGallery> {
  if (protocols.some(({ samples }) => samples === "clips"))
    return compareStrips({ pairs, protocols }, sides, from, context);
  const examples = pairs.map((pair) => examplesOf(pair.examples, protocols));
  const drawing = {
    words: ["pictures", "images"] as const,
    read: (side: Side, wanted: readonly Example[]) => keptTargets(side, wanted, from.known),
    draw: (sample: Sample, change: Change<Example, KeptTarget>) => drawPair(sample, change, from.known),
  };
  const { drawn, missing } = await drawChanges(examples, sides, drawing, from, context);
  return { changes: drawn, missing };
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

/** Both in the same window. Nothing where the sample is not the one that was scored, which shows in the target's facts and in the scores of the masks. */
async function drawPair(
  sample: Sample,
  change: Change<Example, KeptTarget>,
  { metrics }: Registries,
): Promise<DrawnOf<PicturedChange> | undefined> {
  const { target: example, kept, benchmark } = change;
  if (sample.kind !== "image") return undefined;
  const { image, targets } = sample;
  const truth = targets.find(({ id }) => id === example.target);
  if (truth?.status !== "ok") return undefined;
  const { surfaceTolerance } = benchmark.card;
  const { name } = example.note;
  const score = metrics[name]?.against(truth, given({ surfaceTolerance }));
  const predictions = kept.map(maskOf) as [BitMask, BitMask];
  for (const [i, { row, step }] of kept.entries()) {
    const prediction = predictions[i]!;
    if (prediction.width !== image.width || prediction.height !== image.height) return undefined;
    if (!sameTarget(truth, row)) return undefined;
    if (score !== undefined && score(prediction) !== step.scores[name]) return undefined;
  }
  const sent = kept.map(({ step }) => step.sent);
  const crop = cropAround(
    { image, truth: truth.mask, prediction: or(...predictions) },
    sent.filter((one) => one !== undefined),
  );
  const [{ row, step }] = kept;
  const what = row.category ?? `target ${example.target}`;
  const after = example.note.at === "" ? "" : ` after ${example.note.at}`;
  return pictured(
    change,
    { ...given({ category: row.category }), at: step.at },
    (i) => overlayPicture({ image, truth: truth.mask, prediction: predictions[i], sent: sent[i], crop }),
    (title) =>
      `${what} in ${example.benchmark} image ${example.sample}: outlines of ground truth and of ${title}${after}`,
  );
}

function maskOf({ row, rle }: KeptTarget): BitMask {
  return maskOfRle(rle, `mask of target ${row.target}`);
}
