import { complain } from "../../core/errors.ts";
import type { Box, Target } from "../../core/types.ts";
import { tightBox } from "../../masks/bit-mask.ts";

/** The target's tight box, max inclusive (as SAM's `mask_to_box`). Adapters drop empty targets, so one without a box is an error. */
export function targetBox({ id, mask }: Target): Box {
  const box = tightBox(mask);
  if (box === undefined)
    throw complain({ where: `target ${id}`, what: "an empty mask has no box to prompt with" });
  return box;
}
