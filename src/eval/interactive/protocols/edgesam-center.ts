import { peerDefaults } from "../../../core/prompt-defaults.ts";
import { indexOf } from "../../../core/random.ts";
import type { Click } from "../../../core/types.ts";
import { area, getPixel, or } from "../../../masks/bit-mask.ts";
import { peeledCenter } from "../../../masks/centers.ts";
import { errorRegions } from "../error-click.ts";
import { clickAt, pixelAt, visibleForeground } from "../foreground.ts";
import { checkCorrections } from "../invariants.ts";
import { clickMeasures } from "../measures.ts";
import type { Protocol, Step, TargetContext } from "../protocol.ts";

const { clicks: most, reported, errorPixels, lowResolution } = peerDefaults.edgesam;

/**
 * EdgeSAM (chongzhou96/EdgeSAM, evaluation/eval_mIoU.py with `--point-from mask-center`, edge_sam/utils/common.py,
 * 2024-07-23): the maximum of kornia's distance transform, then twice a uniformly drawn wrong pixel; one mask, nothing
 * fed back. The draw is ours. The script looks at masks in the model's frame; here it is the image's own.
 */
export const edgesamCenter: Protocol = {
  id: "edgesam-center@1",
  summary: "EdgeSAM's own: center by kornia's distance transform, then two random wrong pixels, one mask",
  needs: {},
  reported,
  points: "any",
  check: checkCorrections,
  measures: (metrics, shown = reported) => clickMeasures({ metrics, reported: shown }),
  next: (context, done, last) => {
    if (done >= most) return undefined;
    const click = last === undefined ? center(context) : wrongPixel(context, last, done);
    const clicks = [...(last?.prompt.clicks ?? []), click];
    return { prompt: { clicks, multimask: false } };
  },
};

function center(context: TargetContext): Click {
  const mask = visibleForeground(context);
  return clickAt(peeledCenter(mask), mask.width);
}

/**
 * Positive where the pixel was missed. With hardly anything wrong (fewer than ten pixels of the low-resolution mask) the
 * script sends a point at (0, 0) that its model ignores; models here have no such label, so it is the no-error click.
 */
function wrongPixel({ target, size, draw }: TargetContext, last: Step, number: number): Click {
  const { missed, spurious } = errorRegions(target, last.mask);
  const wrong = or(missed, spurious);
  const count = area(wrong);
  const scale = lowResolution / Math.max(size.width, size.height);
  if (count === 0 || count * scale * scale < errorPixels) return { x: 0, y: 0, label: 0 };
  const { x, y } = pixelAt(wrong, indexOf(draw("edgesam-error", number), count));
  return { x, y, label: getPixel(missed, x, y) ? 1 : 0 };
}
