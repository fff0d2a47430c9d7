// Two exports of a model of phrases: ten usual mistakes are planted, each is the only one that is named, and none is where nothing is wrong.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fullModelCard } from "../../src/core/defaults.ts";
import type { ParitySummary } from "../../src/core/parity.ts";
import type { ModelCard } from "../../src/core/schema-types.ts";
import type { ConceptPrompt, ConceptSession, RgbImage } from "../../src/core/types.ts";
import {
  floatValues,
  type OnnxModel,
  onnxTensor,
  readOnnx,
  whole,
  writeOnnx,
} from "../../src/formats/onnx-graph.ts";
import type { ConceptContract, ConceptFamily } from "../../src/models/concept/contract.ts";
import { openConceptSession } from "../../src/models/concept/session.ts";
import { idsAndMask } from "../../src/models/concept/tokens.ts";
import { conceptFamilies } from "../../src/models/index.ts";
import type { GraphHost, Tensor } from "../../src/models/runtime/graph.ts";
import { openOnnxHost } from "../../src/models/runtime/onnx.ts";
import { tapHost } from "../../src/models/runtime/tap.ts";
import { phraseCauses } from "../../src/parity/phrases/causes.ts";
import { valueMistakes } from "../../src/parity/phrases/fed.ts";
import { openPhrases, type PhraseModel } from "../../src/parity/phrases/pair.ts";
import { isFlip } from "../../src/parity/phrases/summary.ts";
import { int, ints, reordered, splice } from "../helpers/faults.ts";
import { runCli } from "../helpers/run-cli.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";
import { tinyImage } from "../models/cases.ts";

const file = (name: string) => fileURLToPath(new URL(`../fixtures/models/sam3/${name}`, import.meta.url));
const files = {
  encoder: file("vision-encoder.onnx"),
  text: file("text-encoder.onnx"),
  decoder: file("geo-encoder-mask-decoder.onnx"),
  tokenizer: file("tokenizer.json"),
};
const sam3 = conceptFamilies.sam3!;
const usls: Export = { family: sam3, files };
/** Scores and masks that are kept are chosen in the graph. */
const frozen: Export = {
  family: conceptFamilies["sam3-osam"]!,
  files: {
    encoder: file("../sam3-frozen/image_encoder.onnx"),
    text: file("../sam3-frozen/language_encoder.onnx"),
    decoder: file("../sam3-frozen/decoder.onnx"),
    tokenizer: files.tokenizer,
  },
};

interface Export {
  readonly family: ConceptFamily;
  readonly files: typeof files;
}

type Part = "encoder" | "text" | "decoder";

interface Planted {
  readonly graphs?: Partial<Record<Part, (model: OnnxModel) => OnnxModel>>;
  readonly image?: ModelCard["image"];
  readonly contract?: (own: ConceptContract) => ConceptContract;
  readonly session?: (own: ConceptSession) => ConceptSession;
}

let worker: GraphHost;
let reference: PhraseModel;
beforeAll(async () => {
  worker = openOnnxHost({ provider: "cpu", threads: 1 });
  reference = await open({});
}, 60_000);
afterAll(() => worker.close());

async function open(
  { graphs = {}, image, contract, session = (own) => own }: Planted,
  { family: own, files }: Export = usls,
): Promise<PhraseModel> {
  const folder = Object.keys(graphs).length === 0 ? "" : temporaryFolder();
  const planted: Record<string, string> = { ...files };
  for (const [part, plant] of Object.entries(graphs)) {
    planted[part] = join(folder, `${part}.onnx`);
    await writeOnnx(planted[part]!, plant(await readOnnx(files[part as Part])));
  }
  const family: ConceptFamily =
    contract === undefined ? own : { ...own, contract: (...given) => contract(own.contract(...given)) };
  const card = fullModelCard({ name: "m", files: planted, ...(image && { image }) }, family);
  const shared = { ...worker, close: async () => undefined };
  const opening = { name: "m", card, files: planted, family };
  return openPhrases(
    opening,
    async (wrap) => session(await openConceptSession(family, { card, files: planted, host: wrap(shared) })),
    tapHost,
  );
}

const long = "the striped zebra on the left of the red circle";
const images = [tinyImage(0, 120, 72)].map((image) => ({
  image,
  prompts: [
    { phrase: "red circle", exemplars: [] },
    { phrase: long, exemplars: [] },
  ] satisfies ConceptPrompt[],
}));

async function causes(planted: Planted) {
  const candidate = await open(planted);
  const found = await phraseCauses({ pair: { reference, candidate }, images, folder: temporaryFolder() });
  await candidate.session.close();
  return found;
}

