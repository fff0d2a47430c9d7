import { nocDefaults } from "../../../core/prompt-defaults.ts";
import { clickSteps, correction, errorClick } from "../error-click.ts";
import { checkCorrections } from "../invariants.ts";
import { clickMeasures, nocMeasures } from "../measures.ts";
import type { Protocol } from "../protocol.ts";

const { maxClicks, stop } = nocDefaults;
const reported = [1, 2, 3, 5, 10, 15, 20];
const firstClick = clickSteps({ steps: 1, feedback: true });

/** Number of clicks: up to 20, clicked pixels excluded from the distance maps as in RITM's clicker, stop at IoU 0.95. */
export const ritmNoc: Protocol = {
  id: "ritm-noc@1",
  summary: "up to 20 error clicks, stop at IoU 0.95: number of clicks to a quality",
  needs: { maskInput: true, points: maxClicks },
  reported,
  endsEarly: true,
  check: checkCorrections,
  measures: (metrics) =>
    clickMeasures({ metrics, reported, carriesLast: true, calibrated: true, also: nocMeasures() }),
  next: (context, done, last) => {
    if (last === undefined) return firstClick(context, done, last);
    if (done >= maxClicks || last.iou >= stop) return undefined;
    return correction(last, errorClick(context.target, last.mask, last.prompt.clicks), true);
  },
};
