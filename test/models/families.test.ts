// Every family against what scripts/oracle/families/*.py computed with PyTorch: small models of random weights, exported with
// the ports of the public exports; images wider, taller, square, odd, smaller and larger than the frame.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fullModelCard } from "../../src/core/defaults.ts";
import type { ModelCard } from "../../src/core/schema-types.ts";
import type { Candidate, ImageSession, Prediction, Prompt } from "../../src/core/types.ts";
import { readOnnxFile } from "../../src/formats/onnx-file.ts";
import { toBytes } from "../../src/masks/bit-mask.ts";
import { families, type ModelFiles, openModel, partsOf, recogniseModel } from "../../src/models/index.ts";
import { held, readOracle } from "../helpers/oracle.ts";
import { floats } from "../masks/cases.ts";
import { compareMasks, fixture, type Told, tinyImage } from "./cases.ts";

interface Case {
  readonly image: readonly [number: number, width: number, height: number];
  readonly name: string;
  readonly clicks: readonly (readonly [x: number, y: number, label: 0 | 1])[];
  readonly box: readonly [number, number, number, number] | null;
  /** Number of the image's prompt whose first candidate is the mask prompt. */
  readonly feedback: number | null;
  readonly multimask: boolean;
  readonly low: readonly [number, number];
  readonly scores: string;
  readonly largest: number;
  readonly logits: readonly string[];
  readonly masks: readonly Told[];
}

interface Model {
  readonly files: ModelFiles;
  readonly family: string;
  readonly card?: Partial<ModelCard>;
  /** Prompts of one call: 1, or the 4 asked for. */
  readonly batch: 1 | 4;
  /** The oracle's file, where it is not called as the model. */
  readonly oracle?: string;
  /** Families whose ports are the same. */
  readonly alsoFits?: readonly string[];
  /** Share of the largest logit that may lie between us and the reference. */
  readonly tolerance?: number;
}

const pair = (encoder: string, decoder: string): ModelFiles => ({
  encoder: fixture(encoder),
  decoder: fixture(decoder),
});

const models: Readonly<Record<string, Model>> = {
  sam: { files: pair("sam/encoder", "sam/decoder"), family: "sam", batch: 1 },
  "sam, --return-single-mask": {
    files: pair("sam/encoder", "sam/decoder-single"),
    family: "sam",
    batch: 1,
    oracle: "sam-single",
  },
  "sam, --return-extra-metrics": {
    files: pair("sam/encoder", "sam/decoder-extra"),
    family: "sam",
    batch: 1,
    oracle: "sam",
  },
  "sam, samexporter --use-preprocess": {
    files: pair("sam/encoder-raw", "sam/decoder"),
    family: "sam",
    card: { image: { size: 128 } },
    batch: 1,
    oracle: "sam",
  },
  "sam-hq, features as outputs of their own": {
    files: pair("sam-hq/encoder-several", "sam-hq/decoder"),
    family: "sam-hq",
    batch: 1,
    oracle: "sam-hq",
  },
  "sam-med2d": {
    files: pair("sam-med2d/encoder", "sam-med2d/decoder"),
    family: "sam-med2d",
    alsoFits: ["sam"],
    batch: 1,
  },
  "edge-sam": { files: pair("sam/encoder", "edge-sam/decoder"), family: "edge-sam", batch: 1 },
  "efficientvit-sam": {
    files: pair("sam/encoder", "efficientvit-sam/decoder"),
    family: "efficientvit-sam",
    batch: 4,
  },
  "hf-sam": {
    files: pair("hf-sam/vision_encoder", "hf-sam/prompt_encoder_mask_decoder"),
    family: "hf-sam",
    batch: 4,
  },
  "hf-sam, one file": {
    files: { model: fixture("hf-sam/model") },
    family: "hf-sam",
    batch: 4,
    oracle: "hf-sam",
  },
  "sam-hq": { files: pair("sam-hq/encoder", "sam-hq/decoder"), family: "sam-hq", batch: 1 },
  // Its frames are the images' own; the trial run alone is of the card's size.
  "efficient-sam": {
    files: pair("efficient-sam/encoder", "efficient-sam/decoder"),
    family: "efficient-sam",
    card: { image: { size: 128 } },
    batch: 4,
  },
  "efficient-sam, one file": {
    files: { model: fixture("efficient-sam/model") },
    family: "efficient-sam",
    card: { image: { size: 128 } },
    batch: 4,
    oracle: "efficient-sam",
  },
  ritm: { files: { model: fixture("ritm/model") }, family: "ritm", batch: 1 },
  sam2: { files: pair("sam2/encoder", "sam2/decoder"), family: "sam2", batch: 4 },
  "sam2, sam-cpp-macos": {
    files: pair("sam2/macos-encoder", "sam2/macos-decoder"),
    family: "sam2",
    batch: 1,
    oracle: "sam2-four",
  },
  "hf-sam2": {
    files: pair("hf-sam2/vision_encoder", "hf-sam2/prompt_encoder_mask_decoder"),
    family: "hf-sam2",
    batch: 4,
  },
  edgetam: {
    files: pair("edgetam/vision_encoder", "edgetam/prompt_encoder_mask_decoder"),
    family: "hf-sam2",
    batch: 4,
  },
  "edgetam, ports of samexporter's SAM 2": {
    files: pair("edgetam/encoder", "edgetam/decoder"),
    family: "sam2",
    batch: 4,
    oracle: "edgetam-masks",
  },
  "sam3-tracker": {
    files: pair("sam3-tracker/vision_encoder", "sam3-tracker/prompt_encoder_mask_decoder"),
    family: "hf-sam2",
    card: { image: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } },
    batch: 4,
  },
};

