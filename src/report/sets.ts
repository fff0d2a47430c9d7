// Which images a report shows with all their masks, and which of the targets that no mask was matched to.
import { setDefaults } from "../core/defaults.ts";
import { groupBy } from "../core/group-by.ts";
import { maskSetFacts } from "../core/mask-set-facts.ts";
import { type AnyMeasure, isRanked } from "../core/measure.ts";
import type { ScoredRow } from "../core/rows.ts";
import { chooseByKind, type DrawnPicture, pictureOf } from "./gallery.ts";
import type { MissChoice, SetChoice, ShownMiss, ShownSet } from "./input.ts";
import { formatWithUnit, plural } from "./kit/format.ts";
import { gain, leadingOf } from "./lookup.ts";

/** Worst, median and best images of each model and benchmark, by what leads their protocol. */
export function chooseSets(rows: readonly ScoredRow[], measures: readonly AnyMeasure[]): SetChoice[] {
  const leading = measures.find(({ id }) => id === leadingOf(measures)?.id);
  if (leading === undefined || isRanked(leading)) return [];
  const { name, unit, title } = leading;
  const ranked = rows.flatMap((row) => {
    const parts = leading.parts(row);
    if (parts === undefined) return [];
    const value = leading.value(parts);
    return [{ row, quality: gain(leading, value), score: { name, of: title, unit, value } }];
  });
  return chooseByKind(ranked, setDefaults).map(({ one: { row, score }, kind }) => {
    const { masks, targets, missed = [] } = maskSetFacts(row);
    const places = missed.map(([place]) => place);
    return { ...keyOf(row), kind, score, masks, targets: targets[0]!, missed: places };
  });
}

/** The largest of each model and benchmark; of equal ones the first. */
export function chooseMisses(rows: readonly ScoredRow[]): MissChoice[] {
  const all = rows.flatMap((row) => {
    const { missed = [], masks } = maskSetFacts(row);
    return missed.flatMap(([place, area]) => (area > 0 ? [{ ...keyOf(row), place, area, masks }] : []));
  });
  return [...groupBy(all, ({ model, benchmark }) => JSON.stringify([model, benchmark])).values()].flatMap(
    (group) => group.toSorted((a, b) => b.area - a.area).slice(0, setDefaults.misses),
  );
}

function keyOf({ model, benchmark, protocol, sample }: ScoredRow) {
  return { model, benchmark, protocol, sample };
}

/** An image with its pictures. */
export function shownSet(
  choice: SetChoice,
  drawn: Readonly<Record<keyof ShownSet["pictures"], DrawnPicture>>,
): ShownSet {
  const { benchmark, sample, masks, targets, missed, score } = choice;
  const where = `${benchmark} image ${sample}`;
  const found = `${targets - missed.length} of ${plural(targets, "target")}`;
  return {
    ...choice,
    pictures: {
      masks: pictureOf(drawn.masks, `${plural(masks, "mask")} of ${where}, each in a colour of its own`),
      targets: pictureOf(
        drawn.targets,
        `Targets of ${where}: ${found} found at 50 % IoU, ${score.of} ${formatWithUnit(score, score.value)}`,
      ),
    },
  };
}

/** A target with its picture. */
export function shownMiss(
  choice: MissChoice,
  { target, fit }: Pick<ShownMiss, "target" | "fit">,
  drawn: DrawnPicture,
): ShownMiss {
  const { benchmark, sample } = choice;
  const best = formatWithUnit({ unit: "share" }, fit);
  const alt = `Target ${target} of ${benchmark} image ${sample}, and the mask that fits it best: IoU ${best}`;
  return { ...choice, target, fit, picture: pictureOf(drawn, alt) };
}
