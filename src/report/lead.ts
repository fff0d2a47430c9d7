// The result in words, for people who read nothing else.
import type { Summary } from "../core/summary.ts";
import { count, interval, percent, plural, signedPercent } from "./format-number.ts";
import {
  cellOf,
  hasInterval,
  leadsOver,
  mainProtocol,
  modelTitle,
  rankedBenchmarks,
  roundLabel,
  suiteOf,
  totalsOf,
} from "./lookup.ts";

/** Models whose later rounds the caption names; of more it gives the first round alone. */
const mostInDetail = 3;

/**
 * The result in three sentences, as the caption of a table has it: what was measured, what came out, how it is spread.
 * Nothing where nothing was scored.
 */
export function captionSentences(summary: Summary): string[] {
  const protocol = mainProtocol(summary);
  if (protocol === undefined) return [];
  const models = summary.models.filter(({ name }) => suiteOf(summary, protocol, name) !== undefined);
  return [
    whatSentence(summary, protocol, models[0]!.name),
    resultSentence(
      summary,
      protocol,
      models.map(({ name }) => name),
    ),
    `${spreadText(
      summary,
      protocol,
      models.map(({ name }) => name),
    )}${missing(summary, protocol)}.`,
  ];
}

function whatSentence(summary: Summary, protocol: string, model: string): string {
  const { images, scored } = totalsOf(summary, protocol, model);
  const { benchmarks, rounds } = suiteOf(summary, protocol, model)!;
  const size = `${plural(benchmarks, "benchmark")} (${plural(images, "image")}, ${plural(scored, "mask")})`;
  const bounded = rounds.some(({ macro }) => hasInterval(macro));
  const brackets = bounded ? ", 95 % bootstrap intervals in brackets" : "";
  const partial = summary.complete ? "" : ", from the rows of an unfinished run";
  return `Zero-shot segmentation of ${size} under protocol ${protocol}${partial}: suite mIoU in percent, the unweighted mean over benchmarks${brackets}.`;
}

function resultSentence(summary: Summary, protocol: string, models: readonly string[]): string {
  const rounds = suiteOf(summary, protocol, models[0]!)!.rounds;
  const [first, last] = [rounds[0]!, rounds.at(-1)!];
  const listed = (text: (model: string) => string | undefined) =>
    inWords(models.flatMap((model) => text(model) ?? []));
  const at = (model: string, clicks: number) =>
    suiteOf(summary, protocol, model)?.rounds.find((round) => round.clicks === clicks);
  const reach = listed((model) => {
    const macro = at(model, first.clicks)?.macro;
    const value = macro === undefined ? "no score" : `${percent(macro.value)} ${interval(macro)}`.trim();
    return `${modelTitle(summary, model)} reaches ${value}`;
  });
  const start = roundLabel(protocol, first.clicks);
  const parts = [`With ${first.clicks > 0 ? start : `a ${start}`} ${reach}`];
  if (models.length <= mostInDetail) {
    const oracle = listed((model) => percentOf(at(model, first.clicks)?.oracleMacro?.value));
    const end = listed((model) => percentOf(at(model, last.clicks)?.macro.value));
    if (oracle !== "") parts.push(`the best of the candidate masks (oracle) ${oracle}`);
    if (last.clicks !== first.clicks) parts.push(`${roundLabel(protocol, last.clicks)} give ${end}`);
  }
  return `${parts.join("; ")}.`;
}

/** Where the first model is ahead of the second, or where a model alone is strong and weak. */
function spreadText(summary: Summary, protocol: string, [first, second]: readonly string[]): string {
  const title = (name: string) => summary.benchmarks.find((note) => note.name === name)?.title ?? name;
  if (second === undefined) {
    const ranked = rankedBenchmarks(summary, protocol).flatMap((name) => {
      const value = cellOf(summary, protocol, name, first!)?.rounds[0]?.miou.value;
      return value === undefined ? [] : [`${title(name)} (${percent(value)})`];
    });
    if (ranked.length < 2) return `All targets are of ${ranked[0] ?? "one benchmark"}`;
    return `The highest mean is that of ${ranked[0]}, the lowest that of ${ranked.at(-1)}`;
  }
  const leads = leadsOver(summary, protocol, first!, second);
  const [most, least] = [leads[0], leads.at(-1)];
  const pair = `${modelTitle(summary, first!)} is ahead of ${modelTitle(summary, second)}`;
  if (most === undefined || least === undefined) return `No benchmark has scores of both models`;
  const ahead = leads.filter(({ value }) => value > 0).length;
  const of = (lead: typeof most) => `${title(lead.benchmark)} (${signedPercent(lead.value)})`;
  const ends = leads.length < 2 ? "" : `, by most on ${of(most)}, by least on ${of(least)}`;
  return `${pair} on ${count(ahead)} of ${plural(leads.length, "benchmark")}${ends}`;
}

function missing(summary: Summary, protocol: string): string {
  const failed = summary.models.reduce((sum, { name }) => sum + totalsOf(summary, protocol, name).failed, 0);
  return failed === 0 ? "" : `; ${plural(failed, "target")} that could not be scored are left out`;
}

function percentOf(value: number | undefined): string | undefined {
  return value === undefined ? undefined : percent(value);
}

function inWords(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
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
