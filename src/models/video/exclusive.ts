// Masks of several targets without overlaps: SAM 2's `_apply_non_overlapping_constraints`, at the size of the frame.
import { groupBy } from "../../core/group-by.ts";
import type { FramePrediction, Logits } from "../../core/types.ts";
import type { MaskGeometry } from "../../masks/mask-from-logits.ts";
import { bilinearTaps, type Taps } from "../../masks/resize-logits.ts";

type Ok = Extract<FramePrediction, { readonly status: "ok" }>;

/** Among the targets of each group, by default all. */
export function exclusive(
  answers: ReadonlyMap<string, FramePrediction>,
  geometry: Pick<MaskGeometry, "original">,
  groupOf: (target: string) => string = () => "",
): ReadonlyMap<string, FramePrediction> {
  const groups = groupBy([...answers], ([target]) => groupOf(target));
  if (groups.size < 2) return apart(answers, geometry);
  const found = new Map([...groups.values()].flatMap((group) => [...apart(new Map(group), geometry)]));
  return new Map([...answers.keys()].map((target) => [target, found.get(target)!]));
}

/** A pixel of several masks stays in that of the largest logit, the first of equal ones; logits are interpolated there alone. */
function apart(
  answers: ReadonlyMap<string, FramePrediction>,
  { original: { width, height } }: Pick<MaskGeometry, "original">,
): ReadonlyMap<string, FramePrediction> {
  const found = [...answers.values()].filter((one): one is Ok => one.status === "ok");
  const [first] = found;
  if (first === undefined || found.length < 2) return answers;
  const across = bilinearTaps(first.lowResolution.width, width);
  const down = bilinearTaps(first.lowResolution.height, height);
  const words = found.map(({ mask }) => mask.words.slice());
  const { stride } = first.mask;
  for (let i = 0; i < stride * height; i++) {
    let any = 0;
    let several = 0;
    for (const one of words) {
      several |= any & one[i]!;
      any |= one[i]!;
    }
    for (; several !== 0; several &= several - 1) {
      const bit = several & -several;
      const x = (i % stride) * 32 + 31 - Math.clz32(bit);
      const y = Math.floor(i / stride);
      const winner = largest(found, words, i, bit, (one) => logitAt(one, across, down, x, y));
      words.forEach((one, n) => {
        if (n !== winner) one[i]! &= ~bit;
      });
    }
  }
  const masks = new Map(found.map((one, n) => [one, { ...one.mask, words: words[n]! }]));
  return new Map(
    [...answers].map(([target, one]) => {
      const mask = one.status === "ok" ? masks.get(one) : undefined;
      return [target, mask === undefined ? one : { ...(one as Ok), mask }];
    }),
  );
}

function largest(
  found: readonly Ok[],
  words: readonly Uint32Array[],
  word: number,
  bit: number,
  logit: (low: Logits) => number,
): number {
  let winner = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (const [n, { lowResolution }] of found.entries()) {
    if ((words[n]![word]! & bit) === 0) continue;
    const value = logit(lowResolution);
    if (value > most) [winner, most] = [n, value];
  }
  return winner;
}

function logitAt({ data, width }: Logits, across: Taps, down: Taps, x: number, y: number): number {
  const row = (at: number) =>
    Math.fround(
      data[at * width + across.first[x]!]! * across.near[x]! +
        data[at * width + across.second[x]!]! * across.far[x]!,
    );
  return Math.fround(row(down.first[y]!) * down.near[y]! + row(down.second[y]!) * down.far[y]!);
}
