// A measure over runs: what all runs of the list that have a model, a benchmark and a protocol say of these.
import { Hono } from "hono";
import { validator } from "hono/validator";
import type { Estimate, MeasureNote } from "../index.ts";
import type { Source } from "./source.ts";

/** A run's numbers of what was asked for. */
export interface TrendPoint {
  readonly run: string;
  /** By the id of their measures. */
  readonly measures: Readonly<Record<string, Estimate>>;
  /** Benchmarks that they are the mean of; absent of a single one. */
  readonly benchmarks?: number;
}

export interface Trend {
  /** Of all these runs, the newest protocol's words first. */
  readonly notes: readonly MeasureNote[];
  readonly points: readonly TrendPoint[];
  /** Runs that have it by their plan, and why there is no number of them. */
  readonly without: readonly { readonly run: string; readonly why: string }[];
}

/** `benchmark`: "" for the mean over those that a run has. */
const ofTrend = validator("query", ({ model, benchmark, protocol }) => ({
  ...{ model: wordOf(model), benchmark: wordOf(benchmark), protocol: wordOf(protocol) },
}));

function wordOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function trendRoute(source: Source) {
  return new Hono().get("/trend", ofTrend, async (c) => {
    const { model, benchmark, protocol } = c.req.valid("query");
    const notes = new Map<string, MeasureNote>();
    const points: TrendPoint[] = [];
    const without: { run: string; why: string }[] = [];
    for (const { name, models = [], benchmarks = [], protocols = [] } of await source.list()) {
      const has = (list: readonly { readonly name: string }[], wanted: string) =>
        list.some((one) => one.name === wanted);
      if (!has(models, model) || !protocols.includes(protocol)) continue;
      if (benchmark !== "" && !has(benchmarks, benchmark)) continue;
      const board = await (await source.find(name))?.board(true);
      if (board === undefined || "problem" in board) {
        without.push({ run: name, why: board?.problem ?? "It is not there any more." });
        continue;
      }
      const { suites, cells } = board;
      const of = (one: { readonly model: string; readonly protocol: string }) =>
        one.model === model && one.protocol === protocol;
      const suite = benchmark === "" ? suites.find(of) : undefined;
      const cell = cells.find((one) => of(one) && one.benchmark === benchmark);
      const found = suite ?? cell;
      if (found === undefined) {
        without.push({ run: name, why: "Nothing of this was scored." });
        continue;
      }
      for (const note of board.protocols.find(({ id }) => id === protocol)?.measures ?? [])
        if (!notes.has(note.id)) notes.set(note.id, note);
      const { measures } = found;
      points.push({
        ...{ run: name, measures },
        ...(suite === undefined ? {} : { benchmarks: suite.benchmarks }),
      });
    }
    return c.json<Trend>({ notes: [...notes.values()], points, without });
  });
}
