// Resolves and checks everything a run needs before the first image is opened.
import { join } from "node:path";
import { runDefaults } from "../../core/defaults.ts";
import { type Place, type Problem, SegbenchError } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { hashOf } from "../../core/hash.ts";
import type { Invariant, Metric } from "../../core/measure.ts";
import type { Plan } from "../../core/plan.ts";
import type { RunFile } from "../../core/schema-types.ts";
import type { Sample, SampleRef } from "../../core/types.ts";
import { readingOnce } from "../../datasets/shared/once.ts";
import { external, externalTracks, type Task, type TaskProtocol, taskOf } from "../../eval/index.ts";
import { hashOfNamed, namesTargets, readNamed } from "../benchmarks/named-samples.ts";
import { type PreparedBenchmark, prepareBenchmarks } from "../benchmarks/prepare.ts";
import { isDrawn } from "../benchmarks/root.ts";
import type { CardFolders } from "../cards.ts";
import type { CacheChoice } from "../models/open.ts";
import { type ModelPlan, type PreparedModel, prepareModels } from "../models/prepare.ts";
import { inputsOf, prepareOwnData } from "../own/data.ts";
import { checkSubjects, nameOfRun, titleOfPart, titleOfRun } from "../own/run.ts";
import { type Env, holdsInput, packageFolder, resolvePath } from "../paths.ts";
import type { Plugins, Preparation, Registries } from "../plugins.ts";
import { rowCheck } from "../protocol-facts.ts";
import { inlineRun, ownRun, type PlanRequest, type RunSource, readRun } from "../request.ts";
import { type Path, showKeys } from "../yaml/file.ts";
import { bundledNote, checkKinds } from "./kinds.ts";
import { prepareMetrics, prepareProtocols, prepareTask } from "./protocols.ts";

export interface PreparedRun {
  /** Plain data, every default filled in, no absolute path. */
  readonly plan: Plan;
  readonly planHash: string;
  /** Benchmarks of which the data are the drawn miniatures of the package. */
  readonly drawn: readonly string[];
  /** What was chosen for the caller, a sentence each. */
  readonly notes: readonly string[];
  /** Benchmarks that were left out because their data cannot be listed. */
  readonly failed: readonly Problem[];
  /** The run folder, absolute; it may not exist yet. */
  readonly out: string;
  /** As requested; undefined leaves it to the machine. */
  readonly workers: number | undefined;
  /** How much of a benchmark may fail. Not part of the identity: the same run may be judged by another limit. */
  readonly maxFailures: RunFile["maxFailures"];
  /** Where embeddings are kept between runs, if anywhere. */
  readonly cache: CacheChoice | undefined;
  readonly models: readonly PreparedModel[];
  readonly benchmarks: readonly PreparedBenchmark[];
  /** That of its protocols. */
  readonly task: Task;
  readonly protocols: readonly TaskProtocol[];
  readonly metrics: readonly Metric[];
  /** What must hold for its scored rows. */
  readonly check: Invariant;
  /** The caller's. */
  readonly plugins: Plugins;
}

export interface BenchmarkRequest {
  /** Name or path of a benchmark card. */
  readonly benchmark: string;
  /** Root folder of the benchmark, in place of the card's below `data`. */
  readonly root?: string | undefined;
  readonly data?: string | undefined;
  readonly limit?: number | undefined;
  readonly metrics?: readonly string[] | undefined;
  readonly cwd: string;
  readonly env: Env;
  readonly home?: string | undefined;
}

export interface ResolvedBenchmark {
  readonly benchmark: PreparedBenchmark;
  readonly planned: Plan["benchmarks"][number];
  /** All its images, chosen or not. */
  readonly images: readonly SampleRef<Sample>[];
  /** Its name, where its data are the drawn miniatures of the package. */
  readonly drawn: readonly string[];
  readonly metrics: readonly Metric[];
  /** What was chosen for the caller, a sentence each. */
  readonly notes: readonly string[];
}

/** Rejects with a SegbenchError that lists every problem of every file. */
export function prepare(request: PlanRequest, registries: Registries): Promise<PreparedRun> {
  return readingOnce(() => prepared(request, registries));
}

