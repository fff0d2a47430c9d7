// The arguments BASE and CANDIDATE of the command line as models of runs, or baselines, and how a baseline is made. Where one side replays
// the other, the other's protocols go by the name of the replay: its own clicks are the recorded ones.
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import {
  type Plugins,
  protocolFacts,
  type Registries,
  rowCheck,
  unknownNames,
  withPlugins,
} from "../../config/index.ts";
import { complain } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { type AnyMeasure, noteOf } from "../../core/measure.ts";
import type { Manifest, Plan } from "../../core/plan.ts";
import { originOf, replayId } from "../../core/recorded.ts";
import type { ComparedSide, TargetParts, TargetScore } from "../../core/results.ts";
import { type Nouns, nounsOf } from "../../core/words.ts";
import type { SidedScore } from "../../stats/compare.ts";
import { type MeasuredProtocol, targetScore } from "../../stats/score-table.ts";
import { type BaselineHead, readBaseline, readBaselineHead, writeBaseline } from "../../store/baseline.ts";
import { readRows, readRun } from "../../store/read-run.ts";
import { type Context, shownPath } from "../context.ts";
import { noteUnknown, refuseUnknown } from "../own-names.ts";
import { meaningless } from "../read.ts";

type Around = Pick<Context, "cwd">;

export interface Side extends ComparedSide {
  /** Of the run folder or the file, absolute. */
  readonly path: string;
  readonly manifest: Manifest;
  /** undefined for a run folder. */
  readonly baseline: BaselineHead | undefined;
  readonly complete: boolean;
  /** Its own prompts are what another side replays: its protocols go by the name of the replay. */
  readonly replayed?: true;
}

/** Opens what the arguments name; `RUN` without a model stands for its models only if it has one, or if it is the only argument. */
export async function openSides(
  words: readonly string[],
  base: string | undefined,
  around: Around,
): Promise<Side[]> {
  const sides: Side[] = [];
  for (const word of words) sides.push(...(await openWord(word, words.length === 1, around)));
  if (sides.length < 2)
    throw complain(words.join(" "), "there is nothing to compare with", {
      expected: "two runs, or one with several models",
      got: `one model: ${sides[0]!.model}`,
    });
  return alignReplays(withUniqueNames(baseFirst(sides, base), around));
}

/** The one model that an argument names. */
export async function openModel(word: string, around: Around): Promise<Side> {
  const [side] = await openWord(word, false, around);
  return side!;
}

/** All models that an argument names: of RUN every one. */
export function openModels(word: string, around: Around): Promise<Side[]> {
  return openWord(word, true, around);
}

async function openWord(word: string, all: boolean, { cwd }: Around): Promise<Side[]> {
  const colon = word.lastIndexOf(":");
  const split = !existsSync(resolve(cwd, word)) && colon > 0;
  const named = split ? word.slice(0, colon) : word;
  const path = resolve(cwd, named);
  const chosen = split ? word.slice(colon + 1) : undefined;
  if (!existsSync(path))
    throw complain(word, "is neither a run folder nor a baseline", {
      code: "not-found",
      expected: "a folder with manifest.json, FOLDER:MODEL, or a file of `segbench baseline`",
      got: "no such file",
    });
  const isFile = statSync(path).isFile();
  const baseline = isFile ? await readBaselineHead(path) : undefined;
  const { manifest, complete } =
    baseline === undefined ? await readRun(path) : { ...baseline, complete: true };
  const models = manifest.plan.models.map(({ name }) => name);
  if (chosen !== undefined && !models.includes(chosen))
    throw complain(named, "has no such model", { expected: listOf(models), got: chosen });
  if (chosen === undefined && models.length > 1 && !all)
    throw complain(named, "has several models", {
      expected: listOf(models.map((model) => `${word}:${model}`)),
      got: word,
    });
  return manifest.plan.models
    .filter(({ name }) => chosen === undefined || name === chosen)
    .map(({ name, card }) => ({
      ...{ name, title: card.title, run: manifest.plan.name, model: name, plan: manifest.planHash },
      ...{ path, manifest, baseline, complete },
    }));
}

