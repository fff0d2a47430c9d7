// Files that a card describes by patterns: images, annotation files of one or many images, and their pairing.
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { complain } from "../../core/errors.ts";
import { groupBy } from "../../core/group-by.ts";
import type { ImageSample } from "../../core/types.ts";
import {
  byCodeUnit,
  type DataFile,
  fileFinder,
  joinNames,
  listFiles,
  type SayLink,
  splitName,
  stemOf,
  suffixOf,
  withoutSuffix,
} from "../../formats/files.ts";
import { type Fields, type Pattern, parsePattern } from "../../formats/pattern.ts";
import type { Entry, Source } from "./adapter.ts";
import { countDrawn, type DrawnImage, type DrawnRules, loadDrawn } from "./drawn.ts";
import { checkPlaceholders, keyOf, type Match, pairing, unclear } from "./pairing.ts";

/** Files below the root that match, in code-unit order; a file that a link names a second time is left out. */
export async function matches(
  pattern: Pattern,
  { root, note }: Pick<Source, "root" | "note">,
): Promise<readonly Match[]> {
  const links = new Set<string>();
  const say = sayLoops({ note });
  const names = await listFiles(root, pattern.folder, (link) => {
    say(link);
    if (!link.loop) links.add(link.name);
  });
  const found = names.flatMap((name) => {
    const fields = pattern.match(name);
    return fields === undefined ? [] : [{ name, fields }];
  });
  return links.size === 0 ? found : withoutSecondNames(found, links, pattern, { root, note });
}

/** Notes links that are left out of a listing. */
export function sayLoops({ note }: Pick<Source, "note">): SayLink {
  const what = "a link that leads back to a folder that it lies in: what is there is listed once";
  return ({ name, loop }) => {
    if (loop) note({ what, where: name });
  };
}

/** Of names of one file that differ in nothing that the pattern names, the first without a link. */
async function withoutSecondNames(
  found: readonly Match[],
  links: ReadonlySet<string>,
  pattern: Pattern,
  { root, note }: Pick<Source, "root" | "note">,
): Promise<readonly Match[]> {
  const isLinked = ({ name }: Match) => {
    const parts = name.split("/");
    return parts.some((_, i) => links.has(parts.slice(0, i + 1).join("/")));
  };
  const keyOfMatch = ({ name, fields }: Match) => `${keyOf(pattern, fields)}\n${splitName(name)[1]}`;
  const groups = groupBy(found, keyOfMatch);
  const second = new Set<Match>();
  for (const group of groups.values()) {
    const linked = group.length < 2 ? [] : group.filter(isLinked);
    if (linked.length === 0) continue;
    const places = new Set<string>();
    for (const match of [...group.filter((match) => !linked.includes(match)), ...linked]) {
      const place = await realpath(join(root, match.name)).catch(() => match.name);
      if (places.has(place)) second.add(match);
      places.add(place);
    }
  }
  const what = "a file that a link names a second time: listed once, by its own name";
  for (const { name } of second) note({ what, where: name });
  return found.filter((match) => !second.has(match));
}

/** The annotation files of a card: at least one. */
export async function annotationMatches(pattern: Pattern, source: Source): Promise<readonly Match[]> {
  const found = await matches(pattern, source);
  if (found.length > 0) return found;
  const where = `${source.card}: adapter.annotations`;
  throw complain(where, "no annotation file was found", { expected: pattern.text });
}

