// Roads out: what every export writes, against the summary, the rows and the data.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Comparison, Summary } from "../../src/core/results.ts";
import type { ScoredRow } from "../../src/core/rows.ts";
import { exporters } from "../../src/report/export/index.ts";
import { runCli } from "../helpers/run-cli.ts";
import { packageFolder, sharedFolder, workPlace, writeDiskModel } from "../helpers/synthetic.ts";

const place = sharedFolder();
const run = "reports/mine";
const cli = (...words: string[]) => runCli(words, { cwd: place });
const text = (...path: string[]) => readFileSync(join(place, ...path), "utf8");
const json = (...path: string[]) => JSON.parse(text(...path));
const data = ["--data", "all"];

let summary: Summary;
let rows: ScoredRow[];
beforeAll(async () => {
  await workPlace({ images: 2, targets: 2 }, { place });
  mkdirSync(join(place, "all"));
  symlinkSync(join(place, "data"), join(place, "all", "dots"));
  writeDiskModel(place, "tiny");
  writeDiskModel(place, "mine", { mask: { threshold: -1 } });
  const models = ["--models", "./tiny.yaml,./mine.yaml"];
  expect(await cli("run", "run.yaml", ...models, "--points", "1,3", "--box", "--out", run)).toMatchObject({
    code: 0,
  });
  expect(await cli("compare", run, "--out", "compared")).toMatchObject({ code: 0 });
  const grid = ["pointsPerSide=2", "predictedIou=0", "stability=0"].flatMap((one) => ["--generator", one]);
  const all = ["--models", "./tiny.yaml", "--protocols", "everything@1", ...grid, "--out", "sets"];
  expect(await cli("run", "run.yaml", ...all)).toMatchObject({ code: 0 });
  summary = json(run, "summary.json");
  rows = text(run, "rows.jsonl")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}, 60_000);

const cellOf = (model: string, protocol: string) =>
  summary.cells.find((cell) => cell.model === model && cell.protocol === protocol)!;

test("trackers: one set for each model, every number with the ends of its interval, curves, pictures", async () => {
  expect(await cli("export", "wandb", run, "--out", "wandb")).toMatchObject({ code: 0, out: "" });
  expect(await cli("export", "mlflow", `${run}:mine`, "--out", "mlflow")).toMatchObject({ code: 0 });
  const { runs, ...head } = json("wandb", "metrics.json");
  expect(head).toMatchObject({ format: "segbench/metrics@1", kind: "run", name: summary.run });
  expect(runs.map(({ name }: { name: string }) => name)).toEqual(["tiny", "mine"]);
  const [first] = runs;
  const { value, low, high, n, clusters, few } = cellOf("tiny", "sam1-d1@1").measures["iou@3"]!;
  expect(first.metrics["sam1-d1_1/dots/iou_3_images"]).toBe(few === true ? clusters : undefined);
  expect(first.metrics).toMatchObject({ "sam1-d1_1/dots/iou_3": value });
  expect(first.metrics["sam1-d1_1/dots/iou_3_low"]).toBe(low);
  expect(first.config).toMatchObject({
    model: "tiny",
    plan: summary.plan,
    protocols: "sam1-d1@1, box@1",
  });
  const { columns, data: lines } = first.table;
  const line = lines.find((one: unknown[]) => one.includes("sam1-d1@1") && one.includes("iou@3"));
  expect(Object.fromEntries(columns.map((name: string, i: number) => [name, line[i]]))).toMatchObject({
    ...{ place: "dots", unit: "share", better: "higher", value, low: low ?? null, high: high ?? null },
    ...{ targets: n, images: clusters, few: few === true },
  });
  // Of two images each worker's first one is left out.
  const timed = Object.keys(first.metrics).filter((key) => key.startsWith("time/"));
  expect(timed).toContain("time/decode_median_ms");
  expect(first.metrics["time/decode_median_ms"]).toBeGreaterThan(0);
  expect(first.metrics).toMatchObject({ "time/images": 2, "time/load_average": expect.any(Number) });
  expect(first.config["timed on"]).toMatch(/thread/);
  expect(first.config["times say little"]).toMatch(/^of 2 images alone/);
  expect(first.curves[0]).toMatchObject({
    ...{ name: "sam1-d1_1/dots/iou_by_clicks", axis: "clicks" },
    points: [
      [1, cellOf("tiny", "sam1-d1@1").measures["iou@1"]!.value],
      [3, value],
    ],
  });
  for (const { file } of first.media) expect(readFileSync(join(place, "wandb", file))[1]).toBe(0xd8);
  expect(first.media.length).toBeGreaterThan(2);
  // RUN:MODEL is that model alone; the script reads the same file.
  const own = json("mlflow", "metrics.json").runs;
  expect(own.map(({ name }: { name: string }) => name)).toEqual(["mine"]);
  expect({ ...own[0], media: [] }).toEqual({ ...runs[1], media: [] });
  for (const [folder, script] of [
    ["wandb", "log_wandb.py"],
    ["mlflow", "log_mlflow.py"],
  ] as const)
    expect(text(folder, script).trim().split("\n").length).toBeLessThanOrEqual(20);
});

