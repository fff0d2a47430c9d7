// The ways in which ONNX files are one model together: which file is which part of which contract, whatever their names and order.
import type { ImageContract } from "../../core/schema-types.ts";
import type { Part } from "../family.ts";
import type { Ports } from "./ports.ts";
import { type Recognised, recogniseModel } from "./recognise.ts";

export interface Reading<File extends Ports> {
  readonly roles: Readonly<Record<Part, File>>;
  readonly contract: Recognised;
  /** Facts of the image input. */
  readonly image: Partial<ImageContract>;
}

/** Every reading of all these files together: of one file that does both, or of an encoder and a decoder. */
export function readingsOf<File extends Ports>(files: readonly File[]): readonly Reading<File>[] {
  const [first, second, third] = files;
  if (first === undefined || third !== undefined) return [];
  const orders: Readonly<Record<Part, File>>[] =
    second === undefined
      ? [{ model: first }]
      : [
          { encoder: first, decoder: second },
          { encoder: second, decoder: first },
        ];
  return orders.flatMap((roles) => {
    const { candidates, image } = recogniseModel(roles);
    return candidates.map((contract) => ({ roles, contract, image }));
  });
}

/** Every reading of one or two of these files, in their order. */
export function readingsAmong<File extends Ports>(files: readonly File[]): readonly Reading<File>[] {
  const pairs = files.flatMap((file, i) => files.slice(i + 1).map((other) => [file, other]));
  return [...files.map((file) => [file]), ...pairs].flatMap(readingsOf);
}
