import type { GateCheck } from "../../core/comparison.ts";
import type { ComparisonWriter } from "./input.ts";
import { type Element, xmlDocument } from "./xml.ts";

/** The gate's checks as test cases: one suite per candidate. */
export const junit: ComparisonWriter = {
  file: "junit.xml",
  summary: "the gate's checks for continuous integration",
  render: ({ pairs }) => {
    const suites = pairs.flatMap(({ candidate, gate }): Element[] =>
      gate === undefined
        ? []
        : [
            {
              name: "testsuite",
              attributes: { name: `gate ${gate.name}: ${candidate}`, ...counts(gate.checks) },
              children: gate.checks.map(testCase),
            },
          ],
    );
    const all = pairs.flatMap(({ gate }) => gate?.checks ?? []);
    return xmlDocument({
      name: "testsuites",
      attributes: { name: "segbench", ...counts(all) },
      children: suites,
    });
  },
};

function counts(checks: readonly GateCheck[]) {
  return {
    tests: checks.length,
    failures: checks.filter(({ passed }) => !passed).length,
    errors: 0,
    skipped: 0,
  };
}

function testCase({ where, what, limit, got, passed }: GateCheck): Element {
  const attributes = { classname: where, name: `${what} ${limit}` };
  const message = `expected ${limit}, got ${got}`;
  return passed
    ? { name: "testcase", attributes }
    : {
        name: "testcase",
        attributes,
        children: [
          { name: "failure", attributes: { message, type: "limit" }, text: `${where}: ${what}; ${message}` },
        ],
      };
}
