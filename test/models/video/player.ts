// Plays what an oracle's file says with a model of clips, and tells the answers as the file does.
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import { fullModelCard, type VideoSettings } from "../../../src/core/defaults.ts";
import type { ModelCard } from "../../../src/core/schema-types.ts";
import type { BitMask, ClipFrames, FramePrediction, TrackSession } from "../../../src/core/types.ts";
import { fromBytes, toBytes } from "../../../src/masks/bit-mask.ts";
import { openVideo, videoFamilies } from "../../../src/models/index.ts";
import type { GraphHost } from "../../../src/models/runtime/graph.ts";

const inModels = (path: string) => fileURLToPath(new URL(`../../../models/${path}`, import.meta.url));

export const tinyFiles = {
  image_encoder: inModels("tiny/encoder.onnx"),
  mask_decoder: inModels("tiny-video/mask_decoder.onnx"),
  memory_encoder: inModels("tiny-video/memory_encoder.onnx"),
  memory_attention: inModels("tiny-video/memory_attention.onnx"),
  constants: inModels("tiny-video/constants.json"),
};

/** The bundled model of clips. */
export function openTiny(
  video: Partial<VideoSettings> = {},
  {
    files = tinyFiles as Record<string, string>,
    wrap,
  }: { files?: Record<string, string>; wrap?: (host: GraphHost) => GraphHost } = {},
) {
  const family = videoFamilies["tiny-video"]!;
  const card: ModelCard = { name: "tiny-video", files, image: { size: 256 }, video };
  return openVideo(
    family,
    { card: fullModelCard(card, family), files },
    { provider: "cpu", threads: 1 },
    wrap,
  );
}

export interface DrawnClip {
  readonly size: readonly [width: number, height: number];
  /** PNG, base64: frames one below the other. */
  readonly frames: string;
  readonly objects: readonly string[];
  readonly plays: Readonly<Record<string, readonly Step[]>>;
}

export type Told = readonly [
  score: number,
  iou: number,
  area: number,
  digest: string,
  undecided: readonly number[],
];

export type Step =
  | {
      readonly prompt: {
        readonly frame: number;
        readonly target: string;
        readonly clicks?: readonly (readonly [number, number, 0 | 1])[];
        readonly box?: readonly [number, number, number, number] | null;
        readonly object?: number;
      };
      readonly answer: Told;
    }
  | {
      readonly pass: { readonly from?: number; readonly reverse?: boolean; readonly frames: number | null };
      readonly answers: readonly (readonly [number, string, ...Told])[];
    };

export function framesOf({ frames, size: [width, height] }: DrawnClip): ClipFrames {
  const pixels = Uint8Array.from(decode(Buffer.from(frames, "base64")).data);
  const bytes = 3 * width * height;
  return {
    frames: Array.from({ length: pixels.length / bytes }, (_, n) => ({
      id: `${n}`,
      load: async () => ({ width, height, data: pixels.slice(n * bytes, (n + 1) * bytes) }),
    })),
  };
}

/** The masks of an object, frame by frame. */
export function objectOf({ objects, size: [width, height] }: DrawnClip, object: number): BitMask[] {
  const pixels = Uint8Array.from(decode(Buffer.from(objects[object]!, "base64")).data);
  const cells = width * height;
  return Array.from({ length: pixels.length / cells }, (_, n) =>
    fromBytes(pixels.slice(n * cells, (n + 1) * cells), width, height),
  );
}

export interface Got {
  readonly where: string;
  readonly got: FramePrediction | undefined;
  readonly expected: Told;
}

/** Every answer of the file beside the model's. */
export async function play(clip: DrawnClip, steps: readonly Step[], tracks: TrackSession): Promise<Got[]> {
  const all: Got[] = [];
  for (const step of steps) {
    if ("prompt" in step) {
      const { frame, target, clicks = [], box, object } = step.prompt;
      const mask =
        object === undefined
          ? {}
          : { mask: { kind: "shape" as const, shape: objectOf(clip, object)[frame]!, magnitude: 10 } };
      const corners = box ? { box: { x0: box[0], y0: box[1], x1: box[2], y1: box[3] } } : {};
      const points = clicks.map(([x, y, label]) => ({ x, y, label }));
      const got = await tracks.prompt(frame, target, {
        clicks: points,
        ...corners,
        ...mask,
        multimask: true,
      });
      all.push({ where: `prompt of ${target} in ${frame}`, got, expected: step.answer });
    } else {
      const answers = new Map<string, FramePrediction>();
      for await (const { frame, answers: found } of tracks.propagate(step.pass)) {
        for (const [target, one] of found) answers.set(`${frame} ${target}`, one);
        if (frame + 1 === step.pass.frames) break;
      }
      for (const [frame, target, ...expected] of step.answers)
        all.push({ where: `${target} in ${frame}`, got: answers.get(`${frame} ${target}`), expected });
    }
  }
  return all;
}

/** Area and digest of a mask without its undecided pixels. */
export function told(mask: BitMask, undecided: readonly number[]): readonly [number, string] {
  const bytes = toBytes(mask);
  for (const at of undecided) bytes[at] = 0;
  const area = bytes.reduce((sum, bit) => sum + bit, 0);
  return [area, createHash("sha256").update(bytes).digest("hex").slice(0, 12)];
}
