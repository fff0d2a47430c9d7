// What is requested: a run file with the command line laid over it, or values with custom objects, before anything it names is looked at.
import { dirname } from "node:path";
import { runDefaults } from "../core/defaults.ts";
import type { Place, Problem } from "../core/errors.ts";
import { given } from "../core/given.ts";
import type { Metric } from "../core/measure.ts";
import type { BenchmarkChoice, RunFile } from "../core/schema-types.ts";
import type { Protocol, Task } from "../eval/index.ts";
import { type CardFolders, findSettings } from "./cards.ts";
import type { Env } from "./paths.ts";
import type { NamedSample, OwnBenchmark, Plugins, Preparing } from "./plugins.ts";
import type { Finding } from "./yaml/explain.ts";
import { type Path, readYaml, showKeys, type YamlFile } from "./yaml/file.ts";
import { checkSchema, withLists } from "./yaml/schema.ts";

/** What the command line may set; each wins over the run file. A `limit` here also wins over a benchmark's own. */
export interface Overrides {
  /** Names and paths of cards. */
  readonly models?: readonly string[] | undefined;
  /** One model each: a folder, ENCODER,DECODER, a file that does both, or a card; in place of a run file's models. */
  readonly model?: readonly string[] | undefined;
  /** Names; a benchmark of this name in the run file keeps its root. */
  readonly benchmarks?: readonly string[] | undefined;
  readonly protocols?: readonly string[] | undefined;
  /** Numbers of clicks to report; protocols of clicks end with the greatest. */
  readonly points?: readonly number[] | undefined;
  readonly box?: boolean | undefined;
  /** Settings of protocols that make all masks of an image, in place of their own. */
  readonly generator?: RunFile["generator"] | undefined;
  readonly metrics?: readonly string[] | undefined;
  readonly limit?: number | undefined;
  /** These alone: a file of lines `benchmark sample [target]`, or a list. */
  readonly ids?: string | readonly NamedSample[] | undefined;
  /** Of the benchmarks, those that are on disk and can be listed. */
  readonly available?: boolean | undefined;
  readonly seed?: string | number | undefined;
  readonly batch?: number | undefined;
  readonly threads?: number | undefined;
  readonly workers?: number | undefined;
  readonly provider?: string | undefined;
  readonly optimisation?: string | undefined;
  readonly allowCpuFallback?: boolean | undefined;
  readonly cache?: string | undefined;
  readonly cacheSize?: string | undefined;
  readonly cachePrecision?: string | undefined;
  /** Write masks.jsonl. */
  readonly saveMasks?: boolean | undefined;
  readonly maxFailures?: number | string | undefined;
  readonly out?: string | undefined;
  readonly data?: string | undefined;
}

/** As in a run file (schemas/run-file.schema.json), and each benchmark, protocol and metric by name or as a custom object. */
export interface RunRequest
  extends Omit<Overrides, "benchmarks" | "protocols" | "metrics">,
    Pick<Partial<RunFile>, "name" | "title">,
    OwnData {
  /**
   * A run file that all the rest is laid over. Without it the rest must be enough: models and benchmarks. null: the quickstart's,
   * where the rest names neither.
   */
  readonly file?: string | null | undefined;
  readonly benchmarks?: readonly (string | BenchmarkChoice | OwnBenchmark)[] | undefined;
  /** Custom tasks; their protocols are named by id. */
  readonly tasks?: readonly Task[] | undefined;
  readonly protocols?: readonly (string | Protocol)[] | undefined;
  readonly metrics?: readonly (string | Metric)[] | undefined;
}

/** The user's own files as one more benchmark: their format is recognised. */
export interface OwnData {
  readonly images?: string | undefined;
  /** Clips in place of images: a folder of frames, or of such folders. */
  readonly video?: string | undefined;
  /** The ground truth: mask files or label maps. */
  readonly masks?: string | undefined;
  readonly annotations?: string | undefined;
  /** Of COCO annotations these names of categories are asked as phrases: a list, or text with commas, or @FILE. */
  readonly phrases?: string | readonly string[] | undefined;
  readonly format?: string | undefined;
}

