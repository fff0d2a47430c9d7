import type { VideoFamily } from "../contract.ts";
import { splitContract, splitFacts } from "../split.ts";

/**
 * SAM 2 and 2.1 on clips (facebookresearch/sam2, sam2/modeling/sam2_base.py) in seven modules and a file of constants: scripts/export/sam2.py
 * --video. SAM 2.0 has no projection of pointers' places in time.
 */
export const sam2Video: VideoFamily = {
  ...{ name: "sam2-video", kind: "clip" },
  title: "SAM 2 video",
  summary: "seven modules and a file of constants, by scripts/export/sam2.py --video (SAM 2 and 2.1, clips)",
  ...splitFacts("segbench's scripts/export/sam2.py --video", { ranks: { memory: 4 } }, true),
  contract: splitContract,
};
