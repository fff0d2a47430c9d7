import { sam1Defaults } from "../../../core/prompt-defaults.ts";
import type { Click } from "../../../core/types.ts";
import { toBytes } from "../../../masks/bit-mask.ts";
import { errorClick } from "../error-click.ts";
import { pointSets, visibleForeground } from "../foreground.ts";
import { checkOnTarget } from "../invariants.ts";
import { clickMeasures } from "../measures.ts";
import type { Protocol, TargetContext } from "../protocol.ts";

/** The center, then each the foreground pixel farthest from all taken so far. */
export const pointsFarthest: Protocol = {
  id: "points-farthest@1",
  summary: "1, 2, 3, 5, 9 points at once: the center, then the farthest from those taken",
  needs: { points: Math.max(...sam1Defaults.reported) },
  reported: sam1Defaults.reported,
  points: "sets",
  check: checkOnTarget,
  measures: (metrics, reported = sam1Defaults.reported) =>
    clickMeasures({ metrics, reported, noun: "point", calibrated: true }),
  next: pointSets(sam1Defaults.reported, farthestPoints),
};

/** Farthest-point sampling in whole squared distances; ties: the first in row-major order. Cost: points x pixels. */
function farthestPoints(context: TargetContext, size: number): readonly Click[] {
  const mask = visibleForeground(context);
  const pixels = toBytes(mask);
  const xs: number[] = [];
  const ys: number[] = [];
  for (let i = 0; i < pixels.length; i++) {
    if (pixels[i] !== 1) continue;
    xs.push(i % mask.width);
    ys.push(Math.floor(i / mask.width));
  }
  const nearest = new Float64Array(xs.length).fill(Number.POSITIVE_INFINITY);
  const points: Click[] = [errorClick(context.target, undefined)];
  while (points.length < size) {
    const { x, y } = points.at(-1)!;
    let farthest = 0;
    for (let i = 0; i < nearest.length; i++) {
      const dx = xs[i]! - x;
      const dy = ys[i]! - y;
      nearest[i] = Math.min(nearest[i]!, dx * dx + dy * dy);
      if (nearest[i]! > nearest[farthest]!) farthest = i;
    }
    points.push({ x: xs[farthest]!, y: ys[farthest]!, label: 1 });
  }
  return points;
}
