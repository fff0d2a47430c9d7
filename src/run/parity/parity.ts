// Is an export still the same model? The same prompts through two exports, and which stage causes what.

import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { loadParityGate } from "../../config/gate.ts";
import type { Overrides, PreparedBenchmark } from "../../config/index.ts";
import { kindOfModel, type PreparedPair, preparePair, sharedParts } from "../../config/runs/pair.ts";
import { parityDefaults, runDefaults } from "../../core/defaults.ts";
import { complain, reasonOf, SegbenchError } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { noteOf } from "../../core/measure.ts";
import type { ParityClips, ParityRow, ParitySide, ParitySummary, ParityTiming } from "../../core/parity.ts";
import type { Kind, Manifest } from "../../core/plan.ts";
import type { CallStage, PairTimes } from "../../core/timing.ts";
import { inWords } from "../../core/words.ts";
import { makeFolder } from "../../formats/files.ts";
import { comparedMeasures, parityChanges } from "../../parity/changes.ts";
import { factsOf } from "../../parity/diagnose/index.ts";
import { judgeParity, notAsked } from "../../parity/judge.ts";
import type { WorstStep } from "../../parity/record.ts";
import { isIdentical, parityCells, worstTargets } from "../../parity/summarize.ts";
import { overlayPicture } from "../../report/index.ts";
import { type ParityInput, type ParityPicture, parityWriters } from "../../report/parity/index.ts";
import { compareTimes } from "../../stats/times.ts";
import type { Context, ExpectedTime } from "../context.ts";
import { type Opened, type Remarks, withHistory } from "../history.ts";
import { manifestOf } from "../surroundings.ts";
import { expectedTime, unitJobs } from "../units.ts";
import { writeOut } from "../write.ts";
import { median, type OpenPair, openPair } from "./pairs.ts";
import { openPhrasePair } from "./phrases.ts";
import { playAll } from "./play.ts";

/** What is run: from a run file, or named here in its place; paths are relative to the working folder. */
export interface ParityOptions
  extends Pick<Overrides, "benchmarks" | "protocols" | "generator" | "limit" | "data" | "seed" | "batch">,
    Pick<Overrides, "threads" | "provider" | "optimisation" | "allowCpuFallback">,
    Remarks {
  readonly config?: string;
  /** The folder to write. */
  readonly out?: string;
  readonly gate?: string;
}

export interface ParityDone {
  /** The folder with its reports, absolute. */
  readonly dir: string;
  /** Its summary, and what `parityWriters` render. */
  readonly input: ParityInput;
}

/**
 * Runs both models (cards by name or path; the candidate may also be a folder of ONNX files, or two of them), holds the
 * candidate against a gate and writes all reports. undefined: it was stopped before the end, and there is no verdict.
 */
export function parity(
  words: ParityWords,
  { tag, note, ...options }: ParityOptions,
  context: Context,
): Promise<ParityDone | undefined> {
  const work = (opened: Opened) => playPair(words, options, context, opened);
  return withHistory("parity", { tag, note }, context, work, (done) => ({
    status: done === undefined ? "stopped" : "finished",
  }));
}

interface ParityWords {
  readonly reference: string;
  readonly candidate: string;
}

/** In place of the defaults, of models of clips. */
const ofClips = { file: "configs/export-gate-clips.yaml", gate: "configs/gates/parity-clips.yaml" };

/** The same, of models of phrases. */
const ofPhrases = { file: "configs/export-gate-phrases.yaml", gate: "configs/gates/parity-phrases.yaml" };

/** In place of what is named, by what the reference takes. */
const usualFiles: Readonly<Record<Kind, { readonly file: string; readonly gate: string }>> = {
  image: parityDefaults,
  clip: ofClips,
  concept: ofPhrases,
};

/** The gate of all masks of images. */
const setsGateFile = "configs/gates/parity-everything.yaml";

