// A child process: the encoder and decoder calls of a run that is there, made bare, one after the other.
//   tsx bench/floor.ts RUN ENCODER DECODER THREADS SHARD    prints {"calls": milliseconds, "encode": ..., "decode": ..., "encodings": n, "decodings": n}
// Inputs are made beforehand: their values do not change what a call costs.
import * as ort from "onnxruntime-node";
import { registries, rowCheck } from "../src/config/index.ts";
import type { RowStep } from "../src/core/rows.ts";
import { withoutTelemetry } from "../src/models/runtime/telemetry.ts";
import { readRows } from "../src/store/read-run.ts";

withoutTelemetry();
const [dir = "", encoderFile = "", decoderFile = "", threads = "1", shard = "0/1"] = process.argv.slice(2);
const [index = 0, count = 1] = shard.split("/").map(Number);

/** Prompts and points of every decoder call of the run, by sample. */
async function callsOfRun(): Promise<Map<string, { prompts: number; points: number }[]>> {
  const units = new Map<string, { prompts: number; points: number }[]>();
  for await (const row of readRows(dir, rowCheck(registries))) {
    if (row.status !== "ok") continue;
    const key = `${row.benchmark}/${row.sample}`;
    units.set(key, [...(units.get(key) ?? []), ...row.steps.map(callOf)]);
  }
  return units;
}

/** One prompt a call. A box has two corners and no padding point; clicks have one. */
function callOf({ sent }: RowStep) {
  const clicks = sent?.clicks.length ?? 0;
  return { prompts: 1, points: clicks + (sent?.box === undefined ? 1 : 2) };
}

const options = {
  executionProviders: ["cpu"],
  intraOpNumThreads: Number(threads),
  interOpNumThreads: 1,
  graphOptimizationLevel: "all" as const,
};
const encoder = await ort.InferenceSession.create(encoderFile, options);
const decoder = await ort.InferenceSession.create(decoderFile, options);
const float = (dims: number[], value = 0) =>
  new ort.Tensor("float32", new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(value), dims);
const shape = (session: ort.InferenceSession, name: string) => {
  const port = session.inputMetadata.find((one) => one.name === name);
  return port?.isTensor ? port.shape.map((one) => (typeof one === "number" ? one : 1)) : [];
};
const imageName = encoder.inputNames[0]!;
const image = float(shape(encoder, imageName), 0.1);
const [, , side = 0] = shape(decoder, "mask_input");
const units = [...(await callsOfRun()).values()].filter((_, i) => i % count === index);
const feedsOf = new Map<string, Record<string, ort.Tensor>>();
for (const { prompts, points } of units.flat()) {
  const key = `${prompts} ${points}`;
  if (feedsOf.has(key)) continue;
  feedsOf.set(key, {
    point_coords: float([prompts, points, 2], 100),
    point_labels: float([prompts, points], 1),
    mask_input: float([prompts, 1, side, side]),
    has_mask_input: float([prompts]),
    ...(decoder.inputNames.includes("orig_im_size") ? { orig_im_size: float([2], 32) } : {}),
  });
}
const warm = await encoder.run({ [imageName]: image });
await decoder.run({ ...feedsOf.values().next().value, image_embeddings: Object.values(warm)[0]! });

const spent = { encode: 0, decode: 0, encodings: 0, decodings: 0 };
const start = performance.now();
for (const unit of units) {
  const before = performance.now();
  const embedding = Object.values(await encoder.run({ [imageName]: image }))[0]!;
  spent.encode += performance.now() - before;
  spent.encodings++;
  for (const { prompts, points } of unit) {
    const began = performance.now();
    await decoder.run({ ...feedsOf.get(`${prompts} ${points}`)!, image_embeddings: embedding });
    spent.decode += performance.now() - began;
    spent.decodings++;
  }
  embedding.dispose();
}
console.log(JSON.stringify({ calls: performance.now() - start, ...spent }));
