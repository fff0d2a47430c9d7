// segbench's side of video.py: opens the exported model, plays what asked.json says, and writes every answer and what memory attention was given.
//
//   node --import tsx scripts/oracle/official/video-answers.ts FOLDER
//
// FOLDER has asked.json and frames.raw (8-bit RGB) and gets answered.json and answers.raw (float32, one record after the other).
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fullModelCard, type VideoSettings } from "../../../src/core/defaults.ts";
import type { FramePrediction, Prompt, TrackOptions } from "../../../src/core/types.ts";
import { fromBytes, toBytes } from "../../../src/masks/bit-mask.ts";
import { openVideo, videoFamilies } from "../../../src/models/index.ts";
import type { GraphHost } from "../../../src/models/runtime/graph.ts";
import { type Tap, type TappedHost, tapHost } from "../../../src/models/runtime/tap.ts";

interface AskedPrompt {
  readonly clicks?: readonly (readonly [x: number, y: number, label: 0 | 1])[];
  readonly box?: readonly [x0: number, y0: number, x1: number, y1: number];
  /** Number of a mask in masks.raw. */
  readonly mask?: number;
}

interface Asked {
  readonly family: string;
  readonly side: number;
  readonly size: readonly [width: number, height: number];
  readonly frames: number;
  readonly plays: readonly {
    readonly name: string;
    readonly files: Readonly<Record<string, string>>;
    readonly settings: Partial<VideoSettings>;
    readonly options: TrackOptions;
    readonly steps: readonly (
      | { readonly prompt: AskedPrompt; readonly frame: number; readonly target: string }
      | { readonly pass: { readonly from?: number; readonly reverse?: boolean } }
    )[];
  }[];
}

const folder = process.argv[2]!;
const asked: Asked = JSON.parse(readFileSync(join(folder, "asked.json"), "utf8"));
const [width, height] = asked.size;
const pixels = readFileSync(join(folder, "frames.raw"));
const masks = readFileSync(join(folder, "masks.raw"));
const bytes = 3 * width * height;
const clip = {
  frames: Array.from({ length: asked.frames }, (_, n) => ({
    id: `${n}`,
    load: async () => ({ width, height, data: new Uint8Array(pixels.subarray(n * bytes, (n + 1) * bytes)) }),
  })),
};

const out = openSync(join(folder, "answers.raw"), "w");
let at = 0;
/** Where values lie in the file. */
function kept(values: Float32Array): readonly [at: number, length: number] {
  writeSync(out, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  at += values.length;
  return [at - values.length, values.length];
}

const played = [];
for (const { name, files, settings, options, steps } of asked.plays) {
  const family = videoFamilies[asked.family]!;
  const card = fullModelCard(
    { name: "exported", files: { ...files }, image: { size: asked.side }, video: settings },
    family,
  );
  let host: TappedHost | undefined;
  const wrap = (own: GraphHost) => {
    host = tapHost(own);
    return host;
  };
  const session = await openVideo(family, { card, files }, { provider: "cpu", threads: 1 }, wrap);
  const tracks = await session.open(clip, options);
  const answers: object[] = [];
  const attended: object[] = [];
  const told = (frame: number, target: string, answer: FramePrediction, kind: string) => {
    if (answer.status !== "ok") throw new Error(`${name}: ${target} in ${frame}: ${answer.reason}`);
    answers.push({
      ...{ kind, frame, target, score: answer.objectScore, estimate: answer.predictedIou },
      low: kept(answer.lowResolution.data),
      mask: kept(Float32Array.from(toBytes(answer.mask))),
    });
  };
  const tap: Tap = {
    after({ graph, feeds }) {
      if (!graph.file.endsWith("memory_attention.onnx")) return;
      const tensors = Object.entries(feeds).filter(([input]) => input !== "curr");
      attended.push(
        Object.fromEntries(
          tensors.map(([input, { dims, data }]) => [
            input,
            [dims, kept(summary(input, dims, data as Float32Array))],
          ]),
        ),
      );
    },
  };
  const started = performance.now();
  await host!.during(tap, async () => {
    for (const step of steps) {
      if ("prompt" in step)
        told(
          step.frame,
          step.target,
          await tracks.prompt(step.frame, step.target, promptOf(step.prompt)),
          "prompt",
        );
      else
        for await (const { frame, answers: found } of tracks.propagate(step.pass))
          for (const [target, answer] of found) told(frame, target, answer, "pass");
    }
  });
  played.push({ name, answers, attended, milliseconds: performance.now() - started });
  await tracks.close();
  await session.close();
}
closeSync(out);
writeFileSync(join(folder, "answered.json"), JSON.stringify(played));

/** Of each memory its mean over places, one number for each channel; the rest as it is. */
function summary(input: string, dims: readonly number[], data: Float32Array): Float32Array {
  if (input !== "memory_1") return Float32Array.from(data);
  const [count = 0, ...inner] = dims;
  const tokens = inner.length === 2;
  const channels = tokens ? inner[1]! : inner[0]!;
  const places = inner.reduce((a, b) => a * b, 1) / channels;
  const means = new Float32Array(count * channels);
  for (let i = 0; i < data.length; i++) {
    const memory = Math.floor(i / (channels * places));
    const channel = tokens ? i % channels : Math.floor(i / places) % channels;
    means[memory * channels + channel]! += data[i]! / places;
  }
  return means;
}

function promptOf({ clicks = [], box, mask }: AskedPrompt): Prompt {
  const cells = width * height;
  return {
    clicks: clicks.map(([x, y, label]) => ({ x, y, label })),
    ...(box === undefined ? {} : { box: { x0: box[0], y0: box[1], x1: box[2], y1: box[3] } }),
    ...(mask === undefined
      ? {}
      : {
          mask: {
            kind: "shape" as const,
            shape: fromBytes(new Uint8Array(masks.subarray(mask * cells, (mask + 1) * cells)), width, height),
            magnitude: 10,
          },
        }),
    multimask: true,
  };
}
