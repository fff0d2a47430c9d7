// Runs without a run file: what they are called, what they have to be told, and runs of a few clicks.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { preparePlan } from "../../src/config/index.ts";
import type { Summary } from "../../src/core/results.ts";
import type { MaskRow, Row, ScoredRow } from "../../src/core/rows.ts";
import { runCli } from "../helpers/run-cli.ts";
import { packageFolder, sharedFolder, workPlace } from "../helpers/synthetic.ts";

const place = join(sharedFolder(), "place");
const cli = (...words: string[]) => runCli(words, { cwd: place });
const read = (...path: string[]) => readFileSync(join(place, ...path), "utf8");
const lines = <T>(...path: string[]): T[] =>
  read(...path)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const scored = (dir: string, protocol: string) =>
  lines<Row>(dir, "rows.jsonl").filter(
    (row): row is ScoredRow => row.status === "ok" && row.protocol === protocol,
  );
const summary = (dir: string): Summary => JSON.parse(read(dir, "summary.json"));
const own = ["--model", "net", "--benchmarks", "./dots.yaml", "--data", "all"];

beforeAll(async () => {
  await workPlace({ images: 3, targets: 2 }, { place });
  const fixture = (name: string) => join(packageFolder, "test/fixtures/models", `${name}.onnx`);
  for (const name of ["encoder", "decoder-4"]) cpSync(fixture(name), join(place, "net", `${name}.onnx`));
  cpSync(join(place, "data"), join(place, "all", "dots"), { recursive: true });
  expect(await cli("run", ...own, "--protocols", "sam1-d1@1", "--no-pages", "--out", "nine")).toMatchObject({
    code: 0,
  });
}, 60_000);

test("a run of its own is called after what it runs, and the same words go on with it", async () => {
  const first = await cli("run", ...own, "--no-pages");
  expect([first.code, first.out.split("\n").at(-2)]).toEqual([0, "report: reports/dots-net/summary.json"]);
  const { plan } = JSON.parse(read("reports/dots-net/manifest.json"));
  expect(plan).toMatchObject({ name: "dots-net", title: "dots: net", protocols: ["sam1-d1@1", "box@1"] });
  expect(plan.limit).toBeUndefined();
  expect(plan.benchmarks[0].images).toBe(3);
  const rows = read("reports/dots-net/rows.jsonl");
  expect(await cli("run", ...own, "--no-pages")).toMatchObject({ code: 0 });
  expect(read("reports/dots-net/rows.jsonl")).toBe(rows);
});

test("SEGBENCH_DATA is where benchmarks are, and nothing named is an error that says what to add", async () => {
  const words = [
    "run",
    "--model",
    "net",
    "--benchmarks",
    "./dots.yaml",
    "--limit",
    "1",
    "--box",
    "--out",
    "env",
  ];
  expect(await runCli([...words, "--no-pages"], { cwd: place, env: { SEGBENCH_DATA: "all" } })).toMatchObject(
    {
      code: 0,
      err: expect.not.stringContaining("drawn"),
    },
  );
  expect(summary("env").protocols.map(({ id }) => id)).toEqual(["box@1"]);
  expect(await cli("run", "--model", "net")).toMatchObject({
    code: 1,
    err: "error: --benchmarks: no data is named; expected --images with --masks or --annotations for your own files (--video with --masks for clips), --benchmarks with names or cards (segbench list benchmarks), or a run file (configs/sam-23.yaml; with --available what is on disk of it)\n",
  });
  expect(await cli("run", "--benchmarks", "./dots.yaml", "--data", "all")).toMatchObject({
    code: 1,
    err: "error: --model: no model is named; expected --model with a folder, ENCODER.onnx,DECODER.onnx, a card or a name; or a run file\n",
  });
});

