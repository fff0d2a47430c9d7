import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { type ExitCode, exitCodes } from "../cli/exit.ts";
import { onInterrupt } from "../cli/interrupt.ts";
import { openPrepared } from "../config/open-model.ts";
import { packageFolder } from "../config/package.ts";
import { loadParityGate } from "../config/parity-gate.ts";
import { type PreparedPair, preparePair } from "../config/prepare-pair.ts";
import { runDefaults } from "../core/defaults.ts";
import { reasonOf, SegbenchError } from "../core/errors.ts";
import type { ParityDiagnosis, ParityRow, ParitySide, ParitySummary, ParityTiming } from "../core/parity.ts";
import { parityDefaults } from "../core/parity-defaults.ts";
import type { Manifest } from "../core/plan.ts";
import { refusals } from "../eval/index.ts";
import { type TappedHost, tapHost } from "../models/tap.ts";
import {
  diagnose,
  factsOf,
  isIdentical,
  judgeParity,
  type ParityModel,
  type ParityPair,
  parityCells,
  parityChanges,
  worstTargets,
} from "../parity/index.ts";
import { parityWriters } from "../report/parity/index.ts";
import { gateMessage } from "../stats/judge-gate.ts";
import { measuresOf } from "../stats/measures.ts";
import { drawWorst } from "./parity-pictures.ts";
import { type Played, playAll } from "./parity-play.ts";
import { hardware, software } from "./surroundings.ts";
import { unitJobs } from "./units.ts";

export interface ParityOptions {
  readonly config?: string;
  readonly benchmarks?: readonly string[];
  readonly protocols?: readonly string[];
  readonly limit?: number;
  readonly data?: string;
  readonly out?: string;
  readonly gate?: string;
  readonly batch?: number;
  readonly threads?: number;
  readonly provider?: string;
  readonly optimisation?: string;
  readonly allowCpuFallback?: boolean;
  readonly seed?: string;
  readonly json?: boolean;
}

/** `segbench parity`: the same prompts through two exports, and which stage is to blame for what. */
export async function parityVerb(
  words: { readonly reference: string; readonly candidate: string },
  { config, out: wished, gate: gateFile, json, ...overrides }: ParityOptions,
): Promise<ExitCode> {
  const started = performance.now();
  const clock = () => performance.now() - started;
  const cwd = process.cwd();
  const runs = await preparePair(words, {
    ...{ file: config ?? ours(parityDefaults.file, cwd), overrides, cwd, env: process.env },
  });
  const gate = await loadParityGate(gateFile ?? ours(parityDefaults.gate, cwd), cwd);
  const { reference, candidate } = runs;
  const names = [reference, candidate].map(({ plan }) => plan.models[0]!.name);
  const out = resolve(wished ?? join(runDefaults.reports, `parity-${names.join("-vs-")}`));
  await mkdir(out, { recursive: true });
  const opened: ParityModel[] = [];
  const interrupt = onInterrupt(() => process.stderr.write("stopping; press again to stop at once\n"));
  try {
    for (const run of [reference, candidate]) opened.push(await openTapped(run));
    const pair: ParityPair = {
      ...{ reference: opened[0]!, candidate: opened[1]! },
      sameDecoder: sameDecoder(runs),
    };
    refuseProtocols(runs, pair);
    const manifests = {
      reference: manifestOf(reference, pair.reference),
      candidate: manifestOf(candidate, pair.candidate),
    };
    const protocols = reference.protocols.map(({ id, summary, reported }) => ({
      ...{ id, summary, reported, measures: measuresOf(id, reported, ["miou", "oracle"]) },
    }));
    const played = await playAll(runs, manifests, pair, protocols, {
      out,
      clock,
      interrupted: interrupt.asked,
    });
    if (!played.complete) {
      process.stderr.write("stopped before the end: there is no verdict\n");
      return exitCodes.interrupted;
    }
    const benchmarks = reference.plan.benchmarks.map(({ name, card }) => ({
      ...{ name, title: card.title, domain: card.domain },
    }));
    const cells = parityCells(played.rows, benchmarks);
    const changes = await parityChanges(played.scores, { benchmarks, protocols });
    const { diagnoses, remarks } = await causes(runs, pair, played, cells[0]?.blame, clock);
    const sides = { reference: await sideOf(reference), candidate: await sideOf(candidate) };
    const summary: ParitySummary = {
      format: "segbench/parity@1",
      ...sides,
      identical: cells.length > 0 && isIdentical(cells[0]!),
      protocols: protocols.map(({ id, summary: text }) => ({ id, summary: text })),
      ...{ cells, changes, diagnoses, remarks: [...problemsOf(played.rows), ...remarks] },
      worst: worstTargets(played.rows, parityDefaults.listed),
      gate: judgeParity(gate, { cells, changes, diagnoses, ...sides }),
    };
    await writeFile(join(out, "timing.json"), `${JSON.stringify(played.times, undefined, 1)}\n`);
    const pictures = await drawWorst(played.worst, reference.benchmarks);
    const input = { summary, pictures, timing: mediansOf(played.times), rows: played.rows };
    for (const { file, render } of Object.values(parityWriters))
      if (file !== null) await writeFile(join(out, file), render(input));
    if (json === true) process.stdout.write(parityWriters.json.render(input));
    else {
      process.stdout.write(parityWriters.terminal.render(input));
      process.stdout.write(`\nreport: ${relative(cwd, join(out, "parity.html"))}\n`);
    }
    return verdictOf(summary);
  } finally {
    interrupt.stop();
    await Promise.all(opened.map(({ session }) => session.close()));
  }
}

