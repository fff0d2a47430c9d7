// What the interactive protocols measure, and how a row's steps become a number: every protocol declares its
// measures with these. Draws of one prompt (jittered boxes, eroded and dilated masks) make one step: their
// mean.

import {
  type AnyMeasure,
  type Measure,
  type MeasureNote,
  type Metric,
  meanMeasure,
  type RankedMeasure,
} from "../../core/measure.ts";
import { mean, standardDeviation } from "../../core/numbers.ts";
import { nocDefaults } from "../../core/prompt-defaults.ts";
import type { RowStep, ScoredRow } from "../../core/rows.ts";
import { calibrationMeasures } from "./calibration.ts";
import { canHaveOracle } from "./step.ts";

/** What a measure takes from its metric. */
export type MeasuredMetric = Pick<Metric, "name" | "title" | "meaning" | "unit" | "better">;

export interface MeasuredSteps {
  /** The run's metrics, IoU included. */
  readonly metrics: readonly MeasuredMetric[];
  /** Clicks of the steps that are reported, ascending. */
  readonly reported: readonly number[];
  /** What a step without clicks sends, or how its mask was found: "@box", "@mask" or "@match" in measure ids. */
  readonly opening?: "box" | "mask" | "match";
  /** Noun for clicks; default: click. */
  readonly noun?: "click" | "point";
  /** true: the protocol stops early where the mask is good enough, and the target keeps its last value. */
  readonly carriesLast?: boolean;
  /** true: with calibration of the predicted IoU after a single click. */
  readonly calibrated?: boolean;
  /** Further measures of the protocol. */
  readonly also?: readonly AnyMeasure[];
}

/** Metrics that every step has, by the name in its scores. */
const iou = "iou";
const oracle = "oracle";

const unreachedGroup = "Targets that do not reach a quality";

interface Place {
  readonly clicks: number;
  /** After the "@". */
  readonly id: string;
  /** "1 click", "box". */
  readonly at: string;
}

/**
 * IoU at every reported step and its oracle where the step can have one, then every other metric at every
 * step, the ambiguity gap and the selection accuracy, the median, and calibration where it is asked for. Main
 * measures first.
 */
export function clickMeasures(steps: MeasuredSteps): AnyMeasure[] {
  const { metrics, reported, noun = "click", carriesLast = false, calibrated = false, also = [] } = steps;
  const places = reported.map((clicks) => placeOf(clicks, steps));
  const stepOf = (clicks: number) => ({
    ...(places.length < 2 ? {} : { axis: { name: `${noun}s`, value: clicks } }),
    step: { clicks },
  });
  const measureOf = ({ name, title, unit, better, meaning }: MeasuredMetric, place: Place): Measure => {
    const titles = name === iou ? place.at || title : place === places[0] ? title : `${title}, ${place.at}`;
    return meanMeasure(
      {
        ...{ id: `${name}@${place.id}`, name, of: title, at: place.at, title: titles, unit, better },
        ...stepOf(place.clicks),
        ...(name === iou ? { show: "main", broken: true } : { show: "more" }),
        meaning,
      },
      (row) => scoreAt(row.steps, place.clicks, name, carriesLast),
    );
  };
  const main = metrics.find(({ name }) => name === iou);
  const atOracle = places.filter((place) => canHaveOracle(place, true));
  const all: AnyMeasure[] = [
    ...places.flatMap((place) => [
      ...(main === undefined ? [] : [measureOf(main, place)]),
      ...(atOracle.includes(place) ? [oracleMeasure(place)] : []),
    ]),
    ...metrics.flatMap((metric) => (metric === main ? [] : places.map((place) => measureOf(metric, place)))),
    ...atOracle.flatMap(ambiguityMeasures),
    ...(places[0] === undefined || main === undefined ? [] : [medianMeasure(places[0], carriesLast)]),
    ...(calibrated ? calibrationMeasures : []),
    ...also,
  ];
  return [...all.filter(({ show }) => show === "main"), ...all.filter(({ show }) => show === "more")];
}

