import { expect, test } from "vitest";
import { writers } from "../../src/report/index.ts";
import { escapeLatex } from "../../src/report/kit/table.ts";
import { smallInput } from "./example.ts";

test("special characters are printed, not obeyed", () => {
  expect(escapeLatex("50 % of a_b & {c} #1 $x^2$ ~ \\d")).toBe(
    "50 \\% of a\\_b \\& \\{c\\} \\#1 \\$x\\textasciicircum{}2\\$ \\textasciitilde{} \\textbackslash{}d",
  );
  expect(escapeLatex('[a]\n"b" <c|')).toBe("{[}a] ''b'' \\textless{}c\\textbar{}");
});

test("every row of a table has as many columns as it declares", () => {
  const tables = writers.latex.render(smallInput()).split("\\begin{tabular}").slice(1);
  expect(tables).toHaveLength(2);
  for (const table of tables) {
    const declared = /^\{(\w+)\}/.exec(table)![1]!.length;
    const rows = table.split("\n").filter((line) => / & /.test(line) && !line.includes("multicolumn"));
    expect(rows.length).toBe(4);
    for (const row of rows) expect(row.replaceAll("\\&", "").split(" & ")).toHaveLength(declared);
  }
});
