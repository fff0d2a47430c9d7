// Rows, manifest and reports of masks that were made elsewhere; no model is opened.

import { basename, join, resolve } from "node:path";
import {
  knownProtocol,
  oneOf,
  type Plugins,
  prepareBenchmark,
  type ResolvedBenchmark,
  rowCheck,
  withPlugins,
} from "../config/index.ts";
import { imagesOf } from "../config/kinds.ts";
import { runDefaults } from "../core/defaults.ts";
import { complain } from "../core/errors.ts";
import { given } from "../core/given.ts";
import { hashOf } from "../core/hash.ts";
import type { Plan } from "../core/plan.ts";
import type { PredictedTargets } from "../core/predictions.ts";
import { originOf } from "../core/recorded.ts";
import {
  type DeclaredProtocol,
  inOrder,
  matchBestProtocol,
  type ScoringSettings,
  scoreImage,
  type TaskProtocol,
  type UnitJob,
} from "../eval/index.ts";
import { openRunFolder, type RunFolder } from "../store/run-folder.ts";
import { type Context, lockOptions, shownPath } from "./context.ts";
import { failureLimit } from "./failure-limit.ts";
import { drawGallery } from "./gallery.ts";
import { endOfRun, type Opened, type Remarks, withHistory } from "./history.ts";
import { loadRecorded, openRecorded } from "./recorded.ts";
import { writeReports } from "./reports.ts";
import type { RunResult } from "./run.ts";
import { type Matched, MatchTally, readMatched } from "./score-detections.ts";
import {
  declaredProtocol,
  firstFew,
  readNamed,
  replayedProtocol,
  unknownImages,
  unknownTargets,
} from "./score-input.ts";
import { manifestOf } from "./surroundings.ts";
import { FailureBudget, RunningMeans } from "./tallies.ts";
import { openJobs, timedWriter, unitJobs } from "./units.ts";

export interface ScoreOptions extends Remarks {
  /** Name of the model in the rows. */
  readonly model?: string | undefined;
  /** Take this model's masks from a file that holds several. */
  readonly from?: string | undefined;
  readonly protocol?: string | undefined;
  /** COCO results name no targets: "best" gives each the best-scored detection with IoU >= 0.5. */
  readonly match?: string | undefined;
  /** Run, RUN:MODEL or file of prompts that the masks answer. */
  readonly prompts?: string | undefined;
  readonly metrics?: readonly string[] | undefined;
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
  /** Custom protocols and metrics that `protocol`, `metrics` or the prompts name. */
  readonly plugins?: Plugins | undefined;
}

interface Scoring {
  readonly plan: Plan;
  readonly out: string;
  readonly resolved: ResolvedBenchmark;
  readonly predictions: PredictedTargets;
  /** The same, where they are detections. */
  readonly matched?: Matched | undefined;
  readonly declared: DeclaredProtocol;
}

interface Counting extends Pick<TaskProtocol, "measures"> {
  readonly budget: FailureBudget;
  readonly tally?: MatchTally | undefined;
}

/** Images are read two at a time, so that one is scored while the next is decoded. */
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
  const { plan, out, resolved, predictions, matched, declared } = scoring;
  const unknownLines = unknownImages(predictions, resolved);
  if (unknownLines.length > 0) context.onEvent({ type: "unknownNames", ...firstFew(unknownLines) });
  const { fresh = false, plugins = {} } = options;
  const known = withPlugins(plugins);
  const { measures } = knownProtocol(originOf(declared.id), known)!;
  const check = rowCheck(known);
  const facts = {
    contract: "masks made elsewhere",
    ...{ predictions: predictions.name, scored: predictions.scored },
    ...(matched && {
      detections: { entries: matched.entries, leftOut: matched.leftOut, elsewhere: matched.elsewhere },
    }),
  };
  const { name: model } = plan.models[0]!;
  const manifest = await manifestOf(
    { plan, planHash: hashOf(plan), drawn: resolved.drawn },
    { [model]: facts },
  );
  const { benchmark } = resolved;
  const jobs = unitJobs(plan, new Map([[benchmark.name, imagesOf(benchmark, "score")]]));
  const units = jobs.map(({ unit }) => unit);
  const folder = await openRunFolder(out, manifest, {
    ...{ check, fresh, units, lock: lockOptions(context) },
    shown: (path) => shownPath(path, context),
  });
  const before = folder.finished.size;
  opened(out, () => ({ finished: folder.finished.size, expected: folder.expected }));
  const budget = new FailureBudget(limit, 1);
  const tally = matched && new MatchTally(matched);
  try {
    for await (const row of folder.doneRows()) {
      budget.add([row]);
      tally?.add([row]);
    }
    const { news, inPart, expected } = folder;
    if (news.length > 0)
      context.onEvent({ type: "growing", dir: out, news, finished: before, inPart, expected });
    await scoreInto(folder, jobs, { ...scoring, measures, budget, tally }, context);
  } finally {
    await folder.close();
  }
  const [finished, expected] = [folder.finished.size, folder.expected];
  const complete = finished === expected;
  const state = { dir: out, finished, expected, before, complete };
  if (!complete) return { ...state, interrupted: true, failures: [] };
  const clicks = predictions.steps.map((step) => step.clicks ?? declared.firstClicks);
  await drawGallery(
    {
      out,
      plan,
      clicks,
      benchmarks: [resolved.benchmark],
      metrics: resolved.metrics,
      protocols: [{ id: declared.id, measures }],
    },
    check,
  );
  const report = await writeReports(out, { plugins }, context);
  const failures = [...budget.exceeded(), ...(tally?.end(context, limit) ?? [])];
  return { ...state, interrupted: false, report, failures };
}

