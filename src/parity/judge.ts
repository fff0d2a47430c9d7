import { given } from "../core/given.ts";
import { units } from "../core/measure.ts";
import type { ParityCell, ParityChange, ParitySummary } from "../core/parity.ts";
import type { GateCheck, GateResult } from "../core/results.ts";
import type { ParityGate, ParityLimit } from "../core/schema-types.ts";
import { keeps, verdictOf } from "../stats/verdict.ts";

type Measure = ParityLimit["measure"];
type Held = Pick<ParitySummary, "protocols" | "cells" | "changes" | "diagnoses" | "reference" | "candidate">;

interface Value {
  readonly where: string;
  /** The same in words, where it names a measure. */
  readonly title?: string;
  /** undefined if not measured, which breaks the limit. */
  readonly value: number | undefined;
  /** Text after the number. */
  readonly unit: string;
}

/** A cell's value in the gate's unit, and the unit as text. */
const ofCells: Readonly<
  Partial<Record<Measure, readonly [(cell: ParityCell) => number | undefined, string]>>
> = {
  "embedding-cosine": [({ embedding }) => embedding?.cosine, ""],
  "embedding-error": [({ embedding }) => scaled(embedding?.relativeL2), " %"],
  "embedding-max": [({ embedding }) => embedding?.max, ""],
  "embedding-snr": [({ embedding }) => embedding && (embedding.snr ?? Number.POSITIVE_INFINITY), " dB"],
  "logits-max": [({ logits }) => logits?.max, ""],
  "logits-mean": [({ logits }) => logits?.mean, ""],
  "sign-changes": [({ logits }) => scaled(logits?.signs), " %"],
  "predicted-error": [({ predicted }) => scaled(predicted?.mean), " points"],
  "rank-changes": [({ predicted }) => scaled(predicted?.reordered), " %"],
  "other-mask": [({ predicted }) => scaled(predicted?.otherMask), " %"],
  agreement: [({ agreement }) => scaled(agreement?.mean), " %"],
  "agreement-low": [({ agreement }) => scaled(agreement?.low), " %"],
  "agreement-min": [({ agreement }) => scaled(agreement?.min), " %"],
  "agreement-below-90": [({ agreement }) => scaled(agreement?.below90), " %"],
  failures: [({ failures }) => failures, ""],
};

/** The values of a protocol's main measures. */
const ofChanges: Readonly<Partial<Record<Measure, (change: ParityChange) => number | undefined>>> = {
  "score-change": ({ free }) => free?.difference.value,
  "score-change-low": ({ free }) => free?.difference.low,
  "trajectory-change": ({ trajectory }) => trajectory?.difference.value,
};

/** Checks a parity against a gate's limits. A missing value breaks its limit. */
export function judgeParity({ name, limits }: ParityGate, held: Held): GateResult {
  const checks = limits.flatMap((limit) => valuesOf(limit, held).flatMap((value) => checksOf(limit, value)));
  return { name, verdict: verdictOf(checks.map(({ verdict }) => verdict)), checks };
}

function valuesOf({ measure, on }: ParityLimit, held: Held): Value[] {
  const { cells, diagnoses, reference, candidate } = held;
  const here = (where: string) => (where === "overall") === (on !== "each-benchmark");
  if (measure === "size") {
    const bytes = (side: typeof reference) => side.files.reduce((sum, file) => sum + file.bytes, 0);
    return [{ where: "size", value: (100 * bytes(candidate)) / bytes(reference), unit: " %" }];
  }
  if (measure === "mistakes") {
    const found = diagnoses.filter(({ mistake }) => mistake);
    const named = found.map(({ id }) => id).join(", ");
    const where = named === "" ? "mistakes" : `mistakes (${named})`;
    return [{ where, value: found.length, unit: "" }];
  }
  const ofChange = ofChanges[measure];
  if (ofChange !== undefined) {
    const values = changesOf(held).filter(({ change }) => here(change.where));
    return values.length === 0
      ? [{ where: measure, value: undefined, unit: " points" }]
      : values.map(({ change, note: { of, at }, unit: { scale, difference } }): Value => {
          const value = ofChange(change);
          return {
            where: `${change.protocol} ${change.measure} ${change.where}: ${measure}`,
            title: `${[change.protocol, of, at, change.where].filter((part) => part !== "").join(", ")}: ${measure}`,
            value: value === undefined ? undefined : scale * value,
            unit: difference,
          };
        });
  }
  const [of, unit] = ofCells[measure] ?? [];
  return cells
    .filter((cell) => here(cell.name))
    .map((cell) => ({ where: `${cell.name}: ${measure}`, value: of?.(cell), unit: unit ?? "" }));
}

/** Changes of the measures that share the name of their protocol's first one. */
function changesOf({ protocols, changes }: Held) {
  return changes.flatMap((change) => {
    const measures = protocols.find(({ id }) => id === change.protocol)?.measures ?? [];
    const own = measures.find(({ id }) => id === change.measure);
    return own === undefined || own.name !== measures[0]?.name
      ? []
      : [{ change, note: own, unit: units[own.unit] }];
  });
}

function checksOf({ min, max }: ParityLimit, { where, title, value, unit }: Value): GateCheck[] {
  const one = (word: "least" | "most", border: number): GateCheck => ({
    ...given({ where, title }),
    ...{ what: "value", limit: `at ${word} ${border}${unit}` },
    got:
      value === undefined
        ? "not measured"
        : Number.isFinite(value)
          ? `${shown(value)}${unit}`
          : "no difference",
    verdict: value !== undefined && keeps(value, { word, border }) ? "passed" : "broken",
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