async function playPair(
  words: ParityWords,
  { config, out: wanted, gate: gateFile, ...overrides }: ParityOptions,
  context: Context,
  begun: Opened,
): Promise<ParityDone | undefined> {
  const { cwd, env } = context;
  const usual = usualFiles[await kindOfModel(words.reference, { cwd, env })];
  const runs = await preparePair(words, {
    ...{ file: config ?? usual.file },
    ...{ overrides, cwd, env },
  });
  const clipsOnly = runs.reference.task.kind === "clip";
  const setsOnly = runs.reference.task.whole === true;
  const phrasesOnly = runs.reference.task.kind === "concept";
  const usualGate = setsOnly ? setsGateFile : usualFiles[runs.reference.task.kind].gate;
  const gate = await loadParityGate(gateFile ?? usualGate, cwd);
  const { reference, candidate } = runs;
  const names = [reference, candidate].map(({ plan }) => plan.models[0]!.name);
  const dir = resolve(cwd, wanted ?? join(runDefaults.reports, `parity-${names.join("-vs-")}`));
  await makeFolder(dir).catch((cause: unknown) => {
    throw complain(dir, "the folder cannot be created", { got: reasonOf(cause), cause });
  });
  const pair = await (runs.reference.task.kind === "concept" ? openPhrasePair : openPair)(runs, context);
  try {
    refuseProtocols(runs, pair);
    const manifests = {
      reference: await manifestOfSide(reference, pair.reference),
      candidate: await manifestOfSide(candidate, pair.candidate),
    };
    const protocols = reference.protocols.map(({ id, summary, measures }) => ({
      ...{ id, summary, measures: comparedMeasures(measures(reference.metrics), setsOnly || phrasesOnly) },
      ...(clipsOnly ? { samples: "clips" as const } : {}),
      ...(setsOnly ? { whole: true as const } : {}),
      ...(phrasesOnly ? { phrases: true as const } : {}),
    }));
    if (setsOnly) await sayTime(runs, pair, context);
    const result = await playAll(runs, manifests, pair, protocols, dir, context, begun);
    if (!result.complete) return undefined;
    const benchmarks = reference.plan.benchmarks.map(({ name, card }) => ({
      ...{ name, title: card.title, domain: card.domain },
    }));
    const cells = parityCells(result.rows, benchmarks);
    const changes = await parityChanges(result.scores, { benchmarks, protocols });
    const { diagnoses, remarks, clips, phrases } = await pair.causes(result.rows, cells[0]?.blame);
    const sides = { reference: await sideOf(reference), candidate: await sideOf(candidate) };
    const notes = protocols.map((one) => ({ ...one, measures: one.measures.map(noteOf) }));
    const numbers = { protocols: notes, cells, changes, diagnoses };
    const times = compareTimes(
      sides.candidate.name,
      { base: { lines: result.timed.reference }, candidate: { lines: result.timed.candidate } },
      { samePrompts: true },
    );
    const identical =
      cells.length > 0 && isIdentical(cells[0]!) && (clips === undefined || sameStages(clips));
    const held = { ...numbers, ...sides, identical, ...given({ phrases }) };
    const summary: ParitySummary = {
      format: "segbench/parity@2",
      ...held,
      remarks: [...shared(runs), ...problemsOf(result.rows), ...remarks, ...notAsked(gate, held)],
      worst: worstTargets(result.rows, notes, parityDefaults.listed),
      ...given({ clips }),
      gate: judgeParity(gate, held, times),
    };
    const pictures = await drawWorst(result.worst, reference.benchmarks, pair);
    const timing = {
      ...mediansOf(result.times),
      ratio: ratiosOf(times),
      ...given({ parts: pair.partTimes?.() }),
    };
    const input = { summary, pictures, timing, rows: result.rows };
    await writeOut(join(dir, "timing.json"), `${JSON.stringify(result.times, undefined, 1)}\n`);
    for (const { file, render } of Object.values(parityWriters))
      if (file !== null) await writeOut(join(dir, file), await render(input));
    return { dir, input };
  } finally {
    await pair.close();
  }
}

function refuseProtocols({ reference: { protocols, task } }: PreparedPair, pair: OpenPair): void {
  const problems = [pair.reference, pair.candidate].flatMap(({ name, session }) =>
    protocols.flatMap((protocol) => task.refuses(name, session, protocol)),
  );
  if (problems.length > 0)
    throw new SegbenchError(problems.map((what) => ({ code: "model", where: "", what })));
}

