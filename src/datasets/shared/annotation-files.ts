// Where a card says its annotation files are, and where those say their pictures are.
import { complain } from "../../core/errors.ts";
import { fileFinder, joinNames, listFiles, splitName } from "../../formats/files.ts";
import { type Fields, parsePattern } from "../../formats/pattern.ts";
import type { Source } from "./adapter.ts";

export interface FoundFile {
  readonly name: string;
  /** What the pattern's placeholders stand for, for ids: "antenna/"; empty where there is none. */
  readonly prefix: string;
}

/** The annotation files: names, or patterns that must match one file for each choice of their placeholders. */
export async function annotationFiles(
  names: readonly string[],
  { card, root }: Source,
): Promise<readonly FoundFile[]> {
  const where = `${card}: adapter.annotations`;
  const found: FoundFile[] = [];
  for (const text of names) {
    if (!/[{*]/.test(text)) {
      found.push({ name: joinNames(where, text), prefix: "" });
      continue;
    }
    const pattern = parsePattern(text, where);
    const byPrefix = new Map<string, string>();
    for (const name of await listFiles(root, pattern.folder)) {
      const fields: Fields | undefined = pattern.match(name);
      if (fields === undefined) continue;
      const prefix = pattern.placeholders.map((placeholder) => `${fields[placeholder]}/`).join("");
      const before = byPrefix.get(prefix);
      if (before !== undefined)
        throw complain({
          where,
          what: "two files match",
          expected: `one ${text}`,
          got: `${before} and ${name}`,
        });
      byPrefix.set(prefix, name);
    }
    if (byPrefix.size === 0) throw complain({ where, what: "no file matches", expected: text });
    for (const [prefix, name] of byPrefix) found.push({ name, prefix });
  }
  return found;
}

/**
 * Finds a picture in the folders of the card, tried in order; `{annotations}` is the annotation file's own folder. Where
 * it is in none, the name in the first folder.
 */
export function pictureFinder(
  folders: readonly string[],
  { card, root }: Source,
): (annotations: string, picture: string) => Promise<string> {
  const find = fileFinder(root);
  return async (annotations, picture) => {
    let first: string | undefined;
    for (const folder of folders) {
      const own = folder.replace("{annotations}", splitName(annotations)[0]);
      // "{annotations}/.." of a file at the root: not a place where this data set has its pictures.
      if (own !== folder && leavesRoot(own)) continue;
      const name = joinNames(`${card}: adapter.images`, own, picture);
      const found = await find(name);
      if (found !== undefined) return found;
      first ??= name;
    }
    return first ?? picture;
  };
}

function leavesRoot(name: string): boolean {
  try {
    joinNames("", name);
    return false;
  } catch {
    return true;
  }
}
