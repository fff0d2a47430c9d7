// A usual mistake as an experiment: correct it in what goes into the candidate or comes out of it, or make it in the
// reference too, and see whether the two agree again.

import { parityDefaults } from "../../core/defaults.ts";
import type { ParityDiagnosis } from "../../core/parity.ts";
import type { Graph } from "../../models/runtime/graph.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { floatsOf } from "../../models/tensors/cast.ts";

/** One run of a stage in both models on the same thing. */
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
  /** What was done, as a clause: "with red and blue exchanged". */
  readonly done: string;
  readonly advice: string;
  /** Other inputs for the candidate. */
  readonly feeds?: (feeds: Tensors, one: ProbeCase) => Tensors | undefined;
  /** Another graph in its place. */
  readonly graph?: Graph;
  /** Other outputs of the candidate. */
  readonly outputs?: (outputs: Tensors, one: ProbeCase) => Tensors | undefined;
  /** Other inputs for the reference: it makes the mistake too. */
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

/** Largest relative L2 of the outputs that both have, over all runs. Not finite: infinite. */
export function stageError(
  pairs: readonly { readonly reference: Tensors; readonly candidate: Tensors }[],
): number {
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
  const errors = [...sums.values()].map(({ noise, signal }) =>
    noise === 0 ? 0 : Math.sqrt(noise / (signal === 0 ? 1 : signal)),
  );
  if (errors.length === 0) return Number.POSITIVE_INFINITY;
  return errors.every(Number.isFinite) ? Math.max(...errors) : Number.POSITIVE_INFINITY;
}

/** Outputs of one name and shape; the graph's own upscaling is not read by any family where the logits are there. */
export function comparedOutputs(reference: Tensors, candidate: Tensors): string[] {
  return Object.keys(reference).filter(
    (name) =>
      candidate[name] !== undefined &&
      candidate[name].dims.join() === reference[name]!.dims.join() &&
      !(name === "masks" && reference.low_res_masks !== undefined),
  );
}

/** Tries each hypothesis on the first image, and what helps there on all; the best come first. */
export async function tryAll(
  hypotheses: readonly Hypothesis[],
  cases: readonly ProbeCase[],
): Promise<readonly Tried[]> {
  const first = cases.filter(({ image }) => image === cases[0]?.image);
  const found: Tried[] = [];
  for (const hypothesis of hypotheses) {
    const small = await attempt(hypothesis, first);
    if (small === undefined || small.after > small.before / 2) continue;
    const tried = first.length === cases.length ? small : await attempt(hypothesis, cases);
    if (tried !== undefined) found.push(tried);
  }
  const rank = ({ after }: Tried) => (after < parityDefaults.sameStage ? 0 : after);
  return found.filter(explains).sort((a, b) => rank(a) - rank(b));
}

function explains({ before, after }: Tried): boolean {
  return after < parityDefaults.sameStage || after <= (1 - parityDefaults.explained) * before;
}

/** undefined where it applies to no case, or where a graph does not run like that. */
async function attempt(hypothesis: Hypothesis, cases: readonly ProbeCase[]): Promise<Tried | undefined> {
  const pairs: { reference: Tensors; candidate: Tensors }[] = [];
  let applied = false;
  try {
    for (const one of cases) {
      const changed = await outputsUnder(hypothesis, one);
      applied ||= changed !== undefined;
      pairs.push(changed ?? { reference: one.reference.outputs, candidate: one.candidate.outputs });
    }
  } catch {
    return undefined;
  }
  if (!applied) return undefined;
  const before = stageError(
    cases.map(({ reference, candidate }) => ({ reference: reference.outputs, candidate: candidate.outputs })),
  );
  return { hypothesis, before, after: stageError(pairs) };
}

async function outputsUnder(
  { feeds, graph, outputs, referenceFeeds, referenceOutputs }: Hypothesis,
  one: ProbeCase,
): Promise<{ reference: Tensors; candidate: Tensors } | undefined> {
  let reference = one.reference.outputs;
  let candidate = one.candidate.outputs;
  const fed = feeds?.(one.candidate.feeds, one);
  if (feeds !== undefined && fed === undefined) return undefined;
  if (fed !== undefined || graph !== undefined)
    candidate = (await (graph ?? one.candidate.graph).run(fed ?? one.candidate.feeds)) as Tensors;
  if (outputs !== undefined) {
    const changed = outputs(candidate, one);
    if (changed === undefined) return undefined;
    candidate = changed;
  }
  if (referenceFeeds !== undefined) {
    const changed = referenceFeeds(one.reference.feeds);
    if (changed === undefined) return undefined;
    reference = (await one.reference.graph.run(changed)) as Tensors;
  }
  if (referenceOutputs !== undefined) {
    const changed = referenceOutputs(reference, one);
    if (changed === undefined) return undefined;
    reference = changed;
  }
  return { reference, candidate };
}

export function diagnosisOf(
  { hypothesis, before, after }: Tried,
  stage: ParityDiagnosis["stage"],
): ParityDiagnosis {
  const { id, title, done, advice, facts = [] } = hypothesis;
  const what = stage === "encoder" ? "embedding" : "decoder's outputs";
  return {
    ...{ id, stage, mistake: true, title, advice },
    removed: Number.isFinite(before) ? Math.max(0, 1 - after / before) : 1,
    evidence: [
      `The ${what} differ${stage === "encoder" ? "s" : ""} by ${errorText(before)} (relative L2); ${done}, by ${errorText(after)}.`,
      ...facts,
    ],
  };
}

export function errorText(value: number): string {
  if (!Number.isFinite(value)) return "values that are not finite";
  return value === 0
    ? "nothing"
    : value >= 1e-3
      ? `${Number((100 * value).toPrecision(3))} %`
      : value.toExponential(1);
}
