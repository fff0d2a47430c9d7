// Comparing models: paired differences of candidates from a base, their reports, and the verdict of a gate.
import { join, resolve } from "node:path";
import { type GateScope, loadGate } from "../../config/gate.ts";
import {
  loadPublished,
  nearest,
  oneOf,
  type Plugins,
  protocolFacts,
  type Registries,
  unknownNames,
  withPlugins,
} from "../../config/index.ts";
import { runDefaults } from "../../core/defaults.ts";
import { complain } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { type AnyMeasure, type MeasureNote, noteOf, units } from "../../core/measure.ts";
import type { Plan } from "../../core/plan.ts";
import type { ComparedPair, Comparison } from "../../core/results.ts";
import type { Gate } from "../../core/schema-types.ts";
import type { PairTimes } from "../../core/timing.ts";
import { renamedMeasures } from "../../eval/index.ts";
import { type CompareFacts, compareScores } from "../../stats/compare.ts";
import { judgeGate } from "../../stats/gate.ts";
import { publishedDifferences } from "../../stats/published.ts";
import type { MeasuredProtocol } from "../../stats/score-table.ts";
import { comparability } from "../../store/plan-differences.ts";
import { type Context, shownPath } from "../context.ts";
import { noteUnknown, refuseUnknown } from "../own-names.ts";
import { publishedKeys } from "../read.ts";
import { compareGallery } from "./gallery.ts";
import { comparePhrases } from "./phrases.ts";
import { openSides, protocolOf, type Side, sidedScores } from "./sides.ts";
import { timesOfSides, writeComparison } from "./times.ts";

export interface CompareOptions {
  /** Name of the model that the others are compared with; default: the first. */
  readonly base?: string;
  /** File of limits. */
  readonly gate?: string;
  /** Names or ids of measures to compare beside the main ones. */
  readonly metrics?: readonly string[];
  /** The folder to write. */
  readonly out?: string;
  /** Where the data lie, for pictures. */
  readonly data?: string;
  /** Compare runs that are not comparable, and say so. */
  readonly force?: boolean;
  /** Custom protocols and metrics that the runs name. */
  readonly plugins?: Plugins | undefined;
}

/** A comparison and the folder with its reports, absolute. */
export interface Compared {
  readonly comparison: Comparison;
  /** Of each pair: not a part of the comparison, whose bytes depend on no clock. */
  readonly times: readonly PairTimes[];
  readonly dir: string;
}

/** `words`: run folders, RUN:MODEL or baselines; the first is the base. */
export async function compare(
  words: readonly string[],
  options: CompareOptions,
  context: Context,
): Promise<Compared> {
  const { comparison, times, sides, known, gated } = await comparisonOf(words, options, context);
  const dir = resolve(context.cwd, options.out ?? join(runDefaults.reports, defaultName(sides)));
  const isOfPhrases = comparison.protocols.some(({ phrases }) => phrases);
  const from = { data: options.data, known };
  const gallery = await (isOfPhrases ? comparePhrases : compareGallery)(comparison, sides, from, context);
  await writeComparison(comparison, { gallery, times }, { dir, gated }, context);
  return { comparison, times, dir };
}

/** The same comparison; nothing is written. */
export async function compareRuns(
  words: readonly string[],
  options: Omit<CompareOptions, "out" | "data">,
  context: Context,
): Promise<Comparison> {
  return (await comparisonOf(words, options, context)).comparison;
}

