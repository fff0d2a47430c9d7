// What targets are sorted by: a measure, or the difference of two numbers of a row, each a choice by itself.

import { units } from "../../../core/units.ts";
import { sentence } from "../../../core/words.ts";
import type { Index, Note } from "./ask.ts";
import { plain, shown, withUnit } from "./numbers.ts";

/** A column of a run, by the word that the server knows it by, and how its numbers are written. */
export interface Axis {
  readonly word: string;
  readonly title: string;
  readonly unit: Note["unit"];
}

/** A choice of the list "Sort by". */
export interface Sorting {
  readonly axis: Axis;
  /** What is taken from it. */
  readonly minus?: Axis;
  readonly title: string;
  /** The order that such a choice begins with. */
  readonly order: "ascending" | "descending" | "far";
  /** The measure whose step is looked at. */
  readonly note?: Note;
}

export interface SortingGroup {
  readonly title: string;
  readonly choices: readonly Sorting[];
}

const SHARE: Axis = { word: "share", title: "share of the image", unit: "share" };

const titleOf = ({ of, at }: Pick<Note, "of" | "at">) => sentence(at === "" ? of : `${of}, ${at}`);
const axisOf = (note: Note): Axis => ({ word: note.id, title: titleOf(note), unit: note.unit });
const estimateOf = (note: Note): Axis => ({
  ...{ word: `estimate:${note.id}`, unit: note.unit },
  title: `model's estimate${note.at === "" ? "" : `, ${note.at}`}`,
});

/** What single rows can be sorted by. `beside`: the model beside the one that is listed. */
export function sortingsOf(index: Index, protocol: string, beside: string | undefined): SortingGroup[] {
  const notes = (index.measures[protocol] ?? []).filter(({ id }) => index.valued.includes(id));
  const estimated = notes.filter(
    ({ step, show, boundOf, unit }) =>
      step !== undefined && show === "main" && boundOf === undefined && unit === "share",
  );
  const groups: SortingGroup[] = [
    {
      title: "A number of each target",
      choices: [
        ...notes.map(
          (note): Sorting => ({
            axis: axisOf(note),
            title: titleOf(note),
            order: note.better === "lower" ? "descending" : "ascending",
            note,
          }),
        ),
        { axis: SHARE, title: sentence(SHARE.title), order: "ascending" },
      ],
    },
    {
      title: `Change from this model to ${beside}`,
      choices:
        beside === undefined
          ? []
          : notes.map((note) => ({
              ...{
                axis: { ...axisOf(note), word: `beside:${note.id}`, title: `${titleOf(note)}: ${beside}` },
                minus: axisOf(note),
              },
              ...{ title: `Change of ${titleOf(note)}`, order: "far", note },
            })),
    },
    {
      title: "What is lost by the model's choice",
      choices: notes.flatMap((note): Sorting[] => {
        const own = notes.find(({ id }) => id === note.boundOf);
        if (own === undefined) return [];
        return [
          {
            axis: axisOf(note),
            minus: axisOf(own),
            title: titleOf({ ...note, of: `${note.of} minus ${own.of}` }),
            order: "descending",
            note: own,
          },
        ];
      }),
    },
    {
      title: "The model's estimate against the measure",
      choices: estimated.map((note) => ({
        ...{ axis: estimateOf(note), minus: axisOf(note), title: `Estimate minus ${titleOf(note)}` },
        ...{ order: "far", note },
      })),
    },
  ];
  return groups.filter(({ choices }) => choices.length > 0);
}

/** The one that an address names. */
export function sortingOf(
  groups: readonly SortingGroup[],
  sort: string | undefined,
  minus: string | undefined,
) {
  return groups
    .flatMap(({ choices }) => choices)
    .find((one) => one.axis.word === sort && one.minus?.word === minus);
}

/** The plot of a choice: of a difference its two columns, of a measure the model's estimate across, or the share of the image. */
export function axesOf({ axis, minus, note }: Sorting): { readonly x: Axis; readonly y: Axis } {
  if (minus !== undefined) return { x: minus, y: axis };
  return { x: note?.step === undefined || note.unit !== "share" ? SHARE : estimateOf(note), y: axis };
}

/** "71.3 %", or of a difference "+12.0 points". */
export function valueText({ axis, minus }: Sorting, value: number): string {
  if (minus === undefined) return withUnit(axis.unit, value);
  const text = shown(axis.unit, value);
  const { difference } = units[axis.unit];
  return `${value > 0 && !text.startsWith("+") ? "+" : ""}${text}${difference}`;
}

/** Of a difference: "71.3 → 83.3". */
export function pairText(
  { axis, minus }: Sorting,
  of: readonly [number | null, number | null] | undefined,
): string {
  if (minus === undefined || of === undefined) return "";
  const text = (value: number | null, { unit }: Axis) =>
    value === null ? "–" : unit === "plain" ? plain(value) : shown(unit, value);
  return `${text(of[1], minus)} → ${text(of[0], axis)}`;
}
