// Masks made elsewhere through the command line: a run's own masks, written out as others would, get the run's own numbers.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Comparison } from "../../src/core/results.ts";
import type { InteractiveRow, MaskRow, Row, ScoredRow } from "../../src/core/rows.ts";
import { toBytes } from "../../src/masks/bit-mask.ts";
import { decodeCounts, maskFromRle } from "../../src/masks/rle.ts";
import { runCli } from "../helpers/run-cli.ts";
import { packageFolder } from "../helpers/synthetic.ts";

const data = join(packageFolder, "datasets", "samples");
let place: string;
let masks: MaskRow[];
const lines = <T>(...path: string[]): T[] =>
  readFileSync(join(place, ...path), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const rowsOf = (run: string) => lines<Row>(run, "rows.jsonl");
const cli = (...words: string[]) => runCli(words, { cwd: place });
const score = (predictions: string, out: string, ...words: string[]) =>
  cli(...["score", "trashcan", predictions, "--data", data, "--limit", "2", "--out", out, ...words]);
const scored = (rows: readonly Row[]) => rows.filter((row): row is ScoredRow => row.status === "ok");
const failures = (run: string) =>
  rowsOf(run).flatMap((row) => (row.status === "failed" ? [`${row.target}: ${row.reason}`] : []));
const write = (name: string, value: unknown) => {
  writeFileSync(join(place, name), JSON.stringify(value));
  return name;
};

/** What the masks that counted scored, by sample, target and clicks. */
function numbers(run: string, protocol: string) {
  return scored(rowsOf(run))
    .filter((row) => row.protocol === protocol)
    .flatMap(({ sample, target, steps, area, box }) =>
      steps
        .filter(({ at }) => [0, 1, 2, 3, 5, 9].includes(at.clicks))
        .map(({ at: { clicks }, scores: { iou, dice, boundary } }) => ({
          ...{ sample, target, area, box, clicks },
          ...{ iou, dice, boundary },
        })),
    );
}

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "segbench-score-"));
  const quickstart = join(packageFolder, "configs", "quickstart.yaml");
  const words = [
    "--benchmarks",
    "trashcan",
    "--limit",
    "2",
    "--protocols",
    "sam1-d1@1,box@1",
    "--out",
    "run",
  ];
  expect(await cli("run", quickstart, ...words)).toMatchObject({ code: 0 });
  masks = lines<MaskRow>("run", "masks.jsonl");
}, 120_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

async function writePngs(folder: string, wanted: readonly MaskRow[], name: (mask: MaskRow) => string) {
  for (const mask of wanted) {
    const [height, width] = mask.rle.size;
    const bytes = toBytes(maskFromRle(decodeCounts(mask.rle.counts, "rle"), { width, height }, "rle"));
    const file = join(place, folder, mask.sample, `${name(mask)}.png`);
    mkdirSync(dirname(file), { recursive: true });
    await sharp(Buffer.from(bytes.map((bit) => 255 * bit)), { raw: { width, height, channels: 1 } })
      .toColourspace("b-w")
      .png()
      .toFile(file);
  }
}

