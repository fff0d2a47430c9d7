// Writers against golden files. A mismatch writes NAME-changed beside the golden file: look at it, and rename it if it is right.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Row } from "../../src/core/rows.ts";
import { rowWriters, writers } from "../../src/report/index.ts";
import { exampleInput, smallInput } from "./example.ts";
import { exampleRows, exampleScores } from "./rows.ts";

const folder = new URL("../golden/report/", import.meta.url);

/** Long decimals are rounded: the last bits of a sum are nobody's promise. */
function rounded(text: string): string {
  return text.replace(/\d+\.\d{4,}(e-?\d+)?/g, (number) => String(Math.round(Number(number) * 1e3) / 1e3));
}

function expectGolden(name: string, text: string): void {
  const file = new URL(name, folder);
  const changed = new URL(name.replace(/\.(\w+)$/, "-changed.$1"), folder);
  const got = rounded(text);
  if (existsSync(file) && readFileSync(file, "utf8") === got) {
    rmSync(changed, { force: true });
    return;
  }
  writeFileSync(changed, got);
  expect.fail(`${name} differs from the golden file; see ${changed.pathname}`);
}

function csvOf(rows: readonly Row[]): string {
  const { add, end } = rowWriters.csv.open(exampleScores);
  return [...rows.map(add), end()].map((piece) => piece ?? "").join("");
}

test("rows.csv has numbers in full precision", () => {
  expect(csvOf(exampleRows)).toContain(",0.30000000000000004,");
});

test.each([
  ["report.html", () => writers.html.render(smallInput())],
  ["report.md", () => writers.markdown.render(exampleInput())],
  ["table.tex", () => writers.latex.render(exampleInput())],
  ["junit.xml", () => writers.junit.render(exampleInput())],
  ["summary.txt", () => writers.json.render(smallInput())],
  ["terminal.txt", () => writers.terminal.render(exampleInput())],
  ["rows.csv", () => csvOf(exampleRows)],
])("%s", async (name, render) => {
  expectGolden(name, await render());
});
