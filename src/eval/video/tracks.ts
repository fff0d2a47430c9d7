// Targets through a clip: where each is first seen, and its scores, frame by frame, whoever predicted them.
import { complain, reasonOf } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type { RowStep } from "../../core/rows.ts";
import type { TrackFacts } from "../../core/track-facts.ts";
import type { BitMask, Clip, Point, Size, Track } from "../../core/types.ts";
import { area, createMask, isEmpty, tightBox } from "../../masks/bit-mask.ts";
import { centerOfMass } from "../../masks/centers.ts";
import { rleOf } from "../../masks/rle.ts";
import { rowBox } from "../interactive/step.ts";
import type { Outcome, StepMask } from "../task.ts";
import { type Evaluator, trackScorer } from "./evaluators.ts";

/** A target in its first frame. */
export interface First {
  readonly frame: number;
  readonly mask: BitMask;
}

/** Why a track without a first frame is dropped. */
export const NEVER = "absent";

/** What protocols share. */
export interface Surveyed {
  /** The tracks that are labelled in each frame that has any, by its place. */
  readonly byFrame: ReadonlyMap<number, readonly Track[]>;
  /** Where each track is first seen, in the clip's order; undefined where it is in no labelled frame; a sentence where that cannot be read. */
  readonly firsts: readonly (First | string | undefined)[];
}

export async function survey(clip: Pick<Clip, "frames" | "tracks">): Promise<Surveyed> {
  const byFrame = labelledFrames(clip);
  const found = new Map<string, First | string>();
  // Frame by frame, since tracks may share a file of masks.
  for (const [frame, labelled] of byFrame) {
    if (found.size === clip.tracks.length) break;
    for (const { id, mask: maskIn } of labelled) {
      if (found.has(id)) continue;
      try {
        const mask = await maskIn(clip.frames[frame]!.id);
        if (mask !== undefined && !isEmpty(mask)) found.set(id, { frame, mask });
      } catch (error) {
        found.set(id, reasonOf(error));
      }
    }
  }
  return { byFrame, firsts: clip.tracks.map(({ id }) => found.get(id)) };
}

function labelledFrames({ frames, tracks }: Pick<Clip, "frames" | "tracks">): Surveyed["byFrame"] {
  const labelled = tracks.map((track) => ({ track, ids: new Set(track.labelled) }));
  const all = frames.map(({ id }, place) => {
    const here = labelled.filter(({ ids }) => ids.has(id)).map(({ track }) => track);
    return [place, here] as const;
  });
  return new Map(all.filter(([, here]) => here.length > 0));
}

/** What is said of a frame beside J and F. */
interface FrameFacts {
  readonly frame: number;
  readonly area: number;
  readonly predicted: number;
  readonly moved: number;
  readonly objectScore?: number;
  readonly mask?: StepMask;
}

export interface LabelledFrame {
  /** Its place in the clip, and its id. */
  readonly frame: number;
  readonly id: string;
  readonly truth: BitMask | undefined;
  /** Undefined: nothing is there. */
  readonly predicted?: BitMask | undefined;
  readonly objectScore?: number | undefined;
  /** Of the clip's frames. */
  readonly size: Size;
  /** What is in another size. */
  readonly where?: string | undefined;
  /** At which step its mask is kept; absent: it is not. */
  readonly kept?: StepMask["at"] | undefined;
}

export interface ScoredTrack {
  /** Whether a frame is evaluated: of the others a prediction is not looked at. */
  wants(id: string): boolean;
  /** Labelled frames come in their order. */
  add(frame: LabelledFrame): void;
  /** Its row and masks, or why it has none. `frames`: those of the clip. */
  outcome(frames: number, steps: readonly RowStep[]): Outcome;
}

/** NO_OBJ_SCORE of SAM 2. */
const NOT_THERE = -1024;

export function scoredTrack(
  { id: target, labelled }: Pick<Track, "id" | "labelled">,
  first: First,
  evaluator: Evaluator,
): ScoredTrack {
  const scorer = trackScorer(evaluator, labelled);
  const known = new Map<string, FrameFacts>();
  /** Where it was in the labelled frame before this one. */
  let last: { readonly frame: number; readonly center: Point } | undefined;
  return {
    wants: scorer.wants,
    add({ frame, id, truth: seen, predicted: said, objectScore, size, where, kept }) {
      const truth = seen ?? createMask(size.width, size.height);
      const predicted = said ?? createMask(size.width, size.height);
      checkSize(truth, size, `frame ${id}, target ${target}`, "mask and frame differ in size");
      checkSize(
        predicted,
        size,
        where ?? `frame ${id}, target ${target}`,
        "the mask and its frame differ in size",
      );
      const center = centerOfMass(truth);
      const moved =
        center === undefined || last === undefined
          ? -1
          : Math.hypot(center.x - last.center.x, center.y - last.center.y) / (frame - last.frame);
      last = center && { frame, center };
      scorer.add(id, seen, predicted);
      if (!scorer.wants(id)) return;
      const facts = {
        ...{ frame, moved, area: area(truth), predicted: area(predicted), objectScore },
        mask: kept && { at: kept, frame: id, rle: rleOf(predicted) },
      };
      known.set(id, given(facts));
    },
    outcome(frames, steps) {
      const scores = scorer.scores();
      if ("reason" in scores) return { dropped: scores.reason };
      const scored = scores.frames.map((id) => known.get(id)!);
      const list = (key: "frame" | "area" | "predicted" | "moved") => scored.map((frame) => frame[key]);
      const facts: TrackFacts = {
        ...{ frames, first: first.frame, scored: list("frame"), j: scores.j, f: scores.f },
        ...{ area: list("area"), predicted: list("predicted"), moved: list("moved") },
        // What is not asked for is not there, as the authors' driver has it.
        objectScore: scored.some(({ objectScore }) => objectScore !== undefined)
          ? scored.map(({ objectScore = NOT_THERE }) => objectScore)
          : [],
      };
      const { mask } = first;
      const row = {
        ...{
          size: { width: mask.width, height: mask.height },
          area: area(mask),
          box: rowBox(tightBox(mask)!),
        },
        ...{ facts: { ...facts }, steps },
      };
      return { row, masks: scored.flatMap((frame) => (frame.mask === undefined ? [] : [frame.mask])) };
    },
  };
}

/** Throws where a mask is not of its frame's size. */
export function checkSize({ width, height }: BitMask, size: Size, where: string, what: string): void {
  if (width === size.width && height === size.height) return;
  throw complain(where, what, { expected: `${size.width}x${size.height}`, got: `${width}x${height}` });
}
