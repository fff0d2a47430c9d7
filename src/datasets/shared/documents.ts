// Annotation files that describe many images each: found by a pattern, their images in folders beside them.

import { complain } from "../../core/errors.ts";
import type { Size } from "../../core/types.ts";
import type { DrawnImage } from "../../formats/drawn-object.ts";
import { fileFinder, joinNames, listFiles, splitName, suffixOf, withoutSuffix } from "../../formats/files.ts";
import { type Fields, type Pattern, parsePattern } from "../../formats/pattern.ts";
import type { Entry, Source } from "./adapter.ts";
import { countDrawn, type DrawnRules, loadDrawn } from "./drawn.ts";

export interface DocumentOptions extends DrawnRules {
  /** Pattern of the annotation files. */
  readonly annotations: string;
  /** Folders of the images, from the annotation file's own folder; the pattern's placeholders are filled in. */
  readonly images?: readonly string[];
}

export interface DocumentImage extends DrawnImage {
  /** File name as the annotation file has it. */
  readonly file: string;
  readonly where: string;
  readonly size?: Size;
}

/** Tried where a file name has no suffix: frames of videos, which no annotation file names. */
const SUFFIXES = [".png", ".jpg", ".jpeg"];

/** `id`: the texts of the pattern's placeholders and the image's name, by slashes. */
export async function readDocuments(
  options: DocumentOptions,
  source: Source,
  read: (name: string) => Promise<readonly DocumentImage[]>,
): Promise<readonly Entry[]> {
  const pattern = parsePattern(options.annotations, `${source.card}: adapter.annotations`);
  const find = fileFinder(source.root);
  const entries: Entry[] = [];
  for (const { name, fields } of await matchingFiles(pattern, source)) {
    const folders = (options.images ?? ["."]).map((folder) =>
      parsePattern(folder, `${source.card}: adapter.images`),
    );
    const prefix = pattern.placeholders.map((placeholder) => `${fields[placeholder]}/`).join("");
    for (const image of await read(name)) {
      const places = folders.map((folder) =>
        joinNames(image.where, splitName(name)[0], folder.fill(fields), image.file.replaceAll("\\", "/")),
      );
      const locate = async () => {
        for (const place of places.flatMap((place) =>
          suffixOf(place) === "" ? SUFFIXES.map((end) => place + end) : place,
        )) {
          const found = await find(place);
          if (found !== undefined) return found;
        }
        return places[0]!;
      };
      entries.push({
        id: prefix + withoutSuffix(joinNames(image.where, image.file)),
        masks: countDrawn(image, options),
        ...(image.size && { size: image.size }),
        load: async () => loadDrawn({ root: source.root, name: await locate() }, image, options, source),
      });
    }
  }
  return entries;
}

/** Files that match, with the texts of their placeholders; at least one. */
export async function matchingFiles(
  pattern: Pattern,
  { card, root }: Source,
): Promise<readonly { readonly name: string; readonly fields: Fields }[]> {
  const found = (await listFiles(root, pattern.folder)).flatMap((name) => {
    const fields = pattern.match(name);
    return fields === undefined ? [] : [{ name, fields }];
  });
  if (found.length > 0) return found;
  throw complain({
    where: `${card}: adapter.annotations`,
    what: "no annotation file was found",
    expected: pattern.text,
  });
}
