// Time beside quality: what a call of each model takes, and all calls about an image, beside its score.
import { type MeasureNote, scaledInterval, units } from "../../core/measure.ts";
import type { Estimate } from "../../core/results.ts";
import { isBusy, type ModelCalls, stageNames, type TimedStage, timedStages } from "../../core/timing.ts";
import { inWords } from "../../core/words.ts";
import {
  badge,
  formatWithUnit,
  fullName,
  measureLabel,
  plural,
  sentence,
  titleWithin,
} from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { listed, remarks } from "../kit/page.ts";
import { estimate, htmlTable, markdownTable, number, right, type Table } from "../kit/table.ts";
import { keyMeasures, mainProtocol, suiteOf } from "../lookup.ts";
import { milliseconds, sittingText, timeBadge, timeBadgeNote } from "../times-text.ts";
import { linesNote, tradeFigure } from "../trade.ts";
import { hiding, type ModelRow, modelColumn, type Page } from "./columns.ts";

interface CalledModel extends ModelRow {
  readonly calls: ModelCalls;
  readonly score: Estimate | undefined;
}

const title = "Time beside quality";

/** Nothing where no calls were recorded. */
export function callsBlock(page: Page): Html | undefined {
  const { measure, models } = called(page);
  if (models.length === 0) return undefined;
  return html`<section class="block"><h3>${title}</h3>
${tradeOf(page)}${htmlTable(callsTable(page), "Milliseconds in the runtime: of a call, and of all calls about an image", title)}${remarks(notesOf(models, measure))}</section>
`;
}

export function callsLines(page: Page): string[] {
  const { measure, models } = called(page);
  if (models.length === 0) return [];
  return [
    "",
    `### ${title}`,
    "",
    ...markdownTable(callsTable(page)),
    "",
    ...listed(notesOf(models, measure)),
  ];
}

/** Models with calls, and their scores by the measure that leads the report. */
function called({ summary, series, times = [] }: Page): {
  readonly measure: MeasureNote | undefined;
  readonly models: readonly CalledModel[];
} {
  const protocol = mainProtocol(summary);
  const measure = protocol === undefined ? undefined : keyMeasures(summary, protocol)?.first;
  const models = series.flatMap((look) => {
    const calls = times.find(({ model }) => model === look.name)?.calls;
    if (calls === undefined || Object.keys(calls.stages).length === 0) return [];
    const own = protocol === undefined ? undefined : suiteOf(summary, protocol, look.name);
    return [{ look, calls, score: measure === undefined ? undefined : own?.measures[measure.id]?.macro }];
  });
  return { measure, models };
}

function callsTable(page: Page): Table<CalledModel> {
  const { measure, models } = called(page);
  const stages = timedStages.filter((stage) => models.some(({ calls }) => calls.stages[stage] !== undefined));
  const time = (stage: TimedStage, at: "p50" | "p95") => {
    const of = stageNames[stage].replace(/^an? /, "");
    return right<CalledModel>(
      `${of} ${at} ms`,
      ({ calls }) => {
        const own = calls.stages[stage];
        return own === undefined
          ? undefined
          : { ...number(milliseconds(own[at]), own[at]), badge: timeBadge(imagesOf(calls, stage)) };
      },
      {
        ...{ head: at === "p50" ? `${sentence(of)}, median` : "p95" },
        hint: at === "p50" ? "half took less" : "95 % took less",
      },
    );
  };
  return {
    columns: [
      ...modelColumn<CalledModel>(page),
      ...(measure === undefined
        ? []
        : [right<CalledModel>(measureLabel(measure), ({ score }) => estimate(measure, score))]),
      ...stages.flatMap((stage) => [time(stage, "p50"), time(stage, "p95")]),
      right(
        "calls",
        ({ calls: { stages: own } }) => {
          const n = (own.encode?.n ?? 0) + (own.decode?.n ?? 0);
          return number(String(n), n);
        },
        { head: "Calls", hint: "of both graphs" },
      ),
    ],
    rows: models,
    mark: hiding,
  };
}

