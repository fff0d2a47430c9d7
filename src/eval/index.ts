export { inOrder } from "./in-order.ts";
export { evaluateImage } from "./interactive/evaluate-image.ts";
export { failedImage } from "./interactive/failed-image.ts";
export { refusals } from "./interactive/refusals.ts";
export { newPrompts } from "./interactive/rows.ts";
export {
  type DeclaredProtocol,
  type ScoredImage,
  type ScoringSettings,
  scoreImage,
} from "./interactive/score-image.ts";
export { readAhead } from "./read-ahead.ts";
export type { EvaluationSettings, UnitJob, UnitResult, UnitTiming } from "./unit.ts";
