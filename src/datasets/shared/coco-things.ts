// Shared by COCO's images and YouTube-VIS' videos ("things" here, not COCO's things and stuff): annotation files, image
// files, and how annotations become targets.
import { complain } from "../../core/errors.ts";
import type { BitMask, ImageSample, Size, TargetEntry } from "../../core/types.ts";
import { maskFromSegmentation } from "../../formats/coco-segmentation.ts";
import { fileFinder, joinNames, leavesRoot, splitName, withoutSuffix } from "../../formats/files.ts";
import { readImage } from "../../formats/image-file.ts";
import { parsePattern } from "../../formats/pattern.ts";
import { absentEntry, type Entry, type Source } from "./adapter.ts";
import type { AnnotationFile, Id, Placed } from "./annotation-file.ts";
import { matches, prefixOf } from "./find.ts";
import type { Match } from "./pairing.ts";
import { checkSize, crowdOf, keepMask, numberRepeats, settleTarget, targetId, unscored } from "./targets.ts";

/** What the listing needs of an annotation. */
export interface Brief {
  readonly category: Id | undefined;
  readonly crowd: boolean;
}

export function briefOf({ category_id: category, iscrowd }: Annotation): Brief {
  return {
    category: typeof category === "number" || typeof category === "string" ? category : undefined,
    crowd: iscrowd === true || iscrowd === 1 || iscrowd === "1",
  };
}

/** Interns equal objects: millions of annotations have a few thousand distinct briefs. */
export function pool<T extends object>(): (value: T) => T {
  const known = new Map<string, T>();
  return (value) => {
    const key = JSON.stringify(value);
    const found = known.get(key);
    if (found !== undefined) return found;
    known.set(key, value);
    return value;
  };
}

export interface Annotation {
  readonly id?: unknown;
  readonly category_id?: unknown;
  readonly iscrowd?: unknown;
  readonly area?: unknown;
}

export interface Labels {
  readonly categories: ReadonlyMap<Id, string>;
  readonly excluded: ReadonlySet<string>;
}

export type Content<Thing, A extends Annotation, B extends Brief> = AnnotationFile<Thing, A, B> & Labels;

/** An annotation's part in one image. */
export interface Part {
  readonly segmentation: unknown;
  /** Empty as annotated, before rasterising. */
  readonly empty: boolean;
  /** The annotation, for error messages. */
  readonly where: string;
}

/** Why a target is dropped, as far as that is known without rasterising it. */
export function dropReason(
  { category, crowd }: Brief,
  empty: boolean,
  { categories, excluded }: Labels,
): string | undefined {
  if (crowd) return "crowd";
  const name = category === undefined ? undefined : categories.get(category);
  if (name !== undefined && excluded.has(name)) return "excluded";
  return empty ? "empty" : undefined;
}

const ODD_ID =
  "the id of an annotation is neither a number nor a short text: its place in the file stands for it";

/**
 * An image with its targets. `partOf` gives an annotation's part in it, undefined where it has none; throws
 * on a faulty one.
 */
export async function loadImage<Thing, A extends Annotation, B extends Brief>(
  name: string,
  { id, ...thing }: { readonly id: Id; readonly width?: unknown; readonly height?: unknown },
  content: Content<Thing, A, B>,
  source: Source,
  partOf: (annotation: A, brief: B, where: string) => Part | undefined,
): Promise<ImageSample> {
  const listed = statedSize(thing);
  const image = await readImage({ root: source.root, name }, source, listed);
  const unique = numberRepeats();
  const briefs = content.briefs(id);
  const targets: TargetEntry[] = [];
  for (const [i, { annotation, index }] of (await content.read(id)).entries()) {
    const brief = briefs[i]!;
    const place = `annotations[${index}]`;
    const own = targetId(annotation.id, place);
    if (own === place && annotation.id != null)
      source.note({ what: ODD_ID, where: `${content.name}: ${place}` });
    const category = content.categories.get(brief.category ?? "");
    let part: Part | undefined;
    try {
      part = partOf(annotation, brief, `${content.name}: annotation ${own}`);
    } catch (error) {
      targets.push(await settleTarget(unique(own), category, () => Promise.reject(error)));
      continue;
    }
    if (part === undefined) continue;
    const reason = dropReason(brief, part.empty, content);
    const { category_id } = annotation;
    const drawn = { ...part, listed: listed ?? image, image, ...statedArea(annotation) };
    targets.push(
      reason === undefined
        ? await drawTarget(unique(own), category_id, drawn, content)
        : reason === "crowd"
          ? crowdOf(unique(own), category, () => drawPart(drawn), drawn.area)
          : { ...unscored("dropped", unique(own), category, reason), ...statedArea(annotation) },
    );
  }
  return { kind: "image", image, targets };
}

function statedArea({ area }: Annotation): { readonly area?: number } {
  return typeof area === "number" && Number.isFinite(area) && area >= 0 ? { area } : {};
}

/** `listed` is the size in the annotation file, else the image's. */
interface Drawn extends Omit<Part, "empty">, Readonly<Record<"listed" | "image", Size>> {
  readonly area?: number;
}

