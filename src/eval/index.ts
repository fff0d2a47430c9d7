export { evaluateImage } from "./evaluate-image.ts";
export { failedImage } from "./failed-image.ts";
export { inOrder } from "./in-order.ts";
export { readAhead } from "./read-ahead.ts";
export { refusals } from "./refusals.ts";
export { newPrompts } from "./rows.ts";
export { type DeclaredProtocol, type ScoredImage, type ScoringSettings, scoreImage } from "./score-image.ts";
export type { EvaluationSettings, UnitJob, UnitResult, UnitTiming } from "./unit.ts";
