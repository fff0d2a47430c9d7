// Which images a report shows with all their masks, and which of the targets that no mask was matched to.
import { setDefaults } from "../core/defaults.ts";
import { groupBy } from "../core/group-by.ts";
import { type GeneratorFacts, maskSetFacts } from "../core/mask-set-facts.ts";
import type { AnyMeasure } from "../core/measure.ts";
import type { RowKey, ScoredRow } from "../core/rows.ts";
import { chooseByKind, type DrawnPicture, pictureOf, scoreOfRow } from "./gallery.ts";
import type { GalleryScore, MissChoice, SetChoice, ShownMiss, ShownSet } from "./input.ts";
import { formatWithUnit, plural } from "./kit/format.ts";
import { gain, leadingOf } from "./lookup.ts";

/** What is remembered of a row until images are chosen: a row itself may have thousands of numbers. */
export interface SeenSet extends Pick<SetChoice, "masks" | "targets"> {
  readonly row: RowKey;
  /** Undefined where the image has none. */
  readonly score: GalleryScore | undefined;
  /** The higher, the better. */
  readonly quality: number;
  /** [place, pixels], as in the row. */
  readonly missed: GeneratorFacts["missed"];
}

/** Remembers rows of a protocol by what leads its measures. */
export function seenSets(measures: readonly AnyMeasure[]): (row: ScoredRow) => SeenSet {
  const leading = measures.find(({ id }) => id === leadingOf(measures)?.id);
  return (row) => {
    const { model, benchmark, protocol, sample, cluster, target } = row;
    const { masks, targets, missed = [] } = maskSetFacts(row);
    const score = leading && scoreOfRow(leading, row);
    return {
      ...{
        row: { model, benchmark, protocol, sample, cluster, target },
        masks,
        targets: targets[0]!,
        missed,
      },
      score,
      quality: score === undefined ? 0 : gain(leading!, score.value),
    };
  };
}

/** Worst, median and best images of each model and benchmark, by what leads their protocol. */
export function chooseSets(seen: readonly SeenSet[]): SetChoice[] {
  const ranked = seen.flatMap(({ score, ...one }) => (score === undefined ? [] : [{ ...one, score }]));
  return chooseByKind(ranked, setDefaults).map(({ one: { row, score, masks, targets, missed }, kind }) => {
    const places = missed.map(([place]) => place);
    return { ...keyOf(row), kind, score, masks, targets, missed: places };
  });
}

/** The largest of each model and benchmark; of equal ones the first. */
export function chooseMisses(seen: readonly SeenSet[]): MissChoice[] {
  const all = seen.flatMap(({ row, missed, masks }) =>
    missed.flatMap(([place, area]) => (area > 0 ? [{ ...keyOf(row), place, area, masks }] : [])),
  );
  return [...groupBy(all, ({ model, benchmark }) => JSON.stringify([model, benchmark])).values()].flatMap(
    (group) => group.toSorted((a, b) => b.area - a.area).slice(0, setDefaults.misses),
  );
}

function keyOf({ model, benchmark, protocol, sample }: RowKey) {
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
  const { benchmark, sample, masks } = choice;
  const best = `, and the mask that fits it best: IoU ${formatWithUnit({ unit: "share" }, fit)}`;
  const alt = `Target ${target} of ${benchmark} image ${sample}${masks === 0 ? ": the image has no mask" : best}`;
  return { ...choice, target, fit, picture: pictureOf(drawn, alt) };
}
