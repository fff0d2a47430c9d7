// Samples and targets by name: a run of these alone, from a file of lines `benchmark sample [target]` or from a list.
import { readFile } from "node:fs/promises";
import { type Place, type Problem, reasonOf } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { sha256 } from "../../core/hash.ts";
import type { Sample, SampleRef } from "../../core/types.ts";
import { mustBeFile } from "../../formats/files.ts";
import { resolvePath, shownPath } from "../paths.ts";
import type { NamedLine, NamedSamples, Preparation } from "../plugins.ts";
import { nearest, oneOf } from "../problems.ts";
import type { RunSource } from "../request.ts";

/** The list of a run; undefined where there is none, or none that can be read, which is a problem. */
export async function readNamed(run: RunSource, preparation: Preparation): Promise<NamedSamples | undefined> {
  const list = run.words.ids;
  const place = run.place(["ids"]);
  if (list !== undefined) {
    const lines = list.map((one, i) => ({ ...one, place: run.place(["ids", i]), open: false }));
    return checked(lines, place, run, preparation.problems);
  }
  const { ids } = run.value;
  if (ids === undefined) return undefined;
  const resolved = resolvePath(ids, { ...preparation, base: run.base("ids") });
  if (!("path" in resolved)) {
    preparation.problems.push({ where: place, ...resolved });
    return undefined;
  }
  try {
    await mustBeFile(resolved.path, "");
    const text = await readFile(resolved.path, "utf8");
    const file = shownPath(resolved.path, preparation);
    return checked(linesOf(text, file, preparation.problems), place, run, preparation.problems);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const expected = "a file of lines: benchmark sample [target]";
    const what = missing ? "no such file" : reasonOf(cause);
    preparation.problems.push({ where: place, what, expected, got: JSON.stringify(ids), cause });
    return undefined;
  }
}

function checked(
  lines: readonly NamedLine[],
  where: Place,
  { value }: RunSource,
  problems: Problem[],
): NamedSamples {
  if (lines.length === 0 && problems.length === 0)
    problems.push({ where, what: "names nothing", expected: "lines: benchmark sample [target]" });
  return { lines, found: [], settled: new Set(), alone: value.benchmarks?.length === 1 };
}

function linesOf(text: string, file: string, problems: Problem[]): NamedLine[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .flatMap((line, i): NamedLine[] => {
      if (line.trim() === "" || line.trimStart().startsWith("#")) return [];
      const place = { file, line: i + 1, column: 1, path: "" };
      const tabs = line.includes("\t");
      const [benchmark = "", sample = "", target, ...more] = tabs
        ? line.split("\t").map((word) => word.trim())
        : (/^\s*(\S+)\s+(.*\S)\s*$/.exec(line)?.slice(1) ?? []);
      if (benchmark !== "" && sample !== "" && more.length === 0)
        return [{ place, benchmark, sample, target: target || undefined, open: !tabs, whole: line.trim() }];
      if (!tabs) return [{ place, benchmark: line.trim(), sample: "", open: false, whole: line.trim() }];
      problems.push(noName(place, line));
      return [];
    });
}

function noName(where: Place, line: string): Problem {
  const expected = "benchmark sample [target], separated by tabs or spaces";
  return { where, what: "is not the name of a sample", expected, got: JSON.stringify(line) };
}

/** Whether anything of a benchmark is named; all of it is where there is no list. */
export function isNamed(named: NamedSamples | undefined, benchmark: string): boolean {
  return named === undefined || named.alone || named.lines.some((line) => line.benchmark === benchmark);
}

/** The benchmarks that a list names, as it first does. */
export function benchmarksOf({ lines }: NamedSamples): string[] {
  return [...new Set(lines.filter(({ sample }) => sample !== "").map(({ benchmark }) => benchmark))];
}

/** Lines of benchmarks that the run does not have. */
export function reportStrangers(
  { lines, alone, settled }: NamedSamples,
  known: readonly string[],
  problems: Problem[],
): void {
  for (const line of lines) {
    const { benchmark, sample, place } = line;
    if (settled.has(line)) continue;
    if (sample === "") problems.push(noName(place, benchmark));
    else if (!known.includes(benchmark))
      problems.push({
        code: "unknown-name",
        where: place,
        what: alone
          ? "is neither the benchmark of the run nor one of its samples"
          : "is not a benchmark of the run",
        expected: known.length === 0 ? "one of its benchmarks" : oneOf(known),
        got: JSON.stringify(benchmark),
        ...nearest(benchmark, known),
      });
  }
}

