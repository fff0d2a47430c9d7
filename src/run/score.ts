import { basename, join, relative, resolve } from "node:path";
import { type ExitCode, exitCodes } from "../cli/exit.ts";
import { onInterrupt } from "../cli/interrupt.ts";
import { showProgress } from "../cli/progress.ts";
import { oneOf, type PreparedSet, prepareBenchmark } from "../config/index.ts";
import { runDefaults } from "../core/defaults.ts";
import { complain } from "../core/errors.ts";
import { hashOf } from "../core/hash.ts";
import type { Manifest, Plan } from "../core/plan.ts";
import { originOf } from "../core/replay.ts";
import { inOrder, type ScoringSettings, scoreImage } from "../eval/index.ts";
import { type PredictionFile, readPredictions } from "../formats/predictions.ts";
import { openRunFolder } from "../store/run-folder.ts";
import { type Declared, declaredProtocol, replayedProtocol } from "./declared-protocol.ts";
import { FailureBudget } from "./failure-budget.ts";
import { drawGallery } from "./gallery.ts";
import { loadRecorded, openRecorded } from "./recorded.ts";
import { writeReports } from "./reports.ts";
import { RunningMeans } from "./running-means.ts";
import { hardware, software } from "./surroundings.ts";
import { timedWriter } from "./unit-times.ts";
import { openJobs, unitJobs } from "./units.ts";
import { unknownImages, unknownTargets } from "./unknown-ids.ts";

export interface ScoreOptions {
  readonly model?: string;
  readonly from?: string;
  readonly protocol?: string;
  /** Run, RUN:MODEL or file of prompts that the masks answer. */
  readonly prompts?: string;
  readonly seed?: string;
  readonly out?: string;
  readonly root?: string;
  readonly data?: string;
  readonly limit?: number;
  readonly maxFailures?: number;
  readonly masks: boolean;
  readonly fresh: boolean;
  readonly json: boolean;
}

interface Scoring {
  readonly plan: Plan;
  readonly out: string;
  readonly set: PreparedSet;
  readonly predictions: PredictionFile;
  readonly declared: Declared;
}

/** Images are read two at a time, so that one is scored while the next is decoded. */
const LANES = [0, 1];

/** `segbench score`: rows, manifest and reports of masks that were made elsewhere. */
export async function scoreVerb(name: string, path: string, options: ScoreOptions): Promise<ExitCode> {
  const scoring = await prepareScoring(name, path, options);
  const { plan, out, set, predictions, declared } = scoring;
  const shown = relative(process.cwd(), out) || ".";
  for (const line of unknownImages(predictions, set)) say(line);
  const folder = await openRunFolder(out, manifestOf(scoring), { fresh: options.fresh });
  const interrupt = onInterrupt(() =>
    say("stopping after the images in flight; press again to stop at once"),
  );
  const before = folder.finished.size;
  const budget = new FailureBudget(options.maxFailures ?? runDefaults.maxFailures, new Map(), 1);
  const refs = new Map([[set.benchmark.name, set.benchmark.refs]]);
  const jobs = openJobs(unitJobs(plan, refs), null, folder.finished);
  const means = new RunningMeans(declared.id);
  const clock = clockFromNow();
  const progress = showProgress([{ name: set.benchmark.name, total: folder.expected, done: before }], clock);
  const settings: ScoringSettings = {
    ...{ predictions, metrics: set.metrics, seed: plan.seed, masks: plan.masks, clock },
    protocols: [declared],
  };
  const write = timedWriter(clock);
  const strangers: string[] = [];
  try {
    const results = inOrder(jobs, LANES, (job) => scoreImage(job, settings), {
      ...{ ahead: 2 * LANES.length, stop: interrupt.asked },
    });
    for await (const { unit, rows, masks, timing, unknown, targets } of results) {
      await write(timing, (times) => folder.append(unit, rows, masks, times));
      budget.add(rows);
      means.add(rows);
      strangers.push(...unknownTargets(unit.image, unknown, targets));
      progress.advance(unit.benchmark, means.mean(unit.model, unit.benchmark));
    }
  } finally {
    progress.stop();
    interrupt.stop();
    await folder.close();
  }
  for (const line of some(strangers, "names of targets")) say(line);
  const complete = folder.finished.size === folder.expected;
  if (!complete) {
    say(
      `stopped: ${folder.finished.size} of ${folder.expected} images are in ${shown}; the same command continues`,
    );
    return exitCodes.interrupted;
  }
  if (before === folder.expected) say(`${shown} is complete: nothing to do (--fresh starts again)`);
  const reported = [...new Set(predictions.rounds.map(({ clicks }) => clicks ?? declared.firstClicks))];
  await drawGallery({ out, plan, benchmarks: [set.benchmark], protocols: [{ id: declared.id, reported }] });
  await writeReports(out, { print: !options.json });
  const trouble = budget.exceeded(plan.models[0]!.name, set.benchmark.name, true);
  if (trouble !== undefined)
    throw complain({
      code: "too-many-failures",
      where: "",
      what: trouble.replace("(maxFailures)", "(--max-failures)"),
    });
  if (options.json) process.stdout.write(`${JSON.stringify({ out, complete })}\n`);
  else process.stdout.write(`\nreport: ${relative(process.cwd(), join(out, "report.html"))}\n`);
  return exitCodes.fine;
}

