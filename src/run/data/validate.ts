// Checks benchmark cards against the data on disk: what is there, what is wrong with it, and how long a run would take.

import { availableParallelism } from "node:os";
import { holdsData, tooDeep } from "../../config/benchmarks/root.ts";
import {
  type FoundCard,
  knownMetrics,
  listCards,
  type Overrides,
  type PreparedRun,
  preparePlan,
  registries,
} from "../../config/index.ts";
import { openPreparedAny } from "../../config/models/open.ts";
import { samplesFolder } from "../../config/paths.ts";
import { datasetCardDefaults, runDefaults, validateDefaults } from "../../core/defaults.ts";
import { codeOf, reasonOf, renderProblem } from "../../core/errors.ts";
import { kindOf } from "../../core/plan.ts";
import type { DatasetCard } from "../../core/schema-types.ts";
import type { ImageSession, Sample, SampleRef, Session, Target } from "../../core/types.ts";
import { checkDataset, collectNotes, type DatasetCheck, spread } from "../../datasets/inspect.ts";
import { evaluateImage, isInteractive } from "../../eval/index.ts";
import { type Context, shownPath } from "../context.ts";
import { type Around, chosenCards, dataFolder, howToGet, rootOf } from "../data-folder.ts";
import { expectedTime, workersFor } from "../units.ts";
import type { RunEstimate, TimedWith, Verdict } from "../verdict.ts";

export interface ValidateOptions {
  /** Folder of the benchmarks' data. */
  readonly data?: string | undefined;
  /** Decode every image and mask, not a few. */
  readonly full?: boolean | undefined;
  /** A model to time a few targets with. */
  readonly model?: string | undefined;
  /** The bundled miniatures against the exact counts of their cards. */
  readonly samples?: boolean | undefined;
}

/** Cards (all of them where none is named) against what is on disk; each verdict is also an event as soon as it is known. */
export async function validate(
  names: readonly string[],
  { data: given, full = false, model, samples = false }: ValidateOptions,
  context: Context,
): Promise<readonly Verdict[]> {
  const data = dataFolder(given, context);
  const cards = await chosenCards("validate", names, context);
  const timing = model === undefined ? undefined : await openTimed(model, context);
  const verdicts: Verdict[] = [];
  try {
    for (const card of cards) {
      if (context.signal.aborted) break;
      const verdict = samples
        ? await judgeMiniature(card, context)
        : await judge(card, { data, given, full, timing }, context);
      if (verdict === undefined) continue;
      verdicts.push(verdict);
      context.onEvent({ type: "verdict", verdict, timing });
    }
  } finally {
    await timing?.session.close();
  }
  return verdicts;
}

/** Something is there and wrong; absent data are not an error. */
export const isWrong = ({ status }: Verdict): boolean => status === "wrong" || status === "invalid";

export interface JudgeOptions {
  readonly data: string;
  /** As given on the command line, to be repeated in advice. */
  readonly given: string | undefined;
  readonly full: boolean;
  readonly timing: Timing | undefined;
}

export async function judge(
  { name, value: card, problems }: FoundCard<"benchmark">,
  { data, given, full, timing }: JudgeOptions,
  context: Context,
): Promise<Verdict> {
  if (card === undefined) return { name, status: "invalid", problems: problems.map(renderProblem) };
  const root = rootOf(card, data);
  const wanted = howToGet(card, root, given, context);
  if (!holdsData(root)) return { name, status: "absent", wanted };
  // Pull replaces no existing data.
  const rest =
    card.download === undefined ? wanted : `move ${shownPath(root, context)} away, then: ${wanted}`;
  try {
    const notes = collectNotes();
    const refs = await registries.openSamples(card, root, notes.take).list();
    const samples = validateDefaults.samples;
    const check = await checkDataset(card, { list: async () => refs }, { full, samples, notes });
    const { refs: chosen, ...run } = estimateRun(card, refs, check);
    const seconds =
      timing === undefined
        ? undefined
        : await secondsOn(card, { refs: chosen, masks: run.masks }, timing, context);
    const status = check.problems.length > 0 ? "wrong" : check.part ? "part" : "fine";
    return {
      ...{ name, status, check },
      ...(status === "fine" ? {} : { wanted: rest }),
      run: seconds === undefined ? run : { ...run, seconds },
    };
  } catch (error) {
    const deep = await tooDeep(root, (at) => registries.openSamples(card, at));
    if (deep !== undefined) return { name, status: "invalid", problems: [reasonOf(deep)] };
    const code = codeOf(error);
    if ((code === "not-found" || code === "no-samples") && (await othersRead(card, root, context)))
      return { name, status: "absent", wanted };
    return { name, status: "invalid", problems: [reasonOf(error)], wanted: rest };
  }
}

