// Files of predictions: what they may say, and what is wrong with one as a whole.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readPredictions } from "../../src/formats/predictions.ts";
import { toBytes } from "../../src/masks/bit-mask.ts";
import { gray, temporaryFolder } from "../helpers/synthetic.ts";

const size = { width: 3, height: 2 };
const file = (name: string, text: string) => {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
};
const json = (value: unknown) => file("p.json", JSON.stringify(value));
const rle = { size: [2, 3], counts: [1, 2, 3] };

describe("records", () => {
  test("steps by clicks and draw, candidates in the order of the file, ids as text", async () => {
    const path = json([
      { image: 7, target: 1, rle, clicks: 3, score: 0.5 },
      { image: 7, target: "1", segmentation: { size: [2, 3], counts: "12" + "3" }, clicks: 3, score: 0.25 },
      { image: 7, target: "1", rle, clicks: 1, score: 1 },
      { image: 7, target: "x", rle, draw: 2 },
    ]);
    const predictions = await readPredictions(path, { benchmark: "b" });
    expect(predictions.images).toEqual(["7"]);
    expect(predictions.scored).toBe(true);
    expect(predictions.steps).toEqual([{ draw: 2 }, { clicks: 1 }, { clicks: 3 }]);
    const { steps, unknown } = predictions.of("7", ["1", "2"]);
    expect(unknown).toEqual(["x"]);
    const found = steps.get("1")!;
    expect(found.map(({ clicks, candidates }) => [clicks, candidates.map(({ score }) => score)])).toEqual([
      [1, [1]],
      [3, [0.5, 0.25]],
    ]);
    // Column-major runs 1, 2, 3 of a picture of 3 x 2: the second pixel of column 0, the first of column 1.
    for (const { read } of found[1]!.candidates)
      expect([...toBytes(await read(size))]).toEqual([0, 1, 0, 1, 0, 0]);
    expect(predictions.of("8", ["1"]).steps.size).toBe(0);
  });

  test("the keys of masks.jsonl, and the older ones beside each other", async () => {
    const path = json([
      { sample: "a", target: "t", at: { clicks: 3, draw: 1 }, rle },
      { image: "a", target: "t", clicks: 5, draw: 2, rle },
      { sample: "a", target: "t", rle },
    ]);
    const predictions = await readPredictions(path, { benchmark: "b" });
    expect(predictions.images).toEqual(["a"]);
    const found = predictions.of("a", ["t"]).steps.get("t")!;
    expect(found.map(({ clicks, draw }) => [clicks, draw])).toEqual([
      [undefined, undefined],
      [3, 1],
      [5, 2],
    ]);
    await expect(
      readPredictions(json([{ sample: "a", target: "t", rle, at: 3 }]), { benchmark: "b" }),
    ).rejects.toThrow("p.json[0]: at is not an object; expected {clicks, draw?}, got 3");
  });

  test("lines, of which other benchmarks, models and protocols are left out", async () => {
    const record = (more: object) => JSON.stringify({ image: "a", target: "t", rle, ...more });
    const lines = [
      record({ benchmark: "b", model: "m", protocol: "box@1" }),
      record({ benchmark: "c", model: "m" }),
      record({ benchmark: "b", model: "n", protocol: "mask@1" }),
      "",
    ];
    const path = file("p.jsonl", lines.join("\n"));
    const all = await readPredictions(path, { benchmark: "b" });
    expect([all.models, all.protocols]).toEqual([
      ["m", "n"],
      ["box@1", "mask@1"],
    ]);
    const one = await readPredictions(path, { benchmark: "b", model: "m", protocol: "box@1" });
    expect(one.of("a", ["t"]).steps.get("t")![0]!.candidates).toHaveLength(1);
  });

  test.each([
    [{}, "p.json: is not a list of predictions; expected an array of {sample, target, rle}, got object"],
    [[{ image: "a" }], "p.json[0]: target is missing; expected the id that the benchmark has, got nothing"],
    [
      [{ image: "", target: "t" }],
      'p.json[0]: sample is missing; expected the id that the benchmark has, got ""',
    ],
    [
      [{ image: "a", target: "t", rle, clicks: -1 }],
      "p.json[0]: clicks is not a count; expected a whole number from 0, got -1",
    ],
    [
      [{ image: "a", target: "t", rle, score: "1" }],
      'p.json[0]: score is not a number; expected a finite number, got "1"',
    ],
    [
      [{ image: "a", target: "t" }],
      'p.json[0]: there is no mask; expected rle or segmentation, got ["image","target"]',
    ],
    [[null], "p.json[0]: sample is missing; expected the id that the benchmark has, got nothing"],
  ])("%j", async (value, message) => {
    await expect(readPredictions(json(value), { benchmark: "b" })).rejects.toThrow(message);
  });
});

