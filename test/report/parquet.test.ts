// rows.parquet read back by another program's reader, against rows.csv.
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import type { Row, ScoredRow } from "../../src/core/rows.ts";
import { matchMaskSet } from "../../src/eval/everything/match.ts";
import { recallOf } from "../../src/eval/everything/measures.ts";
import { trackMeasures } from "../../src/eval/video/measures.ts";
import { createMask, setRun } from "../../src/masks/bit-mask.ts";
import { rowWriters } from "../../src/report/index.ts";
import { noteScores, parquetEncoder, rowColumns, rowMeasures } from "../../src/report/rows.ts";
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
  const file = encoded(many, parquetEncoder(exampleScores, undefined, 16));
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

test("a row of all masks of an image has its counts, from which AR@1000 follows", async () => {
  const drawn = (rows: number, from = 0) => {
    const mask = createMask(200, 200);
    for (let y = 0; y < rows; y++) setRun(mask, y, from, from + 100);
    return mask;
  };
  const targets = [drawn(20), drawn(150), drawn(8, 100)].map((mask, i) => ({
    ...{ id: String(i), area: [2000, 15000, 800][i]!, crowd: false, mask },
  }));
  const { facts } = matchMaskSet(
    [
      { score: 0.9, mask: drawn(120) },
      { score: 0.8, mask: drawn(8, 100) },
    ],
    targets,
  );
  const lost = [
    [0, 0, 0, 0, 0, 0, 0, 1, 1, 1],
    ...Array.from({ length: 9 }, () => facts.scores.map(() => 0)),
  ];
  const generated = {
    points: 4,
    candidates: 12,
    removed: [0, 3, 0, 0, 0, 6, 0, 0, 1],
    near: [2, 1],
    lost,
    missed: [],
  };
  const row = {
    ...{ ...exampleRows[0]!, target: "all", status: "ok", size: { width: 200, height: 200 }, steps: [] },
    facts: { ...facts, ...generated },
  } as unknown as ScoredRow;
  const names: string[] = [];
  for (const one of [exampleRows[3]!, row]) noteScores(names, one);
  const [line] = await parquetReadObjects({ file: encoded([row], parquetEncoder(names)) });
  expect(line).toMatchObject({
    ...{
      points: 4,
      candidate_count: 12,
      masks: 2,
      removed_predicted: 3,
      removed_suppressed: 6,
      removed_cut: 1,
    },
    ...{
      near_predicted: 2,
      near_stability: 1,
      targets: 3,
      targets_small: 1,
      targets_medium: 1,
      targets_large: 1,
    },
    // The large mask covers 0.8 of the large target: seven thresholds of ten.
    ...{
      matched_1: 0.7,
      matched_1000: 1.7,
      matched_small_1: 0,
      matched_small_2: 1,
      matched_large_1: 0.7,
      lost_never: 0.3,
    },
  });
  const [sum, count] = recallOf("all", 1000).parts(row)!;
  expect([line!.matched_1000, line!.targets]).toEqual([sum, count]);
});

test("a target of a clip has what is measured of it through the clip, once, before the scores of its prompted frame", async () => {
  const [{ steps: _, ...row }] = exampleRows as [ScoredRow];
  const [step] = exampleRows.flatMap((one) => (one.status === "ok" ? one.steps : []));
  const facts = {
    ...{
      frames: 4,
      first: 0,
      scored: [1, 2],
      j: [0.5, 0.75],
      f: [0.25, 0.5],
      area: [9, 9],
      predicted: [9, 9],
    },
    ...{ moved: [1, 1], objectScore: [] },
  };
  const track = { ...row, protocol: "vos-3-click@1", facts, steps: [{ ...step! }, step!] } as ScoredRow;
  const measures = rowMeasures([{ id: "vos-3-click@1", measures: trackMeasures }]);
  const names: string[] = [];
  noteScores(names, track, measures);
  expect(names.slice(0, 3)).toEqual(["j&f", "j", "f"]);
  expect(names.indexOf("iou")).toBeGreaterThan(2);
  const lines = await parquetReadObjects({ file: encoded([track], parquetEncoder(names, measures)) });
  expect(lines.map((line) => [line["j&f"], line.j, line.f, line.iou])).toEqual([
    [null, null, null, step!.scores.iou],
    [0.5, 0.625, 0.375, step!.scores.iou],
  ]);
});
