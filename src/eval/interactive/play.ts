// Runs a protocol with the targets of one image: prompt, decode, choose, score.
import { protocolDefaults } from "../../core/defaults.ts";
import { complain, reasonOf } from "../../core/errors.ts";
import { draw } from "../../core/random.ts";
import type { RowStep } from "../../core/rows.ts";
import type {
  BitMask,
  Candidate,
  Embedding,
  ImageSample,
  ImageSession,
  Prediction,
} from "../../core/types.ts";
import { rleOf } from "../../masks/rle.ts";
import type { Stopwatch } from "../stopwatch.ts";
import type { Outcome, StepMask, TaskContext } from "../task.ts";
import { checkInside } from "./invariants.ts";
import type { NextStep, Protocol, Step, TargetContext } from "./protocol.ts";
import { hasOracle, outcomeOf, type Scorer, scorerOf, scoreStep, sentPrompt, stepAt } from "./step.ts";

/** A target to be scored, with what all protocols need for it. */
export interface ScoredTarget {
  readonly context: TargetContext;
  readonly scorer: Scorer;
}

/** Full masks of an image's targets stay in memory up to this many bytes; those of more are made for each batch. */
const KEPT = 2 ** 26;

/**
 * Those of an image, in order, each to be opened when its turn comes. All protocols share one that stays open, whose mask
 * and whose metrics are made once.
 */
export function scoredTargets(
  { image: { width, height }, targets }: ImageSample,
  context: Pick<TaskContext, "benchmark" | "sample" | "seed" | "metrics" | "scoring">,
): (() => ScoredTarget)[] {
  const { benchmark, sample, seed, metrics, scoring } = context;
  const ok = targets.filter((target) => target.status === "ok");
  const few = ok.length * 4 * Math.ceil(width / 32) * height <= KEPT;
  return ok.map((listed) => {
    const open = (): ScoredTarget => {
      const target = { ...listed }; // its masks are made once here, where each reading would make them anew
      return {
        context: {
          ...{ benchmark, sample, target, size: { width, height } },
          draw: (purpose, number) => draw(seed, benchmark, sample, target.id, purpose, number),
        },
        scorer: scorerOf(target, metrics, scoring),
      };
    };
    if (!few) return open;
    let opened: ScoredTarget | undefined;
    return () => {
      opened ??= open();
      return opened;
    };
  });
}

/** An image that a model has encoded. */
export interface EncodedImage {
  readonly session: ImageSession;
  readonly embedding: Embedding;
  readonly watch: Stopwatch;
  /** Keep the chosen masks of reported steps. */
  readonly masks: boolean;
  /** Sees every step of every target with the masks of all its candidates. */
  readonly seen?: ((target: string, step: RowStep, masks: readonly BitMask[]) => void) | undefined;
}

/** A target's progress through a protocol. */
export interface Progress extends ScoredTarget {
  readonly steps: RowStep[];
  readonly masks: StepMask[];
  last?: Step;
  failure?: string;
}

/** A target before its first prompt. */
export function begun(target: ScoredTarget): Progress {
  return { ...target, steps: [], masks: [] };
}

/**
 * The whole protocol for the targets of one image, an outcome for each. The targets of a batch advance in
 * step, so that one decoder call serves them all; batches are formed once, from the targets in order, so that
 * what a target shares a call with depends on its image alone. What is fed back is a view of a whole call's
 * logits, of which an image can have gigabytes: they go with their batch.
 */
export async function playProtocol(
  protocol: Protocol,
  targets: readonly (() => ScoredTarget)[],
  image: EncodedImage,
  /** Which of them must have an outcome; a call without any is not made. */
  wanted?: readonly boolean[],
): Promise<readonly Outcome[]> {
  const { batch } = image.session.capabilities;
  const outcomes: Outcome[] = [];
  for (let from = 0; from < targets.length; from += batch)
    if (wanted?.slice(from, from + batch).includes(true) === false)
      outcomes.push(...targets.slice(from, from + batch).map(() => ({ failure: "it was not asked for" })));
    else
      outcomes.push(
        ...(await playBatch(
          protocol,
          targets.slice(from, from + batch).map((open) => open()),
          image,
        )),
      );
  return outcomes;
}

