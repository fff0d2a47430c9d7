// The benchmarks of a run: cards found, root folders there, images listed and chosen.

import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { datasetCardDefaults, type FullDatasetCard, runDefaults } from "../../core/defaults.ts";
import type { Place } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { hashOf } from "../../core/hash.ts";
import { type Kind, kindOf, type MemoryCard, type PlannedBenchmark, phrasesHash } from "../../core/plan.ts";
import type { BenchmarkChoice } from "../../core/schema-types.ts";
import type { Sample, SampleRef } from "../../core/types.ts";
import { takeCard } from "../cards.ts";
import { checkedDataset } from "../own/plugins.ts";
import { drawnNote, mixedNote } from "../own/run.ts";
import { packageFolder, type Resolved, resolveInput, resolvePath, shownPath, usualData } from "../paths.ts";
import type { MadeBenchmark, OwnBenchmark, Preparation } from "../plugins.ts";
import { unknownName } from "../problems.ts";
import type { RunSource } from "../request.ts";
import type { YamlFile } from "../yaml/file.ts";
import { benchmarksOf, chooseNamed, isNamed, reportStrangers } from "./named-samples.ts";
import {
  hasOnlyOthers,
  holdsData,
  isDrawn,
  listBelow,
  missingFolder,
  missingRoot,
  unlisted,
  withAvailable,
} from "./root.ts";

export interface PreparedBenchmark {
  readonly name: string;
  readonly card: PlannedBenchmark["card"];
  /** Absolute; undefined for a benchmark in memory. */
  readonly root: string | undefined;
  readonly kind: Kind;
  /** In evaluation order. */
  readonly refs: readonly SampleRef<Sample>[];
}

export interface BenchmarkPlan {
  readonly ready: PreparedBenchmark;
  readonly planned: PlannedBenchmark;
  /** All its samples, chosen or not. */
  readonly listed: readonly SampleRef<Sample>[];
}

export async function prepareBenchmarks(
  run: RunSource,
  preparation: Preparation,
): Promise<readonly BenchmarkPlan[]> {
  const names = new Set<string>();
  const plans: BenchmarkPlan[] = [];
  const data = dataFolder(run, preparation);
  const { named, absent, problems } = preparation;
  const before = problems.length;
  const written = run.value.benchmarks ?? (named === undefined ? [] : benchmarksOf(named));
  for (const [i, choiceOf] of written.entries()) {
    const choice = typeof choiceOf === "string" ? { name: choiceOf } : choiceOf;
    preparation.onStep?.({ what: "samples", name: choice.name, done: i, total: written.length });
    const path = ["benchmarks", i];
    const place = run.place(typeof choiceOf === "string" ? path : [...path, "name"]);
    const own = preparation.own?.find(({ name }) => name === choice.name);
    if (own !== undefined) {
      names.add(own.name);
      if (!isNamed(named, own.name)) continue;
      plans.push(...(await planOwn(own, { choice, run, place, preparation })));
      continue;
    }
    if (preparation.made?.has(choice.name) === true) {
      const made = preparation.made.get(choice.name);
      if (made !== undefined && isNamed(named, choice.name))
        plans.push(...(await planMade(made, { choice, run, place, preparation })));
      names.add(choice.name);
      continue;
    }
    const at = { place, base: run.base("benchmarks") };
    const found = await takeCard("benchmark", choice.name, at, names, preparation);
    if (found === undefined || !isNamed(named, found.value.name)) continue;
    const card = await preparation.registries.fullDatasetCard(found.value);
    const good = checkCard(card, found.yaml, preparation);
    const rootPlace = choice.root === undefined ? place : run.place([...path, "root"]);
    const root = await rootFolder(card, choice, { run, place: rootPlace, data, preparation });
    if (good && root !== undefined)
      plans.push(...(await plan(card, root, { choice, run, place, preparation })));
  }
  sayDrawn(run, plans, preparation);
  const all = [...names];
  if (named !== undefined) reportStrangers(named, all, problems);
  if (absent !== undefined) reportAbsent(all, plans.length, run, preparation);
  else if (written.length > 1) {
    // The word for it, once.
    const last = problems.slice(before).findLastIndex(({ what }) => what.endsWith("is missing"));
    if (last !== -1) problems[before + last] = withAvailable(problems[before + last]!);
  }
  return plans;
}

