import { splitName, stemOf } from "../../formats/files.ts";
import type { Fields, Pattern } from "../../formats/pattern.ts";

/**
 * An image's id: its file stem, after the folders that tell images apart. Which those are follows from the pattern
 * alone, so an id does not depend on which files are there: `JPEGImages/480p/{sequence}/{frame}.jpg` gives
 * "blackswan/00000", `stage1_train/{image}/images/{image}.png` just the stem.
 */
export function imageIdOf(pattern: Pattern, name: string, fields: Fields): string {
  const [folders, base] = splitName(pattern.text);
  const given = new Set(placeholdersOf(base));
  const kept: string[] = [];
  for (const part of folders.split("/")) {
    const fresh = placeholdersOf(part).filter((placeholder) => !given.has(placeholder));
    for (const placeholder of fresh) given.add(placeholder);
    if (fresh.length > 0)
      kept.push(part.replace(/\{(\w+)\}/g, (_, placeholder: string) => fields[placeholder]!));
  }
  return [...kept, stemOf(name)].join("/");
}

function placeholdersOf(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
}
