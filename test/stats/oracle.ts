import { held, readOracle } from "../helpers/oracle.ts";

/** Cases of test/oracle/stats/<name>.json, made by scripts/oracle/stats.py. */
export function oracle<T>(name: string): readonly T[] {
  return readOracle<{ cases: readonly T[] }>(`stats/${name}`).cases;
}

/** Holds every case; `differ` gives its largest difference, 0 where it compares whole. */
export function holdAll<T>(
  name: string,
  differ: (one: T, index: number) => number,
  allowed = 0,
  unit?: string,
): void {
  const cases = oracle<T>(name);
  held(`stats/${name}`, cases.length, Math.max(...cases.map(differ)), allowed, unit);
}
