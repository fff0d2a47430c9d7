// What `rows` prints: a line for each row, or all that is measured of one.
import type { MeasureNote } from "../core/schema-types.ts";
import { formatWithUnit, fullName, plural } from "../report/kit/format.ts";
import { listTable } from "../report/kit/table.ts";
import { type Screen, textTable } from "../report/kit/text-table.ts";
import type { ListedRows, RowsQuery, readRow } from "../view/rows.ts";

const named = [
  { title: "row", align: "right" },
  { title: "benchmark", align: "left" },
  { title: "sample", align: "left" },
  { title: "target", align: "left" },
  { title: "category", align: "left", leaves: 30 },
  { title: "model", align: "left", leaves: 10 },
  { title: "protocol", align: "left", leaves: 40 },
  { title: "status", align: "left", leaves: 20 },
] as const;

/** The values of what is sorted by come last, or those of the main measures. */
export function rowsText(
  { total, rows, notes, shown = {} }: ListedRows,
  { sort, minus }: RowsQuery,
  screen: Screen,
): string {
  const note = notes.find(({ id }) => id === (sort ?? "").replace(/^\w+:/, ""));
  const title = note === undefined ? (sort ?? "") : fullName(note);
  const text = (value: number | null | undefined) =>
    value === null || value === undefined ? "" : formatWithUnit(note ?? { unit: "share" }, value);
  const mains = Object.values(shown);
  const titles = [...new Set(mains.map(fullName))];
  const several = titles.length > 1 ? [{ title: "measure", align: "left", leaves: 60 } as const] : [];
  const values =
    sort === undefined
      ? titles.length === 0
        ? []
        : [...several, { title: several.length > 0 ? "value" : titles[0]!, align: "right" } as const]
      : minus === undefined
        ? [{ title, align: "right" } as const]
        : [
            { title: "difference", align: "right" } as const,
            { title: sort, align: "right" } as const,
            { title: minus, align: "right" } as const,
          ];
  const lines = rows.map(
    ({ place, benchmark, sample, target, category, model, protocol, status, ...row }) => [
      ...[String(place), benchmark, sample, target, category, model, protocol, status],
      ...(sort === undefined
        ? mainValue(shown[protocol], row.value, several.length > 0)
        : minus === undefined
          ? [text(row.value)]
          : [row.value, ...(row.of ?? [])].map(text)),
    ],
  );
  return [
    ...textTable(listTable([...named, ...values], lines), screen, { elsewhere: "--json" }),
    "",
    `${rows.length} of ${plural(total, "row")}${sort === undefined ? orderText(mains) : ""}`,
  ].join("\n");
}

function mainValue(note: MeasureNote | undefined, value: number | null, named: boolean): string[] {
  const text = note === undefined || value === null ? "" : formatWithUnit(note, value);
  return named ? [note === undefined ? "" : fullName(note), text] : [text];
}

/** How the worst come first. */
function orderText(mains: readonly MeasureNote[]): string {
  const note = mains.find(({ better }) => better !== "none");
  if (note === undefined) return "";
  const order = note.better === "lower" ? " --order descending" : "";
  return `, in the order of the run; --sort ${/^[\w@]+$/.test(note.id) ? note.id : `'${note.id}'`}${order} begins with the worst`;
}

/** A measure in each line, as the row alone has it. */
export function rowText(
  place: number,
  { row, notes, values }: Awaited<ReturnType<typeof readRow>>,
  screen: Screen,
): string {
  const { model, benchmark, protocol, sample, target, category } = row;
  const told = [category, `sample ${sample}`, `target ${target}`].filter((text) => text !== undefined);
  const head = `row ${place}: ${model}, ${protocol}, ${benchmark}, ${told.join(", ")}`;
  if (row.status !== "ok") return `${head}\n${row.status}: ${row.reason}`;
  const lines = notes.flatMap((note) => {
    const value = values[note.id];
    return value === undefined ? [] : [[fullName(note), note.id, formatWithUnit(note, value)]];
  });
  const columns = [
    { title: "measure", align: "left" },
    { title: "id", align: "left" },
    { title: "value", align: "right" },
  ] as const;
  return [head, "", ...textTable(listTable(columns, lines), screen, { elsewhere: "--json" })].join("\n");
}
