// What holds of clicks, checked where the masks are: protocols name the rule that theirs keep to.
import { complain } from "../../core/errors.ts";
import type { Click } from "../../core/types.ts";
import { getPixel } from "../../masks/bit-mask.ts";
import type { NextStep, Step, TargetContext } from "./protocol.ts";

/**
 * The rule of simulated clicks that answer the last prediction: inside the image; positive on the target and outside the
 * prediction, negative inside the prediction and outside the target. Clicks that the last step had are not judged again.
 */
export function checkCorrections(
  { target: { id, mask, ignore } }: Pick<TargetContext, "target">,
  { prompt }: NextStep,
  last: Step | undefined,
): void {
  const before = last !== undefined && prompt.clicks.length > last.prompt.clicks.length ? last : undefined;
  for (const click of prompt.clicks.slice(before?.prompt.clicks.length ?? 0)) {
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

/** The rule of clicks that answer nothing: on the target, whatever was predicted. */
export function checkOnTarget(context: Pick<TargetContext, "target">, next: NextStep): void {
  checkCorrections(context, next, undefined);
}

/** Where nothing is left to correct (all error pixels clicked already, or none), the clicker answers pixel 0, negative. */
function isNoErrorClick({ x, y, label }: Click, before: Step | undefined): boolean {
  return before !== undefined && label === 0 && x === 0 && y === 0;
}

/** What holds of every click of every protocol. */
export function checkInside(
  { target: { id, mask } }: Pick<TargetContext, "target">,
  { prompt }: NextStep,
): void {
  const { width, height } = mask;
  for (const { x, y } of prompt.clicks)
    if (!(x >= 0 && y >= 0 && x < width && y < height))
      throw complain({
        where: `target ${id}`,
        what: "a click lies outside the image",
        expected: `${width}x${height}`,
        got: `${x},${y}`,
      });
}
