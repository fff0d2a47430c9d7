// A step of a row played again, for what its run folder does not hold: the masks of all candidates. What was sent is in the row, and so
// are the numbers by which it shows whether the answers are the same.
import type { Registries } from "../../config/index.ts";
import { complain, reasonOf } from "../../core/errors.ts";
import type { Plan } from "../../core/plan.ts";
import { isReplay } from "../../core/recorded.ts";
import type { Rle, RowStep, ScoredRow } from "../../core/rows.ts";
import type { BitMask, ImageSample } from "../../core/types.ts";
import {
  isInteractive,
  nextOf,
  type Protocol,
  playProtocol,
  Stopwatch,
  scoredTargets,
  withPoints,
} from "../../eval/index.ts";
import { rleOf } from "../../masks/rle.ts";
import { sameTarget } from "../find-samples.ts";
import type { HeldModel, holdModels } from "./play-models.ts";

export interface RowPlace {
  readonly plan: Plan;
  readonly row: ScoredRow;
  /** From 0. */
  readonly step: number;
  /** The row's, from data on this machine; `key` names its pixels. */
  readonly sample: ImageSample;
  readonly key: string;
}

/** All masks that the model answered with, or why they are not here. */
export type PlayedAgain =
  | {
      /** In the model's order, at the image's size. */
      readonly candidates: readonly { readonly rle: Rle; readonly predicted?: number }[];
      /** The one that the row chose. */
      readonly chosen: number;
      /** Where the answers are not those of the run to the last bit: a sentence. */
      readonly differs?: string;
    }
  | { readonly missing: string };

/** Up to this difference of a share, masks are shown as what the run had, with a sentence: another processor may round otherwise. */
const ALIKE = 0.02;

/** The masks of a step's candidates. Never rejects for want of a model, data or a protocol: the answer is a sentence then. */
export async function playAgain(
  place: RowPlace,
  models: Pick<ReturnType<typeof holdModels>, "use">,
  known: Pick<Registries, "protocols">,
  clock: () => number,
  signal?: AbortSignal,
): Promise<PlayedAgain> {
  const { plan, row, step, sample } = place;
  const wanted = row.steps[step];
  if (wanted === undefined) return { missing: `The row has no step ${step + 1}.` };
  const target = sample.targets.find(({ id }) => id === row.target);
  if (target?.status !== "ok" || !sameTarget(target, row))
    return { missing: "The data found here have another target of this name than the one that was scored." };
  try {
    const work = async (model: HeldModel) => {
      const alone = await played(ofRow(row, step), place, model, clock);
      if (alone !== undefined && same(alone.step, wanted)) return shown(alone, wanted);
      // Prompts that share a call may change each other's last bits.
      const whole = model.session.capabilities.batch > 1 ? ofProtocol(place, known) : undefined;
      const together = whole && (await played(whole, place, model, clock));
      return shown(together ?? alone, wanted);
    };
    return await models.use(row.model, plan, work, signal);
  } catch (error) {
    return { missing: `It cannot be played again: ${reasonOf(error)}` };
  }
}

interface Answered {
  readonly step: RowStep;
  readonly masks: readonly BitMask[];
}

/** What is played, and whether the image's other targets take part. */
interface Played {
  readonly protocol: Protocol;
  readonly others: boolean;
}

/** What was sent about the target alone. */
function ofRow({ protocol: id, steps, target }: ScoredRow, step: number): Played {
  const next: Protocol["next"] = (_context, done, last) => {
    const { at, sent } = steps[done] ?? {};
    if (done > step || at === undefined) return undefined;
    if (sent !== undefined) return nextOf({ at, sent }, last, target);
    throw complain(`target ${target}`, "its prompts are not known");
  };
  const none = { summary: "", needs: {}, reported: [], measures: () => [] };
  return { protocol: { id, ...none, next }, others: false };
}

/** As the run played it, if its protocol is known and its prompts were not another run's. */
function ofProtocol(
  { plan, row, step }: RowPlace,
  { protocols }: Pick<Registries, "protocols">,
): Played | undefined {
  const origin = isReplay(row.protocol) ? undefined : protocols[row.protocol];
  if (origin === undefined || !isInteractive(origin)) return undefined;
  const protocol = withPoints(origin, plan.points);
  const next: Protocol["next"] = (context, done, last) =>
    done > step ? undefined : protocol.next(context, done, last);
  return { protocol: { ...protocol, next }, others: true };
}

/** The last step; undefined where the model does not answer so far. */
async function played(
  { protocol, others }: Played,
  { plan, row, step, sample, key }: RowPlace,
  { session, encoded }: HeldModel,
  clock: () => number,
): Promise<Answered | undefined> {
  const watch = new Stopwatch(clock);
  const { image, targets } = sample;
  const own = others ? targets : targets.filter(({ id }) => id === row.target);
  const about = { benchmark: row.benchmark, sample: row.sample, seed: plan.seed, metrics: [], scoring: {} };
  const scored = scoredTargets({ kind: "image", image, targets: own }, about);
  const ids = own.flatMap(({ id, status }) => (status === "ok" ? [id] : []));
  const embedding = await encoded(key, async () => image, watch);
  const steps: Answered[] = [];
  const seen = (target: string, one: RowStep, masks: readonly BitMask[]) => {
    if (target === row.target) steps.push({ step: one, masks });
  };
  const asked = ids.map((id) => id === row.target);
  await playProtocol(protocol, scored, { session, embedding, watch, masks: false, seen }, asked);
  return steps[step];
}

function same(a: RowStep, b: RowStep): boolean {
  return distance(a, b) === 0;
}

/** The largest difference of any number of a candidate, its estimate among them; Infinity where their number differs. */
function distance({ candidates: a }: RowStep, { candidates: b }: RowStep): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  const differences = a.flatMap((one, i) =>
    Object.entries(one).map(([name, value]) => Math.abs(value - (b[i]![name] ?? Number.NaN))),
  );
  return Math.max(...differences);
}

function shown(answer: Answered | undefined, wanted: RowStep): PlayedAgain {
  if (answer === undefined) return { missing: "Played again, the model does not answer these prompts." };
  const apart = distance(answer.step, wanted);
  if (!(apart <= ALIKE))
    return {
      missing:
        "Played again, the model answers otherwise than in the run: another runtime, provider or processor, or other pixels.",
    };
  const candidates = answer.masks.map((mask, i) => ({
    rle: rleOf(mask),
    predicted: wanted.candidates[i]!.predicted,
  }));
  const { chosen } = wanted;
  if (apart === 0) return { candidates, chosen };
  const by = apart < 1e-4 ? "less than 0.0001" : apart.toFixed(4);
  return { candidates, chosen, differs: `Played again here, estimates and scores differ by up to ${by}.` };
}
