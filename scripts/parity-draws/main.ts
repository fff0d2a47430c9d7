// How often the gate of `parity` is right on few images: exports that were run over many, judged on draws of a few of them.
//
//   npx tsx scripts/parity-draws/main.ts OUT.json FOLDER... [--draws 40] [--images 14]
//
// FOLDER is what `segbench parity ... --out FOLDER` left over all images (`tiny` and an export of scripts/tiny-model/variants.py, `--protocols
// sam1-d1@1,box@1`, with --data and --benchmarks as result.json counts them); FOLDER+FOLDER joins those of one export over several data
// folders, and a benchmark whose name an earlier one has also bears its folder's name. A draw is a recipe of one image for each of `images`
// benchmarks out of all, drawn with a fixed seed. Prompts of an image do not depend on the other images, so a draw's rows are the rows
// that `parity` would write for it; means, intervals and verdicts are made anew by the library. Causes are those named over all images.
// `failedByPoints`: draws in which a number itself is beyond its limit, whatever its interval; `holding`: draws whose interval holds the number over all images. Beside the draws: all images together, and the recipe that `parity` runs by itself (configs/export-gate.yaml).
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { loadParityGate } from "../../src/config/gate.ts";
import { registries } from "../../src/config/index.ts";
import { noteOf } from "../../src/core/measure.ts";
import type { ParityRow, ParitySummary } from "../../src/core/parity.ts";
import { draw } from "../../src/core/random.ts";
import type { Estimate, GateResult } from "../../src/core/results.ts";
import type { Row } from "../../src/core/rows.ts";
import { clustersText } from "../../src/core/words.ts";
import { comparedMeasures, parityChanges, runScore, trajectoryScores } from "../../src/parity/changes.ts";
import { judgeParity } from "../../src/parity/judge.ts";
import { isIdentical, parityCells } from "../../src/parity/summarize.ts";
import type { MeasuredProtocol } from "../../src/stats/score-table.ts";

interface Export {
  readonly summary: ParitySummary;
  readonly rows: readonly ParityRow[];
  /** Of the reference and of the candidate. */
  readonly runs: readonly [readonly Row[], readonly Row[]];
  readonly protocols: readonly MeasuredProtocol[];
}

interface Judged {
  readonly verdict: GateResult;
  /** The same as if nothing were unsure: the numbers themselves against the limits, on every benchmark. */
  readonly points: GateResult;
  /** Over all benchmarks, by measure, or by protocol and measure. */
  readonly estimates: Readonly<Record<string, Estimate>>;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    draws: { type: "string", default: "40" },
    images: { type: "string", default: "14" },
    gate: { type: "string", default: "configs/gates/parity.yaml" },
  },
});
const [out, ...folders] = positionals;
const [draws, images] = [Number(values.draws), Number(values.images)];
const gate = await loadParityGate(values.gate, process.cwd());

const recipe: { benchmarks: string[]; limit: number } = parse(
  readFileSync("configs/export-gate.yaml", "utf8"),
);
const results = [];
for (const folder of folders) {
  const found = joined(folder.split("+"));
  const all = await judged(found, () => true);
  const verdicts: GateResult[] = [];
  const holding: Record<string, number> = {};
  let failedByPoints = 0;
  for (let d = 0; d < draws; d += 1) {
    const chosen = imagesOf(found, d);
    const drawn = await judged(found, (row) => chosen.has(`${row.benchmark}\n${row.sample}`));
    const { verdict, points } = drawn;
    for (const [name, { low, high }] of Object.entries(drawn.estimates)) {
      const truth = all.estimates[name]!.value;
      const holds = low !== undefined && high !== undefined && low <= truth && truth <= high;
      holding[name] = (holding[name] ?? 0) + Number(holds);
    }
    verdicts.push(verdict);
    if (points.verdict === "broken") failedByPoints += 1;
  }
  const count = (verdict: GateResult["verdict"]) => verdicts.filter((one) => one.verdict === verdict).length;
  const result = {
    ...{ export: found.summary.candidate.name, population: populationOf(found, all) },
    allImages: summed(all.verdict),
    recipe: summed((await judged(found, recipeOf(found))).verdict),
    draws: {
      ...{ draws, images, passed: count("passed"), failed: count("broken"), undecided: count("undecided") },
      ...{ failedByPoints, holding },
      ...{ broken: limitsBy(verdicts, "broken"), undecidedLimits: limitsBy(verdicts, "undecided") },
    },
  };
  results.push(result);
  console.log(JSON.stringify(result, undefined, 1));
}
if (out !== undefined) writeFileSync(out, `${JSON.stringify(results, undefined, 1)}\n`);

