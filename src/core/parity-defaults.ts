// The tunable numbers of `parity`, as defaults.ts has those of everything else.

/** Parity of two exports; all ours. */
export const parityDefaults = {
  /** The run file used when none is named, and the gate. */
  file: "configs/export-gate.yaml",
  gate: "configs/gates/parity.yaml",
  /** Masks that agree less do not agree. */
  agreed: 0.9,
  /** Percentile shown as the low end of the agreement. */
  lowAgreement: 0.05,
  /** Worst targets listed, and drawn. */
  listed: 20,
  drawn: 8,
  /** Samples on which causes are tried, and targets of each. */
  probedSamples: 3,
  probedTargets: 4,
  /** Relative L2 below which a stage is as good as the same: a hundred times float32 noise of a deep network. */
  sameStage: 1e-4,
  /** A cause is named when its correction removes this share of the stage's error. */
  explained: 0.9,
} as const;

/** Limits of parity gates that had another name. */
export const renamedLimits: Readonly<Record<string, string>> = {
  "miou-change": "score-change",
  "miou-change-low": "score-change-low",
  "predicted-iou-error": "predicted-error",
};
