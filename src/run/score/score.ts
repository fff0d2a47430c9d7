// Rows, manifest and reports of masks that were made elsewhere; no model is opened.

import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import {
  knownProtocol,
  orPackaged,
  prepareBenchmark,
  type ResolvedBenchmark,
  rowCheck,
  withPlugins,
} from "../../config/index.ts";
import { runDefaults } from "../../core/defaults.ts";
import { complain } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { hashOf } from "../../core/hash.ts";
import { nounOf, type Plan } from "../../core/plan.ts";
import { originOf } from "../../core/recorded.ts";
import type { Sample } from "../../core/types.ts";
import { inOrder, type TaskProtocol, type UnitJob } from "../../eval/index.ts";
import { openRunFolder, type RunFolder } from "../../store/run-folder.ts";
import { type Context, lockOptions, shownPath } from "../context.ts";
import { failureLimit } from "../failure-limit.ts";
import { endOfRun, type Opened, type Remarks, withHistory } from "../history.ts";
import { drawGallery } from "../report/gallery.ts";
import { writeReports } from "../report/reports.ts";
import type { RunResult } from "../run.ts";
import { manifestOf } from "../surroundings.ts";
import { FailureBudget, RunningMeans } from "../tallies.ts";
import { openJobs, timedWriter, unitJobs } from "../units.ts";
import { firstFew, unknownSamples, unknownTargets } from "./input.ts";
import { openScorer, type ScoredAs, type Scorer } from "./scorers.ts";

export interface ScoreOptions extends Remarks, ScoredAs {
  /** Name of the model in the rows. */
  readonly model?: string | undefined;
  readonly seed?: string | undefined;
  /** Run folder; default: reports/score-MODEL-BENCHMARK. */
  readonly out?: string | undefined;
  readonly root?: string | undefined;
  readonly data?: string | undefined;
  readonly limit?: number | undefined;
  readonly maxFailures?: number | string | undefined;
  /** Write masks.jsonl. */
  readonly saveMasks?: boolean | undefined;
  readonly fresh?: boolean | undefined;
}

interface Scoring {
  readonly plan: Plan;
  readonly out: string;
  readonly resolved: ResolvedBenchmark;
  readonly scorer: Scorer;
}

interface Counting extends Pick<TaskProtocol, "measures"> {
  readonly budget: FailureBudget;
}

/** Whoever leaves out what is hard scores higher: of masks made elsewhere half the rows are never few. */
const MOST_FAILED = 0.5;

/** Samples are read two at a time, so that one is scored while the next is decoded. */
const LANES = [0, 1];

/** Scores the masks of a folder or file against a benchmark; `name`: that of its card, or a path. */
export function score(
  name: string,
  path: string,
  { tag, note, ...options }: ScoreOptions,
  context: Context,
): Promise<RunResult> {
  const work = (opened: Opened) => scoreFile(name, path, options, context, opened);
  return withHistory("score", { tag, note }, context, work, endOfRun);
}

async function scoreFile(
  name: string,
  path: string,
  options: ScoreOptions,
  context: Context,
  opened: Opened,
): Promise<RunResult> {
  const limit = failureLimit(options.maxFailures);
  const scoring = await prepareScoring(name, path, options, context);
  const { plan, out, resolved, scorer } = scoring;
  const { tally, detections, protocol, clicks } = scorer;
  const unknownLines = unknownSamples(scorer, resolved);
  if (unknownLines.length > 0) context.onEvent({ type: "unknownNames", ...firstFew(unknownLines) });
  const { fresh = false, plugins = {} } = options;
  const known = withPlugins(plugins);
  const { measures } = knownProtocol(originOf(protocol), known)!;
  const check = rowCheck(known);
  const facts = {
    contract: "masks made elsewhere",
    ...{ predictions: scorer.name, scored: scorer.scored },
    ...given({ detections }),
  };
  const { name: model } = plan.models[0]!;
  const manifest = await manifestOf(
    { plan, planHash: hashOf(plan), drawn: resolved.drawn },
    { [model]: facts },
  );
  const jobs = unitJobs({ plan, benchmarks: [resolved.benchmark] });
  const units = jobs.map(({ unit }) => unit);
  const folder = await openRunFolder(out, manifest, {
    ...{ check, fresh, units, lock: lockOptions(context) },
    shown: (path) => shownPath(path, context),
  });
  const before = folder.finished.size;
  const of = nounOf(resolved.benchmark.kind);
  const progress = () => ({ finished: folder.finished.size, expected: folder.expected });
  opened(out, progress, [resolved.benchmark]);
  const budget = new FailureBudget(limit, 1, MOST_FAILED);
  try {
    for await (const row of folder.doneRows()) {
      budget.add([row]);
      tally?.add([row]);
    }
    const { news, inPart, expected } = folder;
    if (news.length > 0)
      context.onEvent({ type: "growing", dir: out, news, finished: before, inPart, expected, of });
    await scoreInto(folder, jobs, { ...scoring, measures, budget }, context);
  } finally {
    await folder.close();
  }
  const [finished, expected] = [folder.finished.size, folder.expected];
  const complete = finished === expected;
  const state = { dir: out, finished, expected, of, before, complete };
  if (!complete) return { ...state, interrupted: true, failures: [] };
  await drawGallery(
    {
      out,
      plan,
      clicks,
      benchmarks: [resolved.benchmark],
      metrics: resolved.metrics,
      protocols: [{ id: protocol, measures }],
    },
    check,
  );
  const report = await writeReports(out, { plugins }, context);
  for (const text of budget.allowed()) context.onEvent({ type: "note", text });
  const failures = [...budget.exceeded(), ...(tally?.end(context, limit) ?? [])];
  return { ...state, interrupted: false, report, failures };
}

