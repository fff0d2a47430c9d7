import { splitName, withoutSuffix } from "../../formats/files.ts";
import type { Pattern } from "../../formats/pattern.ts";

/**
 * An image's id: its file stem, after the folders that tell images apart. Which those are follows from the pattern
 * alone, so an id does not depend on which files are there: `JPEGImages/480p/{sequence}/{frame}.jpg` gives
 * "blackswan/00000", `stage1_train/{image}/images/{image}.png` just the stem. Folders that "*" stands for count too.
 */
export function imageIdOf(pattern: Pattern, name: string): string {
  const [folders, base] = splitName(name);
  const [patternFolders, patternBase] = splitName(pattern.text);
  const stem = withoutSuffix(base);
  if (patternFolders.includes("*")) {
    const fixed = pattern.folder === "" ? 0 : pattern.folder.length + 1;
    return withoutSuffix(name.slice(fixed));
  }
  const given = new Set(placeholdersOf(patternBase));
  const kept: string[] = [];
  const parts = folders.split("/");
  for (const [i, part] of patternFolders.split("/").entries()) {
    const fresh = placeholdersOf(part).filter((placeholder) => !given.has(placeholder));
    if (fresh.length === 0) continue;
    for (const placeholder of fresh) given.add(placeholder);
    kept.push(parts[i]!);
  }
  return [...kept, stem].join("/");
}

function placeholdersOf(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
}
