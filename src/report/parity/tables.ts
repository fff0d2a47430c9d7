// The numbers of two exports side by side, in tables and in a few sentences.

import { given } from "../../core/given.ts";
import { units } from "../../core/measure.ts";
import type {
  ParityCell,
  ParityChange,
  ParityDiagnosis,
  ParitySummary,
  ParityWorst,
} from "../../core/parity.ts";
import type { PairedMeasure } from "../../core/results.ts";
import type { ParityInput } from "../input.ts";
import {
  bytes,
  decimal,
  formatDifference,
  formatEstimate,
  formatValue,
  type Measured,
  measureLabel,
  percent,
  plural,
} from "../kit/format.ts";
import type { Lead } from "../kit/page.ts";
import { type Column, left, right, type Table } from "../kit/table.ts";
import { measureOf } from "../lookup.ts";

/** A share in percent: two decimals, or as many digits as a small one needs; an exact 0 is "0". */
export function share(value: number): string {
  if (value === 0) return "0";
  const hundred = 100 * value;
  return Math.abs(hundred) >= 0.01 ? decimal(hundred, 2) : small(hundred);
}

/** "99.98", and never "100.00" for something less. */
export function agreed(value: number): string {
  if (value === 1) return "100";
  const text = percent(value, 2);
  return text === "100.00" ? "> 99.99" : text;
}

/** Three digits, exact 0 as "0". */
export function small(value: number): string {
  if (value === 0) return "0";
  return Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5
    ? String(Number(value.toPrecision(3)))
    : value.toExponential(1);
}

function decibel(value: number | null): string {
  return value === null ? "no noise" : decimal(value, 1);
}

/** Stands for what was not measured. */
const none = "–";

/** A row per benchmark, all of them first. */
export function cellTable({ cells }: ParitySummary): Table<ParityCell> {
  const of =
    <Key extends "embedding" | "logits" | "predicted" | "agreement">(
      key: Key,
      text: (value: NonNullable<ParityCell[Key]>) => string,
    ) =>
    ({ [key]: value }: ParityCell) =>
      value === undefined ? none : text(value as NonNullable<ParityCell[Key]>);
  return {
    columns: [
      left("benchmark", ({ name }) => name),
      right(
        "SNR dB",
        of("embedding", ({ snr }) => decibel(snr)),
        { leaves: 20 },
      ),
      right(
        "embedding %",
        of("embedding", ({ relativeL2 }) => share(relativeL2)),
        { leaves: 49 },
      ),
      right(
        "logits mean",
        of("logits", ({ mean }) => small(mean)),
        { leaves: 46 },
      ),
      right(
        "logits max",
        of("logits", ({ max }) => small(max)),
        { leaves: 48 },
      ),
      right(
        "signs %",
        of("logits", ({ signs }) => share(signs)),
        { leaves: 45 },
      ),
      right(
        "predicted",
        of("predicted", ({ mean }) => share(mean)),
        { leaves: 47 },
      ),
      right(
        "other mask %",
        of("predicted", ({ otherMask }) => share(otherMask)),
        { leaves: 35 },
      ),
      right(
        "agreement %",
        of("agreement", ({ mean }) => agreed(mean)),
      ),
      right(
        "5th pct.",
        of("agreement", ({ low }) => agreed(low)),
        { leaves: 15 },
      ),
      right(
        "< 90 %",
        of("agreement", ({ below90 }) => share(below90)),
        { leaves: 16 },
      ),
      right("targets", ({ targets }) => String(targets), { leaves: 25 }),
    ],
    rows: cells,
  };
}

/** The means of both, the candidate's change, and each stage's part in it. */
export function changeTable({ protocols, changes }: ParitySummary): Table<ParityChange> {
  const measureFor = ({ protocol, measure }: ParityChange) => measureOf(protocols, protocol, measure);
  const noteOf = (change: ParityChange): Measured => measureFor(change) ?? { unit: "plain" };
  const precise = (change: ParityChange, value: number | undefined) => {
    const { scale, digits } = units[noteOf(change).unit];
    return value === undefined ? none : decimal(scale * value, digits + 1);
  };
  const moved = (title: string, of: "free" | "trajectory" | "encoder" | "decoder", leaves?: number) =>
    right<ParityChange>(title, (change) => changeText(change[of], noteOf(change)), given({ leaves }));
  return {
    columns: [
      left("protocol", ({ protocol }) => protocol),
      left("measure", (change) => {
        const note = measureFor(change);
        return note === undefined ? change.measure : measureLabel(note);
      }),
      right("reference", (change) => precise(change, (change.free ?? change.trajectory)?.base), {
        leaves: 30,
      }),
      right("candidate", (change) => precise(change, change.free?.candidate), { leaves: 29 }),
      ...[moved("change", "free"), moved("on the same prompts", "trajectory", 40)],
      ...[moved("encoder", "encoder", 51), moved("decoder", "decoder", 50)],
    ],
    rows: changes.filter(({ where }) => where === "overall"),
  };
}

