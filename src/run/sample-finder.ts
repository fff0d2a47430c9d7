// Finds an image of a benchmark again, long after its run.
import { packageFolder, registries } from "../config/index.ts";
import type { PlannedBenchmark } from "../core/plan.ts";
import type { Sample, SampleRef } from "../core/types.ts";
import { dataFolder, rootOf } from "./data-folder.ts";

export interface SampleFinder {
  /** The image as every folder of data has it; nothing where it is not at hand. */
  readonly find: (benchmark: PlannedBenchmark, image: string) => AsyncGenerator<Sample>;
}

/**
 * Looks where runs look for data, and among the bundled miniatures; or in the folder given alone. A run does not say where
 * its data were, so whoever asks must check that an image of that name is the one that was scored.
 */
export function sampleFinder(given: string | undefined): SampleFinder {
  const miniatures = `${packageFolder}/datasets/samples`;
  const folders = given === undefined ? [dataFolder(undefined), miniatures] : [dataFolder(given)];
  const lists = new Map<string, Promise<ReadonlyMap<string, SampleRef>>>();
  const listed = (root: string, card: PlannedBenchmark["card"]) => {
    const known = lists.get(root + card.name);
    if (known !== undefined) return known;
    const list = Promise.resolve()
      .then(() => registries.openDataset(card, root).list())
      .then((refs) => new Map(refs.map((ref) => [ref.id, ref] as const)))
      .catch(() => new Map<string, SampleRef>());
    lists.set(root + card.name, list);
    return list;
  };
  return {
    async *find({ card }, image) {
      for (const folder of folders) {
        const ref = (await listed(rootOf(card, folder), card)).get(image);
        const sample = await ref?.load().catch(() => undefined);
        if (sample !== undefined) yield sample;
      }
    },
  };
}
