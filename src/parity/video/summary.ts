// What is told of two models of clips beside the numbers of all parities: stage by stage, and how agreement goes with time.
import { mean } from "../../core/numbers.ts";
import type { ParityClips, ParityRow, ParityStage } from "../../core/parity.ts";
import { type Causes, relativeError } from "./causes.ts";
import type { PartRecord } from "./echo.ts";
import { hostStage, stageOf } from "./pair.ts";

/** Frames from the first prompt on are told of in so many parts. */
const TENTHS = 10;

export function clipsSummary(
  { parts, alone, whole, differences }: Pick<Causes, "parts" | "alone" | "whole" | "differences">,
  rows: readonly ParityRow[],
): ParityClips {
  const host = alone.get(hostStage);
  return {
    stages: [
      ...[...parts.values()].map((record): ParityStage => stageRow(record, alone.get(record.part))),
      {
        ...{ stage: hostStage, part: "constants, card", runs: 0, differences },
        ...(host === undefined ? {} : { alone: host }),
      },
    ],
    ...(whole === undefined ? {} : { play: whole }),
    overTime: overTime(rows),
  };
}

function stageRow({ part, calls, outputs, failed }: PartRecord, alone: number | undefined): ParityStage {
  const errors = [...outputs].map(([output, one]) => ({
    output,
    max: one.max,
    relativeL2: relativeError(one),
  }));
  const worst = errors.reduce<(typeof errors)[number] | undefined>(
    (most, one) => (most === undefined || one.relativeL2 > most.relativeL2 ? one : most),
    undefined,
  );
  return {
    ...{ stage: stageOf(part), part, runs: calls },
    ...(worst && {
      error: { ...worst, relativeL2: Number.isFinite(worst.relativeL2) ? worst.relativeL2 : null },
    }),
    ...(alone === undefined ? {} : { alone }),
    ...(failed === undefined ? {} : { problem: failed }),
  };
}

/** Every target's frames in ten parts: a target counts once in each, however long it is. */
function overTime(rows: readonly ParityRow[]): (number | null)[] {
  const found = Array.from({ length: TENTHS }, (): number[] => []);
  for (const row of rows) {
    if (row.kind !== "target") continue;
    const parts = Array.from({ length: TENTHS }, (): number[] => []);
    row.steps.forEach(({ paths: { candidate } }, i) => {
      if (candidate !== undefined)
        parts[Math.floor((i * TENTHS) / row.steps.length)]!.push(candidate.agreement);
    });
    for (const [i, values] of parts.entries()) if (values.length > 0) found[i]!.push(mean(values));
  }
  return found.map((values) => (values.length === 0 ? null : mean(values)));
}