function baseFirst(sides: readonly Side[], base: string | undefined): Side[] {
  if (base === undefined) return [...sides];
  const first = sides.find(({ name }) => name === base);
  if (first === undefined)
    throw complain({ path: "base" }, "is not one of the models compared", {
      expected: listOf(sides.map(({ name }) => name)),
      got: base,
    });
  return [first, ...sides.filter((side) => side !== first)];
}

/** The model's name where that is enough, else with its run, else with its path. */
function withUniqueNames(sides: readonly Side[], around: Around): Side[] {
  const where = (side: Side) => shownPath(side.path, around);
  const namings: ((side: Side) => Pick<Side, "name" | "title">)[] = [
    ({ name, title }) => ({ name, title }),
    ({ run, name, title }) => ({ name: `${run}:${name}`, title: `${title} (${run})` }),
    (side) => ({ name: `${where(side)}:${side.name}`, title: `${side.title} (${where(side)})` }),
  ];
  for (const naming of namings) {
    const named = sides.map((side) => ({ ...side, ...naming(side) }));
    const unique = (key: "name" | "title") => new Set(named.map((side) => side[key])).size === named.length;
    if (unique("name") && unique("title")) return named;
  }
  return sides.map((side, n) => ({ ...side, name: `${side.name} #${n}`, title: `${side.title} #${n}` }));
}

function listOf(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : `one of ${names.join(", ")}`;
}

/** What is measured under a protocol where these metrics were scored. */
export function protocolOf(
  id: string,
  metrics: readonly string[],
  known: Registries,
  asked?: Pick<Plan, "points" | "generators">,
): MeasuredProtocol {
  const { summary, samples, whole, phrases, measures } = protocolFacts(id, metrics, known, asked);
  return { ...given({ id, summary, samples, whole, phrases }), measures };
}

/** The scores of one model of a run folder, of every measure. */
export async function* runScores(
  side: Side,
  protocols: readonly MeasuredProtocol[],
  known: Registries,
): AsyncGenerator<TargetScore> {
  const measures = new Map(protocols.map((protocol) => [protocol.id, protocol.measures]));
  const without = withoutOf(side);
  for await (const row of readRows(side.path, rowCheck(known)))
    if (row.model === side.model) yield targetScore(row, measures.get(row.protocol) ?? [], without);
}

/** The scores of all sides, until an abort, which rejects; a run folder that several sides share is read once. */
export async function* sidedScores(
  sides: readonly Side[],
  wanted: readonly MeasuredProtocol[],
  known: Registries,
  signal: AbortSignal,
): AsyncGenerator<SidedScore> {
  const measuresOf = new Map(wanted.map(({ id, measures }) => [id, measures]));
  const folders = new Map<string, Map<string, number[]>>();
  for (const [side, { path, model, baseline }] of sides.entries()) {
    if (baseline !== undefined) yield* baselineScores(path, side, baseline, measuresOf);
    else {
      const models = folders.get(path) ?? new Map<string, number[]>();
      folders.set(path, models.set(model, [...(models.get(model) ?? []), side]));
    }
  }
  const without = sides.map(withoutOf);
  for (const [path, models] of folders)
    for await (const row of readRows(path, rowCheck(known))) {
      signal.throwIfAborted();
      for (const side of models.get(row.model) ?? []) {
        const protocol = protocolOn(sides[side]!, row.protocol);
        const measures = measuresOf.get(protocol);
        if (measures === undefined) continue;
        yield { side, score: targetScore({ ...row, protocol }, measures, without[side]) };
      }
    }
}

function withoutOf({ manifest, model }: Side): readonly string[] {
  const planned = manifest.plan.models.find(({ name }) => name === model);
  return planned === undefined ? [] : meaningless(planned.card);
}

