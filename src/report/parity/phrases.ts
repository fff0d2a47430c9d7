// Phrases asked by two exports: their numbers, the answers that are farthest apart, and what there is to say.
import { given } from "../../core/given.ts";
import type { ParityCell, ParityMean, ParitySummary, ParityWorst } from "../../core/parity.ts";
import type { ParityPhrases } from "../../core/parity-phrases.ts";
import { plural } from "../kit/format.ts";
import { left, right, type Table } from "../kit/table.ts";
import { isOfSets, setTable } from "./sets.ts";
import { agreed, cellTable, decibel, marked, none, share, withInterval, worstTable } from "./tables.ts";

/** Of phrases: a row per benchmark, all of them first. */
function phraseTable(cells: readonly ParityCell[]): Table<ParityCell> {
  const of = (title: string, text: (phrases: ParityPhrases) => string, leaves: number) =>
    right<ParityCell>(title, ({ phrases }) => (phrases === undefined ? none : text(phrases)), { leaves });
  const part = (title: string, name: ParityMean, leaves?: number) =>
    right<ParityCell>(
      title,
      (cell) => {
        const own = cell.estimates[name];
        return own === undefined ? none : marked(cell, name, share, own.value);
      },
      given({ leaves }),
    );
  return {
    columns: [
      left("benchmark", ({ name }) => name),
      right("SNR dB: image", ({ embedding }) => (embedding === undefined ? none : decibel(embedding.snr)), {
        leaves: 30,
      }),
      of("text", ({ textSnr }) => (textSnr === undefined ? none : decibel(textSnr)), 31),
      part("other tokens %", "token-changes", 32),
      part("presence flips %", "presence-flips"),
      part("class logits %", "class-error", 41),
      part("scores, points", "predicted-error", 42),
      of("masks", ({ kept }) => `${kept.reference} → ${kept.candidate}`, 20),
      part("other masks %", "mask-changes"),
      right("agreement %", (cell) =>
        cell.agreement === undefined ? none : marked(cell, "agreement", agreed, cell.agreement.mean),
      ),
      of("phrases", ({ asked }) => String(asked), 25),
    ],
    rows: cells,
  };
}

/** Masks of both answers to a phrase. */
function worstPhrases(worst: readonly ParityWorst[]): Table<ParityWorst> {
  return {
    columns: [
      left("benchmark", ({ benchmark }) => benchmark),
      left("sample", ({ sample }) => sample),
      left("phrase", ({ phrase, target }) => phrase ?? target),
      left("protocol", ({ protocol }) => protocol, { leaves: 40 }),
      right("agreement %", ({ agreement }) => agreed(agreement)),
      right("masks", ({ reference, candidate }) => `${reference} → ${candidate}`, { leaves: 30 }),
    ],
    rows: worst,
  };
}

/** The result in sentences. */
export function phraseSentences(
  all: ParityCell,
  { asked, otherTokens, flips, otherMasks, kept }: ParityPhrases,
  agreement: number,
): string[] {
  return [
    `Answers agree to ${withInterval(all, "agreement", agreed, agreement)} % (twice the IoUs of pairs of masks, in parts of all masks; ${plural(asked, "phrase")} asked on ${plural(all.images, "image")}).`,
    `The reference answers with ${plural(kept.reference, "mask")}, the candidate with ${kept.candidate}, of which ${plural(kept.pairs, "pair")} have an IoU of 50 % or more; ${plural(otherMasks, "answer")} ${otherMasks === 1 ? "has" : "have"} a mask without a partner.`,
    ...(flips === 0
      ? []
      : [
          `For ${plural(flips, "phrase")} one model says that there is something and the other that there is nothing.`,
        ]),
    ...(otherTokens === 0 ? [] : [`${plural(otherTokens, "phrase")} became other tokens.`]),
    ...(all.failures === 0
      ? []
      : [`The candidate fails on ${plural(all.failures, "phrase")} that the reference answers.`]),
  ];
}

/** A row per benchmark. */
export function numbersTable(summary: ParitySummary): Table<ParityCell> {
  if (isOfSets(summary)) return setTable(summary);
  return summary.phrases === undefined ? cellTable(summary) : phraseTable(summary.cells);
}

/** What is farthest apart. */
export function farthestTable(summary: ParitySummary, most?: number): Table<ParityWorst> {
  const { phrases, worst } = summary;
  return phrases === undefined ? worstTable(summary, most) : worstPhrases(worst.slice(0, most));
}
