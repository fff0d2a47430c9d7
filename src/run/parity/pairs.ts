// Two models opened for a parity check: of images, and of clips.

import { openPrepared, openPreparedVideo } from "../../config/models/open.ts";
import { imagesOf } from "../../config/runs/kinds.ts";
import type { PreparedPair } from "../../config/runs/pair.ts";
import { parityDefaults, runDefaults } from "../../core/defaults.ts";
import type { ParityBlame, ParityClips, ParityRow } from "../../core/parity.ts";
import type { Row } from "../../core/rows.ts";
import type { Clip, ImageSample, RgbImage, Sample, SampleRef, Session } from "../../core/types.ts";
import type { EverythingProtocol } from "../../eval/everything/protocols.ts";
import { isInteractive, type Protocol, tasks, type UnitJob } from "../../eval/index.ts";
import type { VideoProtocol } from "../../eval/video/protocol.ts";
import { type Part, videoFamilies } from "../../models/index.ts";
import { type TappedHost, tapHost } from "../../models/runtime/tap.ts";
import type { ParityModel, ParityPair } from "../../parity/crossing.ts";
import { type DiagnoseRequest, diagnose } from "../../parity/diagnose/index.ts";
import { type PlayedImage, playImage } from "../../parity/play-image.ts";
import type { WorstStep } from "../../parity/record.ts";
import { setCauses } from "../../parity/sets/causes.ts";
import { playSets } from "../../parity/sets/play-sets.ts";
import { setsOf } from "../../parity/sets/summary.ts";
import { worstSamples, worstSets } from "../../parity/summarize.ts";
import { clipCauses } from "../../parity/video/causes.ts";
import { addRecord, type PartRecord } from "../../parity/video/echo.ts";
import type { ClipModel, ClipPair } from "../../parity/video/pair.ts";
import { type PlayedClip, playClipPair } from "../../parity/video/play-clip.ts";
import { clipsSummary } from "../../parity/video/summary.ts";
import type { Context } from "../context.ts";
import { unitJobs } from "../units.ts";
import { both, type FoundCauses, farthest, inFolder, settingsOf } from "./open.ts";

/** A sample through both models; of clips also the candidate's rows on the reference's prompts. */
export interface PlayedSample extends PlayedImage {
  readonly prompted?: readonly Row[];
}

export interface PairJob {
  readonly reference: UnitJob<Sample>;
  readonly candidate: UnitJob<Sample>;
}

export interface OpenPair {
  readonly reference: { readonly name: string; readonly session: Session };
  readonly candidate: { readonly name: string; readonly session: Session };
  /** `onSteps`: called as frames of a clip are done. */
  play(job: PairJob, onSteps: (count: number) => void): Promise<PlayedSample>;
  /** Median milliseconds of a run by part, both on the same inputs. */
  partTimes?(): Readonly<Record<Part, Record<"reference" | "candidate", number>>>;
  /** What causes the differences that were found. */
  causes(rows: readonly ParityRow[], blame: ParityBlame | undefined): Promise<FoundCauses>;
  /** The picture that a step is of. */
  picture(ref: SampleRef<Sample>, step: WorstStep): Promise<RgbImage | undefined>;
  close(): Promise<void>;
}

type Run = PreparedPair["reference"];

export function openPair(runs: PreparedPair, context: Context): Promise<OpenPair> {
  if (runs.reference.task.kind === "clip") return openClips(runs, context);
  return runs.reference.task.whole === true ? openSets(runs, context) : openImages(runs, context);
}

async function openTapped({ models, plan }: Run): Promise<ParityModel> {
  let host: TappedHost | undefined;
  const session = await openPrepared(models[0]!, plan, (inner) => {
    host = tapHost(inner);
    return host;
  });
  return { name: models[0]!.name, session, host: host! };
}

async function openImages(runs: PreparedPair, context: Context): Promise<OpenPair> {
  const { reference } = runs;
  const opened = await both(runs, openTapped);
  const pair: ParityPair = { ...opened, sameDecoder: sameDecoder(runs) };
  const protocols = reference.protocols.filter(isInteractive);
  const settings = { ...settingsOf(reference, context), protocols };
  return {
    ...opened,
    play: (job) => playImage(job as { [side in keyof PairJob]: UnitJob<ImageSample> }, pair, settings),
    causes: (rows, blame) => {
      const jobs = farthest(worstSamples(rows, parityDefaults.probedSamples), imageJobs(reference));
      const first = blame === undefined || blame.encoder >= blame.decoder ? "encoder" : "decoder";
      return graphCauses(runs, { pair, settings, jobs, first }, context);
    },
    picture: imageOf,
  };
}

const imageOf: OpenPair["picture"] = async (ref) => ((await ref.load()) as ImageSample).image;

function imageJobs({ benchmarks, plan }: Run): UnitJob[] {
  const images = benchmarks.map((one) => ({ name: one.name, refs: imagesOf(one, "parity") }));
  return unitJobs({ plan, benchmarks: images });
}

async function graphCauses(
  { candidate }: PreparedPair,
  { settings, ...request }: Omit<DiagnoseRequest, "card" | "folder" | "signal">,
  context: Context,
): Promise<FoundCauses> {
  if (request.jobs.length === 0) return { diagnoses: [], remarks: [] };
  const { signal } = context;
  return inFolder(context, (folder) =>
    diagnose({
      ...{ ...request, card: candidate.models[0]!.card, folder, signal },
      settings: { ...settings, masks: false },
    }),
  );
}

