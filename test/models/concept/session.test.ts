// The session of every family of concepts, with graphs that are functions.
import { describe, expect, test } from "vitest";
import { type FullModelCard, fullModelCard } from "../../../src/core/defaults.ts";
import type { ConceptAnswer, ConceptPrompt, RgbImage } from "../../../src/core/types.ts";
import { area } from "../../../src/masks/bit-mask.ts";
import { maskOfRle } from "../../../src/masks/rle.ts";
import type { ConceptContract, ConceptFamily, RawAnswer } from "../../../src/models/concept/contract.ts";
import { openConceptSession } from "../../../src/models/concept/session.ts";
import type { Graph, GraphHost, KeptTensor, Tensor } from "../../../src/models/runtime/graph.ts";

type Run = (feeds: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor>>;

const floats = (dims: readonly number[], data: readonly number[]): Tensor => ({
  ...{ type: "float32", dims },
  data: Float32Array.from(data),
});

type Functions = Readonly<
  Record<string, { run: Run; inputs: readonly string[]; outputs: readonly string[] }>
>;

/** A host whose graphs are functions; `calls` counts their runs, `held` tensors that were not freed. */
function functionHost(runs: Functions) {
  const calls: Record<string, number> = {};
  const held = new Map<number, Tensor>();
  let next = 1;
  const hold = (tensor: Tensor): KeptTensor => {
    held.set(next, tensor);
    return { kept: next++ };
  };
  const port = (name: string) => ({ name, type: "float32", shape: [] });
  const host: GraphHost = {
    async open(file): Promise<Graph> {
      const { run, inputs, outputs } = runs[file]!;
      return {
        ...{ file, inputs: inputs.map(port), outputs: outputs.map(port) },
        async run(feeds, keep = []) {
          calls[file] = (calls[file] ?? 0) + 1;
          const plain = Object.entries(feeds).map(([name, tensor]) => [
            name,
            "kept" in tensor ? held.get(tensor.kept)! : tensor,
          ]);
          const got = Object.entries(run(Object.fromEntries(plain)));
          return Object.fromEntries(
            got.map(([name, tensor]) => [name, keep.includes(name) ? hold(tensor) : tensor]),
          );
        },
        start: () => expect.unreachable(),
        providersUsed: async () => ({ CPUExecutionProvider: 1 }),
      };
    },
    hold: async (tensor) => hold(tensor),
    free: async ({ kept }) => void held.delete(kept),
    close: async () => undefined,
  };
  return { host, calls, held };
}

/** Finds the left half of an image with class logit 1 and its right half with the logit that the phrase's length says; presence 2. */
const runs = {
  encoder: { inputs: ["image"], outputs: ["features"], run: () => ({ features: floats([1], [0]) }) },
  text: {
    ...{ inputs: ["ids"], outputs: ["words"] },
    run: ({ ids }: Readonly<Record<string, Tensor>>) => {
      if (ids!.data[0] === 13) throw new Error("13 is an unlucky number");
      return { words: floats([1], [Number(ids!.data[0])]) };
    },
  },
  decoder: {
    ...{ inputs: ["features", "words"], outputs: ["classes", "masks", "boxes", "presence"] },
    run: ({ words }: Readonly<Record<string, Tensor>>) => ({
      classes: floats(
        [words!.data.length, 2],
        Array.from(words!.data as Float32Array).flatMap((x) => [1, x]),
      ),
      masks: floats([2, 2, 2], [1, -1, 1, -1, -1, 1, -1, 1]),
      boxes: floats([2, 4], [0, 0, 0.5, 1, 0.5, 0, 1, 1]),
      presence: floats([1], [2]),
    }),
  },
} satisfies Functions;

function familyOf(change: Partial<ConceptContract> = {}): ConceptFamily {
  return {
    ...{
      kind: "concept",
      name: "halves",
      title: "halves",
      summary: "",
      parts: ["encoder", "text", "decoder"],
      tokenizerFile: "words",
    },
    ...{ signatures: [], ports: { fed: {}, read: {} }, mismatches: () => [] },
    tokenizer: async () => (phrase) => {
      if (phrase.includes("<|")) throw new Error(`"${phrase}" cannot be tokens`);
      return [phrase.length];
    },
    contract: ({ encoder, text, decoder }) => ({
      ...{ encoder: encoder!, text: text!, decoder: decoder! },
      ...{
        links: { features: ["features"] },
        imageInput: "image",
        inputSize: { width: 4, height: 4 },
        most: 2,
        stages: {},
      },
      abilities: { phrases: true, exemplars: "none", presence: true, scoresFrom: 0, answers: "instances" },
      tokens: (ids) => ({ ids: floats([1], ids) }),
      feeds: (asked) => ({
        words: floats(
          [asked.length],
          asked.map(({ text }) => text.words!.data[0] as number),
        ),
      }),
      read: ({ classes, masks, boxes, presence }, prompts): RawAnswer[] =>
        Array.from({ length: prompts }, (_, i) => ({
          scored: {
            ...{ kind: "logits", presence: presence!.data[0] as number },
            classes: (classes!.data as Float32Array).subarray(2 * i, 2 * i + 2),
          },
          boxes: boxes!.data as Float32Array,
          mask: (at) => ({
            ...{ width: 2, height: 2 },
            data: (masks!.data as Float32Array).subarray(4 * at, 4 * at + 4),
          }),
        })),
      ...change,
    }),
  };
}

const image: RgbImage = { width: 10, height: 6, data: new Uint8Array(180) };
const files = { encoder: "encoder", text: "text", decoder: "decoder", tokenizer: "words" };
const ask = (phrase: string): ConceptPrompt => ({ phrase, exemplars: [] });

async function opened(change: Partial<ConceptContract> = {}) {
  const { host, ...seen } = functionHost(runs);
  const family = familyOf(change);
  const card: FullModelCard = fullModelCard({ name: "halves", files }, family);
  return { session: await openConceptSession(family, { card, files, host }), ...seen };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const scoresOf = (answer: ConceptAnswer) =>
  answer.status === "ok" ? answer.instances.map(({ score }) => score) : answer.reason;

describe("a session of concepts", () => {
  test("class x presence; what is below the floor is left out; masks and boxes at the image's size", async () => {
    const { session, held } = await opened();
    const embedding = await session.encode(image);
    const [answer] = await session.find(embedding, [ask("abc")], { floor: 0.7 });
    if (answer?.status !== "ok") throw new Error(answer?.reason);
    expect(answer.presence).toBeCloseTo(sigmoid(2), 12);
    expect(scoresOf(answer)).toEqual([sigmoid(3) * sigmoid(2)]);
    const [right] = answer.instances;
    expect(right!.box).toEqual({ x0: 5, y0: 0, x1: 10, y1: 6 });
    expect(right!.mask.size).toEqual([6, 10]);
    expect(area(maskOfRle(right!.mask, "mask"))).toBe(30);
    const [both] = await session.find(embedding, [ask("abc")], { floor: 0 });
    expect(scoresOf(both!)).toEqual([sigmoid(1) * sigmoid(2), sigmoid(3) * sigmoid(2)]);
    await session.release(embedding);
    expect(held.size).toBe(0);
  });

  test("a phrase is read once, also when asked at the same time and with other images; prompts share decoder calls", async () => {
    const { session, calls } = await opened();
    const one = await session.encode(image);
    const two = await session.encode(image);
    const before = { ...calls };
    await Promise.all(
      [one, two].map((embedding) => session.find(embedding, ["a", "bb", "c", "dd"].map(ask), { floor: 0 })),
    );
    // "a" and "c" have the same tokens; two images, two prompts a call.
    expect(calls.text! - before.text!).toBe(2);
    expect(calls.decoder! - before.decoder!).toBe(4);
  });

  test("what is wrong with one phrase is its own failure", async () => {
    const { session } = await opened();
    const embedding = await session.encode(image);
    const prompts = [
      ask("abc"),
      ask("<|x"),
      ask("a".repeat(13)),
      { phrase: "a", exemplars: [{ box: { x0: 0, y0: 0, x1: 1, y1: 1 }, positive: true }] },
      { exemplars: [] },
      ask("ab"),
    ];
    const answers = await session.find(embedding, prompts, { floor: 0.8 });
    expect(answers.map(scoresOf)).toEqual([
      [sigmoid(3) * sigmoid(2)],
      `"<|x" cannot be tokens`,
      "13 is an unlucky number",
      "the model takes 0 boxes with a prompt; got 1",
      "the prompt has neither a phrase nor a box",
      [],
    ]);
    // A failure is not remembered as features.
    const again = await session.find(embedding, [ask("b".repeat(13))], { floor: 0 });
    expect(again.map(({ status }) => status)).toEqual(["failed"]);
  });

  test("scores that the graph made, and pixels that it drew, are taken as they are", async () => {
    const pixels = { width: 10, height: 6, stride: 1, words: new Uint32Array(6).fill(0b111) };
    const read = () => [
      { scored: { kind: "scores" as const, scores: Float32Array.of(0.75) }, mask: () => pixels },
    ];
    const { session } = await opened({ read });
    const [answer] = await session.find(await session.encode(image), [ask("a")], { floor: 0.5 });
    if (answer?.status !== "ok") throw new Error(answer?.reason);
    expect(answer.presence).toBeUndefined();
    expect(answer.instances.map(({ score, box, mask }) => [score, box, area(maskOfRle(mask, ""))])).toEqual([
      [0.75, undefined, 18],
    ]);
  });

  test.each([
    ["a score above 1", 1.2, 10, "a score is 1.2000000476837158, not in 0..1"],
    ["a score below 0", -0.5, 10, "a score is -0.5, not in 0..1"],
    ["pixels of another size", 0.75, 9, "mask 0 is 9 x 6, the image 10 x 6"],
  ])("%s fails the prompt", async (_, score, width, reason) => {
    const pixels = { width, height: 6, stride: 1, words: new Uint32Array(6) };
    const read = () => [
      { scored: { kind: "scores" as const, scores: Float32Array.of(score) }, mask: () => pixels },
    ];
    const { session } = await opened({ read });
    expect(await session.find(await session.encode(image), [ask("a")], { floor: 0 })).toEqual([
      { status: "failed", reason },
    ]);
  });

  test("of a phrase's features only what the decoder takes is kept", async () => {
    let seen: readonly string[] = [];
    const { session } = await opened({
      kept: ["words"],
      feeds(asked) {
        seen = asked.flatMap(({ text }) => Object.keys(text));
        return { words: asked[0]!.text.words! };
      },
    });
    await session.find(await session.encode(image), [ask("a")], { floor: 0 });
    expect(seen).toEqual(["words"]);
  });

  test.each([
    ["presence", Number.NaN, [1], [0], "the presence logit is not finite: NaN"],
    ["a class", 1, [Number.POSITIVE_INFINITY], [0], "class logits are not finite"],
    ["a mask", 1, [1], [Number.NaN], "logits of mask 0 are not finite"],
  ])("%s that is not finite fails the prompt", async (_, presence, classes, logits, reason) => {
    let broken = false;
    const read = (): RawAnswer[] => [
      {
        scored: {
          ...{ kind: "logits", presence: broken ? presence : 0 },
          classes: Float32Array.from(broken ? classes : [0]),
        },
        mask: () => ({ width: 1, height: 1, data: Float32Array.from(broken ? logits : [0]) }),
      },
    ];
    const { session } = await opened({ read });
    broken = true;
    expect(await session.find(await session.encode(image), [ask("a")], { floor: 0 })).toEqual([
      { status: "failed", reason },
    ]);
  });

  test("a card without words is refused, and a trial that fails names the files", async () => {
    const family = familyOf();
    const card = fullModelCard({ name: "halves", files }, family);
    const { tokenizer: _, ...graphs } = files;
    await expect(
      openConceptSession(family, { card, files: graphs, host: functionHost(runs).host }),
    ).rejects.toThrow(
      /^model halves: a halves model needs a file that turns phrases into tokens; expected "tokenizer" among/,
    );
    const read = () => {
      throw new Error("pred_masks has 3 axes");
    };
    await expect(opened({ read })).rejects.toThrow(
      /^encoder, text, decoder: a trial run failed; .* got pred_masks has 3 axes$/,
    );
  });
});