/** Where cards share a folder (splits, editions), data of one are not broken data of another. */
async function othersRead(card: DatasetCard, root: string, around: Around): Promise<boolean> {
  const all = await listCards("benchmark", around);
  for (const { value: other } of all) {
    if (other === undefined || other.name === card.name) continue;
    if ((other.root ?? other.name) !== (card.root ?? card.name)) continue;
    const refs = await registries
      .openSamples(other, root)
      .list()
      .catch(() => []);
    if (refs.length > 0) return true;
  }
  return false;
}

const miniatures = samplesFolder();
/** Clips that are always there, to open a model with. */
const drawnOthers = { clip: "davis2017-val", concept: "drawn-phrases" } as const;

/** The bundled miniature of a card, every image decoded and its counts exact; undefined for cards without one. */
export async function judgeMiniature(
  { name, value: card, problems }: FoundCard<"benchmark">,
  context: Context,
): Promise<Verdict | undefined> {
  if (card === undefined) return { name, status: "invalid", problems: problems.map(renderProblem) };
  if (card.miniature === undefined) return undefined;
  const root = rootOf(card, miniatures);
  const small: DatasetCard = { ...card, expected: card.miniature };
  if (!holdsData(root))
    return { name, status: "invalid", problems: [`the miniature is missing: ${shownPath(root, context)}`] };
  try {
    const notes = collectNotes();
    const refs = await registries.openSamples(small, root, notes.take).list();
    const check = await checkDataset(small, { list: async () => refs }, { full: true, exact: true, notes });
    const { refs: _, ...run } = estimateRun(small, refs, check);
    return { name, status: check.problems.length === 0 ? "fine" : "wrong", check, run };
  } catch (error) {
    return { name, status: "invalid", problems: [reasonOf(error)] };
  }
}

export interface Timing extends TimedWith {
  readonly run: PreparedRun;
  readonly session: Session;
}

export function estimateRun(
  card: DatasetCard,
  refs: readonly SampleRef<Sample>[],
  { found, each }: Pick<DatasetCheck, "found" | "each">,
): RunEstimate & { readonly refs: readonly SampleRef<Sample>[] } {
  const subset = { ...datasetCardDefaults.subset, ...card.subset };
  const samples = chosen(refs, { benchmark: card.name, ...subset });
  const clips = kindOf(card) === "clip";
  const key = clips ? "tracks" : "masks";
  const about = (masks: number | undefined, counted: boolean) =>
    clips
      ? { clips: samples.length, frames: sumOf(samples.map(({ frames }) => frames)), tracks: masks, counted }
      : { images: samples.length, masks, counted };
  // Of samples that were decoded more is known than their listing says.
  const whole = samples.length === refs.length ? found[key] : undefined;
  if (whole !== undefined) return { ...about(whole, true), refs: samples };
  const counted = samples.every(({ masks }) => masks !== undefined);
  const masks =
    counted || each[key] !== undefined
      ? Math.round(samples.reduce((sum, ref) => sum + (ref.masks ?? each[key] ?? 0), 0))
      : undefined;
  return { ...about(masks, counted), refs: samples };
}

function sumOf(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce<number | undefined>(
    (sum, value) => (sum === undefined || value === undefined ? undefined : sum + value),
    0,
  );
}

/** A benchmark whose masks are not known from its list cannot be limited by them; then all images are meant. */
function chosen<S extends Sample>(
  refs: readonly SampleRef<S>[],
  rule: { benchmark: string; seed: string; masks?: number },
) {
  const known = rule.masks === undefined || refs.every(({ masks }) => masks !== undefined);
  return known ? registries.selectImages(refs, rule).images : refs;
}