/** How many images the times of a stage are of. */
function imagesOf({ images, stages }: ModelCalls, stage: TimedStage): number {
  return Math.min(images, stages[stage]?.n ?? 0);
}

/** Where the times come from, and what is left out of them. */
function notesOf(models: readonly CalledModel[], measure: MeasureNote | undefined): string[] {
  const sittings = [...new Set(models.map(({ calls }) => sittingText(calls.sitting)))];
  const [only] = sittings;
  const few = timeBadgeNote(
    models.flatMap(({ calls }) =>
      timedStages.flatMap((stage) => (calls.stages[stage] === undefined ? [] : [imagesOf(calls, stage)])),
    ),
  );
  return [
    ...(sittings.length === 1
      ? [`${sentence(only!)}.`]
      : models.map(({ look, calls }) => `${look.title}: ${sittingText(calls.sitting)}.`)),
    ...(sittings.length === 1 || measure === undefined
      ? []
      : ["The models were timed in different circumstances: their times are not comparable."]),
    ...models.flatMap(({ look, calls: { elsewhere } }) =>
      elsewhere === 0
        ? []
        : [`${look.title}: ${plural(elsewhere, "image")} left out, timed in other circumstances.`],
    ),
    ...(models.some(({ calls }) => calls.batch !== models[0]!.calls.batch)
      ? [
          `A decoder call takes up to ${inWords(models.map(({ look, calls }) => `${plural(calls.batch, "prompt")} (${look.title})`))}.`,
        ]
      : []),
    ...busyNotes(models),
    ...(few === "" ? [] : [`${few}.`]),
    "Each worker's first calls are left out.",
  ];
}

/** Where times are those of other processes too: in one sentence where that is so of all models. */
function busyNotes(models: readonly CalledModel[]): string[] {
  const busy = models.filter(({ calls: { sitting, load } }) => isBusy(sitting, load));
  if (busy.length === 0) return [];
  const who =
    busy.length === models.length
      ? ""
      : ` while these were timed: ${inWords(busy.map(({ look }) => titleWithin(look.title)))}`;
  const loads = busy.map(({ calls: { load } }) => load);
  const ends = [Math.min(...loads), Math.max(...loads)].map((load) => load.toFixed(1));
  const cores = plural(busy[0]!.calls.sitting.cores, "core");
  return [
    `The machine was busy with other work${who} (load average ${[...new Set(ends)].join(" to ")} on ${cores}), so these times say little.`,
  ];
}

/** Every model that was timed in the first one's circumstances, where these are three or more. */
function tradeOf(page: Page): Html | undefined {
  const { measure, models } = called(page);
  if (measure === undefined) return undefined;
  const text = ({ calls }: CalledModel) => sittingText(calls.sitting);
  const [stage] = timedStages.filter((one) => models.every(({ calls }) => calls.stages[one] !== undefined));
  if (stage === undefined || models.some((model) => text(model) !== text(models[0]!))) return undefined;
  const { scale, value: sign } = units[measure.unit];
  const points = models.flatMap(({ look, calls, score }) => {
    if (score === undefined) return [];
    const time = calls.stages[stage]!.p50;
    return [
      {
        ...{ look, x: { value: time } },
        y: scaledInterval(score, scale),
        text: `${milliseconds(time)} ms, ${formatWithUnit(measure, score.value)}`,
        few: badge(score) || timeBadge(imagesOf(calls, stage)),
      },
    ];
  });
  return tradeFigure(points, {
    title: `Quality against time, ${fullName(measure)}`,
    note: linesNote(points),
    x: `${sentence(stageNames[stage])}, median ms`,
    y: sign === "" ? fullName(measure) : `${fullName(measure)} (${sign.trim()})`,
    upwards: measure.better !== "lower",
  });
}