/** Miniatures that nobody asked for, and those that stand beside real data. */
function sayDrawn(
  run: RunSource,
  plans: readonly BenchmarkPlan[],
  { made, home = packageFolder, notes }: Preparation,
): void {
  const drawn = plans.filter(({ ready }) => isDrawn(ready, home));
  const names = (some: readonly BenchmarkPlan[]) => some.map(({ ready }) => ready.name);
  const unasked = names(drawn).filter((name) => made?.has(name) !== true);
  if (run.own && run.value.data === undefined && unasked.length > 0) notes.push(drawnNote(unasked));
  if (drawn.length > 0 && drawn.length < plans.length)
    notes.push(mixedNote(names(drawn), names(plans.filter((one) => !drawn.includes(one)))));
}

/** What a run that takes what is there leaves out; where nothing is there, that is the problem. */
function reportAbsent(
  names: readonly string[],
  there: number,
  run: RunSource,
  { absent, notes, problems }: Preparation,
): void {
  const { missing, failed } = absent!;
  absent!.names = names;
  const listed = missing.map(({ name, path }) => `${name} (${path})`).join(", ");
  if (there === 0 && missing.length > 0) {
    const paths = missing.slice(0, 3).map(({ path }) => path);
    const more = missing.length > paths.length ? ` and ${missing.length - paths.length} more places` : "";
    const got = `nothing at ${paths.join(", ")}${more}`;
    const expected = "`data` with the folder that they lie in (segbench init data says how to get them)";
    problems.push({
      code: "not-found",
      where: run.place(["benchmarks"]),
      what: "none is on disk",
      expected,
      got,
    });
  } else if (missing.length > 0)
    notes.push(`${missing.length} of ${names.length} benchmarks are not on disk and left out: ${listed}`);
  if (there === 0) problems.push(...failed);
}

/** What the schema cannot check. */
function checkCard(card: FullDatasetCard, yaml: YamlFile, { registries, problems }: Preparation): boolean {
  const before = problems.length;
  const formats = Object.keys(registries.adapters);
  const { format } = card.adapter;
  if (!formats.includes(format))
    problems.push(unknownName(yaml.place(["adapter", "format"]), "unknown format", format, formats));
  if (card.cluster !== "image" && groupsOf(card.cluster) !== 1) {
    const expected = '"image", or a regular expression with one group';
    const got = JSON.stringify(card.cluster);
    problems.push({ where: yaml.place(["cluster"]), what: "malformed pattern", expected, got });
  }
  return problems.length === before;
}

function groupsOf(pattern: string): number {
  try {
    return (new RegExp(`${pattern}|`).exec("")?.length ?? 0) - 1;
  } catch {
    return -1;
  }
}

interface Around {
  readonly run: RunSource;
  readonly place: Place;
  readonly preparation: Preparation;
}

/** The folder below which the benchmarks lie; a problem with it is reported once. */
function dataFolder(run: RunSource, preparation: Preparation): Resolved {
  const { data } = run.value;
  if (run.own && data === undefined) return usualData(preparation);
  const resolved =
    data === undefined
      ? resolvePath(runDefaults.data, { ...preparation, base: preparation.cwd })
      : resolveInput(data, { ...preparation, base: run.base("data") });
  if (!("path" in resolved)) preparation.problems.push({ where: run.place(["data"]), ...resolved });
  return resolved;
}

/** Whether nobody said where a benchmark lies, and one sentence says it. */
function isUnsaid({ own, value: { data, benchmarks } }: RunSource): boolean {
  return own || (data === undefined && benchmarks?.length === 1);
}

/** Whether the folder that was named for all data is not there at all; said once, and not of every benchmark. */
function isGone(run: RunSource, data: Resolved, { problems, ...around }: Preparation): boolean {
  if (run.value.data === undefined || !("path" in data) || existsSync(data.path)) return false;
  const gone = missingFolder(data.path, around);
  if (!problems.some(({ what, got }) => what === gone.what && got === gone.got))
    problems.push({ where: run.place(["data"]), ...gone });
  return true;
}

