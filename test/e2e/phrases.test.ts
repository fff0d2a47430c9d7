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
  expect(await run("whole", "--limit", "1", "--protocols", "referring@1")).toMatchObject({ code: 0 });
  whole = await run("whole", ...three, "--limit", "1");
});

test("a row for each phrase and protocol, with the model's probability of there being anything", () => {
  expect(whole).toMatchObject({ code: 0, err: expect.stringContaining("whole grows: ") });
  const rows = rowsOf("whole");
  expect(rows).toHaveLength(3 * 10);
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

test("one phrase of an image alone has the row and the masks that it has among the others", async () => {
  const { sample, target } = rowsOf("whole")[3];
  writeFileSync(join(at, "ids.txt"), `drawn-phrases\t${sample}\t${target}\n`);
  expect(await run("alone", "--ids", "ids.txt", "--workers", "2")).toMatchObject({ code: 0 });
  const own = (lines: string) =>
    lines
      .split("\n")
      .filter((line) => line.includes('"concept@1"') && line.includes(`"target":"${target}"`))
      .map((line) => `${line}\n`)
      .join("");
  expect(bytes("alone")).toEqual(bytes("whole").map(own));
});

test("boxes of the truth are sent with a phrase and without one; phrases that name nothing get none", async () => {
  const sam3 = join(packageFolder, "test", "fixtures", "models", "sam3");
  const words = ["--benchmarks", "drawn-phrases", "--limit", "1", "--no-pages", "--out", "boxes"];
  const boxes = ["--protocols", "exemplar@1,concept-exemplar@1"];
  expect(await cli("run", "--model", sam3, ...words, ...boxes)).toMatchObject({ code: 0 });
  const rows = rowsOf("boxes");
  expect(rows).toHaveLength(2 * 10);
  const alone = rows.filter(({ protocol }) => protocol === "exemplar@1");
  const phrased = rows.filter(({ protocol }) => protocol === "concept-exemplar@1");
  for (const [i, row] of alone.entries()) {
    const other = phrased[i];
    expect([other.target, other.status]).toEqual([row.target, row.status]);
    if (row.status === "dropped") expect(row.reason).toBe("names nothing");
    else {
      expect(other.facts.exemplar).toEqual(row.facts.exemplar);
      expect(other.facts.presence).not.toBe(row.facts.presence);
    }
  }
  expect(new Set(alone.map(({ status }) => status))).toEqual(new Set(["ok", "dropped"]));
});

test("a model, a protocol and a benchmark that do not go together are refused by name", async () => {
  const clicks = await cli("run", "--model", "tiny", "--benchmarks", "drawn-phrases");
  expect(clicks).toMatchObject({ code: 1 });
  expect(clicks.err).toContain(
    "model tiny: is a model of images, which does not take phrases; expected a model of a family of phrases (",
  );
  expect(clicks.err).toContain("such as clipseg-rd64-refined (segbench pull ");
  const mixed = await cli("run", "--model", "tiny-concept", "--benchmarks", "drawn-phrases,doors");
  expect(mixed.err).toContain("are of phrases and of images; expected a run for each");
  const samples = ["--data", join(packageFolder, "datasets", "samples")];
  const judged = await cli("run", ...own.slice(0, 2), "--benchmarks", "coco-phrases,refcoco-val", ...samples);
  expect(judged.err).toBe(
    "error: --benchmarks: are judged by different protocols, as their cards say; expected a run for each, or --protocols for all; got coco-phrases by concept@1; refcoco-val by referring@1\n",
  );
  const protocol = await run("no", "--protocols", "sam1-d1@1");
  expect(protocol.err).toContain("are of images, and the benchmarks of phrases; expected concept@1");
});

test("phrases asked of anybody's pictures: masks with scores as COCO, and a picture of each answer", async () => {
  const images = join(packageFolder, "datasets", "samples", "drawn-phrases", "images");
  writeFileSync(join(at, "phrases.txt"), "star\r\n\n  no such word \nstar\nplain disc\n");
  writeFileSync(join(at, "wide.txt"), "star\n", "utf16le");
  const ask = (...words: string[]) =>
    cli("run", "--images", images, ...words, "--limit", "1", "--out", "asked");
  const words = ["--phrases", "@phrases.txt", "--phrases", "moon", "--model", "tiny-concept"];
  const made = await ask(...words);
  expect(made).toMatchObject({ code: 0 });
  expect(made.out).toMatch(/ {2}star: \d masks? in \d images?\n {2}no such word: nothing found\n/);
  const { info, categories, annotations } = JSON.parse(readFileSync(join(at, "asked", "masks.json"), "utf8"));
  expect(info).toMatchObject({
    protocol: "concept@1",
    ...{ phrases: ["star", "no such word", "plain disc", "moon"], score: 0.5, failed: [] },
  });
  // Nothing of clicks.
  expect(Object.keys({ ...info, ...info.model.card })).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/points|prompt|candidates|generator/)]),
  );
  expect(categories.map(({ name }: { name: string }) => name)).toEqual(info.phrases);
  expect(annotations.length).toBeGreaterThan(0);
  for (const { category_id, score, segmentation } of annotations)
    expect([category_id === 2, score >= 0.5, typeof segmentation.counts]).toEqual([false, true, "string"]);
  expect(readdirSync(join(at, "asked", "pictures"))).toContain("drawn_200000 - 1 star.jpg");
  const samples = join(packageFolder, "datasets", "samples");
  const scored = await cli("score", "drawn-phrases", "asked", "--data", samples, "--out", "scored");
  expect(scored.err).toMatch(/ 38 of its 39 phrases were not asked and count as not answered: \w/);
  expect(scored.err).toMatch(/questions that drawn-phrases does not ask: drawn_200000.jpg \("star"\), /);
  const answered = rowsOf("scored").filter(({ facts }) => facts.scores.length > 0);
  expect(answered.map(({ sample, category, facts }) => [sample, category, facts.pairs, facts.from])).toEqual([
    ["drawn_200000", "plain disc", [[0, 0, expect.closeTo(0.97, 1)]], 0.5],
  ]);
  const again = await ask(...words);
  expect(again.err).toContain("asked is complete: nothing to do");
  const other = await ask("--phrases", "star,moon", "--model", "tiny-concept");
  expect(other.err).toContain("holds masks that were made with something else");
  for (const [words, text] of [
    [["--phrases", "star", "--model", "tiny"], "is a model of images, which does not take phrases"],
    [["--phrases", " , ", "--model", "tiny-concept"], "there is no phrase"],
    [["--phrases", "@none.txt", "--model", "tiny-concept"], "no such file"],
    [["--phrases", "@wide.txt", "--model", "tiny-concept"], "is not text in UTF-8"],
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
  const own = ["--annotations", join(data, "drawn-phrases.json"), "--limit", "1"];
  expect(await score("saco", ...own)).toMatchObject({ code: 0 });
  const mine = rowsOf("saco").map(({ target, facts }) => [target, facts]);
  const theirs = rowsOf("whole").filter(({ protocol }) => protocol === "concept@1");
  expect(mine.toSorted()).toEqual(theirs.map(({ target, facts }) => [target, facts]).toSorted());
  const images = [{ id: 1, file_name: "drawn_200000.jpg", width: 256, height: 256 }];
  const box = { segmentation: [[10, 10, 60, 10, 60, 60]], bbox: [10, 10, 50, 50], area: 1250, iscrowd: 0 };
  const categories = ["yellow_star", "dog"].map((name, i) => ({ id: i + 1, name }));
  const annotations = [{ id: 1, image_id: 1, category_id: 1, ...box }];
  writeFileSync(join(at, "coco.json"), JSON.stringify({ images, categories, annotations }));
  const coco = ["--annotations", "coco.json"];
  expect(await score("coco", ...coco, "--phrases", "dog,yellow star")).toMatchObject({ code: 0 });
  expect(rowsOf("coco").map(({ category, facts }) => [category, facts.truths])).toEqual([
    ["yellow star", [1]],
    ["dog", [0]],
  ]);
  const mixed = await score("no", ...coco, "--model", "tiny");
  expect(mixed.err).toBe(
    "error: model tiny-concept: is a model of phrases, which does not take images; expected --protocols concept@1, which asks the phrases of annotations, or all names of categories; or --phrases, got tiny-concept\n",
  );
  expect((await score("no", ...coco, "--phrases", "bus")).err).toContain(
    "expected yellow_star, dog; got bus",
  );
});
