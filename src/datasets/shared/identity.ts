// Ids of images. An adapter makes an id of the image and the card alone. Where two images have the same one, those take a
// longer name of their own; no other image's id changes, whatever else there is.
import { complain } from "../../core/errors.ts";
import { groupBy } from "../../core/group-by.ts";
import type { ImageSample, Sample } from "../../core/types.ts";
import { withoutSuffix } from "../../formats/files.ts";
import type { Entry, Source } from "./adapter.ts";
import { numberRepeats } from "./targets.ts";

/** An entry, and the id that it would have alone. */
export interface Identified<S extends Sample = ImageSample> extends Entry<S> {
  readonly plain: string;
}

/**
 * Unique ids in composed letters (NFC), so that a copy by a Mac has the same. Of images with one id, each takes the first
 * of its longer names that no other of them has: `a.png` beside `a.jpg`, then what `apart` says, by default the file's
 * whole name. Where there is none, those images fail, and the error names them.
 */
export function withUniqueIds<S extends Sample>(
  entries: readonly Entry<S>[],
  { card, note }: Pick<Source, "card" | "note">,
): readonly Identified<S>[] {
  const groups = groupBy(entries, ({ id }) => id.normalize("NFC"));
  const taken = new Set(groups.keys());
  return [...groups].flatMap(([plain, group]): Identified<S>[] => {
    if (group.length === 1) return [{ ...group[0]!, id: plain, plain }];
    const names = apart(plain, group, taken);
    const unique = numberRepeats(taken);
    return group.map((entry, i) => {
      const name = names[i];
      if (name !== undefined) {
        const what = "its name alone is also another image's: the id has what tells them apart";
        if (entry.file !== undefined) note({ what, where: name });
        return { ...entry, id: name, plain };
      }
      const id = unique(plain);
      return { ...entry, id, plain, masks: 0, load: async () => Promise.reject(sameId(card, plain, group)) };
    });
  });
}

/** A name of its own for each entry that has one. */
function apart(plain: string, group: readonly Entry<Sample>[], taken: Set<string>): (string | undefined)[] {
  const names = group.map((entry) => longerNames(plain, entry));
  const chosen: (string | undefined)[] = group.map(() => undefined);
  const levels = Math.max(...names.map(({ length }) => length));
  for (let level = 0; level < levels; level++) {
    const counts = new Map<string | undefined, number>();
    for (const own of names) counts.set(own[level], (counts.get(own[level]) ?? 0) + 1);
    names.forEach((own, i) => {
      const name = own[level];
      if (chosen[i] !== undefined || name === undefined || counts.get(name) !== 1 || taken.has(name)) return;
      chosen[i] = name;
      taken.add(name);
    });
  }
  return chosen;
}

function longerNames(plain: string, { file, apart }: Entry<Sample>): readonly string[] {
  if (file === undefined) return apart ?? [];
  const suffix = file.slice(withoutSuffix(file).length);
  return [plain + suffix, ...(apart ?? [withoutSuffix(file), file])];
}

function sameId(card: string, id: string, group: readonly Entry<Sample>[]) {
  const places = group.map(({ id, file = id, from }) => (from === undefined ? file : `${file} (${from})`));
  return complain(`${card}, image ${id}`, "two images have the same id", {
    expected: "file names that differ, or a placeholder for what tells them apart",
    got: places.slice(0, 4).join(", ") + (places.length > 4 ? ` and ${places.length - 4} more` : ""),
  });
}
