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

const names = Object.keys(parquetColumns) as ColumnName[];
/** Lines of a row group: about 20 MB while it is gathered. */
const groupLines = 20_000;

/** A Parquet file with Snappy compression; `lines` bounds a row group. */
export function parquetEncoder(lines = groupLines): RowEncoder {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: schema(), createdBy: "segbench" });
  const columns = names.map((): Value[] => []);
  const gathered = () => columns[0]!.length;
  const take = (): Uint8Array => {
    const written = bytes.getBytes().slice();
    bytes.index = 0;
    return written;
  };
  const writeGroup = (): void => {
    if (gathered() === 0) return;
    const columnData = names.map((name, i) => ({ name, data: columns[i] as never[], offsetIndex: false }));
    writer.write({ columnData, rowGroupSize: gathered() });
    for (const column of columns) column.length = 0;
  };
  return {
    add: (row) => {
      addLines(row, columns);
      if (gathered() < lines) return undefined;
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

/** Column by column, in the order of `parquetColumns`: an object per line costs ten times as much as its values. */
function addLines(row: Row, columns: readonly Value[][]): void {
  const reason = row.status === "ok" ? null : row.reason;
  const { model, benchmark, protocol, image, cluster, target, status, category = null } = row;
  const head = [model, benchmark, protocol, image, cluster, target, status, reason, category];
  const size = row.status === "ok" ? [row.size.width, row.size.height, row.area, ...row.box] : noSize;
  const rounds = row.status === "ok" ? row.rounds.map(roundValues) : [noRound];
  const start = head.length + size.length;
  for (const round of rounds) {
    for (let i = 0; i < head.length; i++) columns[i]!.push(head[i]!);
    for (let i = 0; i < size.length; i++) columns[head.length + i]!.push(size[i]!);
    for (let i = 0; i < round.length; i++) columns[start + i]!.push(round[i]!);
  }
}

function roundValues(round: RowRound): Value[] {
  const { clicks, draw = null, selected, oracle = null, dice, boundary, predicted, candidates } = round;
  return [clicks, draw, selected, oracle, dice, boundary, predicted, candidates];
}

const noSize: readonly Value[] = Array.from({ length: 7 }, () => null);
const noRound: readonly Value[] = Array.from({ length: 8 }, () => null);

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
