// Phrases asked of a model on the command line: rows and their bytes however they come about, and what is refused.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { makeFolder } from "../formats/fixture.ts";
import { runCli } from "../helpers/run-cli.ts";
import { packageFolder } from "../helpers/synthetic.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = makeFolder();
const at = folder.root;
afterAll(() => folder.remove());
const cli = (...words: string[]) => runCli(words, { cwd: at });
const own = ["--model", "tiny-concept", "--benchmarks", "drawn-phrases"];
const run = (out: string, ...words: string[]) => cli("run", ...own, "--no-pages", "--out", out, ...words);
const three = ["--protocols", "concept@1,referring@1,referring-union@1"];
const bytes = (out: string) =>
  ["rows.jsonl", "masks.jsonl"].map((name) => readFileSync(join(at, out, name), "utf8"));
const rowsOf = (out: string) =>
  bytes(out)[0]!
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

let whole: Awaited<ReturnType<typeof run>>;
beforeAll(async () => {
  whole = await run("whole", ...three, "--limit", "2", "--workers", "2");
});

test("a row for each phrase and protocol, with the model's probability of there being anything", () => {
  expect(whole).toMatchObject({ code: 0 });
  const rows = rowsOf("whole");
  expect(rows).toHaveLength(3 * 20);
  expect(rows.every(({ status }) => status === "ok")).toBe(true);
  const asked = rows.filter(({ protocol }) => protocol === "concept@1");
  const there = (one: (typeof rows)[number]) => one.facts.truths[0] > 0;
  const mean = (some: typeof rows) => some.reduce((sum, { facts }) => sum + facts.presence, 0) / some.length;
  // It has learned to tell: a number without meaning would be alike on both.
  expect(mean(asked.filter(there))).toBeGreaterThan(mean(asked.filter((one) => !there(one))) + 0.5);
  const best = rows.filter(({ protocol }) => protocol === "referring@1");
  expect(best.every(({ facts }) => facts.masks === 1)).toBe(true);
  expect(whole.out).toContain("mIoU");
});

test("grown by images and a protocol: the same bytes", async () => {
  expect(await run("grown", "--limit", "1", "--protocols", "referring@1")).toMatchObject({ code: 0 });
  const rest = await run("grown", ...three, "--limit", "2", "--workers", "1");
  expect(rest).toMatchObject({ code: 0, err: expect.stringContaining("grown grows: ") });
  expect(bytes("grown")).toEqual(bytes("whole"));
});

test("one phrase of an image alone has the row that it has among the others", async () => {
  const { sample, target } = rowsOf("whole")[3];
  writeFileSync(join(at, "ids.txt"), `drawn-phrases\t${sample}\t${target}\n`);
  expect(await run("alone", "--ids", "ids.txt")).toMatchObject({ code: 0 });
  const lines = bytes("whole")[0]!.split("\n");
  const same = lines.filter((line) => line.includes('"concept@1"') && line.includes(`"target":"${target}"`));
  expect(bytes("alone")[0]).toBe(`${same.join("\n")}\n`);
});

test("a model, a protocol and a benchmark that do not go together are refused by name", async () => {
  const clicks = await cli("run", "--model", "tiny", "--benchmarks", "drawn-phrases");
  expect(clicks).toMatchObject({ code: 1 });
  expect(clicks.err).toContain(
    "model tiny: is a model of images, which does not take phrases; expected a model of a family of phrases (",
  );
  expect(clicks.err).toContain("such as tiny-concept");
  const images = await cli("run", "--model", "tiny-concept", "--benchmarks", "doors");
  expect(images.err).toContain("model tiny-concept: is a model of phrases, which does not take images");
  const mixed = await cli("run", "--model", "tiny-concept", "--benchmarks", "drawn-phrases,doors");
  expect(mixed.err).toContain("are of phrases and of images; expected a run for each");
  const protocol = await run("no", "--protocols", "sam1-d1@1");
  expect(protocol.err).toContain("are of images, and the benchmarks of phrases; expected concept@1");
  const box = await run("no", "--protocols", "concept-exemplar@1");
  expect(box.err).toContain("tiny-concept: concept-exemplar@1 sends a box, which this model does not take");
});

