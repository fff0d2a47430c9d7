// The ways in which ONNX files are one model together: which file is which part of which contract, whatever their names and order.
import type { Part } from "../family.ts";
import { moduleReadings } from "./modules.ts";
import type { Ports } from "./ports.ts";
import { type Reading, recogniseModel } from "./recognise.ts";

export type { Reading } from "./recognise.ts";

/** Every reading of all these files together: of one file that does both, of an encoder and a decoder, or of the modules of a model of clips. */
export function readingsOf<File extends Ports>(files: readonly File[]): readonly Reading<File>[] {
  const [first, second, third] = files;
  if (third !== undefined) return moduleReadings(files, true);
  if (first === undefined) return [];
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

/** Every reading of one or two of these files, in their order, and of more as a model of clips. */
export function readingsAmong<File extends Ports>(files: readonly File[]): readonly Reading<File>[] {
  const pairs = files.flatMap((file, i) => files.slice(i + 1).map((other) => [file, other]));
  // The modules of a model of clips are no models of images.
  const modules = moduleReadings(files, false);
  const taken = new Set(modules.flatMap(({ roles }) => Object.values(roles)));
  const free = (some: readonly File[]) => some.some((file) => !taken.has(file));
  return [...modules, ...[...files.map((file) => [file]), ...pairs].filter(free).flatMap(readingsOf)];
}
