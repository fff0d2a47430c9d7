// What programs hand over: wrong objects are all named before the first sample, wrong samples and scores cost what they are of.
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import {
  contextOf,
  createMask,
  type Dataset,
  evaluateInMemory,
  type ImageSample,
  type Metric,
  type OwnBenchmark,
  type Protocol,
  type RunRequest,
  readMasks,
  readRows,
  type SampleRef,
  SegbenchError,
  setPixel,
} from "../../../src/index.ts";
import { sharedFolder, temporaryFolder, writeDiskModel } from "../../helpers/synthetic.ts";

const place = sharedFolder();
writeDiskModel(place, "constant");

const [width, height] = [40, 30];

function dot(x: number, y: number, w = width, h = height) {
  const mask = createMask(w, h);
  for (let dy = 0; dy < 6; dy++) for (let dx = 0; dx < 6; dx++) setPixel(mask, x + dx, y + dy);
  return mask;
}

const good = (): ImageSample => ({
  kind: "image",
  image: { width, height, data: new Uint8Array(3 * width * height).fill(90) },
  targets: [{ status: "ok", id: "a", mask: dot(10, 10) }],
});

const listed = (load: () => Promise<ImageSample>, id = "one"): SampleRef => ({ id, cluster: id, load });

const benchmark = (dataset: Dataset, more: Partial<OwnBenchmark> = {}): OwnBenchmark => ({
  ...{ name: "drawn", version: "1", dataset },
  ...more,
});

const usual = benchmark({ list: async () => [listed(async () => good())] });

const metric = (more: Partial<Metric> = {}): Metric => ({
  name: "odd",
  title: "Odd",
  meaning: "A number.",
  unit: "plain",
  better: "lower",
  cost: "nothing",
  against: () => () => 1,
  ...more,
});

const evaluated = (request: Partial<RunRequest>) =>
  evaluateInMemory(
    { models: ["./constant.yaml"], benchmarks: [usual], protocols: ["box@1"], ...request },
    contextOf({ cwd: place }),
  );

async function problemsOf(request: Partial<RunRequest>): Promise<readonly string[]> {
  const error: unknown = await evaluated(request).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SegbenchError);
  return (error as SegbenchError).message.split("\n");
}

test("objects that cannot serve are named, all of them at once", async () => {
  const wrong = {
    ...metric({ name: "My metric@" }),
    unit: "metres",
    against: undefined,
  } as unknown as Metric;
  const protocol = { id: "mine", summary: "", reported: [1.5], needs: {} } as unknown as Protocol;
  const own = { name: "../x", version: "", dataset: {} } as unknown as OwnBenchmark;
  expect(await problemsOf({ metrics: ["iou", wrong], protocols: [protocol], benchmarks: [own] })).toEqual([
    'metric My metric@: cannot be a name; expected lowercase letters, digits and hyphens, beginning with a letter, got "My metric@"',
    expect.stringContaining("metric My metric@: unknown unit; expected one of share, "),
    "metric My metric@: against is not a function; got nothing",
    'protocol mine: cannot be a name; expected a name and a version, such as mine@1, got "mine"',
    'protocol mine: summary is missing; expected a string, got ""',
    "protocol mine: reported is not a list of numbers of clicks; got [1.5]",
    "protocol mine: measures is not a function; got nothing",
    'benchmark ../x: cannot be a name; expected letters, digits, dots, hyphens and underscores, got "../x"',
    'benchmark ../x: version is missing; expected a string, got ""',
    "benchmark ../x: dataset.list is not a function; got nothing",
  ]);
});

test.each([
  [
    "a metric of the project",
    { metrics: ["iou", metric({ name: "dice" })] },
    "metric dice: the project already has something of this name",
  ],
  [
    "a measure of the project",
    { metrics: ["iou", metric({ name: "gap" })] },
    "metric gap: the project already has something of this name",
  ],
  [
    "a key of rows",
    { metrics: ["iou", metric({ name: "predicted" })] },
    "metric predicted: the project already has something of this name",
  ],
  [
    "two benchmarks of one name",
    { benchmarks: [usual, benchmark(usual.dataset)] },
    "benchmark drawn: is given twice",
  ],
  ["no sample", { benchmarks: [benchmark({ list: async () => [] })] }, "list() gave no sample"],
  [
    "two samples of one id",
    {
      benchmarks: [benchmark({ list: async () => [listed(async () => good()), listed(async () => good())] })],
    },
    "two samples have the same id",
  ],
  [
    "a sample without a cluster",
    { benchmarks: [benchmark({ list: async () => [{ id: "one", load: async () => good() } as SampleRef] })] },
    "cluster is missing",
  ],
] as const)("%s is refused", async (_what, request, sentence) => {
  expect((await problemsOf(request as unknown as Partial<RunRequest>)).join("\n")).toContain(sentence);
});

