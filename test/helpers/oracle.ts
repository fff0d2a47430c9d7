// Reads what scripts/oracle wrote (scripts/oracle/packed.py): JSON, gzipped where it is long.
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** Content of `test/oracle/<name>.json.gz` or `.json`; a missing file fails the test. */
export function readOracle<T>(name: string): T {
  const plain = new URL(`../oracle/${name}.json`, import.meta.url);
  const packed = new URL(`${plain.href}.gz`);
  const text = existsSync(packed) ? gunzipSync(readFileSync(packed)) : readFileSync(plain);
  return JSON.parse(text.toString("utf8"));
}