async function prepared(request: PlanRequest, registries: Registries): Promise<PreparedRun> {
  const { cwd, env, home = packageFolder } = request;
  const begun: Preparation = {
    cwd,
    env,
    home,
    registries,
    problems: [],
    notes: [],
    own: request.plugins?.benchmarks,
    onStep: request.onStep,
  };
  begun.onStep?.({ what: "cards" });
  const said = await sourceOf(request, begun);
  const batch = said.value.batch ?? runDefaults.batch;
  // Models decide how data without a card are asked; what is wrong with them is said after what is wrong with the run.
  const aboutModels = { ...begun, problems: [] as Problem[], notes: [] as string[] };
  const models = await prepareModels(said, batch, aboutModels);
  const about = { said, families: models.map(({ ready }) => ready.card.family) };
  const data = request.ownData === undefined ? undefined : await prepareOwnData(request, about, begun);
  const run = data === undefined ? said : await sourceOf(data.request, begun);
  begun.problems.push(...run.problems);
  const preparation: Preparation = {
    ...begun,
    named: await readNamed(run, begun),
    ...(run.words.available === true ? { absent: { missing: [], failed: [], names: [] } } : {}),
  };
  checkSubjects(run, preparation);
  const { value } = run;
  const { named } = preparation;
  // What benchmarks hold decides which protocols are usual; what is wrong with them is said after the rest.
  const aboutData = { ...preparation, problems: [] as Problem[], notes: [] as string[], made: data?.made };
  const benchmarks = await prepareBenchmarks(run, aboutData);
  const { protocols, points, generators } = prepareProtocols(run, benchmarks, preparation);
  const task = prepareTask(run, protocols, preparation);
  const metrics = prepareMetrics(run, task, preparation);
  preparation.problems.push(...aboutModels.problems, ...aboutData.problems);
  preparation.notes.push(...aboutModels.notes, ...aboutData.notes);
  checkKinds(run, task, { models, benchmarks }, { ...preparation, made: aboutData.made });
  if (benchmarks.some(({ ready }) => !isDrawn(ready, home)))
    preparation.notes.push(...bundledNote(models, task.kind, home));
  if (task.whole === true && named !== undefined && namesTargets(named))
    preparation.problems.push({
      where: run.place(["ids"]),
      what: `name targets, and rows of the task ${task.name} are whole ${task.kind}s`,
      expected: "lines: benchmark sample",
    });
  checkNeeds(run, protocols, models, preparation);
  const cache = prepareCache(run, preparation);
  if (cache !== undefined && task.kind === "clip")
    preparation.notes.push("embeddings of clips' frames are not kept: --cache is for images");
  const out = outFolder(run, inputsOf(request.ownData, preparation), preparation);
  if (preparation.problems.length > 0) throw new SegbenchError(preparation.problems);
  const parts = {
    models: models.map(({ planned }) => planned),
    benchmarks: benchmarks.map(({ planned }) => planned),
  };
  const asked = preparation.absent?.names ?? parts.benchmarks.map((one) => one.name);
  const name = value.name ?? nameOfRun(asked, parts.models[0]?.name ?? "");
  const title = value.title ?? (run.own && value.name === undefined ? titleOfRun(parts) : name);
  const plan: Plan = {
    name,
    title: titleOfPart(title, run.suite ?? 0, parts),
    seed: String(value.seed ?? runDefaults.seed),
    ...given({ limit: value.limit, ids: named && hashOfNamed(named) }),
    ...(named !== undefined && namesTargets(named) ? { targets: true as const } : {}),
    batch,
    threads: value.threads ?? runDefaults.threads,
    provider: value.provider ?? runDefaults.provider,
    ...optimisationOf(value.optimisation ?? runDefaults.optimisation),
    ...(value.allowCpuFallback === true ? { allowCpuFallback: true as const } : {}),
    ...(cache?.precision === "float16" ? { cachePrecision: "float16" } : {}),
    masks: value.saveMasks ?? runDefaults.saveMasks,
    protocols: protocols.map(({ id }) => id),
    ...given({ points, generators }),
    metrics: metrics.map((metric) => metric.name),
    ...parts,
  };
  return {
    plan,
    planHash: hashOf(plan),
    out: out ?? join(cwd, runDefaults.reports, name),
    workers: value.workers,
    cache,
    maxFailures: value.maxFailures,
    models: models.map(({ ready }) => ready),
    benchmarks: benchmarks.map(({ ready }) => ready),
    drawn: benchmarks.filter(({ ready }) => isDrawn(ready, home)).map(({ ready }) => ready.name),
    notes: preparation.notes,
    failed: preparation.absent?.failed ?? [],
    task,
    protocols,
    metrics,
    check: rowCheck(registries),
    plugins: request.plugins ?? {},
  };
}

