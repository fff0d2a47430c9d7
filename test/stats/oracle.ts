import { readOracle } from "../helpers/oracle.ts";

/** Cases of test/oracle/stats/<name>.json, made by scripts/oracle/stats.py. */
export function oracle<T>(name: string): readonly T[] {
  return readOracle<{ cases: readonly T[] }>(`stats/${name}`).cases;
}
