// Prompts from the ground truth alone: its box, and points that do not depend on a prediction.
import { complain } from "../../core/errors.ts";
import { indexOf } from "../../core/random.ts";
import type { BitMask, Box, Click, Target } from "../../core/types.ts";
import { andNot, area, popcount, tightBox } from "../../masks/bit-mask.ts";
import type { NextStep, TargetContext } from "./protocol.ts";

/** The target's mask without ignored pixels. */
export function visibleForeground({ target }: TargetContext): BitMask {
  return target.ignore === undefined ? target.mask : andNot(target.mask, target.ignore);
}

/** A pixel by its index in row-major order. */
export function clickAt(index: number, width: number, label: Click["label"] = 1): Click {
  return { x: index % width, y: Math.floor(index / width), label };
}

/** A uniformly drawn foreground pixel as a positive click: pixel floor(u * area) in row-major order. */
export function randomForegroundClick(context: TargetContext, purpose: string, number: number): Click {
  const foreground = visibleForeground(context);
  return pixelAt(foreground, indexOf(context.draw(purpose, number), area(foreground)));
}

/** The n-th set pixel in row-major order, from 0, as a positive click. */
export function pixelAt({ stride, words }: BitMask, n: number): Click {
  let left = n;
  for (let i = 0; i < words.length; i++) {
    const count = popcount(words[i]!);
    if (left >= count) {
      left -= count;
      continue;
    }
    let word = words[i]!;
    for (; left > 0; left--) word &= word - 1; // clears the lowest set bit
    const bit = 31 - Math.clz32(word & -word);
    return { x: (i % stride) * 32 + bit, y: Math.floor(i / stride), label: 1 };
  }
  throw new RangeError(`pixel ${n} of a mask with fewer pixels`);
}

/**
 * Independent steps: so many positive points at once, nothing fed back. `points` returns the first points of
 * one list, so that the sets are nested. `several`: whether ambiguity-aware masks are requested; default: for
 * one point only.
 */
export function pointSets(
  sizes: readonly number[],
  points: (context: TargetContext, size: number) => readonly Click[],
  several: (size: number) => boolean = (size) => size === 1,
) {
  return (context: TargetContext, done: number): NextStep | undefined => {
    const size = sizes[done];
    return size === undefined
      ? undefined
      : { prompt: { clicks: points(context, size), multimask: several(size) } };
  };
}

/** Points for `pointSets`: each drawn uniformly from the foreground, with replacement. */
export function randomPoints(purpose: string) {
  return (context: TargetContext, length: number): Click[] =>
    Array.from({ length }, (_, number) => randomForegroundClick(context, purpose, number));
}

/**
 * The target's tight box, max inclusive (as SAM's `mask_to_box`). Adapters drop empty targets, so one without
 * a box is an error.
 */
export function targetBox({ id, mask }: Target): Box {
  const box = tightBox(mask);
  if (box === undefined) throw complain(`target ${id}`, "an empty mask has no box to prompt with");
  return box;
}
