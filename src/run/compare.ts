import { writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { type ExitCode, exitCodes } from "../cli/exit.ts";
import { type GateScope, loadGate } from "../config/gate.ts";
import type { ComparedPair, Comparison, Measure, MetricName } from "../core/comparison.ts";
import { runDefaults } from "../core/defaults.ts";
import { complain, reasonOf } from "../core/errors.ts";
import type { Gate } from "../core/schema-types.ts";
import { makeFolder } from "../formats/make-folder.ts";
import { type ChangeGallery, comparisonWriters, gateWriters } from "../report/comparison/index.ts";
import { type CompareFacts, compareScores } from "../stats/compare.ts";
import { gateMessage, judgeGate } from "../stats/judge-gate.ts";
import { usualMetrics } from "../stats/measures.ts";
import { comparability } from "../store/comparability.ts";
import { compareGallery } from "./compare-gallery.ts";
import { openSides, protocolOf, type Side, sidedScores } from "./compare-sides.ts";
import { pairsWithPublished } from "./published.ts";

export interface CompareOptions {
  readonly base?: string;
  readonly gate?: string;
  readonly metrics?: readonly string[];
  readonly out?: string;
  readonly data?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `segbench compare`: paired differences of candidates from a base, their reports, and the gate's verdict. */
export async function compareVerb(words: readonly string[], options: CompareOptions): Promise<ExitCode> {
  const sides = await openSides(words, options.base);
  const [base, ...candidates] = sides as [Side, ...Side[]];
  const verdicts = candidates.map((side) => compared(base, side));
  const forced = verdicts.some(({ refused }) => refused.length > 0);
  if (forced && options.force !== true) refuse(base, candidates, verdicts);

  const { facts, scope } = scopeOf(sides);
  const gate = options.gate === undefined ? undefined : await loadGate(options.gate, scope, process.cwd());
  const protocols = facts.protocols.map(({ id, summary, measures }) => ({
    ...{ id, summary },
    measures: measures.filter(({ metric }) => wantedMetrics(options, gate).has(metric)),
  }));
  const wanted = { ...facts, protocols };
  const statistics = await compareScores(
    sidedScores(sides, new Map(protocols.map(({ id, measures }) => [id, measures]))),
    wanted,
    { changedBy: (measure) => lossesOf(gate, measure), ...progress() },
  );
  const pairs = statistics.map((pair, n): ComparedPair => {
    const { allowed, refused } = verdicts[n]!;
    const verdict = gate === undefined ? {} : { gate: judgeGate(gate, pair, wanted) };
    return { ...pair, differences: allowed, refused, ...verdict };
  });
  const { benchmarks } = facts;
  const shared = { base: plain(base), benchmarks, protocols };
  const comparison: Comparison = {
    ...{ format: "segbench/comparison@1", forced, candidates: candidates.map(plain), ...shared },
    pairs: await pairsWithPublished(shared, pairs, sides),
  };
  const out = options.out ?? join(runDefaults.reports, defaultName(sides));
  const gallery = await compareGallery(comparison, sides, options.data);
  await writeComparison(comparison, gallery, { out: resolve(out), gated: gate !== undefined });
  if (options.json === true) process.stdout.write(comparisonWriters.json.render(comparison));
  else {
    process.stdout.write(comparisonWriters.terminal.render(comparison));
    process.stdout.write(`\nreport: ${relative(process.cwd(), join(resolve(out), "comparison.html"))}\n`);
  }
  return verdictOf(comparison);
}

/** What may not and what may differ; an unfinished run is not refused for shards that are alike. */
function compared(base: Side, side: Side) {
  const { refused, allowed } = comparability(planOf(base), planOf(side), ["in base", "in candidate"]);
  const unfinished = [base, side].filter(({ complete }) => !complete);
  return {
    allowed,
    refused: [...refused, ...unfinished.map(({ path }) => `${shown(path)}: is not finished`)],
  };
}

function refuse(
  base: Side,
  candidates: readonly Side[],
  verdicts: readonly { readonly refused: readonly string[] }[],
): never {
  const lines = candidates.flatMap((side, n) => {
    const { refused } = verdicts[n]!;
    if (refused.length === 0) return [];
    const head = `${side.name}: cannot be compared with ${base.name}: the numbers do not mean the same`;
    return [head, ...refused.map((line) => `  ${line}`)];
  });
  const all = [...lines, "--force compares what both have, and marks the report"];
  throw complain({ code: "refused", where: "", what: all.join("\n") });
}

/** What all sides have, in the base's order; and every name a gate may use. */
function scopeOf(sides: readonly Side[]): { facts: CompareFacts; scope: GateScope } {
  const [base, ...candidates] = sides as [Side, ...Side[]];
  const plans = sides.map(({ manifest }) => manifest.plan);
  const inAll = (has: (plan: (typeof plans)[number]) => boolean) => plans.every(has);
  const benchmarks = base.manifest.plan.benchmarks
    .filter(({ name }) => inAll((plan) => plan.benchmarks.some((benchmark) => benchmark.name === name)))
    .map(({ name, card }) => ({ name, title: card.title, domain: card.domain }));
  const protocols = base.manifest.plan.protocols
    .filter((id) => inAll((plan) => plan.protocols.includes(id)))
    .map(protocolOf);
  if (benchmarks.length === 0 || protocols.length === 0)
    throw complain({
      where: sides.map(({ path }) => shown(path)).join(" and "),
      what: `have no ${benchmarks.length === 0 ? "benchmark" : "protocol"} in common`,
    });
  const domains = [...new Set(benchmarks.flatMap(({ domain }) => domain))];
  return {
    facts: { benchmarks, protocols, candidates: candidates.map(({ name }) => name) },
    scope: { benchmarks: benchmarks.map(({ name }) => name), domains, protocols },
  };
}

const metricNames: readonly MetricName[] = ["miou", "oracle", "dice", "boundary", "noc"];

/** The usual ones, those asked for, and those that a gate limits. */
function wantedMetrics({ metrics = [] }: CompareOptions, gate: Gate | undefined): Set<MetricName> {
  const strange = metrics.find((metric) => !metricNames.includes(metric as MetricName));
  if (strange !== undefined)
    throw complain({
      where: "--metrics",
      what: "unknown metric",
      expected: `one of ${metricNames.join(", ")}`,
      got: JSON.stringify(strange),
    });
  const limited = gate?.limits.map(({ metric }) => metric.replace(/@.*/, "")) ?? [];
  return new Set([...usualMetrics, ...metrics, ...limited] as MetricName[]);
}

/** By how much the gate lets targets lose, as fractions. */
function lossesOf(gate: Gate | undefined, { id, metric }: Measure): number[] {
  const scale = metric === "noc" ? 1 : 100;
  return (gate?.limits ?? []).flatMap(({ metric: limited, maxLost }) =>
    limited === id && maxLost !== undefined ? [maxLost.by / scale] : [],
  );
}

async function writeComparison(
  comparison: Comparison,
  gallery: ChangeGallery,
  { out, gated }: { readonly out: string; readonly gated: boolean },
): Promise<void> {
  const files = [...Object.values(comparisonWriters), ...(gated ? Object.values(gateWriters) : [])];
  try {
    await makeFolder(out);
    for (const { file, render } of files)
      if (file !== null) await writeFile(join(out, file), render(comparison, gallery));
  } catch (cause) {
    throw complain({
      where: shown(out),
      what: "the comparison cannot be written",
      got: reasonOf(cause),
      cause,
    });
  }
}

/** One message per broken limit, and the exit code. */
function verdictOf({ pairs }: Comparison): ExitCode {
  let broken = 0;
  for (const { candidate, gate } of pairs) {
    if (gate === undefined) continue;
    const failed = gate.checks.filter(({ passed }) => !passed);
    broken += failed.length;
    for (const check of failed)
      process.stderr.write(`gate ${gate.name}: ${candidate}: ${gateMessage(check)}\n`);
    if (failed.length === 0)
      process.stderr.write(`gate ${gate.name}: ${candidate}: passed, ${gate.checks.length} limits kept\n`);
  }
  return broken === 0 ? exitCodes.fine : exitCodes.gate;
}

function progress() {
  if (process.stderr.isTTY !== true) return {};
  const onBenchmark = (done: number, total: number): void => {
    process.stderr.write(done === total ? "\r\u001b[K" : `\rcomparing: ${done} of ${total} benchmarks`);
  };
  return { onBenchmark };
}

function planOf({ manifest: { plan }, model }: Side) {
  return { plan, model };
}

function plain({ name, title, run, model, plan }: Side) {
  return { name, title, run, model, plan };
}

function shown(path: string): string {
  return relative(process.cwd(), path) || ".";
}

/** "compare-a-vs-b": names that are safe as a folder. */
function defaultName(sides: readonly Side[]): string {
  const safe = sides.map(({ name }) => name.replace(/[^A-Za-z0-9._-]+/g, "-"));
  const shownNames = safe.length > 3 ? [safe[0]!, `${safe.length - 1}-models`] : safe;
  return `compare-${shownNames.join("-vs-")}`;
}
