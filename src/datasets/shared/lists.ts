// Lists of a split's images, as they come with data: one name a line, with or without folders and suffix, in columns or
// not, by any system's rules of paths.
import { closest } from "fastest-levenshtein";
import { complain } from "../../core/errors.ts";
import { groupBy } from "../../core/group-by.ts";
import type { Sample } from "../../core/types.ts";
import { readBytes, splitName, withoutSuffix } from "../../formats/files.ts";
import { decodeText } from "../../formats/json-file.ts";
import { absentEntry, type Source } from "./adapter.ts";
import type { Identified } from "./identity.ts";

/** A line, and what of it may be an image's name: the whole, else a column. */
export interface Line {
  readonly list: string;
  readonly number: number;
  readonly text: string;
  readonly names: readonly string[];
}

const IMAGE = /\.(?:jpe?g|jpe|jp2|png|bmp|tiff?|gif|webp|ppm|pgm)$/i;
const HEADER = /^(?:file|image|img)?[ _-]?(?:file|image|img|id|name|path)$/i;
/** Ids among which the nearest is looked for. */
const MOST = 20_000;

export async function readLists(root: string, lists: readonly string[]): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const list of lists) {
    const text = decodeText(await readBytes({ root, name: list }), list);
    for (const [i, line] of text.split(/\r\n|\r|\n/).entries())
      if (line.trim() !== "")
        lines.push({ list, number: i + 1, text: line.trim(), names: namesIn(line.trim()) });
  }
  return lines;
}

function namesIn(line: string): readonly string[] {
  const columns = [/[\t,;]/, /\s+/].flatMap((between) => line.split(between)).map((part) => part.trim());
  const quoted = [...line.matchAll(/"([^"]+)"|'([^']+)'/g)].map(([, one, other]) => one ?? other!);
  return [...new Set([line, ...quoted, ...columns].map(pathIn))].filter((name) => name !== "");
}

/** A path of another system or machine as names are here: `a/b.jpg` of `.\a\b.jpg`. */
function pathIn(text: string): string {
  const path = text
    .replace(/^(["'])(.*)\1$/, "$2")
    .replaceAll("\\", "/")
    .replace(/^[A-Za-z]:/, "");
  const parts = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  return parts.join("/").normalize("NFC");
}

/** Last parts that an image of these lines may have: an image without one of them is in none. */
export function lastParts(lines: readonly Line[]): ReadonlySet<string> {
  return new Set(lines.flatMap(({ names }) => names.flatMap(withAndWithoutSuffix)).map(lastPart));
}

export function lastPart(name: string): string {
  return splitName(name)[1].normalize("NFC");
}

function withAndWithoutSuffix(name: string): readonly string[] {
  return [name, name.replace(IMAGE, "")];
}

/** The entries that lines name, and one that fails for each line that names none. */
export function listed<S extends Sample>(
  entries: readonly Identified<S>[],
  lines: readonly Line[],
  { note }: Pick<Source, "note">,
): readonly Identified<S>[] {
  const pairs = entries.flatMap((entry) => {
    const parts = new Set(namesOf(entry).map(lastPart));
    return [...parts].map((part) => ({ part, entry }));
  });
  const byPart = groupBy(pairs, ({ part }) => part);
  const chosen = new Set<Identified<S>>();
  const absent = new Map<string, Identified<S>>();
  const header = new Set(lines.filter(({ number }) => number === 1));
  for (const line of lines) {
    const candidates = (name: string) =>
      withAndWithoutSuffix(name)
        .flatMap((one) => byPart.get(lastPart(one)) ?? [])
        .map(({ entry }) => entry);
    const found = line.names
      .map((name) => ({ name, found: thoseNamed(name, [...new Set(candidates(name))]) }))
      .find(({ found }) => found.length > 0);
    for (const entry of found?.found ?? []) chosen.add(entry);
    const isPart = found !== undefined && found.name !== line.names[0];
    const what = "lines of a list with more than an image's name: the rest is not read";
    if (isPart) note({ what, where: `${line.list}, line ${line.number}`, key: "select.lists" });
    const isHeader = header.has(line) && line.names.some((name) => HEADER.test(name));
    if (found !== undefined || isHeader || line.text.startsWith("#")) continue;
    const id = line.names[0]?.replace(IMAGE, "") ?? line.text;
    if (!absent.has(id)) absent.set(id, missing(id, line, entries));
  }
  return [...entries.filter((entry) => chosen.has(entry)), ...absent.values()];
}

function missing(
  id: string,
  { list, number, text }: Line,
  entries: readonly Identified<Sample>[],
): Identified<never> {
  const load = async () => {
    const ids = entries.length > MOST ? [] : entries.map((entry) => entry.id);
    const nearest = ids.length === 0 ? "" : ` (the nearest is ${JSON.stringify(closest(id, ids))})`;
    const [where, got] = [`${list}, line ${number}`, `${text.slice(0, 200)}${nearest}`];
    throw complain(where, "a listed image is missing", { got });
  };
  return { ...absentEntry(id, load), plain: id };
}

/** Of images with that last part, those that the name may mean: exactly so called ones first, then those of its suffix. */
function thoseNamed<S extends Sample>(
  name: string,
  entries: readonly Identified<S>[],
): readonly Identified<S>[] {
  const forms = withAndWithoutSuffix(name);
  const exact = entries.filter((entry) => namesOf(entry).some((own) => forms.includes(own)));
  const found = exact.length > 0 ? exact : entries.filter((entry) => isNamed(entry, forms));
  const suffix = IMAGE.exec(name)?.[0].toLowerCase();
  const ofSuffix = found.filter(({ file }) => suffix !== undefined && file?.toLowerCase().endsWith(suffix));
  return ofSuffix.length > 0 ? ofSuffix : found;
}

/** One of the two may have further folders before the other. An id alone is not enough where the file's folder is another. */
function isNamed(entry: Identified<Sample>, forms: readonly string[]): boolean {
  const [, , ...files] = namesOf(entry);
  const whole = files.length > 0 ? files : namesOf(entry);
  return forms.some(
    (form) =>
      namesOf(entry).some((own) => own.endsWith(`/${form}`)) || whole.some((own) => form.endsWith(`/${own}`)),
  );
}

/** Id, the id that it would have alone, and the image's file with and without suffix where that is known. */
function namesOf({ id, plain, file }: Identified<Sample>): readonly string[] {
  const names = file === undefined || !IMAGE.test(file) ? [] : [file, withoutSuffix(file)];
  return [id, plain, ...names].map((name) => name.normalize("NFC"));
}
