// Models of clips and of concepts come as several graphs, which are recognised together: alone, some of them look like parts of other contracts.
import { basename } from "node:path";
import { inWords } from "../../core/words.ts";
import { stemOf } from "../../formats/files.ts";
import { tokenizerPart } from "../concept/contract.ts";
import { conceptFamilies } from "../concept/families/index.ts";
import type { FamilyFacts, Part } from "../family.ts";
import { constantsPart } from "../video/contract.ts";
import { videoFamilies } from "../video/families/index.ts";
import { frameSize, type Ports } from "./ports.ts";
import { match, type Reading } from "./recognise.ts";

/** A file's name; ports alone cannot tell two small networks apart. */
type Named = Ports & { readonly path?: string; readonly file?: string };

const stem = ({ path, file }: Named) => stemOf(basename(path ?? file ?? "")).toLowerCase();

type Several = FamilyFacts & { readonly parts: readonly Part[] };

/** Families whose models are three graphs or more. */
const several: readonly Several[] = [
  ...Object.values(videoFamilies),
  ...Object.values(conceptFamilies),
].filter(({ parts }) => !parts.includes("model"));

/** Parts that are no graphs. */
const others: readonly Part[] = [constantsPart, tokenizerPart];

/** Every family that these files are a model of: each of its parts is one of them. `all`: none is left over. */
export function moduleReadings<File extends Named>(
  files: readonly File[],
  all: boolean,
): readonly Reading<File>[] {
  if (files.length < 3) return [];
  return several.flatMap((family) => {
    const { roles, missing } = rolesIn(files, family);
    const count = Object.keys(roles).length;
    if (missing.length > 0 || (all && count < files.length)) return [];
    const image = frameSize(roles.image_encoder ?? roles.encoder);
    const why = `the ${count} graphs together: as exported by ${family.signatures[0]!.of}`;
    const contract = { family: family.name, part: "model", confidence: "certain", why, image } as const;
    return [{ roles, image, contract }];
  });
}

/** Some of the graphs of a model of clips. */
export interface Incomplete<File> {
  readonly family: string;
  readonly roles: Readonly<Record<Part, File>>;
  readonly missing: readonly Part[];
  /** The exporter. */
  readonly of: string;
}

/** The families that most of these files are parts of, by ports and then by names, where no family has all its parts. */
export function incompleteModules<File extends Named>(files: readonly File[]): readonly Incomplete<File>[] {
  const found = several.map((family) => ({
    ...{ family: family.name, of: family.signatures[0]!.of },
    ...rolesIn(files, family),
  }));
  if (found.some(({ missing }) => missing.length === 0)) return [];
  const count = ({ roles }: Incomplete<File>) => Object.keys(roles).length;
  const named = ({ roles }: Incomplete<File>) =>
    Object.entries(roles).filter(([part, file]) => stem(file).includes(part)).length;
  const most = Math.max(...found.map(count));
  // Two of several files: one alone may be a part of a model of images.
  if (most === 0 || (files.length > 1 && most === 1)) return [];
  const fitting = found.filter((one) => count(one) === most);
  const best = Math.max(...fitting.map(named));
  return fitting.filter((one) => named(one) === best);
}

/** "6 graphs of sam2-video without mlp". */
export function incompleteText(some: readonly Incomplete<unknown>[]): string {
  const counts = some.map(({ roles }) => Object.keys(roles).length);
  const each = some.map(({ family, roles, missing }, i) =>
    counts[i] === 1
      ? `${Object.keys(roles)[0]} of ${family}`
      : `${counts[i]} graphs of ${family} without ${inWords(missing)}`,
  );
  const kinds = inWords([...new Set(some.map(({ family }) => takenBy(family)))]);
  return `${counts[0] === 1 ? `one graph of a model of ${kinds}: ` : ""}${each.join(" or ")}`;
}

/** Which file is which part: by its name where several have the ports. */
function rolesIn<File extends Named>(
  files: readonly File[],
  { signatures, parts, name }: Several,
): { readonly roles: Readonly<Record<Part, File>>; readonly missing: readonly Part[] } {
  const roles: Record<Part, File> = {};
  for (const byName of [true, false])
    for (const signature of signatures) {
      const { part } = signature;
      if (roles[part] !== undefined) continue;
      const free = files.filter((file) => !Object.values(roles).includes(file));
      const fits = free.filter(
        (file) =>
          (!byName || stem(file).includes(part)) && match({ ...signature, family: name }, file) !== undefined,
      );
      if (fits.length === 1) roles[part] = fits[0]!;
    }
  const missing = parts.filter((part) => !others.includes(part) && roles[part] === undefined);
  // In the family's order.
  const ordered = signatures.flatMap(({ part }) => (roles[part] === undefined ? [] : [[part, roles[part]]]));
  return { roles: Object.fromEntries(ordered), missing };
}

/** The file of a family's models that is no graph: its part, its name as exporters have it, and what is in it. */
export function fileBeside(
  family: string,
): { readonly part: Part; readonly name: string; readonly holds: string } | undefined {
  const concept = conceptFamilies[family];
  if (concept !== undefined)
    return { part: tokenizerPart, name: concept.tokenizerFile, holds: "what turns phrases into tokens" };
  if (videoFamilies[family] === undefined) return undefined;
  const holds = "sizes, settings and tensors that are in none of the graphs";
  return { part: constantsPart, name: `${constantsPart}.json`, holds };
}

/** "clips" or "concepts". */
export const takenBy = (family: string) => (conceptFamilies[family] === undefined ? "clips" : "concepts");
