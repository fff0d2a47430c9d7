// Every tunable number of the project, once, with its source. Where a model family differs, its own file says so; schemas hold
// none. What a run file or a card may choose comes first; what belongs to a protocol, a metric or a statistic follows: changing
// one of those changes numbers, so the protocol's version or the changelog says so.
import type { DatasetCard, ImageContract, MaskContract, ModelCard, PromptContract } from "./schema-types.ts";

/** Run file: used where neither the file nor the command line says anything. */
export const runDefaults = {
  /** Seed of every draw. Any text would do; it never changes. */
  seed: "segbench",
  /** Prompts per decoder call: past 16 the decoders measured gain little and memory grows. */
  batch: 16,
  /** One runtime thread: results do not depend on the machine, and workers scale better than threads. */
  threads: 1,
  provider: "cpu",
  /** onnxruntime's own. */
  optimisation: "all",
  /** Folder below which the benchmarks' data lie, relative to the working folder. */
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an environment variable, substituted when a run is prepared
  data: "${SEGBENCH_DATA:-datasets/data}",
  /** What of a model's rows on a benchmark may fail: this share, or so many targets, whichever is more. */
  maxFailures: { share: 0.05, targets: 2 },
  cacheSize: "10GB", // 2,500 images of SAM's own encoders
  saveMasks: true,
  protocols: ["sam1-d1@1"],
  /** Those of a run without a run file. */
  ownProtocols: ["sam1-d1@1", "box@1"],
  /** With a run file or without; of clips each further one is another pass through every clip. */
  usualProtocols: { clip: ["vos-mask@1"], concept: ["concept@1"] },
  metrics: ["iou", "dice", "boundary"],
  /** Run folders go here, below the working folder. */
  reports: "reports",
  /** Drawn miniatures of the benchmarks, in the package: their numbers mean nothing about real data. */
  samples: "datasets/samples",
  /** The run file used when none is named; then clips and phrases, which are runs of their own. */
  file: "configs/quickstart.yaml",
  furtherFiles: ["configs/quickstart-clips.yaml", "configs/quickstart-phrases.yaml"],
} as const;

/** Benchmark card. Defaults of a format's options are in the format's file (`src/datasets/`). */
export const datasetCardDefaults = {
  version: 1,
  cluster: "image",
  pixels: {
    exif: "auto",
    /** The whole range of a 16-bit sample. */
    range: [0, 65535],
  },
  subset: { seed: "segbench-subset" },
  /** How many pixels apart two outlines may lie. Not filled in on cards: a card has it only where it differs. */
  surfaceTolerance: 2,
} as const;

/** Model card: SAM's own pre- and post-processing (facebookresearch/segment-anything: build_sam.py, transforms.py, sam.py). */
const modelCardDefaults = {
  image: {
    filter: "bilinear",
    /** ImageNet statistics on the 0..255 scale: pixel_mean and pixel_std in build_sam.py. */
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
    scale: 1,
    normalise: "outside",
    padding: "bottom-right",
    channels: "rgb",
    layout: "nchw",
    dtype: "float32",
  },
  prompt: { paddingPoint: true, box: true },
  /** mask_threshold in sam.py: foreground is logit > 0. */
  mask: { threshold: 0, predictedIou: "iou", multimask: true },
} as const;

/** `mask.single: stable`: dynamic_multimask_stability_delta and _thresh of build_sam2 (facebookresearch/sam2, build_sam.py). */
export const stabilityDefaults = { delta: 0.05, least: 0.98 } as const;

/** Side of the frame where neither the card nor the encoder's input gives it: that of SAM and its descendants. */
const frameSide = 1024;

/** Choices of models of clips that the authors' code leaves open: schemas/model-card.schema.json says what each means. */
export interface VideoSettings {
  /** `published`: as the authors evaluate (tools/vos_inference.py), without post-processing; `api-default`: as their API does by itself. */
  readonly profile: "published" | "api-default";
  /** What memories are rounded to; the authors store bfloat16. */
  readonly memory: "bfloat16" | "float32";
  /** What becomes of a frame that is corrected after it was tracked. */
  readonly corrected: "conditioning" | "kept" | "retracked";
  /** Distances to pointers; default: as the model was trained, from its constants. */
  readonly distances?: "signed" | "absolute";
}

export const videoDefaults: VideoSettings = {
  profile: "published",
  memory: "bfloat16",
  /** As SAM 2 is trained with corrections and as SAM 3's tracker does. */
  corrected: "conditioning",
};

