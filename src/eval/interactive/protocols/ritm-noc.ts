import { nocDefaults } from "../../../core/defaults.ts";
import type { Protocol } from "../../../core/types.ts";
import { clickRounds, correction } from "../click-rounds.ts";
import { errorClick } from "../error-click.ts";

const { maxClicks, stop } = nocDefaults;
const firstClick = clickRounds({ rounds: 1, feedback: true });

/** Number of clicks: up to 20, clicked pixels excluded from the distance maps as in RITM's clicker, stop at IoU 0.95. */
export const ritmNoc: Protocol = {
  id: "ritm-noc@1",
  summary: "up to 20 error clicks, stop at IoU 0.95: number of clicks to a quality",
  needs: { maskInput: true, points: maxClicks },
  reported: [1, 2, 3, 5, 10, 15, 20],
  singleClickStart: true,
  dialogue: true,
  multimask: "one-click",
  feedback: true,
  next: (context, done, last) => {
    if (last === undefined) return firstClick(context, done, last);
    if (done >= maxClicks || last.iou >= stop) return undefined;
    return correction(last, errorClick(context.target, last.mask, last.prompt.clicks), true);
  },
};
