// Filters and orders, against the plainest way of doing the same.
import { expect, test } from "vitest";
import { draw } from "../../src/index.ts";
import { counted, ordered, type Query, sorted } from "../../src/view/query.ts";

const names = {
  model: ["a", "b"],
  benchmark: ["cells", "streets"],
  protocol: ["box@1", "sam1-d1@1"],
  status: ["ok", "failed"],
  sample: Array.from({ length: 40 }, (_, i) => `Image ${i}`),
  target: ["1", "2", "3"],
  category: ["", "Bus", "tree", "Bus stop"],
  size: ["small", "medium", ""],
};
const rows = 3000;
type Key = keyof typeof names;
const pick = (key: string, of: number) =>
  Uint32Array.from({ length: rows }, (_, i) => Math.floor(draw(key, String(i)) * of));
const columns: Record<string, ArrayLike<number>> = Object.fromEntries(
  Object.entries(names).map(([key, list]) => [key, pick(key, list.length)]),
);
// Few different values, so that there are ties; some are negative, some missing.
columns.measure = Float32Array.from({ length: rows }, (_, i) => {
  const at = Math.floor(draw("measure", String(i)) * 50);
  return at === 0 ? Number.NaN : at === 1 ? -0 : (at - 10) / 7;
});
columns.other = Float32Array.from({ length: rows }, (_, i) => {
  const at = Math.floor(draw("other", String(i)) * 20);
  return at === 0 ? Number.NaN : at / 7;
});
const column = async (name: string) => columns[name]!;
const nameOf = (key: Key, row: number) => names[key][columns[key]![row]!]!;

function plainly({ text = "", sort, minus, order, benchmarks, ...wanted }: Query): number[] {
  const words = text
    .toLowerCase()
    .split(" ")
    .filter((word) => word !== "");
  const stay = Array.from({ length: rows }, (_, i) => i).filter(
    (row) =>
      Object.entries(wanted).every(([key, value]) => nameOf(key as Key, row) === value) &&
      benchmarks?.includes(nameOf("benchmark", row)) !== false &&
      words.every((word) =>
        (["sample", "target", "category", "benchmark"] as const).some((key) =>
          nameOf(key, row).toLowerCase().includes(word),
        ),
      ),
  );
  if (sort === undefined) return stay;
  const own = columns[sort]!;
  const values = Float32Array.from({ length: rows }, (_, row) => {
    const value = minus === undefined ? own[row]! : own[row]! - columns[minus]![row]!;
    return order === "far" ? Math.abs(value) : value;
  });
  const [there, none] = [
    stay.filter((row) => !Number.isNaN(values[row])),
    stay.filter((row) => Number.isNaN(values[row])),
  ];
  const sign = order === "descending" || order === "far" ? -1 : 1;
  return [...there.sort((a, b) => sign * (values[a]! - values[b]!) || a - b), ...none];
}

test.each<Query>([
  {},
  { model: "b" },
  { protocol: "box@1", benchmark: "cells", status: "ok", category: "Bus" },
  { model: "unknown" },
  { text: "bus" },
  { text: "  IMAGE 1  stop" },
  { text: "nowhere" },
  { sort: "measure" },
  { sort: "measure", order: "descending", text: "tree", model: "a" },
  { size: "small", benchmarks: ["streets", "unknown"] },
  { benchmarks: [] },
  { sort: "measure", minus: "other", size: "" },
  { sort: "measure", minus: "other", order: "far" },
])("%j", async (query) => {
  expect([...(await ordered({ rows, names }, column, query))]).toEqual(plainly(query));
});

test("values of every size and sign sort as numbers do", () => {
  const values = [
    3e38,
    -3e38,
    1e-45,
    -1e-45,
    0,
    -0,
    1,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    -1,
  ];
  const places = Uint32Array.from(values.keys());
  expect([...sorted(places, values, false)]).toEqual([8, 1, 10, 3, 4, 5, 2, 6, 0, 7, 9]);
  expect([...sorted(places, values, true)]).toEqual([7, 0, 6, 2, 4, 5, 3, 10, 1, 8, 9]);
});

test("names are counted among the rows that meet a query", async () => {
  const query = { benchmark: "cells" };
  const found = await counted({ rows, names }, column, "category", query);
  const plain = names.category.map((name) => ({ name, rows: plainly({ ...query, category: name }).length }));
  expect(found).toEqual(plain);
  expect(await counted({ rows, names }, column, "model", { text: "nowhere" })).toEqual([]);
});
