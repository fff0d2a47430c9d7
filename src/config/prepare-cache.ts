// Where a run keeps image embeddings.
import { runDefaults } from "../core/defaults.ts";
import { resolvePath } from "./env.ts";
import type { Preparation } from "./plugins.ts";
import type { RunSource } from "./run-source.ts";

export interface CacheChoice {
  /** Absolute; it may not exist yet. */
  readonly dir: string;
  /** Bytes. */
  readonly limit: number;
  readonly precision: "float32" | "float16";
}

const units: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

export function prepareCache(run: RunSource, preparation: Preparation): CacheChoice | undefined {
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
