// The result in words, for readers who read nothing else.
import type { MeasureNote } from "../../core/measure.ts";
import type { Estimate, Summary } from "../../core/results.ts";
import {
  count,
  formatDifference,
  formatEstimate,
  formatValue,
  inUnit,
  inWords,
  plural,
} from "../kit/format.ts";
import type { Lead } from "../kit/page.ts";
import {
  cellOf,
  gain,
  hasInterval,
  type KeyMeasures,
  keyMeasures,
  leadsOver,
  mainProtocol,
  modelTitle,
  rankedBenchmarks,
  suiteOf,
  totalsOf,
} from "../lookup.ts";

/** Models whose later measures the caption names; of more it gives the first alone. */
const mostInDetail = 3;

/**
 * The result in three sentences, as the caption of a table has it: what was measured, the result, its spread.
 * None where nothing was scored.
 */
export function runLead(summary: Summary): Lead {
  const protocol = mainProtocol(summary);
  const keys = protocol === undefined ? undefined : keyMeasures(summary, protocol);
  if (protocol === undefined || keys === undefined) return { sentences: [] };
  const models = summary.models
    .map(({ name }) => name)
    .filter((name) => suiteOf(summary, protocol, name) !== undefined);
  return {
    sentences: [
      whatSentence(summary, protocol, keys.first, models[0]!),
      resultSentence(summary, protocol, keys, models),
      `${spreadText(summary, protocol, keys.first, models)}${missing(summary, protocol)}.`,
    ],
  };
}

function whatSentence(summary: Summary, protocol: string, first: MeasureNote, model: string): string {
  const { images, scored } = totalsOf(summary, protocol, model);
  const { benchmarks, measures } = suiteOf(summary, protocol, model)!;
  const size = `${plural(benchmarks, "benchmark")} (${plural(images, "image")}, ${plural(scored, "mask")})`;
  const bounded = Object.values(measures).some(({ macro }) => hasInterval(macro));
  const brackets = bounded ? ", 95 % bootstrap intervals in brackets" : "";
  const partial = summary.complete ? "" : ", from the rows of an unfinished run";
  return `Zero-shot segmentation of ${size} under protocol ${protocol}${partial}: ${inUnit(`suite ${first.of}`, first)}, the unweighted mean over benchmarks${brackets}.`;
}

function resultSentence(
  summary: Summary,
  protocol: string,
  { first, bound, last }: KeyMeasures,
  models: readonly string[],
): string {
  const listed = (measure: MeasureNote, text: (model: string, macro: Estimate | undefined) => string) =>
    inWords(
      models
        .map((model) => text(model, suiteOf(summary, protocol, model)?.measures[measure.id]?.macro))
        .filter((words) => words !== ""),
    );
  const reach = listed(
    first,
    (model, macro) =>
      `${modelTitle(summary, model)} reaches ${macro === undefined ? "no score" : formatEstimate(first, macro)}`,
  );
  const parts = [`${start(first)}${reach}`];
  if (models.length <= mostInDetail) {
    const value = (measure: MeasureNote) =>
      listed(measure, (_, macro) => (macro === undefined ? "" : formatValue(measure, macro.value)));
    const best = bound === undefined ? "" : value(bound);
    if (best !== "") parts.push(`${bound!.of} ${best}`);
    if (last !== undefined) parts.push(`${last.at} give ${value(last)}`);
  }
  return `${parts.join("; ")}.`;
}

/** "With 1 click ", "With a box ", or nothing where the measure has one place alone. */
function start({ at }: MeasureNote): string {
  if (at === "") return "";
  return `With ${/^\d/.test(at) ? at : `a ${at}`} `;
}

/** Where the first model is ahead of the second, or where a model alone is strong and weak. */
function spreadText(
  summary: Summary,
  protocol: string,
  measure: MeasureNote,
  [first, second]: readonly string[],
): string {
  const title = (name: string) => summary.benchmarks.find((note) => note.name === name)?.title ?? name;
  if (second === undefined) {
    const ranked = rankedBenchmarks(summary, protocol).flatMap((name) => {
      const value = cellOf(summary, protocol, name, first!)?.measures[measure.id]?.value;
      return value === undefined ? [] : [`${title(name)} (${formatValue(measure, value)})`];
    });
    if (ranked.length < 2) return `All targets are of ${ranked[0] ?? "one benchmark"}`;
    const [best, worst] = measure.better === "higher" ? ["highest", "lowest"] : ["lowest", "highest"];
    return `The ${best} mean is that of ${ranked[0]}, the ${worst} that of ${ranked.at(-1)}`;
  }
  const leads = leadsOver(summary, protocol, first!, second);
  const [most, least] = [leads[0], leads.at(-1)];
  const pair = `${modelTitle(summary, first!)} is ahead of ${modelTitle(summary, second)}`;
  if (most === undefined || least === undefined) return `No benchmark has scores of both models`;
  const ahead = leads.filter(({ value }) => gain(measure, value) > 0).length;
  const of = (lead: typeof most) => `${title(lead.benchmark)} (${formatDifference(measure, lead.value)})`;
  const ends = leads.length < 2 ? "" : `, by most on ${of(most)}, by least on ${of(least)}`;
  return `${pair} on ${count(ahead)} of ${plural(leads.length, "benchmark")}${ends}`;
}

function missing(summary: Summary, protocol: string): string {
  const failed = summary.models.reduce((sum, { name }) => sum + totalsOf(summary, protocol, name).failed, 0);
  return failed === 0 ? "" : `; ${plural(failed, "target")} that could not be scored are left out`;
}

/** "2 models, 6 benchmarks, 3 protocols, 12,345 scores". */
export function runSize(summary: Summary): string {
  const scored = summary.cells.reduce((sum, cell) => sum + cell.counts.scored, 0);
  return [
    plural(summary.models.length, "model"),
    plural(summary.benchmarks.length, "benchmark"),
    plural(summary.protocols.length, "protocol"),
    `${plural(scored, "target")} scored`,
  ].join(", ");
}
