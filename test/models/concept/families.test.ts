// Families of concepts against what scripts/oracle/families/*.py computed with PyTorch: small models of random weights, exported with the ports of the
// public exports; images wider, taller, square, odd, smaller and larger than the models' own.
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instructionSets } from "../../../scripts/check-real/numerics.ts";
import { fullModelCard } from "../../../src/core/defaults.ts";
import type { ModelCard } from "../../../src/core/schema-types.ts";
import type {
  ConceptAbilities,
  ConceptAnswer,
  ConceptPrompt,
  ConceptSession,
} from "../../../src/core/types.ts";
import { readOnnxFile } from "../../../src/formats/onnx-file.ts";
import { toBytes } from "../../../src/masks/bit-mask.ts";
import { maskOfRle } from "../../../src/masks/rle.ts";
import { conceptFamilies, type ModelFiles, openConcept, readingsOf } from "../../../src/models/index.ts";
import type { Graph, Tensor } from "../../../src/models/runtime/graph.ts";
import { openOnnxHost } from "../../../src/models/runtime/onnx.ts";
import { farthest, held, readOracle } from "../../helpers/oracle.ts";
import { floats } from "../../masks/cases.ts";
import { compareMasks, type Told, tinyImage } from "../cases.ts";

interface Case {
  readonly image: readonly [number: number, width: number, height: number];
  /** null: boxes alone. */
  readonly phrase: string | null;
  readonly boxes: readonly (readonly [x0: number, y0: number, x1: number, y1: number, positive: 0 | 1])[];
  readonly presence: string;
  readonly scores: string;
  readonly corners: string;
  readonly masks: readonly Told[];
}

type Outputs = Readonly<Record<string, Tensor>>;

const file = (name: string) => fileURLToPath(new URL(`../../fixtures/models/${name}`, import.meta.url));

const sam3: ModelFiles = {
  encoder: file("sam3/vision-encoder.onnx"),
  text: file("sam3/text-encoder.onnx"),
  decoder: file("sam3/geo-encoder-mask-decoder.onnx"),
  tokenizer: file("sam3/tokenizer.json"),
};

function open(name: string, files: ModelFiles, card: Partial<ModelCard> = {}): Promise<ConceptSession> {
  const family = conceptFamilies[name]!;
  const full = fullModelCard({ name: "m", files: {}, ...card }, family);
  return openConcept(family, { card: full, files }, { provider: "cpu", threads: 1 });
}

const promptOf = ({ phrase, boxes }: Pick<Case, "phrase" | "boxes">): ConceptPrompt => ({
  ...(phrase === null ? {} : { phrase }),
  exemplars: boxes.map(([x0, y0, x1, y1, positive]) => ({
    box: { x0, y0, x1, y1 },
    positive: positive === 1,
  })),
});

function okay(answer: ConceptAnswer | undefined) {
  if (answer?.status !== "ok") throw new Error(answer?.reason ?? "no answer");
  return answer;
}

/** Answers to cases whose images come one after the other: all of an image together. */
async function answersTo(session: ConceptSession, cases: readonly Case[], floor = 0) {
  const answers: ConceptAnswer[] = [];
  for (let at = 0; at < cases.length; ) {
    const { image } = cases[at]!;
    const group = cases.slice(at).filter(({ image: [number] }) => number === image[0]);
    const embedding = await session.encode(tinyImage(...image));
    answers.push(...(await session.find(embedding, group.map(promptOf), { floor })));
    await session.release(embedding);
    at += group.length;
  }
  return answers;
}

interface Model {
  readonly family: string;
  readonly files: ModelFiles;
  readonly card?: Partial<ModelCard>;
  readonly oracle: string;
  readonly abilities: Partial<ConceptAbilities>;
  /** Of the oracle's cases, those that it takes. */
  readonly takes?: (one: Case) => boolean;
}

