// A run: everything is prepared and checked, models are opened, what is left is evaluated, and the reports are written.
import { Readable } from "node:stream";
import { type PreparedRun, planRequest, preparePlan, type RunRequest, withPlugins } from "../config/index.ts";
import { complain, type Problem, reasonOf } from "../core/errors.ts";
import type { Invariant } from "../core/measure.ts";
import { nounOf, type Plan, type Shard } from "../core/plan.ts";
import type { Summary } from "../core/results.ts";
import type { MaskRow, Row } from "../core/rows.ts";
import type { Sample } from "../core/types.ts";
import { summarize } from "../stats/summarize.ts";
import { refuseOtherRun } from "../store/continue.ts";
import { unitProblem } from "../store/row-problems.ts";
import { openRunFolder, type RunFolder } from "../store/run-folder.ts";
import { type Context, lockOptions, shownPath, stepsOf } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { endOfRun, type Opened, type Remarks, withHistory } from "./history.ts";
import { closeAll, factsOf, makeCacheFolder, openModels } from "./open-models.ts";
import { summaryFacts, withPublished } from "./read.ts";
import { drawGallery } from "./report/gallery.ts";
import { type Reported, writeReports } from "./report/reports.ts";
import { type Attempts, unwatched } from "./supervised.ts";
import { manifestOf } from "./surroundings.ts";
import { expectedTime, openJobs, unitJobs, usualClicks, workersFor } from "./units.ts";
import { openRunIndex } from "./view/run-index.ts";

export interface RunOptions extends Remarks {
  /** The part to do, by sample; default: all. */
  readonly shard?: Shard | null | undefined;
  /** Replace what the run folder holds; otherwise a run goes on where it stopped. */
  readonly fresh?: boolean | undefined;
  /** `false`: write only summary.json of the report; `report` writes the pages and tables later. */
  readonly pages?: boolean | undefined;
  /** Trace the first worker of each model. */
  readonly profile?: boolean | undefined;
  /** Wait for the disk after every image; default: where other machines see the run folder. */
  readonly durable?: boolean | undefined;
  /** Take the run folder from the process that holds it. */
  readonly takeOver?: boolean | undefined;
  /** Milliseconds after which no further image is begun. */
  readonly stopAfter?: number | undefined;
  /** How samples are tried that crashed an earlier process. */
  readonly attempts?: Attempts | undefined;
}

export interface RunResult {
  /** The run folder, absolute. */
  readonly dir: string;
  /** Units (a model on a sample) in the folder, and those that this shard, or the whole run, has. */
  readonly finished: number;
  readonly expected: number;
  /** What a unit evaluates; default: an image. */
  readonly of?: Sample["kind"];
  /** Units that were there before. */
  readonly before: number;
  readonly complete: boolean;
  /** It was stopped before the end; there is no report. The same call continues. */
  readonly interrupted: boolean;
  /** It was stopped by `stopAfter`. */
  readonly timeOver?: boolean;
  readonly report?: Reported;
  /** One for each model and benchmark with more failures than allowed. */
  readonly failures: readonly Problem[];
}

/** Evaluates a request into a run folder. Rejects with a SegbenchError that lists all problems of the request. */
export async function run(request: RunRequest & RunOptions, context: Context): Promise<RunResult> {
  const { shard, fresh, pages, profile, durable, takeOver, stopAfter, attempts, tag, note, ...planned } =
    request;
  const { cwd, env, clock } = context;
  const start = clock();
  const work = async (opened: Opened) => {
    const prepared = await preparePlan({ ...planRequest(planned), cwd, env, onStep: stepsOf(context) });
    for (const text of prepared.notes) context.onEvent({ type: "note", text });
    const rest = stopAfter === undefined ? undefined : stopAfter - (clock() - start);
    const options = { shard, fresh, pages, profile, durable, takeOver, stopAfter: rest, attempts };
    return runPrepared(prepared, options, context, opened);
  };
  return withHistory("run", { tag, note }, context, work, endOfRun);
}

/** The outcome of a run that wrote nothing. */
export interface Evaluated {
  readonly summary: Summary;
  readonly rows: readonly Row[];
  /** The masks that counted at reported steps, unless the request says `saveMasks: false`. */
  readonly masks: readonly MaskRow[];
  /** It was stopped before the end. */
  readonly interrupted: boolean;
  /** One for each model and benchmark with more failures than allowed. */
  readonly failures: readonly Problem[];
}

/** Evaluates a request and keeps everything in memory: no file is written. */
export async function evaluateInMemory(request: RunRequest, context: Context): Promise<Evaluated> {
  const { cwd, env } = context;
  const prepared = await preparePlan({ ...planRequest(request), cwd, env });
  for (const text of prepared.notes) context.onEvent({ type: "note", text });
  const { plan, benchmarks, check, plugins } = prepared;
  const opened = await openModels(prepared, false, unwatched);
  try {
    const units = plan.models.length * benchmarks.reduce((sum, { refs }) => sum + refs.length, 0);
    const folder = memoryFolder(units, { plan, check });
    const manifest = await manifestOf(prepared, factsOf(opened));
    const rest = { shard: null, attempts: unwatched, opened };
    const jobs = unitJobs(prepared);
    const failed = await evaluate({ run: prepared, folder, jobs, ...rest, context });
    const failures = [...prepared.failed, ...failed];
    const complete = folder.finished.size === units;
    const facts = summaryFacts(manifest, complete, withPlugins(plugins));
    const summary = await withPublished(
      await summarize(Readable.from(folder.rows), facts),
      manifest,
      context,
    );
    const { rows, masks } = folder;
    const interrupted = context.signal.aborted && !complete;
    return { summary, rows, masks, interrupted, failures };
  } finally {
    await closeAll([...opened.values()].flat());
  }
}