/** Where a family's reference differs from SAM's. */
export interface FamilyDefaults {
  readonly image?: Readonly<Partial<Omit<ImageContract, "mean" | "std">>> & {
    readonly mean?: readonly [number, number, number];
    readonly std?: readonly [number, number, number];
  };
  readonly prompt?: Readonly<PromptContract>;
  readonly mask?: Readonly<MaskContract>;
  readonly concept?: Readonly<ModelCard["concept"]>;
}

/** A model card with every default filled in. */
export type FullModelCard = ModelCard & {
  readonly title: string;
  readonly family: string;
  readonly image: Required<ImageContract>;
  readonly prompt: PromptContract & Required<Omit<PromptContract, "points" | "clamp">>;
  readonly mask: MaskContract & Required<Omit<MaskContract, "single">>;
  readonly batch: number;
};

/**
 * Fills in a model card's defaults: from its files, then from its family's reference, then from SAM's.
 * Prompts per decoder call are as many as the run allows, at most the card's own number.
 */
export function fullModelCard(
  card: ModelCard,
  family: { readonly name: string; readonly defaults?: FamilyDefaults },
  choices: { readonly batch?: number; readonly found?: Partial<ImageContract> | undefined } = {},
): FullModelCard {
  const { batch = runDefaults.batch, found } = choices;
  const [{ image, prompt, mask }, own] = [modelCardDefaults, family.defaults ?? {}];
  const known = { ...image, ...own.image };
  const numbers = { mean: [...known.mean], std: [...known.std] };
  const merged = { ...known, ...numbers, ...found, ...card.image } as Required<ImageContract>;
  return {
    ...card,
    title: card.title ?? card.name,
    family: family.name,
    image: { ...merged, size: merged.size ?? frameSide },
    prompt: { ...prompt, ...own.prompt, ...card.prompt },
    mask: { ...mask, ...own.mask, ...card.mask },
    ...(own.concept === undefined ? {} : { concept: { ...own.concept, ...card.concept } }),
    batch: Math.min(card.batch ?? batch, batch),
  };
}

type Pixels = NonNullable<DatasetCard["pixels"]>;

/** A benchmark card with what every reader of a run shows. */
export type TitledCard = DatasetCard & Required<Pick<DatasetCard, "title" | "version" | "domain">>;

/** A benchmark card with every default filled in. */
export type FullDatasetCard = TitledCard &
  Required<Pick<DatasetCard, "root" | "cluster" | "subset">> & {
    /** Which bands are colours has no default: all of them are. */
    readonly pixels: Required<Omit<Pixels, "bands">> & Pick<Pixels, "bands">;
  };

/** Confidence intervals: expanded percentiles of a bootstrap over clusters. */
export const bootstrapDefaults = {
  draws: 10_000,
  /**
   * Draws where one costs more than adding up: a new ranking of all targets, or more sums than `sums`. A
   * percentile of 1,000 draws is off by about a tenth of the interval's half width; intervals of means are not affected.
   */
  rankedDraws: 1_000,
  sums: 4,
  level: 0.95,
  seed: "segbench-bootstrap",
  /** Below this nothing is drawn: of two, not even a mean over benchmarks has an interval that holds. */
  minClusters: 3,
  /** Below this no interval is known to hold (scripts/interval-coverage), and none is given; of ratios of sums it is, and marked. */
  ...{ intervalClusters: 10, unevenClusters: 1000 },
  /** Nor of a mean over benchmarks that has fewer degrees of freedom, were they all alike. */
  intervalFreedom: 7.5,
  /** Below this a test finds what is detectable less often than it should. */
  detectableClusters: 100,
} as const;

/** Images that a limit of a parity on each benchmark needs there. */
export const limitDefaults = { eachBenchmark: bootstrapDefaults.intervalClusters } as const;

/** Times beside quality. */
export const timeDefaults = {
  level: 0.95,
  /** With fewer images the sign test gives no interval at that level. */
  minImages: 6,
  /** Pieces of the list of images that are taken for independent of one another. */
  blocks: 30,
  /** From so many times the cores' number on a load average says that processes waited for one another. */
  busy: 1.5,
} as const;

export const reportDefaults = {
  /** rows.csv and rows.parquet are written by default up to about this many lines. */
  tableLines: 1_000_000,
};