describe("a folder of PNGs", () => {
  async function folder(...names: string[]): Promise<string> {
    const root = temporaryFolder();
    for (const name of names) {
      mkdirSync(join(root, name, ".."), { recursive: true });
      if (name.endsWith(".png"))
        await gray(Buffer.from([0, 255, 0, 255, 0, 0]), 3, 2).toFile(join(root, name));
    }
    return root;
  }

  test("steps, candidates, percent-encoded names, ids that end like a step or a candidate", async () => {
    const root = await folder(
      "v/a/1.0.png",
      "v/a/1.1.png",
      "v/a/2@3.png",
      "v/a/x%2Fy.png",
      "v/a/7.5.png",
      "v/a/z.png",
    );
    const predictions = await readPredictions(root, { benchmark: "b" });
    expect(predictions.images).toEqual(["v/a"]);
    const { steps, unknown } = predictions.of("v/a", ["1", "2", "x/y", "7.5"]);
    expect(unknown).toEqual(["z"]);
    const shape = [...steps].map(([id, list]) => [
      id,
      list.map(({ clicks, candidates }) => [clicks, candidates.length]),
    ]);
    expect(Object.fromEntries(shape)).toEqual({
      1: [[undefined, 2]],
      2: [[3, 1]],
      "x/y": [[undefined, 1]],
      7.5: [[undefined, 1]],
    });
    const [one] = steps.get("2")!;
    expect([...toBytes(await one!.candidates[0]!.read(size))]).toEqual([0, 1, 0, 1, 0, 0]);
  });

  test("a name that is an image's or a target's is meant as it stands, percent signs and accents too", async () => {
    const names = [
      "a%201/t.png",
      "b%2Fc/t%2Fu@2.png",
      "d%zz/t.png",
      "e%2520f/t.png",
      "g/h%201@3.png",
      "caf\u00e9/t.png",
    ];
    const ids = ["a%201", "b/c", "d%zz", "e%20f", "g", "cafe\u0301"];
    const predictions = await readPredictions(await folder(...names), { benchmark: "b" }, ids);
    expect([...predictions.images].sort()).toEqual([...ids].sort());
    const clicks = (image: string, target: string) =>
      predictions
        .of(image, [target])
        .steps.get(target)
        ?.map((step) => step.clicks);
    expect(clicks("b/c", "t/u")).toEqual([2]);
    expect(clicks("g", "h%201")).toEqual([3]);
    expect(clicks("g", "h 1")).toEqual([3]);
    expect(clicks("g", "h%201@3")).toEqual([undefined]);
  });

  test("ids beyond 2^53 in records are kept as they stand", async () => {
    const path = file(
      "p.jsonl",
      `{"sample":9007199254740993,"target":90071992547409931,"rle":${JSON.stringify(rle)}}\n`,
    );
    const predictions = await readPredictions(path, { benchmark: "b" });
    expect(predictions.images).toEqual(["9007199254740993"]);
    expect(predictions.of("9007199254740993", ["90071992547409931"]).unknown).toEqual([]);
  });

  test("what is wrong as a whole", async () => {
    const root = await folder("a/1.png");
    writeFileSync(join(root, "scores.json"), JSON.stringify({ "a/2": 0.5 }));
    await expect(readPredictions(root, { benchmark: "b" })).rejects.toThrow(
      "there is no such file; got a/2.png",
    );
    writeFileSync(join(root, "scores.json"), JSON.stringify({ "a/1": "high" }));
    await expect(readPredictions(root, { benchmark: "b" })).rejects.toThrow(
      'scores.json: the score is not a number; got "high" for a/1',
    );
    await expect(readPredictions(await folder("1.png"), { benchmark: "b" })).rejects.toThrow(
      "1.png: is not in an image's folder; expected IMAGE/TARGET.png",
    );
    await expect(readPredictions(await folder(), { benchmark: "b" })).rejects.toThrow("holds no predictions");
    await expect(readPredictions(file("p.txt", ""), { benchmark: "b" })).rejects.toThrow(
      "p.txt: is not a supported kind of predictions",
    );
  });
});
