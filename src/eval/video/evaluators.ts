// The rules by which evaluation software turns masks into J and F of one object: which of its frames count, and what an object is that never
// shows. Scores of a frame are the same in all of them.
import { complain } from "../../core/errors.ts";
import type { BitMask } from "../../core/types.ts";
import { isEmpty } from "../../masks/bit-mask.ts";
import { contourF, iou } from "../../masks/iou.ts";

/** What sets evaluation software apart; docs/protocol.md says where that shows. */
export interface Evaluator {
  readonly name: string;
  /** A frame counts from the start, or once the object has been seen in the truth or in the prediction of a frame that is evaluated. */
  readonly from: "start" | "sight";
}

/** Name -> evaluator. All of them leave out the first and the last labelled frame, and score an absent object as 1 where nothing is predicted, else 0. */
export const evaluators = {
  davis2017: { name: "davis2017", from: "start" },
  "vos-benchmark": { name: "vos-benchmark", from: "sight" },
  "sa-v": { name: "sa-v", from: "sight" },
} as const satisfies Readonly<Record<string, Evaluator>>;

/** One object's scores, in the order of frames. */
export interface TrackScores {
  readonly frames: readonly string[];
  readonly j: readonly number[];
  readonly f: readonly number[];
  /** Whether it is there, by the truth. */
  readonly present: readonly boolean[];
}

export interface TrackScorer {
  /** Whether a frame is evaluated: the others need no mask. */
  wants(frame: string): boolean;
  /** Frames come in their order; `truth` is undefined where the object is absent. */
  add(frame: string, truth: BitMask | undefined, predicted: BitMask): void;
  /** `reason`: why no frame counts: "short", no frame between the first and the last; "absent", in all that count. */
  scores(): TrackScores | { readonly reason: string };
}

/** Scores one object under an evaluator's rules. `labelled`: all its labelled frames, in order. */
export function trackScorer(evaluator: Evaluator, labelled: readonly string[]): TrackScorer {
  const evaluated = new Map(labelled.slice(1, -1).map((id, place) => [id, place]));
  let last = -1;
  const frames: string[] = [];
  const j: number[] = [];
  const f: number[] = [];
  const present: boolean[] = [];
  let counts = evaluator.from === "start";
  return {
    wants: (frame) => evaluated.has(frame),
    add(frame, truth, predicted) {
      const place = evaluated.get(frame);
      if (place === undefined) return;
      if (place <= last) throw complain(`frame ${frame}`, "comes after a later one, or twice");
      last = place;
      const there = truth !== undefined && !isEmpty(truth);
      const nothing = isEmpty(predicted);
      counts ||= there || !nothing;
      if (!counts) return;
      frames.push(frame);
      present.push(there);
      j.push(there ? iou(predicted, truth) : nothing ? 1 : 0);
      f.push(truth === undefined ? (nothing ? 1 : emptyF(predicted)) : contourF(predicted, truth));
    },
    scores() {
      // Its labelled frames are the first and the last.
      if (evaluated.size === 0) return { reason: "short" };
      // Of an object that never shows, vos-benchmark says nothing, and SA-V's evaluator stops.
      if (evaluator.from === "sight" && !present.includes(true)) return { reason: "absent" };
      return { frames, j, f, present };
    },
  };
}

/** F of a mask where nothing is: 0, but for one that fills the image, which has no outline either. */
function emptyF(predicted: BitMask): number {
  return contourF(predicted, { ...predicted, words: new Uint32Array(predicted.words.length) });
}
