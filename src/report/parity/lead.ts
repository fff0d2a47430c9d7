// The result in a few sentences.
import type { ParityDiagnosis, ParitySummary } from "../../core/parity.ts";
import { plural } from "../format-number.ts";
import { agreed, changeText, partOf, share } from "./tables.ts";

export function parityTitle({ reference, candidate }: ParitySummary): string {
  return `${candidate.title} against ${reference.title}`;
}

export function parityLead(summary: ParitySummary): string[] {
  const { cells, changes, identical } = summary;
  const all = cells[0];
  if (all === undefined || all.rounds === 0)
    return ["Nothing was compared: the reference answered no prompt."];
  const what = `${plural(all.rounds, "prompt")} on ${plural(all.images, "image")}`;
  if (identical) return [`Identical: not a bit differs in any embedding, logit or predicted IoU (${what}).`];
  const { agreement, blame, failures } = all;
  const means = changes.filter(({ where, measure }) => where === "overall" && measure.startsWith("miou"));
  const first = means.filter(
    ({ protocol, free }, i) =>
      free !== undefined && means.findIndex((other) => other.protocol === protocol) === i,
  );
  const moved = first.map(
    ({ protocol, measure, free }) => `by ${changeText(free)} points (${protocol}, ${measure})`,
  );
  return [
    ...(agreement === undefined
      ? [`The candidate answered none of ${what}.`]
      : [
          `Masks agree to ${agreed(agreement.mean)} % (mean IoU of mask to mask, ${what}); ${share(agreement.below90)} % of them below 90 %.`,
        ]),
    ...(failures === 0
      ? []
      : [`The candidate fails on ${plural(failures, "target")} that the reference answers.`]),
    ...(moved.length === 0 ? [] : [`mIoU changes ${moved.join(", ")}.`]),
    ...(blame === undefined || blame.candidate === 0
      ? []
      : [
          `Of the disagreement the encoder explains ${partOf(blame.encoder, blame.candidate)}, the decoder ${partOf(blame.decoder, blame.candidate)}.`,
        ]),
  ];
}

/** "decoder: Coordinates: the decoder takes them as y, x (removes 100 % of the error)". */
export function diagnosisLine({ stage, title, removed }: ParityDiagnosis): string {
  return `${stage}: ${title}${removed === undefined ? "" : ` (its correction removes ${removedText(removed)} of the error)`}`;
}

export function removedText(removed: number): string {
  return removed > 0.9995 ? "all" : `${(100 * removed).toFixed(1)} %`;
}