/** The working folder's own file, or the package's. */
function ours(file: string, cwd: string): string {
  return existsSync(join(cwd, file)) ? file : join(packageFolder, file);
}

async function openTapped({ models, plan }: PreparedPair["reference"]): Promise<ParityModel> {
  const model = models[0]!;
  let host: TappedHost | undefined;
  const session = await openPrepared(model, plan, (inner) => {
    host = tapHost(inner);
    return host;
  });
  return { name: model.name, session, host: host! };
}

/** Weights in side files may differ where the graphs do not. */
function sameDecoder({ reference, candidate }: PreparedPair): boolean {
  const decoder = ({ models, plan }: PreparedPair["reference"]) => {
    const { files } = models[0]!.card;
    const facts = plan.models[0]!.files;
    return facts.length === Object.keys(files).length
      ? facts.find(({ path }) => path === files.decoder)?.sha256
      : undefined;
  };
  const contract = ({ models }: PreparedPair["reference"]) => {
    const { family, image, prompt, mask } = models[0]!.card;
    return JSON.stringify([family, image, prompt, mask]);
  };
  const own = decoder(reference);
  return own !== undefined && own === decoder(candidate) && contract(reference) === contract(candidate);
}

function refuseProtocols({ reference }: PreparedPair, pair: ParityPair): void {
  const problems = [pair.reference, pair.candidate].flatMap(({ name, session }) =>
    reference.protocols.flatMap((protocol) => refusals(name, session.capabilities, protocol)),
  );
  if (problems.length > 0) throw new SegbenchError(problems.join("\n"));
}

function manifestOf({ plan, planHash }: PreparedPair["reference"], { name, session }: ParityModel): Manifest {
  const { capabilities, facts } = session;
  return {
    ...{
      format: "segbench/manifest@1",
      plan,
      planHash,
      shard: null,
      software: software(),
      hardware: hardware(),
    },
    models: { [name]: { capabilities, ...facts } },
  };
}

