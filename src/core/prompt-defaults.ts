// The numbers of the prompts that protocols send, each with its source: changing one changes numbers, so the protocol's version says so.

/** SAM paper, appendix D.1: one run of nine clicks, five of its steps shown. */
export const sam1Defaults = {
  clicks: 9,
  reported: [1, 2, 3, 5, 9],
} as const;

/** Box jitter: SAM paper, appendix A: noise of 10 % of the box side, at most 20 pixels; ten draws are ours. */
export const boxJitterDefaults = {
  /** Standard deviation as a share of the side. */
  sd: 0.1,
  /** Pixels. */
  clip: 20,
  draws: 10,
} as const;

/** Mask prompts: the ground truth eroded or dilated; ours. */
export const maskPromptDefaults = {
  /** Radius as a share of the square root of the target's area. */
  radius: 0.03,
  /** Logit inside; its negative outside. */
  magnitude: 10,
} as const;

/** Number of clicks: RITM's evaluation (isegm/inference): at most 20 clicks; targets as published, 0.95 beside them. */
export const nocDefaults = {
  maxClicks: 20,
  targets: [0.8, 0.85, 0.9, 0.95],
  /** The one that papers print first, and that stands for such a protocol. */
  leading: 0.9,
  stop: 0.95,
} as const;

/** Published protocols of others, as their scripts and papers have them (docs/protocol.md says where). */
export const peerDefaults = {
  /** EfficientViT-SAM's paper prints 1, 3 and 5 clicks. */
  efficientvit: { clicks: 5, reported: [1, 3, 5] },
  /** EdgeSAM's tables print the center and two refinements. */
  edgesam: {
    clicks: 3,
    reported: [1, 2, 3],
    /** With fewer wrong pixels than this in a low-resolution mask (long side 256), no pixel is drawn. */
    errorPixels: 10,
    lowResolution: 256,
    /** The temperature of kornia's distance transform. */
    temperature: 0.35,
  },
  /** segment-anything-fast: pixels to the nearest end in four directions that are good enough. */
  saf: { goodEnough: 20, reported: [1] },
  /** EfficientSAM's paper prints 1 and 3 clicks. */
  efficientsam: { reported: [1, 3] },
} as const;
