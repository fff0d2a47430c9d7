import { expect, test } from "vitest";
import { type Check, holdCases } from "../helpers/oracle.ts";
import { oracle } from "./cases.ts";

/** One test over all cases of `test/oracle/masks/<name>.json.gz`; its title says how many there are. */
export function againstOracle(name: string, check: Check, allowed = 0): void {
  const { cases } = oracle(name);
  test(`${name}: ${cases.length} cases`, () => {
    expect(cases.length).toBeGreaterThanOrEqual(2000);
    holdCases(`masks/${name}`, cases, check, allowed);
  });
}