async function sourceOf(
  request: PlanRequest,
  { cwd, env, home = packageFolder }: CardFolders,
): Promise<RunSource> {
  const { overrides = {}, own = false, file } = request;
  return own ? ownRun(overrides, cwd) : readRun(file, overrides, { cwd, env, home });
}

/** The default is left out, so that plans stay the same. */
function optimisationOf(optimisation: NonNullable<RunFile["optimisation"]>): Pick<Plan, "optimisation"> {
  return optimisation === "all" ? {} : { optimisation };
}

/** What a card says a model cannot do is known before it is opened. */
function checkNeeds(
  run: RunSource,
  protocols: readonly TaskProtocol[],
  models: readonly ModelPlan[],
  { problems }: Preparation,
): void {
  for (const { ready } of models)
    for (const { id, needs } of protocols)
      if (needs.box === true && !ready.card.prompt.box)
        problems.push({
          where: run.place(["protocols"]),
          what: `${id} sends boxes, which ${ready.name} does not take`,
          ...(run.value.protocols === undefined ? { expected: "`protocols` without it: sam1-d1@1" } : {}),
        });
}

/** As given; without it the folder has the run's name. Never among what is read. */
function outFolder(run: RunSource, inputs: readonly string[], preparation: Preparation): string | undefined {
  const { out } = run.value;
  if (out === undefined) return undefined;
  const resolved = resolvePath(out, { ...preparation, base: run.base("out") });
  if ("path" in resolved && !holdsInput(resolved.path, inputs)) return resolved.path;
  preparation.problems.push({
    where: run.place(["out"]),
    ...("path" in resolved
      ? { what: "holds the data that are read", expected: "a folder of its own", got: JSON.stringify(out) }
      : resolved),
  });
  return undefined;
}

const units: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

function prepareCache(run: RunSource, preparation: Preparation): CacheChoice | undefined {
  const { cache, cacheSize = runDefaults.cacheSize } = run.value;
  const precision = run.value.cachePrecision ?? "float32";
  if (cache === undefined) {
    // Otherwise a run without the folder would have another identity for nothing.
    if (precision !== "float32")
      preparation.problems.push({
        where: run.place(["cachePrecision"]),
        what: `${precision} is the precision of kept embeddings, and none are kept`,
        expected: "a folder: cache",
      });
    return undefined;
  }
  const resolved = resolvePath(cache, { ...preparation, base: run.base("cache") });
  if (!("path" in resolved)) {
    preparation.problems.push({ where: run.place(["cache"]), ...resolved });
    return undefined;
  }
  const [, number, unit] = /^([0-9.]+) ?(\w+)$/.exec(cacheSize) ?? [];
  return { dir: resolved.path, limit: Math.floor(Number(number) * units[unit!]!), precision };
}

/** Of the one benchmark of a request: `benchmark`, not the first of a list. */
function placeOfOne(path: Path): Place {
  if (path[0] !== "benchmarks") return { path: showKeys(path) };
  return { path: path.at(-1) === "root" ? "root" : "benchmark" };
}

/** Finds the card and the images of a benchmark; rejects with a SegbenchError that lists every problem. */
export async function resolveBenchmark(
  request: BenchmarkRequest,
  registries: Registries,
): Promise<ResolvedBenchmark> {
  const { benchmark: name, root, data, limit, metrics: names, cwd, env, home = packageFolder } = request;
  const preparation: Preparation = { cwd, env, home, registries, problems: [], notes: [] };
  const value: Partial<RunFile> = {
    benchmarks: [root === undefined ? name : { name, root }],
    ...given({ data, limit, metrics: names as [string, ...string[]] | undefined }),
  };
  const run = { ...inlineRun(value, cwd), own: true, place: placeOfOne };
  const [found] = await prepareBenchmarks(run, preparation);
  const nothing = found?.ready.kind === "clip" ? externalTracks : external;
  const metrics = prepareMetrics(run, taskOf(nothing, registries.tasks), preparation);
  if (found === undefined || preparation.problems.length > 0) throw new SegbenchError(preparation.problems);
  const { ready, planned, listed } = found;
  const drawn = isDrawn(ready, home) ? [ready.name] : [];
  return { benchmark: ready, planned, images: listed, drawn, metrics, notes: preparation.notes };
}
