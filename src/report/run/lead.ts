// The result in words, for readers who read nothing else.

import type { MeasureNote } from "../../core/measure.ts";
import type { Estimate, Summary } from "../../core/results.ts";
import { inWords, type Nouns, nounsOf } from "../../core/words.ts";
import {
  badge,
  badgeNote,
  count,
  formatDifference,
  formatEstimate,
  formatMarked,
  formatValue,
  fullName,
  inUnit,
  plural,
  sentence,
} from "../kit/format.ts";
import type { Lead } from "../kit/page.ts";
import {
  cellOf,
  droppedOf,
  gain,
  hasInterval,
  isScored,
  type KeyMeasures,
  keyMeasures,
  type Margin,
  mainProtocol,
  marginsOver,
  modelTitle,
  rankedBenchmarks,
  suiteOf,
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
  const spread = [spreadText(summary, protocol, keys.first, models), missing(summary, protocol)];
  const last = spread.filter((part) => part !== "").join("; ");
  return {
    sentences: [
      whatSentence(summary, protocol, keys.first, models),
      resultSentence(summary, protocol, keys, models),
      ...otherSentences(summary, protocol, keys.first, models),
      ...(last === "" ? [] : [`${last}.`]),
    ],
  };
}

/** How much was evaluated: of each benchmark, what the model and protocol with most of it have. */
export interface RunSize {
  readonly images: number;
  /** Of the images; fewer where some have no target. */
  readonly withTargets: number;
  readonly masks: number;
  /** Targets that a rule left out, and those that could not be scored. */
  readonly dropped: number;
  readonly failed: number;
}

export function sizeOf(
  { benchmarks, cells }: Summary,
  names: readonly string[] = benchmarks.map(({ name }) => name),
  protocol?: string,
): RunSize {
  const sizes = benchmarks
    .filter(({ name }) => names.includes(name))
    .map(({ name, images }) => {
      const own = cells.filter(
        (cell) => cell.benchmark === name && (protocol === undefined || cell.protocol === protocol),
      );
      const withTargets = Math.max(0, ...own.map(({ counts }) => counts.images));
      const masks = Math.max(0, ...own.map(({ counts }) => counts.scored));
      const dropped = Math.max(0, ...own.map(droppedOf));
      const failed = Math.max(0, ...own.map(({ counts }) => counts.failed));
      return { images: images ?? withTargets, withTargets, masks, dropped, failed };
    });
  const sum = (of: keyof RunSize) => sizes.reduce((all, size) => all + size[of], 0);
  return {
    ...{ images: sum("images"), withTargets: sum("withTargets"), masks: sum("masks") },
    ...{ dropped: sum("dropped"), failed: sum("failed") },
  };
}

/** "20 images, 18 with targets, 154 masks, 3 dropped, 1 failed". */
export function sizeText(
  { images, withTargets, masks, dropped, failed }: RunSize,
  { sample, target }: Nouns,
): string {
  return [
    plural(images, sample),
    ...(withTargets === images ? [] : [`${count(withTargets)} with targets`]),
    ...(target === sample ? [] : [plural(masks, target)]),
    ...(dropped === 0 ? [] : [`${count(dropped)} dropped`]),
    ...(failed === 0 ? [] : [`${count(failed)} failed`]),
  ].join(", ");
}

