// Names of categories as phrases: every category of a COCO file is asked of every image. Of LVIS, where not every image is searched for every category, an image is
// asked what is annotated in it and what is known to be absent (neg_category_ids), and what is not annotated completely (not_exhaustive_category_ids) is dropped.
import { complain } from "../core/errors.ts";
import { groupBy } from "../core/group-by.ts";
import { draw } from "../core/random.ts";
import type { CocoPhrasesOptions } from "../core/schema-types.ts";
import type { ConceptSample } from "../core/types.ts";
import { byCodeUnit } from "../formats/files.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import type { Id } from "./shared/annotation-file.ts";
import { type CocoFile, cocoImages, plainName, readCoco, spaced } from "./shared/coco-images.ts";
import * as things from "./shared/coco-things.ts";
import { type Asked, annotated, queriesEntry } from "./shared/queries.ts";
import { numberRepeats } from "./shared/targets.ts";

/** A category that is asked: all ids of one name. */
interface Named {
  readonly name: string;
  readonly phrase: string;
  readonly ids: ReadonlySet<Id>;
}

interface Question extends Asked {
  readonly ids: ReadonlySet<Id>;
}

export const cocoPhrases: Adapter<CocoPhrasesOptions, "fileName" | "excludeCategories", ConceptSample> = {
  defaults: { fileName: "file_name", excludeCategories: [] },
  async list(options, source) {
    const { annotations, images, phrases = {}, negatives } = options;
    const locate = things.imageFinder(images, source);
    const entries: Entry<ConceptSample>[] = [];
    const unique = numberRepeats();
    for (const { name, prefix } of await things.annotationFiles(annotations, source)) {
      const content = await readCoco({ root: source.root, name });
      things.noteJoined(content, source);
      const named = namedCategories(content, options, phrases, source.card);
      for (const one of cocoImages(content, prefix, options)) {
        const { image, file } = one;
        const { known, absent } = categoriesOf(image, content, named);
        const fewer = drawn(absent, negatives, one.id, source);
        if (fewer.length < absent.length) source.note({ what: FEWER, where: one.id });
        const chosen = named.filter((own) => known.includes(own) || fewer.includes(own));
        const asked = chosen.map((own) => question(own, image, content, (id) => unique(`${prefix}${id}`)));
        entries.push({
          ...{ id: one.id, file, from: one.from, apart: one.apart },
          ...queriesEntry(
            asked,
            things.statedSize(image),
            source,
            () => locate(name, file),
            async ({ ids }, size) => {
              const own = await content.read(image.id);
              return [
                annotated(
                  own.filter(({ annotation }) => ids.has(annotation.category_id as Id)),
                  size,
                  name,
                ),
              ];
            },
          ),
        });
      }
    }
    return entries;
  },
};

const FEWER =
  "not every name that is absent is asked: of an image as many as the card's `negatives`, drawn by its seed";

/** Categories by name, in the order of their ids in the file. */
function namedCategories(
  { categories, name: file }: CocoFile,
  { excludeCategories = [] }: CocoPhrasesOptions,
  replaced: Readonly<Record<string, string>>,
  card: string,
): readonly Named[] {
  const where = `${card}: adapter.phrases`;
  const byName = groupBy(categories.keys(), (id) => categories.get(id)!);
  const strangers = Object.keys(replaced).filter((name) => !byName.has(name));
  if (strangers.length > 0)
    throw complain(where, "no category is called so", { expected: `a name of ${file}`, got: strangers[0]! });
  const names = [...byName.keys()].filter((name) => !excludeCategories.includes(name));
  const short = groupBy(names, (name) => plainName(name));
  const phraseOf = (name: string) => {
    const plain = plainName(name);
    // "bow_(weapon)" beside "bow_(decorative_ribbons)" keeps what tells them apart.
    return replaced[name] ?? (short.get(plain)!.length > 1 ? spaced(name) : plain);
  };
  for (const [phrase, same] of groupBy(names, phraseOf))
    if (same.length > 1)
      throw complain(where, "several categories are asked by one phrase", {
        expected: "a phrase for each",
        got: `"${phrase}" for ${same.slice(0, 4).join(", ")}`,
      });
  return names.map((name) => ({ name, phrase: phraseOf(name), ids: new Set(byName.get(name)!) }));
}

/** Categories that are annotated in an image, and those that are known to be absent. */
function categoriesOf(
  { id, neg_category_ids: negatives }: { readonly id: Id; readonly neg_category_ids?: unknown },
  content: CocoFile,
  named: readonly Named[],
): Readonly<Record<"known" | "absent", readonly Named[]>> {
  const present = new Set(content.briefs(id).map(({ category }) => category));
  const has = (own: Named, ids: ReadonlySet<unknown>) => [...own.ids].some((one) => ids.has(one));
  const known = named.filter((own) => has(own, present));
  const searched = Array.isArray(negatives) ? new Set<unknown>(negatives) : undefined;
  const absent = named.filter(
    (own) => !known.includes(own) && (searched === undefined || has(own, searched)),
  );
  return { known, absent };
}

/** So many of them, by a draw of each name that depends on nothing but the card, the image and the name. */
function drawn(absent: readonly Named[], most: number | undefined, image: string, { card, seed }: Source) {
  if (most === undefined || absent.length <= most) return absent;
  return absent
    .map((own) => ({ own, u: draw(seed, card, image, own.name, "negatives", 0) }))
    .sort((a, b) => a.u - b.u || byCodeUnit(a.own.name, b.own.name))
    .slice(0, most)
    .map(({ own }) => own);
}

/** Its id is those of image and category, as in "139/18". */
function question(
  { phrase, ids }: Named,
  {
    id,
    not_exhaustive_category_ids: incomplete,
  }: { readonly id: Id; readonly not_exhaustive_category_ids?: unknown },
  content: CocoFile,
  unique: (id: string) => string,
): Question {
  const briefs = content.briefs(id).filter(({ category }) => category !== undefined && ids.has(category));
  const dropped = briefs.some(({ crowd }) => crowd)
    ? "crowd"
    : Array.isArray(incomplete) && incomplete.some((one) => ids.has(one as Id))
      ? "not exhaustive"
      : briefs.some(({ empty }) => empty)
        ? "empty"
        : undefined;
  return { id: unique(`${id}/${[...ids][0]}`), phrase, ids, masks: briefs.length, dropped };
}
