export { evaluateImage } from "./evaluate-image.ts";
export { inOrder } from "./in-order.ts";
export { refusals } from "./refusals.ts";
export type { EvaluationSettings, UnitJob, UnitResult, UnitTiming } from "./unit.ts";
