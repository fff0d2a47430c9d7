// Runs of named samples and targets, and of the benchmarks that are on disk.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { preparePlan } from "../../src/config/index.ts";
import type { Summary } from "../../src/core/results.ts";
import { contextOf } from "../../src/run/context.ts";
import { evaluateInMemory } from "../../src/run/run.ts";
import { runCli } from "../helpers/run-cli.ts";
import { sharedFolder, workPlace } from "../helpers/synthetic.ts";

const place = join(sharedFolder(), "place");
const cli = (...words: string[]) => runCli(words, { cwd: place });
const read = (...path: string[]) => readFileSync(join(place, ...path), "utf8");
const lines = (...path: string[]) =>
  read(...path)
    .split("\n")
    .slice(0, -1);
const put = (name: string, ...text: string[]) => writeFileSync(join(place, name), `${text.join("\n")}\n`);
const summary = (dir: string): Summary => JSON.parse(read(dir, "summary.json"));
const plan = (dir: string) => JSON.parse(read(dir, "manifest.json")).plan;
const spaced = "img 0001";

beforeAll(async () => {
  await workPlace({ images: 4, targets: 5 }, { place, extra: "batch: 2" });
  for (const kind of ["images", "masks"])
    cpSync(join(place, "data/img0001", kind), join(place, "data", spaced, kind), { recursive: true });
  cpSync(
    join(place, "data/img0001/images/img0001.png"),
    join(place, "data", spaced, "images", `${spaced}.png`),
  );
  expect(await cli("run", "run.yaml", "--no-pages", "--out", "whole")).toMatchObject({ code: 0 });
}, 60_000);

/** Lines of a file of the whole run about these samples and targets. */
function ofWhole(file: string, isWanted: (row: { sample: string; target: string }) => boolean): string[] {
  return lines("whole", file).filter((line) => isWanted(JSON.parse(line)));
}

test("named samples and targets are evaluated alone, with the bytes that they have among all", async () => {
  put(
    "ids.txt",
    "# what went wrong",
    "",
    "dots img0002",
    "dots\timg0000\tt3",
    `dots ${spaced} t1`,
    "dots img0000 t0",
  );
  expect(await cli("run", "run.yaml", "--no-pages", "--ids", "ids.txt", "--out", "few")).toMatchObject({
    code: 0,
  });
  const wanted = ({ sample, target }: { sample: string; target: string }) =>
    sample === "img0002" ||
    (sample === "img0000" && ["t0", "t3"].includes(target)) ||
    (sample === spaced && target === "t1");
  expect(lines("few", "rows.jsonl").length).toBe(2 * 8);
  for (const file of ["rows.jsonl", "masks.jsonl"]) expect(lines("few", file)).toEqual(ofWhole(file, wanted));
  expect(plan("few").benchmarks[0].images).toBe(3);
});

test("the list is part of the identity, its order and remarks are not", async () => {
  put("ids.txt", "dots img0002", "dots img0000 t3");
  put("same.txt", "dots\timg0000\tt3", "dots img0002", "# twice", "dots img0002");
  put("other.txt", "dots img0002", "dots img0000 t2");
  put("short.txt", "img0002", "img0000 t3");
  const planned = (ids: string | undefined) =>
    preparePlan({ file: "run.yaml", overrides: { ids }, cwd: place, env: {} });
  const [first, same] = [await planned("ids.txt"), await planned("same.txt")];
  const [other, all] = [await planned("other.txt"), await planned(undefined)];
  expect(first.plan.ids).toMatch(/^[0-9a-f]{64}$/);
  expect(same.planHash).toBe(first.planHash);
  expect((await planned("short.txt")).planHash).toBe(first.planHash);
  expect(other.plan).toEqual({ ...first.plan, ids: other.plan.ids });
  expect(other.planHash).not.toBe(first.planHash);
  expect(all.plan.ids).toBeUndefined();
  // What a run holds of other targets is not enough for this one.
  expect(await cli("run", "run.yaml", "--ids", "other.txt", "--out", "few")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/ids: [0-9a-f]{12}\.\.\. in the run folder, [0-9a-f]{12}\.\.\. now/),
  });
});

test("names that are not there are errors of their lines, with the nearest", async () => {
  put("wrong.txt", "dots img0002", "dots img0020", "dots img0000 t33", "dost img0001", "dots");
  const { code, err } = await cli("run", "run.yaml", "--ids", "wrong.txt", "--out", "none");
  expect(code).toBe(1);
  expect(err.split("\n")).toEqual([
    'error: wrong.txt:2:1: dots has no sample of this id; expected one of img 0001, img0000, img0001, img0002, img0003; got "img0020" (did you mean "img0002"?)',
    'wrong.txt:3:1: img0000 has no target of this id; expected one of t0, t1, t2, t3, t4; got "t33"',
    'wrong.txt:4:1: is neither the benchmark of the run nor one of its samples; expected dots; got "dost" (did you mean "dots"?)',
    'wrong.txt:5:1: dots has no sample of this id; expected one of img 0001, img0000, img0001, img0002, img0003; got "dots"',
    "",
  ]);
  expect(await cli("run", "run.yaml", "--ids", "nowhere.txt", "--out", "none")).toMatchObject({
    code: 1,
    err: 'error: --ids: no such file; expected a file of lines: benchmark sample [target]; got "nowhere.txt"\n',
  });
  put("empty.txt", "# nothing");
  expect((await cli("run", "run.yaml", "--ids", "empty.txt", "--out", "none")).err).toBe(
    "error: --ids: names nothing; expected lines: benchmark sample [target]\n",
  );
  expect(existsSync(join(place, "none"))).toBe(false);
});

