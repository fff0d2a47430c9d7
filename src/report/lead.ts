// The result in a sentence or two per model, for people who read nothing else.
import type { Summary } from "../core/summary.ts";
import { count, interval, percent, plural } from "./format-number.ts";
import { cellOf, roundLabel, suiteOf, totalsOf } from "./lookup.ts";

export interface Lead {
  readonly model: string;
  /** The number to remember: "59.5 % mIoU", and the rest of the paragraph. */
  readonly score: string;
  readonly text: string;
}

/** One paragraph per model that scored something, in the order of the summary. */
export function leadSentences(summary: Summary): Lead[] {
  const protocol = summary.protocols.find(({ id }) =>
    summary.suites.some((suite) => suite.protocol === id && suite.rounds.length > 0),
  )?.id;
  if (protocol === undefined) return [];
  const brief = summary.models.length > 3;
  return summary.models.flatMap(({ name }) => {
    const first = suiteOf(summary, protocol, name)?.rounds[0];
    if (first === undefined) return [];
    const last = suiteOf(summary, protocol, name)!.rounds.at(-1)!;
    const parts = [
      `${interval(first.macro)} with ${roundLabel(protocol, first.clicks)}`.trim(),
      ...(first.oracleMacro === undefined
        ? []
        : [`${percent(first.oracleMacro.value)} with the best of its masks`]),
      ...(last.clicks === first.clicks
        ? []
        : [`${percent(last.macro.value)} with ${roundLabel(protocol, last.clicks)}`]),
    ];
    return [
      {
        model: name,
        score: `${percent(first.macro.value)} % mIoU`,
        text: `${parts.join(", ")}. ${brief ? "" : extremes(summary, protocol, name)}${failures(summary, name)}`.trim(),
      },
    ];
  });
}

function extremes(summary: Summary, protocol: string, model: string): string {
  const scores = summary.benchmarks
    .flatMap(({ name, title }) => {
      const round = cellOf(summary, protocol, name, model)?.rounds[0];
      return round === undefined ? [] : [{ title, value: round.miou.value }];
    })
    .sort((a, b) => b.value - a.value);
  const [best, worst] = [scores[0], scores.at(-1)];
  if (best === undefined || worst === undefined || scores.length < 2) return "";
  return `Strongest on ${best.title} with ${percent(best.value)}, weakest on ${worst.title} with ${percent(worst.value)}.`;
}

function failures(summary: Summary, model: string): string {
  const failed = summary.protocols.reduce((sum, { id }) => sum + totalsOf(summary, id, model).failed, 0);
  return failed === 0 ? "" : ` ${plural(failed, "score")} failed.`;
}

/** "2 models, 6 benchmarks, 3 protocols, 12,345 scores". */
export function runSize(summary: Summary): string {
  const scored = summary.cells.reduce((sum, cell) => sum + cell.counts.scored, 0);
  return [
    plural(summary.models.length, "model"),
    plural(summary.benchmarks.length, "benchmark"),
    plural(summary.protocols.length, "protocol"),
    `${count(scored)} targets scored`,
  ].join(", ");
}