/** Comparing two models: paired differences, sign-flip permutation tests, and what reports list. */
export const comparisonDefaults = {
  /** Monte-Carlo sign patterns; up to 2^exactClusters patterns are enumerated instead. */
  draws: 10_000,
  exactClusters: 14,
  seed: "segbench-sign-flip",
  /** Two-sided level of the tests. */
  alpha: 0.05,
  /** A target that moved by more than this has changed, by the unit of its score; ours. Five pixels: how far an outline drawn twice by hand differs. */
  changed: { share: 0.1, points: 0.1, clicks: 1, pixels: 5, plain: 0.1 },
  /** Most changed targets listed per protocol and direction. */
  listed: 10,
  /** Targets shown with pictures per protocol and direction, and of one benchmark. */
  pictured: 8,
  picturedPerBenchmark: 2,
  /** Bytes of all pictures of a page together, before base64: the page stays small enough to send. */
  pictureBytes: 8_000_000,
} as const;

/** Boundary IoU (Cheng et al. 2021): band width as a share of the image diagonal. */
export const boundaryDefaults = { ratio: 0.02 } as const;

/** F of DAVIS: how far apart outlines may lie, as a share of the image diagonal. */
export const contourDefaults = { ratio: 0.008 } as const;

/** `score --match best`: IoU from which a detection may be a target's; COCO's lowest (cocoeval.py). */
export const matchDefaults = { iou: 0.5 } as const;

/** Sizes of targets: COCO's area limits in pixels (cocoeval.py). */
export const sizeDefaults = { small: 32 ** 2, medium: 96 ** 2 } as const;

/** Categories of a benchmark that get a mean of their own; the others share one. */
export const categoryDefaults = { most: 30 } as const;

/** Calibration of the predicted IoU: equal bins of [0, 1]. */
export const calibrationDefaults = { bins: 10 } as const;

/** Histograms of IoU: equal bins of [0, 1]. */
export const distributionDefaults = { bins: 20 } as const;

/** Pictures in the report: the worst, the median and the best targets of each model and benchmark, this many of each, and the most in all. */
export const galleryDefaults = { perKind: 1, most: 150 } as const;

/** All masks of an image: pictures of this many images of each kind, the most in all, and so many missed targets of a model on a benchmark; their longest side. */
export const setDefaults = { perKind: 1, most: 60, misses: 4, side: 640, quality: 78 } as const;

/** Film strips: this many of each kind, the most in all, pictures of each and their longest side; in comparisons as many losses as gains. */
export const stripDefaults = { perKind: 1, most: 18, frames: 8, side: 264, compared: 3 } as const;

/** Targets of a benchmark that are drawn over time, and points of a line: of longer clips these are means of a few frames. */
export const trackDefaults = { plotted: 24, points: 240 } as const;

/** Fetching and unpacking; all ours. */
export const fetchDefaults = {
  /** Tries in a row that gain no byte. */
  tries: 5,
  /** Milliseconds before the second try; each further wait is twice as long, up to the longest. */
  firstWait: 1000,
  longestWait: 30_000,
  /** Milliseconds without a byte until a connection counts as lost. */
  silence: 60_000,
  redirects: 10,
  /** An archive may unpack to this many times its own size, and always to the allowance; anything larger counts as a zip bomb. */
  unpackRatio: 100,
  unpackAllowance: 64 * 2 ** 20,
  /** Entries of an archive. */
  unpackEntries: 5_000_000,
} as const;

/** Any protocol; ours. */
export const protocolDefaults = {
  /** Steps after which a target fails, ten times those of the longest protocol: one that never ends would hang the run. */
  steps: 200,
} as const;

/** Checks of benchmarks; all ours. */
export const validateDefaults = {
  /** Images decoded where not all are. */
  samples: 5,
  /** Targets of each of them that are timed with a model. */
  timedTargets: 4,
} as const;

/** Parity of two exports; all ours. */
export const parityDefaults = {
  /** The run file used when none is named, and the gate. */
  file: "configs/export-gate.yaml",
  gate: "configs/gates/parity.yaml",
  /** Below this, two masks do not agree. */
  agreed: 0.9,
  /** Percentile shown as the low end of the agreement. */
  lowAgreement: 0.05,
  /** Worst targets listed, and drawn. */
  listed: 20,
  drawn: 8,
  /** Samples on which causes are tried, and targets of each. */
  probedSamples: 3,
  probedTargets: 4,
  /** Relative L2 below which a stage counts as the same: a hundred times float32 noise of a deep network. */
  sameStage: 1e-4,
  /** A cause is named when its correction removes this share of the stage's error. */
  explained: 0.9,
  /** Numbers of candidates moved one way: this share of them, and in the mean at least so much. */
  systematic: { share: 0.9, least: 0.005 },
} as const;
