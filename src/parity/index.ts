export {
  comparedMeasures,
  parityChanges,
  runScore,
  trajectoryScores,
} from "./changes.ts";
export type { ParityModel, ParityPair } from "./crossing.ts";
export { diagnose, factsOf } from "./diagnose/index.ts";
export { judgeParity } from "./judge.ts";
export { type ParityJob, type PlayedImage, type PlayedTimes, playImage } from "./play-image.ts";
export type { WorstStep } from "./record.ts";
export { isIdentical, parityCells, worstSamples, worstTargets } from "./summarize.ts";
