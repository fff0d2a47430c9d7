// A usual mistake as an experiment: correct it in the candidate's inputs or outputs, or make it in the reference too, and
// see whether the two agree.

import { parityDefaults } from "../../core/defaults.ts";
import type { ParityDiagnosis } from "../../core/parity.ts";
import type { Graph } from "../../models/runtime/graph.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { floatsOf } from "../../models/tensors/cast.ts";
import { ratio } from "../crossing.ts";

/** One run of a stage in both models on the same inputs. */
export interface ProbeCase {
  /** Cases of the first image are tried first. */
  readonly image: number;
  readonly reference: ProbeRun;
  readonly candidate: ProbeRun;
}

export interface ProbeRun {
  readonly graph: Graph;
  readonly feeds: Tensors;
  readonly outputs: Tensors;
}

/** undefined from any of these: this case has nothing to correct. */
export interface Hypothesis {
  readonly id: string;
  readonly title: string;
  /** What was done, as a clause: "with red and blue swapped". */
  readonly done: string;
  readonly advice: string;
  /** Other inputs for the candidate. */
  readonly feeds?: (feeds: Tensors, one: ProbeCase) => Tensors | undefined;
  /** Another graph in its place. */
  readonly graph?: Graph;
  /** Other outputs of the candidate. */
  readonly outputs?: (outputs: Tensors, one: ProbeCase) => Tensors | undefined;
  /** Other inputs for the reference, so that it makes the mistake too. */
  readonly referenceFeeds?: (feeds: Tensors) => Tensors | undefined;
  readonly referenceOutputs?: (outputs: Tensors, one: ProbeCase) => Tensors | undefined;
  /** Facts that belong to the evidence. */
  readonly facts?: readonly string[];
}

interface Tried {
  readonly hypothesis: Hypothesis;
  readonly before: number;
  readonly after: number;
}

interface Outputs {
  readonly reference: Tensors;
  readonly candidate: Tensors;
}

const outputsOf = ({ reference, candidate }: ProbeCase): Outputs => ({
  reference: reference.outputs,
  candidate: candidate.outputs,
});

/** How far the two are apart without any change. */
export function errorOf(cases: readonly ProbeCase[]): number {
  return stageError(cases.map(outputsOf));
}

/** Largest relative L2 of the outputs that both have, over all runs. Not finite: infinite. */
function stageError(pairs: readonly Outputs[]): number {
  const sums = new Map<string, { noise: number; signal: number }>();
  for (const { reference, candidate } of pairs)
    for (const name of comparedOutputs(reference, candidate)) {
      const a = floatsOf(reference[name]!);
      const b = floatsOf(candidate[name]!);
      const sum = sums.get(name) ?? { noise: 0, signal: 0 };
      for (let i = 0; i < a.length; i++) {
        const difference = a[i]! - b[i]!;
        sum.noise += difference * difference;
        sum.signal += a[i]! * a[i]!;
      }
      sums.set(name, sum);
    }
  const errors = [...sums.values()].map(({ noise, signal }) => ratio(noise, signal));
  if (errors.length === 0) return Number.POSITIVE_INFINITY;
  return errors.every(Number.isFinite) ? Math.max(...errors) : Number.POSITIVE_INFINITY;
}

/** Outputs of one name and shape; no family reads the graph's upscaled masks where there are logits. */
function comparedOutputs(reference: Tensors, candidate: Tensors): string[] {
  return Object.keys(reference).filter(
    (name) =>
      candidate[name] !== undefined &&
      candidate[name].dims.join() === reference[name]!.dims.join() &&
      !(name === "masks" && reference.low_res_masks !== undefined),
  );
}

/** Tries each hypothesis on the first image, and those that help on all images; the best come first. */
export async function tryAll(
  hypotheses: readonly Hypothesis[],
  cases: readonly ProbeCase[],
  signal?: AbortSignal,
): Promise<readonly Tried[]> {
  const first = cases.filter(({ image }) => image === cases[0]?.image);
  const [apart, all] = [errorOf(first), errorOf(cases)];
  const found: Tried[] = [];
  for (const hypothesis of hypotheses) {
    signal?.throwIfAborted();
    const small = await attempt(hypothesis, first, apart);
    if (small === undefined || small.after > small.before / 2) continue;
    const tried = first.length === cases.length ? small : await attempt(hypothesis, cases, all);
    if (tried !== undefined) found.push(tried);
  }
  const rank = ({ after }: Tried) => (after < parityDefaults.sameStage ? 0 : after);
  return found.filter(explains).sort((a, b) => rank(a) - rank(b));
}

/** Values that stay NaN or infinite are not explained. */
function explains({ before, after }: Tried): boolean {
  if (!Number.isFinite(after)) return false;
  return after < parityDefaults.sameStage || after <= (1 - parityDefaults.explained) * before;
}

/** undefined where it applies to no case, or where a graph does not run with it. */
async function attempt(
  hypothesis: Hypothesis,
  cases: readonly ProbeCase[],
  before: number,
): Promise<Tried | undefined> {
  let found: (Outputs | undefined)[];
  try {
    found = [];
    for (const one of cases) found.push(await outputsUnder(hypothesis, one));
  } catch {
    return undefined;
  }
  if (found.every((one) => one === undefined)) return undefined;
  const after = stageError(found.map((one, i) => one ?? outputsOf(cases[i]!)));
  return { hypothesis, before, after };
}

/** Outputs of both sides under a hypothesis; undefined where one of its changes does not apply. */
async function outputsUnder(
  { feeds, graph, outputs, referenceFeeds, referenceOutputs }: Hypothesis,
  one: ProbeCase,
): Promise<Outputs | undefined> {
  const { reference, candidate } = one;
  const sent = feeds === undefined ? candidate.feeds : feeds(candidate.feeds, one);
  const ownSent = referenceFeeds === undefined ? reference.feeds : referenceFeeds(reference.feeds);
  if (sent === undefined || ownSent === undefined) return undefined;
  const asIs = sent === candidate.feeds && graph === undefined;
  const given = asIs ? candidate.outputs : ((await (graph ?? candidate.graph).run(sent)) as Tensors);
  const changed = outputs === undefined ? given : outputs(given, one);
  if (changed === undefined) return undefined;
  const own =
    ownSent === reference.feeds ? reference.outputs : ((await reference.graph.run(ownSent)) as Tensors);
  const ownChanged = referenceOutputs === undefined ? own : referenceOutputs(own, one);
  return ownChanged === undefined ? undefined : { reference: ownChanged, candidate: changed };
}

export function diagnosisOf(
  { hypothesis, before, after }: Tried,
  stage: ParityDiagnosis["stage"],
): ParityDiagnosis {
  const { id, title, done, advice, facts = [] } = hypothesis;
  return {
    ...{ id, stage, mistake: true, title, advice },
    removed: Number.isFinite(before) ? Math.max(0, 1 - after / before) : 1,
    evidence: [
      `${differs(stage)} by ${errorText(before)} (relative L2); ${done}, by ${errorText(after)}.`,
      ...facts,
    ],
  };
}

/** "The decoder's outputs differ". */
export function differs(stage: ParityDiagnosis["stage"]): string {
  if (stage === "encoder") return "The embedding differs";
  return stage === "pointers" ? "The pointers differ" : `The ${stage}'s outputs differ`;
}

export function errorText(value: number): string {
  if (!Number.isFinite(value)) return "other shapes, or values that are not finite";
  return value === 0
    ? "nothing"
    : value >= 1e-3
      ? `${Number((100 * value).toPrecision(3))} %`
      : value.toExponential(1);
}
