// JSON files that say which mask belongs to which image: {mask: image} or {image: [mask, ...]}.
import { complain } from "../../core/errors.ts";
import type { Pairs } from "../../core/schema-types.ts";
import { byCodeUnit, joinNames } from "../../formats/files.ts";
import { readJson } from "../../formats/json-file.ts";
import type { Source } from "./adapter.ts";

/** Mask files of each image file, both in code-unit order, names below the root. */
export async function readPairs(
  { files, strip = "" }: Pairs,
  { root }: Source,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const groups = new Map<string, Set<string>>();
  for (const file of files) {
    const local = (name: string) => joinNames(file, name.startsWith(strip) ? name.slice(strip.length) : name);
    const add = (image: string, mask: string) => {
      const group = groups.get(local(image)) ?? new Set();
      groups.set(local(image), group.add(local(mask)));
    };
    for (const [key, value] of entriesOf(await readJson({ root, name: file }), file)) {
      if (typeof value === "string") add(value, key);
      else if (Array.isArray(value) && value.every((mask) => typeof mask === "string"))
        for (const mask of value) add(key, mask);
      else
        throw complain({
          where: file,
          what: `${JSON.stringify(key)} has no file name`,
          expected: "an image, or a list of masks",
        });
    }
  }
  return new Map([...groups].map(([image, masks]) => [image, [...masks].sort(byCodeUnit)]));
}

function entriesOf(json: unknown, file: string): [string, unknown][] {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return Object.entries(json);
  throw complain({
    where: file,
    what: "pairs are not an object",
    expected: "{mask: image} or {image: [mask]}",
  });
}
