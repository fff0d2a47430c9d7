// rows.parquet: the columns of rows.csv with types. Written row group by row group, so that memory does not grow with the run.
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { RowEncoder } from "./input.ts";
import { type RowColumn, rowColumns, stepsOf, type Value } from "./row-table.ts";

/** Lines of a row group: about 20 MB while it is gathered. */
const groupLines = 20_000;

/** A Parquet file with Snappy compression; `lines` bounds a row group. */
export function parquetEncoder(scores: readonly string[], lines = groupLines): RowEncoder {
  const columns = rowColumns(scores);
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