test("without data the drawn miniatures are taken, which the terminal, the page and the summary say", async () => {
  const ran = await cli(
    "run",
    "--model",
    "net",
    "--benchmarks",
    "ppdls",
    "--limit",
    "1",
    "--box",
    "--out",
    "drawn",
  );
  expect(ran.code).toBe(0);
  expect(ran.err).toContain("drawn miniatures of the package, whose numbers mean nothing about real data");
  expect(summary("drawn").benchmarks).toMatchObject([{ name: "ppdls", drawn: true }]);
  for (const file of ["report.html", "report.md"])
    expect(read("drawn", file)).toContain("mean nothing about real data");
  const missing = await cli("run", "--model", "net", "--benchmarks", "stardist", "--out", "none");
  expect(missing).toMatchObject({
    code: 1,
    err: expect.stringContaining("(--data, or SEGBENCH_DATA, names"),
  });
});

test("miniatures beside real data are said to be ones, and that means mix them", async () => {
  writeFileSync(
    join(place, "here.yaml"),
    JSON.stringify({ ...JSON.parse(read("dots.yaml")), name: "here", root: "./all/dots" }),
  );
  const data = join(packageFolder, "datasets/samples");
  const notes = async (...benchmarks: string[]) => {
    const overrides = { model: ["net"], benchmarks, data, limit: 1 };
    return (await preparePlan({ own: true, overrides, cwd: place, env: {} })).notes;
  };
  expect(await notes("ppdls", "./here.yaml")).toEqual([
    "ppdls is a drawn miniature of the package: its numbers mean nothing about real data, nor do means over it and here",
  ]);
  expect(await notes("./here.yaml")).toEqual([]);
});

test("a few clicks are the first steps of nine, and what is reported", async () => {
  expect(await cli("run", ...own, "--points", "1,3", "--box", "--no-pages", "--out", "few")).toMatchObject({
    code: 0,
  });
  const [few, nine] = [scored("few", "sam1-d1@1"), scored("nine", "sam1-d1@1")];
  expect(few.length).toBe(6);
  expect(nine.every(({ steps }) => steps.length === 9)).toBe(true);
  expect(few).toEqual(nine.map((row) => ({ ...row, steps: row.steps.slice(0, 3) })));
  const clicks = lines<MaskRow>("few", "masks.jsonl").map(({ at }) => at.clicks);
  expect([...new Set(clicks)].sort()).toEqual([0, 1, 3]);
  const [protocol, box] = summary("few").protocols;
  const of = (name: string) => protocol!.measures.filter((one) => one.name === name).map(({ id }) => id);
  expect([of("iou"), of("dice")]).toEqual([
    ["iou@1", "iou@3"],
    ["dice@1", "dice@3"],
  ]);
  expect(box!.measures.map(({ id }) => id)).toContain("iou@box");
  const at = (dir: string, id: string) => summary(dir).cells[0]!.measures[id];
  for (const id of ["iou@1", "iou@3", "oracle@1", "ece@1"]) expect(at("few", id)).toEqual(at("nine", id));
  expect(JSON.parse(read("few", "manifest.json")).plan.points).toEqual([1, 3]);
});

test("the protocol's own clicks, said in full, are the same run", async () => {
  const overrides = { model: ["net"], benchmarks: ["./dots.yaml"], data: "all", protocols: ["sam1-d1@1"] };
  const planned = (points?: number[]) =>
    preparePlan({ own: true, overrides: { ...overrides, points }, cwd: place, env: {} });
  const { plan, planHash } = await planned([9, 2, 3, 1, 5]);
  expect((await planned([3, 1])).plan.points).toEqual([1, 3]);
  expect([plan.points, planHash]).toEqual([undefined, (await planned()).planHash]);
  expect((await planned([1, 2, 3, 5])).planHash).not.toBe(planHash);
});

test("runs of different clicks are compared on those that they share", async () => {
  expect(await cli("compare", "few", "nine", "--force", "--out", "shared")).toMatchObject({ code: 0 });
  const { protocols, pairs } = JSON.parse(read("shared", "comparison.json"));
  expect(protocols[0].measures.map(({ id }: { id: string }) => id)).toEqual(["iou@1", "oracle@1", "iou@3"]);
  expect(pairs[0].differences).toEqual(["points: [1,3] in base, nothing in candidate"]);
  expect(pairs[0].groups[0].measures[0].difference.value).toBe(0);
  const words = ["--protocols", "sam1-d1@1", "--no-pages", "--out", "two"];
  expect(await cli("run", ...own, "--points", "2", ...words)).toMatchObject({ code: 0 });
  expect(await cli("compare", "two", "nine", "--out", "none")).toMatchObject({ code: 0 });
  expect(await cli("compare", "two", "few", "--force", "--out", "no")).toMatchObject({
    code: 1,
    err: "error: two and few: have no number of clicks in common\n",
  });
});

