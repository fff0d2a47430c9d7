// The files of configs/published: what the papers say of their own numbers holds for ours, and mistakes are found.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { listCards, packageFolder, registries } from "../../../src/config/index.ts";
import { loadPublished, readPublished } from "../../../src/config/models/published.ts";
import { renderProblem } from "../../../src/core/errors.ts";
import { queryProtocols } from "../../../src/eval/index.ts";

const folders = { cwd: packageFolder, env: {} };
const ofPhrases = queryProtocols.map(({ id }) => id);

test("figure 9(a): 23 differences, SAM better on 16, 9.24 points on average; every circle above RITM", async () => {
  const { numbers } = await loadPublished(folders);
  const figure = numbers.filter(({ minus }) => minus === "ritm-hrnet32");
  const bars = figure.filter(({ measure }) => measure === "iou@1").map(({ value }) => value);
  const circles = figure.filter(({ measure }) => measure === "oracle@1");
  expect(bars).toHaveLength(23);
  expect(bars.filter((value) => value > 0)).toHaveLength(16);
  expect(100 * (bars.reduce((all, value) => all + value, 0) / 23)).toBeCloseTo(9.24, 2);
  expect(Math.max(...bars)).toBe(0.469);
  expect(circles.filter(({ value }) => value > 0)).toHaveLength(23);
  expect(circles.every(({ error }) => error === 0.002 || error === 0.006)).toBe(true);
});

test("the curves and the differences agree: SAM minus RITM at one click is 9.24 give or take the reading", async () => {
  const { numbers } = await loadPublished(folders);
  const at = (model: string) =>
    numbers.find(
      (one) => one.model === model && one.source.endsWith("figure 9(c)") && one.measure === "iou@1",
    )!.value;
  expect(Math.abs(at("sam-vit-h") - at("ritm-hrnet32") - 0.0924)).toBeLessThan(0.01);
});

test("benchmarks are cards, protocols are ours, digitised values have an error", async () => {
  const { numbers } = await loadPublished(folders);
  const cards = (await listCards("benchmark", folders)).map(({ name }) => name);
  const places = numbers.flatMap(({ on }) => (on.kind === "suite" ? on.benchmarks : [on.name]));
  expect([...new Set(places)].filter((name) => !cards.includes(name))).toEqual([]);
  const ids = new Set(
    numbers.flatMap(({ near, protocol }) => [...near, ...(protocol === undefined ? [] : [protocol])]),
  );
  expect([...ids].filter((id) => registries.protocols[id] === undefined && !ofPhrases.includes(id))).toEqual(
    [],
  );
  expect(numbers.filter(({ kind, error }) => (kind === "digitised") !== (error !== undefined))).toEqual([]);
});

test("models named by a card of the package are known", async () => {
  const { models } = await loadPublished(folders);
  const cards = await listCards("model", folders);
  const keys = cards.flatMap(({ value }) => value?.published ?? []);
  expect(keys.filter((key) => models[key] === undefined)).toEqual([]);
});

test("what the schema cannot see is found, with its place", async () => {
  const home = mkdtempSync(join(tmpdir(), "published-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, "configs", "published"), { recursive: true });
  writeFileSync(
    join(home, "configs", "published", "mine.yaml"),
    `name: yours
title: Mine
year: 2024
url: https://example.org
models: { a: A }
tables:
  - where: table 1
    kind: digitised
    stated: one click
    minus: c
    values:
      - { model: b, benchmark: x, suite: y, scores: { iou@1: 50 } }
      - { model: a, benchmark: x }
  - where: table 2
    kind: printed
    error: 1
    near: [box@1]
    stated: a box
    values:
      - { model: a, benchmark: x, scores: { iou@box: 50 } }
`,
  );
  const { problems } = await readPublished({ cwd: home, home, env: {} });
  const lines = problems.map((problem) => renderProblem(problem).replace(/^configs\/published\//, ""));
  expect(lines).toEqual([
    'mine.yaml:1:7 name: not the name of the file; expected "mine"; got "yours"',
    'mine.yaml:10:12 tables[0].minus: unknown model; expected a; got "c"',
    "mine.yaml:7:5 tables[0]: no protocol; expected one of protocol, near",
    'mine.yaml:12:18 tables[0].values[0].model: unknown model; expected a; got "b"',
    'mine.yaml:12:42 tables[0].values[0].suite: unknown suite; expected nothing here; got "y"',
    "mine.yaml:12:9 tables[0].values[0]: not one place; expected one of benchmark, suite",
    "mine.yaml:12:9 tables[0].values[0]: an error belongs to every digitised value, and to no other",
    "mine.yaml:13:9 tables[0].values[1]: no number; expected scores",
    "mine.yaml:13:9 tables[0].values[1]: an error belongs to every digitised value, and to no other",
    "mine.yaml:14:5 tables[1]: near and differs belong together",
    "mine.yaml:20:9 tables[1].values[0]: an error belongs to every digitised value, and to no other",
  ]);
});