test("a sample that is not an image of its size fails, and nothing else", async () => {
  const rgba = { ...good(), image: { width, height, data: new Uint8Array(4 * width * height) } };
  const { rows, summary } = await evaluated({
    benchmarks: [
      benchmark({
        list: async () => [
          listed(async () => rgba, "a-rgba"),
          listed(() => Promise.reject(new Error("oops")), "b-throws"),
          listed(async () => good(), "c-good"),
          listed(
            async (): Promise<ImageSample> => ({
              ...good(),
              targets: [
                { status: "ok", id: "small", mask: dot(1, 1, 20, 20) },
                { status: "ok", id: "none", mask: createMask(width, height) },
                { status: "ok", id: "fine", mask: dot(2, 2) },
              ],
            }),
            "d-mixed",
          ),
        ],
      }),
    ],
  });
  const inOrder = [...rows].sort((a, b) => (a.sample < b.sample ? -1 : a.sample > b.sample ? 1 : 0));
  const said = inOrder.map((row) => [row.sample, row.target, row.status === "ok" ? "ok" : row.reason]);
  expect(said).toEqual([
    [
      "a-rgba",
      "*",
      "drawn, sample a-rgba: the image is not 8-bit RGB of its size; expected 3 x 40 x 30 bytes, got 4800 bytes",
    ],
    ["b-throws", "*", "drawn, sample b-throws: load() failed: oops"],
    ["c-good", "a", "ok"],
    ["d-mixed", "small", "target small: the mask and its image differ in size; expected 40x30, got 20x20"],
    ["d-mixed", "none", "empty"],
    ["d-mixed", "fine", "ok"],
  ]);
  expect(summary.cells[0]!.counts).toMatchObject({ scored: 2, failed: 3, dropped: { empty: 1 } });
});

test.each([
  ["NaN", (): number => Number.NaN, "expected a finite number, got NaN", "plain"],
  [
    "undefined",
    (): number => undefined as unknown as number,
    "expected a finite number, got undefined",
    "plain",
  ],
  ["a share above 1", (): number => 1.5, "expected a number from 0 to 1, got 1.5", "share"],
] as const)("a metric that gives %s fails its targets", async (_what, score, sentence, unit) => {
  const { rows } = await evaluated({ metrics: ["iou", metric({ unit, against: () => score })] });
  expect(rows.map((row) => row.status === "failed" && row.reason)).toEqual([
    `metric odd: did not return a score; ${sentence}`,
  ]);
});

test("a metric that throws is named", async () => {
  const against = () => {
    throw new TypeError("no list");
  };
  const { rows } = await evaluated({ metrics: ["iou", metric({ against })] });
  expect(rows.map((row) => row.status === "failed" && row.reason)).toEqual(["metric odd: no list"]);
});

test("a protocol that does not end fails its targets", async () => {
  const endless: Protocol = {
    ...{ id: "endless@1", summary: "always one more", needs: {}, reported: [1] },
    measures: () => [],
    next: () => ({ prompt: { clicks: [{ x: 10, y: 10, label: 1 }], multimask: true } }),
  };
  const { rows } = await evaluated({ protocols: [endless], maxFailures: 1 });
  expect(rows.map((row) => row.status === "failed" && row.reason)).toEqual([
    "protocol endless@1: does not end; expected at most 200 steps",
  ]);
});

test("a working folder is absolute and there", () => {
  for (const cwd of ["relative", "/nowhere/at/all", undefined as unknown as string])
    expect(() => contextOf({ cwd })).toThrow("cwd: is not a working folder");
});

test("a folder that is not a run's has no rows to read, and says so", async () => {
  const context = contextOf({ cwd: temporaryFolder() });
  expect(readdirSync(context.cwd)).toEqual([]);
  await expect(readRows(".", context).next()).rejects.toThrow("is not a run folder");
  await expect(readMasks(".", context).next()).rejects.toThrow("is not a run folder");
});