/** In place of a run folder. */
function memoryFolder(
  expected: number,
  about: { readonly plan: Pick<Plan, "masks" | "metrics" | "protocols">; readonly check: Invariant },
) {
  const finished = new Set<number>();
  const rows: Row[] = [];
  const masks: MaskRow[] = [];
  const folder: RunFolder = {
    ...{ dir: "", finished, expected, news: [], inPart: 0 },
    protocolsLeft: () => about.plan.protocols,
    async *doneRows() {},
    async append(unit, more, moreMasks) {
      const problem = unitProblem(unit, more, moreMasks, about);
      if (problem !== undefined) throw complain(`${unit.benchmark}, sample ${unit.sample}`, problem);
      rows.push(...more);
      masks.push(...moreMasks);
      finished.add(unit.index);
    },
    appendText: () => Promise.reject(new Error("only run folders are merged")),
    close: async () => undefined,
  };
  return { ...folder, finished, rows, masks };
}

/** The same of a run that is prepared. */
export async function runPrepared(
  prepared: PreparedRun,
  { shard = null, fresh = false, pages = true, profile = false, ...options }: RunOptions,
  context: Context,
  opened: Opened,
): Promise<RunResult> {
  const { durable, takeOver, stopAfter = Number.POSITIVE_INFINITY, attempts = unwatched } = options;
  const until = context.clock() + stopAfter - attempts.spent;
  const { out: dir, cache } = prepared;
  const wording = { usual: usualClicks(prepared), shown: (path: string) => shownPath(path, context) };
  // What an earlier process of this command wrote is not thrown away, nor is a folder taken twice.
  const again = attempts.again;
  if (!fresh || again) await refuseOtherRun(dir, { plan: prepared.plan, shard }, wording);
  if (cache !== undefined) await makeCacheFolder(cache.dir);
  const sessions = await openModels(prepared, profile, attempts, stepsOf(context));
  try {
    const jobs = unitJobs(prepared);
    const folder = await openRunFolder(dir, await manifestOf(prepared, factsOf(sessions), shard), {
      units: jobs.map(({ unit }) => unit),
      ...wording,
      check: prepared.check,
      fresh: fresh && !again,
      lock: lockOptions(context, takeOver === undefined ? takeOver : takeOver && !again),
      durable,
    });
    const before = folder.finished.size;
    const { expected } = folder;
    opened(dir, () => ({ finished: folder.finished.size, expected }), prepared.benchmarks);
    let failures: readonly Problem[] = [];
    try {
      tellStart(folder, prepared, context);
      if (!again && before < expected) {
        const left = openJobs(jobs, shard, folder.finished);
        const about = { opened: sessions, workers: workersFor(prepared), started: attempts.started };
        const time = await expectedTime(prepared, left, about, context);
        if (time !== undefined) context.onEvent({ type: "expected", ...time });
      }
      const rest = { shard, attempts, opened: sessions, until, context };
      failures = await evaluate({ run: prepared, folder, jobs, ...rest });
    } finally {
      await folder.close();
    }
    return await resultOf({ folder, prepared, before, failures, pages }, context);
  } finally {
    await closeAll([...sessions.values()].flat());
  }
}

/** Says that a folder has units already, or gets new ones. */
export function tellStart(
  { dir, finished, inPart, expected, news }: RunFolder,
  { task }: Pick<PreparedRun, "task">,
  { onEvent }: Pick<Context, "onEvent">,
): void {
  const state = { dir, finished: finished.size, inPart, expected, of: nounOf(task.kind) };
  if (news.length > 0) onEvent({ type: "growing", ...state, news });
  else if (finished.size + inPart > 0 && finished.size < expected) onEvent({ type: "continuing", ...state });
}

interface Ended {
  readonly folder: RunFolder;
  readonly prepared: PreparedRun;
  /** Units that were there at first. */
  readonly before: number;
  readonly failures: readonly Problem[];
  readonly pages: boolean;
}

/** What came of a folder that is closed; with its report where it is complete. */
export async function resultOf(
  { folder: { dir, finished, expected }, prepared, before, failures: own, pages }: Ended,
  context: Context,
): Promise<RunResult> {
  const complete = finished.size === expected;
  const state = { dir, finished: finished.size, expected, of: nounOf(prepared.task.kind), before, complete };
  const failures = [...prepared.failed, ...own];
  if (!complete) return { ...state, interrupted: true, timeOver: !context.signal.aborted, failures };
  return { ...state, interrupted: false, report: await finishRun(prepared, pages, context), failures };
}

/** What is made of a run when all its units are there. */
async function finishRun(prepared: PreparedRun, pages: boolean, context: Context): Promise<Reported> {
  const step = stepsOf(context);
  step({ what: "pictures" });
  await drawGallery({ ...prepared, onSample: (name) => step({ what: "pictures", name }) }, prepared.check);
  const { out, plugins } = prepared;
  const report = await writeReports(out, { pages, plugins }, context);
  context.onEvent({ type: "times", times: report.input.times ?? [] });
  // For whoever looks through the rows; without it, it is made then.
  await openRunIndex(out, { plugins }, context).then(
    (index) => index.close(),
    (error: unknown) =>
      context.onEvent({ type: "note", text: `there is no index of the rows: ${reasonOf(error)}` }),
  );
  return report;
}
