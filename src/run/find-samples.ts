// Samples of a run that is finished, from the data on this machine: a run does not record where its data were.
import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { packageFolder, registries } from "../config/index.ts";
import type { TitledCard } from "../core/defaults.ts";
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

/** `tell`: hears why what is there cannot be read, a sentence each. */
export type FindSample = (
  benchmark: PlannedBenchmark,
  sample: string,
  tell?: (problem: string) => void,
) => AsyncGenerator<Sample>;

/**
 * A sample as every folder of data has it; nothing where it is not found. Looks where runs look for data, and among the
 * bundled miniatures; or only in the folder given. A run does not record where its data were, so the caller must check that
 * a sample of that name is the one that was scored. What is not there is looked for again each time: data come and go.
 * `about`: where files may lie that a run was given without a card.
 */
export function sampleFinder(
  given: string | undefined,
  context: Pick<Context, "cwd" | "env">,
  about: readonly string[] = [context.cwd],
): FindSample {
  const miniatures = join(packageFolder, "datasets", "samples");
  const folders = [dataFolder(given, context), ...(given === undefined ? [miniatures] : [])];
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
  return async function* find({ name, card }, id, tell = () => undefined) {
    if (!isFileCard(card)) return;
    // Manifests have none: of a card that lies elsewhere they have the name.
    const { root: own = "" } = card;
    if (isAbsolute(own) || leavesRoot(own)) {
      tell(`The card of ${name} in the run's manifest names a folder outside the data, ${own}.`);
      return;
    }
    for (const [place, root] of rootsOf(card, folders, about).entries()) {
      const refs = await listed(root, card).catch((error: unknown) => {
        // In the other folders there is nothing of most cards.
        if (place === 0 && existsSync(root)) tell(reasonOf(error));
        return undefined;
      });
      const load = refs?.get(id)?.load();
      const sample = await load?.catch((error: unknown) => {
        tell(reasonOf(error));
        return undefined;
      });
      if (sample !== undefined) yield sample;
    }
  };
}

/** Below the folders of data; a card that a run made of the user's own files is about the working folder, or one above those. */
function rootsOf(card: DatasetCard, folders: readonly string[], about: readonly string[]): readonly string[] {
  // Any folders below a working folder may be very many.
  const own = JSON.stringify(card.adapter).includes('"**/') ? [] : about;
  return [...folders.map((folder) => rootOf(card, folder)), ...own];
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
