// What two exports cost: bytes and milliseconds.
import { sum } from "../../core/numbers.ts";
import type { ParitySummary } from "../../core/parity.ts";
import type { ParitySideName as Side } from "../../core/parity-sets.ts";
import type { ParityInput } from "../input.ts";
import { bytes, decimal, sentence } from "../kit/format.ts";
import { type Column, left, number, right, type Table } from "../kit/table.ts";
import { ratioNote, ratioWithInterval, timeBadge, timeBadgeNote } from "../times-text.ts";

/** Size and time of both. */
export function costTable({ summary, timing }: ParityInput): Table<Side> {
  const { clips, phrases } = summary;
  const file = (title: string, at: number): Column<Side> =>
    right(title, (side) => bytes(summary[side].files[at]?.bytes ?? 0), { leaves: 40 });
  const time = (title: string, stage: "encode" | "decode"): Column<Side> =>
    right(title, (side) => {
      const ms = timing[side][stage];
      const ratio = side === "candidate" && clips === undefined ? timing.ratio?.[stage] : undefined;
      const change = ratio === undefined ? "" : `× ${ratioWithInterval(ratio.ratio)}`;
      return {
        ...number(`${decimal(ms, 1)} ms`, ms, change),
        badge: ratio === undefined ? "" : timeBadge(ratio.images),
      };
    });
  return {
    columns: [
      left("model", (side) => summary[side].name),
      ...(clips === undefined && phrases === undefined
        ? [file("encoder", 0), file("decoder", 1)]
        : [right<Side>("size", (side) => bytes(sum(summary[side].files.map((one) => one.bytes))))]),
      time("encoder call", "encode"),
      time(clips === undefined ? "decoder, a prompt" : "decoder call", "decode"),
      left("weights", (side) => weightsText(summary[side])),
    ],
    rows: ["reference", "candidate"],
  };
}

/** How to read its times, a sentence each. */
export function costNotes({ summary, timing: { ratio = {} } }: ParityInput): string[] {
  if (summary.clips !== undefined) return [];
  const compared = Object.values(ratio);
  const few = timeBadgeNote(compared.map(({ images }) => images));
  return (compared.length === 0 ? [] : [ratioNote(), ...(few === "" ? [] : [few])]).map(
    (note) => `${sentence(note)}.`,
  );
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