const onInput =
  (port: string, ...rest: readonly unknown[]) =>
  (model: OnnxModel) =>
    splice(model, port, "before", rest[0] as never, rest[1] as never);
const onOutput =
  (port: string, ...rest: readonly unknown[]) =>
  (model: OnnxModel) =>
    splice(model, port, "after", rest[0] as never, rest[1] as never);

/** A port of other sizes. */
function reshaped(model: OnnxModel, port: string, dims: readonly number[]): OnnxModel {
  const change = (list: OnnxModel["graph"]["input"]) =>
    list.map((value) =>
      value.name !== port
        ? value
        : {
            ...value,
            type: {
              tensorType: {
                elemType: value.type!.tensorType!.elemType!,
                shape: { dim: dims.map((dimValue) => ({ dimValue })) },
              },
            },
          },
    );
  const { graph } = model;
  return { ...model, graph: { ...graph, input: change(graph.input), output: change(graph.output) } };
}

const not = [{ op: "Not", on: ["x"] }];
const exchange = [{ op: "Transpose", on: ["x"], attributes: [ints("perm", [1, 0, 2])] }];
/** Corners to centre, width and height. */
const centres = {
  by: { dims: [4, 4], values: [0.5, 0, -1, 0, 0, 0.5, 0, -1, 0.5, 0, 1, 0, 0, 0.5, 0, 1] },
};
const toCentres = [{ op: "MatMul", on: ["x", "by"] }];
const END = 599;

/** The classes have the presence in them, as the video detector's have. */
const joint = onOutput(
  "pred_logits",
  [
    { op: "Sigmoid", on: ["x"] },
    { op: "Sigmoid", on: ["=presence_logits"] },
    { op: "Mul", on: ["#0", "#1"] },
    { op: "Sub", on: ["one", "#2"] },
    { op: "Div", on: ["#2", "#3"] },
    { op: "Log", on: ["#4"] },
  ],
  { one: { dims: [], values: [1] } },
);

/** Zeros pad, and every token is said to be a word. */
function unmasked(model: OnnxModel): OnnxModel {
  const zeros = splice(model, "input_ids", "before", [{ op: "Mul", on: ["x", "=attention_mask"] }]);
  const { graph } = zeros;
  const one = onnxTensor("every", [1, 32], new Array(32).fill(1), "int64");
  const node = graph.node.map((each) =>
    each.name?.startsWith("input_ids__") === true
      ? each
      : { ...each, input: each.input.map((name) => (name === "attention_mask" ? "every" : name)) },
  );
  return { ...zeros, graph: { ...graph, node, initializer: [...graph.initializer, one] } };
}

/** Sixteen tokens go in; the graph fills them up itself. */
function shorter(model: OnnxModel): OnnxModel {
  const rest = (value: number) => ({
    rest: { dims: [1, 16], values: new Array(16).fill(value), type: "int64" as const },
  });
  const concat = [{ op: "Concat", on: ["x", "rest"], attributes: [int("axis", 1)] }];
  const filled = onInput("attention_mask", concat, rest(0))(onInput("input_ids", concat, rest(END))(model));
  return reshaped(reshaped(filled, "input_ids", [1, 16]), "attention_mask", [1, 16]);
}

/** Bilinear with half-pixel centres and no antialiasing, in plain words. */
function asOpenCv({ width, height, data }: RgbImage, side: number): Uint8Array {
  const out = new Uint8Array(3 * side * side);
  const at = (i: number, size: number) => Math.min(size - 1, Math.max(0, ((i + 0.5) * size) / side - 0.5));
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const [u, v] = [at(x, width), at(y, height)];
        const [i, j] = [Math.floor(u), Math.floor(v)];
        const pixel = (a: number, b: number) =>
          data[3 * (Math.min(b, height - 1) * width + Math.min(a, width - 1)) + c]!;
        const row = (b: number) => pixel(i, b) * (1 - u + i) + pixel(i + 1, b) * (u - i);
        out[3 * (y * side + x) + c] = Math.round(row(j) * (1 - v + j) + row(j + 1) * (v - j));
      }
  return out;
}

/** A client that resizes pictures in a way of its own. */
const withOpenCv = (own: ConceptSession): ConceptSession => ({
  ...own,
  encode: async (image) => ({
    ...(await own.encode({ width: 56, height: 56, data: asOpenCv(image, 56) })),
    size: { width: image.width, height: image.height },
  }),
});

const contract =
  (change: (own: ConceptContract) => Partial<ConceptContract>) =>
  (own: ConceptContract): ConceptContract => ({ ...own, ...change(own) });