test("DVC: values as a tree, intervals beside it, and plots that name files and fields that are there", async () => {
  expect(await cli("export", "dvc", run, "--metrics", "dice", "--out", "dvc")).toMatchObject({ code: 0 });
  const metrics = json("dvc", "metrics.json");
  for (const { model, protocol, benchmark, measures } of summary.cells)
    for (const [id, value] of Object.entries(metrics[model][protocol][benchmark]))
      expect(value).toBe(measures[id]!.value);
  expect(Object.keys(metrics.mine["sam1-d1@1"].dots)).toEqual([
    "dice@1",
    "dice@3",
    "iou@1",
    "iou@3",
    "oracle@1",
  ]);
  expect(json("dvc", "intervals.json").mine["box@1"].dots["iou@box"]).toMatchObject({
    ...{ targets: 4, images: 2 },
  });
  const { metrics: named, plots } = parse(text("dvc", "dvc.yaml"));
  expect(named).toEqual(["metrics.json"]);
  expect(plots.at(-1)).toBe("media");
  for (const plot of plots.slice(0, -1)) {
    const [{ x, y }] = Object.values(plot) as [{ x: unknown; y: Record<string, string | string[]> }];
    for (const [file, fields] of Object.entries(y)) {
      const [first] = json("dvc", file);
      const wanted = [typeof x === "string" ? x : Object.values(x as object)[0], ...[fields].flat()];
      for (const field of wanted) expect(Object.keys(first)).toContain(field);
    }
  }
});

test("Hugging Face: a card for each model, and result files where the benchmark's id is known", async () => {
  const hub = ["--hub", "dots=me/dots"];
  expect(await cli("export", "huggingface", run, ...hub, "--out", "hub")).toMatchObject({
    ...{ code: 0, err: expect.stringContaining("hub.metadata_load('hub/mine/README.md'), create_pr=True)") },
  });
  const [, head, body] = text("hub", "mine", "README.md").split("---\n");
  const [{ name, results }] = parse(head!)["model-index"];
  expect(name).toBe("mine");
  expect(results.map(({ dataset }: { dataset: object }) => dataset)).toEqual([
    { type: "me/dots", name: "Dots" },
    { type: "me/dots", name: "Dots" },
  ]);
  const { value, n, clusters } = cellOf("mine", "box@1").measures["iou@box"]!;
  expect(results[1].metrics).toEqual([
    {
      ...{ type: "iou@box", name: "IoU, box", value, config: "box@1" },
      args: expect.objectContaining({ targets: n, images: clusters, unit: "share" }),
    },
  ]);
  expect(body).toContain(`| Dots | box@1 | IoU, box | ${(100 * value).toFixed(1)} % (2 images) |`);
  const entries = parse(text("hub", "mine", ".eval_results", "dots.yaml"));
  expect(entries.at(-1)).toMatchObject({ dataset: { id: "me/dots", task_id: "box_1-iou_box" }, value });

  const wrong = await cli("export", "huggingface", run, "--hub", "dot=me/dots", "--out", "hub");
  expect(wrong.err).toContain('--hub: is not a benchmark of this run; expected dots; got "dot"');
});

/** The array of a NumPy file, as a set of places. */
function arrayOf(base64: string): {
  readonly height: number;
  readonly width: number;
  readonly cells: Buffer;
} {
  const bytes = inflateSync(Buffer.from(base64, "base64"));
  const length = bytes.readUInt16LE(8);
  expect(bytes.subarray(0, 8).toString("latin1")).toBe("\x93NUMPY\x01\x00");
  expect((10 + length) % 64).toBe(0);
  const [, height, width] = /'shape': \((\d+), (\d+)\)/.exec(bytes.toString("latin1", 10, 10 + length))!;
  return { height: Number(height), width: Number(width), cells: bytes.subarray(10 + length) };
}

