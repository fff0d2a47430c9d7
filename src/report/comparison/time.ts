// Time beside quality: what a candidate costs in score and what it saves, or the other way round, in a sentence and a table.
import { type MeasureNote, scaledInterval, units } from "../../core/measure.ts";
import type { Comparison, GroupMeasure } from "../../core/results.ts";
import { type StageComparison, stageNames, timedNoun } from "../../core/timing.ts";
import { seriesOf } from "../kit/figures.ts";
import {
  badge,
  formatDifference,
  formatValue,
  fullName,
  measureLabel,
  plural,
  sentence,
} from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { listed, remarks, type Section, section, titled } from "../kit/page.ts";
import { escapeMarkdown, htmlTable, left, markdownTable, number, right, type Table } from "../kit/table.ts";
import { textTable } from "../kit/text-table.ts";
import {
  milliseconds,
  ratioNote,
  ratioText,
  sittingText,
  speedText,
  timeBadge,
  timeBadgeNote,
} from "../times-text.ts";
import { linesNote, tradeFigure, tradeModels } from "../trade.ts";
import { axisLabel, firstMeasure, measured, overallOf, type PairPage, signedInterval } from "./lookup.ts";

const title = "Time beside quality";

export const timeSection: Section<PairPage> = {
  id: "time",
  html: (page) => {
    const { times } = page;
    if (times === undefined) return undefined;
    const text = tradeText(page);
    if (text === undefined)
      return html`<p class="note">${refusedText(page)}</p>
`;
    const { what, how, clear } = text;
    const bounded = page.times?.stages.some(({ ratio }) => ratio.low !== undefined);
    const bounds = bounded === true ? "; intervals are 95\u00a0%" : "";
    const table = htmlTable(timeTable(page), `Milliseconds in the runtime${bounds}`, title);
    return html`<section class="block"><h3>${title}</h3><p>${clear ? html`<b>${what}</b>` : what} ${how}</p>
${table}${remarks(notesOf(page))}</section>
`;
  },
  markdown: (page) => {
    if (page.times === undefined) return [];
    const text = tradeText(page);
    const lines =
      text === undefined
        ? [escapeMarkdown(refusedText(page))]
        : [...timeLines(page), ...[...markdownTable(timeTable(page)), "", ...listed(notesOf(page))]];
    return titled(`## ${title}`, lines);
  },
  terminal: (page, screen) => {
    if (page.times === undefined) return [];
    const text = tradeText(page);
    if (text === undefined) return ["", refusedText(page)];
    return [
      ...["", `${text.what} ${text.how}`],
      ...textTable(timeTable(page), screen, { elsewhere: "comparison.md", explained: true }),
      ...notesOf(page),
    ];
  },
};

/** The result for a summary to paste: nothing where nothing is timed, or where times are worth little. */
export function tradeSentence(page: PairPage): string | undefined {
  const text = tradeText(page);
  return text?.clear === true ? text.what : undefined;
}

/** The result as a paragraph for a pull request; nothing where nothing is timed. */
export function timeLines(page: PairPage): string[] {
  const text = tradeText(page);
  if (text === undefined) return [];
  const what = escapeMarkdown(text.what);
  return [`${text.clear ? `**${what}**` : what} ${escapeMarkdown(text.how)}`, ""];
}

/** The measure that stands for the whole, and what it is over all benchmarks. */
function leading({ comparison, pair }: PairPage): readonly [MeasureNote, GroupMeasure] | undefined {
  for (const protocol of comparison.protocols) {
    const measure = firstMeasure(pair, protocol);
    const found = measure === undefined ? undefined : measured(overallOf(pair, protocol.id), measure.id);
    if (measure !== undefined && found !== undefined) return [measure, found];
  }
  return undefined;
}

function refusedText({ times }: PairPage): string {
  return `Time is not compared: ${times?.refused ?? [...(times?.notes ?? []), "no call is on both sides"].join("; ")}.`;
}

function notesOf({ times }: PairPage): string[] {
  const { sitting, stages = [], notes = [] } = times ?? {};
  const where = sitting === undefined ? [] : [sittingText(sitting)];
  const noun = timedNoun(stages);
  const few = timeBadgeNote(
    stages.map(({ images }) => images),
    noun,
  );
  const read = stages.length === 0 ? [] : [ratioNote(noun), ...(few === "" ? [] : [few])];
  return [...where, ...read, ...notes].map((note) => `${sentence(note)}.`);
}

interface TradeText {
  readonly what: string;
  readonly how: string;
  /** It can be claimed: there is an interval, nothing beside it says the opposite, and the machine had nothing else to do. */
  readonly clear: boolean;
}

/** "-0.3 points for 1.8 times the speed" and what that is of; undefined where no stage is timed on both sides. */
function tradeText(page: PairPage): TradeText | undefined {
  const { busy, stages = [] } = page.times ?? {};
  const [stage] = stages;
  if (stage === undefined) return undefined;
  const found = leading(page);
  const cost =
    found === undefined
      ? undefined
      : `${formatDifference(found[0], found[1].difference.value)}${units[found[0].unit].difference}`;
  const of = found === undefined ? "" : ` (${fullName(found[0])})`;
  const { base, candidate, images } = stage;
  const noun = timedNoun(stages);
  const both = `${milliseconds(base.p50)}\u00a0→ ${milliseconds(candidate.p50)} ms`;
  const { change, clear, medians } = speedText(stage, noun);
  const joined = change.startsWith("no ") ? ", " : " for ";
  const takes = stage.stage === "image" || stage.stage === "frame" ? "take" : "takes";
  const alone =
    medians === undefined
      ? ""
      : ` These medians alone make × ${ratioText(medians)}: ${noun}s differ in what they lose or gain, or the machine was not always as fast.`;
  return {
    ...{
      clear: clear && busy === undefined,
      what: `${cost === undefined ? "" : `${cost}${of}${joined}`}${change}.`,
    },
    how: `${sentence(stageNames[stage.stage])} ${takes} ${both} at the median of ${plural(images, noun)}.${alone}${busy === undefined ? "" : ` ${sentence(busy)}.`}`,
  };
}

