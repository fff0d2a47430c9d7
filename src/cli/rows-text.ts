// What `rows` prints: a line for each row, or all that is measured of one.
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

/** The values of what is sorted by come last. */
export function rowsText(
  { total, rows, notes }: ListedRows,
  { sort, minus }: RowsQuery,
  screen: Screen,
): string {
  const note = notes.find(({ id }) => id === (sort ?? "").replace(/^\w+:/, ""));
  const title = note === undefined ? (sort ?? "") : fullName(note);
  const text = (value: number | null | undefined) =>
    value === null || value === undefined ? "" : formatWithUnit(note ?? { unit: "share" }, value);
  const values =
    sort === undefined
      ? []
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
        ? []
        : minus === undefined
          ? [text(row.value)]
          : [row.value, ...(row.of ?? [])].map(text)),
    ],
  );
  return [
    ...textTable(listTable([...named, ...values], lines), screen, { elsewhere: "--json" }),
    "",
    `${rows.length} of ${plural(total, "row")}`,
  ].join("\n");
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