/** "-0.4 [-0.9, +0.1]": shares in points. */
function changeText(change: PairedMeasure | undefined, measured: Measured): string {
  return change === undefined ? none : formatEstimate(measured, change.difference, formatDifference);
}

type BlamedCell = Pick<ParityCell, "name"> & { readonly blame: NonNullable<ParityCell["blame"]> };

/** Disagreement by stage. */
export function blameTable({ cells }: ParitySummary): Table<BlamedCell> {
  const part = (of: "encoder" | "decoder") =>
    right<BlamedCell>(`${of}'s share`, ({ blame }) => partOf(blame[of], blame.candidate));
  return {
    columns: [
      left("benchmark", ({ name }) => name),
      right("candidate", ({ blame }) => share(blame.candidate)),
      right("its encoder only", ({ blame }) => share(blame.encoderOnly)),
      right("its decoder only", ({ blame }) => share(blame.decoderOnly)),
      ...[part("encoder"), part("decoder")],
    ],
    rows: cells.flatMap(({ name, blame }) => (blame === undefined ? [] : [{ name, blame }])),
  };
}

/** A part of a whole in percent; a dash where the whole is 0. */
export function partOf(part: number, whole: number): string {
  return whole === 0 ? none : `${decimal((100 * part) / whole, 0)} %`;
}

type Side = "reference" | "candidate";

/** Size and time of both. */
export function costTable({ summary, timing }: ParityInput): Table<Side> {
  const file = (title: string, at: number): Column<Side> =>
    right(title, (side) => bytes(summary[side].files[at]?.bytes ?? 0), { leaves: 40 });
  return {
    columns: [
      left("model", (side) => summary[side].name),
      ...[file("encoder", 0), file("decoder", 1)],
      right("per image", (side) => `${decimal(timing[side].encode, 1)} ms`),
      right("per prompt", (side) => `${decimal(timing[side].decode, 1)} ms`),
      left("weights", (side) => weightsText(summary[side])),
    ],
    rows: ["reference", "candidate"],
  };
}

/** "float32 98 %, int8 2 %": numbers of values. */
function weightsText({ graphs }: ParitySummary[Side]): string {
  const counts = new Map<string, number>();
  for (const { weights } of graphs)
    for (const [type, n] of Object.entries(weights)) counts.set(type, (counts.get(type) ?? 0) + n);
  const all = [...counts.values()].reduce((sum, n) => sum + n, 0);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .filter(([, n]) => n / all >= 0.005)
    .map(([type, n]) => `${type} ${Math.round((100 * n) / all)} %`)
    .join(", ");
}

/** Scores of the measure that stands for the protocol. */
export function worstTable({ protocols, worst }: ParitySummary, most = worst.length): Table<ParityWorst> {
  const score = (of: Side) =>
    right<ParityWorst>(
      of,
      ({ protocol, [of]: value }) => {
        const [first] = protocols.find(({ id }) => id === protocol)?.measures ?? [];
        return formatValue(first ?? { unit: "plain" }, value);
      },
      { leaves: 30 },
    );
  return {
    columns: [
      left("benchmark", ({ benchmark }) => benchmark),
      left("sample", ({ sample }) => sample),
      left("target", ({ target }) => target),
      left("protocol", ({ protocol }) => protocol, { leaves: 40 }),
      right("clicks", ({ at }) => String(at.clicks), { leaves: 20 }),
      right("agreement %", ({ agreement }) => agreed(agreement)),
      ...[score("reference"), score("candidate")],
    ],
    rows: worst.slice(0, most),
  };
}

export function parityTitle({ reference, candidate }: ParitySummary): string {
  return `${candidate.title} against ${reference.title}`;
}

export function parityLead(summary: ParitySummary): Lead {
  return { sentences: sentencesOf(summary) };
}

function sentencesOf(summary: ParitySummary): string[] {
  const { cells, identical } = summary;
  const all = cells[0];
  if (all === undefined || all.steps === 0)
    return ["Nothing was compared: the reference answered no prompt."];
  const what = `${plural(all.steps, "prompt")} on ${plural(all.images, "image")}`;
  if (identical) return [`Identical: no bit differs in any embedding, logit or predicted quality (${what}).`];
  const { agreement, blame, failures } = all;
  return [
    ...(agreement === undefined
      ? [`The candidate answered none of ${what}.`]
      : [
          `Masks agree to ${agreed(agreement.mean)} % (mean IoU of mask to mask, ${what}); ${share(agreement.below90)} % of them below 90 %.`,
        ]),
    ...(failures === 0
      ? []
      : [`The candidate fails on ${plural(failures, "target")} that the reference answers.`]),
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
    const text = `by ${changeText(change.free, first)}${units[first.unit].difference} (${[id, first.at].filter((part) => part !== "").join(", ")})`;
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