/** Clicks until a quality is reached, and how many targets never get there. */
export function nocMeasures(): AnyMeasure[] {
  const { targets, maxClicks, leading } = nocDefaults;
  const level = (quality: number) => String(Math.round(quality * 100));
  return [
    ...targets.map((quality) =>
      meanMeasure(
        {
          ...{ id: `noc@${level(quality)}`, name: "noc", of: "NoC", at: `${level(quality)} % IoU` },
          ...{ title: `NoC@${level(quality)}`, unit: "clicks", better: "lower", show: "main" },
          ...(quality === leading ? { leads: true as const } : {}),
          meaning: `Number of clicks until the IoU reaches a quality (NoC); a target that never does counts with ${maxClicks}.`,
        },
        ({ steps }) => clicksTo(steps, quality) ?? maxClicks,
      ),
    ),
    ...targets.map((quality) =>
      meanMeasure(
        {
          ...{ id: `unreached@${level(quality)}`, name: "unreached", of: "unreached" },
          ...{ at: `${level(quality)} % IoU`, title: `unreached@${level(quality)}` },
          ...{ unit: "share", better: "lower", show: "more", group: unreachedGroup },
          meaning: `Share of targets that do not reach a quality within ${maxClicks} clicks.`,
        },
        ({ steps }) => (clicksTo(steps, quality) === undefined ? 1 : 0),
      ),
    ),
  ];
}

/**
 * Over independent draws of one prompt: the spread of a target's IoU (the sample standard deviation, since
 * the draws are a sample of all possible prompts), and its worst IoU.
 */
export function drawMeasures(opening: "box" | "mask"): AnyMeasure[] {
  const group = "Sensitivity to the prompt";
  const shared = { at: opening, unit: "share", show: "more", group } as const;
  return [
    meanMeasure(
      {
        ...{ ...shared, id: `spread@${opening}`, name: "spread", of: "spread of IoU", title: "spread" },
        better: "lower",
        meaning:
          "Standard deviation of the IoU over the draws of one target's prompt, averaged over targets.",
      },
      ({ steps }) => {
        const spread = standardDeviation(drawsOf(steps));
        return Number.isNaN(spread) ? undefined : spread;
      },
    ),
    meanMeasure(
      {
        ...{ ...shared, id: `worst@${opening}`, name: "worst", of: "worst IoU", title: "worst draw" },
        better: "higher",
        meaning: "The lowest IoU over the draws of one target's prompt, averaged over targets.",
      },
      ({ steps }) => {
        const draws = drawsOf(steps);
        return draws.length === 0 ? undefined : Math.min(...draws);
      },
    ),
  ];
}

/**
 * A metric's score of a row at a number of clicks; undefined where the row has no such step or no such score.
 * Of several draws the mean, if all of them have it. `carriesLast`: a step that was not needed takes the last
 * one's score.
 *
 * @example scoreAt(row.steps, 5, "dice", true) // that of click 3, if the target stopped there
 */
export function scoreAt(
  steps: readonly RowStep[],
  clicks: number,
  name: string,
  carriesLast = false,
): number | undefined {
  let first: number | undefined;
  let several: number[] | undefined;
  for (const { at, scores } of steps) {
    if (at.clicks !== clicks) continue;
    const score = scores[name];
    if (score === undefined) return undefined;
    if (first === undefined) first = score;
    else if (several === undefined) several = [first, score];
    else several.push(score);
  }
  if (several !== undefined) return mean(several);
  if (first !== undefined || !carriesLast) return first;
  return steps.findLast(({ at }) => at.clicks <= clicks)?.scores[name];
}

function placeOf(clicks: number, { opening, noun = "click" }: MeasuredSteps): Place {
  if (clicks > 0)
    return { clicks, id: String(clicks), at: clicks === 1 ? `1 ${noun}` : `${clicks} ${noun}s` };
  // A mask that was matched answers nothing.
  return { clicks, id: opening ?? "0", at: opening === "match" ? "" : (opening ?? `no ${noun}`) };
}

/**
 * The best candidate, where the ambiguity-aware masks of a single prompt were requested. Never carried on to
 * later steps.
 */
