// Rows as a table, a line per target and step: rows.csv, and rows.parquet with types.
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { isMaskSet, maskSetNumbers } from "../core/mask-set-facts.ts";
import { type AnyMeasure, isRanked, type Measure } from "../core/measure.ts";
import { isExpression, isQuery, queryNumbers } from "../core/query-facts.ts";
import type { Row, RowCandidate, RowStep, ScoredRow } from "../core/rows.ts";
import type { RowEncoder } from "./input.ts";

export type Value = string | number | readonly number[] | null;
export type Kind = "text" | "whole" | "real" | "reals";

interface RowColumn {
  readonly name: string;
  readonly kind: Kind;
  /** true: null where nothing was scored, or where the value does not exist. */
  readonly optional: boolean;
  readonly of: (row: Row, step: RowStep | undefined) => Value;
}

const identity = ["model", "benchmark", "protocol", "sample", "cluster", "target", "status"] as const;

type Numbers = Readonly<Record<string, number>>;

/** By protocol, the measures that tables of rows have a column of. */
export type RowMeasures = ReadonlyMap<string, readonly Measure[]>;

export function rowMeasures(
  protocols: readonly { readonly id: string; readonly measures: readonly AnyMeasure[] }[],
): RowMeasures {
  const columns = (measures: readonly AnyMeasure[]) =>
    measures.filter((measure): measure is Measure => !isRanked(measure) && measure.column === true);
  return new Map(protocols.map(({ id, measures }) => [id, columns(measures)]));
}

/**
 * The numbers of a line: a step's scores; of all masks of an image, and of answers to phrases, what its row counts. What is measured of the
 * row stands before them in the line of its last step.
 */
function numbersOf(row: Row, step: RowStep | undefined, measures: RowMeasures): Numbers {
  if (row.status !== "ok") return {};
  const own = step === undefined ? countsOf(row) : step.scores;
  const columns = measures.get(row.protocol) ?? [];
  if (columns.length === 0 || step !== row.steps.at(-1)) return own;
  const measured = columns.flatMap((measure) => {
    const parts = measure.parts(row);
    return parts === undefined ? [] : [[measure.id, measure.value(parts)] as const];
  });
  return { ...Object.fromEntries(measured), ...own };
}

function countsOf(row: ScoredRow): Numbers {
  return isMaskSet(row) ? maskSetNumbers(row) : isQuery(row) || isExpression(row) ? queryNumbers(row) : {};
}

/** All columns, with one for each name of a number, in the given order. */
export function rowColumns(scores: readonly string[], measures: RowMeasures = new Map()): RowColumn[] {
  const column = (name: string, kind: Kind, of: RowColumn["of"], optional = true): RowColumn => ({
    ...{ name, kind, optional, of },
  });
  const scored = (name: string, of: (row: ScoredRow) => number | undefined) =>
    column(name, "whole", (row) => (row.status === "ok" ? (of(row) ?? null) : null));
  const stepped = (name: string, kind: Kind, of: (step: RowStep) => Value | undefined) =>
    column(name, kind, (_, step) => (step === undefined ? null : (of(step) ?? null)));
  // Cell by cell, of the same line: they are worked out once.
  let [line, last]: [Row | RowStep | undefined, Numbers] = [undefined, {}];
  const numbers = (row: Row, step: RowStep | undefined): Numbers => {
    if (line !== (step ?? row)) [line, last] = [step ?? row, numbersOf(row, step, measures)];
    return last;
  };
  return [
    ...identity.map((name) => column(name, "text", (row) => row[name], false)),
    column("reason", "text", (row) => (row.status === "ok" ? null : row.reason)),
    column("category", "text", (row) => row.category ?? null),
    scored("width", ({ size }) => size?.width),
    scored("height", ({ size }) => size?.height),
    scored("area", ({ area }) => area),
    ...["x0", "y0", "x1", "y1"].map((name, side) => scored(name, ({ box }) => box?.[side])),
    stepped("clicks", "whole", ({ at }) => at.clicks),
    stepped("draw", "whole", ({ at }) => at.draw),
    ...scores.map((name) => column(name, "real", (row, step) => numbers(row, step)[name] ?? null)),
    stepped("predicted", "reals", ({ candidates }) => candidates.flatMap(({ predicted }) => predicted ?? [])),
    stepped("candidates", "reals", ({ candidates }) => candidates.flatMap(scoreOf)),
  ];
}

