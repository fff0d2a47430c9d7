// Samples of a run that is finished, from the data on this machine. Where they were when it was made, its history says; no plan does.
import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { registries } from "../config/index.ts";
import { samplesFolder } from "../config/paths.ts";
import { runDefaults, type TitledCard } from "../core/defaults.ts";
import { reasonOf } from "../core/errors.ts";
import type { PlannedBenchmark } from "../core/plan.ts";
import { expressionFacts, isExpression, isQuery, queryFacts } from "../core/query-facts.ts";
import type { ScoredRow } from "../core/rows.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import type { BitMask, ConceptSample, Sample, SampleRef, Target } from "../core/types.ts";
import { targetFacts } from "../eval/interactive/step.ts";
import { leavesRoot } from "../formats/files.ts";
import { area, createMask, or } from "../masks/bit-mask.ts";
import { maskOfRle } from "../masks/rle.ts";
import type { Context } from "./context.ts";
import { dataFolder, rootOf } from "./data-folder.ts";
import { readHistory } from "./read.ts";

/** How a sample is looked for. */
export interface Looking {
  /** Absolute paths of run folders that scored it: their histories say where the data were. */
  readonly runs?: readonly string[];
  /** Hears why what is there cannot be read, a sentence each. */
  readonly tell?: (problem: string) => void;
  /** Hears the folders that are looked in, absolute. */
  readonly look?: (folder: string) => void;
}

export type FindSample = (
  benchmark: PlannedBenchmark,
  sample: string,
  looking?: Looking,
) => AsyncGenerator<Sample>;

/** A folder that may be a benchmark's. */
interface Place {
  readonly root: string;
  /** Somebody said that it is: what cannot be read there is told. */
  readonly said: boolean;
}

/**
 * A sample as every folder of data has it; nothing where it is not found. Looks in the folder given, then where each run found its data, then where
 * runs look, among the bundled miniatures, and about the working folder. Data may have changed since, so the caller must check that
 * a sample of that name is the one that was scored. What is not there is looked for again each time: data come and go.
 * `trusting`: looks where run folders say, and about the working folder.
 */
export function sampleFinder(
  given: string | undefined,
  context: Pick<Context, "cwd" | "env">,
  { trusting = true }: { readonly trusting?: boolean } = {},
): FindSample {
  const first = given === undefined ? [] : [dataFolder(given, context)];
  const usual = dataFolder(undefined, context);
  const miniatures = samplesFolder();
  const lists = new Map<string, Promise<ReadonlyMap<string, SampleRef<Sample>>>>();
  const listed = (root: string, card: DatasetCard) => {
    const key = root + card.name;
    const known = lists.get(key);
    if (known !== undefined) return known;
    const list = Promise.resolve()
      .then(() => registries.openSamples(card, root).list())
      .then((refs) => new Map(refs.map((ref) => [ref.id, ref] as const)));
    lists.set(key, list);
    const forget = () => lists.delete(key);
    list.then(({ size }) => size === 0 && forget(), forget);
    return list;
  };
  const placesOf = async (card: TitledCard, runs: readonly string[]): Promise<readonly Place[]> => {
    // A parity's history lies beside its two runs.
    const dirs = trusting ? runs.flatMap((run) => [run, dirname(run)]) : [];
    const told = await Promise.all(dirs.map((dir) => rootsTold(dir, card, context)));
    const bases = [...first, ...(trusting ? basesOf(dirs, context) : [])];
    const said = [...first.map((data) => rootOf(card, data)), ...told.flat(), rootOf(card, usual)];
    const others = [rootOf(card, miniatures), ...bases.map((base) => rootOf(card, base))];
    // Any folders below a working folder may be very many.
    const open = JSON.stringify(card.adapter).includes('"**/') ? [] : bases;
    const all = [...said.map((root) => ({ root, said: true })), ...others.map(unsaid), ...open.map(unsaid)];
    return all.filter(({ root }, i) => all.findIndex((one) => one.root === root) === i);
  };
  return async function* find({ name, card }, id, { runs = [], tell, look } = {}) {
    if (!isFileCard(card)) return;
    // Manifests have none: of a card that lies elsewhere they have the name.
    const { root: own = "" } = card;
    if (isAbsolute(own) || leavesRoot(own)) {
      tell?.(`The card of ${name} in the run's manifest names a folder outside the data, ${own}.`);
      return;
    }
    for (const { root, said } of await placesOf(card, runs)) {
      const exists = existsSync(root);
      if (said) look?.(root);
      if (!exists) continue;
      const refs = await listed(root, card).catch((error: unknown) => {
        // In the other folders there is nothing of most cards.
        if (said) tell?.(reasonOf(error));
        return undefined;
      });
      const load = refs?.get(id)?.load();
      const sample = await load?.catch((error: unknown) => {
        tell?.(reasonOf(error));
        return undefined;
      });
      if (sample !== undefined) yield sample;
    }
  };
}

