// The bundled model of phrases against Python's onnxruntime (scripts/oracle/tiny_concept.py): logits equal bit by bit, masks pixel by pixel.
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fullModelCard } from "../../../src/core/defaults.ts";
import type { ConceptSession, RgbImage } from "../../../src/core/types.ts";
import { readImage } from "../../../src/formats/image-file.ts";
import { maskOfRle } from "../../../src/masks/rle.ts";
import { conceptFamilies, openConcept } from "../../../src/models/index.ts";
import { type TappedHost, type Tensors, tapHost } from "../../../src/models/runtime/tap.ts";
import { held, readOracle } from "../../helpers/oracle.ts";
import { told } from "../video/player.ts";

interface Case {
  readonly image: string;
  /** The upper rows alone. */
  readonly rows: number | null;
  readonly pixels: string;
  readonly phrases: readonly string[];
  /** float32, base64: logits of each phrase, of each phrase's candidates, and x0 y0 x1 y1 of candidates. */
  readonly presence: string;
  readonly classes: string;
  readonly boxes: string;
  readonly masks: readonly [candidate: number, area: number, digest: string, undecided: readonly number[]][];
}

const { cases } = readOracle<{ readonly cases: readonly Case[] }>("concept/tiny");
const near = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const family = conceptFamilies["tiny-concept"]!;
const files = {
  encoder: near("models/tiny/encoder.onnx"),
  text: near("models/tiny-concept/text_encoder.onnx"),
  decoder: near("models/tiny-concept/decoder.onnx"),
  tokenizer: near("models/tiny-concept/vocabulary.json"),
};
const card = fullModelCard({ name: "tiny-concept", files, image: { size: 256 } }, family);
let host: TappedHost;
let session: ConceptSession;

beforeAll(async () => {
  const wrap = (inner: Parameters<typeof tapHost>[0]) => {
    host = tapHost(inner);
    return host;
  };
  session = await openConcept(family, { card, files }, { provider: "cpu", threads: 1 }, wrap);
});
afterAll(() => session.close());

async function pixelsOf({ image, rows }: Case): Promise<RgbImage> {
  const root = near("datasets/samples/drawn-phrases/images");
  const whole = await readImage(
    { root, name: image },
    { pixels: { exif: "auto", range: [0, 255] }, note: () => undefined },
  );
  const height = rows ?? whole.height;
  return { ...whole, height, data: whole.data.slice(0, 3 * whole.width * height) };
}

/** What the decoder says while phrases are asked together, one call for all. */
async function asked(image: RgbImage, phrases: readonly string[]) {
  const calls: Tensors[] = [];
  const after = ({ graph }: { graph: { file: string } }, outputs: Tensors) =>
    void (graph.file === files.decoder && calls.push(outputs));
  const prompts = phrases.map((phrase) => ({ phrase, exemplars: [] }));
  const answers = await host.during({ after }, async () => {
    const embedding = await session.encode(image);
    const found = await session.find(embedding, prompts, { floor: 0 });
    await session.release(embedding);
    return found;
  });
  expect(calls).toHaveLength(1);
  const bytes = (name: string) =>
    Buffer.from(Float32Array.from(calls[0]![name]!.data as Float32Array).buffer);
  return { answers, bytes };
}

test.each(cases.map((one) => [`${one.image}, ${one.rows ?? "all"} rows`, one] as const))(
  "%s",
  async (_, one) => {
    const image = await pixelsOf(one);
    expect(createHash("sha256").update(image.data).digest("hex").slice(0, 12)).toBe(one.pixels);
    const { answers, bytes } = await asked(image, one.phrases);
    expect(bytes("presence_logits").toString("base64")).toBe(one.presence);
    expect(bytes("pred_logits").toString("base64")).toBe(one.classes);
    expect(
      bytes("pred_boxes")
        .subarray(0, 4 * 4 * 32)
        .toString("base64"),
    ).toBe(one.boxes);
    const logits = new Float32Array(Uint8Array.from(Buffer.from(one.classes, "base64")).buffer);
    const presence = new Float32Array(Uint8Array.from(Buffer.from(one.presence, "base64")).buffer);
    const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
    for (const [i, answer] of answers.entries()) {
      if (answer.status !== "ok") throw new Error(answer.reason);
      expect(answer.presence).toBe(sigmoid(presence[i]!));
      const scores = answer.instances.map(({ score }) => score);
      expect(scores).toEqual(
        [...logits.subarray(32 * i, 32 * i + 32)].map((x) => sigmoid(x) * answer.presence!),
      );
    }
    const [first] = answers;
    if (first?.status !== "ok") throw new Error("no answer");
    for (const [candidate, area, digest, undecided] of one.masks) {
      const mask = maskOfRle(first.instances[candidate]!.mask, one.image);
      expect([candidate, ...told(mask, undecided)]).toEqual([candidate, area, digest]);
    }
    held("concept/tiny", one.phrases.length + one.masks.length);
  },
);

test("a phrase asked alone is answered as among others, bit by bit", async () => {
  const [{ phrases, ...one }] = cases as [Case];
  const image = await pixelsOf({ ...one, phrases });
  const together = await asked(image, phrases);
  for (const i of [2, 9]) {
    const alone = await asked(image, [phrases[i]!]);
    for (const [name, size] of [["presence_logits", 4] as const, ["pred_logits", 128] as const])
      expect(alone.bytes(name)).toEqual(together.bytes(name).subarray(i * size, (i + 1) * size));
    expect(alone.answers).toEqual([together.answers[i]]);
  }
});
