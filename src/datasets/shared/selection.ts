// Which images belong to a card's split: by id, by lists that come with the data, or all.
import { complain } from "../../core/errors.ts";
import type { DatasetCard } from "../../core/schema-types.ts";
import { readBytes, splitName } from "../../formats/files.ts";
import type { Entry } from "./adapter.ts";

export interface Selection {
  wanted(id: string): boolean;
  /** One entry for each listed name that no image has: it is counted, and fails with a sentence. */
  missing(ids: readonly string[]): readonly Entry[];
}

export async function selectionOf(
  { name, select }: Pick<DatasetCard, "name" | "select">,
  root: string,
): Promise<Selection> {
  const expression = select?.ids === undefined ? undefined : expressionOf(select.ids, `${name}: select.ids`);
  const listed = new Map<string, string>();
  for (const file of select?.lists ?? []) {
    const text = (await readBytes({ root, name: file })).toString("utf8");
    for (const line of namesIn(text)) listed.set(line, file);
  }
  const restricted = select?.lists !== undefined;
  const isListed = (id: string) => listed.has(id) || listed.has(splitName(id)[1]);
  return {
    wanted: (id) => (expression?.test(id) ?? true) && (!restricted || isListed(id)),
    missing: (ids) => {
      const there = new Set(ids.flatMap((id) => [id, splitName(id)[1]]));
      return [...listed].flatMap(([id, file]) => (there.has(id) ? [] : [absent(id, file)]));
    },
  };
}

function expressionOf(text: string, where: string): RegExp {
  try {
    return new RegExp(text);
  } catch (cause) {
    throw complain({ where, what: "not a regular expression", got: text, cause });
  }
}

/** One name a line, with or without the suffix of a picture; blanks around it do not count. */
function namesIn(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim().replace(/\.(?:jpe?g|png|bmp|tiff?)$/i, ""))
    .filter((line) => line !== "");
}

function absent(id: string, file: string): Entry {
  const load = async () => {
    throw complain({ where: file, what: "an image of the list is not there", got: id });
  };
  return { id, cluster: id, masks: 0, load };
}
