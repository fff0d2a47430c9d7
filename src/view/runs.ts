// Open runs: their indexes, made once and again when they have grown; the columns and orders that were asked for last; samples of the data.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { given } from "../core/given.ts";
import { held } from "../core/held.ts";
import {
  type Context,
  compareRuns,
  comparisonSummary,
  type FindSample,
  judgementOf,
  openRunIndex,
  type Plugins,
  type Row,
  type RunIndex,
  readRun,
  readSummary,
  reasonOf,
  type Summary,
  sampleFinder,
  shownPath,
} from "../index.ts";
import { ordered, type Query, type ReadColumn } from "./query.ts";
import { type FoundSample, findSample, pictureOf, truthOf } from "./samples.ts";
import type { Compared, IndexState, Lacking, OpenRun, ShownTarget } from "./source.ts";

/** Runs whose columns are held; the one that was not asked for longest is closed. */
const OPEN_RUNS = 2;
/** Of values and of orders, each run's. */
const HELD = 6;
/** Up to this size the rows are summarised when there is no summary of them. */
const SUMMARISED_BYTES = 64 * 2 ** 20;

/** A run that was asked for: how far its index is, and the index once it is there. */
interface Entry {
  state: IndexState;
  work: Promise<void>;
  index?: RunIndex;
}

export interface RunsOptions {
  readonly plugins?: Plugins;
  /** Where the benchmarks' data are looked for first, before where each run found them and where runs look. */
  readonly data?: string | undefined;
  /** Whether data are looked for where run folders say, and about the working folder; default: they are. */
  readonly trusting?: boolean;
}