/** As if one call of `parity` had played all; causes are those named in any of them. */
function joined(folders: readonly string[]): Export {
  const taken = new Set<string>();
  const parts = folders.map((folder): Export => {
    const part = read(folder);
    const names = part.summary.cells.slice(1).map(({ name }) => name);
    const known = new Map(
      names.map((name) => [name, taken.has(name) ? `${name} (${basename(folder)})` : name]),
    );
    for (const name of known.values()) taken.add(name);
    const named = <T extends { readonly benchmark: string }>(rows: readonly T[]) =>
      rows.map((row) => ({ ...row, benchmark: known.get(row.benchmark)! }));
    const cells = part.summary.cells.map((cell) => ({ ...cell, name: known.get(cell.name) ?? cell.name }));
    return {
      ...{ summary: { ...part.summary, cells }, rows: named(part.rows) },
      ...{ runs: [named(part.runs[0]), named(part.runs[1])], protocols: part.protocols },
    };
  });
  const [first, ...others] = parts as [Export, ...Export[]];
  const cells = [...first.summary.cells, ...others.flatMap(({ summary }) => summary.cells.slice(1))];
  const causes = new Map(
    parts.flatMap(({ summary }) => summary.diagnoses.map((cause) => [cause.id, cause] as const)),
  );
  return {
    summary: { ...first.summary, cells, diagnoses: [...causes.values()] },
    rows: parts.flatMap(({ rows }) => rows),
    runs: [parts.flatMap(({ runs }) => runs[0]), parts.flatMap(({ runs }) => runs[1])],
    protocols: first.protocols,
  };
}

/** What was played: how many images with targets, in all and of each benchmark, clusters and targets. */
function populationOf(found: Export, { estimates }: Judged) {
  const known = [...imagesByBenchmark(found)].map(([name, own]) => [name, own.size] as const);
  const targets = found.rows.filter(
    (row) => row.kind === "target" && row.protocol === found.protocols[0]!.id,
  );
  return {
    benchmarks: known.length,
    images: known.reduce((sum, [, count]) => sum + count, 0),
    ...{ clusters: estimates.agreement!.clusters, targets: targets.length },
    imagesOfBenchmarks: Object.fromEntries(known),
  };
}

function imagesByBenchmark({ rows }: Export): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>();
  for (const { kind, benchmark, sample } of rows)
    if (kind === "target") known.set(benchmark, (known.get(benchmark) ?? new Set()).add(sample));
  return known;
}

