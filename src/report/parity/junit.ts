import type { GateCheck } from "../../core/comparison.ts";
import { type Element, xmlDocument } from "../comparison/xml.ts";
import type { ParityWriter } from "./input.ts";
import { diagnosisLine } from "./lead.ts";

/** The gate's checks as test cases; the causes are the suite's output. */
export const junit: ParityWriter = {
  file: "junit.xml",
  summary: "the gate's checks for continuous integration",
  render: ({ summary: { gate, candidate, diagnoses } }) => {
    const checks = gate?.checks ?? [];
    const counts = {
      tests: checks.length,
      failures: checks.filter(({ passed }) => !passed).length,
      ...{ errors: 0, skipped: 0 },
    };
    const output: Element[] =
      diagnoses.length === 0 ? [] : [{ name: "system-out", text: diagnoses.map(diagnosisLine).join("\n") }];
    const suite: Element = {
      name: "testsuite",
      attributes: { name: `parity ${gate?.name ?? ""}: ${candidate.name}`, ...counts },
      children: [...checks.map(testCase), ...output],
    };
    return xmlDocument({
      name: "testsuites",
      attributes: { name: "segbench", ...counts },
      children: [suite],
    });
  },
};

function testCase({ where, limit, got, passed }: GateCheck): Element {
  const attributes = { classname: where, name: limit };
  const message = `expected ${limit}, got ${got}`;
  const failure = { name: "failure", attributes: { message, type: "limit" }, text: `${where}: ${message}` };
  return { name: "testcase", attributes, ...(passed ? {} : { children: [failure] }) };
}