describe.each(Object.entries(models))("%s", (name, model) => {
  const { cases } = readOracle<{ readonly cases: readonly Case[] }>(`families/${model.oracle ?? name}`);

  let session: ImageSession;
  beforeAll(async () => {
    session = await open(model);
  });
  afterAll(() => session.close());

  test(`${cases.length} prompts: scores and logits, and masks pixel for pixel`, async () => {
    const worst = { score: 0, logit: 0 };
    const different = { pixels: 0, all: 0 };
    expect(session.capabilities.batch).toBe(model.batch);
    for (const group of byImage(cases)) {
      const [number, width, height] = group[0]!.image;
      const embedding = await session.encode(tinyImage(number, width, height));
      const answers: (readonly Candidate[])[] = [];
      for (const one of group) {
        const [prediction] = await session.decode(embedding, [promptOf(one, answers)]);
        const found = candidatesOf(prediction!);
        answers.push(found);
        const scores = floats(one.scores);
        expect([one.image, one.name, found.length]).toEqual([one.image, one.name, scores.length]);
        found.forEach(({ predictedIou, lowResolution: { width, height, data } }, i) => {
          expect([height, width]).toEqual(one.low);
          worst.score = Math.max(worst.score, Math.abs(predictedIou - scores[i]!));
          const step = Math.max(1, Math.floor(data.length / 48));
          floats(one.logits[i]!).forEach((logit, k) => {
            worst.logit = Math.max(worst.logit, Math.abs(data[k * step]! - logit) / one.largest);
          });
          compareMasks(
            toBytes(session.mask(found[i]!, embedding.size)),
            one.masks[i]!,
            [one.image, one.name, i],
            different,
          );
        });
      }
      await session.release(embedding);
    }
    expect(cases.length).toBeGreaterThanOrEqual(18);
    const worstOf = Math.max(worst.logit, worst.score, different.pixels / different.all);
    const file = `families/${model.oracle ?? name}`;
    held(file, cases.length, worstOf, model.tolerance ?? 1e-4, "relative");
  });

  // Else a prompt with a mask would test nothing but that there is one.
  test.runIf(cases.some(({ feedback }) => feedback !== null))("answers a mask by what it shows", async () => {
    const [first] = cases;
    const embedding = await session.encode(tinyImage(...first!.image));
    const ask = async (prompt: Prompt) => {
      const [prediction] = await session.decode(embedding, [prompt]);
      return candidatesOf(prediction!)[0]!.lowResolution;
    };
    const click = promptOf(first!, []);
    const shown = await ask(click);
    const turned = { ...shown, data: shown.data.map((logit) => -logit) };
    const [a, b] = [
      await ask({ ...click, mask: { kind: "logits", logits: shown } }),
      await ask({ ...click, mask: { kind: "logits", logits: turned } }),
    ];
    const apart = a.data.reduce((most, logit, i) => Math.max(most, Math.abs(logit - b.data[i]!)), 0);
    expect(apart / first!.largest).toBeGreaterThan(0.01);
    await session.release(embedding);
  });

  test("is recognised", async () => {
    const read = Object.fromEntries(
      await Promise.all(
        Object.entries(model.files).map(async ([part, path]) => [part, await readOnnxFile(path)]),
      ),
    );
    const { candidates } = recogniseModel(read);
    const fitting = [...(model.alsoFits ?? []), model.family];
    expect(candidates.map(({ family, refused }) => [family, refused])).toEqual(
      fitting.map((family) => [family, undefined]),
    );
  });
});

async function open({ files, family, card = {} }: Model): Promise<ImageSession> {
  const read = Object.fromEntries(
    await Promise.all(Object.entries(files).map(async ([part, path]) => [part, await readOnnxFile(path)])),
  );
  const { image } = recogniseModel(read);
  const named = Object.fromEntries(partsOf(files).map((part) => [part, "x.onnx"]));
  const full = fullModelCard({ name: "m", title: "M", files: named, ...card }, families[family]!, {
    batch: 4,
    found: image,
  });
  return openModel(families[family]!, { card: full, files, batch: 4 }, { provider: "cpu", threads: 1 });
}

function byImage(cases: readonly Case[]): readonly (readonly Case[])[] {
  const groups = new Map<number, Case[]>();
  for (const one of cases) groups.set(one.image[0], [...(groups.get(one.image[0]) ?? []), one]);
  return [...groups.values()];
}

function promptOf(
  { clicks, box, feedback, multimask }: Case,
  answers: readonly (readonly Candidate[])[],
): Prompt {
  const [x0, y0, x1, y1] = box ?? [0, 0, 0, 0];
  return {
    clicks: clicks.map(([x, y, label]) => ({ x, y, label })),
    ...(box === null ? {} : { box: { x0, y0, x1, y1 } }),
    ...(feedback === null ? {} : { mask: { kind: "logits", logits: answers[feedback]![0]!.lowResolution } }),
    multimask,
  };
}

function candidatesOf(prediction: Prediction): readonly Candidate[] {
  if (prediction.status !== "ok") throw new Error(prediction.reason);
  return prediction.candidates;
}