test("recorded prompts of a few clicks are replayed as they were, with a model by its path", async () => {
  const words = ["--model", "net", "--benchmarks", "./dots.yaml", "--data", "all", "--out", "again"];
  expect(await cli("replay", "few", ...words)).toMatchObject({ code: 0 });
  const { plan } = JSON.parse(read("again", "manifest.json"));
  expect([plan.points, plan.title]).toEqual([[1, 3], "net on the prompts of net in dots-net"]);
  expect(scored("again", "replay:sam1-d1@1").map(({ steps }) => steps)).toEqual(
    scored("few", "sam1-d1@1").map(({ steps }) => steps),
  );
  expect(summary("again").protocols[0]!.measures.map(({ id }) => id)).not.toContain("iou@9");
});

test.each([
  ["1,1", "error: --points[0]: listed twice; got 1\n"],
  ["1,12", "error: --points: sam1-d1@1 has at most 9 clicks; got 1,12\n"],
  [
    "1 --protocols box@1",
    "error: --points: are numbers of clicks, and no protocol of the run has clicks; expected a protocol with clicks, such as sam1-d1@1; got box@1\n",
  ],
  [
    "1 --protocols ritm-noc@1",
    "error: --points: ritm-noc@1 says itself how many clicks a target gets; expected --protocols without it, or no --points\n",
  ],
  ["1,4 --protocols points-random@1", "error: --points: points-random@1 has 1, 2, 3, 5, 9 points; got 1,4\n"],
])("--points %s is refused", async (words, err) => {
  expect(await cli("run", ...own, "--points", ...words.split(" "))).toMatchObject({ code: 1, err });
});

test("the bundled model on anything but the bundled miniatures: a note that it is for trying things out", async () => {
  const plan = (benchmark: string, data: string, model = "tiny") =>
    preparePlan({
      own: true,
      overrides: { model: [model], benchmarks: [benchmark], data },
      cwd: place,
      env: {},
    });
  const note = expect.stringMatching(/^tiny comes with the package .* take mobile-sam-npm \(segbench pull /);
  expect((await plan("./dots.yaml", "all")).notes).toEqual([note]);
  expect((await plan("./dots.yaml", "all", "net")).notes).toEqual([]);
  expect((await plan("doors", join(packageFolder, "datasets/samples"))).notes).toEqual([]);
});

test("data and models of the package are found by their paths from any folder", async () => {
  const folder = "datasets/samples/egohos/data/train";
  const ownData = { images: `${folder}/image`, masks: `${folder}/label` };
  const around = { own: true, cwd: place, env: {} };
  const { benchmarks } = await preparePlan({ ...around, overrides: { model: ["models/tiny"] }, ownData });
  expect(benchmarks[0]!.root).toBe(join(packageFolder, folder));
  const overrides = { model: ["tiny"], benchmarks: ["doors"], data: "datasets/samples" };
  const named = await preparePlan({ ...around, overrides });
  expect(named.benchmarks[0]!.root).toBe(join(packageFolder, "datasets/samples/doors"));
});

test("a part of a run file is not titled as the whole of it", async () => {
  cpSync(join(place, "all/dots"), join(place, "all/discs"), { recursive: true });
  writeFileSync(
    join(place, "discs.yaml"),
    JSON.stringify({ ...JSON.parse(read("dots.yaml")), name: "discs" }),
  );
  writeFileSync(
    join(place, "both.yaml"),
    "name: both\ntitle: The two benchmarks\ndata: all\nmodels: ./constant.yaml\nbenchmarks: [./dots.yaml, ./discs.yaml]\n",
  );
  const titled = async (benchmarks?: string[]) =>
    (await preparePlan({ file: "both.yaml", overrides: { benchmarks }, cwd: place, env: {} })).plan.title;
  expect(await titled()).toBe("The two benchmarks");
  expect(await titled(["./discs.yaml"])).toBe("The two benchmarks: 1 of 2 (discs)");
});