export interface PlanRequest {
  /** Run file, relative to the working folder; without it the quickstart. */
  readonly file?: string | undefined;
  /** A run of its own: no run file lies below the overrides, not the quickstart either. */
  readonly own?: boolean | undefined;
  readonly overrides?: Overrides | undefined;
  readonly ownData?: OwnData | undefined;
  /** The caller's plug-ins; the run names them as it names the project's own. */
  readonly plugins?: Plugins | undefined;
  /** Hears what is being prepared. */
  readonly onStep?: ((step: Preparing) => void) | undefined;
  /** The working folder, absolute. */
  readonly cwd: string;
  readonly env: Env;
  /** The package's own folder, where cards and the quickstart are found besides the working folder. */
  readonly home?: string | undefined;
}

export interface RunSource {
  /** What no run file has: see Overrides. */
  readonly words: Words;
  /** No run file lies below: name and title are made of what is run. */
  readonly own: boolean;
  /** Benchmarks that the run file names, of which a call may run a part. */
  readonly suite?: number;
  /** As far as it is well-formed; complete and valid when there are no problems. */
  readonly value: Partial<RunFile>;
  readonly problems: readonly Problem[];
  /** Keys that the command line set. */
  readonly overridden: ReadonlySet<string>;
  place(path: Path, part?: "key" | "value"): Place;
  readonly fileFolder: string;
  /** Folder that paths under a key are relative to: the run file's, or the working folder where the command line set it. */
  base(key: string): string;
}

/** What only a call or the command line says. */
export interface Words extends Pick<Overrides, "model" | "box" | "available"> {
  readonly ids?: readonly NamedSample[];
}

/** Those, and what a run file may say too. */
function split({ model, box, available, ids, ...rest }: Overrides) {
  // A model that is named stands in place of the run file's.
  const models = rest.models ?? (model === undefined ? undefined : []);
  const words = given({ model, box, available, ids: typeof ids === "string" ? undefined : ids }) as Words;
  return { words, overriding: given({ ...rest, models, ids: typeof ids === "string" ? ids : undefined }) };
}

export async function readRun(
  file: string | undefined,
  overrides: Overrides,
  folders: CardFolders & { readonly home: string },
): Promise<RunSource> {
  const { cwd } = folders;
  const path = await findSettings("run file", file ?? runDefaults.file, folders);
  if (typeof path !== "string") return missing(path, cwd);
  const yaml = await readYaml(path, cwd);
  const { words, overriding } = split(overrides);
  const overridden = new Set([...Object.keys(overriding), ...Object.keys(words)]);
  const place = placer(yaml, overridden);
  const fileFolder = dirname(path);
  const base = (key: string) => (overridden.has(key) ? cwd : fileFolder);
  const about = { words, own: false, overridden, place, fileFolder, base };
  if (yaml.problems.length > 0) return { ...about, value: {}, problems: yaml.problems };
  const merged = merge(yaml.value, overriding);
  const { benchmarks } = isObject(yaml.value) ? yaml.value : {};
  const suite = Array.isArray(benchmarks) ? benchmarks.length : 1;
  const findings = checkRun(merged, words);
  const problems = findings.map(({ path: keys, part, ...rest }) => ({ where: place(keys, part), ...rest }));
  const wrong = new Set(findings.map((finding) => finding.path[0]));
  return { ...about, suite, value: wellFormed(withLists("run-file", merged), wrong), problems };
}

/** The contents of a run file, given by code: paths are relative to the working folder, and problems name no file. */
export function inlineRun(value: Partial<RunFile>, cwd: string): RunSource {
  return {
    ...{ value, words: {}, own: false, problems: [] },
    overridden: new Set(Object.keys(value)),
    place: (path) => ({ path: showKeys(path) }),
    fileFolder: cwd,
    base: () => cwd,
  };
}

/** A run without a run file: what it runs is all that is given, and what is not is made of it, or an error. */
export function ownRun(overrides: Overrides, cwd: string): RunSource {
  const { words, overriding } = split(overrides);
  const value = overriding as Partial<RunFile>;
  const run = { ...inlineRun(value, cwd), words, own: true };
  // What has to be named, but is not, is said in other words (config/own/run.ts).
  const findings = checkRun(value, words).filter(
    ({ code, path }) => code !== "missing-key" || path.length > 1,
  );
  const wrong = new Set(findings.map((finding) => finding.path[0]));
  return {
    ...run,
    value: wellFormed(withLists("run-file", value), wrong),
    problems: findings.map(({ path, part, ...rest }) => ({ where: run.place(path, part), ...rest })),
  };
}

