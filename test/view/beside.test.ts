// Rows of two models about the same targets: found by their names, whatever their order and their numbers, in one run or in two.
import { expect, test } from "vitest";
import { draw } from "../../src/index.ts";
import { besides, columnNamed, partnerOf, partnersOf } from "../../src/view/beside.ts";
import type { OpenRun } from "../../src/view/source.ts";

const rows = 600;
const columnsOf = [
  "model",
  "benchmark",
  "protocol",
  "status",
  "sample",
  "target",
  "category",
  "size",
] as const;

/** A run of some of the targets that there are, its names in an order of its own; the value of a row is its number. */
function made(
  seed: string,
  models: readonly string[],
): { readonly run: OpenRun; readonly keys: readonly string[] } {
  const all = models.flatMap((model) =>
    Array.from({ length: rows / models.length }, (_, i) => ({
      ...{
        model,
        benchmark: i % 3 === 0 ? "cells" : "streets",
        protocol: i % 2 === 0 ? "box@1" : "sam1-d1@1",
      },
      ...{
        sample: `image ${Math.floor(i / 6) % 20}`,
        target: String(Math.floor(i / 120)),
        status: "ok",
        category: "",
        size: "",
      },
    })),
  );
  const unique = [...new Map(all.map((row) => [JSON.stringify(row), row])).values()];
  const kept = unique
    .filter((row) => draw(seed, "there", JSON.stringify(row)) < 0.7)
    .map((row) => ({ row, at: draw(seed, "order", JSON.stringify(row)) }))
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row);
  const names = Object.fromEntries(columnsOf.map((key) => [key, [...new Set(kept.map((row) => row[key]))]]));
  const numbers = new Map(
    columnsOf.map((key) => [key, Uint32Array.from(kept, (row) => names[key]!.indexOf(row[key]))]),
  );
  const value = Float32Array.from(kept, (_, i) => i);
  return {
    keys: kept.map((row) => JSON.stringify(row)),
    run: {
      index: { rows: kept.length, names, measures: {}, valued: [] },
      column: async (name: string) => (name === "value" ? value : numbers.get(name as "model")!),
    } as unknown as OpenRun,
  };
}

const [first, second] = [made("1", ["a", "b"]), made("2", ["b", "c"])];

test.each([
  ["a run and another one", first, "a", second, "c"],
  ["two models of a run", first, "a", first, "b"],
  ["a model and itself", first, "b", first, "b"],
  ["a model that is in both", first, "b", second, "b"],
  ["a model that is in neither", first, "x", second, "y"],
] as const)("%s", async (_name, base, model, other, against) => {
  const found = await partnersOf(base.run, model, other.run, against);
  const wanted = base.keys.map((key) =>
    JSON.parse(key).model === model
      ? other.keys.indexOf(JSON.stringify({ ...JSON.parse(key), model: against }))
      : -1,
  );
  expect([...found]).toEqual(wanted);
  if (model !== "x") expect(wanted.filter((place) => place !== -1).length).toBeGreaterThan(20);
  for (const place of [0, 7, 31])
    if (JSON.parse(base.keys[place]!).model === model)
      expect(await partnerOf(base.run, place, other.run, against)).toBe(wanted[place]);
});

test("columns of the model beside: those of its rows, nothing where it has none; the same view for the same question", async () => {
  const beside = besides();
  const view = await beside(first.run, "a", second.run, "c");
  expect(await beside(first.run, "a", second.run, "c")).toBe(view);
  const partners = await partnersOf(first.run, "a", second.run, "c");
  const wanted = [...partners].map((place) => (place === -1 ? Number.NaN : place));
  expect(Array.from(await view.column("beside:value"))).toEqual(wanted);
  const order = [...(await view.order({ sort: "beside:value", order: "descending" }))];
  const there = order.filter((place) => partners[place] !== -1);
  expect(there.map((place) => partners[place])).toEqual(
    [...partners].filter((place) => place !== -1).sort((a, b) => b - a),
  );
  expect(order.slice(0, there.length)).toEqual(there);
});

test("words of the page stand for columns; others for none", () => {
  const note = (id: string, step?: object) => ({ id, ...(step === undefined ? {} : { step }) });
  const measures = {
    "p@1": [note("x@1", { clicks: 1 }), note("x@2", { clicks: 2, draw: 1 }), note("all")],
  } as unknown as OpenRun["index"]["measures"];
  const named = (word: string, hasSide = true) => columnNamed(word, { measures }, "p@1", hasSide);
  expect(
    ["share", "x@1", "estimate:x@1", "estimate:x@2", "beside:x@2", "beside:estimate:x@1"].map((word) =>
      named(word),
    ),
  ).toEqual(["share", "x@1", "estimate@1", "estimate@2.1", "beside:x@2", "beside:estimate@1"]);
  for (const word of [
    "",
    "y",
    "offset",
    "model",
    "estimate:all",
    "estimate:",
    "beside:",
    "beside:beside:x@1",
  ])
    expect(named(word), word).toBeUndefined();
  expect(named("beside:x@1", false)).toBeUndefined();
  expect(columnNamed("x@1", { measures }, "other", true)).toBeUndefined();
  expect(columnNamed("x@1", { measures }, undefined, true)).toBe("x@1");
});