async function scoreInto(
  folder: RunFolder,
  all: readonly UnitJob<Sample>[],
  { plan, resolved, scorer, measures, budget }: Scoring & Counting,
  { clock, signal, onEvent }: Context,
): Promise<void> {
  const { benchmark, metrics } = resolved;
  const jobs = openJobs(all, null, folder.finished);
  const means = new RunningMeans([{ id: scorer.protocol, measures }], metrics);
  const write = timedWriter(clock);
  const unknownTargetLines: string[] = [];
  onEvent({
    type: "started",
    groups: [
      {
        ...{ name: benchmark.name, total: folder.expected, done: folder.finished.size },
        of: nounOf(benchmark.kind),
      },
    ],
    number: means.number,
  });
  try {
    const results = inOrder(jobs, LANES, (job) => scorer.score(job, plan, clock), {
      ...{ ahead: 2 * LANES.length, stop: () => signal.aborted },
    });
    for await (const { unit, rows, masks, timing, unknown, problems, targets } of results) {
      await write(timing, (times) => folder.append(unit, rows, masks, times));
      budget.add(rows);
      means.add(rows);
      scorer.tally?.add(rows, problems);
      unknownTargetLines.push(...unknownTargets(benchmark, unit.sample, unknown, targets));
      onEvent({
        type: "advanced",
        group: unit.benchmark,
        value: means.value(unit.model, unit.benchmark),
      });
    }
  } finally {
    onEvent({ type: "ended" });
  }
  if (unknownTargetLines.length > 0) onEvent({ type: "unknownNames", ...firstFew(unknownTargetLines) });
}

/** Whatever is wrong with the whole is found before the first image is opened. */
async function prepareScoring(
  name: string,
  path: string,
  options: ScoreOptions,
  { cwd, env, onEvent }: Pick<Context, "cwd" | "env" | "onEvent">,
): Promise<Scoring> {
  const { root, data, limit, plugins = {} } = options;
  const request = { benchmark: name, root, data, limit, metrics: options.metrics, cwd, env };
  const file = orPackaged(resolve(cwd, path), { cwd });
  if (!existsSync(file))
    throw complain({ path: "predictions" }, "no such file or folder", {
      code: "not-found",
      expected: "a folder of PNGs, a JSON file or a run",
      got: JSON.stringify(path),
    });
  const resolved = await prepareBenchmark(request, plugins);
  for (const text of resolved.notes) onEvent({ type: "note", text });
  const benchmark = resolved.benchmark.name;
  const scorer = await openScorer(file, resolved, options, { cwd, onEvent });
  const { metrics = resolved.metrics } = scorer;
  const model = options.model ?? scorer.model ?? basename(path).replace(/\.jsonl?$/i, "");
  const { replay, points } = scorer.recorded;
  const plan: Plan = {
    name: `${model}-${benchmark}`,
    title: `${model}: masks made elsewhere`,
    seed: options.seed ?? scorer.recorded.seed ?? runDefaults.seed,
    ...given({ limit }),
    ...{ batch: runDefaults.batch, threads: runDefaults.threads, provider: runDefaults.provider },
    masks: options.saveMasks ?? runDefaults.saveMasks,
    protocols: [scorer.protocol],
    metrics: metrics.map((metric) => metric.name),
    models: [
      {
        name: model,
        card: {
          ...{ name: model, title: model, family: "external" },
          mask: { predictedIou: scorer.scored ? "iou" : "none" },
        },
        files: scorer.files,
      },
    ],
    benchmarks: [resolved.planned],
    ...given({ replay, points }),
  };
  const usual = join(runDefaults.reports, `score-${plan.name}`.replace(/[/\\]/g, "-"));
  return { plan, out: resolve(cwd, options.out ?? usual), resolved: { ...resolved, metrics }, scorer };
}
