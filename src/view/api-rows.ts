// Many rows at once: a page of the list, points of a plot, a list of ids; and the rows of other models beside one.
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { validator } from "hono/validator";
import { besides, columnNamed, numberOf, partnerOf, placeOf, type Queried, tableOf } from "./beside.ts";
import { type Query, turn, valuesOf } from "./query.ts";
import type { OpenRun } from "./source.ts";

/** Rows of one answer. */
const MOST_ROWS = 500;
/** Ids that are written at once. */
const LINES = 8192;
/** Points of a plot: more would be a cloud, and slow. */
const MOST_POINTS = 2500;

/** A line of the list of targets. */
export interface ListedRow
  extends Readonly<
    Record<"model" | "benchmark" | "protocol" | "status" | "sample" | "target" | "category" | "size", string>
  > {
  /** Its number in the run, from 0. */
  readonly place: number;
  /** Of what is sorted by, or else of what is to be shown; null where there is none. */
  readonly value: number | null;
  /** Where that is a difference: the two that it is of. */
  readonly of?: readonly [number | null, number | null];
}

/** What every question about rows names: which of them, in which order, and the model beside. */
const words = [
  ...["run", "other", "against", "model", "benchmark", "benchmarks", "protocol", "status"],
  ...["category", "size", "text", "sort", "minus", "order", "from", "count", "row", "by", "show"],
] as const;
type Word =
  | ("run" | "other" | "against" | "model" | "benchmark" | "benchmarks" | "protocol" | "status")
  | ("category" | "size" | "text" | "sort" | "minus" | "order" | "from" | "count" | "row" | "by" | "show");
type Words = Readonly<Partial<Record<Word, string>>>;

const ofRows = validator("query", (query): Words & { readonly run: string } => ({
  ...(Object.fromEntries(
    words.flatMap((key) => {
      const value = query[key];
      return typeof value === "string" && value !== "" ? [[key, value]] : [];
    }),
  ) as Words),
  run: typeof query.run === "string" ? query.run : "",
}));

const ofBeside = validator("query", ({ run, row, sides }) => ({
  run: String(run ?? ""),
  row: String(row ?? ""),
  /** A list of [run, model] as JSON. */
  sides: String(sides ?? ""),
}));

export interface Around {
  /** A run whose rows can be looked through. */
  readonly ready: (run: string) => Promise<OpenRun>;
  readonly rowOf: (run: string, row: string) => Promise<{ readonly open: OpenRun; readonly place: number }>;
}

export function rowsRoutes({ ready, rowOf }: Around) {
  const beside = besides();
  /** A question in columns; those that there are not are refused by name. */
  const asked = async (words: Words & { readonly run: string }) => {
    const open = await ready(words.run);
    const { model, other, against, order, sort, minus, show, benchmarks, ...filters } = words;
    const hasSide = against !== undefined && model !== undefined;
    const queried: Queried = hasSide
      ? await beside(open, model, await ready(other ?? words.run), against)
      : open;
    const named = (word: string | undefined) => {
      if (word === undefined) return undefined;
      const column = columnNamed(word, open.index, words.protocol, hasSide);
      if (column !== undefined) return column;
      throw new HTTPException(400, { message: `There is no measure ${JSON.stringify(word)}.` });
    };
    const known = orders.find((one) => one === order);
    if (order !== undefined && known === undefined)
      throw new HTTPException(400, {
        message: `An order is ${orders.join(", ")}, not ${JSON.stringify(order)}.`,
      });
    const { category, benchmark, protocol, status, size, text } = filters;
    const query = Object.fromEntries(
      Object.entries({
        ...{ category, benchmark, protocol, status, size, text, model },
        ...{ sort: named(sort), minus: named(minus), order: known },
        benchmarks: benchmarks?.split(","),
      }).filter(([, value]) => value !== undefined),
    ) as Query;
    return { queried, query, shown: query.sort ?? named(show) };
  };

  return new Hono()
    .get("/targets", ofRows, async (c) => {
      const { from = "0", count = "100", row = "", ...words } = c.req.valid("query");
      const { queried, query, shown } = await asked(words);
      const { index, column, order } = queried;
      const places = await order(query);
      const start = Math.max(0, Math.trunc(Number(from)) || 0);
      const end = start + Math.min(MOST_ROWS, Math.max(1, Math.trunc(Number(count)) || 1));
      const keys = Object.keys(index.names) as (keyof typeof index.names)[];
      const columns = await Promise.all(keys.map(async (key) => [key, await column(key)] as const));
      const sides = await Promise.all(
        [shown, query.minus].flatMap((name) => (name === undefined ? [] : [column(name)])),
      );
      const rows = Array.from(places.subarray(start, end), (place) => {
        const named = columns.map(([key, numbers]) => [key, index.names[key][numbers[place]!]!]);
        const [value = null, minus] = sides.map((values) => orNull(values[place]!));
        const difference = value === null || minus === null || minus === undefined ? null : value - minus;
        return {
          place: numberOf(queried, place),
          ...(minus === undefined ? { value } : { value: difference, of: [value, minus] }),
          ...Object.fromEntries(named),
        } as ListedRow;
      });
      // Where one row stands among them; -1 where it is left out.
      const at = row === "" ? -1 : places.indexOf(placeOf(queried, Number(row)));
      return c.json({ total: places.length, from: start, at, rows });
    })
    .get("/points", ofRows, async (c) => {
      const { queried, query } = await asked(c.req.valid("query"));
      const { sort, minus, order: _, ...filters } = query;
      if (sort === undefined || minus === undefined)
        throw new HTTPException(400, { message: "A plot needs two columns, sort and minus." });
      const places = await queried.order(filters);
      const [ys, xs] = [await queried.column(sort), await queried.column(minus)];
      const both = places.filter((place) => !Number.isNaN(xs[place]! - ys[place]!));
      const counts = { above: 0, below: 0, equal: 0 };
      for (const place of both) {
        const difference = ys[place]! - xs[place]!;
        counts[difference > 0 ? "above" : difference < 0 ? "below" : "equal"] += 1;
      }
      // Every so many of them, in the order of the run: the same each time.
      const every = Math.max(1, both.length / MOST_POINTS);
      const points = Array.from({ length: Math.min(both.length, MOST_POINTS) }, (_, i) => {
        const place = both[Math.floor(i * every)]!;
        return [xs[place]!, ys[place]!, numberOf(queried, place)] as const;
      });
      return c.json({ total: places.length, both: both.length, ...counts, points });
    })
    .get("/groups", ofRows, async (c) => {
      const { by, ...words } = c.req.valid("query");
      const { queried, query } = await asked(words);
      const key = groupings.find((one) => one === by);
      if (key === undefined || query.sort === undefined)
        throw new HTTPException(400, {
          message: `Groups are by ${groupings.join(", ")}, of what rows are sorted by.`,
        });
      return c.json({ groups: await groupsOf(queried, query, key) });
    })
    .get("/ids", ofRows, async (c) => {
      const { queried, query } = await asked(c.req.valid("query"));
      return c.body(await idsOf(queried, query), 200, { "Content-Type": "text/plain; charset=utf-8" });
    })
    .get("/beside", ofBeside, async (c) => {
      const { run, row, sides } = c.req.valid("query");
      const { open, place } = await rowOf(run, row);
      const found = await Promise.all(
        sidesFrom(sides).map(async ([name, model]) => {
          const side = { run: name, model };
          try {
            const other = await ready(name);
            const at = await partnerOf(open, place, other, model);
            return at === -1
              ? { ...side, missing: `Run ${name} has no row of ${model} about this target.` }
              : { ...side, place: numberOf(other, at) };
          } catch (error) {
            if (error instanceof HTTPException) return { ...side, missing: error.message };
            throw error;
          }
        }),
      );
      return c.json({ sides: found as readonly BesideRow[] });
    });
}

