// The numbers of two exports side by side, in tables and in a few sentences.

import { bootstrapDefaults } from "../../core/defaults.ts";
import { given } from "../../core/given.ts";
import { units } from "../../core/measure.ts";
import type { ParityCell, ParityChange, ParityMean, ParitySummary, ParityWorst } from "../../core/parity.ts";
import type { ParitySideName } from "../../core/parity-sets.ts";
import type { PairedMeasure } from "../../core/results.ts";
import {
  badge,
  badgeNote,
  decimal,
  formatDifference,
  formatInterval,
  formatValue,
  joined,
  type Measured,
  measureLabel,
  percent,
} from "../kit/format.ts";
import { type Cell, type CellValue, left, right, type Table } from "../kit/table.ts";
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

export function decibel(value: number | null): string {
  return value === null ? "no noise" : decimal(value, 1);
}

/** Stands for what was not measured. */
export const none = "–";

/** A row per benchmark, all of them first. */
export function cellTable({ cells, clips }: ParitySummary): Table<ParityCell> {
  const of = <Key extends "embedding" | "logits" | "predicted">(
    title: string,
    key: Key,
    text: (value: NonNullable<ParityCell[Key]>) => string,
    leaves: number,
  ) =>
    right<ParityCell>(
      title,
      ({ [key]: value }) => (value === undefined ? none : text(value as NonNullable<ParityCell[Key]>)),
      { leaves },
    );
  return {
    columns: [
      left("benchmark", ({ name }) => name),
      of("SNR dB", "embedding", ({ snr }) => decibel(snr), 20),
      of("embedding %", "embedding", ({ relativeL2 }) => share(relativeL2), 49),
      of("logits mean", "logits", ({ mean }) => small(mean), 46),
      of("logits max", "logits", ({ max }) => small(max), 48),
      of("signs %", "logits", ({ signs }) => share(signs), 45),
      of("predicted", "predicted", ({ mean }) => share(mean), 47),
      // A model of clips answers with one mask.
      ...(clips === undefined
        ? [of("other mask %", "predicted", ({ otherMask }) => share(otherMask), 35)]
        : []),
      right("agreement %", (cell) =>
        cell.agreement === undefined ? none : marked(cell, "agreement", agreed, cell.agreement.mean),
      ),
      right(
        "5th pct.",
        ({ agreement, estimates }) =>
          agreement === undefined
            ? none
            : { text: agreed(agreement.low), badge: estimates.agreement ? badge(estimates.agreement) : "" },
        { leaves: 15 },
      ),
      right(
        "< 90 %",
        (cell) =>
          cell.agreement === undefined
            ? none
            : marked(cell, "agreement-below-90", share, cell.agreement.below90),
        { leaves: 16 },
      ),
      right("targets", ({ targets }) => String(targets), { leaves: 25 }),
    ],
    rows: cells,
  };
}

/** The same with its badge. */
export function marked(...[cell, name, text, value]: Parameters<typeof withInterval>): CellValue {
  const own = cell.estimates[name];
  return { text: withInterval(cell, name, text, value), badge: own === undefined ? "" : badge(own) };
}

/** "97.80 [96.91, 98.69]", without an interval where images are too few. */
export function withInterval(
  { estimates }: ParityCell,
  name: ParityMean,
  text: (value: number) => string,
  value: number,
): string {
  const { low, high } = estimates[name] ?? {};
  const clipped = (end: number) => text(end < 1e-6 ? 0 : Math.min(1, end));
  return low === undefined || high === undefined
    ? text(value)
    : `${text(value)} [${clipped(low)}, ${clipped(high)}]`;
}

/** The means of both, the candidate's change, and each stage's part in it. */
export function changeTable({ protocols, changes, clips }: ParitySummary): Table<ParityChange> {
  // All masks of an image, and phrases, are asked for in one way, whatever the answers.
  const whole = protocols.some((protocol) => protocol.whole || protocol.phrases);
  const measureFor = ({ protocol, measure }: ParityChange) => measureOf(protocols, protocol, measure);
  const noteOf = (change: ParityChange): Measured => measureFor(change) ?? { unit: "plain" };
  const precise = (change: ParityChange, value: number | undefined) =>
    value === undefined ? none : formatValue(noteOf(change), value, preciseDigits(noteOf(change)));
  const moved = (title: string, of: "free" | "trajectory" | "encoder" | "decoder", leaves?: number) =>
    right<ParityChange>(title, (change) => changeCell(change[of], noteOf(change)), given({ leaves }));
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
      ...[moved("change", "free"), ...(whole ? [] : [moved("on the same prompts", "trajectory", 40)])],
      ...(clips === undefined && !whole
        ? [moved("encoder", "encoder", 51), moved("decoder", "decoder", 50)]
        : []),
    ],
    rows: changes.filter(({ where }) => where === "overall"),
  };
}

/** Digits of values and their changes in the table: exports of one model are near each other. */
function preciseDigits({ unit }: Measured): number {
  return units[unit].digits + 1;
}

/** "-0.4 [-0.9, +0.1]": shares in points. */
export function changeText({ difference }: PairedMeasure, measured: Measured, digits?: number): string {
  const format = (one: Measured, value: number) => formatDifference(one, value, digits);
  return joined(format(measured, difference.value), formatInterval(measured, difference, format));
}

function changeCell(change: PairedMeasure | undefined, measured: Measured): Cell {
  if (change === undefined) return none;
  return { text: changeText(change, measured, preciseDigits(measured)), badge: badge(change.difference) };
}

/** Why some of few images have an interval all the same. */
const ofShares =
  "A share, in which each mask or prompt counts fully or not at all, has an interval of another kind from two of them on: the fewer they are, the wider.";

/** What the counts beside numbers mean, after the parity's own remarks. */
export function remarksOf({ remarks, changes, cells }: ParitySummary): readonly string[] {
  const compared = ["free", "trajectory", "encoder", "decoder"] as const;
  const estimates = [
    ...changes.flatMap((change) => compared.map((of) => change[of]?.difference)),
    ...cells.flatMap((cell) => Object.values(cell.estimates)),
  ];
  const few = badgeNote(estimates);
  if (few === "") return remarks;
  const least = bootstrapDefaults.intervalClusters;
  const shares = estimates.some((one) => one?.low !== undefined && one.clusters < least);
  return [...remarks, shares ? `${few} ${ofShares}` : few];
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

/** Scores of the measure that stands for the protocol. */
export function worstTable(
  { protocols, worst, clips }: ParitySummary,
  most = worst.length,
): Table<ParityWorst> {
  const score = (of: ParitySideName) =>
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
      clips === undefined
        ? right("clicks", ({ at }) => String(at.clicks), { leaves: 20 })
        : left("frame", ({ frame = "" }) => frame),
      right("agreement %", ({ agreement }) => agreed(agreement)),
      ...[score("reference"), score("candidate")],
    ],
    rows: worst.slice(0, most),
  };
}
