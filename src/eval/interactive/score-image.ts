// Scores masks that were made elsewhere: the same rows as a model's, without a model.
import { complain, reasonOf } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type {
  PredictedImage,
  PredictedMask,
  PredictedStep,
  PredictedTargets,
  Predictions,
  StepName,
} from "../../core/predictions.ts";
import type { RecordedStep } from "../../core/recorded.ts";
import type { RowStep, StepAt } from "../../core/rows.ts";
import type { BitMask, Size } from "../../core/types.ts";
import { rleOf } from "../../masks/rle.ts";
import { sampleRows } from "../evaluate-sample.ts";
import type { EvaluationSettings, Outcome, StepMask, UnitJob, UnitResult } from "../task.ts";
import { type ScoredTarget, scoredTargets } from "./play.ts";
import type { Protocol, Step, TargetContext } from "./protocol.ts";
import { canHaveOracle, outcomeOf, scoreStep, sentPrompt, stepAt } from "./step.ts";

/** The protocol that masks made elsewhere are declared to follow. */
export interface DeclaredProtocol {
  readonly id: string;
  /** Clicks of a step that does not state them. */
  readonly firstClicks: number;
  /** A target may end before the last step that others have. */
  readonly mayEndEarly: boolean;
  /** The prompts of a target, where they are known. */
  stepsOf(context: TargetContext): readonly RecordedStep[];
}

export interface ScoringSettings extends EvaluationSettings<DeclaredProtocol> {
  readonly predictions: PredictedTargets;
}

export interface ScoredImage extends UnitResult {
  /** Names of predictions without a target. */
  readonly unknown: readonly string[];
  /** A sentence for each prediction that cannot be used. */
  readonly problems: readonly string[];
  /** Ids of the image's targets. */
  readonly targets: readonly string[];
}

/** Masks that are found by the names of their targets. */
export function namedMasks<P extends Predictions>(predictions: P): Omit<P, "of"> & PredictedTargets {
  const of: PredictedTargets["of"] = async (image, targets) =>
    predictions.of(
      image,
      targets.map(({ id }) => id),
    );
  return { ...predictions, of };
}

/** Scores masks made elsewhere against one image's targets; whatever is wrong with them becomes a row's reason. */
export async function scoreImage(job: UnitJob, settings: ScoringSettings): Promise<ScoredImage> {
  const { unit, scoring = {} } = job;
  const { benchmark, sample: id } = unit;
  let predicted: PredictedImage = { steps: new Map(), unknown: [] };
  let targets: readonly string[] = [];
  const result = await sampleRows(
    job,
    settings,
    (sample) => sample.targets,
    async (sample, watch) => {
      targets = sample.targets.map((target) => target.id);
      predicted = await settings.predictions.of(id, sample.targets, sample.image);
      const scored = scoredTargets(sample, { ...settings, benchmark, sample: id, scoring });
      return {
        async evaluate(protocol) {
          const outcomes: Outcome[] = [];
          for (const open of scored) {
            const target = open();
            const steps = predicted.steps.get(target.context.target.id) ?? [];
            outcomes.push(
              await watch
                .wait("score", () => scoreTarget(protocol, target, steps, settings))
                .catch((error: unknown) => ({ failure: reasonOf(error) })),
            );
          }
          return outcomes;
        },
      };
    },
  );
  const { unknown, problems = [] } = predicted;
  return { ...result, unknown, problems, targets };
}

/**
 * The prompts of a protocol for a target, if they do not depend on predictions; undefined if they do, since
 * those predictions are not known here.
 */
export function fixedSteps(
  { next }: Pick<Protocol, "next">,
  context: TargetContext,
): readonly RecordedStep[] | undefined {
  const steps: RecordedStep[] = [];
  let last: Step | undefined;
  try {
    for (;;) {
      const step = next(context, steps.length, last);
      if (step === undefined) return steps;
      steps.push({ at: stepAt(step), sent: sentPrompt(step.prompt, last) });
      last = unseen(step);
    }
  } catch (error) {
    if (error instanceof UnseenAnswer) return undefined;
    throw error;
  }
}