describe("FiftyOne", () => {
  type Label = {
    target: string;
    bounding_box: number[];
    mask?: { $binary: { base64: string } };
    iou: number;
  };

  /** A label's mask at the size of the image. */
  function pixels({ bounding_box: [x, y, w, h], mask }: Label, [width, height]: readonly [number, number]) {
    const all = new Set<number>();
    if (mask === undefined) return all;
    const array = arrayOf(mask.$binary.base64);
    expect([array.width, array.height]).toEqual([w! * width, h! * height].map(Math.round));
    for (const [at, cell] of array.cells.entries()) {
      const [row, column] = [Math.floor(at / array.width), at % array.width];
      if (cell === 1) all.add((Math.round(y! * height) + row) * width + Math.round(x! * width) + column);
    }
    return all;
  }

  test("masks whose overlap with the ground truth is the row's score, and the prompts that were sent", async () => {
    expect(await cli("export", "fiftyone", run, ...data, "--out", "fifty")).toMatchObject({
      code: 0,
    });
    const lines = text("fifty", "samples.jsonl")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ sample }) => sample).sort()).toEqual(["img0000", "img0001"]);
    let compared = 0;
    for (const line of lines) {
      expect(existsSync(join(place, "fifty", line.filepath))).toBe(true);
      for (const [model, protocol, clicks, field] of [
        ["tiny", "sam1-d1@1", 3, "tiny_sam1_d1_3_clicks"],
        ["mine", "box@1", 0, "mine_box"],
      ] as const)
        for (const label of line[field].detections as Label[]) {
          const row = rows.find(
            (one) =>
              one.model === model &&
              one.protocol === protocol &&
              one.sample === line.sample &&
              one.target === label.target,
          )!;
          const step = row.steps.find(({ at }) => at.clicks === clicks)!;
          const size = [row.size!.width, row.size!.height] as const;
          const truth = pixels(
            line.ground_truth.detections.find(({ target }: Label) => target === label.target),
            size,
          );
          const own = pixels(label, size);
          const both = [...own].filter((at) => truth.has(at)).length;
          expect(label.iou).toBe(step.scores.iou);
          expect(both / (own.size + truth.size - both)).toBe(label.iou);
          compared += 1;
        }
      const points = line.tiny_sam1_d1_prompts.keypoints;
      const sent = rows.find(({ sample, model }) => sample === line.sample && model === "tiny")!.steps.at(-1)!
        .sent!;
      expect(points[0].points[0]).toEqual([(sent.clicks[0]![0] + 0.5) / 64, (sent.clicks[0]![1] + 0.5) / 48]);
    }
    expect(compared).toBe(8);
    expect(text("fifty", "load_fiftyone.py").trim().split("\n").length).toBeLessThanOrEqual(20);
  });

  test("of a comparison, how much the candidate's score is above the base's", async () => {
    expect(await cli("export", "fiftyone", "compared", ...data, "--out", "fifty-pair")).toMatchObject({
      code: 0,
    });
    const [line] = text("fifty-pair", "samples.jsonl")
      .trim()
      .split("\n")
      .map((one) => JSON.parse(one));
    const labels = (field: string) => line[field].detections as (Label & { difference?: number })[];
    expect(labels("tiny_box").map(({ difference }) => difference)).toEqual([undefined, undefined]);
    expect(labels("mine_box").map(({ difference }) => difference)).toEqual(
      labels("mine_box").map(({ iou }, n) => iou - labels("tiny_box")[n]!.iou),
    );
  });

  test("all masks of an image: the best first, with their scores and clicks", async () => {
    expect(await cli("export", "fiftyone", "sets", ...data, "--out", "fifty-sets")).toMatchObject({
      code: 0,
    });
    const [line] = text("fifty-sets", "samples.jsonl")
      .trim()
      .split("\n")
      .map((one) => JSON.parse(one));
    const row = (
      text("sets", "rows.jsonl")
        .trim()
        .split("\n")
        .map((one) => JSON.parse(one)) as ScoredRow[]
    ).find(({ sample }) => sample === line.sample)!;
    const labels = line.tiny_everything.detections as (Label & {
      confidence: number;
      rank: number;
      point: number[];
    })[];
    expect(line.ground_truth.detections).toHaveLength(2);
    expect(labels.map(({ confidence }) => confidence)).toEqual(row.facts!.scores);
    const size = [row.size!.width, row.size!.height] as const;
    expect(labels.map((label) => pixels(label, size).size)).toEqual(row.facts!.areas);
    expect(labels.map(({ rank, point }) => [rank, point.length])).toEqual(labels.map((_, i) => [i, 2]));
  });

  test("images that are not there are an error that says how to name their folder", async () => {
    renameSync(join(place, "data"), join(place, "away"));
    try {
      const { code, err } = await cli("export", "fiftyone", run, "--data", "nowhere", "--out", "none");
      expect(code).toBe(1);
      expect(err).toMatch(/dots, img000\d: the image that was scored was not found/);
      const looked = ["nowhere/dots", "data", "datasets/data/dots"].map((folder) => join(place, folder));
      expect(err).toContain(`nothing of it in ${looked[0]}, ${looked[1]} or ${looked[2]}`);
    } finally {
      renameSync(join(place, "away"), join(place, "data"));
    }
    // Without a word, where the run found it.
    expect((await cli("export", "fiftyone", run, "--out", "found")).code).toBe(0);
  });
});

