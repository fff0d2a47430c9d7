// A run file with the command line laid over it, before anything it names is looked at.
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { runDefaults } from "../core/defaults.ts";
import type { Place, Problem } from "../core/errors.ts";
import type { BenchmarkChoice, RunFile } from "../core/schema-types.ts";
import type { CardFolders } from "./cards.ts";
import { showPath } from "./problems.ts";
import { checkSchema } from "./schema.ts";
import { type Path, readYaml, showKeys, type YamlFile } from "./yaml-file.ts";

/** What the command line may say; each wins over the run file. A `limit` here also wins over a benchmark's own. */
export interface Overrides {
  readonly models?: readonly string[] | undefined;
  /** Names; a benchmark of this name in the run file keeps its root. */
  readonly benchmarks?: readonly string[] | undefined;
  readonly protocols?: readonly string[] | undefined;
  readonly metrics?: readonly string[] | undefined;
  readonly limit?: number | undefined;
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
  readonly masks?: boolean | undefined;
  readonly out?: string | undefined;
  readonly data?: string | undefined;
}

export interface RunSource {
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

export async function readRun(
  file: string | undefined,
  overrides: Overrides,
  folders: CardFolders & { readonly home: string },
): Promise<RunSource> {
  const { cwd } = folders;
  const path = runFilePath(file, folders);
  if (!existsSync(path)) return missing(file ?? path, path, cwd);
  const yaml = await readYaml(path, cwd);
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const overridden = new Set(Object.keys(given));
  const place = placer(yaml, overridden);
  const fileFolder = dirname(path);
  const base = (key: string) => (overridden.has(key) ? cwd : fileFolder);
  if (yaml.problems.length > 0)
    return { value: {}, problems: yaml.problems, overridden, place, fileFolder, base };
  const merged = merge(yaml.value, given);
  const findings = checkSchema("run-file", merged);
  const problems = findings.map(({ path: keys, part, ...rest }) => ({ where: place(keys, part), ...rest }));
  const wrong = new Set(findings.map((finding) => finding.path[0]));
  return { value: wellFormed(merged, wrong), problems, overridden, place, fileFolder, base };
}

/** What a run file would say, said by code: paths are relative to the working folder, and problems name no file. */
export function inlineRun(value: Partial<RunFile>, cwd: string): RunSource {
  return {
    value,
    problems: [],
    overridden: new Set(Object.keys(value)),
    place: (path) => ({ path: `--${showKeys(path)}` }),
    fileFolder: cwd,
    base: () => cwd,
  };
}

/** The same, checked as a run file is. */
export function checkedInline(value: RunFile, cwd: string): RunSource {
  const run = inlineRun(value, cwd);
  const findings = checkSchema("run-file", value);
  return {
    ...run,
    problems: findings.map(({ path, part, ...rest }) => ({ where: run.place(path, part), ...rest })),
  };
}

/** Without a file: the quickstart of the working folder, or the package's. */
function runFilePath(file: string | undefined, { cwd, home }: { cwd: string; home: string }): string {
  if (file !== undefined) return resolve(cwd, file);
  const own = join(cwd, runDefaults.file);
  return existsSync(own) ? own : join(home, runDefaults.file);
}

function missing(file: string, path: string, cwd: string): RunSource {
  const place = () => ({ file: showPath(path, cwd), path: "" });
  const problem = {
    code: "not-found" as const,
    where: place(),
    what: "no such run file",
    got: JSON.stringify(file),
  };
  return { value: {}, problems: [problem], overridden: new Set(), place, fileFolder: cwd, base: () => cwd };
}

function placer(yaml: YamlFile, overridden: ReadonlySet<string>): RunSource["place"] {
  return (path, part) =>
    overridden.has(String(path[0])) ? { path: `--${showKeys(path)}` } : yaml.place(path, part);
}

function merge(value: unknown, overrides: Readonly<Record<string, unknown>>): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const merged: Record<string, unknown> = { ...value, ...overrides };
  const { benchmarks } = value as { benchmarks?: unknown };
  if (!("benchmarks" in overrides) || !Array.isArray(benchmarks)) return merged;
  const choices = benchmarks.filter((choice): choice is BenchmarkChoice => typeof choice?.name === "string");
  const chosen = (overrides.benchmarks as readonly string[]).map(
    (name) => choices.find((choice) => choice.name === name) ?? name,
  );
  return { ...merged, benchmarks: chosen };
}

/** Leaves out the keys that have problems, so that the others can still be looked at. */
function wellFormed(value: unknown, wrong: ReadonlySet<unknown>): Partial<RunFile> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([key]) => !wrong.has(key)));
}