async function comparisonOf(words: readonly string[], options: CompareOptions, context: Context) {
  const sides = await openSides(words, options.base, context);
  const [base, ...candidates] = sides as [Side, ...Side[]];
  const verdicts = candidates.map((side) => compared(base, side, context));
  const forced = verdicts.some(({ refused }) => refused.length > 0);
  if (forced && options.force !== true) refuse(base, candidates, verdicts, context);

  const known = withPlugins(options.plugins ?? {});
  const { facts, scope } = scopeOf(sides, known, context);
  const gate = options.gate === undefined ? undefined : await loadGate(options.gate, scope, context.cwd);
  const wanted = { ...facts, protocols: wantedMeasures(facts.protocols, options.metrics ?? [], gate) };
  const { signal } = context;
  const statistics = await compareScores(sidedScores(sides, wanted.protocols, known, signal), wanted, {
    changedBy: (measure) => lossesOf(gate, measure),
    onBenchmark: (done, total) => {
      signal.throwIfAborted();
      context.onEvent({ type: "compared", done, total });
    },
  });
  const times = await timesOfSides(sides);
  const pairs = statistics.map((pair, n): ComparedPair => {
    const { allowed, refused } = verdicts[n]!;
    const same = sameFiles(base, candidates[n]!) ? { sameFiles: true as const } : {};
    const verdict =
      gate === undefined ? {} : { gate: judgeGate(gate, { ...pair, ...same }, wanted, times[n]) };
    return { ...pair, ...same, differences: allowed, refused, ...verdict };
  });
  const shared = {
    base: plain(base, context),
    benchmarks: facts.benchmarks,
    protocols: wanted.protocols.map((protocol) => ({ ...protocol, measures: protocol.measures.map(noteOf) })),
  };
  const comparison: Comparison = {
    ...{
      format: "segbench/comparison@2",
      forced,
      candidates: candidates.map((side) => plain(side, context)),
      ...shared,
    },
    pairs: await pairsWithPublished(shared, pairs, sides, context),
  };
  return { comparison, times, sides, known, gated: gate !== undefined };
}

/** What may not and what may differ; an unfinished run is not refused for shards that are alike. */
function compared(base: Side, side: Side, context: Context) {
  const { refused, allowed } = comparability(planOf(base), planOf(side), ["in base", "in candidate"]);
  const unfinished = [base, side].filter(({ complete }) => !complete);
  return {
    allowed,
    refused: [...refused, ...unfinished.map(({ path }) => `${shownPath(path, context)}: is not finished`)],
  };
}

function refuse(
  base: Side,
  candidates: readonly Side[],
  verdicts: readonly { readonly refused: readonly string[] }[],
  context: Context,
): never {
  const lines = candidates.flatMap((side, n) => {
    const { refused } = verdicts[n]!;
    if (refused.length === 0) return [];
    const [own, other] = [side, base].map((one) => `${shownPath(one.path, context)}:${one.model}`);
    const head = `${own}: cannot be compared with ${other}: their numbers do not mean the same`;
    return [head, ...refused.map((line) => `  ${line}`)];
  });
  const all = [...lines, "`force` compares what both have, and marks the report"];
  throw complain("", all.join("\n"), { code: "refused" });
}

/** What all sides have, in the base's order; and every name a gate may use. */
function scopeOf(
  sides: readonly Side[],
  known: Registries,
  context: Context,
): { facts: CompareFacts; scope: GateScope } {
  const [base, ...candidates] = sides as [Side, ...Side[]];
  const where = [...new Set(sides.map(({ path }) => shownPath(path, context)))].join(" and ");
  const plans = sides.map(({ manifest }) => manifest.plan);
  const inAll = (has: (plan: (typeof plans)[number]) => boolean) => plans.every(has);
  const benchmarks = base.manifest.plan.benchmarks
    .filter(({ name }) => inAll((plan) => plan.benchmarks.some((benchmark) => benchmark.name === name)))
    .map(({ name, card }) => ({ name, title: card.title, domain: card.domain }));
  const metrics = base.manifest.plan.metrics.filter((name) => inAll((plan) => plan.metrics.includes(name)));
  const ids = base.manifest.plan.protocols.filter((id) => inAll((plan) => plan.protocols.includes(id)));
  const { generators } = base.manifest.plan;
  const protocols = ids.flatMap((id) => {
    const points = commonPoints(id, plans, known);
    return points?.length === 0 ? [] : [protocolOf(id, metrics, known, given({ points, generators }))];
  });
  if (benchmarks.length === 0 || protocols.length === 0)
    throw complain(
      where,
      `have no ${benchmarks.length === 0 ? "benchmark" : ids.length === 0 ? "protocol" : "number of clicks"} in common`,
    );
  const common = { protocols: ids, metrics };
  if (unknownNames(common, known).protocols.length === ids.length) refuseUnknown(where, common, known);
  noteUnknown(where, common, known, context);
  const domains = [...new Set(benchmarks.flatMap(({ domain }) => domain))];
  return {
    facts: { benchmarks, protocols, candidates: candidates.map(({ name }) => name) },
    scope: { benchmarks: benchmarks.map(({ name }) => name), domains, protocols },
  };
}

