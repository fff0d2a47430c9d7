// A run that grows, through the command line: 10 images to 20, two numbers of clicks to five, one protocol to two, one model to two.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli } from "../helpers/run-cli.ts";
import { workPlace, writeDiskModel } from "../helpers/synthetic.ts";

test("what was grown by images, clicks, a protocol and a model equals what is made at once", async () => {
  const place = await workPlace({ images: 20, targets: 1 }, { protocols: ["sam1-d1@1"] });
  writeDiskModel(place, "large", { mask: { threshold: -1 } });
  const run = async (out: string, ...words: string[]) =>
    runCli(["run", "run.yaml", "--no-pages", "--out", out, ...words], { cwd: place });
  const bytes = (out: string) =>
    ["rows.jsonl", "masks.jsonl"].map((name) => readFileSync(join(place, out, name), "utf8"));
  const both = ["--models", "./large.yaml,./constant.yaml"];
  const wider = ["--protocols", "box@1,sam1-d1@1"];

  expect(await run("out", "--limit", "10", "--points", "1,3")).toMatchObject({ code: 0 });
  const more = await run("out", ...wider);
  expect(more.err).toContain(
    "out grows: 10 images, clicks 2, 5 and 9, box@1 are new; 10 of 20 images are kept in part\n",
  );
  const model = await run("out", ...wider, ...both);
  expect(model.err).toContain("out grows: model large is new; 20 of 40 images are kept\n");
  for (const { code } of [more, model]) expect(code).toBe(0);
  expect(existsSync(join(place, "out", "kept.jsonl"))).toBe(false);

  expect(await run("whole", ...wider, ...both)).toMatchObject({ code: 0 });
  expect(bytes("out")).toEqual(bytes("whole"));
  expect(bytes("out")[0]!.trimEnd().split("\n")).toHaveLength(2 * 20 * 2);
  for (const name of ["manifest.json", "summary.json"]) {
    const read = (out: string) => JSON.parse(readFileSync(join(place, out, name), "utf8"));
    expect(read("out")).toEqual(read("whole"));
  }

  const narrow = await run("out", ...both, "--points", "1,4");
  expect(narrow.code).toBe(1);
  expect(narrow.err).toContain(
    "this command leaves out clicks 2, 3, 5 and 9, box@1\n  to go on with it: add --points 1,2,3,4,5,9 --box\n  for a run of its own: add --out out-2\n",
  );
  const history = readFileSync(join(place, "out", "history.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  expect(history.map((line) => JSON.parse(line).units)).toEqual([
    { before: 0, after: 10, expected: 10 },
    { before: 0, after: 20, expected: 20 },
    { before: 20, after: 40, expected: 40 },
  ]);
}, 120_000);

test("scores of masks made elsewhere grow by images", async () => {
  const place = await workPlace({ images: 4, targets: 1 }, { protocols: ["box@1"] });
  const score = (out: string, ...words: string[]) =>
    runCli(["score", "./dots.yaml", "run", "--root", "data", "--out", out, ...words], { cwd: place });
  const rows = (out: string) => readFileSync(join(place, out, "rows.jsonl"), "utf8");
  expect(await runCli(["run", "run.yaml", "--no-pages", "--out", "run"], { cwd: place })).toMatchObject({
    code: 0,
  });
  expect(await score("out", "--limit", "2")).toMatchObject({ code: 0 });
  const grown = await score("out");
  expect(grown).toMatchObject({ code: 0 });
  expect(grown.err).toContain("out grows: 2 images are new; 2 of 4 images are kept\n");
  expect(await score("whole")).toMatchObject({ code: 0 });
  expect(rows("out")).toBe(rows("whole"));
  const history = readFileSync(join(place, "out", "history.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  expect(history.map((line) => JSON.parse(line)).map(({ verb, units }) => [verb, units.after])).toEqual([
    ["score", 2],
    ["score", 4],
  ]);
}, 120_000);