test("a folder of PNGs, compressed and plain RLE, and the run itself: the run's own numbers, and no difference", async () => {
  const boxes = masks.filter(({ protocol }) => protocol === "box@1");
  const clicks = masks.filter(({ protocol }) => protocol === "sam1-d1@1");
  await writePngs("pngs", boxes, ({ target }) => target);
  await writePngs("steps", clicks, (mask) => `${mask.target}@${mask.at.clicks}`);
  write(
    "compressed.json",
    boxes.map(({ sample, target, rle }) => ({ sample, target, rle })),
  );
  write(
    "plain.json",
    // The older keys are read as well.
    clicks.map(({ sample, target, at, rle: { size, counts } }) => ({
      ...{ image: sample, target, clicks: at.clicks },
      segmentation: { size, counts: decodeCounts(counts, "rle") },
    })),
  );
  const box = numbers("run", "box@1");
  expect(box).toHaveLength(21);
  for (const [predictions, out] of [
    ["pngs", "a"],
    ["compressed.json", "b"],
  ] as const) {
    expect(await score(predictions, out, "--protocol", "box@1", "--model", "mine")).toMatchObject({
      code: 0,
    });
    expect(numbers(out, "box@1")).toEqual(box);
  }
  const dialogue = numbers("run", "sam1-d1@1");
  expect(dialogue).toHaveLength(105);
  for (const [predictions, out] of [
    ["steps", "c"],
    ["plain.json", "d"],
    ["run", "e"],
  ] as const) {
    expect(await score(predictions, out, "--protocol", "sam1-d1@1")).toMatchObject({ code: 0 });
    expect(numbers(out, "sam1-d1@1")).toEqual(dialogue);
  }
  // A box is known to be the tight one; the clicks of a dialogue are not known.
  const prompts = (run: string, protocol: string) =>
    scored(rowsOf(run))
      .filter((row) => row.protocol === protocol)
      .map(({ steps }) => steps.map(({ at, sent }) => ({ at, sent })));
  expect(prompts("a", "box@1")).toEqual(prompts("run", "box@1"));
  expect(scored(rowsOf("c")).map(({ steps }) => steps.map((step) => "sent" in step))).toEqual(
    Array(21).fill([1, 2, 3, 5, 9].map(() => false)),
  );
  expect(lines<MaskRow>("a", "masks.jsonl").map(({ rle }) => rle)).toEqual(boxes.map(({ rle }) => rle));

  expect(await cli("compare", "run", "a", "--out", "compared")).toMatchObject({ code: 0 });
  const comparison: Comparison = JSON.parse(readFileSync(join(place, "compared", "comparison.json"), "utf8"));
  expect(comparison.protocols.map(({ id }) => id)).toEqual(["box@1"]);
  expect(comparison.pairs[0]!.cells[0]!.pairing).toMatchObject({ pairs: 21, unpaired: {} });
  expect(comparison.pairs[0]!.differences).toEqual([
    "model: masks made elsewhere in candidate",
    "protocols: sam1-d1@1 only in base",
  ]);
  expect(await cli("report", "a")).toMatchObject({ code: 0 });
}, 240_000);

test("several candidates: the highest score counts, the best is the oracle; scores beside PNGs", async () => {
  const [first] = scored(rowsOf("run")).filter(({ protocol }) => protocol === "box@1");
  const { sample, target, size, box } = first as InteractiveRow;
  const empty = { size: [size.height, size.width], counts: [size.width * size.height] };
  const good = masks.find(
    (mask) => mask.protocol === "box@1" && mask.sample === sample && mask.target === target,
  )!;
  const others = masks.filter((mask) => mask.protocol === "box@1" && mask !== good);
  const rest = others.map(({ sample: id, target: name, rle }) => ({
    sample: id,
    target: name,
    rle,
    score: 0.5,
  }));
  write("two.json", [
    { sample, target, segmentation: empty, score: 0.9 },
    { sample, target, rle: good.rle, score: 0.8 },
    ...rest,
  ]);
  expect(await score("two.json", "two", "--protocol", "box@1")).toMatchObject({ code: 0 });
  const best = first!.steps[0]!.scores.iou;
  const found = scored(rowsOf("two")).find((row) => row.sample === sample && row.target === target)!;
  expect(found).toMatchObject({ model: "two", box });
  expect(found.steps).toEqual([
    {
      at: { clicks: 0 },
      sent: first!.steps[0]!.sent,
      chosen: 0,
      candidates: [
        { predicted: 0.9, iou: 0 },
        { predicted: 0.8, iou: best },
      ],
      scores: { iou: 0, oracle: best, dice: 0, boundary: 0 },
    },
  ]);

  await writePngs("candidates", [good], () => `${target}.1`);
  await writePngs("candidates", [good], () => `${target}.0`);
  writeFileSync(
    join(place, "candidates", "scores.csv"),
    `file,score\n${sample}/${target}.0,0.25\n${sample}/${target}.1.png,0.75\n`,
  );
  const result = await score("candidates", "candidates-out", "--max-failures", "1");
  expect(result).toMatchObject({ code: 0 });
  const [row] = scored(rowsOf("candidates-out"));
  expect(row).toMatchObject({ protocol: "external@1", target });
  expect(row!.steps.map((step) => "sent" in step)).toEqual([false]);
  expect(row!.steps[0]!.candidates).toEqual([
    { predicted: 0.25, iou: best },
    { predicted: 0.75, iou: best },
  ]);
}, 120_000);

