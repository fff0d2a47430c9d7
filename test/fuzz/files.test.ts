// Damaged files that are no benchmarks: predictions, models, archives. Contents, or a sentence.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { expect, test } from "vitest";
import { unpackInto } from "../../src/fetch/unpack.ts";
import { readOnnxContent, readOnnxFile } from "../../src/formats/onnx-file.ts";
import { readPredictions } from "../../src/formats/predictions.ts";
import { selectionIn, withAllMasks } from "../../src/models/all-masks.ts";
import { greyPng } from "../formats/fixture.ts";
import { type Files, fuzz, jsonOf, mutateFile, randomOf } from "./fuzz.ts";

const LONG = 3_600_000;
const size = { width: 8, height: 4 };

/** Records of masks: those of one image and target are steps or candidates. */
const records = [
  { sample: "a", target: "1", segmentation: { size: [4, 8], counts: "06" }, score: 0.5 },
  { sample: "a", target: "2", segmentation: [[1, 0.5, 6, 1, 5, 3.5]], at: { clicks: 1 } },
  { image: "a", target: "2", rle: { size: [4, 8], counts: [3, 5, 24] }, clicks: 2 },
  { sample: "b", target: "1", segmentation: { size: [4, 8], counts: [32] }, model: "m", protocol: "box@1" },
];

async function readAll(path: string) {
  const counts = { ok: 0, failed: 0, unknown: 0 };
  const errors: unknown[] = [];
  const predictions = await readPredictions(path, { benchmark: "mini" });
  for (const image of predictions.images) {
    const { steps, unknown } = predictions.of(image, ["1", "2"]);
    counts.unknown += unknown.length;
    for (const { candidates } of [...steps.values()].flat())
      for (const { read } of candidates)
        await read(size).then(
          () => counts.ok++,
          (error: unknown) => {
            counts.failed++;
            errors.push(error);
          },
        );
  }
  return { counts, errors };
}

const lines = records.map((record) => JSON.stringify(record)).join("\n");

test.each([
  ["given.json", JSON.stringify(records)],
  ["given.jsonl", `${lines}\n`],
])(
  "predictions in %s",
  async (file, content) => {
    const tally = await fuzz({
      name: `predictions ${file}`,
      files: { [file]: content },
      read: ({ root }) => readAll(join(root, file)),
    });
    expect(tally.ok).toBeGreaterThan(0);
    expect(tally.refused! + tally.failed!).toBeGreaterThan(0);
  },
  LONG,
);

test(
  "predictions as PNGs",
  async () => {
    const mask = greyPng("........", "..####..", "..####..", "........");
    const scores = JSON.stringify({ "a/1": 0.5, "a/2@1": 0.25 });
    const tally = await fuzz({
      name: "predictions PNG",
      files: { "a/1.png": mask, "a/2@1.png": mask, "a/2@2.png": mask, "scores.json": scores },
      read: ({ root }) => readAll(root),
    });
    expect(tally.ok).toBeGreaterThan(0);
    expect(tally.refused! + tally.failed!).toBeGreaterThan(0);
  },
  LONG,
);

test.each(["decoder-4.onnx", "encoder.onnx"])(
  "models: %s",
  async (file) => {
    const content = readFileSync(fileURLToPath(new URL(`../fixtures/models/${file}`, import.meta.url)));
    const tally = await fuzz({
      name: `model ${file}`,
      files: { [file]: content },
      async read({ root }) {
        const path = join(root, file);
        const { inputs } = await readOnnxFile(path);
        const { parameters } = await readOnnxContent(path);
        return { counts: { read: 1, inputs: inputs.length, parameters: Number(parameters > 0) } };
      },
    });
    expect(tally.read).toBeGreaterThan(0);
    expect(tally.refused).toBeGreaterThan(0);
  },
  LONG,
);

test.each(["sam", "sam2-stability"])(
  "decoders that hide masks: %s",
  async (name) => {
    const content = readFileSync(
      fileURLToPath(new URL(`../fixtures/models/hidden/${name}.onnx`, import.meta.url)),
    );
    const file = "decoder.onnx";
    const tally = await fuzz({
      name: `hidden ${name}`,
      files: { [file]: content },
      async read({ root }) {
        const bytes = readFileSync(join(root, file));
        const { selection } = selectionIn(bytes, file);
        const { nodes } = withAllMasks(bytes, file);
        return {
          counts: {
            read: 1,
            known: Number(selection!.rule.kind !== "unknown"),
            fewer: Number(nodes[1] < nodes[0]),
          },
        };
      },
    });
    expect(tally.read).toBeGreaterThan(0);
    expect(tally.refused).toBeGreaterThan(0);
  },
  LONG,
);

async function tar(): Promise<Buffer> {
  const packing = pack();
  for (const [name, content] of Object.entries({ "d/a.txt": "one", "d/e/b.txt": "two".repeat(300) }))
    packing.entry({ name }, content);
  packing.entry({ name: "d/link", type: "symlink", linkname: "a.txt" });
  packing.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of packing) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Names of files below a folder. */
function namesBelow(folder: string): readonly string[] {
  return existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]) : [];
}

test.each(["tar", "tar.gz"] as const)(
  "archives: %s",
  async (format) => {
    const plain = await tar();
    const name = `x.${format}`;
    const tally = await fuzz({
      name: `archive ${format}`,
      files: { [name]: format === "tar" ? plain : gzipSync(plain) } satisfies Files,
      async read({ root }) {
        const place = join(root, "deep/er/place");
        rmSync(join(root, "deep"), { recursive: true, force: true });
        mkdirSync(place, { recursive: true });
        const outcome = await unpackInto(join(root, name), format, place, {}).then(
          () => ({ counts: { unpacked: 1 } }),
          (error: unknown) => ({ counts: { refused: 1 }, errors: [error] }),
        );
        const beside = namesBelow(root).filter((entry) => entry !== name && !entry.startsWith("deep"));
        const above = namesBelow(join(root, "deep")).filter((entry) => !/^er(\/place|$)/.test(entry));
        const escaped = [...beside, ...above];
        return { ...outcome, ...(escaped.length > 0 && { lost: `written outside: ${escaped.join(", ")}` }) };
      },
    });
    expect(tally.unpacked).toBeGreaterThan(0);
    expect(tally.refused).toBeGreaterThan(0);
  },
  LONG,
);

test("what a mutation makes is the same every time", () => {
  const made = (i: number) => String(mutateFile(JSON.stringify(records), randomOf("same", i)));
  expect(made(1)).toBe(made(1));
  expect(new Set(Array.from({ length: 20 }, (_, i) => made(i))).size).toBeGreaterThan(15);
  expect(jsonOf("{")).toBeUndefined();
});
