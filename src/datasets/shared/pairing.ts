// Which image a file belongs to, by the placeholders of their patterns.
import { complain } from "../../core/errors.ts";
import { groupBy } from "../../core/group-by.ts";
import { withoutSuffix } from "../../formats/files.ts";
import type { Fields, Pattern } from "../../formats/pattern.ts";
import { absentEntry, type Entry, type Source } from "./adapter.ts";

export interface Match {
  readonly name: string;
  /** Values of the pattern's placeholders. */
  readonly fields: Fields;
}

/** What an image and its files share: the values of the image pattern's placeholders. */
export function keyOf({ placeholders }: Pattern, fields: Fields): string {
  return placeholders.map((name) => fields[name]?.normalize("NFC")).join("\n");
}

/** Images that a file may belong to, and the values of its name that say so. */
export interface Paired {
  readonly images: readonly Match[];
  readonly fields: Fields;
}

interface Pair {
  readonly image: Match;
  /** The values of the file's name. */
  readonly fields: Fields;
}

/**
 * Finds the images that a file may belong to: those with its placeholders' values, however its name and theirs are divided.
 * Of several the ones with accents written as in its own name, then below the same folders of `**`, then in the nearest
 * folder, then with the longest name. More than one: it is not clear which. `key`: the option of the file's pattern.
 */
export function pairing(
  images: Pattern,
  found: readonly Match[],
  files: Pattern,
  key: string,
  { note }: Pick<Source, "note">,
): (file: Match) => Paired {
  const readings = found.flatMap(({ name }) => images.readings(name).map((fields) => ({ name, fields })));
  const groups = groupBy(readings, ({ fields }) => keyOf(images, fields));
  return ({ name, fields }) => {
    let left: readonly Pair[] = files
      .readings(name)
      .flatMap((fields) => (groups.get(keyOf(images, fields)) ?? []).map((image) => ({ image, fields })));
    const narrow = (fits: (pair: Pair) => boolean) => {
      const fitting = left.length < 2 ? [] : left.filter(fits);
      if (fitting.length > 0) left = fitting;
    };
    const most = (rank: (pair: Pair) => number) => {
      const best = Math.max(...left.map(rank));
      narrow((pair) => rank(pair) === best);
    };
    const same = (keys: readonly string[]) => (pair: Pair) =>
      keys.every((key) => pair.image.fields[key] === pair.fields[key]);
    narrow(same(images.placeholders));
    narrow(same(Object.keys(left[0]?.image.fields ?? {})));
    most(({ image }) => sharedFolders(image.name, name));
    const several = namesOf(left).length > 1;
    most((pair) => keyOf(images, pair.fields).length);
    const own = left[0]?.fields ?? fields;
    const names = namesOf(left);
    if (several && names.length === 1)
      note({
        what: "a name that fits several images: it belongs to the one with the longest name",
        where: name,
        key,
      });
    else if (left.length > 0 && keyOf(images, own) !== keyOf(images, fields))
      note({
        what: "a name that can be divided in several ways: divided so that there is its image",
        where: name,
        key,
      });
    else if (names.length === 1 && left.some((pair) => pair.fields.category !== own.category))
      note({
        what: "a name that can be divided in several ways: what comes first is longest",
        where: name,
        key,
      });
    return {
      images: names.map((image) => left.find((pair) => pair.image.name === image)!.image),
      fields: own,
    };
  };
}

function namesOf(pairs: readonly Pair[]): readonly string[] {
  return [...new Set(pairs.map(({ image }) => image.name))];
}

/** How many folders two names have in common, from the root. */
function sharedFolders(a: string, b: string): number {
  const [one, other] = [a.split("/").slice(0, -1), b.split("/").slice(0, -1)];
  const differ = one.findIndex((part, i) => part !== other[i]);
  return differ < 0 ? one.length : differ;
}

/** An entry that fails: a file that may belong to several images. `what` is one of those files: "a mask". */
export function unclear(what: string, name: string, images: readonly Match[]): Entry {
  return absentEntry(withoutSuffix(name), async () => {
    throw complain(name, `${what} that may belong to several images`, {
      expected: "one with the same names and folders",
      got: images.map((image) => image.name).join(", "),
    });
  });
}

/** Throws at a pattern that lacks a placeholder of the images' pattern. `what` names its files in the message. */
export function checkPlaceholders(images: Pattern, other: Pattern, option: string, what: string): void {
  const missing = images.placeholders.filter((name) => !other.placeholders.includes(name));
  if (missing.length === 0) return;
  throw complain(option, `the pattern does not say which image ${what} belongs to`, {
    expected: missing.map((name) => `{${name}}`).join(", "),
    got: other.text,
  });
}