/** Clicks with which the graphs are tried where sets of masks differ. */
const probing = tasks.interactive!.protocols[runDefaults.protocols[0]] as Protocol;

async function openSets(runs: PreparedPair, context: Context): Promise<OpenPair> {
  const { reference, candidate } = runs;
  const opened = await both(runs, openTapped);
  const pair: ParityPair = { ...opened, sameDecoder: sameDecoder(runs) };
  const protocolsOf = ({ protocols }: Run) => protocols as readonly EverythingProtocol[];
  const protocols = { reference: protocolsOf(reference), candidate: protocolsOf(candidate) };
  const settings = settingsOf(reference, context);
  const sideOf = (run: Run) => ({
    card: run.models[0]!.card,
    generators: Object.fromEntries(protocolsOf(run).map(({ id, generator }) => [id, generator])),
  });
  return {
    ...opened,
    play: (job, onSteps) =>
      playSets(job as { [side in keyof PairJob]: UnitJob<ImageSample> }, pair, {
        ...{ ...settings, protocols, onSteps },
      }),
    async causes(rows) {
      const own = rows.filter((row) => row.kind === "set");
      const jobs = farthest(worstSets(own, parityDefaults.probedSamples), imageJobs(reference));
      const clicked = { ...settings, protocols: [probing], metrics: [] };
      const graphs = await graphCauses(runs, { pair, settings: clicked, jobs, first: "decoder" }, context);
      const sets = setsOf(own);
      if (sets === undefined) return graphs;
      const sides = { reference: sideOf(reference), candidate: sideOf(candidate) };
      const found = setCauses(sets, sides, graphs.diagnoses);
      return {
        diagnoses: [...found.diagnoses, ...graphs.diagnoses],
        remarks: [...found.remarks, ...graphs.remarks],
      };
    },
    picture: imageOf,
  };
}

async function openClips(runs: PreparedPair, context: Context): Promise<OpenPair> {
  const { reference } = runs;
  const opened = await both(runs, async ({ models, plan }): Promise<ClipModel> => {
    const { name, card, files } = models[0]!;
    let host: TappedHost | undefined;
    const session = await openPreparedVideo(models[0]!, plan, (inner) => {
      host = tapHost(inner);
      return host;
    });
    return { name, card, files, session, host: host!, family: videoFamilies[card.family]! };
  });
  const pair: ClipPair = opened;
  const protocols = reference.protocols as readonly VideoProtocol[];
  const settings = { ...settingsOf(reference, context), protocols };
  const seen = new Map<Part, PartRecord>();
  const spent = new Map<Part, { reference: number[]; candidate: number[] }>();
  return {
    ...opened,
    async play(job, onSteps): Promise<PlayedClip> {
      const own = { ...settings, onSteps };
      const played = await playClipPair(job as { [side in keyof PairJob]: UnitJob<Clip> }, pair, own);
      for (const [part, { reference, candidate }] of played.partTimes) {
        const known = spent.get(part) ?? { reference: [], candidate: [] };
        spent.set(part, known);
        known.reference.push(...reference);
        known.candidate.push(...candidate);
      }
      for (const [part, record] of played.parts) {
        const known = seen.get(part);
        if (known === undefined) seen.set(part, record);
        else addRecord(known, record);
      }
      return played;
    },
    causes: async (rows) => {
      const jobs = unitJobs(reference) as readonly UnitJob<Clip>[];
      // What differs nowhere is tried all the same: protocols do not ask for everything.
      const worst = worstSamples(rows, parityDefaults.probedSamples);
      const clips = [...farthest(worst, jobs), ...jobs].map(({ ref }) => ref.load);
      const { signal } = context;
      let clipsFound: ParityClips | undefined;
      const found = await inFolder(context, async (folder) => {
        const causes = await clipCauses({ pair, clips, folder, seen, signal });
        clipsFound = clipsSummary(causes, rows);
        return causes;
      });
      const { diagnoses, remarks } = found;
      return {
        diagnoses,
        remarks,
        clips: clipsFound ?? clipsSummary({ parts: seen, alone: new Map(), differences: 0 }, rows),
      };
    },
    partTimes: () =>
      Object.fromEntries(
        [...spent].map(([part, { reference, candidate }]) => [
          part,
          { reference: median(reference), candidate: median(candidate) },
        ]),
      ),
    async picture(ref, { frame }) {
      const { frames } = (await ref.load()) as Clip;
      return frames.find(({ id }) => id === frame)?.load();
    },
  };
}

/** Of an even number the greater of the two in the middle; 0 of none. */
export const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Weights in side files may differ where the graphs do not. */
function sameDecoder({ reference, candidate }: PreparedPair): boolean {
  const decoder = ({ models, plan }: Run) => {
    const { files } = models[0]!.card;
    const facts = plan.models[0]!.files;
    return facts.length === Object.keys(files).length
      ? facts.find(({ path }) => path === files.decoder)?.sha256
      : undefined;
  };
  const contract = ({ models }: Run) => {
    const { family, image, prompt, mask } = models[0]!.card;
    return JSON.stringify([family, image, prompt, mask]);
  };
  const own = decoder(reference);
  return own !== undefined && own === decoder(candidate) && contract(reference) === contract(candidate);
}
