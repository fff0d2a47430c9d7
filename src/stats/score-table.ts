import type { TargetScore } from "../core/comparison.ts";

/** Scores of one side under one protocol: entry n of a column belongs to target n of the benchmark. */
export interface SideScores {
  /** undefined: the side has no row of this target. */
  readonly status: (TargetScore["status"] | undefined)[];
  /** One per measure; NaN where the target has none. */
  readonly columns: readonly number[][];
  /** Images that failed or were dropped as a whole. */
  readonly whole: Map<string, "failed" | "dropped">;
  failed: number;
}

/** The targets of a benchmark, numbered once for all protocols and sides, so that a pair is one number. */
export interface BenchmarkTable {
  readonly name: string;
  readonly numbers: Map<string, number>;
  readonly images: string[];
  readonly targets: string[];
  /** As the first side to name the target has it. */
  readonly clusters: string[];
  /** protocol -> one per side, base first. */
  readonly protocols: ReadonlyMap<string, readonly SideScores[]>;
}

export function newBenchmarkTable(
  name: string,
  protocols: readonly { readonly id: string; readonly measures: readonly unknown[] }[],
  sides: number,
): BenchmarkTable {
  const side = (measures: readonly unknown[]): SideScores => ({
    status: [],
    columns: measures.map(() => []),
    whole: new Map(),
    failed: 0,
  });
  const entries = protocols.map(
    ({ id, measures }) => [id, Array.from({ length: sides }, () => side(measures))] as const,
  );
  const lists = { images: [], targets: [], clusters: [] };
  return { name, numbers: new Map(), ...lists, protocols: new Map(entries) };
}

/** Enters a score. `intern` returns one copy of equal texts: every row brings its own. */
export function addScore(
  table: BenchmarkTable,
  side: number,
  score: TargetScore,
  intern: (text: string) => string,
): void {
  const own = table.protocols.get(score.protocol)?.[side];
  if (own === undefined) return;
  const { status, target } = score;
  if (status === "failed") own.failed += 1;
  const image = intern(score.image);
  if (target === "*" && status !== "ok") {
    own.whole.set(image, status);
    return;
  }
  const n = numberOf(table, image, score, intern);
  while (own.status.length <= n) own.status.push(undefined);
  own.status[n] = status;
  for (const [c, column] of own.columns.entries()) {
    while (column.length <= n) column.push(Number.NaN);
    column[n] = score.scores[c] ?? Number.NaN;
  }
}

function numberOf(
  table: BenchmarkTable,
  image: string,
  { target, cluster }: TargetScore,
  intern: (text: string) => string,
): number {
  const key = `${image}\n${target}`;
  const known = table.numbers.get(key);
  if (known !== undefined) return known;
  const n = table.numbers.size;
  table.numbers.set(key, n);
  table.images.push(image);
  table.targets.push(intern(target));
  table.clusters.push(intern(cluster));
  return n;
}
