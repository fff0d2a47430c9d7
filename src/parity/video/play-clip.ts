// Plays one clip through both models side by side: the reference freely, every run of its graphs also by the candidate's graph on the same
// inputs, and the candidate on the reference's prompts, frame by frame beside it.
import type { CostListener } from "../../core/cost.ts";
import { isRanked } from "../../core/measure.ts";
import type { ParityRow, ParityStep, ParityTargetRow, PathStep } from "../../core/parity.ts";
import type { ParitySideName } from "../../core/parity-sets.ts";
import type { Row, ScoredRow } from "../../core/rows.ts";
import { oneFrame, trackFacts } from "../../core/track-facts.ts";
import type { BitMask, Clip, FramePrediction, VideoSession } from "../../core/types.ts";
import { type EvaluationSettings, evaluateSample, type UnitJob, type UnitResult } from "../../eval/index.ts";
import { video } from "../../eval/video/index.ts";
import { nameIn } from "../../eval/video/play.ts";
import type { VideoProtocol } from "../../eval/video/protocol.ts";
import { iou as agreementOf } from "../../masks/iou.ts";
import { resizeLogits } from "../../masks/resize-logits.ts";
import type { Part } from "../../models/index.ts";
import { type BothSides, bothSides, logitError, once, type PlayedTimes } from "../crossing.ts";
import type { WorstStep } from "../record.ts";
import { newEcho, type PartRecord } from "./echo.ts";
import { type Answers, metSession, newMeeting, newPrompts } from "./in-step.ts";
import { type ClipPair, partIn } from "./pair.ts";

export interface PlayedClip {
  /** The reference as `run` would have evaluated it, and the candidate in its own run. */
  readonly reference: UnitResult;
  readonly candidate: UnitResult;
  /** The candidate on the reference's prompts. */
  readonly prompted: readonly Row[];
  readonly rows: readonly ParityRow[];
  readonly times: PlayedTimes;
  readonly worst: readonly WorstStep[];
  readonly parts: ReadonlyMap<Part, PartRecord>;
  /** Milliseconds of runs on the same inputs. */
  readonly partTimes: ReadonlyMap<Part, BothSides<readonly number[]>>;
}

type Ok = Extract<FramePrediction, { readonly status: "ok" }>;

interface Apart {
  readonly frame: number;
  readonly agreement: number;
  readonly reference: BitMask;
  readonly candidate: BitMask;
}

/** A target under a protocol, by the session's name for it. */
interface Compared {
  readonly steps: (PathStep & { readonly frame: number })[];
  worst?: Apart;
}

export async function playClipPair(
  job: BothSides<UnitJob<Clip>>,
  pair: ClipPair,
  settings: EvaluationSettings<VideoProtocol>,
): Promise<PlayedClip> {
  const load = once(() => job.reference.ref.load());
  const loaded = ({ ref, ...rest }: UnitJob<Clip>): UnitJob<Clip> => ({ ...rest, ref: { ...ref, load } });
  const prompts = newPrompts();
  const echo = newEcho(pair);
  const compared = new Map<string, Compared>();
  const meeting = newMeeting((frame, own, theirs) => compareAll(compared, frame, own, theirs));
  const play = (side: ParitySideName, protocols: readonly VideoProtocol[], session: VideoSession) =>
    evaluateSample(video, loaded(job[side]), session, {
      ...{ ...settings, protocols, onSteps: side === "reference" ? settings.onSteps : undefined },
    });
  const { heard, times } = costsIn(pair);
  const [reference, prompted] = await Promise.all([
    play(
      "reference",
      settings.protocols.map(prompts.watched),
      metSession(pair.reference.session, meeting, "reference", {
        around: (work) => pair.reference.host.during(echo.tap, work),
        settle: echo.settle,
        heard,
      }),
    ).finally(() => meeting.leave()),
    play(
      "candidate",
      settings.protocols.map(prompts.repeated),
      metSession(pair.candidate.session, meeting, "candidate", { around: (work) => work() }),
    ),
  ]);
  const strayed = settings.protocols.filter(({ id }) => prompts.strayed.has(id));
  const free = strayed.length === 0 ? undefined : await play("candidate", strayed, pair.candidate.session);
  const candidate = free === undefined ? prompted : merged(prompted, free, settings.protocols);
  const { benchmark, sample } = job.reference.unit;
  const embeddings = [...(echo.parts.get("image_encoder")?.worst.values() ?? [])];
  const problem = echo.parts.get("image_encoder")?.failed;
  const about = { benchmark, sample, cluster: job.reference.ref.cluster };
  const frames = reference.rows.some(({ status }) => status === "ok") ? (await load()).frames : [];
  const targets = reference.rows.map((row, i) =>
    targetRow(row, prompted.rows[i], compared, settings, frames),
  );
  return {
    ...{ reference, candidate, prompted: prompted.rows, parts: echo.parts, partTimes: times },
    times: bothSides((side) => ({
      encode: times.get("image_encoder")?.[side] ?? [],
      decode: times.get("mask_decoder")?.[side] ?? [],
    })),
    rows: [
      {
        kind: "sample",
        ...about,
        embeddings,
        ...(problem === undefined ? {} : { problem: `image encoder: ${problem}` }),
      },
      ...targets.filter(({ steps, failed }) => steps.length > 0 || failed !== undefined),
    ],
    worst: targets.flatMap((row) => worstOf(row, settings.protocols, compared, frames)),
  };
}