export function openRuns({ plugins = {}, data, trusting = true }: RunsOptions, context: Context) {
  const runs = new Map<string, Entry>();
  const plans = held(16, async (key: string) => {
    const [dir] = JSON.parse(key) as [string];
    return (await readRun(dir, context)).manifest.plan;
  });
  /** A run that grows, or comes in the place of another one, gets another one. */
  const planKey = async (dir: string) =>
    JSON.stringify([dir, (await stat(join(dir, "manifest.json"))).mtimeMs]);
  const plan = async (dir: string) => plans(await planKey(dir));
  const find: FindSample = sampleFinder(data, context, { trusting });
  const samples = held(3, async (key: string) => {
    const [of, benchmark, sample] = JSON.parse(key) as [string, string, string];
    const [dir] = JSON.parse(of) as [string];
    const shown = trusting ? (folder: string) => shownPath(folder, context) : undefined;
    return { sample: await findSample(find, { dir, plan: await plans(of) }, { benchmark, sample }, shown) };
  });
  const summaries = held(8, async (key: string) => {
    const [dir] = JSON.parse(key) as [string];
    return readSummary(dir, context, plugins);
  });

  const comparisons = held(8, (key: string) => {
    const [words] = JSON.parse(key) as [string[]];
    return compareRuns(words, { plugins }, context);
  });

  /** What is missing is not held: it may come. */
  const sample = async (dir: string, { benchmark, sample }: Pick<Row, "benchmark" | "sample">) =>
    samples(JSON.stringify([await planKey(dir), benchmark, sample])).catch(
      (error: unknown): FoundSample => ({ missing: reasonOf(error) }),
    );
  const openedRun = (dir: string, index: RunIndex): OpenRun => {
    const names = held(Object.keys(index.names).length, (name) => index.column(name));
    const values = held(HELD, (name) => index.column(name));
    const column: ReadColumn = (name) => (Object.hasOwn(index.names, name) ? names : values)(name);
    const orders = held(HELD, (query) => ordered(index, column, JSON.parse(query) as Query));
    return {
      ...{ index, column, order: (query) => orders(JSON.stringify(query)) },
      async target(place): Promise<ShownTarget> {
        const row = await index.row(place);
        const { masks: kept } = await plan(dir);
        const masks = kept && row.status === "ok" ? await index.masks(place) : [];
        const without = kept ? "The run folder holds no mask of this target." : "The run kept no masks.";
        const judged = row.status === "ok" ? judgementOf(row) : undefined;
        const isEmpty = judged?.answer.length === 0;
        const lacks = row.status === "ok" && masks.length === 0 && !(kept && isEmpty);
        return {
          ...{ row, masks, values: await index.values(place) },
          ...given({ judged, withoutMasks: lacks ? without : undefined }),
        };
      },
      async truth(place, frame) {
        const row = await index.row(place);
        return truthOf(await sample(dir, row), row, frame);
      },
      async picture(place, frame) {
        return pictureOf(await sample(dir, await index.row(place)), frame);
      },
    };
  };

  const begin = (dir: string) => {
    const entry: Entry = { state: { state: "making", done: 0, total: 0 }, work: Promise.resolve() };
    const onProgress = (done: number, total: number) => {
      entry.state = { state: "making", done, total };
    };
    entry.work = openRunIndex(dir, { plugins, onProgress }, context).then(
      (index) => {
        entry.index = index;
        entry.state = { state: "ready", run: openedRun(dir, index) };
      },
      (error: unknown) => {
        entry.state = { state: "failed", problem: reasonOf(error) };
      },
    );
    runs.set(dir, entry);
    return entry;
  };
  /** Requests that are being answered. */
  const underWay = new Set<Promise<unknown>>();
  /** Indexes that are being closed. */
  const closing = new Set<Promise<unknown>>();
  /** Shows an index no more; it is closed when all requests have ended that may be at it. */
  const retire = (dir: string) => {
    const entry = runs.get(dir);
    runs.delete(dir);
    if (entry === undefined) return;
    const closed = entry.work
      .then(() => Promise.allSettled(underWay))
      .then(() => entry.index?.close())
      .finally(() => closing.delete(closed));
    closing.add(closed);
  };

  return {
    /** Answers a request: what it looks at stays open until it ends. */
    async during<T>(work: () => Promise<T>): Promise<T> {
      const answer = work();
      underWay.add(answer);
      try {
        return await answer;
      } finally {
        underWay.delete(answer);
      }
    },
    /** How far a run's index is; asking begins it. Waits for it so many milliseconds. */
    async state(dir: string, wait: number): Promise<IndexState> {
      let entry = runs.get(dir);
      const stale = entry?.index !== undefined && (await entry.index.isStale().catch(() => true));
      // What failed is tried again each time: it may have been put right.
      if (entry === undefined || stale || entry.state.state === "failed") {
        if (stale && runs.get(dir) === entry) retire(dir);
        entry = runs.get(dir) ?? begin(dir);
      } else {
        runs.delete(dir);
        runs.set(dir, entry);
      }
      // One that is still being made is not given up: it would be begun again beside itself.
      const open = [...runs].flatMap(([other, { index }]) => (index === undefined ? [] : [other]));
      for (const other of open.slice(0, -OPEN_RUNS)) if (other !== dir) retire(other);
      await Promise.race([entry.work, new Promise((resolve) => setTimeout(resolve, wait).unref())]);
      return entry.state;
    },
    plan,
    /** Its summary, made of the rows where these are few. */
    async summary(dir: string): Promise<Summary | Lacking> {
      const { size, mtimeMs } = await stat(join(dir, "rows.jsonl"));
      if (size > SUMMARISED_BYTES)
        return {
          problem:
            "There is no summary.json of these rows, and they are too many to be summarised here: `segbench report` writes it.",
        };
      return summaries(JSON.stringify([dir, size, mtimeMs]));
    },
    /** Of two models of runs: the first is the base. */
    async compare(
      sides: readonly { readonly dir: string; readonly model: string }[],
    ): Promise<Compared | Lacking> {
      const rows = await Promise.all(sides.map(({ dir }) => stat(join(dir, "rows.jsonl"))));
      if (rows.some(({ size }) => size > SUMMARISED_BYTES))
        return { problem: "These are too many rows to be compared here: `segbench compare` does it." };
      const words = sides.map(({ dir, model }) => `${dir}:${model}`);
      const key = JSON.stringify([words, rows.map(({ size, mtimeMs }) => [size, mtimeMs])]);
      const comparison = await comparisons(key);
      const { protocols, benchmarks, pairs } = comparison;
      const { groups, cells, mostChanged, differences, sameFiles = false } = pairs[0]!;
      const summary = comparisonSummary(comparison, pairs[0]!);
      return {
        ...{ protocols, benchmarks, groups, cells, mostChanged, differences, sameFiles },
        ...(summary === undefined ? {} : { summary }),
      };
    },
    sample,
    async close() {
      for (const dir of [...runs.keys()]) retire(dir);
      await Promise.all(closing);
    },
  };
}
