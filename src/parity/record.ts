// Predictions of every path for the reference's prompts on one image, compared with the reference's own.
import { mean } from "../core/numbers.ts";
import type {
  AnswerScores,
  ParityPath,
  ParityPlace,
  ParityStep,
  ParityTargetRow,
  PathStep,
} from "../core/parity.ts";
import type { SentPrompt } from "../core/rows.ts";
import type { BitMask, Candidate, ImageSession, Prediction, Prompt } from "../core/types.ts";
import type { UnitJob } from "../eval/index.ts";
import type { NextStep, Protocol, TargetContext } from "../eval/interactive/protocol.ts";
import { choose, hasOracle, rowBox, scoreStep, stepAt } from "../eval/interactive/step.ts";
import { iou as agreementOf } from "../masks/iou.ts";
import { resizeLogits } from "../masks/resize-logits.ts";
import { logitError, type ParityPair } from "./crossing.ts";

/** The step of a target at which the candidate is farthest from the reference, for a picture in the report. */
export interface WorstStep extends ParityPlace {
  readonly sent: Pick<SentPrompt, "clicks" | "box">;
  readonly reference: BitMask;
  readonly candidate: BitMask;
  /** The picture is of the whole image. */
  readonly whole?: true;
}

interface Sent {
  readonly next: NextStep;
  readonly context: TargetContext;
  readonly protocol: string;
}

interface TargetRecord {
  readonly row: Omit<ParityTargetRow, "steps" | "failed">;
  readonly steps: ParityStep[];
  readonly failed: Partial<Record<ParityPath, string>>;
  worst?: WorstStep;
}

/** Records the predictions of every path. `mask` makes the reference's masks. */
export function newRecord({ unit, ref }: UnitJob, pair: ParityPair, mask: ImageSession["mask"]) {
  const { reference, candidate } = pair;
  const sent = new WeakMap<Prompt, Sent>();
  const records = new Map<string, TargetRecord>();

  function recordOf(protocol: string, target: string): TargetRecord {
    const key = `${protocol}\n${target}`;
    const known = records.get(key);
    if (known !== undefined) return known;
    const { benchmark, sample } = unit;
    const { cluster } = ref;
    const record: TargetRecord = {
      row: { kind: "target", benchmark, protocol, sample, cluster, target },
      ...{ steps: [], failed: {} },
    };
    records.set(key, record);
    return record;
  }

  /** The decoder of a path makes its masks. */
  const decoderOf = (path: ParityPath) => (path === "encoder" ? reference : candidate).session;

  return {
    /** Wraps a protocol to remember its prompts' contexts, which a session does not see. */
    watched: (protocol: Protocol): Protocol => ({
      ...protocol,
      next(context, done, last) {
        const next = protocol.next(context, done, last);
        if (next !== undefined) sent.set(next.prompt, { next, context, protocol: protocol.id });
        return next;
      },
    }),
    note(
      prompt: Prompt,
      answer: Prediction | undefined,
      paths: readonly (readonly [ParityPath, Prediction])[],
    ) {
      const found = sent.get(prompt);
      if (found === undefined || answer?.status !== "ok") return;
      const { context, protocol } = found;
      const { capabilities } = reference.session;
      const own = answerOf(found, answer.candidates, { capabilities, mask });
      const record = recordOf(protocol, context.target.id);
      const compared: Partial<Record<ParityPath, PathStep>> = {};
      let theirs: BitMask | undefined;
      for (const [path, prediction] of paths) {
        if (prediction.status !== "ok") {
          record.failed[path] ??= prediction.reason;
          continue;
        }
        const session = { capabilities, mask: decoderOf(path).mask };
        const other = answerOf(found, prediction.candidates, session);
        compared[path] = compareAnswers(own, other);
        if (path === "candidate") theirs = other.mask;
      }
      const { scores, chosen } = own;
      record.steps.push({ at: own.at, reference: { scores, chosen }, paths: compared });
      const agreement = compared.candidate?.agreement ?? 1;
      if (theirs === undefined || agreement === 1 || agreement >= (record.worst?.agreement ?? 1)) return;
      const { benchmark, sample } = unit;
      record.worst = {
        ...{ benchmark, protocol, sample, target: context.target.id, at: own.at, agreement },
        sent: sentOf(prompt),
        ...{ reference: own.mask, candidate: theirs },
      };
    },
    worst: (): WorstStep[] => [...records.values()].flatMap(({ worst }) => worst ?? []),
    rows: (): ParityTargetRow[] =>
      [...records.values()].map(({ row, steps, failed }) => ({
        ...row,
        steps,
        ...(Object.keys(failed).length === 0 ? {} : { failed }),
      })),
  };
}

function sentOf({ clicks, box }: Prompt): WorstStep["sent"] {
  return {
    clicks: clicks.map(({ x, y, label }) => [x, y, label] as const),
    ...(box === undefined ? {} : { box: rowBox(box) }),
  };
}

interface Answer extends AnswerScores {
  readonly at: ParityStep["at"];
  readonly candidates: readonly Candidate[];
  /** The chosen one. */
  readonly mask: BitMask;
}

type Decoder = Pick<ImageSession, "capabilities" | "mask">;

/** Makes masks of candidates other than the chosen one only where they are scored: it takes time. */
function answerOf({ next, context }: Sent, candidates: readonly Candidate[], decoder: Decoder): Answer {
  const { target, size } = context;
  const at = stepAt(next);
  const predicted = candidates.map(({ predictedIou }) => predictedIou);
  const chosen = choose(predicted);
  const best = hasOracle(next.prompt) && decoder.capabilities.multimask;
  const scored = best ? [...candidates.keys()] : [chosen];
  const masks = scored.map((i) => decoder.mask(candidates[i]!, size));
  const { scores } = scoreStep(
    { target, scorer: () => ({}) },
    { at, best },
    scored.map((i) => predicted[i]!),
    masks,
  );
  return { at, scores, chosen, candidates, mask: masks[scored.indexOf(chosen)]! };
}

function compareAnswers(reference: Answer, other: Answer): PathStep {
  const paired = other.candidates.length === reference.candidates.length;
  return {
    ...{ scores: other.scores, chosen: other.chosen },
    agreement: agreementOf(other.mask, reference.mask),
    ...(paired ? candidateErrors(reference.candidates, other.candidates) : {}),
  };
}

function candidateErrors(reference: readonly Candidate[], candidates: readonly Candidate[]) {
  const errors = reference.map(({ lowResolution }, i) => {
    const other = candidates[i]!.lowResolution;
    return logitError(lowResolution.data, resizeLogits(other, lowResolution).data);
  });
  const order = (list: readonly Candidate[]) =>
    list
      .map((_, i) => i)
      .sort((a, b) => list[b]!.predictedIou - list[a]!.predictedIou || a - b)
      .join();
  return {
    logits: {
      max: Math.max(...errors.map(({ max }) => max)),
      mean: mean(errors.map((error) => error.mean)),
      signs: mean(errors.map(({ signs }) => signs)),
    },
    predicted: {
      max: Math.max(
        ...reference.map(({ predictedIou }, i) => Math.abs(predictedIou - candidates[i]!.predictedIou)),
      ),
      reordered: order(reference) !== order(candidates),
    },
  };
}
