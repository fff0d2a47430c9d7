// Models of clips come as several graphs, which are recognised together: alone, some of them look like parts of other contracts.
import { basename } from "node:path";
import { stemOf } from "../../formats/files.ts";
import type { Part } from "../family.ts";
import type { VideoFamily } from "../video/contract.ts";
import { constantsPart } from "../video/contract.ts";
import { videoFamilies } from "../video/families/index.ts";
import { imageFacts, type Ports } from "./ports.ts";
import { type KnownSignature, match, type Reading } from "./recognise.ts";

/** A file's name; ports alone cannot tell two small networks apart. */
type Named = Ports & { readonly path?: string; readonly file?: string };

const stem = ({ path, file }: Named) => stemOf(basename(path ?? file ?? "")).toLowerCase();

/** Every family that these files are a model of: each of its parts is one of them. `all`: none is left over. */
export function moduleReadings<File extends Named>(
  files: readonly File[],
  all: boolean,
): readonly Reading<File>[] {
  if (files.length < 3) return [];
  return Object.values(videoFamilies).flatMap((family) => {
    const roles = rolesIn(files, family);
    if (roles === undefined || (all && Object.keys(roles).length < files.length)) return [];
    const { signatures, name } = family;
    const [{ of }] = signatures as readonly [KnownSignature];
    const input = roles.image_encoder?.inputs[0];
    const size = input === undefined ? undefined : imageFacts(input)?.size;
    const image = size === undefined ? {} : { size };
    const why = `the ${Object.keys(roles).length} graphs together: as exported by ${of}`;
    return [{ roles, image, contract: { family: name, part: "model", confidence: "certain", why, image } }];
  });
}

function rolesIn<File extends Named>(
  files: readonly File[],
  { signatures, parts, name }: VideoFamily,
): Readonly<Record<Part, File>> | undefined {
  const roles: Record<Part, File> = {};
  for (const signature of signatures) {
    const { part } = signature;
    const fits = files.filter((file) => match({ ...signature, family: name }, file) !== undefined);
    const called = fits.filter((file) => stem(file).includes(part));
    const free = fits.filter((file) => !Object.values(roles).includes(file));
    const found = called.length === 1 ? called[0] : free.length === 1 ? free[0] : undefined;
    if (found !== undefined) roles[part] = found;
    else if (parts.includes(part)) return undefined;
  }
  return new Set(Object.values(roles)).size === Object.keys(roles).length ? roles : undefined;
}

/** The file of a model's constants, as exporters call it. */
export const constantsFile = `${constantsPart}.json`;
