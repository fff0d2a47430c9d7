// What the words and columns of a parity check mean.
import { stageNote } from "./stages.ts";

const pct = "5th pct., < 90 %";
const snr = "SNR, embedding";

/** Of all parities. */
const ending = {
  Overall:
    "Means and shares: unweighted over benchmarks. Extremes, percentiles and the SNR: over everything.",
  "[low, high], and the gate":
    "95 % intervals over images: of each benchmark, or of all together where one has too few. Shares have one from two images on, means and changes from ten. A limit on a mean, share or change is broken where the whole interval lies beyond it, kept where none of it does, and undecided else; counts and the worst of what was seen are facts.",
};

/** docs/parity.md says more. */
export const meanings = {
  Agreement:
    "IoU of the candidate's mask with the reference's mask for the same prompt, ground truth aside. Each model chooses its own mask. 100: the same pixels.",
  [pct]: "The 5th percentile of the agreement over all prompts, and the share of prompts below 90 %.",
  [snr]:
    "The image embedding's signal over the noise that the candidate adds, in dB (20 dB: noise of a tenth), of the worst image; and the same as relative L2 in percent.",
  "Logits mean, max, signs":
    "Absolute differences of the low-resolution logits of all masks, index by index; the share of them on the other side of 0.",
  "predicted, other mask":
    "Largest difference of a predicted quality in a step, in points, averaged; share of steps in which the candidate chooses another of its masks.",
  "Change, on the same prompts":
    "The candidate's score minus the reference's, both against the targets: the candidate clicked on its own errors, and the candidate on the reference's prompts, where differences cannot grow from step to step.",
  "Encoder's and decoder's share":
    "Shapley values of the two stages: half of what swapping a stage costs in the reference and half of what it costs in the candidate. They add up to the whole.",
  ...ending,
};

/** Of all masks of an image. */
export const setMeanings = {
  Partner:
    "Each model encodes the image and answers the same clicks by itself. Masks of the two are paired one to one, the highest IoU first (of equal ones the earlier mask); a mask without a partner has none with an IoU of 75 % or more.",
  "On the other side":
    "What became of the candidate of the same click and place in the answer there: the filter that removed it, or kept but different. Differences of its predicted IoU and stability are the candidate's less the reference's.",
  "Change of count": "The candidate's masks less the reference's, in percent of the reference's.",
  "Predicted IoU and stability, points": "Absolute differences over all candidates, kept or not, averaged.",
  "Which filter":
    "The generator's filters once more, with one of their inputs taken from the reference: what one side alone still keeps is not that input's doing. Boxes stand for masks there, and small regions stay.",
  ...ending,
};

/** Of models of clips. */
export const clipMeanings = {
  Agreement: meanings.Agreement.replace("for the same prompt", "in the same frame, after the same prompts"),
  [pct]: meanings[pct].replaceAll("prompts", "frames"),
  [snr]: meanings[snr].replace("worst image", "worst frame"),
  "Logits mean, max, signs":
    "Absolute differences of the low-resolution logits, in frames in which both find the target; the share of them on the other side of 0.",
  predicted: "Difference of the predicted quality in a frame, in points, averaged.",
  "Change, on the same prompts":
    "The candidate's score minus the reference's, both against the targets: the candidate prompted by its own errors, and on the reference's prompts. In both it remembers its own masks, so differences grow with time.",
  Stages: stageNote,
  ...Object.fromEntries(
    Object.entries(ending).map(([term, meaning]) => [term, meaning.replaceAll("images", "clips")]),
  ),
};

/** Of phrases. */
export const phraseMeanings = {
  Agreement:
    "Masks of the two answers to a phrase, those with a score of 50 % or more, are paired one to one, the highest IoU first and from 50 % on: twice the sum of these IoUs in parts of all masks of both. 100: the same masks, or none in both.",
  "SNR: image, text":
    "Signal over the noise that the candidate adds, in dB (20 dB: noise of a tenth): of the image's features, the worst image; of a phrase's features over the tokens that count, the worst phrase.",
  "Other tokens, presence flips, other masks":
    "Shares of the phrases asked: those that became other tokens; those of which one model says at 50 % or more that there is something, and the other does not (where one has no presence, one answers with a mask and the other with none); those with a mask in one answer that has no partner in the other.",
  "Class logits, scores":
    "Candidate by candidate: the root mean square of the differences of class logits in parts of the reference's spread, averaged over phrases; the largest difference of a score in an answer, averaged.",
  ...ending,
};
