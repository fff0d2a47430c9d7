import { expect, test } from "vitest";
import { oracle } from "./cases.ts";

export type Row = readonly (number | string)[];

/** One test over all cases of `test/oracle/masks/<name>.json.gz`; its title says how many there are. */
export function againstOracle(name: string, check: (row: Row, index: number) => void): void {
  const { cases } = oracle(name);
  test(`${name}: ${cases.length} cases`, () => {
    expect(cases.length).toBeGreaterThanOrEqual(2000);
    for (const [index, row] of cases.entries()) {
      try {
        check(row, index);
      } catch (error) {
        throw new Error(`case ${JSON.stringify(row).slice(0, 300)}: ${String(error)}`, { cause: error });
      }
    }
  });
}