/** Opens the model that `--model` names, to be timed: with images, or with clips if it takes those. */
export async function openTimed(model: string, { cwd, env }: Around): Promise<Timing> {
  const prepared = (overrides: Overrides) =>
    preparePlan({ overrides: { model: [model], limit: 1, ...overrides }, cwd, env });
  const run = await prepared({ protocols: [...runDefaults.protocols] }).catch(async (error: unknown) => {
    for (const [kind, benchmark] of Object.entries(drawnOthers)) {
      const protocols = [...runDefaults.usualProtocols[kind as keyof typeof drawnOthers]];
      const other = await prepared({ benchmarks: [benchmark], data: miniatures, protocols }).catch(
        () => undefined,
      );
      if (other !== undefined) return other;
    }
    throw error;
  });
  const { kind } = run.task;
  const { plan, models, protocols: played } = run;
  const session = await openPreparedAny(models[0]!, plan);
  const workers = workersFor(run);
  return {
    ...{ model: models[0]!.name, kind, workers, threads: plan.threads },
    ...{ protocol: played[0]!.id, run, session },
  };
}

/** Seconds of a run of this benchmark; undefined where the model does not take what it has. */
async function secondsOn(
  card: DatasetCard,
  { refs, masks }: { readonly refs: readonly SampleRef<Sample>[]; readonly masks: number | undefined },
  timing: Timing,
  context: Context,
): Promise<number | undefined> {
  const { kind, model, session, run, workers } = timing;
  if (kind !== kindOf(card)) return undefined;
  if (kind === "image")
    return secondsOf({ refs: refs as readonly SampleRef[], masks }, timing, context.clock);
  const jobs = refs.map((ref, index) => ({
    unit: { index, model, benchmark: card.name, sample: ref.id },
    ref,
  }));
  const opened = new Map([[model, [session]]]);
  return (await expectedTime(run, jobs, { opened, workers }, context))?.seconds;
}

/**
 * Seconds of a run: a few images are encoded and a few of their targets run through the protocol; what belongs to
 * images and what belongs to masks is scaled up separately.
 */
export async function secondsOf(
  { refs, masks }: { readonly refs: readonly SampleRef[]; readonly masks: number | undefined },
  { model: name, session, workers, threads, protocol }: Timing,
  clock: () => number,
): Promise<number | undefined> {
  if (masks === undefined) return undefined;
  const settings = {
    protocols: [registries.protocols[protocol]!].filter(isInteractive),
    metrics: knownMetrics(runDefaults.metrics),
    seed: runDefaults.seed,
    masks: runDefaults.saveMasks,
    clock,
  };
  let [images, targets] = [0, 0];
  const model = { image: 0, target: 0 };
  const thread = { image: 0, target: 0 };
  for (const i of spread(refs.length, validateDefaults.samples)) {
    const ref = refs[i]!;
    const unit = { index: i, model: name, benchmark: "", sample: ref.id };
    const { timing } = await evaluateImage(
      { unit, ref: withFewTargets(ref) },
      session as ImageSession,
      settings,
    );
    if (timing.targets === 0) continue;
    images++;
    targets += timing.targets;
    model.image += timing.encode;
    model.target += timing.decode;
    thread.image += timing.read + timing.preprocess;
    thread.target += timing.postprocess + timing.score + timing.click;
  }
  if (images === 0) return undefined;
  const all = (part: { readonly image: number; readonly target: number }) =>
    (part.image / images) * refs.length + (part.target / targets) * masks;
  // Workers share the graphs; one thread does all the rest meanwhile; no more is done at a time than there are processors.
  const together = (threads * all(model) + all(thread)) / availableParallelism();
  return Math.max(all(model) / workers, all(thread), together) / 1000;
}

function withFewTargets(ref: SampleRef): SampleRef {
  return {
    ...ref,
    load: async () => {
      const { targets, ...sample } = await ref.load();
      const scored = targets.filter((target): target is Target => target.status === "ok");
      return { ...sample, targets: scored.slice(0, validateDefaults.timedTargets) };
    },
  };
}