/** Everything that can be wrong as a whole is found before the first image is opened. */
async function prepareScoring(name: string, path: string, options: ScoreOptions): Promise<Scoring> {
  const { root, data, limit } = options;
  const set = await prepareBenchmark({
    ...{ benchmark: name, root, data, limit },
    ...{ cwd: process.cwd(), env: process.env },
  });
  const { from, protocol } = options;
  const predictions = await readPredictions(path, {
    benchmark: set.benchmark.name,
    ...(from === undefined ? {} : { model: from }),
    ...(protocol === undefined ? {} : { protocol }),
  });
  checkChoice(predictions, set.benchmark.name);
  const answered = await answeredPrompts(options);
  const declared = answered?.declared ?? declaredProtocol(protocol ?? predictions.protocols?.[0]);
  const model = options.model ?? predictions.models?.[0] ?? basename(path).replace(/\.jsonl?$/i, "");
  const plan: Plan = {
    name: `${model}-${set.benchmark.name}`,
    title: `${model}: masks made elsewhere`,
    seed: options.seed ?? answered?.seed ?? runDefaults.seed,
    ...(limit === undefined ? {} : { limit }),
    ...{ batch: runDefaults.batch, threads: runDefaults.threads, provider: runDefaults.provider },
    masks: options.masks,
    protocols: [declared.id],
    metrics: set.metrics.map((metric) => metric.name),
    models: [
      {
        name: model,
        card: {
          ...{ name: model, title: model, family: "external" },
          mask: { predictedIou: predictions.scored ? "iou" : "none" },
        },
        files: predictions.files,
      },
    ],
    benchmarks: [set.planned],
    ...(answered === undefined ? {} : { replay: answered.replay }),
  };
  const out = resolve(options.out ?? join(runDefaults.reports, `score-${plan.name}`.replace(/[/\\]/g, "-")));
  return { plan, out, set, predictions, declared };
}

/** With `--prompts`: masks that answer a record are a replay of it. */
async function answeredPrompts({ prompts, protocol }: ScoreOptions) {
  if (prompts === undefined) return undefined;
  const recorded = await openRecorded(prompts);
  const { head } = recorded;
  const { find, hash } = await loadRecorded(recorded);
  const id =
    protocol === undefined && head.protocols.length === 1 ? head.protocols[0]! : originOf(protocol ?? "");
  if (!head.protocols.includes(id))
    throw complain({
      where: "--protocol",
      what: "is not what the prompts hold",
      expected: oneOf(head.protocols),
      got: protocol ?? "nothing",
    });
  const replay = { run: head.run, plan: head.plan, model: head.model, prompts: hash };
  return { declared: replayedProtocol(id, find), seed: head.seed, replay };
}

function checkChoice({ name, images, models = [], protocols = [] }: PredictionFile, benchmark: string): void {
  const several = (what: string, option: string, found: readonly string[]) => {
    if (found.length > 1)
      throw complain({
        where: name,
        what: `holds masks of several ${what}`,
        expected: `${option} with one of ${found.join(", ")}`,
      });
  };
  if (images.length === 0)
    throw complain({ where: name, what: `holds no masks for ${benchmark} of what was asked for` });
  several("models", "--from", models);
  several("protocols", "--protocol", protocols);
}

function manifestOf({ plan, predictions }: Scoring): Manifest {
  const facts = {
    contract: "masks made elsewhere",
    predictions: predictions.name,
    scored: predictions.scored,
  };
  return {
    format: "segbench/manifest@1",
    plan,
    planHash: hashOf(plan),
    shard: null,
    software: software(),
    hardware: hardware(),
    models: { [plan.models[0]!.name]: facts },
  };
}

/** The first few lines, and how many more there are. */
function some(lines: readonly string[], what: string, most = 10): string[] {
  const rest = lines.length - most;
  return rest > 0
    ? [...lines.slice(0, most), `... and ${rest} more ${what} that the benchmark has not`]
    : [...lines];
}

function clockFromNow(): () => number {
  const started = performance.now();
  return () => performance.now() - started;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
