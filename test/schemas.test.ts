// The schemas agree with the generated types, with the row types, with the defaults and with every file that names one of them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { schemaTypes, target } from "../scripts/generate-schema-types.ts";
import { packageFolder } from "../src/config/paths.ts";
import { checkSchema, loadYaml } from "../src/config/yaml/schema.ts";
import { fullModelCard, runDefaults } from "../src/core/defaults.ts";
import { renderProblem } from "../src/core/errors.ts";
import type { Row, RowStep, ScoredRow } from "../src/core/rows.ts";
import { fullDatasetCard } from "../src/datasets/index.ts";
import { families } from "../src/models/index.ts";
import { comparisonWriters } from "../src/report/comparison/index.ts";
import { writers } from "../src/report/index.ts";
import { exampleComparison } from "./report/comparison/example.ts";
import { exampleInput, smallInput } from "./report/example.ts";
import { exampleRows } from "./report/rows.ts";

test("src/core/schema-types.ts is what `npm run schemas` writes", async () => {
  expect(readFileSync(target, "utf8")).toBe(await schemaTypes());
});

const files = ["configs", "datasets"].flatMap((folder) =>
  readdirSync(join(packageFolder, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml") && !/^(samples|data)[\\/]/.test(name))
    .map((name) => join(folder, name)),
);

describe("every YAML file names its schema in the first line, and keeps to it", () => {
  test.each(files)("%s", async (file) => {
    const path = join(packageFolder, file);
    const [first = ""] = readFileSync(path, "utf8").split("\n");
    const [, schema = ""] = /^# yaml-language-server: \$schema=(\S+)$/.exec(first) ?? [];
    const schemaPath = resolve(dirname(path), schema);
    expect(existsSync(schemaPath), `first line names a schema, got: ${first}`).toBe(true);
    const [, name = ""] = /^schemas\/(.+)\.schema\.json$/.exec(relative(packageFolder, schemaPath)) ?? [];
    const { problems } = await loadYaml(path, name, packageFolder);
    expect(problems.map(renderProblem)).toEqual([]);
  });
});

describe("defaults keep to the schemas", () => {
  test("of model cards", () => {
    const files = { encoder: "e.onnx", decoder: "d.onnx" };
    const card = fullModelCard(
      { name: "a", title: "A", family: "sam", files, image: { size: 64 } },
      families.sam!,
    );
    expect(checkSchema("model-card", card)).toEqual([]);
  });

  test("of data set cards", async () => {
    const card = await fullDatasetCard({
      name: "a",
      title: "A",
      version: 1,
      domain: ["plants"],
      homepage: "https://example.org",
      licence: "CC0-1.0",
      adapter: { format: "sa-1b", folder: "." },
      maskType: "instance",
    });
    expect(checkSchema("dataset-card", card)).toEqual([]);
  });

  test("of run files", () => {
    // "5 % or 2 targets, whichever is more" is the default alone; a run file states one of them.
    const {
      reports: _reports,
      file: _file,
      furtherFiles: _furtherFiles,
      samples: _samples,
      ownProtocols,
      usualProtocols,
      maxFailures,
      ...choices
    } = runDefaults;
    for (const protocols of [ownProtocols, ...Object.values(usualProtocols)])
      expect(checkSchema("run-file", { name: "a", models: ["a"], benchmarks: ["b"], protocols })).toEqual([]);
    for (const limit of Object.values(maxFailures))
      expect(
        checkSchema("run-file", { name: "a", models: ["a"], benchmarks: ["b"], maxFailures: limit }),
      ).toEqual([]);
    expect(checkSchema("run-file", { name: "a", models: ["a"], benchmarks: ["b"], ...choices })).toEqual([]);
  });
});

describe("rows", () => {
  const key = {
    model: "tiny",
    benchmark: "trashcan",
    protocol: "sam1-d1@1",
    sample: "vid_1_frame2",
    cluster: "vid_1",
    target: "17",
  };
  const step: RowStep = {
    at: { clicks: 1 },
    sent: { clicks: [[31, 44, 1]], multimask: true },
    chosen: 0,
    candidates: [
      { predicted: 0.9, iou: 0.7 },
      { predicted: -0.1, iou: 0.8 },
      { predicted: 1.2, iou: 0 },
    ],
    scores: { iou: 0.7, oracle: 0.8, dice: 0.82, boundary: 0.5 },
  };
  const shape = { rle: { size: [270, 480] as const, counts: "PQ7" }, magnitude: 10 };
  const scored: ScoredRow = {
    ...key,
    status: "ok",
    size: { width: 480, height: 270 },
    area: 1234,
    box: [10, 20, 59, 80],
    category: "bag",
    steps: [
      step,
      { ...step, at: { clicks: 0, draw: 3 }, sent: { clicks: [], box: [10, 20, 59, 80], multimask: false } },
      { ...step, at: { clicks: 0, draw: 4 }, sent: { clicks: [], mask: shape, multimask: false } },
      {
        ...step,
        at: { clicks: 2 },
        sent: {
          clicks: [
            [1, 2, 1],
            [3, 4, 0],
          ],
          mask: "previous",
          multimask: false,
        },
      },
    ],
  };
  const good: Row[] = [
    scored,
    { ...key, status: "ok", facts: { found: 2, frames: [0.5, 1], overlaps: [[1, 0], [0.2]] }, steps: [] },
    { ...key, status: "dropped", reason: "empty" },
    { ...key, target: "*", status: "failed", reason: "a.png: truncated", category: "bag" },
  ];
  const bad: readonly [string, unknown][] = [
    ["unknown status", { ...key, status: "lost", reason: "x" }],
    ["failed without a reason", { ...key, status: "failed" }],
    ["scored without a list of steps", { ...scored, steps: undefined }],
    ["half a size", { ...scored, size: { width: 480 } }],
    ["fact that is a text", { ...scored, facts: { found: "two" } }],
    ["without an id", { ...scored, target: undefined }],
    ["number as an id", { ...scored, target: 17 }],
    [
      "score that is not a number",
      { ...scored, steps: [{ ...step, scores: { ...step.scores, dice: null } }] },
    ],
    ["chosen that is no index", { ...scored, steps: [{ ...step, chosen: -1 }] }],
    [
      "click without a label",
      { ...scored, steps: [{ ...step, sent: { clicks: [[1, 2]], multimask: true } }] },
    ],
    ["mask prompt of no kind", { ...scored, steps: [{ ...step, sent: { ...step.sent, mask: "dilated" } }] }],
    ["half a box", { ...scored, box: [1, 2] }],
  ];

  test.each(good)("$status is valid", (row) => {
    expect(checkSchema("row", JSON.parse(JSON.stringify(row)))).toEqual([]);
  });
  test("may carry further keys", () => {
    expect(checkSchema("row", { ...scored, frame: 3 })).toEqual([]);
  });
  test.each(bad)("%s is not", (_what, row) => {
    expect(checkSchema("row", JSON.parse(JSON.stringify(row)))).toHaveLength(1);
  });
});

describe("what a run writes keeps to the schemas", () => {
  const check = (name: string, text: string) => checkSchema(name, JSON.parse(text));

  test("summary.json", () => {
    for (const input of [exampleInput(), smallInput()])
      expect(check("summary", writers.json.render(input))).toEqual([]);
  });

  test("comparison.json", async () => {
    expect(check("comparison", comparisonWriters.json.render(await exampleComparison()))).toEqual([]);
  });

  test("rows", () => {
    for (const row of exampleRows) expect(check("row", JSON.stringify(row))).toEqual([]);
  });

  test("a key that no schema knows, and one that is missing, are found", () => {
    const { run: _run, ...summary } = smallInput().summary;
    const found = checkSchema("summary", { ...summary, extra: 1 });
    expect(found.map(({ what, path }) => [what, ...path])).toEqual([
      ["missing key", "run"],
      ["unknown key", "extra"],
    ]);
  });
});