test("a number of too few images says so, and of how many", () => {
  const note = summary.protocols[0]!.measures[0]!;
  const estimate = { value: 0.5, n: 9, clusters: 3, few: true } as const;
  const numbers = [{ protocol: "sam1-d1@1", place: "dots", note, estimate }];
  const input = {
    ...({ kind: "run", name: "run", title: "Run", benchmarks: new Map(), pictures: [] } as const),
    sets: [{ name: "tiny", title: "Tiny", facts: {}, numbers }],
    hub: new Map([["dots", "me/dots"]]),
  };
  const fileOf = (tool: string, name: string) =>
    String(exporters[tool]!.files(input).find(({ file }) => file === name)!.content);
  const [one] = JSON.parse(fileOf("wandb", "metrics.json")).runs;
  expect(one.metrics).toEqual({ "sam1-d1_1/dots/iou_1": 0.5, "sam1-d1_1/dots/iou_1_images": 3 });
  expect(JSON.parse(fileOf("dvc", "intervals.json")).tiny["sam1-d1@1"].dots["iou@1"]).toEqual({
    ...{ targets: 9, images: 3, few: true },
  });
  expect(fileOf("huggingface", "tiny/README.md")).toContain(
    "| IoU, 1 click | 50.0 % (3 images) |  | 3 | 9 |",
  );
  const grouped = [{ ...numbers[0]!, estimate: { ...estimate, grouped: true } as const }];
  const [card] = exporters.huggingface!.files({ ...input, sets: [{ ...input.sets[0]!, numbers: grouped }] });
  expect(card!.content).toContain("| 50.0 % (3 clusters) |  | 3 clusters | 9 |");
  expect(fileOf("huggingface", "tiny/.eval_results/dots.yaml")).toContain(
    "IoU, 1 click, sam1-d1@1; 3 images, too few for an interval that is known to hold;",
  );
});

test("a comparison: differences with both sides and their p", async () => {
  expect(await cli("export", "wandb", "compared", ...data, "--out", "pair")).toMatchObject({ code: 0 });
  const comparison: Comparison = json("compared", "comparison.json");
  const [{ name, metrics }] = json("pair", "metrics.json").runs;
  expect(name).toBe("mine - tiny");
  const cell = comparison.pairs[0]!.cells.find(({ protocol }) => protocol === "box@1")!;
  const { difference, base, candidate, holm } = cell.measures[0]!;
  expect(metrics).toMatchObject({
    "box_1/dots/iou_box": difference.value,
    "box_1/dots/iou_box_base": base,
    "box_1/dots/iou_box_candidate": candidate,
    "box_1/dots/iou_box_p": holm,
  });
  const { err } = await cli("export", "huggingface", "compared", "--out", "pair-hub");
  expect(err).toContain("compared: is a comparison; expected a run: huggingface takes runs alone");
});

test("a folder of somebody else is not written into; an earlier export is replaced whole", async () => {
  writeFileSync(join(place, "data", "mine.txt"), "mine");
  expect(await cli("export", "dvc", run, "--out", "data")).toMatchObject({
    code: 1,
    err: expect.stringContaining(
      "data: holds files that no export wrote; expected a new folder, or an earlier export",
    ),
  });
  await cli("export", "mlflow", run, "--out", "again");
  expect(readdirSync(join(place, "again"))).toContain("log_mlflow.py");
  await cli("export", "dvc", run, "--out", "again");
  expect(readdirSync(join(place, "again")).sort()).toEqual(
    ["dvc.yaml", "export.json", "intervals.json", "media", "metrics.json", "plots"].sort(),
  );
});

test("a part of a run is not exported as if it were the whole", async () => {
  cpSync(join(place, run), join(place, "part"), { recursive: true });
  const journal = text("part", "progress.jsonl").trim().split("\n").slice(0, -1);
  writeFileSync(join(place, "part", "progress.jsonl"), `${journal.join("\n")}\n`);
  expect((await cli("export", "dvc", "part", "--out", "x")).err).toContain("part: is not finished");
});

