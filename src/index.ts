// The library, a table of contents: everything that the command line does, as functions that take a context and return what
// they found. docs/library.md shows them in use.

// Evaluating: run files, own benchmarks, protocols and metrics; recorded prompts; masks made elsewhere.
export type { OwnBenchmark, Plugins, RunRequest } from "./config/index.ts";
export { packageFolder } from "./config/index.ts";
export type { ModelAbilities } from "./config/models/open.ts";
export {
  complain,
  type ErrorCode,
  type Place,
  type Problem,
  reasonOf,
  SegbenchError,
} from "./core/errors.ts";
// For your own metrics.
export type {
  AnyMeasure,
  Estimate,
  Invariant,
  Measure,
  MeasureNote,
  Metric,
  MetricSettings,
  RankedMeasure,
  Unit,
} from "./core/measure.ts";
export { meanMeasure } from "./core/measure.ts";
export type { Manifest, Plan, Shard } from "./core/plan.ts";
// For your own protocols.
export { draw } from "./core/random.ts";
// Rows, measures, summaries, errors.
export type {
  Cell,
  ComparedPair,
  Comparison,
  Counts,
  ProtocolNote,
  Suite,
  SuiteEstimate,
  Summary,
} from "./core/results.ts";
export type {
  MaskRow,
  Rle,
  Row,
  RowBox,
  RowCandidate,
  RowClick,
  RowStep,
  ScoredRow,
  SentPrompt,
  StepAt,
  UnscoredRow,
} from "./core/rows.ts";
export type { BenchmarkChoice } from "./core/schema-types.ts";
export type { PairTimes, StageComparison } from "./core/timing.ts";
// For your own data.
export type {
  BitMask,
  Box,
  Candidate,
  Click,
  Clip,
  Dataset,
  ImageSample,
  MaskPrompt,
  Point,
  Prompt,
  RgbImage,
  Sample,
  SampleRef,
  Size,
  Target,
  TargetEntry,
  Unscored,
} from "./core/types.ts";
export type { NextStep, PlayedStep, Protocol, Step, TargetContext, UserStep } from "./eval/index.ts";
export { judgementOf, type QueryJudgement } from "./eval/index.ts";
export { clickSteps, correction, errorClick, errorRegions } from "./eval/interactive/error-click.ts";
export { randomForegroundClick, targetBox } from "./eval/interactive/foreground.ts";
export { clickMeasures, type MeasuredSteps, scoreAt } from "./eval/interactive/measures.ts";
export type { Needs } from "./eval/task.ts";
export {
  and,
  andNot,
  area,
  createMask,
  equals,
  fromBytes,
  getPixel,
  or,
  setPixel,
  tightBox,
  toBytes,
} from "./masks/bit-mask.ts";
export { squaredDistances } from "./masks/distance-transform.ts";
export { maskFromPolygons } from "./masks/polygon.ts";
export { decodeCounts, encodeCounts, maskFromRle, rleFromMask } from "./masks/rle.ts";
// Runs on many machines.
export { type BrokerAddress, brokerAddress } from "./queue/address.ts";
export type { Broker } from "./queue/broker.ts";
export { openBroker } from "./queue/bullmq.ts";
// Looking for the samples of a run that is finished.
export { summaryText as comparisonSummary } from "./report/comparison/lead.ts";
export { type Compared, type CompareOptions, compare, compareRuns } from "./run/compare/compare.ts";
// Models against each other.
export { baseline } from "./run/compare/sides.ts";
// What every function takes, and the events it reports.
export { type Context, contextOf, type ProgressGroup, type RunEvent, shownPath } from "./run/context.ts";
// Listing, checking and fetching benchmarks and models; looking into models.
export { type DataSkeleton, initData } from "./run/data/init-data.ts";
export {
  listBenchmarks,
  listFamilies,
  listFormats,
  listMetrics,
  listModels,
  listProtocols,
} from "./run/data/list.ts";
export { type Offer, type Pulled, type PullOptions, pull } from "./run/data/pull.ts";
export { type ValidateOptions, validate } from "./run/data/validate.ts";
export { dataFolder } from "./run/data-folder.ts";
// For other tools.
export { type Exported, type ExportOptions, exportTo, listExports } from "./run/export/export.ts";
export {
  annotationsOf,
  type FindSample,
  sameTarget,
  sampleFinder,
  truthOfQuery,
} from "./run/find-samples.ts";
export type { HistoryLine, Remarks } from "./run/history.ts";
export { type InspectDataOptions, type InspectedData, inspectData } from "./run/inspect/data.ts";
export { type Inspection, type InspectOptions, inspect } from "./run/inspect/inspect.ts";
export { type MasksMade, type MasksOptions, masks } from "./run/masks/masks.ts";
export { type ParityDone, type ParityOptions, parity } from "./run/parity/parity.ts";
export { type Coordination, coordinate } from "./run/queue/coordinate.ts";
export { findRuns, type QueuedRun, queuedRun } from "./run/queue/queue-state.ts";
// Run folders and their reports.
export {
  readHistory,
  readHolder,
  readMasks,
  readRows,
  readRun,
  readSummary,
  storedSummary,
} from "./run/read.ts";
export { promptLines, writePrompts } from "./run/recorded.ts";
export { type ReplayOptions, replay } from "./run/replay.ts";
export { merge, type Reported, type ReportOptions, report, shardStatus } from "./run/report/reports.ts";
export { type Evaluated, evaluateInMemory, type RunOptions, type RunResult, run } from "./run/run.ts";
export { type ScoreOptions, score } from "./run/score/score.ts";
export { type TuneOptions, type Tuning, tune } from "./run/tune.ts";
export type { Verdict } from "./run/verdict.ts";
// Playing by hand, and again what a run has not kept.
export {
  type HandStep,
  openPlay,
  type PhraseAnswer,
  type Play,
  type PlayAnswer,
  type PlayImage,
  type PlayOptions,
  type PlayRequest,
  type PlayTarget,
} from "./run/view/play.ts";
export type { PlayedAgain, RowPlace } from "./run/view/play-again.ts";
export {
  openPlayData,
  type PlayableBenchmark,
  pictureLimits,
  playableOf,
  readPicture,
} from "./run/view/play-data.ts";
export type { PlayableModel } from "./run/view/play-models.ts";
export { openRunIndex, type RunIndex, type RunIndexOptions } from "./run/view/run-index.ts";
export { type Scope, scopeOf } from "./store/plan-differences.ts";