test("phrases asked of anybody's pictures: masks with scores as COCO, and a picture of each answer", async () => {
  const images = join(packageFolder, "datasets", "samples", "drawn-phrases", "images");
  writeFileSync(join(at, "phrases.txt"), "star\r\n\n  no such word \nstar\n");
  const ask = (...words: string[]) =>
    cli("run", "--images", images, ...words, "--limit", "2", "--out", "asked");
  const made = await ask("--phrases", "@phrases.txt", "--model", "tiny-concept");
  expect(made).toMatchObject({ code: 0 });
  expect(made.out).toMatch(/ {2}star: \d masks? in \d images?\n {2}no such word: nothing found\n/);
  const { info, categories, annotations } = JSON.parse(readFileSync(join(at, "asked", "masks.json"), "utf8"));
  expect(info).toMatchObject({
    protocol: "concept@1",
    generator: { phrases: ["star", "no such word"] },
    failed: [],
  });
  expect(categories.map(({ name }: { name: string }) => name)).toEqual(["star", "no such word"]);
  expect(annotations.length).toBeGreaterThan(0);
  for (const { category_id, score, segmentation } of annotations)
    expect([category_id, score >= 0.5, typeof segmentation.counts]).toEqual([1, true, "string"]);
  expect(readdirSync(join(at, "asked", "pictures"))).toContain("drawn_200000 - 1 star.jpg");
  const again = await ask("--phrases", "@phrases.txt", "--model", "tiny-concept");
  expect(again.err).toContain("asked is complete: nothing to do");
  const other = await ask("--phrases", "star,moon", "--model", "tiny-concept");
  expect(other.err).toContain("holds masks that were made with something else");
  for (const [words, text] of [
    [["--phrases", "star", "--model", "tiny"], "is a model of images, which does not take phrases"],
    [["--phrases", " , ", "--model", "tiny-concept"], "there is no phrase"],
    [["--phrases", "@none.txt", "--model", "tiny-concept"], "no such file"],
    [["--phrases", "star"], "--phrases needs --images PATH and one --model"],
    [["--phrases", "star", "--model", "tiny-concept", "--box"], "it does not go with --box"],
  ] as const)
    expect((await ask(...words)).err).toContain(text);
});

test("with annotations the same is scored: SA-Co's phrases, or the names of COCO's categories", async () => {
  const data = join(packageFolder, "datasets", "samples", "drawn-phrases");
  const score = (out: string, ...words: string[]) =>
    cli(
      "run",
      "--images",
      join(data, "images"),
      "--model",
      "tiny-concept",
      "--no-pages",
      "--out",
      out,
      ...words,
    );
  const own = ["--annotations", join(data, "drawn-phrases.json"), "--protocols", "concept@1", "--limit", "2"];
  expect(await score("saco", ...own)).toMatchObject({ code: 0 });
  const mine = rowsOf("saco").map(({ target, facts }) => [target, facts]);
  const theirs = rowsOf("whole").filter(({ protocol }) => protocol === "concept@1");
  expect(mine.toSorted()).toEqual(theirs.map(({ target, facts }) => [target, facts]).toSorted());
  const images = [{ id: 1, file_name: "drawn_200000.jpg", width: 256, height: 256 }];
  const box = { segmentation: [[10, 10, 60, 10, 60, 60]], bbox: [10, 10, 50, 50], area: 1250, iscrowd: 0 };
  const categories = ["star", "dog"].map((name, i) => ({ id: i + 1, name }));
  const annotations = [{ id: 1, image_id: 1, category_id: 1, ...box }];
  writeFileSync(join(at, "coco.json"), JSON.stringify({ images, categories, annotations }));
  const coco = ["--annotations", "coco.json"];
  expect(await score("coco", ...coco, "--phrases", "dog,star")).toMatchObject({ code: 0 });
  expect(rowsOf("coco").map(({ category, facts }) => [category, facts.truths])).toEqual([
    ["star", [1]],
    ["dog", [0]],
  ]);
  expect((await score("no", ...coco, "--phrases", "bus")).err).toContain("expected star, dog; got bus");
});
