// Clips of rectangles, and a model that is told what to answer.
import type {
  BitMask,
  Clip,
  FramePrediction,
  Prompt,
  TrackOptions,
  TrackSession,
  VideoSession,
} from "../../../src/core/types.ts";
import { createMask, setPixel } from "../../../src/masks/bit-mask.ts";

export const size = { width: 40, height: 24 };

/** A filled rectangle; undefined: nothing is there. */
export type Place = readonly [x: number, y: number, width: number, height: number] | undefined;

export function drawn(place: Place): BitMask {
  const mask = createMask(size.width, size.height);
  if (place === undefined) return mask;
  const [x0, y0, width, height] = place;
  for (let y = y0; y < y0 + height; y++) for (let x = x0; x < x0 + width; x++) setPixel(mask, x, y);
  return mask;
}

/** Where each target is, frame by frame; `labelled`: every so many frames. */
export function clipOf(tracks: Readonly<Record<string, readonly Place[]>>, every = 1): Clip {
  const count = Object.values(tracks)[0]!.length;
  const ids = Array.from({ length: count }, (_, i) => `f${i}`);
  return {
    kind: "clip",
    frames: ids.map((id) => ({
      id,
      load: async () => ({ ...size, data: new Uint8Array(3 * size.width * size.height) }),
    })),
    tracks: Object.entries(tracks).map(([id, places]) => ({
      id,
      labelled: ids.filter((_, i) => i % every === 0),
      mask: async (frame) => {
        const place = places[ids.indexOf(frame)];
        return place === undefined ? undefined : drawn(place);
      },
    })),
  };
}

export interface Script {
  /** The answer to a prompt, and to a frame without one; a string fails. */
  readonly prompted: (target: string, prompt: Prompt) => Place | string;
  readonly tracked: (target: string, frame: number) => Place | string;
  /** Throws when it comes to this frame. */
  readonly broken?: number;
  /** Called before each frame. */
  readonly step?: () => void;
}

const answerOf = (place: Place | string): FramePrediction =>
  typeof place === "string"
    ? { status: "failed", reason: place }
    : {
        ...{
          status: "ok",
          mask: drawn(place),
          objectScore: place === undefined ? -3 : 4,
          predictedIou: 0.75,
        },
        lowResolution: { width: 1, height: 1, data: Float32Array.of(0) },
      };

export function fakeModel({ prompted, tracked, broken, step }: Script) {
  const log: string[] = [];
  const open = async (
    clip: Pick<Clip, "frames">,
    { exclusive = false }: TrackOptions = {},
  ): Promise<TrackSession> => {
    if (typeof exclusive === "function") log.push("exclusive");
    const firsts = new Map<string, number>();
    log.push(`open ${clip.frames.length}${"tracks" in clip ? " with tracks" : ""}`);
    return {
      size,
      prompt: async (frame, target, prompt) => {
        firsts.set(target, frame);
        log.push(`prompt ${target} in ${frame}: ${prompt.clicks.length} clicks`);
        return answerOf(prompted(target.split(" ")[0]!, prompt));
      },
      async *propagate({ from = 0 } = {}) {
        for (let frame = from; frame < clip.frames.length; frame++) {
          step?.();
          if (frame === broken) throw new Error(`frame f${frame} cannot be read`);
          const asked = [...firsts].filter(([, first]) => first <= frame);
          const answers = asked.map(
            ([target]) => [target, answerOf(tracked(target.split(" ")[0]!, frame))] as const,
          );
          yield { frame, answers: new Map(answers) };
        }
      },
      close: async () => {
        log.push("close");
      },
    };
  };
  const capabilities = {
    ...{ box: true, maskInput: true, multimask: true, singleMask: true },
    ...{ batch: 1, predictedIouIsIou: true },
  };
  const session: VideoSession = { capabilities, facts: {}, close: async () => {}, open };
  return { session, log };
}
