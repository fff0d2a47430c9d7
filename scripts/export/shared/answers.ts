// segbench's side of an export's check: opens the model as a run would, and writes every tensor that it made. Called by common.py:
//
//   node --import tsx scripts/export/shared/answers.ts FOLDER
//
// FOLDER has asked.json (the model, images as raw RGB, prompts in their pixels) and gets answered.json and raw files beside it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { preparePlan } from "../../../src/config/index.ts";
import { openPrepared } from "../../../src/config/models/open.ts";
import type { Prompt } from "../../../src/core/types.ts";
import { toBytes } from "../../../src/masks/bit-mask.ts";
import type { Tensor } from "../../../src/models/runtime/graph.ts";
import { type TappedHost, type Tensors, tapHost } from "../../../src/models/runtime/tap.ts";
import { toFloat32 } from "../../../src/models/tensors/cast.ts";

interface AskedPrompt {
  readonly points?: readonly (readonly [x: number, y: number])[];
  readonly labels?: readonly (0 | 1)[];
  readonly box?: readonly [x0: number, y0: number, x1: number, y1: number];
  /** File of float32 logits, and their height and width. */
  readonly mask?: string;
  readonly low?: readonly [height: number, width: number];
}

interface Asked {
  readonly model: string;
  readonly images: readonly {
    readonly pixels: string;
    readonly width: number;
    readonly height: number;
    readonly prompts: readonly AskedPrompt[];
  }[];
}

const folder = process.argv[2]!;
const asked: Asked = JSON.parse(readFileSync(join(folder, "asked.json"), "utf8"));
const run = await preparePlan({
  overrides: { model: [asked.model], limit: 1 },
  cwd: process.cwd(),
  env: process.env,
});
let host: TappedHost | undefined;
const session = await openPrepared(run.models[0]!, run.plan, (own) => {
  host = tapHost(own);
  return host;
});

let files = 0;
const answered = [];
for (const { pixels, width, height, prompts } of asked.images) {
  const image = { width, height, data: readFileSync(join(folder, pixels)) };
  const [embedding, encoded] = await watched(() => session.encode(image));
  const answers = [];
  for (const prompt of prompts) {
    const [[prediction], decoded] = await watched(() => session.decode(embedding, [promptOf(prompt)]));
    if (prediction?.status !== "ok") throw new Error(prediction?.reason ?? "no answer");
    const { iou_predictions: scores, low_res_masks: logits = decoded.outputs.masks! } = decoded.outputs;
    answers.push({
      logits: kept(logits),
      scores: kept(scores!),
      masks: masksOf(toFloat32(logits), { width, height }),
    });
  }
  answered.push({
    input: kept(Object.values(encoded.feeds)[0]!),
    features: Object.fromEntries(
      Object.entries(encoded.outputs).map(([name, tensor]) => [name, kept(tensor)]),
    ),
    prompts: answers,
  });
  await session.release(embedding);
}
const { contract, masks, encoder, decoder } = session.facts;
const { multimask: oracle, batch } = session.capabilities;
const opened = { family: contract, masks, oracle, batch, ports: { encoder, decoder } };
await session.close();
writeFileSync(join(folder, "answered.json"), JSON.stringify({ opened, images: answered }));

/** What `work` gives, and what its last run of a graph took and returned. */
async function watched<T>(work: () => Promise<T>) {
  let last: { readonly feeds: Tensors; readonly outputs: Tensors } = { feeds: {}, outputs: {} };
  const after = ({ feeds }: { readonly feeds: Tensors }, outputs: Tensors) => {
    last = { feeds, outputs };
  };
  return [await host!.during({ after }, work), last] as const;
}

function promptOf({ points = [], labels = [], box, mask, low }: AskedPrompt): Prompt {
  const clicks = points.map(([x, y], i) => ({ x, y, label: labels[i]! }));
  const [x0, y0, x1, y1] = box ?? [];
  return {
    clicks,
    multimask: true,
    ...(x0 === undefined ? {} : { box: { x0, y0: y0!, x1: x1!, y1: y1! } }),
    ...(mask === undefined ? {} : { mask: { kind: "logits", logits: logitsOf(mask, low!) } }),
  };
}

function logitsOf(file: string, [height, width]: readonly [number, number]) {
  const bytes = readFileSync(join(folder, file));
  return { width, height, data: new Float32Array(new Uint8Array(bytes).buffer) };
}

/** Every candidate's mask at the image's size. */
function masksOf({ dims, data }: Tensor, size: { readonly width: number; readonly height: number }) {
  const [, count, height, width] = dims as [number, number, number, number];
  const masks = Array.from({ length: count }, (_, i) => {
    const cells = (data as Float32Array).subarray(i * width * height, (i + 1) * width * height);
    return toBytes(session.mask({ predictedIou: 0, lowResolution: { width, height, data: cells } }, size));
  });
  return stored(Buffer.concat(masks), [count, size.height, size.width]);
}

function kept(tensor: Tensor) {
  const { data } = toFloat32(tensor) as { readonly data: Float32Array };
  return stored(Buffer.from(data.buffer, data.byteOffset, data.byteLength), tensor.dims);
}

function stored(bytes: Buffer, dims: readonly number[]) {
  const file = `${files++}.raw`;
  writeFileSync(join(folder, file), bytes);
  return { file, dims };
}
