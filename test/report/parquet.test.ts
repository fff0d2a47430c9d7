// rows.parquet read back by another program's reader, against rows.csv.
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import type { Row, ScoredRow } from "../../src/core/rows.ts";
import { rowWriters } from "../../src/report/index.ts";
import { noteScores, parquetEncoder, rowColumns } from "../../src/report/rows.ts";
import { exampleRows, exampleScores } from "./rows.ts";

const names = rowColumns(exampleScores).map(({ name }) => name);

function encoded(rows: readonly Row[], encoder = rowWriters.parquet.open(exampleScores)): ArrayBuffer {
  const pieces = [...rows.map(encoder.add), encoder.end()].flatMap((piece) => piece ?? []);
  return new Uint8Array(Buffer.concat(pieces.map((piece) => Buffer.from(piece as Uint8Array)))).buffer;
}

/** A line of rows.csv as CSV would show it, without quotes. */
function shown(line: Record<string, unknown>): string[] {
  return names.map((name) => {
    const value = line[name];
    return Array.isArray(value) ? value.join(" ") : String(value ?? "");
  });
}

test("holds what rows.csv holds, line by line", async () => {
  const lines = await parquetReadObjects({ file: encoded(exampleRows) });
  const { add, end } = rowWriters.csv.open(exampleScores);
  const csv = [...exampleRows.map(add), end()].map((piece) => piece ?? "").join("");
  const fields = [...csv.matchAll(/("(?:[^"]|"")*"|[^,\n"]*)(,|\n)/g)];
  const table: string[][] = [[]];
  for (const [, field = "", mark] of fields) {
    table.at(-1)!.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (mark === "\n") table.push([]);
  }
  const [head, ...rest] = table.slice(0, -1);
  expect(head).toEqual(names);
  expect(lines.map(shown)).toEqual(rest);
  expect(lines).toHaveLength(7);
});

test("has types: exact numbers, whole numbers, lists, nothing where nothing is", async () => {
  const lines = await parquetReadObjects({ file: encoded(exampleRows) });
  expect(lines[0]).toMatchObject({
    ...{ target: "1", category: 'trash bag, "large"', width: 480, area: 1234, clicks: 1, draw: null },
    ...{ iou: 0.71, oracle: 0.83, predicted: [0.9, 0.6, 0.7], candidates: [0.71, 0.83, 0.4] },
  });
  expect(lines[3]).toMatchObject({
    status: "dropped",
    reason: "empty",
    x0: null,
    iou: null,
  });
  expect(lines[3]!.predicted ?? null).toBeNull();
  expect(lines[5]).toMatchObject({ draw: 0, iou: 0.30000000000000004, oracle: null });
});

test("row groups are bounded, and nothing is lost between them", async () => {
  const many = Array.from({ length: 50 }, (_, i) => ({ ...exampleRows[1]!, target: String(i) }));
  const file = encoded(many, parquetEncoder(exampleScores, 16));
  expect(parquetMetadata(file).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([16, 16, 16, 2]);
  const lines = await parquetReadObjects({ file });
  expect(lines.map(({ target }) => target)).toEqual(many.map(({ target }) => target));
});

test("a run without rows is a valid file", async () => {
  expect(await parquetReadObjects({ file: encoded([]) })).toEqual([]);
});

test("a column for each score that rows have, in one order whichever row comes first", () => {
  const noted = (rows: readonly Row[]) => {
    const found: string[] = [];
    for (const row of rows) noteScores(found, row);
    return found;
  };
  expect(noted(exampleRows)).toEqual(exampleScores);
  expect(noted(exampleRows.toReversed())).toEqual(exampleScores);
});

test("a further score is a further column", async () => {
  const [row] = exampleRows as [ScoredRow];
  const steps = row.steps.map((step) => ({ ...step, scores: { ...step.scores, blur: 12.5 } }));
  const lines = await parquetReadObjects({
    file: encoded([{ ...row, steps }], parquetEncoder([...exampleScores, "blur"])),
  });
  expect(lines.map(({ blur, boundary }) => [boundary, blur])).toEqual([
    [0.55, 12.5],
    [0.55, 12.5],
  ]);
});
