// What tracks measure: means over targets of means over frames, as DAVIS has it (Perazzi et al., CVPR 2016; Pont-Tuset et al. 2017), parts of
// them, and whether the model knows that a target is gone.
import {
  type AnyMeasure,
  meanMeasure,
  type Named,
  type RankedMeasure,
  shareNote,
} from "../../core/measure.ts";
import { mean } from "../../core/numbers.ts";
import type { ScoredRow } from "../../core/rows.ts";
import { type TrackFacts, trackFacts } from "../../core/track-facts.ts";

type Frames = (facts: TrackFacts) => readonly number[];

const all: Frames = ({ scored }) => scored.map((_, i) => i);
/** Frames from the prompted one on: before, the model is asked nothing. */
const asked: Frames = (facts) => all(facts).filter((i) => facts.scored[i]! >= facts.first);
/** Frames that show a target before and after it is first gone; none of one that is never gone. */
function aroundAbsence(facts: TrackFacts): Readonly<Record<"before" | "back", readonly number[]>> {
  const frames = asked(facts);
  const gone = frames.find((i) => facts.area[i] === 0);
  const shown = gone === undefined ? [] : frames.filter((i) => facts.area[i]! > 0);
  return { before: shown.filter((i) => i < gone!), back: shown.filter((i) => i > gone!) };
}
/** DAVIS's "fast motion": the target's centre moves by more than 20 pixels a frame, on average. */
const fastMotion = 20;
const fast: Frames = (facts) => {
  const steps = facts.moved.filter((pixels) => pixels >= 0);
  return steps.length > 0 && mean(steps) > fastMotion ? all(facts) : [];
};

/** The mean of a list over frames; undefined where there are none. */
function over(values: readonly number[], frames: readonly number[]): number | undefined {
  return frames.length === 0 ? undefined : mean(frames.map((i) => values[i]!));
}

const bothOf = ({ j, f }: TrackFacts) => j.map((value, i) => (value + f[i]!) / 2);

const share = { unit: "share", better: "higher" } as const;

function of(named: Named, meaning: string, numberOf: (facts: TrackFacts) => number | undefined): AnyMeasure {
  return {
    ...meanMeasure(shareNote(named, meaning), (row) => numberOf(trackFacts(row))),
    // What a step scores is the mask of the prompted frame.
    column: true,
  };
}

const absence = "Before a target is gone, and once it is back";
const presence = "Does the model know that a target is gone?";

/** The first and the last of DAVIS's four bins, which share their edges (`db_statistics` of davis2017-evaluation; its ids wrap at 256 frames, these do not). */
function decay({ j }: TrackFacts): number | undefined {
  if (j.length === 0) return undefined;
  const edge = (bin: number) => Math.round(1 + (bin * (j.length - 1)) / 4 + 1e-10) - 1;
  return mean(j.slice(0, edge(1) + 1)) - mean(j.slice(edge(3)));
}

/** Of the frames where the target is (or is not) there, the share in which the model says so. */
const said = (facts: TrackFacts, there: boolean) => {
  const frames = asked(facts).filter((i) => facts.area[i]! > 0 === there);
  return over(
    facts.predicted.map((pixels) => Number(pixels > 0 === there)),
    frames,
  );
};

/** Area under the curve of the object score: how often a frame with the target has a higher one than a frame without (ties: half). */
const objectScoreArea: RankedMeasure = {
  ...{ id: "object-auc", name: "object-auc", of: "object score", at: "", title: "AUC of the object score" },
  ...{ ...share, unit: "plain", show: "more", group: presence },
  meaning:
    "Area under the ROC curve of the object score: how often a frame that shows the target has a higher score than one that does not, over all scored frames from the prompted one on.",
  items: (row: ScoredRow) => {
    const facts = trackFacts(row);
    const { objectScore, area } = facts;
    const frames = objectScore.length === 0 ? [] : asked(facts);
    return frames.map((i) => ({ key: objectScore[i]!, parts: [Number(area[i]! > 0)] }));
  },
  value: (items, times) => {
    let [present, absent, won] = [0, 0, 0];
    for (let i = 0; i < items.length; ) {
      let [here, gone] = [0, 0];
      const { key } = items[i]!;
      for (; i < items.length && items[i]!.key === key; i += 1)
        if (items[i]!.parts[0] === 1) here += times[i]!;
        else gone += times[i]!;
      won += here * (absent + gone / 2);
      present += here;
      absent += gone;
    }
    return present === 0 || absent === 0 ? undefined : won / (present * absent);
  },
};

/** Measures of every protocol that tracks targets through clips. */
export const trackMeasures: readonly AnyMeasure[] = [
  of(
    ["j&f", "J&F", { show: "main", broken: true }],
    "J&F: the mean of J and F, over the scored frames of a target, then over all targets of all clips.",
    (facts) => over(bothOf(facts), all(facts)),
  ),
  of(
    ["j", "J", { show: "main" }],
    "J, region similarity: the IoU of a frame's mask; 1 where neither the target nor the prediction is there.",
    (facts) => over(facts.j, all(facts)),
  ),
  of(
    ["f", "F", { show: "main" }],
    "F, contour accuracy: precision and recall of the outline's pixels, matched within 0.8 % of the image's diagonal.",
    (facts) => over(facts.f, all(facts)),
  ),
  of(["j-recall", "J recall"], "J recall: share of a target's scored frames with J above 50 %.", (facts) =>
    over(
      facts.j.map((value) => Number(value > 0.5)),
      all(facts),
    ),
  ),
  of(
    ["j-decay", "J decay", { unit: "points", better: "lower" }],
    "J decay, as DAVIS has it: mean J over the first of four bins of a target's scored frames minus that over the last; bins share their edges.",
    decay,
  ),
  of(
    ["j&f-fast", "J&F of fast targets"],
    `J&F of targets whose centre moves by more than ${fastMotion} pixels a frame on average (DAVIS's "fast motion").`,
    (facts) => over(bothOf(facts), fast(facts)),
  ),
  of(
    ["j&f-before", "J&F before it is gone", { group: absence }],
    "J&F over the frames that show a target before it is first gone; targets that are never gone do not count.",
    (facts) => over(bothOf(facts), aroundAbsence(facts).before),
  ),
  of(
    ["j&f-back", "J&F once it is back", { group: absence }],
    "J&F over the frames in which a target is back after it was gone; targets that are never gone do not count.",
    (facts) => over(bothOf(facts), aroundAbsence(facts).back),
  ),
  of(
    ["present", "found where it is", { group: presence }],
    "Share of the frames that show a target in which anything is predicted, averaged over targets.",
    (facts) => said(facts, true),
  ),
  of(
    ["absent", "silent where it is gone", { group: presence }],
    "Share of the frames that do not show a target in which nothing is predicted, averaged over targets that are ever gone.",
    (facts) => said(facts, false),
  ),
  objectScoreArea,
];