function whatSentence(
  summary: Summary,
  protocol: string,
  first: MeasureNote,
  models: readonly string[],
): string {
  const { benchmarks } = suiteOf(summary, protocol, models[0]!)!;
  const nouns = nounsOf(summary.protocols);
  const isAny = ({ name }: Summary["benchmarks"][number]) =>
    models.some((model) => (cellOf(summary, protocol, name, model)?.counts.scored ?? 0) > 0);
  const scored = summary.benchmarks.filter(isAny);
  const names = scored.map(({ name }) => name);
  const size = sizeText({ ...sizeOf(summary, names, protocol), dropped: 0, failed: 0 }, nouns);
  const macros = models.flatMap(
    (model) => suiteOf(summary, protocol, model)?.measures[first.id]?.macro ?? [],
  );
  const brackets = macros.some(hasInterval) ? ", 95 % bootstrap intervals in brackets" : "";
  const partial = summary.complete ? "" : ", from the rows of an unfinished run";
  const [mean, over] = nouns.means ? ["mean ", ` over its ${nouns.target}s`] : ["", ""];
  const [what, whole] =
    scored.length === 1
      ? [scored[0]!.title, `${mean}${inUnit(first.of, first)}${over}`]
      : [
          plural(benchmarks, "benchmark"),
          `${inUnit(`suite ${first.of}`, first)}, the unweighted mean over benchmarks`,
        ];
  return `${nouns.sample === "clip" ? "Zero-shot tracking through the clips of" : nouns.target === "phrase" ? "Answers to the phrases of" : "Zero-shot segmentation of"} ${what} (${size}) under protocol ${protocol}${partial}: ${whole}${brackets}.`;
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
      listed(measure, (_, macro) => (macro === undefined ? "" : formatMarked(measure, macro)));
    const best = bound === undefined ? "" : value(bound);
    if (best !== "") parts.push(`${bound!.of} ${best}`);
    if (last !== undefined) parts.push(`${last.at} give ${value(last)}`);
  }
  return `${parts.join("; ")}.`;
}

/** Protocols beside the main one whose numbers the caption gives; of more it would be a table. */
const mostBeside = 2;

/** The key measure of each protocol beside the main one, where there are few: "Under box@1 A reaches 38.1 [33.6, 43.7]." */
function otherSentences(
  summary: Summary,
  main: string,
  shown: MeasureNote,
  models: readonly string[],
): string[] {
  const others = besideMain(summary, main);
  if (others.length > mostBeside || models.length > mostInDetail) return [];
  return others.flatMap(({ protocol, first }) => {
    const found = models.flatMap((model) => {
      const macro = suiteOf(summary, protocol, model)?.measures[first.id]?.macro;
      return macro === undefined
        ? []
        : [`${modelTitle(summary, model)} reaches ${formatEstimate(first, macro)}`];
    });
    const what = first.of === shown.of ? "" : `, ${inUnit(fullName(first), first)},`;
    return found.length === 0 ? [] : [`Under ${protocol}${what} ${inWords(found)}.`];
  });
}

/** Protocols with scores beside the main one, and what stands for them. */
export function besideMain(summary: Summary, main: string) {
  return summary.protocols.flatMap(({ id: protocol }) => {
    const first = protocol === main ? undefined : keyMeasures(summary, protocol)?.first;
    const scored = summary.suites.some((suite) => suite.protocol === protocol && isScored(suite));
    return first === undefined || !scored ? [] : [{ protocol, first }];
  });
}

/** "With 1 click ", "With a box ", "For NoC, 90 % IoU, "; nothing where the measure has one place alone. */
function start(measure: MeasureNote): string {
  const { at, step, axis } = measure;
  if (at === "") return "";
  if (step === undefined && axis === undefined) return `For ${fullName(measure)}, `;
  return `With ${/^\d/.test(at) ? at : `a ${at}`} `;
}

