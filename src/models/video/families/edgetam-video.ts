import type { VideoFamily } from "../contract.ts";
import { splitContract, splitFacts } from "../split.ts";

/**
 * EdgeTAM on clips (facebookresearch/EdgeTAM): SAM 2's modules, whose memory encoder ends in the spatial perceiver, so that a memory is a list of
 * tokens; pointers have no places in time. scripts/export/edgetam.py --video.
 */
export const edgetamVideo: VideoFamily = {
  ...{ name: "edgetam-video", kind: "clip" },
  title: "EdgeTAM video",
  summary: "six modules and a file of constants, by scripts/export/edgetam.py --video (EdgeTAM, clips)",
  ...splitFacts("segbench's scripts/export/edgetam.py --video", { ranks: { memory: 3 } }, false),
  contract: splitContract,
};