const orders = ["ascending", "descending", "far"] as const;
const groupings = ["category", "benchmark", "size", "model"] as const;

/** The row of another model about the same target: its place in its run, or why there is none. */
export interface BesideRow {
  readonly run: string;
  readonly model: string;
  readonly place?: number;
  readonly missing?: string;
}

/** At most three: with the row itself four pictures. */
function sidesFrom(text: string): readonly (readonly [run: string, model: string])[] {
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return [];
    return list.slice(0, 3).map((side) => [String(side?.[0]), String(side?.[1])]);
  } catch {
    return [];
  }
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** Names of a column, each with the rows that have a value of what is sorted by, and the median of these. */
async function groupsOf({ column, index, order }: Queried, query: Query, key: (typeof groupings)[number]) {
  const { sort: _, minus: __, order: ___, ...filters } = query;
  const [values, numbers] = [(await valuesOf(column, query))!, await column(key)];
  const groups = new Map<number, number[]>();
  for (const place of await order(filters)) {
    const value = values[place]!;
    if (Number.isNaN(value)) continue;
    const group = groups.get(numbers[place]!);
    if (group === undefined) groups.set(numbers[place]!, [value]);
    else group.push(value);
  }
  return [...groups].map(([number, own]) => {
    const sorted = Float32Array.from(own).sort();
    const [low, high] = [sorted[Math.floor((own.length - 1) / 2)]!, sorted[Math.floor(own.length / 2)]!];
    return { name: index.names[key][number]!, rows: own.length, median: (low + high) / 2 };
  });
}

/** Lines of `run --ids`, each once, in the order of a query: benchmark, sample and target, with tabs between them; rows of a whole sample name no target. */
async function idsOf({ index, column, order }: Queried, query: Query): Promise<ReadableStream<Uint8Array>> {
  const { names, rows } = index;
  const places = await order(query);
  const keys = ["benchmark", "sample", "target", "size", "status"] as const;
  const [how, sample, targets, size, status] = (await Promise.all(keys.map((key) => column(key)))) as Five;
  // Of no single target: one that could not be read, all masks of an image, and phrases.
  const [every, ok] = [names.target.indexOf("*"), names.status.indexOf("ok")];
  const without = ["", "named", "nothing"].map((name) => names.size.indexOf(name));
  const target = new Int32Array(rows);
  for (let i = 0; i < rows; i++)
    target[i] = targets[i] === every || (status[i] === ok && without.includes(size[i]!)) ? -1 : targets[i]!;
  const table = tableOf({ how, sample, target });
  const utf8 = new TextEncoder();
  let next = 0;
  return new ReadableStream({
    async pull(controller) {
      const lines: string[] = [];
      for (; next < places.length && lines.length < LINES; next++) {
        if (next % LINES === 0) await turn();
        const place = places[next]!;
        if (!table.add(place)) continue;
        const named = [names.benchmark[how[place]!], names.sample[sample[place]!]];
        if (target[place] !== -1) named.push(names.target[target[place]!]);
        lines.push(`${named.join("\t")}\n`);
      }
      if (lines.length > 0) controller.enqueue(utf8.encode(lines.join("")));
      if (next === places.length) controller.close();
    },
  });
}

type Five = [ArrayLike<number>, ArrayLike<number>, ArrayLike<number>, ArrayLike<number>, ArrayLike<number>];
