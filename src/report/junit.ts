import type { Cell } from "../core/summary.ts";
import { type Element, xmlDocument } from "./comparison/xml.ts";
import { plural } from "./format-number.ts";
import type { ReportWriter } from "./input.ts";

/** For continuous integration: a suite per model and protocol, a test case per benchmark that fails where targets failed. */
export const junit: ReportWriter = {
  file: "junit.xml",
  summary: "failures per benchmark as test cases",
  render: ({ summary }) => {
    const suites = summary.models.flatMap(({ name: model }) =>
      summary.protocols.flatMap(({ id: protocol }): Element[] => {
        const cells = summary.cells.filter((cell) => cell.model === model && cell.protocol === protocol);
        if (cells.length === 0) return [];
        const name = `${model}: ${protocol}`;
        return [{ name: "testsuite", attributes: { name, ...counts(cells) }, children: cells.map(testCase) }];
      }),
    );
    const finished: Element = {
      name: "testcase",
      attributes: { classname: summary.run, name: "every image was scored" },
      children: summary.complete ? [] : [failure("the run is not finished", "incomplete", summary.run)],
    };
    const run = {
      name: "testsuite",
      attributes: { name: summary.run, tests: 1, failures: summary.complete ? 0 : 1, errors: 0, skipped: 0 },
      children: [finished],
    };
    const all = counts(summary.cells);
    const totals = {
      ...all,
      tests: all.tests + 1,
      failures: all.failures + (summary.complete ? 0 : 1),
    };
    return xmlDocument({
      name: "testsuites",
      attributes: { name: "segbench", ...totals },
      children: [run, ...suites],
    });
  },
};

function counts(cells: readonly Cell[]) {
  return {
    tests: cells.length,
    failures: cells.filter(({ counts: { failed } }) => failed > 0).length,
    errors: 0,
    skipped: cells.filter(isEmpty).length,
  };
}

/** Nothing scored and nothing failed: every target was dropped by a rule. */
function isEmpty({ counts: { scored, failed } }: Cell): boolean {
  return scored === 0 && failed === 0;
}

function testCase(cell: Cell): Element {
  const { model, protocol, benchmark, counts: cellCounts } = cell;
  const { targets, failed, failures } = cellCounts;
  const attributes = { classname: `${model}.${protocol}`, name: benchmark };
  if (isEmpty(cell))
    return {
      ...{ name: "testcase", attributes },
      children: [{ name: "skipped", attributes: { message: "no target to score" } }],
    };
  if (failed === 0) return { name: "testcase", attributes };
  const reasons = Object.entries(failures).map(([reason, n]) => `${n} x ${reason}`);
  const message = `${failed} of ${plural(targets, "target")} failed`;
  return { name: "testcase", attributes, children: [failure(message, "failed targets", reasons.join("; "))] };
}

function failure(message: string, type: string, text: string): Element {
  return { name: "failure", attributes: { message, type }, text };
}
