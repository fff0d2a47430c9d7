import type { Metric } from "../core/measure.ts";
import { boundary } from "./boundary.ts";
import { dice } from "./dice.ts";
import { empty } from "./empty.ts";
import { hd95 } from "./hd95.ts";
import { iou } from "./iou.ts";
import { nsd } from "./nsd.ts";

/** Key in a row's scores -> metric. */
export const metrics: Readonly<Record<string, Metric>> = { iou, dice, boundary, nsd, hd95, empty };
