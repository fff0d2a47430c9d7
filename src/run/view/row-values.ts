// What a single row says in numbers: for whoever sorts and filters rows.
import { type AnyMeasure, estimateColumn, isRanked, type MeasureNote } from "../../core/measure.ts";
import { mean } from "../../core/numbers.ts";
import { isQuery, queryFacts } from "../../core/query-facts.ts";
import type { Row, ScoredRow } from "../../core/rows.ts";
import { cocoBounds } from "../../stats/buckets.ts";

/** Columns of values, and the values of rows. `measures`: by protocol; `before`: measures that rows before have had. */
export function rowValues(
  measures: ReadonlyMap<string, readonly AnyMeasure[]>,
  before: readonly string[] = [],
) {
  const all = [...measures.values()].flat();
  const ids = [...new Set(all.map(({ id }) => id))];
  const columns = [...new Set([...ids, ...stepsOf(all).keys()])];
  const places = new Map(columns.map((name, i) => [name, i]));
  const own = new Map([...measures].map(([id, list]) => [id, { list, steps: [...stepsOf(list)] }]));
  const valued = new Set(before);
  return {
    columns,
    /** `values`: of the columns; `share`: of the image. NaN where the row does not have them. `size`: by COCO's limits; of a phrase "named" or "nothing"; "" otherwise. */
    of(row: Row): { readonly values: readonly number[]; readonly share: number; readonly size: string } {
      const values = columns.map(() => Number.NaN);
      if (row.status !== "ok") return { values, share: Number.NaN, size: "" };
      const { list = [], steps = [] } = own.get(row.protocol) ?? {};
      for (const measure of list) {
        const value = valueAlone(measure, row);
        values[places.get(measure.id)!] = value;
        if (!Number.isNaN(value)) valued.add(measure.id);
      }
      for (const [name, step] of steps) values[places.get(name)!] = estimateAt(step, row);
      const { size, area } = row;
      const share = size === undefined || area === undefined ? Number.NaN : area / (size.width * size.height);
      return { values, share, size: area === undefined ? namesOf(row) : sizeName(area) };
    },
    /** Measures that some row had by itself, by id. */
    valued: () => ids.filter((id) => valued.has(id)),
  };
}

/** A row's own value: that of a set of which it is the only one. */
function valueAlone(measure: AnyMeasure, row: ScoredRow): number {
  if (isRanked(measure)) {
    const items = measure.items(row);
    if (items.length === 0) return Number.NaN;
    const sorted = items.length === 1 ? items : [...items].sort((a, b) => a.key - b.key);
    return measure.value(sorted, new Uint8Array(sorted.length).fill(1)) ?? Number.NaN;
  }
  const parts = measure.parts(row);
  return parts === undefined ? Number.NaN : measure.value(parts);
}

type Place = NonNullable<MeasureNote["step"]>;

/** Steps that measures read, by the columns of their estimates. */
function stepsOf(notes: readonly MeasureNote[]): ReadonlyMap<string, Place> {
  return new Map(
    notes.flatMap((note) => (note.step === undefined ? [] : [[estimateColumn(note)!, note.step] as const])),
  );
}

/** What the model itself says of the masks that count at a step: of several draws their mean. */
function estimateAt({ clicks, draw }: Place, { steps }: ScoredRow): number {
  const own = steps.filter(({ at }) => at.clicks === clicks && (draw === undefined || at.draw === draw));
  if (own.length === 0) return Number.NaN;
  return mean(own.map(({ chosen, candidates }) => candidates[chosen]!.predicted));
}

/** Of a phrase: whether it names anything, by the annotator that counts. */
function namesOf(row: ScoredRow): string {
  if (!isQuery(row)) return "";
  const { truths, chosen } = queryFacts(row);
  return truths[chosen]! > 0 ? "named" : "nothing";
}

function sizeName(area: number): string {
  return cocoBounds.find(({ high }) => high === null || area < high)!.name;
}
