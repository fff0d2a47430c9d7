// The numbers of two exports side by side, independent of syntax.
import type { PairedMeasure } from "../../core/comparison.ts";
import { units } from "../../core/measure.ts";
import type { ParityCell, ParityChange, ParitySummary } from "../../core/parity.ts";
import {
  bytes,
  decimal,
  formatDifference,
  formatEstimate,
  formatValue,
  type Measured,
  percent,
} from "../format-number.ts";
import type { Table } from "../table.ts";
import type { ParityInput } from "./input.ts";

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

const right = (title: string) => ({ title, align: "right" }) as const;
const left = (title: string) => ({ title, align: "left" }) as const;

/** A row per benchmark, all of them first. */
export function cellTable({ cells }: ParitySummary): Table {
  return {
    columns: [
      left("benchmark"),
      ...["SNR dB", "embedding %", "logits mean", "max", "signs %", "predicted", "other mask %"].map(right),
      ...["agreement %", "5th pct.", "< 90 %", "targets"].map(right),
    ],
    rows: cells.map((cell) => [cell.name, ...cellTexts(cell), String(cell.targets)]),
  };
}

function cellTexts({ embedding, logits, predicted, agreement }: ParityCell): string[] {
  return [
    ...(embedding === undefined ? ["–", "–"] : [decibel(embedding.snr), share(embedding.relativeL2)]),
    ...(logits === undefined
      ? ["–", "–", "–"]
      : [small(logits.mean), small(logits.max), share(logits.signs)]),
    ...(predicted === undefined ? ["–", "–"] : [share(predicted.mean), share(predicted.otherMask)]),
    ...(agreement === undefined
      ? ["–", "–", "–"]
      : [agreed(agreement.mean), agreed(agreement.low), share(agreement.below90)]),
  ];
}

/** The means of both, the candidate's change, and what each stage takes. */
export function changeTable({ protocols, changes }: Pick<ParitySummary, "protocols" | "changes">): Table {
  return {
    columns: [
      ...[left("protocol"), left("measure")],
      ...["reference", "candidate", "change", "on the same prompts", "encoder", "decoder"].map(right),
    ],
    rows: changes
      .filter(({ where }) => where === "overall")
      .map((change) => changeRow(change, measureOf(protocols, change))),
  };
}

function measureOf(protocols: ParitySummary["protocols"], { protocol, measure }: ParityChange): Measured {
  const measures = protocols.find(({ id }) => id === protocol)?.measures;
  return measures?.find(({ id }) => id === measure) ?? { unit: "plain" };
}

function changeRow(
  { protocol, measure, free, trajectory, encoder, decoder }: ParityChange,
  measured: Measured,
): string[] {
  const base = free ?? trajectory;
  const { scale, digits } = units[measured.unit];
  const precise = (value: number | undefined) =>
    value === undefined ? "–" : decimal(scale * value, digits + 1);
  return [
    ...[protocol, measure, precise(base?.base), precise(free?.candidate)],
    ...[free, trajectory, encoder, decoder].map((one) => changeText(one, measured)),
  ];
}

/** "-0.4 [-0.9, +0.1]": shares in points. */
export function changeText(change: PairedMeasure | undefined, measured: Measured): string {
  return change === undefined ? "–" : formatEstimate(measured, change.difference, formatDifference);
}

/** Disagreement by stage. */
export function blameTable({ cells }: ParitySummary): Table {
  return {
    columns: [
      left("benchmark"),
      ...["candidate", "its encoder only", "its decoder only", "encoder's share", "decoder's share"].map(
        right,
      ),
    ],
    rows: cells.flatMap(({ name, blame }) =>
      blame === undefined
        ? []
        : [
            [
              name,
              ...[blame.candidate, blame.encoderOnly, blame.decoderOnly].map(share),
              ...[blame.encoder, blame.decoder].map((part) => partOf(part, blame.candidate)),
            ],
          ],
    ),
  };
}

/** A part of a whole in percent; parts of nothing are nothing. */
export function partOf(part: number, whole: number): string {
  return whole === 0 ? "–" : `${decimal((100 * part) / whole, 0)} %`;
}

/** Size and time of both. */
export function costTable({ summary: { reference, candidate }, timing }: ParityInput): Table {
  const row = (side: typeof reference, times: ParityInput["timing"]["reference"]) => [
    side.name,
    ...[0, 1].map((i) => bytes(side.files[i]?.bytes ?? 0)),
    `${decimal(times.encode, 1)} ms`,
    `${decimal(times.decode, 1)} ms`,
    weightsText(side),
  ];
  return {
    columns: [
      left("model"),
      ...["encoder", "decoder", "per image", "per prompt"].map(right),
      left("weights"),
    ],
    rows: [row(reference, timing.reference), row(candidate, timing.candidate)],
  };
}

/** "float32 98 %, int8 2 %": numbers of values. */
function weightsText({ graphs }: ParitySummary["reference"]): string {
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
export function worstTable({ protocols, worst }: ParitySummary): Table {
  return {
    columns: [
      ...["benchmark", "sample", "target", "protocol"].map(left),
      ...["clicks", "agreement %", "reference", "candidate"].map(right),
    ],
    rows: worst.map(({ benchmark, sample, target, protocol, at, agreement, reference, candidate }) => {
      const first = protocols.find(({ id }) => id === protocol)?.measures[0] ?? { unit: "plain" };
      return [
        ...[benchmark, sample, target, protocol, String(at.clicks)],
        ...[agreed(agreement), formatValue(first, reference), formatValue(first, candidate)],
      ];
    }),
  };
}
