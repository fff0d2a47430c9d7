// Tables on a screen: what is cut, what leaves, what is marked, and what is coloured.
import { expect, test } from "vitest";
import { displayWidth, wrapped } from "../../src/report/kit/format.ts";
import { type Column, left, right, type Table } from "../../src/report/kit/table.ts";
import { plainScreen, textPairs, textTable } from "../../src/report/kit/text-table.ts";

interface Row {
  readonly name: string;
  readonly score: string;
  readonly best?: boolean;
}

const rows: readonly Row[] = [
  { name: "植物の葉のデータセット", score: "9.5" },
  { name: "streets", score: "71.3", best: true },
];
const columns: readonly Column<Row>[] = [
  left("benchmark", ({ name }) => name),
  right("IoU", ({ score, best = false }) => ({ text: score, detail: `[${score}, ${score}]`, best })),
  right("oracle", () => "80.0", { leaves: 20 }),
  right("masks", () => "12", { leaves: 60, explained: { text: "scored" } }),
];
const table: Table<Row> = { columns, rows };
const at = (width: number) => textTable(table, { columns: width, colour: false }, { elsewhere: "report.md" });

test("numbers stand below one another, wide characters take two columns, the best has a star", () => {
  expect(textTable(table, plainScreen, { explained: true })).toEqual([
    "benchmark                              IoU  oracle  masks",
    "----------------------  ------------------  ------  -----",
    "植物の葉のデータセット   9.5  [9.5, 9.5]      80.0     12",
    "streets                 71.3* [71.3, 71.3]    80.0     12",
    "* best; masks: scored",
  ]);
});

test("where there is no room words are cut, then columns leave, the least important first, and a line says which", () => {
  expect(at(48)).toEqual([
    "benchmark                            IoU  oracle",
    "--------------------  ------------------  ------",
    "植物の葉の…タセット    9.5  [9.5, 9.5]      80.0",
    "streets               71.3* [71.3, 71.3]    80.0",
    "* best",
    "1 more in a wider terminal: masks; all:",
    "  report.md",
  ]);
  expect(at(42).slice(0, 2)).toEqual([
    "benchmark                              IoU",
    "----------------------  ------------------",
  ]);
  // The score itself stays longest, without its interval.
  const [head, , , streets, ...foot] = at(18);
  expect([head, streets]).toEqual(["benchmark      IoU", "streets      71.3*"]);
  expect(foot.join(" ").replaceAll(/\s+/g, " ")).toBe(
    "* best 3 more in a wider terminal: oracle, masks, intervals; all: report.md",
  );
});

test("no line is wider than the screen", () => {
  for (let width = 16; width < 80; width++)
    for (const line of at(width)) expect(displayWidth(line)).toBeLessThanOrEqual(width);
});

test("colours are added where they are wanted, and take no room", () => {
  const start = String.fromCharCode(27);
  const coloured = textTable(table, { columns: 50, colour: true }, { elsewhere: "report.md" });
  expect(coloured.join("\n")).toContain(`${start}[32m71.3${start}[0m*`);
  expect(coloured.map((line) => line.replaceAll(new RegExp(`${start}\\[\\d+m`, "g"), ""))).toEqual(at(50));
  expect(at(50).join("\n")).not.toContain(start);
});

test("a table of one row is a line", () => {
  const own = { columns: columns.slice(1), rows: rows.slice(1) };
  const line = (width: number) => textPairs("streets:", own, { columns: width, colour: false });
  expect([line(80), line(50), line(29)]).toEqual([
    "streets: IoU 71.3 [71.3, 71.3], oracle 80.0, masks 12",
    "streets: IoU 71.3 [71.3, 71.3], oracle 80.0",
    "streets: IoU 71.3",
  ]);
});

test("text is broken between words", () => {
  expect(wrapped("  a line that is too long", 12, "  ")).toEqual(["  a line", "    that is", "    too long"]);
  expect(wrapped("short", 12)).toEqual(["short"]);
  expect(wrapped("within 95 % of", 9)).toEqual(["within", "95 % of"]);
  expect(wrapped("/a/path/that/cannot/be/broken", 8)).toEqual(["/a/path/that/cannot/be/broken"]);
});

test("heads that need words lose them where there is no room, and the line below has them", () => {
  const clicks = [2, 3].map((n) =>
    right<Row>(`${n} clicks`, () => "50.0", { brief: { title: String(n), of: "clicks" }, leaves: 40 + n }),
  );
  const short = { columns: [columns[0]!, ...clicks], rows: rows.slice(1) };
  expect(textTable(short, plainScreen)[0]).toBe("benchmark  2 clicks  3 clicks");
  expect(textTable(short, { columns: 24, colour: false })).toEqual([
    "benchmark     2     3",
    "---------  ----  ----",
    "streets    50.0  50.0",
    "2, 3: clicks",
  ]);
  expect(textTable(short, { columns: 18, colour: false }).slice(3).join(" ")).toBe(
    "2: clicks 1 more in a wider   terminal: 3   clicks",
  );
});
