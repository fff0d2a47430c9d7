// What `score` scores, and how: masks of images by the names of their targets, detections that a rule gives to targets, tracks of clips.
import { existsSync } from "node:fs";
import { basename } from "node:path";
import {
  declarableProtocols,
  oneOf,
  type Plugins,
  type Registries,
  type ResolvedBenchmark,
  unknownName,
  withPlugins,
} from "../../config/index.ts";
import { complain, SegbenchError } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type { FileFact, Plan } from "../../core/plan.ts";
import type { PredictedTargets } from "../../core/predictions.ts";
import { originOf } from "../../core/recorded.ts";
import type { ClipFoldersOptions } from "../../core/schema-types.ts";
import type { Clip, ConceptSample, ImageSample, Sample, SampleRef } from "../../core/types.ts";
import { plural } from "../../core/words.ts";
import {
  type DeclaredProtocol,
  externalMasks,
  externalTracks,
  isVideo,
  matchBest,
  matchBestProtocol,
  type ScoredClip,
  type ScoringSettings,
  scoreClip,
  scoreImage,
  scoreMaskSet,
  scoreQueries,
  type UnitJob,
} from "../../eval/index.ts";
import { openPredictedClips, type PredictedClips } from "../../formats/predicted-clips.ts";
import { readPredictedTracks, tracksFile } from "../../formats/predicted-tracks.ts";
import type { Context } from "../context.ts";
import { loadRecorded, openRecorded } from "../recorded.ts";
import { type Matched, matchTally, readMatched, type Tally } from "./detections.ts";
import { checkChoice, declaredProtocol, readNamed, replayedProtocol } from "./input.ts";
import { queryProtocol, readAnswers } from "./queries.ts";

/** What masks made elsewhere are said to be. */
export interface ScoredAs {
  /** Take this model's masks from a file that holds several. */
  readonly from?: string | undefined;
  readonly protocol?: string | undefined;
  readonly metrics?: readonly string[] | undefined;
  /** COCO results name no targets: "best" gives each the best-scored detection with IoU >= 0.5, "coco" matches as AR and AP do. */
  readonly match?: string | undefined;
  /** Run, RUN:MODEL or file of prompts that the masks answer. */
  readonly prompts?: string | undefined;
  /** Custom protocols and metrics that `protocol`, `metrics` or the prompts name. */
  readonly plugins?: Plugins | undefined;
}

/** Masks made elsewhere, with what they are scored by. */
export interface Scorer<S extends Sample = Sample> {
  /** As they are named in messages. */
  readonly name: string;
  readonly files: readonly FileFact[];
  /** Ids of the samples that something was predicted for. */
  readonly samples: readonly string[];
  /** They have scores of their own. */
  readonly scored: boolean;
  /** The model's name, where a file says it. */
  readonly model: string | undefined;
  readonly protocol: string;
  /** Of their steps. */
  readonly clicks: readonly number[];
  /** What of the plan only the record of their prompts says. */
  readonly recorded: Pick<Plan, "replay" | "points"> & { readonly seed?: string };
  /** Hears of every row, and says at the end what came of the masks. */
  readonly tally?: Tally;
  /** Of the manifest: entries of the file, and those that were left out. */
  readonly detections?: Readonly<Record<"entries" | "leftOut" | "elsewhere", number>>;
  /** Absent: the metrics that were asked for. */
  readonly metrics?: readonly [];
  /** Whatever is wrong with a mask becomes a row's reason. */
  score(job: UnitJob<S>, plan: Plan, clock: () => number): Promise<ScoredClip>;
}

/** Whatever is wrong with the whole is found before the first sample is opened. */
export async function openScorer(
  file: string,
  resolved: ResolvedBenchmark,
  options: ScoredAs,
  context: Pick<Context, "cwd" | "onEvent">,
): Promise<Scorer> {
  const scorers = { image: imageScorer, clip: clipScorer, concept: queryScorer };
  return (await scorers[resolved.benchmark.kind](file, resolved, options, context)) as Scorer;
}

async function imageScorer(
  file: string,
  resolved: ResolvedBenchmark,
  options: ScoredAs,
  { cwd, onEvent }: Pick<Context, "cwd" | "onEvent">,
): Promise<Scorer<ImageSample>> {
  const { from, protocol, match, prompts, metrics: asked, plugins = {} } = options;
  const { metrics } = resolved;
  const matched =
    match === undefined
      ? undefined
      : await readMatched(file, match, { protocol, prompts, from, metrics: asked }, resolved, { onEvent });
  const named =
    matched === undefined ? await readNamed(file, resolved, given({ model: from, protocol })) : undefined;
  if (matched?.match === "coco") return setScorer(matched);
  const predictions: PredictedTargets = matched === undefined ? named! : matchBest(matched);
  const answered = await answeredPrompts(options, { cwd });
  const claimed = matched === undefined ? (protocol ?? named?.protocols?.[0]) : matchBestProtocol.id;
  const declared = answered?.declared ?? declaredProtocol(claimed, withPlugins(plugins));
  return {
    ...{ name: predictions.name, files: predictions.files, samples: predictions.images },
    ...{ scored: named?.scored === true, model: named?.models?.[0], protocol: declared.id },
    clicks: predictions.steps.map((step) => step.clicks ?? declared.firstClicks),
    recorded: given({ seed: answered?.seed, replay: answered?.replay, points: answered?.points }),
    ...(matched && tallied(matched)),
    score: (job, plan, clock) => {
      const settings: ScoringSettings = {
        predictions,
        metrics,
        ...shared(plan, clock),
        protocols: [declared],
      };
      return scoreImage(job, settings);
    },
  };
}

