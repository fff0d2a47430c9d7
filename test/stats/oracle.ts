import { readFileSync } from "node:fs";

/** Cases of test/oracle/stats/<name>.json, made by scripts/oracle/stats.py. */
export function oracle<T>(name: string): readonly T[] {
  const path = new URL(`../oracle/stats/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, "utf8")) as { cases: readonly T[] }).cases;
}
