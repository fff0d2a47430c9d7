import type { Family } from "../family.ts";
import { edgeSam } from "./edge-sam.ts";
import { efficientSam } from "./efficient-sam.ts";
import { efficientvitSam } from "./efficientvit-sam.ts";
import { hfSam } from "./hf-sam.ts";
import { hfSam2 } from "./hf-sam2.ts";
import { ritm } from "./ritm.ts";
import { sam } from "./sam.ts";
import { samHq } from "./sam-hq.ts";
import { samMed2d } from "./sam-med2d.ts";
import { sam2 } from "./sam2.ts";

/** Families by name, in the order in which they are listed and matched. */
export const families: Readonly<Record<string, Family>> = {
  sam,
  "sam-hq": samHq,
  "sam-med2d": samMed2d,
  "edge-sam": edgeSam,
  "efficientvit-sam": efficientvitSam,
  "efficient-sam": efficientSam,
  sam2,
  "hf-sam": hfSam,
  "hf-sam2": hfSam2,
  ritm,
};
