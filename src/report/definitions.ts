/** What the words of a report mean, in a sentence each. */
export const definitions: readonly { readonly term: string; readonly meaning: string }[] = [
  {
    term: "IoU",
    meaning:
      "Pixels that prediction and ground truth share, divided by the pixels that either has, at the image's original resolution; pixels to be ignored are left out. Shown in percent.",
  },
  {
    term: "mIoU",
    meaning: "The mean IoU over the scored masks of a benchmark.",
  },
  {
    term: "Suite mIoU (macro)",
    meaning: "The unweighted mean of the benchmarks' mIoU: every benchmark counts the same, however large.",
  },
  { term: "Micro", meaning: "The mean over all masks of all benchmarks: every mask counts the same." },
  {
    term: "Interval",
    meaning:
      "The 95 % percentile-bootstrap interval in brackets: whole images (or videos) are drawn anew 10,000 times with a fixed seed. There is none below two images.",
  },
  {
    term: "Clicks",
    meaning:
      "The first simulated click is the deepest interior pixel of the target; each further click goes to the deepest pixel of the larger error region.",
  },
  {
    term: "Oracle",
    meaning:
      "The best of the model's candidate masks for one prompt, chosen with the ground truth; the other numbers use the mask that the model itself rates highest.",
  },
  {
    term: "Ambiguity gap, selection accuracy",
    meaning:
      "Oracle minus selected mIoU at one click, and the share of targets where the model's own choice is the best of its candidates.",
  },
  {
    term: "Dice, boundary IoU",
    meaning:
      "Dice is twice the shared pixels divided by the sum of both areas. Boundary IoU is the IoU of the inner bands along both outlines, 2 % of the image diagonal wide.",
  },
  {
    term: "Calibration",
    meaning:
      "How far the predicted IoU of the selected mask at one click can be believed. ECE is the mean distance between predicted and actual IoU over ten bins, bias is predicted minus actual, Spearman is the correlation of their ranks.",
  },
  {
    term: "Size",
    meaning:
      "COCO's buckets (area below 32² px small, below 96² px medium, else large), and quartiles of the target's share of its image.",
  },
  {
    term: "NoC",
    meaning:
      "Number of clicks until an IoU is reached; targets that never reach it count with the most clicks allowed.",
  },
  {
    term: "Draws",
    meaning:
      "Where a prompt is jittered at random: the mean over the draws of a target, their standard deviation, and the worst draw, each averaged over targets.",
  },
  {
    term: "Dropped, failed",
    meaning:
      "Dropped targets are left out by a rule of the protocol or the data set; failed ones could not be scored. Neither is ever counted as zero.",
  },
];