/** What all masks will take, from a few points that are clicked with each model. Both play an image at the same time, as far as there are processors for two. */
async function sayTime(runs: PreparedPair, pair: OpenPair, context: Context): Promise<void> {
  const times: ExpectedTime[] = [];
  for (const side of ["reference", "candidate"] as const) {
    const { name, session } = pair[side];
    const opened = new Map([[name, [session]]]);
    const time = await expectedTime(runs[side], unitJobs(runs[side]), { opened, workers: 1 }, context);
    if (time === undefined) return;
    times.push(time);
  }
  const [slower, other] = times.sort((a, b) => b.seconds - a.seconds) as [ExpectedTime, ExpectedTime];
  const together = (runs.reference.plan.threads * (slower.seconds + other.seconds)) / availableParallelism();
  context.onEvent({ type: "expected", ...slower, seconds: Math.max(slower.seconds, together) });
}

function manifestOfSide(
  run: PreparedPair["reference"],
  { name, session }: OpenPair["reference"],
): Promise<Manifest> {
  const { capabilities, facts } = session;
  return manifestOf(run, { [name]: { capabilities, ...facts } });
}

function sameStages({ stages }: ParityClips): boolean {
  return stages.every(
    ({ error, differences = 0 }) => differences === 0 && (error === undefined || error.max === 0),
  );
}

/** A part that the candidate does not have of its own shows no difference. */
function shared(runs: PreparedPair): string[] {
  const parts = sharedParts(runs);
  return parts.length === 0
    ? []
    : [
        `of the candidate, ${inWords(parts)} ${parts.length === 1 ? "is the reference's file" : "are the reference's files"}`,
      ];
}

/** Each problem once, however many samples have it. */
function problemsOf(rows: readonly ParityRow[]): string[] {
  const counts = new Map<string, number>();
  for (const row of rows)
    for (const text of row.kind === "sample" ? [row.problem] : Object.values(row.failed ?? {}))
      if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].map(([text, n]) => (n === 1 ? text : `${text} (${n} times)`));
}

async function sideOf({ models, plan }: PreparedPair["reference"]): Promise<ParitySide> {
  const { name, card, files } = plan.models[0]!;
  const model = models[0]!;
  const found = await Promise.all(Object.values(model.files).map(factsOf));
  return { name, title: card.title, files, graphs: found.filter((facts) => typeof facts !== "string") };
}

function mediansOf(times: Readonly<Record<"reference" | "candidate", ParityTiming>>) {
  const of = ({ encode, decode }: ParityTiming) => ({ encode: median(encode), decode: median(decode) });
  return { reference: of(times.reference), candidate: of(times.candidate) };
}

/** Both models make a call at the same time, so what else the machine does slows both. */
function ratiosOf({ stages }: PairTimes) {
  const ratio = (stage: CallStage) => stages.find((one) => one.stage === stage);
  return given({ encode: ratio("encode"), decode: ratio("decode") });
}

/** Reference and candidate over the image (or the frame), for the targets on which they are farthest apart. */
async function drawWorst(
  worst: readonly WorstStep[],
  benchmarks: readonly PreparedBenchmark[],
  pair: OpenPair,
): Promise<ParityPicture[]> {
  const pictures: ParityPicture[] = [];
  for (const step of worst) {
    const { reference, candidate, sent, whole, ...about } = step;
    const ref = benchmarks
      .find(({ name }) => name === about.benchmark)
      ?.refs.find(({ id }) => id === about.sample);
    const image = ref && (await pair.picture(ref, step));
    if (image === undefined) continue;
    const crop = { x0: 0, y0: 0, x1: image.width - 1, y1: image.height - 1 };
    const input = {
      ...{ image, truth: reference, prediction: candidate, sent },
      ...(whole === true ? { crop } : {}),
    };
    const { data, type, width, height } = await overlayPicture(input);
    const src = `data:${type};base64,${Buffer.from(data).toString("base64")}`;
    pictures.push({ ...about, picture: { src, width, height } });
  }
  return pictures;
}