/** Numbers of clicks that all runs report of a protocol; undefined: its own. */
function commonPoints(id: string, plans: readonly Plan[], known: Registries): readonly number[] | undefined {
  if (plans.every(({ points }) => points === undefined)) return undefined;
  const [first = [], ...others] = plans.map((plan) => protocolFacts(id, [], known, plan).reported);
  if (others.every((reported) => reported.join() === first.join())) return plans[0]?.points;
  return first.filter((clicks) => clicks > 0 && others.every((reported) => reported.includes(clicks)));
}

/** The main measures, those requested by name or id, and those that a gate limits. */
function wantedMeasures(
  protocols: readonly MeasuredProtocol[],
  asked: readonly string[],
  gate: Gate | undefined,
): MeasuredProtocol[] {
  const all = protocols.flatMap(({ measures }) => measures);
  for (const name of asked)
    if (!all.some((measure) => isCalled(measure, name))) throw unknownMeasure(name, all);
  const names = [...asked, ...(gate?.limits ?? []).map(({ metric }) => metric.replace(/@.*/, ""))];
  const wanted = (measure: AnyMeasure) =>
    measure.show === "main" || names.some((name) => isCalled(measure, name));
  return protocols.map((protocol) => ({ ...protocol, measures: protocol.measures.filter(wanted) }));
}

/** Whether a name or an id stands for a measure. */
export function isCalled({ id, name }: MeasureNote, text: string): boolean {
  return text === name || text === id;
}

export function unknownMeasure(got: string, all: readonly MeasureNote[]) {
  const names = [...new Set(all.map(({ name }) => name))];
  const renamed = renamedMeasures(got, all);
  return complain({ path: "metrics" }, renamed.length > 0 ? "was renamed" : "is not measured in these runs", {
    code: "unknown-name",
    expected: oneOf(renamed.length > 0 ? renamed : names),
    got: JSON.stringify(got),
    ...(renamed.length > 0 ? {} : nearest(got, names)),
  });
}

/** By how much the gate lets targets lose or move, in the measure's own values. */
function lossesOf(gate: Gate | undefined, { id, unit }: MeasureNote): number[] {
  return (gate?.limits ?? []).flatMap(({ metric, maxLost, maxMoved }) =>
    metric === id
      ? [maxLost, maxMoved].flatMap((most) => (most === undefined ? [] : most.by / units[unit].scale))
      : [],
  );
}

function planOf({ manifest: { plan }, model }: Side) {
  return { plan, model };
}

function plain({ name, title, run, model, plan, path }: Side, context: Context) {
  return { name, title, run, model, plan, folder: shownPath(path, context) };
}

/** Whether two models are the same bytes under two names. */
function sameFiles(one: Side, other: Side): boolean {
  const [own, theirs] = [one, other].map(({ manifest, model }) =>
    (manifest.plan.models.find(({ name }) => name === model)?.files ?? []).map(({ sha256 }) => sha256).join(),
  );
  return own !== "" && own === theirs;
}

/** "compare-a-vs-b": names that are safe as a folder. */
function defaultName(sides: readonly Side[]): string {
  const safe = sides.map(({ name }) => name.replace(/[^A-Za-z0-9._-]+/g, "-"));
  const shownNames = safe.length > 3 ? [safe[0]!, `${safe.length - 1}-models`] : safe;
  return `compare-${shownNames.join("-vs-")}`;
}

/** The pairs with what is published for both sides. */
async function pairsWithPublished(
  facts: Pick<Comparison, "base" | "benchmarks" | "protocols">,
  pairs: readonly ComparedPair[],
  [base, ...candidates]: readonly Side[],
  around: Context,
): Promise<ComparedPair[]> {
  const baseKey = base === undefined ? undefined : keyOf(base);
  if (base === undefined || baseKey === undefined) return [...pairs];
  const benchmarks = publishedKeys(base.manifest.plan.benchmarks);
  const numbers = await loadPublished(around);
  return pairs.map((pair, n) => {
    const candidate = keyOf(candidates[n]!);
    if (candidate === undefined) return pair;
    const keys = { base: baseKey, candidate, benchmarks };
    return { ...pair, published: publishedDifferences(facts, pair, keys, numbers) };
  });
}

function keyOf({ manifest, model }: Side): string | undefined {
  return publishedKeys(manifest.plan.models)[model];
}
