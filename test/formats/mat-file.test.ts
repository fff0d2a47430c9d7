// MATLAB files, level 5, of bytes written here as the specification says; scipy reads the same arrays from such files.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { readMat } from "../../src/formats/mat-file.ts";
import { sharedFolder } from "../helpers/synthetic.ts";

function element(type: number, data: Buffer): Buffer {
  const small = data.length > 0 && data.length <= 4;
  const tag = Buffer.alloc(small ? 4 : 8);
  if (small) tag.writeUInt16LE(data.length, 2);
  else tag.writeUInt32LE(data.length, 4);
  tag.writeUInt16LE(type, 0);
  const padding = small ? 4 - data.length : (8 - (data.length % 8)) % 8;
  return Buffer.concat([tag, data, Buffer.alloc(padding)]);
}

const text = (value: string) => element(1, Buffer.from(value));
const integers = (type: number, ...values: number[]) =>
  element(type, Buffer.from(new Uint8Array(Int32Array.from(values).buffer)));
const matrix = (...parts: Buffer[]) => element(14, Buffer.concat(parts));
const numbers = (name: string, kind: number, width: number, values: Buffer, type = 2) =>
  matrix(integers(6, kind, 0), integers(5, values.length / width, width), text(name), element(type, values));

/** A string, a table and the like: no size, but the names of its system and its class; then what it refers to. */
function opaque(name: string, className: string): Buffer {
  const reference = numbers("", 9, 1, Buffer.from([2, 1, 1, 1]));
  return matrix(integers(6, 17, 0), text(name), text("MCOS"), text(className), reference);
}

const handle = (name: string) =>
  matrix(integers(6, 16, 0), integers(5, 1, 1), text(name), opaque("", "function_handle_workspace"));
const object = (name: string) =>
  matrix(
    ...[integers(6, 3, 0), integers(5, 1, 1), text(name), text("inline"), integers(5, 4), text("a\0\0\0")],
    numbers("", 9, 1, Buffer.from([1])),
  );
const sparse = (name: string) =>
  matrix(
    ...[integers(6, 5, 2), integers(5, 2, 2), text(name), integers(5, 0, 1), integers(5, 0, 1, 2)],
    element(9, Buffer.from(new Float64Array([1, 2]).buffer)),
  );

const label = numbers("L", 9, 3, Buffer.from([1, 4, 2, 5, 3, 6]));
/** What the objects of a file refer to lies at its end, in an array without a name. */
const subsystem = numbers("", 9, 40, Buffer.alloc(40, 1));

const folder = sharedFolder();
function read(member: string, variables: readonly Buffer[], packed = false) {
  const header = Buffer.alloc(128, " ");
  header.fill(0, 116);
  header.write("\u0000\u0001IM", 124, "latin1");
  const stored = variables.map((one) => {
    const bytes = deflateSync(one);
    const tag = Buffer.alloc(8);
    tag.writeUInt32LE(15, 0);
    tag.writeUInt32LE(bytes.length, 4);
    return packed ? Buffer.concat([tag, bytes]) : one;
  });
  writeFileSync(join(folder, "a.mat"), Buffer.concat([header, ...stored]));
  return readMat({ root: folder, name: "a.mat" }, member);
}

test("what else a file holds does not hide the label, whatever its name's length", async () => {
  for (const make of [(name: string) => opaque(name, "categorical"), handle, object, sparse])
    for (let length = 1; length <= 9; length++)
      for (const packed of [false, true]) {
        const other = make("abcdefghi".slice(0, length));
        for (const variables of [
          [other, label],
          [label, other],
        ])
          expect(await read("L", [...variables, subsystem], packed)).toEqual({
            ...{ width: 3, height: 2, channels: 1 },
            data: Uint8Array.from([1, 2, 3, 4, 5, 6]),
          });
      }
});

test("a label that is no array of numbers is told by what it is", async () => {
  const told = async (member: string, ...variables: Buffer[]) =>
    read(member, [...variables, subsystem]).then(
      () => "read",
      (error: Error) => error.message,
    );
  const start = "a.mat: L: the MAT file cannot be read; got";
  const table = "an object of the class table, which only MATLAB can read: save it as an array of numbers";
  expect(await told("L", opaque("L", "table"))).toBe(`${start} ${table}`);
  expect(await told("L.1", opaque("L", "table"))).toBe(
    `a.mat: L.1: the MAT file cannot be read; got no field 1: ${table}`,
  );
  for (const [variable, kind] of [
    [handle("L"), "a function handle"],
    [object("L"), "an object"],
    [sparse("L"), "a sparse matrix"],
  ] as const)
    expect(await told("L", variable)).toBe(`${start} ${kind}, not a two-dimensional array of numbers`);
  expect(await told("L", opaque("abc", "string"), handle("f"))).toBe(`${start} no variable L among: abc, f`);
});