/** The samples of a benchmark that are named, each with the targets that are; an unknown one is a problem of its line. */
export async function chooseNamed(
  named: NamedSamples,
  benchmark: string,
  refs: readonly SampleRef<Sample>[],
  problems: Problem[],
): Promise<readonly SampleRef<Sample>[]> {
  const byId = new Map(refs.map((ref) => [ref.id, ref]));
  const chosen = new Map<string, Set<string> | undefined>();
  const targets: { readonly place: Place; readonly sample: string; readonly target: string }[] = [];
  for (const line of named.lines) {
    const meant = meaning(line, benchmark, named.alone, byId);
    if (meant === undefined) continue;
    named.settled.add(line);
    const { sample, target } = meant;
    if (!byId.has(sample)) {
      problems.push(unknown(line.place, `${benchmark} has no sample of this id`, sample, [...byId.keys()]));
      continue;
    }
    named.found.push([benchmark, sample, ...(target === undefined ? [] : [target])].join("\t"));
    if (target === undefined) chosen.set(sample, undefined);
    else {
      targets.push({ place: line.place, sample, target });
      if (!chosen.has(sample)) chosen.set(sample, new Set());
      chosen.get(sample)?.add(target);
    }
  }
  await checkTargets(targets, byId, problems);
  return refs.flatMap((ref) => {
    if (!chosen.has(ref.id)) return [];
    const only = chosen.get(ref.id);
    return [only === undefined ? ref : narrowed(ref, only)];
  });
}

/** What a line means of a benchmark; undefined where it is about another one. */
function meaning(
  line: NamedLine,
  benchmark: string,
  alone: boolean,
  known: ReadonlyMap<string, unknown>,
): Pick<NamedLine, "sample" | "target"> | undefined {
  if (line.benchmark === benchmark && line.sample !== "")
    return line.open ? divided(line.sample, known) : line;
  if (!alone || line.whole === undefined) return undefined;
  const [id = "", target] = line.whole.split("\t").map((word) => word.trim());
  const meant = target === undefined ? divided(id, known) : { sample: id, target };
  // A benchmark's name that is misspelt is said to be one.
  return known.has(meant.sample) || line.sample === "" ? meant : undefined;
}

/** A sample's id may hold spaces: what is one as a whole is one. */
function divided(text: string, known: ReadonlyMap<string, unknown>): Pick<NamedLine, "sample" | "target"> {
  if (known.has(text)) return { sample: text };
  for (let at = text.length; at > 0; at--) {
    const sample = text.slice(0, at).trimEnd();
    if (/\s/.test(text[at] ?? "") && known.has(sample)) return { sample, target: text.slice(at).trim() };
  }
  return { sample: text };
}

function narrowed(ref: SampleRef<Sample>, only: ReadonlySet<string>): SampleRef<Sample> {
  const { id, cluster, size, masks, frames, queries, phrases } = ref;
  return { id, cluster, only, load: () => ref.load(), ...given({ size, masks, frames, queries, phrases }) };
}

function targetsIn(sample: Sample): readonly string[] {
  const entries =
    sample.kind === "image" ? sample.targets : sample.kind === "clip" ? sample.tracks : sample.queries;
  return entries.map(({ id }) => id);
}

/** Which targets a sample has is known when it is read; one that cannot be read is a failure of the run. */
async function checkTargets(
  targets: readonly { readonly place: Place; readonly sample: string; readonly target: string }[],
  refs: ReadonlyMap<string, SampleRef<Sample>>,
  problems: Problem[],
): Promise<void> {
  for (const sample of new Set(targets.map((one) => one.sample))) {
    const read = await refs
      .get(sample)!
      .load()
      .catch(() => undefined);
    const known = read && targetsIn(read);
    for (const one of targets)
      if (one.sample === sample && known?.includes(one.target) === false)
        problems.push(unknown(one.place, `${sample} has no target of this id`, one.target, known));
  }
}

function unknown(where: Place, what: string, got: string, known: readonly string[]): Problem {
  const near = nearest(got, known);
  const few = known.length <= 10 ? { expected: `one of ${known.join(", ")}` } : {};
  return { code: "unknown-name", where, what, ...few, got: JSON.stringify(got), ...near };
}

/** Whether some samples are evaluated in part. */
export function namesTargets({ found }: NamedSamples): boolean {
  return found.some((line) => line.split("\t").length > 2);
}

/** Stands for a list in the identity of a run: lines in another order, or twice, are the same list. */
export function hashOfNamed({ found }: NamedSamples): string {
  return sha256([...new Set(found)].sort().join("\n"));
}