async function rootFolder(
  card: FullDatasetCard,
  { root }: BenchmarkChoice,
  { run, place, data, preparation }: Around & { readonly data: Resolved },
): Promise<string | undefined> {
  if (root === undefined && !("path" in data)) return undefined;
  const base = "path" in data ? data.path : preparation.cwd;
  const resolved =
    root === undefined
      ? resolvePath(card.root, { ...preparation, base })
      : resolvePath(root, { ...preparation, base: run.fileFolder });
  const { absent } = preparation;
  const holds = "path" in resolved && holdsData(resolved.path);
  const isThere = holds && !(absent !== undefined && (await hasOnlyOthers(resolved.path, card, preparation)));
  if (isThere) return resolved.path;
  if (root === undefined && !isAbsolute(card.root) && isGone(run, data, preparation)) return undefined;
  if (absent !== undefined && "path" in resolved) {
    absent.missing.push({ name: card.name, path: shownPath(resolved.path, preparation) });
    return undefined;
  }
  preparation.problems.push(
    "path" in resolved
      ? {
          where: place,
          ...missingRoot(card, resolved.path, preparation, root === undefined && isUnsaid(run)),
        }
      : { where: place, ...resolved },
  );
  return undefined;
}

async function plan(
  card: FullDatasetCard,
  root: string,
  around: Around & { readonly choice: BenchmarkChoice },
  list?: MadeBenchmark["list"],
): Promise<readonly BenchmarkPlan[]> {
  const { openSamples } = around.preparation.registries;
  // Where the files lie is no part of a run's identity.
  const named = isAbsolute(card.root) ? { ...card, root: card.name } : card;
  const listed = list ?? (() => listBelow(root, (at) => openSamples(card, at)));
  return planned(named, root, listed, card.subset, around);
}

async function planMade(
  { card, root, list }: MadeBenchmark,
  around: Around & { readonly choice: BenchmarkChoice },
): Promise<readonly BenchmarkPlan[]> {
  return plan(await around.preparation.registries.fullDatasetCard(card), root, around, list);
}

/** What a card would hold, as far as it is known. */
async function planOwn(
  own: OwnBenchmark,
  around: Around & { readonly choice: BenchmarkChoice },
): Promise<readonly BenchmarkPlan[]> {
  const { name, version, title = name, domain = [], licence = "not stated", homepage = "" } = own;
  const { description, surfaceTolerance } = own;
  const card: MemoryCard = {
    ...{ name, title, version, domain, licence, homepage, adapter: { format: "memory" } },
    ...given({ description, surfaceTolerance }),
  };
  return planned(card, undefined, () => checkedDataset(own).list(), datasetCardDefaults.subset, around);
}

async function planned(
  card: PlannedBenchmark["card"],
  root: string | undefined,
  list: () => Promise<readonly SampleRef<Sample>[]>,
  subset: { readonly seed: string; readonly masks?: number },
  { choice, run, place, preparation }: Around & { readonly choice: BenchmarkChoice },
): Promise<readonly BenchmarkPlan[]> {
  const limit = run.overridden.has("limit") ? run.value.limit : (choice.limit ?? run.value.limit);
  const { name } = card;
  try {
    const refs = await list();
    const { named, problems } = preparation;
    // Those that are named come in the order in which all would.
    const chosen = named === undefined ? refs : await chooseNamed(named, name, refs, problems);
    if (chosen.length === 0) return [];
    const { images, hash } = preparation.registries.selectImages(chosen, {
      benchmark: name,
      ...(named === undefined ? subset : { seed: subset.seed }),
      ...given({ limit }),
    });
    const hashes = { cardHash: hashOf(card), subsetHash: hash, ...given({ phrasesHash: phrasesHash(refs) }) };
    const facts = { name, card, images: images.length, ...hashes };
    return [{ ready: { name, card, root, kind: kindOf(card), refs: images }, planned: facts, listed: refs }];
  } catch (error) {
    const { absent, problems } = preparation;
    const drawn = isDrawn({ root }, preparation.home ?? packageFolder);
    (absent?.failed ?? problems).push({
      where: place,
      ...unlisted(error, card, { root, drawn }, preparation),
    });
    return [];
  }
}