test("what is missing, strange or broken fails alone and is named", async () => {
  const boxes = masks.filter(({ protocol }) => protocol === "box@1");
  const records = boxes.map(({ sample, target, rle }) => ({ sample, target, rle }));
  const [a, b, c, d, e, ...others] = records;
  const { size, counts } = c!.rle;
  const [height, width] = size;
  write("broken.json", [
    { ...a!, rle: { size, counts: "~" } },
    { ...b!, rle: { size: [2, 3], counts: [6] } },
    { ...c!, rle: { size, counts: decodeCounts(counts, "c").slice(1) } },
    e,
    e,
    ...others,
    { ...e!, target: `${e!.target}x` },
    { ...e!, sample: `${e!.sample}1` },
  ]);
  const result = await score("broken.json", "broken", "--protocol", "box@1", "--model", "mine");
  expect(failures("broken")).toEqual([
    `${a!.target}: broken.json[0], sample ${a!.sample}, target ${a!.target}: compressed RLE has a bad character at position 0; expected characters from "0" to "o", got "~"`,
    `${b!.target}: broken.json[1], target ${b!.target}: the mask and its image differ in size; expected ${width}x${height}, got 3x2`,
    expect.stringContaining(
      `${c!.target}: broken.json[2], sample ${c!.sample}, target ${c!.target}: run lengths do not add up`,
    ),
    `${d!.target}: broken.json, target ${d!.target}: there is no mask for it`,
    `${e!.target}: broken.json, target ${e!.target}: several masks without scores: which one counts?; expected 2 scores, got 0`,
  ]);
  expect(result.code).toBe(1);
  expect(result.err).toContain(
    `broken.json: trashcan has no image "${e!.sample}1"; the nearest is "${e!.sample}"\n`,
  );
  expect(result.err).toContain(
    `image ${e!.sample} has no target "${e!.target}x"; the nearest is "${e!.target}"\n`,
  );
  expect(result.err).toContain(
    "error: mine on trashcan: too many failures; expected at most 2 targets, 2 rows (--max-failures 5 allows these), got 5 of 23 rows, in ",
  );

  await writePngs("strange", boxes.slice(0, 1), ({ target }) => target);
  const gray = Buffer.alloc(width * height, 7);
  gray[5] = 9;
  await sharp(gray, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toFile(join(place, "strange", b!.sample, `${b!.target}.png`));
  expect(await score("strange", "strange-out", "--max-failures", "1")).toMatchObject({ code: 0 });
  expect(failures("strange-out")).toContain(
    `${b!.target}: ${b!.sample}/${b!.target}.png: the mask is not binary; expected 0 and one other value, got 0, 7 and 9`,
  );
}, 120_000);

test("wrong usage and help", async () => {
  const strange = await score("run", "never", "--protocol", "boxes@1");
  expect(strange).toMatchObject({
    code: 1,
    err: "error: masks.jsonl: holds no masks for trashcan of the model and protocol requested\n",
  });
  const nothing = await score("nothing.json", "never");
  expect(nothing.err).toMatch(/^error: predictions: no such file or folder; .*; got "nothing.json"\n$/);
  const help = await cli("score", "--help");
  expect(help).toMatchObject({ code: 0 });
  expect(help.out).toContain("Pattern:\n  segbench score BENCHMARK PREDICTIONS");
}, 120_000);
