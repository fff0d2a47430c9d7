import type { GateCheck, GateResult } from "../core/gate.ts";
import type { ParityCell, ParityChange, ParitySummary } from "../core/parity.ts";
import type { ParityGate, ParityLimit } from "../core/schema-types.ts";

type Measure = ParityLimit["measure"];
type Held = Pick<ParitySummary, "cells" | "changes" | "diagnoses" | "reference" | "candidate">;

/** Rounding never breaks a limit. */
const slack = 1e-9;

interface Value {
  readonly where: string;
  /** undefined: not measured, which breaks the limit. */
  readonly value: number | undefined;
}

/** What is measured of a cell, in the unit of the gate. */
const ofCells: Readonly<Partial<Record<Measure, (cell: ParityCell) => number | undefined>>> = {
  "embedding-cosine": ({ embedding }) => embedding?.cosine,
  "embedding-error": ({ embedding }) => scaled(embedding?.relativeL2),
  "embedding-max": ({ embedding }) => embedding?.max,
  "embedding-snr": ({ embedding }) =>
    embedding === undefined ? undefined : (embedding.snr ?? Number.POSITIVE_INFINITY),
  "logits-max": ({ logits }) => logits?.max,
  "logits-mean": ({ logits }) => logits?.mean,
  "sign-changes": ({ logits }) => scaled(logits?.signs),
  "predicted-iou-error": ({ predicted }) => scaled(predicted?.mean),
  "rank-changes": ({ predicted }) => scaled(predicted?.reordered),
  "other-mask": ({ predicted }) => scaled(predicted?.otherMask),
  agreement: ({ agreement }) => scaled(agreement?.mean),
  "agreement-low": ({ agreement }) => scaled(agreement?.low),
  "agreement-min": ({ agreement }) => scaled(agreement?.min),
  "agreement-below-90": ({ agreement }) => scaled(agreement?.below90),
  failures: ({ failures }) => failures,
};

const ofChanges: Readonly<Partial<Record<Measure, (change: ParityChange) => number | undefined>>> = {
  "miou-change": ({ free }) => scaled(free?.difference.value),
  "miou-change-low": ({ free }) => scaled(free?.difference.low),
  "trajectory-change": ({ trajectory }) => scaled(trajectory?.difference.value),
};

const units: Readonly<Partial<Record<Measure, string>>> = {
  "embedding-snr": " dB",
  "embedding-error": " %",
  "sign-changes": " %",
  "rank-changes": " %",
  "other-mask": " %",
  agreement: " %",
  "agreement-low": " %",
  "agreement-min": " %",
  "agreement-below-90": " %",
  "predicted-iou-error": " points",
  "miou-change": " points",
  "miou-change-low": " points",
  "trajectory-change": " points",
  size: " %",
};

/** Holds two exports against limits. What a limit asks for and is not there breaks it. */
export function judgeParity({ name, limits }: ParityGate, held: Held): GateResult {
  const checks = limits.flatMap((limit) => valuesOf(limit, held).flatMap((value) => checksOf(limit, value)));
  return { name, passed: checks.every(({ passed }) => passed), checks };
}

function valuesOf({ measure, on }: ParityLimit, held: Held): Value[] {
  const { cells, changes, diagnoses, reference, candidate } = held;
  const here = (where: string) => (where === "overall") === (on !== "each-benchmark");
  if (measure === "size") {
    const bytes = (side: typeof reference) => side.files.reduce((sum, file) => sum + file.bytes, 0);
    return [{ where: "size", value: (100 * bytes(candidate)) / bytes(reference) }];
  }
  if (measure === "mistakes") {
    const found = diagnoses.filter(({ mistake }) => mistake);
    const named = found.map(({ id }) => id).join(", ");
    return [{ where: named === "" ? "mistakes" : `mistakes (${named})`, value: found.length }];
  }
  const ofChange = ofChanges[measure];
  if (ofChange !== undefined) {
    const first = changes.filter(({ where, measure: id }) => here(where) && id.startsWith("miou"));
    const values = first.map((change) => ({
      where: `${change.protocol} ${change.measure} ${change.where}: ${measure}`,
      value: ofChange(change),
    }));
    return values.length > 0 ? values : [{ where: measure, value: undefined }];
  }
  return cells
    .filter((cell) => here(cell.name))
    .map((cell) => ({ where: `${cell.name}: ${measure}`, value: ofCells[measure]?.(cell) }));
}

function checksOf({ measure, min, max }: ParityLimit, { where, value }: Value): GateCheck[] {
  const unit = units[measure] ?? "";
  const one = (word: "least" | "most", border: number): GateCheck => ({
    ...{ where, what: "value", limit: `at ${word} ${border}${unit}` },
    got:
      value === undefined
        ? "not measured"
        : Number.isFinite(value)
          ? `${shown(value)}${unit}`
          : "no difference",
    passed: value !== undefined && (word === "least" ? value >= border - slack : value <= border + slack),
  });
  return [
    ...(min === undefined ? [] : [one("least", min)]),
    ...(max === undefined ? [] : [one("most", max)]),
  ];
}

function shown(value: number): string {
  return String(Number(value.toPrecision(5)));
}

function scaled(value: number | undefined): number | undefined {
  return value === undefined ? undefined : 100 * value;
}