async function playBatch(
  protocol: Protocol,
  targets: readonly ScoredTarget[],
  image: EncodedImage,
): Promise<Outcome[]> {
  const all = targets.map(begun);
  for (let active = all; active.length > 0; ) active = await playStep(protocol, active, image);
  return all.map(({ context, steps, masks, failure }) =>
    failure !== undefined || steps.length === 0
      ? { failure: failure ?? "the protocol sent no prompt" }
      : outcomeOf(context, steps, masks),
  );
}

/** One step of one batch; returns the targets that continue. */
async function playStep(
  protocol: Protocol,
  batch: readonly Progress[],
  image: EncodedImage,
): Promise<Progress[]> {
  const { session, embedding, watch } = image;
  const sending: { readonly target: Progress; readonly next: NextStep }[] = [];
  for (const target of batch) {
    const next = attempt(target, () => watch.time("click", () => nextStep(protocol, target)));
    if (next !== undefined) sending.push({ target, next });
  }
  if (sending.length === 0) return [];
  const prompts = sending.map(({ next }) => next.prompt);
  const predictions = await watch
    .model("decode", "postprocess", (cost) => session.decode(embedding, prompts, cost))
    .catch((error: unknown) =>
      sending.map((): Prediction => ({ status: "failed", reason: reasonOf(error) })),
    );
  watch.prompts += sending.length;
  sending.forEach(({ target, next }, i) => {
    attempt(target, () => finishStep(protocol, target, next, predictions[i], image));
  });
  return sending.map(({ target }) => target).filter(({ failure }) => failure === undefined);
}

/** What a protocol's simulated user sends now; undefined at its end. Throws where that breaks a rule. */
export function nextStep(
  protocol: Protocol,
  { context, steps, last }: Pick<Progress, "context" | "steps" | "last">,
): NextStep | undefined {
  const next = protocol.next(context, steps.length, last);
  if (next === undefined) return next;
  if (steps.length >= protocolDefaults.steps)
    throw complain(`protocol ${protocol.id}`, "does not end", {
      expected: `at most ${protocolDefaults.steps} steps`,
    });
  checkInside(context, next);
  protocol.check?.(context, next, last);
  return next;
}

/** Adds a step to the progress, or a failure. `choice`: the candidate that counts, if not that of the highest estimate. */
export function finishStep(
  protocol: Pick<Protocol, "reported">,
  progress: Progress,
  next: NextStep,
  prediction: Prediction | undefined,
  { session, watch, masks, seen }: Omit<EncodedImage, "embedding">,
  choice?: number,
): void {
  if (prediction?.status !== "ok") {
    progress.failure = prediction?.reason ?? "the model returned fewer predictions than prompts";
    return;
  }
  const { candidates } = prediction;
  const predicted = predictedOf(candidates);
  const { target, size } = progress.context;
  const { scorer, last } = progress;
  const full = watch.time("postprocess", () => candidates.map((candidate) => session.mask(candidate, size)));
  const at = stepAt(next);
  const sent = sentPrompt(next.prompt, last);
  const best = hasOracle(next.prompt) && session.capabilities.multimask;
  const step = watch.time("score", () =>
    scoreStep({ target, scorer }, { at, sent, best, choice }, predicted, full),
  );
  const mask = full[step.chosen]!;
  progress.steps.push(step);
  seen?.(target.id, step, full);
  watch.clicks += newClicks(next, last);
  if (masks && protocol.reported.includes(at.clicks)) progress.masks.push({ at, rle: rleOf(mask) });
  const candidate = candidates[step.chosen]!;
  progress.last = { prompt: next.prompt, candidate, mask, iou: step.scores.iou! };
}

function predictedOf(candidates: readonly Candidate[]): readonly number[] {
  if (candidates.length === 0)
    throw complain("model", "returned no mask", { expected: "at least one", got: "none" });
  const predicted = candidates.map(({ predictedIou }) => predictedIou);
  if (predicted.every(Number.isFinite)) return predicted;
  throw complain("model", "a predicted IoU is not finite", {
    expected: "numbers",
    got: predicted.join(", "),
  });
}

/** Number of clicks that the previous step did not have; all clicks of a prompt that does not continue it. */
function newClicks({ prompt }: NextStep, last: Step | undefined): number {
  const before = last?.prompt.clicks.length ?? 0;
  return prompt.clicks.length > before ? prompt.clicks.length - before : prompt.clicks.length;
}

/** An error about one target fails that target only. */
function attempt<T>(target: Progress, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    target.failure = reasonOf(error);
    return undefined;
  }
}
