// A model beside another one, of the same run or of two: which row of the one is about what a row of the other is about.
import { estimateColumn } from "../core/measure.ts";
import type { RunIndex } from "../index.ts";
import { ordered, type Query, type ReadColumn } from "./query.ts";
import type { OpenRun } from "./source.ts";

/** Rows are about the same by these. */
const about = ["benchmark", "protocol", "sample", "target"] as const;
/** Models of one run, or of two, are beside each other by columns of this name and a measure's. */
const BESIDE = "beside:";
const ESTIMATE = "estimate:";

/** What a query needs of a run. */
export type Queried = Pick<OpenRun, "index" | "column" | "order">;

/** Runs with another one beside them; the last two stay. */
export function besides() {
  const known: {
    readonly sides: readonly [OpenRun, string, OpenRun, string];
    readonly view: Promise<Queried>;
  }[] = [];
  return (
    ...sides: readonly [base: OpenRun, model: string, other: OpenRun, against: string]
  ): Promise<Queried> => {
    const found = known.find((one) => one.sides.every((side, i) => side === sides[i]));
    if (found !== undefined) return found.view;
    const view = sided(...sides);
    known.push({ sides, view });
    if (known.length > 2) known.shift();
    return view;
  };
}

/** A run whose columns are those of its rows, and with "beside:" before a column's name those of the rows beside them: NaN where there is none. */
async function sided(base: OpenRun, model: string, other: OpenRun, against: string): Promise<Queried> {
  const partners = await partnersOf(base, model, other, against);
  const made = new Map<string, Promise<Float32Array>>();
  const make = async (name: string) => {
    const values = await other.column(name);
    return Float32Array.from(partners, (place) => (place === -1 ? Number.NaN : values[place]!));
  };
  const column: ReadColumn = (name) => {
    if (!name.startsWith(BESIDE)) return base.column(name);
    const known = made.get(name) ?? make(name.slice(BESIDE.length));
    // The last two: what is sorted by, and the other axis of a plot.
    made.delete(name);
    made.set(name, known);
    for (const old of [...made.keys()].slice(0, -2)) made.delete(old);
    return known;
  };
  let last: { readonly key: string; readonly places: Promise<Uint32Array> } | undefined;
  const order = (query: Query) => {
    const key = JSON.stringify(query);
    if (last?.key !== key) last = { key, places: ordered(base.index, column, query) };
    return last.places;
  };
  return { index: base.index, column, order };
}

/** By the place of a row: that of the other model's row about the same; -1 where there is none, and for rows of other models. */
export async function partnersOf(
  { index, column }: Pick<OpenRun, "index" | "column">,
  model: string,
  other: Pick<OpenRun, "index" | "column">,
  against: string,
): Promise<Int32Array> {
  const [own, theirs] = [await keysOf(column), await keysOf(other.column)];
  // Names of the other index as numbers of this one; -1: unknown here.
  const translated = about.map((key) => {
    const places = new Map(index.names[key].map((name, i) => [name, i]));
    return Int32Array.from(other.index.names[key], (name) => places.get(name) ?? -1);
  });
  const size = 2 ** Math.ceil(Math.log2(2 * other.index.rows + 2));
  const table = new Int32Array(size).fill(-1);
  const slotOf = (numbers: readonly number[]) =>
    numbers.reduce((hash, number) => (Math.imul(hash ^ number, 0x9e37_79b1) ^ (hash >>> 15)) >>> 0, 7) &
    (size - 1);
  const theirKey = (place: number) => theirs.names.map((column, k) => translated[k]![column[place]!]!);
  const wanted = other.index.names.model.indexOf(against);
  for (let place = 0; place < other.index.rows; place++) {
    if (theirs.model[place] !== wanted) continue;
    let slot = slotOf(theirKey(place));
    while (table[slot] !== -1) slot = (slot + 1) & (size - 1);
    table[slot] = place;
  }
  const partners = new Int32Array(index.rows).fill(-1);
  const listed = index.names.model.indexOf(model);
  for (let place = 0; place < index.rows; place++) {
    if (own.model[place] !== listed) continue;
    const key = own.names.map((column) => column[place]!);
    for (let slot = slotOf(key); table[slot] !== -1; slot = (slot + 1) & (size - 1)) {
      const found = table[slot]!;
      if (theirs.names.every((column, k) => translated[k]![column[found]!] === key[k])) {
        partners[place] = found;
        break;
      }
    }
  }
  return partners;
}

async function keysOf(column: ReadColumn) {
  return { model: await column("model"), names: await Promise.all(about.map((key) => column(key))) };
}

/** The place of one row's partner, without a table; -1 where there is none. */
export async function partnerOf(
  { index, column }: Pick<OpenRun, "index" | "column">,
  place: number,
  other: Pick<OpenRun, "index" | "column">,
  against: string,
): Promise<number> {
  const wanted = [
    [await other.column("model"), other.index.names.model.indexOf(against)] as const,
    ...(await Promise.all(
      about.map(async (key) => {
        const name = index.names[key][(await column(key))[place]!]!;
        return [await other.column(key), other.index.names[key].indexOf(name)] as const;
      }),
    )),
  ];
  // The rarest first would be quicker; names that are unknown there need no look at all.
  if (wanted.some(([, number]) => number === -1)) return -1;
  for (let at = 0; at < other.index.rows; at++)
    if (wanted.every(([numbers, number]) => numbers[at] === number)) return at;
  return -1;
}

/**
 * The column that a word of the page stands for: "share", a measure's id, "estimate:" and the id of the measure whose masks the model estimates,
 * "beside:" and an id for the model beside; undefined for any other word.
 */
export function columnNamed(
  word: string,
  { measures }: Pick<RunIndex, "measures">,
  protocol: string | undefined,
  hasSide: boolean,
): string | undefined {
  if (word === "share") return word;
  if (word.startsWith(BESIDE)) {
    const own = hasSide ? columnNamed(word.slice(BESIDE.length), { measures }, protocol, false) : undefined;
    return own === undefined ? undefined : `${BESIDE}${own}`;
  }
  const id = word.startsWith(ESTIMATE) ? word.slice(ESTIMATE.length) : word;
  const lists = protocol === undefined ? Object.values(measures) : [measures[protocol] ?? []];
  const note = lists.flat().find((one) => one.id === id);
  if (note === undefined) return undefined;
  return word === id ? id : estimateColumn(note);
}