function read(folder: string): Export {
  const lines = <T>(...path: string[]): T[] =>
    readFileSync(join(folder, ...path), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  const summary: ParitySummary = JSON.parse(readFileSync(join(folder, "parity.json"), "utf8"));
  const metrics = Object.values(registries.metrics).filter(({ name }) => name === "iou");
  return {
    ...{ summary, rows: lines("parity.jsonl") },
    runs: [lines("reference", "rows.jsonl"), lines("candidate", "rows.jsonl")],
    protocols: summary.protocols.map(({ id, summary: text }) => ({
      ...{ id, summary: text, measures: comparedMeasures(registries.protocols[id]!.measures(metrics)) },
    })),
  };
}

type Taken = (row: { readonly benchmark: string; readonly sample: string }) => boolean;

/** A verdict with its limits, a line each. */
function summed({ verdict, checks }: GateResult) {
  const line = ({
    verdict: own,
    where,
    limit,
    got,
    images: on,
    reason,
    ...of
  }: GateResult["checks"][number]) =>
    `${own}: ${where} ${limit}; ${got}${on === undefined ? "" : ` on ${clustersText(on, of)}`}${reason === undefined ? "" : `; ${reason}`}`;
  return { verdict, limits: checks.map(line) };
}

/** In how many draws each limit had this verdict. */
function limitsBy(results: readonly GateResult[], verdict: GateResult["verdict"]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { checks } of results)
    for (const check of checks)
      if (check.verdict === verdict) counts[check.where] = (counts[check.where] ?? 0) + 1;
  return counts;
}

/** The first images of its benchmarks. */
function recipeOf({ rows }: Export): Taken {
  const chosen = new Set<string>();
  for (const benchmark of recipe.benchmarks) {
    const own = rows.filter((row) => row.kind === "sample" && row.benchmark === benchmark);
    for (const { sample } of own.slice(0, recipe.limit)) chosen.add(`${benchmark}\n${sample}`);
  }
  return ({ benchmark, sample }) => chosen.has(`${benchmark}\n${sample}`);
}

/** One image with targets of each of so many benchmarks. */
function imagesOf(found: Export, d: number): Set<string> {
  const ranked = [...imagesByBenchmark(found)].map(([name, all]) => ({
    name,
    all: [...all],
    at: draw("parity", name, d),
  }));
  const chosen = ranked.sort((a, b) => a.at - b.at).slice(0, images);
  return new Set(
    chosen.map(({ name, all }) => `${name}\n${all[Math.floor(draw("image", name, d) * all.length)]}`),
  );
}

async function judged({ summary, rows, runs, protocols }: Export, taken: Taken): Promise<Judged> {
  const own = rows.filter(taken);
  const known = new Map(protocols.map((protocol) => [protocol.id, protocol]));
  const keyOf = ({ benchmark, protocol, sample, target }: Row | (ParityRow & { kind: "target" })) =>
    [benchmark, protocol, sample, target].join("\n");
  const [reference, candidate] = runs.map((all) => all.filter(taken)) as [Row[], Row[]];
  const byKey = new Map(reference.map((row) => [keyOf(row), row]));
  const scores = [
    ...reference.map((row) => runScore(0, row, known.get(row.protocol)!)),
    ...candidate.map((row) => runScore(1, row, known.get(row.protocol)!)),
    ...own.flatMap((row) =>
      row.kind === "target" ? trajectoryScores(byKey.get(keyOf(row))!, row, known.get(row.protocol)!) : [],
    ),
  ];
  const names = new Set(own.map(({ benchmark }) => benchmark));
  const benchmarks = summary.cells.slice(1).filter(({ name }) => names.has(name));
  const cells = parityCells(own, benchmarks);
  const changes = await parityChanges(scores, {
    benchmarks: benchmarks.map(({ name, title }) => ({ name, title, domain: [] })),
    protocols,
  });
  const notes = protocols.map((one) => ({ ...one, measures: one.measures.map(noteOf) }));
  const held = {
    ...{ protocols: notes, cells, changes, diagnoses: summary.diagnoses, identical: isIdentical(cells[0]!) },
    ...{ reference: summary.reference, candidate: summary.candidate },
  };
  const moved = changes.flatMap(({ protocol, measure, where, free }) =>
    where === "overall" && free !== undefined ? [[`${protocol} ${measure}`, free.difference] as const] : [],
  );
  return {
    verdict: judgeParity(gate, held),
    points: judgeParity(gate, { ...held, identical: true }),
    estimates: { ...cells[0]!.estimates, ...Object.fromEntries(moved) },
  };
}
