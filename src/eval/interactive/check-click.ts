import { complain } from "../../core/errors.ts";
import type { Ask, Click, Round, Target } from "../../core/types.ts";
import { getPixel } from "../../masks/bit-mask.ts";

/**
 * The invariant of every simulated click: inside the image; positive on the target and outside the previous prediction,
 * negative inside the previous prediction and outside the target. `last` is the round that the newest click answers.
 */
export function checkNewClicks({ id, mask, ignore }: Target, ask: Ask, last: Round | undefined): void {
  const before =
    last !== undefined && ask.prompt.clicks.length > last.prompt.clicks.length ? last : undefined;
  for (const click of ask.prompt.clicks.slice(before?.prompt.clicks.length ?? 0)) {
    const { x, y, label } = click;
    const onTarget = getPixel(mask, x, y);
    const predicted = before !== undefined && getPixel(before.mask, x, y);
    const ignored = ignore !== undefined && getPixel(ignore, x, y);
    const inside = x >= 0 && y >= 0 && x < mask.width && y < mask.height;
    const sound = label === 1 ? onTarget && !predicted : predicted && !onTarget;
    if (inside && ((sound && !ignored) || isNoErrorClick(click, before))) continue;
    throw complain({
      where: `target ${id}`,
      what: `click ${x},${y} with label ${label} breaks the rule of simulated clicks`,
      expected: label === 1 ? "on the target, not predicted" : "predicted, not on the target",
      got: `${onTarget ? "on" : "off"} the target, ${predicted ? "" : "not "}predicted`,
    });
  }
}

/** Where nothing is left to correct (all error pixels clicked already, or none), the clicker answers pixel 0, negative. */
function isNoErrorClick({ x, y, label }: Click, before: Round | undefined): boolean {
  return before !== undefined && label === 0 && x === 0 && y === 0;
}

/** What holds of recorded clicks too, whatever mask they answered. */
export function checkInside({ id, mask: { width, height } }: Target, { prompt }: Ask): void {
  for (const { x, y } of prompt.clicks)
    if (!(x >= 0 && y >= 0 && x < width && y < height))
      throw complain({
        where: `target ${id}`,
        what: "a recorded click lies outside the image",
        expected: `${width}x${height}`,
        got: `${x},${y}`,
      });
}