/** A baseline's columns in the order given; a measure it does not hold has no scores. */
async function* baselineScores(
  path: string,
  side: number,
  head: BaselineHead,
  wanted: ReadonlyMap<string, readonly AnyMeasure[]>,
): AsyncGenerator<SidedScore> {
  const places = new Map(
    head.protocols.map(({ id, measures }) => [
      id,
      (wanted.get(id) ?? []).map((measure) => measures.findIndex((held) => held.id === measure.id)),
    ]),
  );
  for await (const score of readBaseline(path)) {
    const order = places.get(score.protocol) ?? [];
    const parts: TargetParts[] =
      score.status === "ok" ? order.map((place) => score.parts[place] ?? null) : [];
    yield { side, score: { ...score, parts } };
  }
}

interface Replayable {
  readonly model: string;
  readonly manifest: Manifest;
  /** Of a baseline; undefined for a run folder. */
  readonly baseline?: object | undefined;
  /** Its own prompts are what another side replays: its protocols go by the name of the replay. */
  readonly replayed?: true;
}

/** Calls the protocols of a run `replay:...` where another side replays it; other sides stay as they are. */
export function alignReplays<Side extends Replayable>(sides: readonly Side[]): Side[] {
  return sides.map((side) => {
    const { plan, planHash } = side.manifest;
    const replay = sides
      .map((other) => other.manifest.plan)
      .find((other) => other.replay?.plan === planHash && other.replay.model === side.model);
    if (side.baseline !== undefined || plan.replay !== undefined || replay === undefined) return side;
    const protocols = plan.protocols.map(replayId).filter((id) => replay.protocols.includes(id));
    const aligned = { ...plan, protocols, ...(replay.replay === undefined ? {} : { replay: replay.replay }) };
    return { ...side, replayed: true, manifest: { ...side.manifest, plan: aligned } };
  });
}

/** The name of a row's protocol on a side. */
export function protocolOn({ replayed }: Pick<Replayable, "replayed">, id: string): string {
  return replayed === true ? replayId(id) : id;
}

/** The other way: its name in the side's rows. */
export function storedProtocol({ replayed }: Pick<Replayable, "replayed">, id: string): string {
  return replayed === true ? originOf(id) : id;
}

/** What was written. */
export interface BaselineDone {
  /** Absolute. */
  readonly file: string;
  readonly model: string;
  /** Its lines. */
  readonly targets: number;
  /** What each is of. */
  readonly noun: Nouns["row"];
}

/** `word`: a run folder, or RUN:MODEL; `out`: the file; `plugins`: custom protocols and metrics that the run names. */
export async function baseline(
  word: string,
  out: string,
  { cwd, onEvent = () => undefined }: Pick<Context, "cwd"> & Partial<Pick<Context, "onEvent">>,
  plugins: Plugins = {},
): Promise<BaselineDone> {
  const known = withPlugins(plugins);
  const side = await openModel(word, { cwd });
  const { model, manifest, complete } = side;
  if (side.baseline !== undefined)
    throw complain(word, "is a baseline already", { expected: "a run folder" });
  if (!complete) throw complain(word, "is not finished: a baseline of a part would hide what is missing");
  const plan = { ...manifest.plan, models: manifest.plan.models.filter(({ name }) => name === model) };
  const where = shownPath(side.path, { cwd });
  if (unknownNames(plan, known).protocols.length > 0) refuseUnknown(where, plan, known);
  noteUnknown(where, plan, known, { onEvent });
  const protocols = plan.protocols.map((id) => protocolOf(id, plan.metrics, known, plan));
  const head = {
    model,
    protocols: protocols.map((protocol) => ({ ...protocol, measures: protocol.measures.map(noteOf) })),
    manifest: { ...manifest, plan, models: { [model]: manifest.models[model] } },
  };
  const file = resolve(cwd, out);
  const cells = await writeBaseline(file, head, runScores(side, protocols, known));
  const targets = cells.reduce((sum, { ok, failed, dropped }) => sum + ok + failed + dropped, 0);
  return { file, model, targets, noun: nounsOf(protocols).row };
}
