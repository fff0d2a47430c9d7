import { boxJitterDefaults } from "../../../core/prompt-defaults.ts";
import { gaussian } from "../../../core/random.ts";
import type { Box } from "../../../core/types.ts";
import { targetBox } from "../foreground.ts";
import { clickMeasures, drawMeasures } from "../measures.ts";
import type { Protocol, TargetContext } from "../protocol.ts";

const { sd, clip, draws } = boxJitterDefaults;
const PURPOSE = "box-jitter";

/** Ten noisy boxes per target, each a step of its own: how much does the mask depend on the box? */
export const boxJitter: Protocol = {
  id: "box-jitter@1",
  summary: "ten boxes with Gaussian noise, sd 10 % of the side, at most 20 px",
  needs: { box: true, points: 2 },
  reported: [0],
  opening: "box",
  measures: (metrics) => clickMeasures({ metrics, reported: [0], opening: "box", also: drawMeasures("box") }),
  next: (context, done) =>
    done >= draws
      ? undefined
      : { prompt: { clicks: [], box: jitteredBox(context, done), multimask: false }, draw: done },
};

/**
 * Each corner coordinate moved by noise in proportion to its own side (x1 - x0, y1 - y0), the noise clipped, then the
 * corners sorted and clipped to the image. Coordinates stay fractional. Draw d uses the uniforms 8d .. 8d + 7: two for
 * each of x0, y0, x1, y1.
 */
function jitteredBox(context: TargetContext, number: number): Box {
  const { x0, y0, x1, y1 } = targetBox(context.target);
  const { width, height } = context.size;
  const moved = (value: number, side: number, corner: number, max: number) => {
    const first = 8 * number + 2 * corner;
    const noise = gaussian(context.draw(PURPOSE, first), context.draw(PURPOSE, first + 1)) * sd * side;
    return clamp(value + clamp(noise, -clip, clip), 0, max);
  };
  const xs = [moved(x0, x1 - x0, 0, width - 1), moved(x1, x1 - x0, 2, width - 1)] as const;
  const ys = [moved(y0, y1 - y0, 1, height - 1), moved(y1, y1 - y0, 3, height - 1)] as const;
  return { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