/** Where the first model leads the second and where it trails, or where a model alone is strong and weak; nothing of one benchmark. */
function spreadText(
  summary: Summary,
  protocol: string,
  measure: MeasureNote,
  [first, second]: readonly string[],
): string {
  const title = (name: string) => summary.benchmarks.find((note) => note.name === name)?.title ?? name;
  const images = `${nounsOf(summary.protocols).sample}s`;
  if (second === undefined) {
    const ranked = rankedBenchmarks(summary, protocol).flatMap((name) => {
      const own = cellOf(summary, protocol, name, first!)?.measures[measure.id];
      if (own === undefined) return [];
      return [
        `${title(name)} (${[formatValue(measure, own.value), badge(own)].filter((part) => part !== "").join(", ")})`,
      ];
    });
    if (ranked.length < 2) return "";
    const [best, worst] = measure.better === "lower" ? ["lowest", "highest"] : ["highest", "lowest"];
    return `The ${best} mean is that of ${ranked[0]}, the ${worst} that of ${ranked.at(-1)}`;
  }
  const all = marginsOver(summary, protocol, first!, second);
  if (all.length === 0) return "No benchmark has scores of both models";
  const of = ({ benchmark, value }: Margin) => `${title(benchmark)}, ${formatDifference(measure, value)}`;
  // A difference on too few images is no lead.
  const [few, sure] = [all.filter((one) => one.few), all.filter((one) => !one.few)];
  if (sure.length === 0) {
    const { benchmark, value } = all[0]!;
    const where =
      all.length === 1
        ? `${title(benchmark)} (${formatDifference(measure, value)})`
        : `any of ${all.length} benchmarks`;
    return `There are too few ${images} to say which of ${modelTitle(summary, first!)} and ${modelTitle(summary, second)} is better on ${where}`;
  }
  const leads = sure.filter(({ value }) => gain(measure, value) > 0);
  const trails = sure.filter(({ value }) => gain(measure, value) < 0).reverse();
  const even = sure.length - leads.length - trails.length;
  /** "leads B on 3 of 4 benchmarks (by most on Y, +25.0)"; where all are on one side, the other end as well. */
  const side = (verb: string, margins: readonly Margin[], whom: string) => {
    const [most, least] = [margins[0], margins.at(-1)];
    if (most === undefined || least === undefined) return [];
    if (all.length === 1)
      return [`${verb}${whom} on ${title(most.benchmark)} (${formatDifference(measure, most.value)})`];
    const where = whom === "" ? String(margins.length) : `${margins.length} of ${all.length} benchmarks`;
    const ends = margins.length === all.length ? `; by least on ${of(least)}` : "";
    return [`${verb}${whom} on ${where} (by most on ${of(most)}${ends})`];
  };
  const name = ` ${modelTitle(summary, second)}`;
  if (all.length === 1 && even === 1)
    return `${modelTitle(summary, first!)} and${name} score the same on ${title(all[0]!.benchmark)}`;
  const parts = [
    ...side("leads", leads, name),
    ...side("trails", trails, leads.length === 0 ? name : ""),
    ...(even === 0 ? [] : [`scores the same on ${even}`]),
  ];
  const rest =
    few.length === 0 ? "" : `; ${few.length} ${few.length === 1 ? "has" : "have"} too few ${images} to say`;
  return `${modelTitle(summary, first!)} ${inWords(parts)}${rest}`;
}

/** How much failed at all: of each benchmark, what the model and protocol with most of it have. */
export function failedText(summary: Summary): string | undefined {
  const { masks, failed } = sizeOf(summary);
  if (failed === 0) return undefined;
  const of = summary.models.length * summary.protocols.length > 1 ? "up to " : "";
  return `${sentence(`${of}${plural(failed, "target")}`)} could not be scored: the numbers are those of the other ${count(masks)}.`;
}

/** What the counts beside numbers mean; "" where there are none. */
export function fewText({ cells, suites, domains }: Summary): string {
  return badgeNote([
    ...cells.flatMap(({ measures }) => Object.values(measures)),
    ...[...suites, ...domains].flatMap(({ measures }) =>
      Object.values(measures).flatMap(({ macro, micro }) => [macro, micro]),
    ),
  ]);
}

function missing(summary: Summary, protocol: string): string {
  const n = sizeOf(summary, undefined, protocol).failed;
  return n === 0 ? "" : `${plural(n, nounsOf(summary.protocols).row)} that could not be scored are left out`;
}

/** "2 models, 6 benchmarks, 3 protocols: 20 images, 18 with targets, 154 masks". */
export function runSize(summary: Summary): string {
  const parts = [
    plural(summary.models.length, "model"),
    plural(summary.benchmarks.length, "benchmark"),
    plural(summary.protocols.length, "protocol"),
  ];
  return `${parts.join(", ")}: ${sizeText(sizeOf(summary), nounsOf(summary.protocols))}`;
}