/**
 * An image's id: its file stem, after the folders that distinguish images. The pattern alone decides which those are, so
 * an id does not depend on which files exist: `JPEGImages/480p/{sequence}/{frame}.jpg` gives
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

/** The first of these files that exists; undefined if none does. */
export async function firstFound(
  find: (name: string) => Promise<string | undefined>,
  names: readonly string[],
): Promise<string | undefined> {
  for (const name of names) {
    const found = await find(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

export interface AnnotationReader {
  /** What the annotation file says, without its image. */
  read(annotation: DataFile): Promise<DrawnImage>;
  /** Set where the image is needed to interpret the annotation. */
  load?(image: DataFile, annotation: DataFile): Promise<ImageSample>;
}

/**
 * Images with an annotation file each, paired by their placeholders. `**` may match different folders for an
 * image and its annotation.
 */
export async function readAnnotated(
  options: DrawnRules & { readonly images: string; readonly annotations: string },
  source: Source,
  {
    read,
    load = async (image, file) => loadDrawn(image, await read(file), options, source),
  }: AnnotationReader,
): Promise<readonly Entry[]> {
  const { card, root } = source;
  const images = parsePattern(options.images, `${card}: adapter.images`);
  const annotations = parsePattern(options.annotations, `${card}: adapter.annotations`);
  checkPlaceholders(images, annotations, `${card}: adapter.annotations`, "an annotation");
  const found = await matches(images, source);
  const imagesOf = pairing(images, found, annotations, "adapter.annotations", source);
  const entries: Entry[] = [];
  for (const match of await annotationMatches(annotations, source)) {
    const { name, fields } = match;
    const annotation = { root, name };
    // Counting means reading every annotation file: done only where the card's subset needs it.
    const masks = source.countMasks ? { masks: countDrawn(await read(annotation), options) } : {};
    const [image, ...more] = imagesOf(match).images;
    if (image !== undefined && more.length > 0) {
      entries.push(unclear("an annotation", name, [image, ...more]));
      continue;
    }
    const missing = async () => {
      const expected = images.text.replace(/\{(\w+)\}/g, (_, key: string) => fields[key] ?? "*");
      throw complain(name, "its image is missing", { expected });
    };
    entries.push(
      image === undefined
        ? { id: imageIdOf(annotations, name, fields), file: name, ...masks, load: missing }
        : {
            id: imageIdOf(images, image.name, image.fields),
            ...{ file: image.name, from: name },
            ...masks,
            load: () => load({ root, name: image.name }, annotation),
          },
    );
  }
  return entries;
}

export interface DocumentImage extends DrawnImage {
  /** File name as the annotation file has it. */
  readonly file: string;
  /** Where images of one name are told apart by it; their files may lie in a folder of this name. */
  readonly subset?: string | undefined;
  readonly where: string;
}

/** Suffixes tried where a file name has none: frames of videos. */
const SUFFIXES = [".png", ".jpg", ".jpeg"];

/**
 * Images of annotation files that each describe many; `images` are folders, relative to the annotation file's, with the
 * pattern's placeholders. `id`: the values of those and the image's name, joined by slashes.
 */
export async function readDocuments(
  options: DrawnRules & { readonly annotations: string; readonly images: readonly string[] },
  source: Source,
  read: (file: DataFile) => Promise<readonly DocumentImage[]>,
): Promise<readonly Entry[]> {
  const { card, root } = source;
  const pattern = parsePattern(options.annotations, `${card}: adapter.annotations`);
  const find = fileFinder(root);
  const entries: Entry[] = [];
  for (const { name, fields } of await annotationMatches(pattern, source)) {
    const patterns = options.images.map((folder) => parsePattern(folder, `${card}: adapter.images`));
    // A name that can be divided in several ways has the folder in which its images are.
    const folders = new Set(
      pattern.readings(name).flatMap((values) => patterns.map((one) => one.fill(values))),
    );
    const prefix = prefixOf(pattern, fields);
    const images = await read({ root, name });
    const named = new Map<string, number>();
    for (const { file } of images) named.set(file, (named.get(file) ?? 0) + 1);
    for (const image of images) {
      const { file, subset } = image;
      const below = subset === undefined ? [] : [`${subset}/${file}`];
      // Without the subset's folder, several images would be one file.
      const parts = subset === undefined || named.get(file) === 1 ? [...below, file] : below;
      const places = parts.flatMap((part) =>
        [...folders].map((folder) =>
          joinNames(image.where, splitName(name)[0], folder, part.replaceAll("\\", "/")),
        ),
      );
      const names = places.flatMap((place) =>
        suffixOf(place) === "" ? SUFFIXES.map((end) => place + end) : place,
      );
      const locate = async () => ({ root, name: (await firstFound(find, names)) ?? places[0]! });
      const path = prefix + joinNames(image.where, subset ?? "", file);
      entries.push({
        ...{ id: withoutSuffix(path), file: path, from: image.where },
        masks: countDrawn(image, options),
        ...(image.size && { size: image.size }),
        load: async () => loadDrawn(await locate(), image, options, source),
      });
    }
  }
  return entries;
}

/** What distinguishes annotation files, as a prefix of ids: "antenna/"; empty where there is one file. */
export function prefixOf({ placeholders }: Pattern, fields: Fields): string {
  return placeholders.map((placeholder) => `${fields[placeholder]}/`).join("");
}

/** Frames in their order: numbers within names by their value (img_2 before img_10), else code-unit order. */
export function inFrameOrder(a: string, b: string): number {
  const [one, other] = [a, b].map((name) => name.match(/\d+|\D+/g) ?? []);
  for (let i = 0; i < Math.min(one!.length, other!.length); i++) {
    const [x, y] = [one![i]!, other![i]!];
    const both = /^\d/.test(x) && /^\d/.test(y);
    const order = both ? Number(BigInt(x) - BigInt(y)) : byCodeUnit(x, y);
    if (order !== 0) return order;
  }
  return one!.length - other!.length || byCodeUnit(a, b);
}