function unsaid(root: string): Place {
  return { root, said: false };
}

/** Working folders of runs: this one, and those whose `reports` they are in. */
function basesOf(dirs: readonly string[], { cwd }: Pick<Context, "cwd">): readonly string[] {
  const above = dirs.map((dir) => dirname(dir)).filter((dir) => basename(dir) === runDefaults.reports);
  return [cwd, ...above.map((dir) => dirname(dir))];
}

/** Where a history says that a benchmark's data were, the last call first. */
async function rootsTold(dir: string, card: DatasetCard, around: Pick<Context, "cwd" | "env">) {
  const history = await readHistory(dir, around).catch(() => []);
  return history.reverse().flatMap(({ data, command }): string[] => {
    const root = data?.[card.name];
    if (typeof root === "string") return isAbsolute(root) ? [root] : [];
    // Lines of before that was noted have the words alone.
    const word = /\s--data[= ]('[^']+'|[^\s']+)/.exec(command)?.[1]?.replaceAll("'", "");
    return word === undefined ? [] : basesOf([dir], around).map((base) => rootOf(card, resolve(base, word)));
  });
}

/** Samples that came from code have no files. */
function isFileCard(card: PlannedBenchmark["card"]): card is TitledCard {
  return card.adapter.format !== "memory";
}

/** Whether a target is the one that was scored, by its facts. */
export function sameTarget(target: Target, { size, area, box }: ScoredRow): boolean {
  return JSON.stringify(targetFacts(target, target.mask)) === JSON.stringify({ size, area, box });
}

/** Everything that a row's phrase names, mask by mask, as each annotator sees it; undefined where the query is not the one that was scored. */
export function annotationsOf(
  { size, queries }: ConceptSample,
  row: ScoredRow,
): readonly (readonly BitMask[])[] | undefined {
  const query = queries.find(({ id }) => id === row.target);
  const { width, height } = size;
  if (query?.status !== "ok" || query.category !== row.category) return undefined;
  if (row.size?.width !== width || row.size.height !== height) return undefined;
  const all = () =>
    query.annotators.map(({ masks }) =>
      masks.map((mask) => ("words" in mask ? mask : maskOfRle(mask, `query ${row.target}`))),
    );
  if (isExpression(row)) {
    const [only] = all();
    const referred = area((only ?? []).reduce(or, createMask(width, height)));
    return only !== undefined && referred === expressionFacts(row).target ? [only] : undefined;
  }
  if (!isQuery(row)) return undefined;
  const counts = query.annotators.map(({ masks }) => masks.length);
  return counts.join() === queryFacts(row).truths.join() ? all() : undefined;
}

/** The same of the annotator that counts, in one mask. */
export function truthOfQuery(sample: ConceptSample, row: ScoredRow): BitMask | undefined {
  const { width, height } = sample.size;
  const all = annotationsOf(sample, row);
  return all?.[isQuery(row) ? queryFacts(row).chosen : 0]?.reduce(or, createMask(width, height));
}