/** Runs of both on the same inputs, by part; the listener hears of the reference's alone. */
function costsIn({ reference, candidate }: ClipPair) {
  const partOf = partIn([reference, candidate]);
  const times = new Map<Part, Record<ParitySideName, number[]>>();
  const own = new Set(Object.values(reference.files));
  const shared = new Set(Object.values(candidate.files).filter((file) => own.has(file)));
  // Of a file that both have, runs alternate.
  let turn = 0;
  const sideOf = (file: string): ParitySideName => {
    if (shared.has(file)) return turn++ % 2 === 0 ? "reference" : "candidate";
    return own.has(file) ? "reference" : "candidate";
  };
  const heard =
    (listener: CostListener | undefined): CostListener =>
    (one) => {
      const file = one.file ?? "";
      const side = sideOf(file);
      const part = partOf(file);
      if (part !== undefined && one.result === "computed") {
        const known = times.get(part) ?? { reference: [], candidate: [] };
        times.set(part, known);
        known[side].push(one.running);
      }
      if (side === "reference") listener?.(one);
    };
  return { heard, times };
}

function compareAll(all: Map<string, Compared>, frame: number, reference: Answers, candidate: Answers): void {
  for (const [target, own] of reference) {
    const theirs = candidate.get(target);
    if (own.status !== "ok" || theirs?.status !== "ok") continue;
    const compared: Compared = all.get(target) ?? { steps: [] };
    all.set(target, compared);
    const step = { frame, ...compareFrame(own, theirs) };
    compared.steps.push(step);
    if (step.agreement < (compared.worst?.agreement ?? 1))
      compared.worst = { frame, agreement: step.agreement, reference: own.mask, candidate: theirs.mask };
  }
}

/** Logits of a target that one of them says is gone are a constant, and not compared. */
function compareFrame(own: Ok, theirs: Ok): PathStep {
  const there = ({ objectScore = 1 }: Ok) => objectScore > 0;
  const low = own.lowResolution;
  const other = theirs.lowResolution;
  const quality = (one: Ok) => one.predictedIou ?? 0;
  return {
    ...{ scores: {}, chosen: 0, agreement: agreementOf(theirs.mask, own.mask) },
    ...(there(own) === there(theirs) ? { logits: logitError(low.data, resizeLogits(other, low).data) } : {}),
    predicted: { max: Math.abs(quality(own) - quality(theirs)) },
  };
}

function targetRow(
  row: Row,
  other: Row | undefined,
  all: ReadonlyMap<string, Compared>,
  { protocols, metrics }: EvaluationSettings<VideoProtocol>,
  frames: Clip["frames"],
): ParityTargetRow {
  const { model: _, benchmark, protocol, sample, cluster, target } = row;
  const first = protocols.find(({ id }) => id === protocol)?.measures(metrics)[0];
  const [own, theirs] = [row, other].map((one) => (one?.status === "ok" ? one : undefined));
  const at = own?.steps.at(-1)?.at ?? { clicks: 0 };
  const scoresIn = (of: ScoredRow | undefined, frame: number): Record<string, number> => {
    const place = of === undefined ? -1 : trackFacts(of).scored.indexOf(frame);
    if (of === undefined || place < 0 || first === undefined || isRanked(first)) return {};
    const parts = first.parts(oneFrame(of, place));
    return parts === undefined ? {} : { [first.name]: first.value(parts) as number };
  };
  const steps = (
    own === undefined ? [] : (all.get(nameIn(protocols, { id: protocol }, target))?.steps ?? [])
  ).map(
    ({ frame, ...step }): ParityStep => ({
      ...{ at, frame: frames[frame]!.id, reference: { scores: scoresIn(own, frame), chosen: 0 } },
      paths: { candidate: { ...step, scores: scoresIn(theirs, frame) } },
    }),
  );
  return {
    ...{ kind: "target", benchmark, protocol, sample, cluster, target, steps },
    ...(own !== undefined && other !== undefined && other.status !== "ok"
      ? { failed: { candidate: other.reason } }
      : {}),
  };
}

function worstOf(
  { kind: _, cluster: __, steps, failed: ___, ...key }: ParityTargetRow,
  protocols: readonly VideoProtocol[],
  all: ReadonlyMap<string, Compared>,
  frames: Clip["frames"],
): WorstStep[] {
  const worst = all.get(nameIn(protocols, { id: key.protocol }, key.target))?.worst;
  const at = steps[0]?.at;
  if (worst === undefined || at === undefined) return [];
  const { frame, agreement, reference, candidate } = worst;
  return [{ ...key, at, frame: frames[frame]!.id, agreement, sent: { clicks: [] }, reference, candidate }];
}

/** The candidate's own run: other rows where its answers led to other prompts. */
function merged(prompted: UnitResult, free: UnitResult, protocols: readonly VideoProtocol[]): UnitResult {
  const own = new Set(free.rows.map(({ protocol }) => protocol));
  const of = ({ id }: VideoProtocol) => (own.has(id) ? free : prompted);
  return {
    ...prompted,
    rows: protocols.flatMap((one) => of(one).rows.filter(({ protocol }) => protocol === one.id)),
    masks: protocols.flatMap((one) => of(one).masks.filter(({ protocol }) => protocol === one.id)),
  };
}
