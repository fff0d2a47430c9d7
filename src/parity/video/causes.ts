// What causes a difference between two models of clips: each stage on the reference's inputs, then the usual mistakes one by one, and constants and
// settings made in the reference.
import { parityDefaults } from "../../core/defaults.ts";
import { reasonOf } from "../../core/errors.ts";
import type { ParityDiagnosis } from "../../core/parity.ts";
import type { Clip } from "../../core/types.ts";
import type { Part } from "../../models/index.ts";
import { readConstants } from "../../models/video/constants.ts";
import { constantsPart } from "../../models/video/contract.ts";
import { ratio } from "../crossing.ts";
import { diagnoseStage } from "../diagnose/index.ts";
import { commonOutputs } from "../diagnose/outputs.ts";
import { addRecord, newEcho, type OutputError, type PartRecord } from "./echo.ts";
import { hostDiagnoses, hostDifferences } from "./host-choices.ts";
import { type ClipPair, graphsOf, hostStage, openExchanged, partIn, stageOf } from "./pair.ts";
import { agreementIn, type ProbePlan, type ProbeRecord, playProbe, probePlan } from "./probe.ts";
import { stageHypotheses } from "./stage-hypotheses.ts";

export interface CausesRequest {
  readonly pair: ClipPair;
  /** The likeliest first; one in which a target is seen is enough. */
  readonly clips: readonly (() => Promise<Clip>)[];
  /** For patched graphs and constants; the caller removes it. */
  readonly folder: string;
  /** What the benchmarks' clips showed of each part. */
  readonly seen: ReadonlyMap<Part, PartRecord>;
  readonly signal?: AbortSignal;
}

export interface Causes {
  readonly diagnoses: readonly ParityDiagnosis[];
  readonly remarks: readonly string[];
  /** Of the benchmarks' clips and of parity's own play. */
  readonly parts: ReadonlyMap<Part, PartRecord>;
  /** Agreement in parity's own play with one part (or the host's choices) of the candidate's alone, where it differs; and of the whole candidate. */
  readonly alone: ReadonlyMap<Part, number>;
  readonly whole?: number;
  /** Constants and settings that differ. */
  readonly differences: number;
}

export async function clipCauses(request: CausesRequest): Promise<Causes> {
  const { pair, clips, folder, seen, signal } = request;
  const { reference, candidate } = pair;
  const parts = new Map([...seen].map(([part, record]) => [part, copyOf(record)]));
  const differences = await hostDifferences(pair);
  const nothing = { diagnoses: [], parts, alone: new Map<Part, number>(), differences: differences.length };
  const plan = await firstPlan(clips);
  if (plan === undefined)
    return { ...nothing, remarks: ["no target is seen in any clip: causes were not looked for"] };
  const partOf = partIn([reference, candidate]);
  const echo = newEcho(pair, { cases: true });
  const own = await playProbe(reference, plan, partOf, echo);
  for (const [part, record] of echo.parts) {
    const known = parts.get(part);
    if (known === undefined) parts.set(part, copyOf(record));
    else addRecord(known, record);
  }
  const constants = await readConstants(reference.files[constantsPart]!);
  const masks = {
    scale: constants.number("sigmoid_scale_for_mem_enc"),
    bias: constants.number("sigmoid_bias_for_mem_enc"),
  };
  const diagnoses: ParityDiagnosis[] = [];
  const alone = new Map<Part, number>();
  const remarks = [
    ...plan.lacking.map((what) => `not tried: ${what}`),
    ...[...parts.values()].flatMap(({ part, calls, failed }) =>
      failed !== undefined
        ? [`${stageOf(part)} (${part}) was not compared: ${failed}`]
        : calls === 0
          ? [`${stageOf(part)} (${part}) was not tried: nothing that was played runs it`]
          : [],
    ),
  ];
  for (const [part, { cases }] of echo.parts) {
    signal?.throwIfAborted();
    if (!differsIn(parts.get(part)!) || cases.length === 0) continue;
    const stage = stageWhere(part, parts.get(part)!);
    const hypotheses =
      stage === stageOf(part) ? stageHypotheses(part, cases, candidate.card, masks) : commonOutputs(stage);
    diagnoses.push(
      ...(await diagnoseStage(stage, cases, hypotheses, { pair, folder, ...(signal && { signal }) })),
    );
    const graph = graphsOf(candidate).get(part);
    const agreement = graph && (await played(pair, { graphs: new Map([[part, graph]]) }, plan, own));
    if (typeof agreement === "number") alone.set(part, agreement);
    else if (agreement !== undefined) remarks.push(`${stageOf(part)} was not tried alone: ${agreement}`);
  }
  const hosts = await hostDiagnoses(pair, differences, plan, own, folder, signal);
  if (hosts.some(({ mistake }) => mistake)) {
    const constants = candidate.files[constantsPart]!;
    const agreement = await played(pair, { card: candidate.card, constants }, plan, own);
    if (typeof agreement === "number") alone.set(hostStage, agreement);
  }
  const effective = hosts.filter(({ mistake }) => mistake);
  const whole =
    alone.size === 0
      ? undefined
      : await playProbe(candidate, plan, partOf, { like: own }).then((one) => agreementIn(own, one));
  return {
    ...{ diagnoses: [...inOrder(diagnoses, effective, alone), ...hosts.filter(({ mistake }) => !mistake)] },
    ...{ remarks, parts, alone, differences: differences.length },
    ...(whole === undefined ? {} : { whole }),
  };
}