async function scoreInto(
  folder: RunFolder,
  all: readonly UnitJob[],
  { plan, resolved, predictions, declared, measures, budget, tally }: Scoring & Counting,
  { clock, signal, onEvent }: Context,
): Promise<void> {
  const { benchmark, metrics } = resolved;
  const jobs = openJobs(all, null, folder.finished);
  const means = new RunningMeans([{ id: declared.id, measures }], metrics);
  const settings: ScoringSettings = {
    ...{ predictions, metrics, seed: plan.seed, masks: plan.masks, clock },
    protocols: [declared],
  };
  const write = timedWriter(clock);
  const unknownTargetLines: string[] = [];
  onEvent({
    type: "started",
    groups: [{ name: benchmark.name, total: folder.expected, done: folder.finished.size }],
    number: means.number,
  });
  try {
    const results = inOrder(jobs, LANES, (job) => scoreImage(job, settings), {
      ...{ ahead: 2 * LANES.length, stop: () => signal.aborted },
    });
    for await (const { unit, rows, masks, timing, unknown, problems, targets } of results) {
      await write(timing, (times) => folder.append(unit, rows, masks, times));
      budget.add(rows);
      means.add(rows);
      tally?.add(rows, problems);
      unknownTargetLines.push(...unknownTargets(unit.sample, unknown, targets));
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
  const { root, data, limit, from, protocol, match, prompts, metrics, plugins = {} } = options;
  const request = { benchmark: name, root, data, limit, metrics, cwd, env };
  const resolved = await prepareBenchmark(request, plugins);
  const benchmark = resolved.benchmark.name;
  const file = resolve(cwd, path);
  const matched =
    match === undefined
      ? undefined
      : await readMatched(file, match, { protocol, prompts, from }, resolved, { onEvent });
  const named =
    matched === undefined ? await readNamed(file, resolved, given({ model: from, protocol })) : undefined;
  const predictions = matched ?? named!;
  const answered = await answeredPrompts(options, { cwd });
  const claimed = matched === undefined ? (protocol ?? named?.protocols?.[0]) : matchBestProtocol.id;
  const declared = answered?.declared ?? declaredProtocol(claimed, withPlugins(plugins));
  const model = options.model ?? named?.models?.[0] ?? basename(path).replace(/\.jsonl?$/i, "");
  const plan: Plan = {
    name: `${model}-${benchmark}`,
    title: `${model}: masks made elsewhere`,
    seed: options.seed ?? answered?.seed ?? runDefaults.seed,
    ...given({ limit }),
    ...{ batch: runDefaults.batch, threads: runDefaults.threads, provider: runDefaults.provider },
    masks: options.saveMasks ?? runDefaults.saveMasks,
    protocols: [declared.id],
    metrics: resolved.metrics.map((metric) => metric.name),
    models: [
      {
        name: model,
        card: {
          ...{ name: model, title: model, family: "external" },
          mask: { predictedIou: named?.scored === true ? "iou" : "none" },
        },
        files: predictions.files,
      },
    ],
    benchmarks: [resolved.planned],
    ...given({ replay: answered?.replay, points: answered?.points }),
  };
  const usual = join(runDefaults.reports, `score-${plan.name}`.replace(/[/\\]/g, "-"));
  return { plan, out: resolve(cwd, options.out ?? usual), resolved, predictions, matched, declared };
}

/** With `prompts`: masks that answer a record are a replay of it. */
async function answeredPrompts(
  { prompts, protocol, plugins = {} }: ScoreOptions,
  context: Pick<Context, "cwd">,
) {
  if (prompts === undefined) return undefined;
  const recorded = await openRecorded(prompts, context, plugins);
  const { head } = recorded;
  const { find, hash } = await loadRecorded(recorded);
  const id =
    protocol === undefined && head.protocols.length === 1 ? head.protocols[0]! : originOf(protocol ?? "");
  if (!head.protocols.includes(id))
    throw complain({
      where: { path: "protocol" },
      what: "is not what the prompts hold",
      expected: oneOf(head.protocols),
      got: protocol ?? "nothing",
    });
  const replay = { run: head.run, plan: head.plan, model: head.model, prompts: hash };
  return {
    declared: replayedProtocol(id, find, withPlugins(plugins)),
    seed: head.seed,
    points: head.points,
    replay,
  };
}
