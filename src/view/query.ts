// Which rows of a run are shown, and in which order: passes over columns, never over rows.
import type { RunIndex } from "../index.ts";

type NameColumn = keyof RunIndex["names"];

/** Filters: a row must meet all that are given. */
export interface Query extends Partial<Readonly<Record<(typeof filtered)[number], string>>> {
  /** One of these: those of a domain. */
  readonly benchmarks?: readonly string[];
  /** Words, each of which the sample, the target, the category or the benchmark holds; capitals do not matter. */
  readonly text?: string;
  /** A column of values: of a measure, of estimates, or "share" of the image; absent: the order of the run. */
  readonly sort?: string;
  /** Another column, that is taken from it: what is sorted by is the difference. */
  readonly minus?: string;
  /** "far": the largest first, whichever its sign. */
  readonly order?: "ascending" | "descending" | "far";
}

export type ReadColumn = (name: string) => Promise<ArrayLike<number>>;

const filtered = ["model", "benchmark", "protocol", "status", "category", "size"] as const;
const searched = ["sample", "target", "category", "benchmark"] as const;

/** Places of the rows that meet a query, in its order. */
export async function ordered(
  { rows, names }: Pick<RunIndex, "rows" | "names">,
  column: ReadColumn,
  query: Query,
): Promise<Uint32Array> {
  const stays = new Uint8Array(rows).fill(1);
  for (const key of filtered) {
    const wanted = query[key];
    if (wanted === undefined) continue;
    const place = names[key].indexOf(wanted);
    const values = await column(key);
    for (let i = 0; i < rows; i++) if (values[i] !== place) stays[i] = 0;
  }
  if (query.benchmarks !== undefined) {
    const wanted = Uint8Array.from(names.benchmark, (name) => (query.benchmarks!.includes(name) ? 1 : 0));
    const values = await column("benchmark");
    for (let i = 0; i < rows; i++) stays[i]! &= wanted[values[i]!]!;
  }
  for (const word of (query.text ?? "").toLowerCase().split(/\s+/)) {
    if (word === "") continue;
    const hit = new Uint8Array(rows);
    for (const key of searched) mark(hit, await column(key), holding(names, key, word));
    for (let i = 0; i < rows; i++) stays[i]! &= hit[i]!;
  }
  let count = 0;
  for (let i = 0; i < rows; i++) count += stays[i]!;
  const places = new Uint32Array(count);
  for (let i = 0, n = 0; i < rows; i++) if (stays[i] === 1) places[n++] = i;
  const values = await valuesOf(column, query);
  if (values === undefined) return places;
  const far = query.order === "far";
  return sorted(
    places,
    far ? Float32Array.from(values, Math.abs) : values,
    far || query.order === "descending",
  );
}

/** What rows are sorted by, for each of them; undefined where they are in the order of the run. */
export async function valuesOf(
  column: ReadColumn,
  { sort, minus }: Query,
): Promise<ArrayLike<number> | undefined> {
  if (sort === undefined) return undefined;
  const values = await column(sort);
  if (minus === undefined) return values;
  const others = await column(minus);
  return Float32Array.from(values, (value, i) => value - others[i]!);
}

/** Marks the rows whose name is one of those held. */
function mark(hit: Uint8Array, values: ArrayLike<number>, held: Uint8Array): void {
  if (!held.includes(1)) return;
  for (let i = 0; i < hit.length; i++) hit[i]! |= held[values[i]!]!;
}

function holding(names: RunIndex["names"], key: NameColumn, word: string): Uint8Array {
  return Uint8Array.from(names[key], (name) => (name.toLowerCase().includes(word) ? 1 : 0));
}

/** Places by their values, in the order of the run where these are equal; those without a value come last, either way. */
export function sorted(places: Uint32Array, values: ArrayLike<number>, descending: boolean): Uint32Array {
  const floats = new Float32Array(places.length);
  for (let i = 0; i < places.length; i++) floats[i] = values[places[i]!]!;
  const bits = new Uint32Array(floats.buffer);
  // Bits of floats as whole numbers in the same order; the greatest one stands for none.
  const keys = new Uint32Array(places.length);
  for (let i = 0; i < places.length; i++) {
    const value = floats[i]!;
    if (Number.isNaN(value)) {
      keys[i] = 0xffff_ffff;
      continue;
    }
    const bit = value === 0 ? 0 : bits[i]!;
    const key = (bit >>> 31 === 1 ? ~bit : bit | 0x8000_0000) >>> 0;
    keys[i] = descending ? ~key >>> 0 : key;
  }
  // By digits of eleven bits, the lowest first; keys go along, so that all reading is in order.
  let from: Uint32Array = places.slice();
  let own: Uint32Array = keys;
  let [to, next] = [new Uint32Array(from.length), new Uint32Array(from.length)] as [Uint32Array, Uint32Array];
  for (const shift of [0, 11, 22]) {
    const starts = new Uint32Array(2049);
    for (let i = 0; i < own.length; i++) starts[((own[i]! >>> shift) & 2047) + 1]! += 1;
    for (let d = 0; d < 2048; d++) starts[d + 1]! += starts[d]!;
    for (let i = 0; i < own.length; i++) {
      const place = starts[(own[i]! >>> shift) & 2047]!++;
      to[place] = from[i]!;
      next[place] = own[i]!;
    }
    [from, to] = [to, from];
    [own, next] = [next, own];
  }
  return from;
}

/** Names of a column with the rows that have them, of the rows that meet a query; those without rows are left out. */
export async function counted(
  index: Pick<RunIndex, "rows" | "names">,
  column: ReadColumn,
  key: NameColumn,
  query: Query,
): Promise<{ readonly name: string; readonly rows: number }[]> {
  const names = index.names[key];
  const counts = new Float64Array(names.length);
  const values = await column(key);
  for (const place of await ordered(index, column, query)) counts[values[place]!]! += 1;
  return names.flatMap((name, i) => (counts[i]! > 0 ? [{ name, rows: counts[i]! }] : []));
}
