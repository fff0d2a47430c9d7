export { parityChanges } from "./changes.ts";
export type { ParityModel } from "./crossing.ts";
export { diagnose, factsOf } from "./diagnose/index.ts";
export { judgeParity } from "./judge.ts";
export type { WorstRound } from "./notebook.ts";
export type { ParityJob, ParityPair } from "./pair.ts";
export { type PlayedImage, type PlayedTimes, playImage } from "./play-image.ts";
export { runScores, type ScoredProtocol, scoredSides, trajectoryScores } from "./scores.ts";
export { isIdentical, parityCells, worstTargets } from "./summarize.ts";