class UnseenAnswer extends Error {}

/** Stands for an unknown prediction: a protocol that reads more than its prompt does not send fixed prompts. */
function unseen({ prompt }: Pick<Step, "prompt">): Step {
  const get = (_: unknown, key: string | symbol) => {
    if (key === "prompt") return prompt;
    throw new UnseenAnswer();
  };
  return new Proxy({}, { get }) as Step;
}

async function scoreTarget(
  protocol: DeclaredProtocol,
  { context, scorer }: ScoredTarget,
  steps: readonly PredictedStep[],
  { predictions, masks: keep }: ScoringSettings,
): Promise<Outcome> {
  const { target } = context;
  checkSteps(protocol, steps, predictions, target.id);
  const known = protocol.stepsOf(context);
  const played: RowStep[] = [];
  const masks: StepMask[] = [];
  for (const step of steps) {
    const at = atOf(step, protocol);
    const scores = scoresOf(step.candidates, `${predictions.name}, target ${target.id}`);
    const read: BitMask[] = [];
    for (const candidate of step.candidates)
      read.push(await readMask(candidate, context.size, `${candidate.name}, target ${target.id}`));
    const sent = known.find((one) => keyOf(one.at) === keyOf(at))?.sent;
    const best = at.draw === undefined && canHaveOracle(at, read.length > 1);
    const entry = scoreStep({ target, scorer }, { at, sent, best }, scores, read);
    played.push(entry);
    if (keep) masks.push({ at, rle: rleOf(read[entry.chosen]!) });
  }
  const outcome = outcomeOf(context, played, masks);
  const [{ facts } = {}] = steps;
  return "row" in outcome && facts !== undefined ? { ...outcome, row: { ...outcome.row, facts } } : outcome;
}

function atOf({ clicks, draw }: StepName, { firstClicks }: Pick<DeclaredProtocol, "firstClicks">): StepAt {
  return given({ clicks: clicks ?? firstClicks, draw });
}

function keyOf({ clicks, draw }: StepAt): string {
  return `${clicks} ${draw ?? ""}`;
}

/** Throws if a target lacks a step that others have: it would silently be left out of some means. */
function checkSteps(
  protocol: DeclaredProtocol,
  steps: readonly PredictedStep[],
  predictions: Pick<PredictedTargets, "name" | "steps">,
  id: string,
): void {
  const where = `${predictions.name}, target ${id}`;
  if (steps.length === 0) throw complain(where, "there is no mask for it");
  const has = new Set(steps.map((step) => keyOf(atOf(step, protocol))));
  const missing = predictions.steps.map((step) => atOf(step, protocol)).find((step) => !has.has(keyOf(step)));
  if (missing === undefined || protocol.mayEndEarly) return;
  const { clicks, draw } = missing;
  const what = draw === undefined ? `${clicks} clicks` : `${clicks} clicks, draw ${draw}`;
  throw complain(where, `there is no mask for ${what}, which other targets have`);
}

function scoresOf(candidates: readonly PredictedMask[], where: string): number[] {
  const scores = candidates.flatMap(({ score }) => (score === undefined ? [] : [score]));
  if (scores.length === candidates.length) return scores;
  if (candidates.length === 1) return [1];
  throw complain(where, "several masks without scores: which one counts?", {
    expected: `${candidates.length} scores`,
    got: String(scores.length),
  });
}

/** A mask of the image's size. */
export async function readMask(candidate: PredictedMask, size: Size, where: string): Promise<BitMask> {
  const mask = await candidate.read(size);
  if (mask.width === size.width && mask.height === size.height) return mask;
  throw complain(where, "the mask and its image differ in size", {
    expected: `${size.width}x${size.height}`,
    got: `${mask.width}x${mask.height}`,
  });
}