const frozen = (decoder: string): ModelFiles => ({
  encoder: file("sam3-frozen/image_encoder.onnx"),
  text: file("sam3-frozen/language_encoder.onnx"),
  decoder: file(`sam3-frozen/${decoder}.onnx`),
  tokenizer: file("sam3/tokenizer.json"),
});

const withoutPresence: ModelFiles = {
  ...sam3,
  encoder: file("hf-sam3/vision_encoder.onnx"),
  decoder: file("hf-sam3/decoder.onnx"),
};

const models: readonly Model[] = [
  {
    ...{ family: "sam3", files: sam3, oracle: "sam3" },
    abilities: { exemplars: "many", presence: true, scoresFrom: 0 },
  },
  {
    ...{ family: "hf-sam3", files: withoutPresence, oracle: "sam3" },
    card: { concept: { presence: "none" } },
    abilities: { exemplars: "none", presence: false, scoresFrom: 0 },
    takes: ({ boxes }) => boxes.length === 0,
  },
  {
    ...{ family: "sam3-osam", files: frozen("decoder"), oracle: "sam3-frozen" },
    abilities: { exemplars: "one", presence: true, scoresFrom: 0.5 },
  },
  {
    ...{ family: "sam3-anylabeling", files: frozen("drawing-decoder"), oracle: "sam3-frozen" },
    abilities: { exemplars: "one", presence: true, scoresFrom: 0.5 },
  },
  {
    ...{ family: "clipseg", oracle: "clipseg" },
    files: { model: file("clipseg/model.onnx"), tokenizer: file("sam3/tokenizer.json") },
    abilities: { exemplars: "none", presence: false, scoresFrom: 0, answers: "map" },
  },
];

describe.each(models)("$family", ({ family, files, card, oracle, abilities, takes = () => true }) => {
  const { cases: all } = readOracle<{ readonly cases: readonly Case[] }>(`families/${oracle}`);
  const cases = all.filter(takes);
  let session: ConceptSession;
  beforeAll(async () => {
    session = await open(family, files, card);
  });
  afterAll(() => session.close());

  test("presence, scores and boxes, and masks pixel for pixel", async () => {
    let worst = 0;
    const different = { pixels: 0, all: 0 };
    expect(session.concepts).toMatchObject({ phrases: true, answers: "instances", ...abilities });
    const answers = await answersTo(session, cases);
    for (const [at, one] of cases.entries()) {
      const [, width, height] = one.image;
      const { presence, instances } = okay(answers[at]);
      const [there] = floats(one.presence);
      const own = floats(one.scores).map((score) => (family === "hf-sam3" ? score / there! : score));
      if (abilities.scoresFrom === 0 && abilities.presence)
        worst = Math.max(worst, farthest([presence!], [there!]));
      else expect(presence).toBeUndefined();
      expect(instances.length).toBe(one.masks.length);
      const scores = instances.map(({ score }) => score);
      const boxes = instances.flatMap(({ box }) => box ?? []);
      const corners = boxes.flatMap(({ x0, y0, x1, y1 }) => [
        x0 / width,
        y0 / height,
        x1 / width,
        y1 / height,
      ]);
      expect(corners.length).toBe(floats(one.corners).length);
      worst = Math.max(worst, farthest(scores, own), farthest(corners, floats(one.corners)));
      instances.forEach(({ mask }, i) => {
        compareMasks(
          toBytes(maskOfRle(mask, "mask")),
          one.masks[i]!,
          [one.image, one.phrase, one.boxes, i],
          different,
        );
      });
    }
    held(`families/${oracle}`, cases.length, worst, 1e-5);
    expect(different.pixels / different.all).toBeLessThan(1e-5);
  });

  test("is recognised by its graphs together", async () => {
    const { tokenizer: _, ...graphs } = files;
    const read = await Promise.all(
      Object.values(graphs).map(async (path) => ({ ...(await readOnnxFile(path)), path })),
    );
    const found = readingsOf(read.reverse()).map(({ roles, contract }) => [
      ...[contract.family, contract.confidence],
      Object.fromEntries(Object.entries(roles).map(([part, { path }]) => [part, path])),
    ]);
    expect(found).toEqual([[family, "certain", graphs]]);
  });
});

