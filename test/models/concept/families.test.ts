// Families of concepts against what scripts/oracle/families/*.py computed with PyTorch: small models of random weights, exported with the ports of the
// public exports; images wider, taller, square, odd, smaller and larger than the models' own.
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fullModelCard } from "../../../src/core/defaults.ts";
import type { ModelCard } from "../../../src/core/schema-types.ts";
import type { ConceptAnswer, ConceptPrompt, ConceptSession } from "../../../src/core/types.ts";
import { toBytes } from "../../../src/masks/bit-mask.ts";
import { maskOfRle } from "../../../src/masks/rle.ts";
import { conceptFamilies, type ModelFiles, openConcept } from "../../../src/models/index.ts";
import { farthest, held, readOracle } from "../../helpers/oracle.ts";
import { digest, floats } from "../../masks/cases.ts";
import { tinyImage } from "../cases.ts";

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

/** Undecided are pixels whose logit is as near to 0 as 5e-5 of the largest logit; area and digest are without them. */
type Told = readonly [area: number, digest: string, outside: readonly number[], inside: readonly number[]];

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

describe("sam3, with all scores", () => {
  const { cases } = readOracle<{ readonly cases: readonly Case[] }>("families/sam3");
  let session: ConceptSession;
  beforeAll(async () => {
    session = await open("sam3", sam3);
  });
  afterAll(() => session.close());

  test("phrases, boxes, and both: presence, scores and boxes, and masks pixel for pixel", async () => {
    let worst = 0;
    const different = { pixels: 0, all: 0 };
    const answers = await answersTo(session, cases);
    for (const [at, one] of cases.entries()) {
      const [, width, height] = one.image;
      const { presence, instances } = okay(answers[at]);
      worst = Math.max(
        worst,
        farthest([presence!], floats(one.presence)),
        farthest(
          instances.map(({ score }) => score),
          floats(one.scores),
        ),
        farthest(
          instances.flatMap(({ box }) => [
            box!.x0 / width,
            box!.y0 / height,
            box!.x1 / width,
            box!.y1 / height,
          ]),
          floats(one.corners),
        ),
      );
      expect(instances.length).toBe(one.masks.length);
      instances.forEach(({ mask }, i) => {
        compareMasks(toBytes(maskOfRle(mask, "mask")), one, i, different);
      });
    }
    held("families/sam3", cases.length, worst, 1e-5);
    expect(different.pixels / different.all).toBeLessThan(1e-5);
  });
});

/** Pixels that are decided are the same, every one; of the others it is counted how many are not. */
function compareMasks(
  mask: Uint8Array,
  { image, phrase, boxes, masks }: Case,
  i: number,
  different: { pixels: number; all: number },
): void {
  const [area, expected, outside, inside] = masks[i]!;
  const is = (value: number) => (pixel: number) => mask[pixel] === value;
  different.pixels += outside.filter(is(1)).length + inside.filter(is(0)).length;
  different.all += mask.length;
  const decided = mask.slice();
  for (const pixel of [...outside, ...inside]) decided[pixel] = 0;
  let sum = 0;
  for (const bit of decided) sum += bit;
  expect([image, phrase, boxes, i, sum, digest(decided)]).toEqual([image, phrase, boxes, i, area, expected]);
}
