// A model beside another one, of the same run or of two: which row of the one is about what a row of the other is about.
import { estimateColumn } from "../core/measure.ts";
import type { RunIndex } from "../index.ts";
import { ordered, type Query, type ReadColumn, TURN, turn } from "./query.ts";
import type { OpenRun } from "./source.ts";

/** Rows are about the same by these. */
const about = ["benchmark", "protocol", "sample", "target"] as const;
/** Models of one run, or of two, are beside each other by columns of this name and a measure's. */
const BESIDE = "beside:";
const ESTIMATE = "estimate:";

/** What a query needs of a run. */
export type Queried = Pick<OpenRun, "index" | "column" | "order" | "numbers">;

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
    const beside = new Float32Array(partners.length);
    for (let i = 0; i < partners.length; i++)
      beside[i] = partners[i] === -1 ? Number.NaN : values[partners[i]!]!;
    return beside;
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
  return { ...base, column, order };
}

/** The number of a row in its run. */
export function numberOf({ numbers }: Pick<OpenRun, "numbers">, place: number): number {
  return numbers?.[place] ?? place;
}

/** The place of the row that has a number in the run; -1 where it is not here. */
export function placeOf({ index, numbers }: Pick<OpenRun, "index" | "numbers">, number: number): number {
  if (numbers === undefined) return number < index.rows ? number : -1;
  let [from, to] = [0, numbers.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (numbers[middle]! < number) from = middle + 1;
    else to = middle;
  }
  return numbers[from] === number ? from : -1;
}

/** By the place of a row: that of the other model's row about the same; -1 where there is none, and for rows of other models. */
export async function partnersOf(
  base: Pick<OpenRun, "index" | "column">,
  model: string,
  other: Pick<OpenRun, "index" | "column">,
  against: string,
): Promise<Int32Array> {
  const [own, theirs] = [await keysOf(base, base.index.names), await keysOf(other, base.index.names)];
  const wanted = other.index.names.model.indexOf(against);
  const listed = base.index.names.model.indexOf(model);
  const isWanted = (place: number) => theirs.model[place] === wanted && theirs.how[place] !== -1;
  let find: ((place: number) => number) | undefined;
  const partners = new Int32Array(base.index.rows).fill(-1);
  // Runs have their rows in one order, so that mostly the next row's partner is the next row.
  let next = 0;
  while (next < other.index.rows && !isWanted(next)) next += 1;
  for (let place = 0; place < base.index.rows; place++) {
    if (own.model[place] !== listed) continue;
    const isNext = next < other.index.rows && isWanted(next) && isSame(own, place, theirs, next);
    find ??= isNext ? undefined : finder(own, theirs, isWanted);
    if (place % TURN === TURN - 1) await turn();
    const found = isNext ? next : find!(place);
    partners[place] = found;
    if (found !== -1) next = found + 1;
  }
  return partners;
}

/** Finds the row that a row is the same as; -1 where there is none. */
function finder(own: Keys, theirs: Keys, isWanted: (place: number) => boolean): (place: number) => number {
  const table = tableOf(theirs);
  for (let place = 0; place < theirs.how.length; place++) if (isWanted(place)) table.add(place);
  return (place) => table.find(own, place);
}

/** Rows by what they are about: of those that are about the same, the one that was added first. */
export function tableOf(keys: Keys) {
  const size = 2 ** Math.ceil(Math.log2(2 * keys.how.length + 2));
  const table = new Int32Array(size).fill(-1);
  const slotFor = (own: Keys, place: number) => {
    let slot = slotOf(own, place, size);
    while (table[slot] !== -1 && !isSame(own, place, keys, table[slot]!)) slot = (slot + 1) & (size - 1);
    return slot;
  };
  return {
    /** Place of the row that a row of these or of others is the same as; -1 where there is none. */
    find: (own: Keys, place: number) => table[slotFor(own, place)]!,
    /** Whether it is the first one. */
    add(place: number): boolean {
      const slot = slotFor(keys, place);
      if (table[slot] !== -1) return false;
      table[slot] = place;
      return true;
    },
  };
}

/** What each row is about, by names as numbers. */
interface Keys {
  readonly sample: ArrayLike<number>;
  readonly target: ArrayLike<number>;
  /** Benchmark and protocol; -1 where one of these names, or of the others, is unknown. */
  readonly how: ArrayLike<number>;
}

/** `names`: what the numbers stand for. */
async function keysOf(
  { index, column }: Pick<OpenRun, "index" | "column">,
  names: RunIndex["names"],
): Promise<Keys & { readonly model: ArrayLike<number> }> {
  const numbersOf = async (key: (typeof about)[number]): Promise<ArrayLike<number>> => {
    const [values, own, others] = [await column(key), index.names[key], names[key]];
    if (own === others) return values;
    // Runs of one plan have their names in one order: there may be as many as rows.
    let places: Map<string, number> | undefined;
    const placeOf = (name: string) => {
      places ??= new Map(others.map((other, i) => [other, i]));
      return places.get(name) ?? -1;
    };
    const known = Int32Array.from(own, (name, i) => (others[i] === name ? i : placeOf(name)));
    const numbers = new Int32Array(index.rows);
    for (let i = 0; i < index.rows; i++) numbers[i] = known[values[i]!]!;
    return numbers;
  };
  const [benchmark, protocol] = [await numbersOf("benchmark"), await numbersOf("protocol")];
  const [sample, target] = [await numbersOf("sample"), await numbersOf("target")];
  const how = new Int32Array(index.rows);
  const count = names.protocol.length;
  for (let i = 0; i < index.rows; i++) {
    const isKnown = (benchmark[i]! | protocol[i]! | sample[i]! | target[i]!) >= 0;
    how[i] = isKnown ? benchmark[i]! * count + protocol[i]! : -1;
  }
  return { model: await column("model"), sample, target, how };
}

function isSame(a: Keys, i: number, b: Keys, j: number): boolean {
  return a.target[i] === b.target[j] && a.sample[i] === b.sample[j] && a.how[i] === b.how[j];
}

/** Where a row is looked for first in a table of so many slots, a power of two. */
function slotOf({ sample, target, how }: Keys, place: number, size: number): number {
  const first = Math.imul(sample[place]!, 0x9e37_79b1) ^ Math.imul(how[place]!, 0x85eb_ca6b);
  const mixed = Math.imul((first ^ (first >>> 15)) + target[place]!, 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 15)) & (size - 1);
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

/** Places of a model's rows about targets that are named; -1 where there is none. */
export async function placesOf(
  { index, column }: Pick<OpenRun, "index" | "column">,
  model: string,
  targets: readonly Readonly<Record<(typeof about)[number], string>>[],
): Promise<number[]> {
  const keys = ["model", ...about] as const;
  const numbers = await Promise.all(keys.map((key) => column(key)));
  const wanted = new Map(
    targets.map((target, i) => {
      const named = { ...target, model };
      return [keys.map((key) => index.names[key].indexOf(named[key])).join(), i];
    }),
  );
  const [models, , , samples] = numbers as [ArrayLike<number>, unknown, unknown, ArrayLike<number>];
  const own = index.names.model.indexOf(model);
  const among = new Set(targets.map(({ sample }) => index.names.sample.indexOf(sample)));
  const places = targets.map(() => -1);
  for (let place = 0; place < index.rows; place++) {
    if (models[place] !== own || !among.has(samples[place]!)) continue;
    const i = wanted.get(numbers.map((values) => values[place]).join());
    if (i !== undefined) places[i] = place;
  }
  return places;
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