/** What is wrong with it; an older word is named with the new one. */
function checkRun(value: unknown, { model }: Words = {}): readonly Finding[] {
  const whole = model === undefined || !isObject(value) ? value : { ...value, models: model };
  return checkSchema("run-file", whole).map((finding) =>
    finding.code === "unknown-key" && finding.path.join() === "masks"
      ? {
          path: finding.path,
          part: "key",
          what: "is now saveMasks (write masks.jsonl)",
          expected: "saveMasks",
        }
      : finding,
  );
}

function missing(problem: Problem, cwd: string): RunSource {
  const place = () => problem.where as Place;
  const about = { words: {}, own: false, overridden: new Set<string>(), place, fileFolder: cwd };
  return { ...about, value: {}, problems: [problem], base: () => cwd };
}

function placer(yaml: YamlFile, overridden: ReadonlySet<string>): RunSource["place"] {
  return (path, part) =>
    overridden.has(String(path[0])) ? { path: showKeys(path) } : yaml.place(path, part);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function merge(value: unknown, overrides: Readonly<Record<string, unknown>>): unknown {
  if (!isObject(value)) return value;
  const merged: Record<string, unknown> = { ...value, ...overrides };
  const { benchmarks, generator } = value;
  if (isObject(generator)) merged.generator = { ...generator, ...(overrides.generator as object) };
  if (!("benchmarks" in overrides) || !Array.isArray(benchmarks)) return merged;
  const choices = benchmarks.filter((choice): choice is BenchmarkChoice => typeof choice?.name === "string");
  const chosen = (overrides.benchmarks as readonly string[]).map(
    (name) => choices.find((choice) => choice.name === name) ?? name,
  );
  return { ...merged, benchmarks: chosen };
}

/** Without the keys that have problems. */
function wellFormed(value: unknown, wrong: ReadonlySet<unknown>): Partial<RunFile> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([key]) => !wrong.has(key)));
}

const ownKeys = ["images", "video", "masks", "annotations", "phrases", "format"] as const;

/** Custom objects are added to the project's, and named in their places. */
export function planRequest(request: RunRequest): Omit<PlanRequest, "cwd" | "env"> {
  const { file, tasks, ...others } = request;
  const rest = Object.fromEntries(
    Object.entries(others).filter(([key]) => !ownKeys.some((own) => own === key)),
  ) as Omit<typeof others, keyof OwnData>;
  const ownData = ownDataOf(request);
  const own = <T extends object>(list: readonly (string | T)[] | undefined, is: (one: T) => boolean) =>
    (list ?? []).filter((one): one is T => typeof one !== "string" && is(one));
  const plugins: Plugins = {
    tasks,
    protocols: own(rest.protocols, () => true),
    metrics: own(rest.metrics, () => true),
    benchmarks: own(rest.benchmarks, (one) => "dataset" in one) as OwnBenchmark[],
  };
  const names = <T>(list: readonly (string | T)[] | undefined, nameOf: (one: T) => unknown) =>
    list?.map((one) => (typeof one === "string" ? one : nameOf(one)));
  const values = given({
    ...rest,
    benchmarks: names(rest.benchmarks, (one) => (isOwn(one) ? one.name : one)),
    protocols: names(rest.protocols, ({ id }) => id),
    metrics: names(rest.metrics, ({ name }) => name),
  });
  const overrides = values as Overrides;
  if (typeof file === "string") return { file, overrides, plugins, ownData };
  const named = ownData !== undefined || subjects.some((key) => overrides[key] !== undefined);
  return { own: file === undefined || named, overrides, plugins, ownData };
}

/** The user's own files among the words of a request, if there are some. */
export function ownDataOf(words: OwnData): OwnData | undefined {
  const files = given(Object.fromEntries(ownKeys.map((key) => [key, words[key]]))) as OwnData;
  return Object.keys(files).length === 0 ? undefined : files;
}

/** With one of these and without a run file it is a run of its own, not the quickstart. */
const subjects = ["models", "model", "benchmarks", "ids"] as const satisfies readonly (keyof Overrides)[];

function isOwn(benchmark: string | BenchmarkChoice | OwnBenchmark): benchmark is OwnBenchmark {
  return typeof benchmark === "object" && "dataset" in benchmark;
}
