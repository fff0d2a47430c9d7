// Which intervals hold the true value: every method on every kind of measure, shape of scores and number of clusters; and how often
// the paired test alarms falsely, and finds what is said to be detectable.
//   npx tsx scripts/interval-coverage/coverage.ts [SETS [CLUSTERS [KIND]]]     e.g. 2000 3,5,10 median
// Writes coverage.json after every cell and goes on from what is there. 2,000 sets of all take about three hours of one core.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { isRanked, meanValue, type RankedMeasure } from "../../src/core/measure.ts";
import { calibrationMeasures } from "../../src/eval/interactive/calibration.ts";
import { protocols } from "../../src/eval/interactive/protocols/index.ts";
import { iou } from "../../src/metrics/iou.ts";
import { rankingOf } from "../../src/stats/bootstrap.ts";
import { type Intervals, rankedIntervals, sumIntervals } from "./methods.ts";
import { differenceOf, type PairCell, pairCell, pairKinds } from "./pairs.ts";
import { clusterOf, type Kind, kinds, type Shape, shapes, type Target, uniforms } from "./worlds.ts";

const sets = Number(process.argv[2] ?? 2000);
const counts = (process.argv[3] ?? "2,3,5,10,30,100,300").split(",").map(Number);
/** Of many clusters fewer are read as far out. */
const drawsFor = (clusters: number) =>
  clusters < 100 ? { sums: 2000, ranked: 1000 } : { sums: 1000, ranked: 500 };
const file = new URL("coverage.json", import.meta.url);
/** Clusters from which the true value is taken. */
const world = 100_000;

const ranked: Readonly<Record<string, RankedMeasure["value"]>> = {
  median: find("median@1"),
  Spearman: find("spearman@1"),
};

function find(id: string): RankedMeasure["value"] {
  const all = [...protocols["sam1-d1@1"]!.measures([iou]), ...calibrationMeasures];
  const found = all.find((measure) => measure.id === id);
  if (found === undefined || !isRanked(found)) throw new Error(`no ranking ${id}`);
  return found.value;
}

/** The value of clusters, and what every method says of it. */
function judged(kind: Kind, strata: readonly (readonly (readonly Target[])[])[], seed: string) {
  if (kind.items !== undefined) {
    const clusters = strata[0]!;
    const entries = clusters.flatMap((targets, owner) =>
      kind.items!(targets).map((item) => ({ item, owner })),
    );
    const options = { seed, draws: drawsFor(clusters.length).ranked };
    return rankedIntervals(rankingOf(entries), clusters.length, ranked[kind.name]!, options);
  }
  const columns = strata.map((clusters) => {
    const rows = clusters.map(kind.parts!);
    return { columns: rows[0]!.map((_, c) => Float64Array.from(rows, (row) => row[c]!)), value: meanValue };
  });
  return sumIntervals(columns, { seed, draws: drawsFor(strata[0]!.length).sums });
}

function truthOf(kind: Kind, shape: Shape): number {
  const uniform = uniforms(`truth\n${shape}`);
  const clusters = Array.from({ length: world }, () => clusterOf(shape, uniform));
  if (kind.items !== undefined) {
    const { items } = rankingOf(
      clusters.flatMap((targets, owner) => kind.items!(targets).map((item) => ({ item, owner }))),
    );
    return ranked[kind.name]!(items, new Float64Array(items.length).fill(1))!;
  }
  const rows = clusters.map(kind.parts!);
  return meanValue([0, 1].map((c) => rows.reduce((all, row) => all + row[c]!, 0)));
}

interface Cell {
  readonly kind: string;
  readonly shape: Shape;
  readonly clusters: number;
  readonly sets: number;
  /** By method: share of sets whose interval holds the truth, how many have none, mean width by the percentile's. */
  readonly methods: Readonly<
    Record<string, { readonly holds: number; readonly none: number; readonly width: number }>
  >;
}

function cell(kind: Kind, shape: Shape, clusters: number, truth: number): Cell {
  const uniform = uniforms(`sets\n${kind.name}\n${shape}\n${clusters}`);
  const tallies = new Map<string, { holds: number; none: number; width: number; beside: number }>();
  for (let set = 0; set < sets; set += 1) {
    const strata = kind.strata.map((times) =>
      Array.from({ length: times * clusters }, () => clusterOf(shape, uniform)),
    );
    const result = judged(kind, strata, `set ${set}`);
    const intervals: Intervals = result?.intervals ?? {};
    const [low = Number.NaN, high = Number.NaN] = intervals.percentile ?? [];
    for (const [method, bounds] of Object.entries(intervals)) {
      const tally = tallies.get(method) ?? { holds: 0, none: 0, width: 0, beside: 0 };
      tallies.set(method, tally);
      if (bounds === undefined) tally.none += 1;
      else {
        if (bounds[0] <= truth && truth <= bounds[1]) tally.holds += 1;
        tally.width += bounds[1] - bounds[0];
        tally.beside += high - low;
      }
    }
  }
  const round = (value: number) => Number(value.toFixed(4));
  return {
    ...{ kind: kind.name, shape, clusters, sets },
    methods: Object.fromEntries(
      [...tallies]
        .filter(([, { none }]) => none < sets)
        .map(([method, { holds, none, width, beside }]) => [
          method,
          { holds: round(holds / (sets - none)), none, width: round(width / beside) },
        ]),
    ),
  };
}

const known: (Cell | PairCell)[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
const nameOf = (one: object) =>
  ["kind", "test", "shape", "clusters"].map((key) => (one as never)[key]).join("\n");
const cells = new Map(known.filter((one) => one.sets === sets).map((one) => [nameOf(one), one]));

function enter(key: object, find: () => Cell | PairCell): void {
  if (cells.has(nameOf(key))) return;
  const found = find();
  cells.set(nameOf(found), found);
  console.log(JSON.stringify(found));
  const places = [...kinds, ...pairKinds].map(({ name }) => name);
  const place = (one: object) => {
    const { kind, test, shape, clusters } = one as Partial<Cell & PairCell>;
    const row = kind === undefined ? kinds.length + places.lastIndexOf(test!) : places.indexOf(kind);
    return (row * shapes.length + shapes.indexOf(shape!)) * 1000 + clusters!;
  };
  const text = [...cells.values()].sort((a, b) => place(a) - place(b)).map((one) => JSON.stringify(one));
  writeFileSync(file, `[\n  ${text.join(",\n  ")}\n]\n`);
}

/** Computed when it is first needed. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

// The quick ones first, few clusters before many.
const only = process.argv[4];
const truths = new Map<string, () => number>();
for (const clusters of counts)
  for (const ranking of [false, true]) {
    for (const kind of kinds
      .filter(({ items }) => (items !== undefined) === ranking)
      .filter(({ name }) => only === undefined || name === only)
      .filter(({ counts: own }) => own?.includes(clusters) ?? clusters > 2))
      for (const shape of shapes) {
        const name = `${kind.name}\n${shape}`;
        const truth = truths.get(name) ?? once(() => truthOf(kind, shape));
        truths.set(name, truth);
        enter({ kind: kind.name, shape, clusters }, () => cell(kind, shape, clusters, truth()));
      }
    for (const kind of ranking || clusters === 2 || only !== undefined ? [] : pairKinds)
      for (const shape of shapes) {
        const name = `pairs ${kind.name}\n${shape}`;
        const truth = truths.get(name) ?? once(() => differenceOf(kind, shape, world));
        truths.set(name, truth);
        enter({ test: kind.name, shape, clusters }, () => pairCell(kind, shape, clusters, sets, truth()));
      }
  }