const withoutPresence = contract(({ read }) => ({
  read: (...given) =>
    read(...given).map(({ scored, ...rest }) =>
      scored.kind === "scores"
        ? { ...rest, scored }
        : { ...rest, scored: { kind: "logits", classes: scored.classes } },
    ),
}));

const zeroPadded = contract(() => ({
  tokens(ids) {
    const { input_ids, attention_mask } = idsAndMask(ids, 32) as Record<string, Tensor>;
    const mask = attention_mask!.data as BigInt64Array;
    return {
      input_ids: {
        ...input_ids!,
        data: (input_ids!.data as BigInt64Array).map((id, i) => id * mask[i]!),
      } as Tensor,
      attention_mask: { ...attention_mask!, data: mask.map(() => 1n) } as Tensor,
    };
  },
}));

describe("planted", () => {
  test.each<[string, string, string, Planted]>([
    [
      "mask inverted by the text encoder",
      "mask-inverted",
      "text",
      { graphs: { text: onOutput("text_mask", not) } },
    ],
    [
      "mask inverted in the decoder",
      "mask-inverted",
      "decoder",
      { graphs: { decoder: onInput("text_mask", not) } },
    ],
    [
      "tokens before phrases, in the text encoder",
      "text-axes",
      "text",
      {
        graphs: {
          text: (model) => reshaped(onOutput("text_features", exchange)(model), "text_features", [32, 1, 8]),
        },
      },
    ],
    [
      "tokens before phrases, in the decoder",
      "text-axes",
      "text",
      {
        graphs: {
          decoder: (model) =>
            reshaped(onInput("text_features", exchange)(model), "text_features", [32, 1, 8]),
        },
      },
    ],
    ["presence dropped", "presence-dropped", "decoder", { contract: withoutPresence }],
    [
      "presence always there",
      "presence-dropped",
      "decoder",
      {
        graphs: {
          decoder: onOutput(
            "presence_logits",
            [
              { op: "Mul", on: ["x", "none"] },
              { op: "Add", on: ["#0", "sure"] },
            ],
            { none: { dims: [], values: [0] }, sure: { dims: [], values: [20] } },
          ),
        },
      },
    ],
    ["presence applied twice", "presence-twice", "decoder", { graphs: { decoder: joint } }],
    ["padding 0 and no mask, in the graph", "padding", "text", { graphs: { text: unmasked } }],
    ["padding 0 and no mask, by the host", "padding", "host choice", { contract: zeroPadded }],
    ["bicubic picture", "picture-bicubic", "host choice", { image: { filter: "bicubic" } }],
    ["OpenCV's picture", "picture-opencv", "host choice", { session: withOpenCv }],
    [
      "boxes as centres, answered",
      "box-order",
      "decoder",
      { graphs: { decoder: onOutput("pred_boxes", toCentres, centres) } },
    ],
    [
      "sigmoid before resizing",
      "sigmoid-first",
      "decoder",
      {
        graphs: {
          decoder: onOutput(
            "pred_masks",
            [
              { op: "Sigmoid", on: ["x"] },
              { op: "Sub", on: ["#0", "half"] },
            ],
            { half: { dims: [], values: [0.5] } },
          ),
        },
      },
    ],
    ["16 tokens", "context", "host choice", { graphs: { text: shorter } }],
  ])("%s", async (_, id, stage, planted) => {
    const { diagnoses } = await causes(planted);
    expect(diagnoses.map((one) => [one.id, one.stage, one.mistake])).toEqual([[id, stage, true]]);
    for (const { removed = 1 } of diagnoses) expect(removed).toBeGreaterThan(0.9);
  });
});

test("mask inverted in a decoder that chooses its answers: named, though shapes differ, and its boxes' mask is left alone", async () => {
  const pair = {
    reference: await open({}, frozen),
    candidate: await open({ graphs: { decoder: onInput("language_mask", not) } }, frozen),
  };
  // The candidate finds nothing, which is no constant.
  const both = [1, 2].flatMap((n) => images.map((one) => ({ ...one, image: tinyImage(n, 120, 72) })));
  const { diagnoses } = await phraseCauses({ pair, images: both, folder: temporaryFolder() });
  expect(diagnoses.map(({ id, stage }) => [id, stage])).toEqual([["mask-inverted", "decoder"]]);
  expect(diagnoses[0]!.evidence[0]).toMatch(/mask inverted, by nothing\.$/);
});

test("models that say no presence say by their masks whether there is anything", () => {
  const answers = (reference: number, candidate: number) =>
    isFlip({ kept: { reference, candidate, pairs: 0 } });
  expect([answers(2, 1), answers(0, 0), answers(0, 1), answers(3, 0)]).toEqual([false, false, true, true]);
});