function oracleMeasure({ clicks, id, at }: Place): Measure {
  return meanMeasure(
    {
      ...{ id: `${oracle}@${id}`, name: oracle, of: "oracle IoU", at, title: "oracle", unit: "share" },
      ...{ better: "higher", step: { clicks }, boundOf: `${iou}@${id}`, show: "main" },
      meaning: "Oracle: the IoU of the best of a model's masks, as if the right one were always chosen.",
    },
    ({ steps }) => scoreAt(steps, clicks, oracle),
  );
}

/** Measures of the choice among candidates. */
function ambiguityMeasures({ clicks, id, at }: Place): Measure[] {
  const choice = ({ steps }: ScoredRow) =>
    steps.find((step) => step.at.clicks === clicks && step.scores[oracle] !== undefined)?.scores;
  return [
    meanMeasure(
      {
        ...{ id: `gap@${id}`, name: "gap", of: "ambiguity gap", at, title: "Ambiguity gap", unit: "share" },
        ...{ better: "lower", show: "more" },
        meaning: "Ambiguity gap: oracle IoU minus the IoU of the mask that counts.",
      },
      (row) => {
        const scores = choice(row);
        return scores === undefined ? undefined : scores[oracle]! - scores[iou]!;
      },
    ),
    meanMeasure(
      {
        ...{ id: `selection@${id}`, name: "selection", of: "selection accuracy", at },
        ...{ title: "Selection accuracy", unit: "share", better: "higher", show: "more" },
        meaning: "Selection accuracy: share of targets whose chosen mask is the best one, or as good.",
      },
      (row) => {
        const scores = choice(row);
        return scores === undefined ? undefined : scores[iou] === scores[oracle] ? 1 : 0;
      },
    ),
  ];
}

/** The median of targets' IoU; for an even number the mean of the middle two. */
function medianMeasure({ clicks, id, at }: Place, carriesLast: boolean): RankedMeasure {
  return {
    ...{ id: `median@${id}`, name: "median", of: "median IoU", at, title: "median", unit: "share" },
    ...{ better: "higher", show: "more" },
    meaning: "Median IoU: half of the targets are better. A few hopeless targets do not move it.",
    items: ({ steps }) => {
      const key = scoreAt(steps, clicks, iou, carriesLast);
      return key === undefined ? [] : [{ key, parts: [] }];
    },
    value: (items, times) => {
      let total = 0;
      for (let i = 0; i < items.length; i += 1) total += times[i]!;
      if (total === 0) return undefined;
      const [lower, upper] = [Math.floor((total - 1) / 2), Math.floor(total / 2)];
      let seen = 0;
      let low: number | undefined;
      for (let i = 0; i < items.length; i += 1) {
        seen += times[i]!;
        if (low === undefined && seen > lower) low = items[i]!.key;
        if (seen > upper) return (low! + items[i]!.key) / 2;
      }
      return undefined;
    },
  };
}

/**
 * Clicks of the first step that reaches the quality (>=); undefined if none within the limit does (Sofiiuk et
 * al. 2022: `compute_noc_metric`).
 */
function clicksTo(steps: readonly RowStep[], quality: number): number | undefined {
  return steps.find(({ at, scores }) => at.clicks <= nocDefaults.maxClicks && scores[iou]! >= quality)?.at
    .clicks;
}

function drawsOf(steps: readonly RowStep[]): number[] {
  return steps.flatMap(({ at, scores }) => (at.draw === undefined ? [] : [scores[iou]!]));
}

/** Names of measures until row format 2. */
const oldNames: Readonly<Record<string, string>> = { miou: iou, selected: iou };

/**
 * Present ids of a measure's old name: "miou@1" is "iou@1", "dice@0" is "dice@box" or "dice@mask", "noc@0.9"
 * is "noc@90", and "miou" alone is "iou". Empty for what never was a name.
 */
export function renamedMeasures(
  got: string,
  measures: readonly Pick<MeasureNote, "id" | "name" | "step">[],
): readonly string[] {
  const [old = "", at] = got.split("@");
  const name = oldNames[old] ?? old;
  const own = measures.filter((measure) => measure.name === name);
  if (at === undefined) return name === old || own.length === 0 ? [] : [name];
  const place = Number(at);
  const found = own.filter(({ id, step }) =>
    step === undefined ? id === `${name}@${Math.round(100 * place)}` : step.clicks === place,
  );
  return [...new Set(found.map(({ id }) => id))];
}