/** Tries causes on the images that are farthest apart, one per benchmark as long as there are enough. */
async function causes(
  { reference, candidate }: PreparedPair,
  pair: ParityPair,
  { rows }: Played,
  blame: { readonly encoder: number; readonly decoder: number } | undefined,
  clock: () => number,
): Promise<{ diagnoses: readonly ParityDiagnosis[]; remarks: readonly string[] }> {
  const refs = new Map(reference.benchmarks.map(({ name, refs: list }) => [name, list]));
  const jobs = unitJobs(reference.plan, refs);
  const chosen = worstImages(rows).flatMap(
    (key) => jobs.find(({ unit }) => `${unit.benchmark}\n${unit.image}` === key) ?? [],
  );
  if (chosen.length === 0) return { diagnoses: [], remarks: [] };
  const folder = await mkdtemp(join(tmpdir(), "segbench-parity-"));
  const { plan, metrics, protocols } = reference;
  try {
    return await diagnose({
      ...{ pair, card: candidate.models[0]!.card, jobs: chosen, folder },
      settings: { protocols, metrics, seed: plan.seed, masks: false, clock },
      first: blame === undefined || blame.encoder >= blame.decoder ? "encoder" : "decoder",
    });
  } catch (error) {
    return { diagnoses: [], remarks: [`causes could not be looked for: ${reasonOf(error)}`] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Images by the mean disagreement of their rounds; those that are the same in every number are left out. */
function worstImages(rows: readonly ParityRow[]): string[] {
  const sums = new Map<string, { apart: number; rounds: number; differs: boolean; benchmark: string }>();
  for (const row of rows) {
    const key = `${row.benchmark}\n${row.image}`;
    const entry = sums.get(key) ?? { apart: 0, rounds: 0, differs: false, benchmark: row.benchmark };
    sums.set(key, entry);
    if (row.kind === "image")
      entry.differs ||= row.problem !== undefined || row.embeddings.some(({ identical }) => !identical);
    else {
      entry.differs ||= row.failed !== undefined;
      for (const { paths } of row.rounds) {
        entry.rounds += 1;
        entry.apart += 1 - (paths.candidate?.agreement ?? 0);
        const { logits, predicted } = paths.candidate ?? {};
        entry.differs ||= logits?.max !== 0 || predicted?.max !== 0;
      }
    }
  }
  const ranked = [...sums]
    .filter(([, { differs, rounds }]) => differs && rounds > 0)
    .sort(([, a], [, b]) => b.apart / b.rounds - a.apart / a.rounds);
  const spread = ranked.filter(
    ([, { benchmark }], i) => ranked.findIndex(([, other]) => other.benchmark === benchmark) === i,
  );
  const rest = ranked.filter((one) => !spread.includes(one));
  return [...spread, ...rest].slice(0, parityDefaults.probedImages).map(([key]) => key);
}

/** Each problem once, however many images have it. */
function problemsOf(rows: readonly ParityRow[]): string[] {
  const counts = new Map<string, number>();
  for (const row of rows)
    for (const text of row.kind === "image" ? [row.problem] : Object.values(row.failed ?? {}))
      if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].map(([text, n]) => (n === 1 ? text : `${text} (${n} times)`));
}

async function sideOf({ models, plan }: PreparedPair["reference"]): Promise<ParitySide> {
  const { name, card, files } = plan.models[0]!;
  const model = models[0]!;
  const found = await Promise.all(Object.values(model.files).map(factsOf));
  return { name, title: card.title, files, graphs: found.filter((facts) => typeof facts !== "string") };
}

export interface ParityMedians {
  readonly encode: number;
  readonly decode: number;
}

function mediansOf(times: Readonly<Record<"reference" | "candidate", ParityTiming>>) {
  const median = (values: readonly number[]) =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const of = ({ encode, decode }: ParityTiming) => ({ encode: median(encode), decode: median(decode) });
  return { reference: of(times.reference), candidate: of(times.candidate) };
}

/** One message per broken limit, and the exit code. */
function verdictOf({ gate, candidate }: ParitySummary): ExitCode {
  const failed = gate?.checks.filter(({ passed }) => !passed) ?? [];
  for (const check of failed)
    process.stderr.write(`gate ${gate?.name}: ${candidate.name}: ${gateMessage(check)}\n`);
  if (failed.length === 0)
    process.stderr.write(
      `gate ${gate?.name}: ${candidate.name}: passed, ${gate?.checks.length} limits kept\n`,
    );
  return failed.length === 0 ? exitCodes.fine : exitCodes.gate;
}
