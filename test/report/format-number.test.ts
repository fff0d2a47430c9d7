import { expect, test } from "vitest";
import {
  bytes,
  count,
  decimal,
  displayWidth,
  formatDifference,
  formatEstimate,
  formatInterval,
  formatValue,
  formatWithUnit,
  percent,
  plural,
  shorten,
} from "../../src/report/kit/format.ts";
import { escapeMarkdown, listTable } from "../../src/report/kit/table.ts";
import { textTable } from "../../src/report/kit/text-table.ts";

test("percent points have one decimal and never a negative zero", () => {
  expect(percent(0.7134)).toBe("71.3");
  expect(percent(1)).toBe("100.0");
  expect(percent(-0.0001)).toBe("0.0");
  expect(decimal(-0.001, 2)).toBe("0.00");
  expect([0.012, -0.004, 0].map((value) => formatDifference({ unit: "share" }, value))).toEqual([
    "+1.2",
    "-0.4",
    "0.0",
  ]);
});

test("an interval stands behind its value, or nothing does", () => {
  const share = { unit: "share" } as const;
  expect(formatEstimate(share, { value: 0.713, low: 0.698, high: 0.727, n: 9, clusters: 3 })).toBe(
    "71.3 [69.8, 72.7]",
  );
  expect(formatEstimate(share, { value: 0.713, n: 9, clusters: 1 })).toBe("71.3");
});

test("numbers are written as their unit has them", () => {
  const written = (["share", "points", "clicks", "pixels", "plain"] as const).map((unit) => [
    ...[formatValue({ unit }, 0.7134), formatWithUnit({ unit }, 0.7134), formatDifference({ unit }, 0.7134)],
    ...[formatDifference({ unit }, -0.00001), formatValue({ unit }, 0.7134, 0)],
  ]);
  expect(written).toEqual([
    ["71.3", "71.3 %", "+71.3", "0.0", "71"],
    ["+71.3", "+71.3 points", "+71.3", "0.0", "+71"],
    ["0.71", "0.71 clicks", "+0.71", "0.00", "1"],
    ["0.71", "0.71 px", "+0.71", "0.00", "1"],
    ["0.71", "0.71", "+0.71", "0.00", "1"],
  ]);
  expect(formatInterval({ unit: "pixels" }, { low: -1, high: 2 }, formatDifference)).toBe("[-1.00, +2.00]");
});

test("counts, plurals and bytes", () => {
  expect([0, 999, 1000, 1234567].map(count)).toEqual(["0", "999", "1,000", "1,234,567"]);
  expect([plural(1, "click"), plural(0, "click")]).toEqual(["1 click", "0 clicks"]);
  expect([bytes(0), bytes(999), bytes(17_200_000)]).toEqual(["0 B", "999 B", "17.2 MB"]);
});

test("texts are measured and cut as a terminal shows them", () => {
  expect(displayWidth("日本 é")).toBe(6);
  expect(displayWidth("e\u0301")).toBe(1);
  expect(shorten("日本語データ", 6)).toBe("日本…");
  expect(shorten("short", 5)).toBe("short");
});

test("a text table cuts words, never numbers", () => {
  const table = listTable(
    [
      { title: "benchmark", align: "left" },
      { title: "mIoU", align: "right" },
    ],
    [["a-rather-long-benchmark-name", "71.3 [69.8, 72.7]"]],
  );
  expect(textTable(table, { columns: 34, colour: false })).toEqual([
    "benchmark                     mIoU",
    "---------------  -----------------",
    "a-rathe…rk-name  71.3 [69.8, 72.7]",
  ]);
});

test("markdown shows text as it is", () => {
  expect(escapeMarkdown("a|b *c*\n<d>")).toBe("a\\|b \\*c\\* \\<d\\>");
  expect(escapeMarkdown("71.3 [69.8, 72.7]")).toBe("71.3 [69.8, 72.7]");
});
