// A content-addressed cache of graph outputs: the same bytes into the same graph on the same runtime give the same bytes.
import { type CachedTensors, keyOf, type Precision, readEntry, writeEntry } from "./entry.ts";
import { type CacheFolderOptions, openCacheFolder } from "./folder.ts";

export type { CachedTensor, CachedTensors, Precision } from "./entry.ts";

export interface Cache {
  /**
   * The graph's outputs for these feeds, from the folder or computed and stored. A damaged entry is replaced.
   * With float16, computed tensors are rounded like stored ones, so that results do not depend on what was
   * cached.
   */
  through(
    identity: object,
    feeds: CachedTensors,
    compute: () => Promise<CachedTensors>,
  ): Promise<{ readonly tensors: CachedTensors; readonly cached: boolean }>;
}

export function openCache(options: CacheFolderOptions & { readonly precision: Precision }): Cache {
  const { precision } = options;
  const folder = openCacheFolder(options);
  return {
    async through(identity, feeds, compute) {
      const key = keyOf({ ...identity, precision }, feeds);
      const bytes = folder.read(key);
      const found = bytes === undefined ? undefined : readEntry(key, bytes);
      if (found !== undefined) return { tensors: found, cached: true };
      if (bytes !== undefined) folder.remove(key);
      const computed = await compute();
      const entry = writeEntry(key, computed, precision);
      if (entry === undefined) return { tensors: computed, cached: false };
      folder.write(key, entry);
      const tensors = precision === "float32" ? computed : readEntry(key, entry)!;
      return { tensors, cached: false };
    },
  };
}
