// The numbers of two exports in a few sentences, and a cause in a line.
import { units } from "../../core/measure.ts";
import type { ParityDiagnosis, ParitySummary } from "../../core/parity.ts";
import { nounsOf } from "../../core/words.ts";
import { badge, plural } from "../kit/format.ts";
import type { Lead } from "../kit/page.ts";
import { phraseSentences } from "./phrases.ts";
import { isOfSets, setSentences } from "./sets.ts";
import { overTimeSentence, playSentence } from "./stages.ts";
import { agreed, changeText, partOf, share, withInterval } from "./tables.ts";

export function parityTitle({ reference, candidate }: ParitySummary): string {
  return `${candidate.title} against ${reference.title}`;
}

export function parityLead(summary: ParitySummary): Lead {
  return { sentences: sentencesOf(summary) };
}

function sentencesOf(summary: ParitySummary): string[] {
  if (isOfSets(summary)) return [...setSentences(summary), ...changedLines(summary)];
  const { cells, identical } = summary;
  const all = cells[0];
  if (all === undefined || all.steps === 0)
    return ["Nothing was compared: the reference answered no prompt."];
  const { sample } = nounsOf(summary.protocols);
  const what =
    sample === "clip"
      ? `${plural(all.steps, "frame")} of ${plural(all.images, "clip")}`
      : `${plural(all.steps, all.phrases === undefined ? "prompt" : "phrase")} on ${plural(all.images, "image")}`;
  if (identical)
    return [
      sample === "clip"
        ? `Identical: no bit differs in what any graph returns, nor do constants and settings (${what}).`
        : all.phrases === undefined
          ? `Identical: no bit differs in any embedding, logit or predicted quality (${what}).`
          : `Identical: no token differs, and no bit of what any graph returns (${what}).`,
    ];
  const { agreement, blame, failures, phrases } = all;
  if (phrases !== undefined && agreement !== undefined)
    return [...phraseSentences(all, phrases, agreement.mean), ...changedLines(summary)];
  return [
    ...(agreement === undefined
      ? [`The candidate answered none of ${what}.`]
      : [
          `Masks agree to ${withInterval(all, "agreement", agreed, agreement.mean)} % (mean IoU of mask to mask, ${what}); ${withInterval(all, "agreement-below-90", share, agreement.below90)} % of them below 90 %.`,
        ]),
    ...(failures === 0
      ? []
      : [`The candidate fails on ${plural(failures, "target")} that the reference answers.`]),
    ...[overTimeSentence(summary), playSentence(summary)].flatMap((text) => text ?? []),
    ...changedLines(summary),
    ...(blame === undefined || blame.candidate === 0
      ? []
      : [
          `Of the disagreement the encoder explains ${partOf(blame.encoder, blame.candidate)}, the decoder ${partOf(blame.decoder, blame.candidate)}.`,
        ]),
  ];
}

/** "IoU changes by -0.4 [-0.9, 0.1] points (sam1-d1@1, 1 click), by ...": of each protocol's first measure. */
function changedLines({ protocols, changes }: ParitySummary): string[] {
  const moved = new Map<string, string[]>();
  for (const { id, measures } of protocols) {
    const [first] = measures;
    const change = changes.find(
      ({ protocol, measure, where }) => protocol === id && measure === first?.id && where === "overall",
    );
    if (first === undefined || change?.free === undefined) continue;
    const text = `by ${changeText(change.free, first)}${units[first.unit].difference} (${[badge(change.free.difference), id, first.at].filter((part) => part !== "").join(", ")})`;
    moved.set(first.of, [...(moved.get(first.of) ?? []), text]);
  }
  return [...moved].map(([of, texts]) => `Mean ${of} changes ${texts.join(", ")}.`);
}

/** "decoder: Coordinates: the decoder takes them as y, x (removes 100 % of the error)". */
export function diagnosisLine({ stage, title, removed }: ParityDiagnosis): string {
  return `${stage}: ${title}${removed === undefined ? "" : ` (its correction removes ${removedText(removed)} of the error)`}`;
}

export function removedText(removed: number): string {
  return removed > 0.9995 ? "all" : `${(100 * removed).toFixed(1)} %`;
}
