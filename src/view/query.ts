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

/** Each is a bit of a whole number. */
const MOST_WORDS = 24;
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
  const words = wordsOf(query.text);
  if (words.length > 0) {
    const found = new Uint32Array(rows);
    for (const key of searched) {
      const [values, held] = [await column(key), await heldBy(names[key], words)];
      for (let i = 0; i < rows; i++) found[i]! |= held[values[i]!]!;
    }
    const all = 2 ** words.length - 1;
    for (let i = 0; i < rows; i++) if (found[i] !== all) stays[i] = 0;
  }
  let count = 0;
  for (let i = 0; i < rows; i++) count += stays[i]!;
  const places = new Uint32Array(count);
  for (let i = 0, n = 0; i < rows; i++) if (stays[i] === 1) places[n++] = i;
  const values = await valuesOf(column, query);
  if (values === undefined) return places;
  if (query.order !== "far") return sorted(places, values, query.order === "descending");
  const sizes = new Float32Array(rows);
  for (let i = 0; i < rows; i++) sizes[i] = Math.abs(values[i]!);
  return sorted(places, sizes, true);
}

/** More than a line of them are not looked at. */
function wordsOf(text = ""): readonly string[] {
  const words = text.toLowerCase().split(/\s+/);
  return [...new Set(words)].filter((word) => word !== "").slice(0, MOST_WORDS);
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
  const differences = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) differences[i] = values[i]! - others[i]!;
  return differences;
}

/** Which of the words each name holds: a bit for each word. */
async function heldBy(names: readonly string[], words: readonly string[]): Promise<Uint32Array> {
  const held = new Uint32Array(names.length);
  for (let i = 0; i < names.length; i++) {
    if (i % TURN === TURN - 1) await turn();
    const name = names[i]!.toLowerCase();
    for (let w = 0; w < words.length; w++) if (name.includes(words[w]!)) held[i]! |= 1 << w;
  }
  return held;
}

/** Names or rows after which whoever else asks gets a turn. */
export const TURN = 65_536;
export function turn(): Promise<void> {
  return new Promise((go) => setTimeout(go));
}

/** Places by their values, in the order of the run where these are equal; those without a value come last, either way. */
export function sorted(places: Uint32Array, values: ArrayLike<number>, descending: boolean): Uint32Array {
  const count = places.length;
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  // Bits of floats as whole numbers in the same order; the greatest one stands for none. How often each digit of eleven bits comes is counted on the way.
  const keys = new Uint32Array(count);
  const flip = descending ? 0xffff_ffff : 0;
  const digits = [new Uint32Array(2049), new Uint32Array(2049), new Uint32Array(2049)] as const;
  const [low, middle, high] = digits;
  for (let i = 0; i < count; i++) {
    const bit = bits[places[i]!]!;
    const size = bit & 0x7fff_ffff;
    const key =
      size > 0x7f80_0000
        ? 0xffff_ffff
        : (size === 0 ? 0x8000_0000 : bit >>> 31 === 1 ? ~bit : bit | 0x8000_0000) ^ flip;
    keys[i] = key;
    low[(key & 2047) + 1]! += 1;
    middle[((key >>> 11) & 2047) + 1]! += 1;
    high[(key >>> 22) + 1]! += 1;
  }
  // By digits, the lowest first; keys go along, so that all reading is in order.
  let [from, own] = [places, keys];
  let [to, next] = [new Uint32Array(count), new Uint32Array(count)];
  let spare: Uint32Array<ArrayBuffer> | undefined;
  for (const [d, starts] of digits.entries()) {
    // All have the same: nothing moves.
    if (starts.includes(count)) continue;
    const shift = 11 * d;
    for (let digit = 0; digit < 2048; digit++) starts[digit + 1]! += starts[digit]!;
    for (let i = 0; i < count; i++) {
      const key = own[i]!;
      const place = starts[(key >>> shift) & 2047]!++;
      to[place] = from[i]!;
      next[place] = key;
    }
    spare ??= from === places ? new Uint32Array(count) : undefined;
    [from, to] = [to, from === places ? spare! : (from as Uint32Array<ArrayBuffer>)];
    [own, next] = [next, own];
  }
  return from === places ? places.slice() : from;
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