export function drawTarget(
  id: string,
  category: unknown,
  drawn: Drawn,
  { categories }: Pick<Labels, "categories">,
): Promise<TargetEntry> {
  const name = categories.get(category as Id);
  const read = () => {
    const got = `category_id ${JSON.stringify(category)?.slice(0, 40)}`;
    if (category != null && name === undefined)
      throw complain(drawn.where, "its category is not listed", { got });
    return keepMask({ mask: drawPart(drawn) });
  };
  return settleTarget(id, name, read, drawn.area);
}

function drawPart({ segmentation, listed, image, where }: Drawn): BitMask {
  // Before rasterising: a broken size can ask for more memory than there is.
  const size = ownSize(segmentation) ?? listed;
  checkSize(where, size, image);
  return maskFromSegmentation(segmentation, size, where);
}

/** An RLE's own size; undefined if there is no valid one, which decoding then reports. */
function ownSize(segmentation: unknown): Size | undefined {
  if (typeof segmentation !== "object" || segmentation === null || Array.isArray(segmentation))
    return undefined;
  const { size } = segmentation as { readonly size?: unknown };
  if (!Array.isArray(size) || size.length !== 2 || !size.every((side) => Number.isInteger(side) && side > 0))
    return undefined;
  const [height, width] = size as [number, number];
  return { width, height };
}

/** The size that a file states, where it states one. */
export function statedSize({ width, height }: { readonly width?: unknown; readonly height?: unknown }) {
  const side = (value: unknown): value is number =>
    Number.isInteger(value) && (value as number) > 0 && (value as number) <= 2 ** 24;
  return side(width) && side(height) ? { width, height } : undefined;
}

/** "x.json: annotations[7] (id 12)", without an id that cannot be one. */
function placeOf(name: string, { index, annotation: { id } }: Placed<Annotation>): string {
  const place = `annotations[${index}]`;
  const own = targetId(id, place);
  return own === place ? `${name}: ${place}` : `${name}: ${place} (id ${own})`;
}

/** Entries for annotations whose image or video the file does not list. */
export function orphans<Thing, A extends Annotation, B extends Brief>(
  content: Content<Thing, A, B>,
): readonly Entry[] {
  return content.unlisted.map((id) => ({
    ...absentEntry(`${content.link}=${id}`, async () => {
      const [first] = await content.read(id);
      throw complain(
        placeOf(content.name, first!),
        `its ${content.link === "image_id" ? "image" : "video"} is not listed`,
        { got: `${content.link} ${typeof id === "string" ? JSON.stringify(id) : id}` },
      );
    }),
    apart: [`${content.name}: ${content.link}=${id}`],
  }));
}

/**
 * Ids of an image that another one is called like: with its folders, with its suffix too, with its annotation file, and
 * with its own number, where one file is listed twice.
 */
export function longerIds(
  prefix: string,
  annotations: string,
  file: string,
  ...numbers: readonly string[]
): readonly string[] {
  const path = prefix + withoutSuffix(file);
  const whole = `${withoutSuffix(annotations)}/${file}`;
  return [path, prefix + file, whole, ...numbers.map((number) => path + number)];
}

/** Says where the ids of annotations and of what they refer to are not written alike. */
export function noteJoined(
  { name, joined }: { readonly name: string; readonly joined: boolean },
  source: Source,
): void {
  const what = "ids are text in one place and numbers in another, and were joined";
  if (joined) source.note({ what, where: name });
}

/**
 * The annotation files: names, or patterns that match one file per combination of placeholder values;
 * `prefix` goes before ids.
 */
export async function annotationFiles(
  names: readonly string[],
  source: Source,
): Promise<readonly { readonly name: string; readonly prefix: string }[]> {
  const where = `${source.card}: adapter.annotations`;
  const found: { readonly name: string; readonly prefix: string }[] = [];
  for (const text of names) {
    if (!/[{*]/.test(text)) {
      found.push({ name: joinNames(where, text), prefix: "" });
      continue;
    }
    const pattern = parsePattern(text, where);
    const byPrefix = new Map<string, Match>();
    for (const match of await matches(pattern, source)) {
      const prefix = prefixOf(pattern, match.fields);
      const before = byPrefix.get(prefix);
      if (before !== undefined) {
        const got = `${before.name} and ${match.name}`;
        throw complain(where, "two files match", { expected: `one ${text}`, got });
      }
      byPrefix.set(prefix, match);
    }
    if (byPrefix.size === 0) throw complain(where, "no file matches", { code: "not-found", expected: text });
    for (const [prefix, { name }] of byPrefix) found.push({ name, prefix });
  }
  return found;
}

/**
 * Finds an image in the card's folders, tried in order; `{annotations}` is the annotation file's own folder.
 * An image that is in none gets its name in the first folder.
 */
export function imageFinder(
  folders: readonly string[],
  { card, root }: Source,
): (annotations: string, image: string) => Promise<string> {
  const find = fileFinder(root);
  return async (annotations, image) => {
    let first: string | undefined;
    for (const folder of folders) {
      const own = folder.replace("{annotations}", splitName(annotations)[0]);
      // "{annotations}/.." of a file at the root leaves the data folder.
      if (own !== folder && leavesRoot(own)) continue;
      const name = joinNames(`${card}: adapter.images`, own, image);
      const found = await find(name);
      if (found !== undefined) return found;
      first ??= name;
    }
    return first ?? image;
  };
}