/** Weights changed one by one. */
function weights(round: (values: Float32Array) => ArrayLike<number>) {
  return (model: OnnxModel): OnnxModel => {
    const initializer = model.graph.initializer.map((tensor) => {
      const values = floatValues(tensor);
      return values === undefined || values.length < 8
        ? tensor
        : onnxTensor(tensor.name!, tensor.dims.map(whole), [...Array.from(round(values))]);
    });
    return { ...model, graph: { ...model.graph, initializer } };
  };
}

/** 11 bits of mantissa, as half precision has (Veltkamp's splitting). */
const half = weights((values) =>
  values.map((x) => Math.fround(Math.fround(x * 8193) - Math.fround(Math.fround(x * 8193) - x))),
);
const bytes = weights((values) => {
  const step = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127 || 1;
  return values.map((x) => Math.round(x / step) * step);
});

test("the same graphs in another order: nothing is named, and no stage differs", async () => {
  const { diagnoses, stages, remarks } = await causes({
    graphs: { encoder: reordered, text: reordered, decoder: reordered },
  });
  expect([diagnoses, remarks]).toEqual([[], []]);
  expect(stages.map(({ stage, error, differences }) => [stage, error?.max ?? differences])).toEqual([
    ...[
      ["encoder", 0],
      ["text", 0],
      ["decoder", 0],
    ],
    ["host choice", 0],
  ]);
});

test.each([
  ["half precision", half],
  ["8 bits", bytes],
])("%s is no mistake", async (_, round) => {
  const { diagnoses, stages } = await causes({ graphs: { encoder: round, text: round, decoder: round } });
  expect(diagnoses.filter(({ mistake }) => mistake)).toEqual([]);
  for (const { stage, error } of stages)
    if (stage !== "host choice") expect(error!.relativeL2).toBeGreaterThan(0);
});

test("boxes by corners, taken: the command sends what the protocol sends; what the candidate's folder lacks is the reference's", async () => {
  const cwd = temporaryFolder();
  const listed = Object.entries(files).map(([part, path]) => `  ${part}: ${path}`);
  writeFileSync(join(cwd, "made.yaml"), ["name: made", "family: sam3", "files:", ...listed].join("\n"));
  const decoder = onInput("input_boxes", toCentres, centres)(await readOnnx(files.decoder));
  mkdirSync(join(cwd, "export"));
  await writeOnnx(join(cwd, "export", "mask-decoder-fp16.onnx"), decoder);
  const asked = ["--benchmarks", "drawn-phrases", "--protocols", "exemplar@1", "--limit", "1"];
  const { code, err } = await runCli(["parity", "made.yaml", "export", ...asked, "--out", "out"], { cwd });
  expect(code, err).toBe(100);
  const { diagnoses, remarks, phrases }: ParitySummary = JSON.parse(
    readFileSync(join(cwd, "out", "parity.json"), "utf8"),
  );
  expect(diagnoses.map(({ id, stage }) => [id, stage])).toEqual([["box-order", "decoder"]]);
  expect(remarks[0]).toBe("of the candidate, encoder and text are the reference's files");
  expect(phrases!.stages.map(({ stage, runs, error }) => [stage, runs > 0, (error?.max ?? 0) > 0])).toEqual([
    ...[
      ["encoder", true, false],
      ["text", true, false],
      ["decoder", true, true],
    ],
    ["host choice", false, false],
  ]);
  const page = readFileSync(join(cwd, "out", "parity.html"), "utf8");
  expect(page).toContain("over all phrases");
  expect(page).not.toContain("foreground click");
});

describe("values of a card's picture", () => {
  const model = (mean: readonly number[]) =>
    ({ card: { image: { scale: 255, mean, std: [0.2, 0.2, 0.2] } } }) as unknown as PhraseModel;
  const [right, wrong] = [model([0.4, 0.4, 0.4]), model([0.5, 0.5, 0.5])];

  test("are named where the candidate's graph takes the reference's", () => {
    const [named] = valueMistakes(right, wrong, 0);
    expect(named).toMatchObject({ id: "picture-values", mistake: true, removed: 1 });
    expect(named?.evidence[0]).toMatch(/mean 0.5,0.5,0.5, the reference's mean 0.4,0.4,0.4/);
  });

  test("are no mistake of a graph that answers otherwise, nor where they are the same", () => {
    expect(valueMistakes(right, wrong, 0.3)).toEqual([]);
    expect(valueMistakes(right, wrong, undefined)).toEqual([]);
    expect(valueMistakes(right, right, 0)).toEqual([]);
  });
});