/** Detections as sets of masks: a row is a whole image, those without detections too. */
function setScorer(matched: Matched): Scorer<ImageSample> {
  return {
    ...{ name: matched.name, files: matched.files, samples: matched.images, scored: false },
    ...{ model: undefined, protocol: externalMasks.id, metrics: [], clicks: [], recorded: {} },
    ...tallied(matched),
    score: (job, plan, clock) =>
      scoreMaskSet(job, {
        ...{ detections: matched, metrics: [], ...shared(plan, clock), protocols: [externalMasks] },
      }),
  };
}

/** Answers to phrases: a row is a phrase asked of an image. */
async function queryScorer(
  file: string,
  resolved: ResolvedBenchmark,
  options: ScoredAs,
  context: Pick<Context, "onEvent">,
): Promise<Scorer<ConceptSample>> {
  const protocol = queryProtocol(options.protocol, resolved.benchmark);
  const answers = await readAnswers(file, options, resolved, context);
  const { file: detections, samples, from, ...counted } = answers;
  return {
    ...{ name: detections.name, files: detections.files, samples, scored: false, model: undefined },
    ...{ protocol: protocol.id, metrics: [], clicks: [], recorded: {}, ...counted },
    score: (job, plan, clock) =>
      scoreQueries(job, {
        ...{ detections, metrics: [], ...shared(plan, clock), protocols: [protocol], ...given({ from }) },
      }),
  };
}

function tallied(matched: Matched): Pick<Scorer, "tally" | "detections"> {
  const { entries, leftOut, elsewhere } = matched;
  return { tally: matchTally(matched), detections: { entries, leftOut, elsewhere } };
}

function shared({ seed, masks }: Plan, clock: () => number) {
  return { seed, masks, clock };
}

/** With `prompts`: masks that answer a record are a replay of it. */
async function answeredPrompts(
  { prompts, protocol, plugins = {} }: ScoredAs,
  context: Pick<Context, "cwd">,
): Promise<
  (Pick<Plan, "points" | "seed"> & { declared: DeclaredProtocol; replay: Plan["replay"] }) | undefined
> {
  if (prompts === undefined) return undefined;
  const recorded = await openRecorded(prompts, context, plugins);
  const { head } = recorded;
  const { find, hash } = await loadRecorded(recorded);
  const id =
    protocol === undefined && head.protocols.length === 1 ? head.protocols[0]! : originOf(protocol ?? "");
  if (!head.protocols.includes(id))
    throw complain({ path: "protocol" }, "is not what the prompts hold", {
      expected: oneOf(head.protocols),
      got: protocol ?? "nothing",
    });
  const replay = { run: head.run, plan: head.plan, model: head.model, prompts: hash };
  const declared = replayedProtocol(id, find, withPlugins(plugins));
  return { declared, seed: head.seed, replay, ...given({ points: head.points }) };
}

/** Clips that a sentence names. */
const NAMED = 5;

/** What only masks of images have. */
const ofImages = ["match", "prompts"] as const;

async function clipScorer(
  file: string,
  { benchmark, images: listed }: ResolvedBenchmark,
  options: ScoredAs,
  { onEvent }: Pick<Context, "onEvent">,
): Promise<Scorer<Clip>> {
  for (const key of ofImages)
    if (options[key] !== undefined)
      throw complain({ path: key }, `is for masks of images, and ${benchmark.name} is of clips`, {
        expected: "a folder of PNGs, or a run, without it",
      });
  const { from, protocol, plugins = {} } = options;
  const ids = listed.map(({ id }) => id);
  const records = tracksFile(file, existsSync);
  const choice = { benchmark: benchmark.name, ...given({ model: from, protocol }) };
  const read = records === undefined ? undefined : await readPredictedTracks(records, choice, ids);
  if (read !== undefined) checkChoice({ ...read, images: read.clips }, benchmark.name);
  const predictions: PredictedClips = read ?? (await openPredictedClips(file, basename(file), ids));
  const declared = declaredTracks(protocol ?? read?.protocols[0], withPlugins(plugins));
  const refs = benchmark.refs as readonly SampleRef<Clip>[];
  const { targets, background, colours } = benchmark.card.adapter as ClipFoldersOptions;
  const byColour = colours === "id" ? colours : undefined;
  const reading = { foreground: targets === "foreground", ...given({ background, colours: byColour }) };
  const absent = refs.filter(({ id }) => !predictions.clips.includes(id)).map(({ id }) => id);
  if (absent.length > 0) {
    const some = `${absent.slice(0, NAMED).join(", ")}${absent.length > NAMED ? ", ..." : ""}`;
    const text = `${predictions.name}: there are no files of ${absent.length} of ${plural(refs.length, "clip")}: ${some}`;
    onEvent({ type: "note", text });
  }
  return {
    ...{ name: predictions.name, files: [await predictions.fact()], samples: predictions.clips },
    ...{
      scored: false,
      model: read?.models[0],
      protocol: declared.id,
      clicks: [declared.clicks],
      recorded: {},
    },
    score: (job, plan, clock) =>
      scoreClip(job, { predictions, reading, metrics: [], ...shared(plan, clock), protocols: [declared] }),
  };
}

/** What the tracks' first frames were prompted with, as far as it is said. */
function declaredTracks(id: string | undefined, registries: Registries) {
  if (id === undefined) return externalTracks;
  const known = Object.hasOwn(registries.protocols, id) ? registries.protocols[id] : undefined;
  if (known !== undefined && isVideo(known)) return known;
  if (id === externalTracks.id) return externalTracks;
  const all = declarableProtocols(registries, "clip");
  throw new SegbenchError([unknownName({ path: "protocol" }, "is no protocol of clips", id, all)]);
}
