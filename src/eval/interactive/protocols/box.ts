import { targetBox } from "../foreground.ts";
import { clickMeasures } from "../measures.ts";
import type { Protocol } from "../protocol.ts";

/** One tight box of the target; the single-mask output. */
export const box: Protocol = {
  id: "box@1",
  summary: "one tight ground-truth box",
  needs: { box: true, points: 2 },
  reported: [0],
  opening: "box",
  measures: (metrics) => clickMeasures({ metrics, reported: [0], opening: "box" }),
  next: ({ target }, done) =>
    done > 0 ? undefined : { prompt: { clicks: [], box: targetBox(target), multimask: false } },
};