/** A candidate's first score beside the model's own estimate: what its rank is judged by. */
function scoreOf(candidate: RowCandidate): number | [] {
  for (const name in candidate) if (name !== "predicted") return candidate[name]!;
  return [];
}

/** The steps that have a line; one line without a step where there is none. */
export function stepsOf(row: Row): readonly (RowStep | undefined)[] {
  return row.status === "ok" && row.steps.length > 0 ? row.steps : [undefined];
}

/** Records the names of a row's numbers, each after the one that it follows in its line, so that all rows agree on one order. */
export function noteScores(names: string[], row: Row, measures: RowMeasures = new Map()): void {
  for (const step of stepsOf(row)) {
    let before = -1;
    for (const name in numbersOf(row, step, measures)) {
      const at = names.indexOf(name);
      if (at < 0) names.splice(before + 1, 0, name);
      before = at < 0 ? before + 1 : at;
    }
  }
}

/** Text buffered before a write: few writes, little memory. */
const chunk = 1 << 16;

/** rows.csv: a header, then the lines of every row; quoted as RFC 4180 has it, numbers in full precision. */
export function csvEncoder(scores: readonly string[], measures?: RowMeasures): RowEncoder {
  const columns = rowColumns(scores, measures);
  let text = `${columns.map(({ name }) => quoted(name)).join(",")}\n`;
  const take = (): string => {
    const taken = text;
    text = "";
    return taken;
  };
  return {
    add: (row) => {
      for (const step of stepsOf(row))
        text += `${columns.map(({ of }) => quoted(of(row, step))).join(",")}\n`;
      return text.length < chunk ? undefined : take();
    },
    end: take,
  };
}

/** Lists take one field, their members separated by spaces. */
function quoted(value: Value): string {
  if (value === null) return "";
  const text = typeof value === "object" ? value.join(" ") : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lines of a row group: about 20 MB while it is gathered, so that memory does not grow with the run. */
const groupLines = 20_000;

/** A Parquet file with Snappy compression; `lines` bounds a row group. */
export function parquetEncoder(
  scores: readonly string[],
  measures?: RowMeasures,
  lines = groupLines,
): RowEncoder {
  const columns = rowColumns(scores, measures);
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: schema(columns), createdBy: "segbench" });
  // Column by column: an object per line costs ten times as much as its values.
  const gathered = columns.map((): Value[] => []);
  const count = () => gathered[0]!.length;
  const take = (): Uint8Array => {
    const written = bytes.getBytes().slice();
    bytes.index = 0;
    return written;
  };
  const writeGroup = (): void => {
    if (count() === 0) return;
    const columnData = columns.map(({ name }, c) => ({
      ...{ name, data: gathered[c] as never[], offsetIndex: false },
    }));
    writer.write({ columnData, rowGroupSize: count() });
    for (const column of gathered) column.length = 0;
  };
  return {
    add: (row) => {
      for (const step of stepsOf(row))
        for (let c = 0; c < columns.length; c++) gathered[c]!.push(columns[c]!.of(row, step));
      if (count() < lines) return undefined;
      writeGroup();
      return take();
    },
    end: () => {
      writeGroup();
      writer.finish();
      return take();
    },
  };
}

type SchemaElements = ConstructorParameters<typeof ParquetWriter>[0]["schema"];

function schema(columns: readonly RowColumn[]): SchemaElements {
  return [{ name: "rows", num_children: columns.length }, ...columns.flatMap(element)];
}

function element({ name, kind, optional }: RowColumn): SchemaElements {
  const repetition_type = optional ? "OPTIONAL" : "REQUIRED";
  if (kind === "reals")
    return [
      { name, repetition_type, converted_type: "LIST", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "DOUBLE", repetition_type: "REQUIRED" },
    ];
  if (kind === "text") return [{ name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type }];
  return [{ name, type: kind === "whole" ? "INT32" : "DOUBLE", repetition_type }];
}