test("what cannot be exported, where to, and from what", async () => {
  expect((await cli("export", "fiftytwo", run, "--out", "x")).err).toBe(
    'error: segbench export: unknown export; expected one of prompts, fiftyone, huggingface, dvc, wandb, mlflow, got "fiftytwo"\n',
  );
  expect((await cli("export", "dvc", run, "--out", "run.yaml")).err).toMatch(
    /^error: run.yaml: cannot be written; got /,
  );
  expect((await cli("export", "dvc", run)).err).toContain("has nowhere to write; expected --out DIR");
  expect((await cli("export", "dvc", "nothing", "--out", "x")).err).toContain(
    "nothing: is neither a run folder nor",
  );
  expect((await cli("export", "dvc", run, "--metrics", "dicee", "--out", "x")).err).toContain(
    '(did you mean "dice"?)',
  );
});

test("docs/analysis.md: its queries run in DuckDB, and give the summary's and the comparison's numbers", async () => {
  const page = readFileSync(join(packageFolder, "docs", "analysis.md"), "utf8");
  const queries = [...page.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, query]) =>
    query!
      .replaceAll("'reports/mine/", `'${join(place, run)}/`)
      .replaceAll("'reports/everything/", `'${join(place, "sets")}/`),
  );
  const connection = await (await DuckDBInstance.create()).connect();
  const found: Record<string, unknown>[][] = [];
  for (const query of queries) found.push((await connection.runAndReadAll(query)).getRowObjectsJson());
  connection.closeSync();
  const [means, worst, quarters, differences, losses, reasons, chosen, recalls] = found;

  const clicksOf = (protocol: string, id: string) =>
    summary.protocols.find((one) => one.id === protocol)!.measures.find((one) => one.id === id)!.step!.clicks;
  const ious = (measures: Readonly<Record<string, unknown>>) =>
    Object.keys(measures).filter((id) => id.startsWith("iou@"));
  let compared = 0;
  for (const { model, benchmark, protocol, measures } of summary.cells)
    for (const id of ious(measures)) {
      const { value, n, clusters } = measures[id]!;
      const line = means!.find(
        (one) => one.model === model && one.protocol === protocol && one.clicks === clicksOf(protocol, id),
      );
      expect(line).toMatchObject({ benchmark, targets: String(n), images: String(clusters) });
      expect(line!.iou).toBeCloseTo(value, 12);
      compared += 1;
    }
  expect(compared).toBe(6);

  const scoreAt = ({ steps }: ScoredRow) => steps.find(({ at }) => at.clicks === 3)!.scores.iou!;
  const three = rows.filter(({ protocol }) => protocol === "sam1-d1@1").map(scoreAt);
  expect(worst!.map(({ iou }) => iou)).toEqual(three.sort((a, b) => a - b).slice(0, 20));
  for (const model of ["tiny", "mine"]) {
    const own = quarters!.filter((one) => one.model === model);
    for (const [n, { n: targets, values }] of cellOf(model, "sam1-d1@1").byQuartile.entries()) {
      const line = own.find(({ quarter }) => quarter === String(n + 1));
      expect(line?.targets ?? "0").toBe(String(targets));
      if (targets > 0) expect(line!.iou).toBeCloseTo(values["iou@1"]!, 12);
    }
  }

  const comparison: Comparison = json("compared", "comparison.json");
  for (const { protocol, measures } of comparison.pairs[0]!.cells)
    for (const { measure, difference } of measures.filter((one) => one.measure.startsWith("iou@"))) {
      const clicks = clicksOf(protocol, measure);
      const line = differences!.find((one) => one.protocol === protocol && one.clicks === clicks)!;
      expect(line.difference).toBeCloseTo(difference.value, 12);
      expect(line.pairs).toBe(String(difference.n));
    }
  expect(losses).toHaveLength(4);
  expect(reasons).toEqual([]);
  for (const { model, best_chosen } of chosen!)
    expect(best_chosen).toBeCloseTo(cellOf(String(model), "sam1-d1@1").measures["selection@1"]!.value, 12);
  expect(chosen).toHaveLength(2);

  const { cells } = json("sets", "summary.json") as Summary;
  const [{ measures }] = cells as [Summary["cells"][number]];
  expect(recalls).toMatchObject([{ benchmark: "dots", images: "2", targets: 4 }]);
  expect(recalls![0]!.ar_100).toBeCloseTo(measures["ar@100"]!.value, 12);
  expect(recalls![0]!.suppressed).toBeCloseTo(measures["lost-suppressed"]!.value, 12);
  expect(2 * measures.targets!.value).toBe(4);
});
