// A protocol played by a simulated user with the targets of one image: prompt, decode, choose, score.
import { complain, reasonOf } from "../../core/errors.ts";
import type { RowStep } from "../../core/rows.ts";
import type { Candidate, Embedding, ImageSession, Prediction } from "../../core/types.ts";
import { rleOf, targetFacts } from "../rows.ts";
import type { Stopwatch } from "../stopwatch.ts";
import type { Outcome, StepMask } from "../task.ts";
import { checkInside } from "./check-click.ts";
import type { NextStep, Protocol, Step, TargetContext } from "./protocol.ts";
import { hasOracle, type Scorer, scoreStep, sentPrompt, stepAt } from "./step.ts";

/** One target, and what all protocols need to score it. */
export interface Contestant {
  readonly context: TargetContext;
  readonly scorer: Scorer;
}

/** What the targets of one image are played with. */
export interface Table {
  readonly session: ImageSession;
  readonly embedding: Embedding;
  readonly watch: Stopwatch;
  /** Keep the masks that count at reported steps. */
  readonly masks: boolean;
}

/** One target on its way through a protocol. */
interface Course extends Contestant {
  readonly steps: RowStep[];
  readonly masks: StepMask[];
  last?: Step;
  failure?: string;
}

/**
 * The whole protocol for the targets of one image, an outcome for each. The targets of a batch advance in step, so that one
 * decoder call serves them all; batches are formed once, from the targets in order, so that what a target shares a call with
 * depends on its image alone. What is fed back is a view of a whole call's logits, of which an image can have gigabytes: they
 * go with their batch.
 */
export async function playProtocol(
  protocol: Protocol,
  contestants: readonly Contestant[],
  table: Table,
): Promise<readonly Outcome[]> {
  const { batch } = table.session.capabilities;
  const outcomes: Outcome[] = [];
  for (let from = 0; from < contestants.length; from += batch)
    outcomes.push(...(await playBatch(protocol, contestants.slice(from, from + batch), table)));
  return outcomes;
}

async function playBatch(
  protocol: Protocol,
  contestants: readonly Contestant[],
  table: Table,
): Promise<Outcome[]> {
  const courses = contestants.map((one): Course => ({ ...one, steps: [], masks: [] }));
  let active = courses;
  while (active.length > 0) active = await playStep(protocol, active, table);
  return courses.map(outcomeOf);
}

function outcomeOf({ context, steps, masks, failure }: Course): Outcome {
  if (failure !== undefined || steps.length === 0) return { failure: failure ?? "no step was played" };
  const facts = targetFacts(context.target, context.size);
  return facts === undefined
    ? { failure: "an empty target cannot be scored" }
    : { row: { ...facts, steps }, masks };
}

/** One step of one batch; returns the courses that go on. */
async function playStep(protocol: Protocol, courses: readonly Course[], table: Table): Promise<Course[]> {
  const { session, embedding, watch } = table;
  const sending: { readonly course: Course; readonly next: NextStep }[] = [];
  for (const course of courses) {
    const next = attempt(course, () => watch.time("click", () => nextStep(protocol, course)));
    if (next !== undefined) sending.push({ course, next });
  }
  if (sending.length === 0) return [];
  const predictions = await watch
    .model("decode", "postprocess", (cost) =>
      session.decode(
        embedding,
        sending.map(({ next }) => next.prompt),
        cost,
      ),
    )
    .catch((error: unknown): Prediction[] =>
      sending.map(() => ({ status: "failed", reason: reasonOf(error) })),
    );
  watch.prompts += sending.length;
  sending.forEach(({ course, next }, i) => {
    attempt(course, () => finishStep(protocol, course, next, predictions[i], table));
  });
  return sending.map(({ course }) => course).filter(({ failure }) => failure === undefined);
}

function nextStep(protocol: Protocol, { context, steps, last }: Course): NextStep | undefined {
  const next = protocol.next(context, steps.length, last);
  if (next === undefined) return next;
  checkInside(context, next);
  protocol.check?.(context, next, last);
  return next;
}

function finishStep(
  protocol: Protocol,
  course: Course,
  next: NextStep,
  prediction: Prediction | undefined,
  { session, watch, masks }: Table,
): void {
  if (prediction?.status !== "ok") {
    course.failure = prediction?.reason ?? "the model returned fewer predictions than prompts";
    return;
  }
  const { candidates } = prediction;
  const predicted = predictedOf(candidates);
  const { target, size } = course.context;
  const full = watch.time("postprocess", () => candidates.map((candidate) => session.mask(candidate, size)));
  const at = stepAt(next);
  const sent = sentPrompt(next.prompt, course.last);
  const best = hasOracle(next.prompt) && session.capabilities.multimask;
  const step = watch.time("score", () =>
    scoreStep({ target, scorer: course.scorer }, { at, sent, best }, predicted, full),
  );
  const mask = full[step.chosen]!;
  course.steps.push(step);
  watch.clicks += newClicks(next, course.last);
  if (masks && protocol.reported.includes(at.clicks)) course.masks.push({ at, rle: rleOf(mask) });
  course.last = {
    prompt: next.prompt,
    candidate: candidates[step.chosen]!,
    mask,
    iou: step.scores.iou!,
  };
}

function predictedOf(candidates: readonly Candidate[]): readonly number[] {
  if (candidates.length === 0)
    throw complain({ where: "model", what: "no mask came back", expected: "at least one", got: "none" });
  const predicted = candidates.map(({ predictedIou }) => predictedIou);
  if (predicted.every(Number.isFinite)) return predicted;
  throw complain({
    where: "model",
    what: "a predicted IoU is not finite",
    expected: "numbers",
    got: predicted.join(", "),
  });
}

/** Clicks that the step before did not have; a prompt that does not continue it places all of its own. */
function newClicks({ prompt }: NextStep, last: Step | undefined): number {
  const before = last?.prompt.clicks.length ?? 0;
  return prompt.clicks.length > before ? prompt.clicks.length - before : prompt.clicks.length;
}

/** A mistake about one target is that target's failure and nobody else's. */
function attempt<T>(course: Course, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    course.failure = reasonOf(error);
    return undefined;
  }
}
