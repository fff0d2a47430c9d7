// The list of targets and a single one without a page: the answers of the page's own routes, for the command line.
import { resolve } from "node:path";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { type Context, complain, type MeasureNote, type Plugins, type RunIndex } from "../index.ts";
import { apiOf } from "./api.ts";
import type { ListedRow } from "./api-rows.ts";
import type { ReadColumn } from "./query.ts";
import { openRuns } from "./runs.ts";
import type { ShownTarget, Source } from "./source.ts";

/** As the page's address has them; `other`: a run, as a path. */
export type RowsQuery = Readonly<
  Partial<
    Record<
      | ("protocol" | "model" | "benchmark" | "benchmarks" | "category" | "status" | "size" | "text")
      | ("sort" | "minus" | "order" | "other" | "against"),
      string
    >
  >
>;

export interface ListedRows {
  /** Rows that meet the query; the first ones of them, in its order. */
  readonly total: number;
  readonly rows: readonly ListedRow[];
  /** Measures of the protocol, or of all of them where none was named. */
  readonly notes: readonly MeasureNote[];
  /** Where no order was asked: the measure that values are of, by protocol, the first main one that some row has by itself. */
  readonly shown?: Readonly<Record<string, MeasureNote>>;
}

/** How long the index is waited for, in milliseconds: as long as timers can. */
const FOREVER = 2 ** 31 - 1;
/** Rows of one answer. */
const PAGE = 500;

/** `run`: its folder. Rejects with the sentence that the page shows. */
export async function listRows(
  run: string,
  query: RowsQuery,
  first: number,
  context: Context,
  plugins: Plugins = {},
): Promise<ListedRows> {
  const { ask, indexOf, close } = asking(run, context, plugins);
  try {
    const { names, column, valued } = await indexOf(run);
    for (const key of filters) refuseUnknown(run, key, query[key], names[key]);
    for (const one of query.benchmarks?.split(",") ?? [])
      refuseUnknown(run, "benchmark", one, names.benchmark);
    if (query.against !== undefined) {
      const other = query.other ?? run;
      refuseUnknown(other, "model", query.against, (await indexOf(other)).names.model);
    }
    const { measures } = (await ask("contents", {})) as {
      readonly measures: Readonly<Record<string, readonly MeasureNote[]>>;
    };
    const notes = query.protocol === undefined ? Object.values(measures).flat() : measures[query.protocol];
    const rows: ListedRow[] = [];
    for (;;) {
      const count = Math.min(PAGE, first - rows.length);
      const page = (await ask("targets", { ...query, from: String(rows.length), count: String(count) })) as {
        readonly total: number;
        readonly rows: readonly ListedRow[];
      };
      rows.push(...page.rows);
      if (rows.length < Math.min(first, page.total) && page.rows.length > 0) continue;
      const found = { total: page.total, rows, notes: notes ?? [] };
      return query.sort === undefined ? withValues(found, { measures, valued, column }) : found;
    }
  } finally {
    await close();
  }
}

type Valued = Pick<RunIndex, "valued"> & { readonly column: ReadColumn };

/** The rows with a value each, of the main measure of their protocols. */
async function withValues(
  { rows, ...found }: ListedRows,
  { measures, valued, column }: Valued & Pick<RunIndex, "measures">,
): Promise<ListedRows> {
  const shown: Record<string, MeasureNote> = {};
  for (const protocol of new Set(rows.map((row) => row.protocol))) {
    const main = measures[protocol]?.find(({ id, show }) => show === "main" && valued.includes(id));
    if (main !== undefined) shown[protocol] = main;
  }
  const withValue = async (row: ListedRow) => {
    const note = shown[row.protocol];
    const value = note === undefined ? Number.NaN : (await column(note.id))[row.place]!;
    return { ...row, value: Number.isNaN(value) ? null : value };
  };
  return { ...found, rows: await Promise.all(rows.map(withValue)), shown };
}

const filters = ["protocol", "model", "benchmark", "category", "status", "size"] as const;
/** Names that an error lists. */
const MOST_NAMES = 24;

/** A page shows that there is nothing; a script would go on with it. */
function refuseUnknown(run: string, key: string, name: string | undefined, known: readonly string[]): void {
  if (name === undefined || known.includes(name)) return;
  const there = known.filter((one) => one !== "");
  const more = there.length > MOST_NAMES ? `, and ${there.length - MOST_NAMES} more` : "";
  throw complain(run, `has no rows of such a ${key}`, {
    code: "not-found",
    expected: `${there.slice(0, MOST_NAMES).join(", ")}${more}`,
    got: name,
  });
}

/** A row by its place in rows.jsonl, from 0, with what its protocol's measures say of it alone. */
export async function readRow(
  run: string,
  place: number,
  context: Context,
  plugins: Plugins = {},
): Promise<ShownTarget & { readonly notes: readonly MeasureNote[] }> {
  const { ask, close } = asking(run, context, plugins);
  try {
    const { measures } = (await ask("contents", {})) as {
      readonly measures: Readonly<Record<string, readonly MeasureNote[]>>;
    };
    const shown = (await ask("target", { row: String(place) })) as ShownTarget;
    return { ...shown, notes: measures[shown.row.protocol] ?? [] };
  } finally {
    await close();
  }
}

function asking(run: string, context: Context, plugins: Plugins) {
  const runs = openRuns({ plugins }, context);
  const source: Source = {
    folder: "",
    can: { play: false, replay: false, live: false },
    list: async () => [],
    async find(name) {
      const dir = resolve(context.cwd, name);
      return { name, board: async () => ({ problem: "" }), state: () => runs.state(dir, FOREVER) };
    },
    compare: async () => ({ problem: "" }),
  };
  const app = new Hono().route("/", apiOf(source)).onError((error) => {
    throw error instanceof HTTPException ? complain(run, error.message) : error;
  });
  return {
    async ask(path: string, query: Readonly<Record<string, string>>): Promise<unknown> {
      const words = Object.entries({ run, ...query }).filter(([, value]) => value !== undefined);
      const reply = await app.request(`/${path}?${new URLSearchParams(words)}`);
      const answer = (await reply.json()) as { readonly state?: string; readonly problem?: string };
      if (answer.state === "failed")
        throw complain(answer.problem === undefined ? run : "", answer.problem ?? "cannot be read");
      return answer;
    },
    async indexOf(name: string): Promise<Valued & Pick<RunIndex, "names">> {
      const found = await runs.state(resolve(context.cwd, name), FOREVER);
      if (found.state === "ready") return { ...found.run.index, column: found.run.column };
      throw found.state === "failed" ? complain("", found.problem) : complain(name, "cannot be read");
    },
    close: () => runs.close(),
  };
}
