/** What the numbers of a parity check mean; docs/parity.md says more. */
export const parityDefinitions: readonly { readonly term: string; readonly meaning: string }[] = [
  {
    term: "Agreement",
    meaning:
      "IoU of the candidate's mask with the reference's mask for the same prompt, ground truth aside. Each model chooses its own mask. 100: the same pixels.",
  },
  {
    term: "5th pct., < 90 %",
    meaning: "The 5th percentile of the agreement over all prompts, and the share of prompts below 90 %.",
  },
  {
    term: "SNR, embedding",
    meaning:
      "The image embedding's signal over the noise that the candidate adds, in dB (20 dB: noise of a tenth), of the worst image; and the same as relative L2 in percent.",
  },
  {
    term: "Logits mean, max, signs",
    meaning:
      "Absolute differences of the low-resolution logits of all masks, index by index; the share of them on the other side of 0.",
  },
  {
    term: "predicted, other mask",
    meaning:
      "Largest difference of a predicted quality in a step, in points, averaged; share of steps in which the candidate chooses another of its masks.",
  },
  {
    term: "Change, on the same prompts",
    meaning:
      "The candidate's score minus the reference's, both against the targets: the candidate clicked on its own errors, and the candidate on the reference's prompts, where differences cannot grow from step to step.",
  },
  {
    term: "Encoder's and decoder's share",
    meaning:
      "Shapley values of the two stages: half of what exchanging a stage costs in the reference and half of what it costs in the candidate. They add up to the whole.",
  },
  {
    term: "Overall",
    meaning:
      "Means and shares: unweighted over benchmarks. Extremes, percentiles and the SNR: over everything.",
  },
];