test("a program passes a list", async () => {
  const request = {
    models: ["./constant.yaml"],
    protocols: ["box@1"],
    benchmarks: [{ name: "./dots.yaml", root: "data" }],
  };
  const ids = [{ benchmark: "dots", sample: "img0003", target: "t2" }];
  const { rows } = await evaluateInMemory({ ...request, ids }, contextOf({ cwd: place }));
  expect(rows.map(({ sample, target }) => [sample, target])).toEqual([["img0003", "t2"]]);
  const wrong = evaluateInMemory(
    { ...request, ids: [{ benchmark: "dots", sample: "img" }] },
    contextOf({ cwd: place }),
  );
  await expect(wrong).rejects.toThrow(/^ids\[0\]: dots has no sample of this id; /);
});

test("available: what is on disk is run, what is not is said, and a damaged benchmark does not stop the others", async () => {
  const card = JSON.parse(read("dots.yaml"));
  for (const name of ["absent", "damaged", "spots"])
    put(
      `${name}.yaml`,
      JSON.stringify({ ...card, name, title: name, root: name === "spots" ? "data" : name }),
    );
  put(
    "damaged.yaml",
    JSON.stringify({
      ...card,
      name: "damaged",
      adapter: { format: "coco", annotations: "a.json", images: "images" },
    }),
  );
  cpSync(join(place, "data/img0000"), join(place, "damaged/images"), { recursive: true });
  put("damaged/a.json", "{ broken");
  // What `init data` leaves is no data.
  mkdirSync(join(place, "absent"));
  put("absent/README.md", "# absent");
  put(
    "suite.yaml",
    ...[
      "name: suite",
      "title: A suite",
      "data: .",
      "models: ./constant.yaml",
      "protocols: box@1",
      "limit: 1",
    ],
    "benchmarks: [./absent.yaml, ./spots.yaml, ./damaged.yaml]",
  );
  const without = await cli("run", "suite.yaml", "--out", "suite");
  expect(without.code).toBe(1);
  expect(without.err).toContain("absent is missing; expected a folder with");
  expect(without.err).toContain("or --available, which runs what is on disk");
  const ran = await cli("run", "suite.yaml", "--available", "--no-pages", "--out", "suite");
  expect(ran.code).toBe(1);
  expect(ran.err).toContain("1 of 3 benchmarks are not on disk and left out: absent (absent)\n");
  expect(ran.err).toMatch(
    /error: suite\.yaml:7:43 benchmarks\[2\]: damaged cannot be listed below damaged: a\.json/,
  );
  expect(summary("suite").title).toBe("A suite: 1 of 3 (spots)");
  expect(plan("suite").benchmarks.map(({ name }: { name: string }) => name)).toEqual(["spots"]);
  const planned = (...benchmarks: string[]) =>
    preparePlan({ file: "suite.yaml", overrides: { available: true, benchmarks }, cwd: place, env: {} });
  expect(await planned("./absent.yaml", "./spots.yaml")).toMatchObject({
    failed: [],
    plan: { benchmarks: [{}] },
  });
  await expect(planned("./absent.yaml")).rejects.toThrow(
    /^benchmarks: none is on disk; .*; got nothing at absent$/,
  );
  // A folder of all data that is not there is said once.
  const nowhere = { available: true, benchmarks: ["doors", "dram"], data: "nowhere" };
  await expect(preparePlan({ file: "suite.yaml", overrides: nowhere, cwd: place, env: {} })).rejects.toThrow(
    /^data: there is no such folder; expected the folder that all benchmarks lie in; got nothing at nowhere$/,
  );
  // In a folder that cards share, those are absent whose own annotations are.
  const benchmarks = ["saco-gold-metaclip", "saco-gold-sa1b"];
  const overrides = { available: true, benchmarks, model: ["tiny-concept"], data: "datasets/samples" };
  const shared = await preparePlan({ own: true, overrides, cwd: place, env: {} });
  expect(shared).toMatchObject({ failed: [], benchmarks: [{ name: "saco-gold-metaclip" }] });
  expect(shared.notes.at(-1)).toMatch(/^1 of 2 benchmarks are not on disk and left out: saco-gold-sa1b \(/);
});

test("published numbers of a benchmark stand beside any part of a suite", async () => {
  put(
    "published.yaml",
    JSON.stringify({ ...JSON.parse(read("constant.yaml")), name: "published", published: "sam-vit-h" }),
  );
  put("coco-val2017.yaml", JSON.stringify({ ...JSON.parse(read("dots.yaml")), name: "coco-val2017" }));
  const words = [
    "--models",
    "./published.yaml",
    "--benchmarks",
    "./coco-val2017.yaml",
    "--data",
    "suite-data",
  ];
  cpSync(join(place, "data/img0000"), join(place, "suite-data/coco-val2017/img0000"), { recursive: true });
  expect(await cli("run", ...words, "--no-pages", "--out", "beside")).toMatchObject({ code: 0 });
  const [model] = summary("beside").published!.models;
  expect(model!.scores.map(({ on }) => on)).toContain("benchmark");
});