interface TimeRow {
  readonly found?: readonly [MeasureNote, GroupMeasure];
  readonly stage?: StageComparison;
}

/** The leading measure, then each stage. */
function timeTable(page: PairPage): Table<TimeRow> {
  const found = leading(page);
  const noun = timedNoun(page.times?.stages);
  const side = (head: string, key: "base" | "candidate") => [
    right<TimeRow>(
      key,
      ({ found: own, stage }) =>
        own === undefined
          ? number(milliseconds(stage![key].p50), stage![key].p50)
          : number(formatValue(own[0], own[1][key]), own[1][key]),
      { head, hint: "a score, or milliseconds at the median" },
    ),
    right<TimeRow>(
      `p95 ${key}`,
      ({ stage }) =>
        stage === undefined
          ? undefined
          : { ...number(milliseconds(stage[key].p95), stage[key].p95), badge: timeBadge(stage.images, noun) },
      { head: "p95", hint: "95 % took less", leaves: 40 },
    ),
  ];
  return {
    columns: [
      left("what", ({ found: own, stage }) =>
        own === undefined ? `${stageNames[stage!.stage].replace(/^an? /, "")}, ms` : measureLabel(own[0]),
      ),
      ...[...side("Base", "base"), ...side("Candidate", "candidate")],
      right(
        "change [95 %]",
        ({ found: own, stage }) => {
          if (own !== undefined) {
            const { value } = own[1].difference;
            const sign = units[own[0].unit].difference;
            const text = `${formatDifference(own[0], value)}${sign}`;
            return {
              ...number(text, value, signedInterval(own[0], own[1])),
              badge: badge(own[1].difference),
            };
          }
          const { value, low, high } = stage!.ratio;
          const interval =
            low === undefined || high === undefined ? "" : `[${ratioText(low)}, ${ratioText(high)}]`;
          return {
            ...number(`× ${ratioText(value)}`, value, interval),
            badge: timeBadge(stage!.images, noun),
          };
        },
        {
          head: "Change",
          hint: `candidate minus base; of times candidate divided by base, ${noun} by ${noun}`,
        },
      ),
      right(
        "calls",
        ({ stage }) => (stage === undefined ? undefined : number(String(stage.base.n), stage.base.n)),
        { head: "Calls", leaves: 60, hint: "of the base, each worker's first ones left out" },
      ),
      right(
        `${noun}s`,
        ({ found: own, stage }) => {
          const n = own === undefined ? stage!.images : own[1].difference.clusters;
          return number(String(n), n);
        },
        { head: `${sentence(noun)}s`, leaves: 50 },
      ),
    ],
    rows: [
      ...(found === undefined ? [] : [{ found }]),
      ...(page.times?.stages ?? []).map((stage) => ({ stage })),
    ],
  };
}

/** Every candidate beside the base, in one plot, where there are three models or more. */
export function tradeSection(comparison: Comparison, pages: readonly PairPage[]): Html | undefined {
  const looks = seriesOf({ models: [comparison.base, ...comparison.candidates] });
  const placed = pages.flatMap((page, n) => {
    const [stage] = page.times?.stages ?? [];
    const found = leading(page);
    if (stage === undefined || found === undefined) return [];
    const few = timeBadge(stage.images, timedNoun(pages[0]?.times?.stages)) || badge(found[1].difference);
    return [{ look: looks[n + 1]!, stage, found, few }];
  });
  const [first] = placed;
  if (first === undefined) return undefined;
  const [measure] = first.found;
  // One axis has one meaning.
  const alike = placed.filter(
    ({ stage, found }) => stage.stage === first.stage.stage && found[0].id === measure.id,
  );
  if (alike.length + 1 < tradeModels) return undefined;
  const { scale } = units[measure.unit];
  const points = alike.map(({ look, stage: { ratio }, found: [, { difference }], few }) => ({
    ...{ look, few, x: ratio },
    y: scaledInterval(difference, scale),
    text: `${ratioText(ratio.value)} times the time, ${formatDifference(measure, difference.value)}${units[measure.unit].difference}`,
  }));
  const origin = {
    look: looks[0]!,
    x: { value: 1 },
    y: { value: 0 },
    text: "1 times the time, no difference: the base",
  };
  const figure = tradeFigure([origin, ...points], {
    title: `Quality against time, ${fullName(measure)}`,
    note: `Both beside ${comparison.base.title}. ${linesNote(points)}${
      pages.some(({ times }) => times?.busy !== undefined)
        ? " The machine was busy with other work, which no interval knows."
        : ""
    }`,
    x: `time of ${stageNames[first.stage.stage]} / the base's`,
    y: `difference, ${axisLabel(measure)}`,
    ...{ upwards: measure.better !== "lower", origin: { x: 1, y: 0 } },
  });
  return figure === undefined ? undefined : section("trade", "Quality against time", figure);
}
