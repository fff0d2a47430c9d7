// rows.parquet: the columns of rows.csv with types. Written row group by row group, so that memory does not grow with the run.
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { Row, RowRound } from "../core/rows.ts";
import type { RowEncoder } from "./input.ts";

type Value = string | number | readonly number[] | null;
type Kind = "text" | "whole" | "real" | "reals";

interface ColumnType {
  readonly kind: Kind;
  /** true: null where nothing was scored, or where the value does not exist. */
  readonly optional: boolean;
}

const always = (kind: Kind): ColumnType => ({ kind, optional: false });
const sometimes = (kind: Kind): ColumnType => ({ kind, optional: true });

/** Name and type of every column: a line is one target in one round, or one target that has none. */
export const parquetColumns = {
  ...{ model: always("text"), benchmark: always("text"), protocol: always("text"), image: always("text") },
  ...{ cluster: always("text"), target: always("text"), status: always("text") },
  ...{ reason: sometimes("text"), category: sometimes("text") },
  ...{ width: sometimes("whole"), height: sometimes("whole"), area: sometimes("whole") },
  ...{ x0: sometimes("whole"), y0: sometimes("whole"), x1: sometimes("whole"), y1: sometimes("whole") },
  ...{ clicks: sometimes("whole"), draw: sometimes("whole") },
  ...{ selected: sometimes("real"), oracle: sometimes("real"), dice: sometimes("real") },
  ...{ boundary: sometimes("real"), predicted: sometimes("reals"), candidates: sometimes("reals") },
} as const satisfies Record<string, ColumnType>;

type ColumnName = keyof typeof parquetColumns;
type Line = Readonly<Record<ColumnName, Value>>;

const names = Object.keys(parquetColumns) as ColumnName[];
/** Lines of a row group: about 20 MB while it is gathered. */
const groupLines = 20_000;

/** A Parquet file with Snappy compression; `lines` bounds a row group. */
export function parquetEncoder(lines = groupLines): RowEncoder {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: schema(), createdBy: "segbench" });
  let group: Line[] = [];
  const take = (): Uint8Array => {
    const written = bytes.getBytes().slice();
    bytes.index = 0;
    return written;
  };
  const writeGroup = (): void => {
    if (group.length === 0) return;
    const columnData = names.map((name) => ({
      name,
      data: group.map((line) => line[name]) as never[],
      offsetIndex: false,
    }));
    writer.write({ columnData, rowGroupSize: group.length });
    group = [];
  };
  return {
    add: (row) => {
      group.push(...linesOf(row));
      if (group.length < lines) return undefined;
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

function linesOf(row: Row): Line[] {
  const { model, benchmark, protocol, image, cluster, target, status, category = null } = row;
  const reason = row.status === "ok" ? null : row.reason;
  const head = { model, benchmark, protocol, image, cluster, target, status, reason, category };
  if (row.status !== "ok") return [{ ...head, ...noSize, ...noRound }];
  const [x0, y0, x1, y1] = row.box;
  const { width, height } = row.size;
  const size = { width, height, area: row.area, x0, y0, x1, y1 };
  return row.rounds.map((round) => ({ ...head, ...size, ...roundValues(round) }));
}

function roundValues({ clicks, draw, selected, oracle, dice, boundary, predicted, candidates }: RowRound) {
  const optional = { draw: draw ?? null, oracle: oracle ?? null };
  return { clicks, selected, dice, boundary, predicted, candidates, ...optional };
}

const noSize = { width: null, height: null, area: null, x0: null, y0: null, x1: null, y1: null };
const noRound = {
  ...{ clicks: null, draw: null, selected: null, oracle: null },
  ...{ dice: null, boundary: null, predicted: null, candidates: null },
};

type SchemaElements = ConstructorParameters<typeof ParquetWriter>[0]["schema"];

function schema(): SchemaElements {
  return [{ name: "rows", num_children: names.length }, ...names.flatMap(element)];
}

function element(name: ColumnName): SchemaElements {
  const { kind, optional } = parquetColumns[name];
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
