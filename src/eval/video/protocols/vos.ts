// Semi-supervised video object segmentation with other prompts than a mask, as the SAM 2 paper has it (appendix, "Semi-supervised VOS
// evaluation"): prompts in the first frame alone, then the masks are tracked forward. The first click goes to the centre of the mask, each
// later one to the centre of the error region in that same frame; boxes are tight.
import { errorClick } from "../../interactive/error-click.ts";
import { targetBox } from "../../interactive/foreground.ts";
import { trackMeasures } from "../measures.ts";
import type { VideoProtocol } from "../protocol.ts";

/** Logits of a true mask as a prompt, inside and outside: the authors' mask_inputs * 20 - 10. */
const magnitude = 10;

const vos = (rest: Pick<VideoProtocol, "id" | "summary" | "clicks" | "needs" | "next">): VideoProtocol => ({
  ...rest,
  task: "video",
  measures: () => trackMeasures,
});

export const vosMask = vos({
  ...{ id: "vos-mask@1", summary: "the true mask in the first frame that shows a target", clicks: 0 },
  needs: { maskInput: true },
  next: ({ mask }, done) =>
    done.length > 0
      ? undefined
      : { clicks: [], mask: { kind: "shape", shape: mask, magnitude }, multimask: false },
});

export const vosBox = vos({
  ...{ id: "vos-box@1", summary: "a tight box in the first frame that shows a target", clicks: 0 },
  needs: { box: true, points: 2 },
  next: (target, done) =>
    done.length > 0 ? undefined : { clicks: [], box: targetBox(target), multimask: false },
});

/** Clicks one after the other; every one corrects what the model made of those before it. */
export const vosClicks = (count: number): VideoProtocol =>
  vos({
    id: `vos-${count}-click@1`,
    summary: `${count === 1 ? "1 click" : `${count} clicks`} in the first frame that shows a target: at its centre${count === 1 ? "" : ", then each into the largest error"}`,
    clicks: count,
    needs: { points: count },
    next: (target, done) => {
      if (done.length >= count) return undefined;
      const last = done.at(-1);
      const clicks = [...(last?.prompt.clicks ?? []), errorClick(target, last?.answer.mask)];
      return { clicks, multimask: clicks.length === 1 };
    },
  });

/** Tracks made elsewhere, from undeclared prompts: rows may name it, though no run can play it. */
export const externalTracks: Pick<VideoProtocol, "id" | "task" | "summary" | "clicks" | "measures"> = {
  ...{ id: "external-vos@1", task: "video", clicks: 0, measures: () => trackMeasures },
  summary: "tracks made elsewhere, prompts not declared (segbench score)",
};
