import type { Metric } from "../core/types.ts";
import { boundary } from "./boundary.ts";
import { dice } from "./dice.ts";

/** Row key -> metric, beside IoU itself, which every round has. */
export const metrics: Readonly<Record<string, Metric>> = { dice, boundary };