test("outputs are those of Python's onnxruntime, bit for bit", async () => {
  const { simd, digests } = readOracle<{ simd: string[]; digests: Readonly<Record<string, string>> }>(
    "families/sam3-bits",
  );
  const host = openOnnxHost({ provider: "cpu", threads: 1 });
  const graph = (part: string) => host.open(sam3[part]!);
  const numbers = (length: number, value: (i: number) => number) =>
    Array.from({ length }, (_, i) => value(i));
  const float = (dims: number[], data: number[]) =>
    ({ type: "float32", dims, data: Float32Array.from(data) }) as const;
  const whole = (dims: number[], data: number[]) =>
    ({ type: "int64", dims, data: BigInt64Array.from(data, BigInt) }) as const;
  const images = float(
    [1, 3, 56, 56],
    numbers(3 * 56 * 56, (i) => (((i * 7919) % 509) - 254) / 256),
  );
  const seen = (await (await graph("encoder")).run({ images })) as Outputs;
  const text = (await (
    await graph("text")
  ).run({
    input_ids: whole([1, 32], [598, 513, 520, ...numbers(29, () => 599)]),
    attention_mask: whole(
      [1, 32],
      numbers(32, (i) => Number(i < 4)),
    ),
  })) as Outputs;
  const answers = (await (
    await graph("decoder")
  ).run({
    ...{ ...seen, ...text },
    input_boxes: float([1, 2, 4], [0.25, 0.5, 0.5, 0.75, 0.625, 0.25, 0.25, 0.125]),
    input_boxes_labels: whole([1, 2], [1, 0]),
  })) as Outputs;
  await host.close();
  const found = Object.entries({ ...seen, ...text, ...answers }).map(([name, { data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return [name, createHash("sha256").update(bytes).digest("hex").slice(0, 16)];
  });
  expect(found.map(([name]) => name).sort()).toEqual(Object.keys(digests).sort());
  // onnxruntime chooses kernels by the processor; on another kind sums are rounded in another order.
  if (instructionSets().join() !== simd.join()) return;
  expect(Object.fromEntries(found)).toEqual(digests);
  held("families/sam3-bits", found.length);
});

test("the length of a phrase is the text graph's: 16 with the small encoders of SAM3-LiteText", () => {
  const port = (name: string, shape: number[]) => ({ name, type: "int64", shape });
  const graph = (inputs: ReturnType<typeof port>[]) => ({ inputs, outputs: [] }) as unknown as Graph;
  const family = conceptFamilies.sam3!;
  const { tokens, facts } = family.contract(
    {
      encoder: graph([port("images", [1, 3, 1008, 1008])]),
      text: graph([port("input_ids", [1, 16])]),
      decoder: graph([]),
    },
    fullModelCard({ name: "m", files: {} }, family),
  );
  expect(facts).toMatchObject({ context: 16 });
  const { input_ids: ids, attention_mask: mask } = tokens([49406, ...Array<number>(20).fill(7), 49407]);
  expect([ids!.dims, [...(ids!.data as BigInt64Array)].map(Number)]).toEqual([
    [1, 16],
    [49406, ...Array<number>(14).fill(7), 49407],
  ]);
  expect([...(mask!.data as BigInt64Array)]).toEqual(Array(16).fill(1n));
});

describe("what a model does not have", () => {
  test("a decoder without presence is refused unless the card says that this is meant", async () => {
    await expect(open("hf-sam3", withoutPresence)).rejects.toThrow(
      /decoder\.onnx: has no "presence_logits": .*; expected a decoder with that output, or `concept: \{presence: none\}`/,
    );
  });

  test("graphs of another contract are refused by their ports", async () => {
    await expect(open("sam3", frozen("decoder"))).rejects.toThrow(/not the usls SAM 3 contract: /);
  });
});