/** Mistakes before what may be wanted; the host's choices first where they cost more than any graph. */
function inOrder(
  graphs: readonly ParityDiagnosis[],
  hosts: readonly ParityDiagnosis[],
  alone: ReadonlyMap<Part, number>,
): readonly ParityDiagnosis[] {
  const host = alone.get(hostStage) ?? 1;
  const others = [...alone].flatMap(([part, agreement]) => (part === hostStage ? [] : [agreement]));
  const all = host <= Math.min(1, ...others) ? [...hosts, ...graphs] : [...graphs, ...hosts];
  return [...all.filter(({ mistake }) => mistake), ...all.filter(({ mistake }) => !mistake)];
}

async function firstPlan(clips: CausesRequest["clips"]): Promise<ProbePlan | undefined> {
  for (const load of clips) {
    const plan = await probePlan(await load()).catch(() => undefined);
    if (plan !== undefined) return plan;
  }
  return undefined;
}

/** How well the reference with something exchanged agrees with itself, or why it cannot be played. */
async function played(
  { reference, candidate }: ClipPair,
  exchanged: Parameters<typeof openExchanged>[1],
  plan: ProbePlan,
  own: ProbeRecord,
): Promise<number | string> {
  try {
    const opened = await openExchanged(reference, exchanged);
    const record = await playProbe(opened, plan, partIn([reference, candidate]), { like: own }).finally(() =>
      opened.session.close(),
    );
    return agreementIn(own, record);
  } catch (error) {
    return reasonOf(error);
  }
}

const copyOf = ({ outputs, worst, ...rest }: PartRecord): PartRecord => ({
  ...{ ...rest, outputs: new Map([...outputs].map(([name, one]) => [name, { ...one }])) },
  ...{ worst: new Map(worst), cases: [] },
});

/** Relative L2; infinite where values are not finite. */
export function relativeError({ noise, signal, notFinite }: OutputError): number {
  return notFinite > 0 ? Number.POSITIVE_INFINITY : ratio(noise, signal);
}

function differsIn({ outputs }: PartRecord): boolean {
  return [...outputs.values()].some((one) => relativeError(one) >= parityDefaults.sameStage);
}

/** A decoder of which only the pointers differ is right as a decoder. */
function stageWhere(part: Part, { outputs }: PartRecord): string {
  const wrong = [...outputs].filter(([, one]) => relativeError(one) >= parityDefaults.sameStage);
  return wrong.every(([name]) => /pointer|ptr/.test(name)) ? stageOf("mlp") : stageOf(part);
}
