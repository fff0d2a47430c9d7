// One annotation file per image: found by a pattern, paired with the image that has the same texts at the placeholders.

import { complain } from "../../core/errors.ts";
import type { ImageSample } from "../../core/types.ts";
import type { DrawnImage } from "../../formats/drawn-object.ts";
import { type DataFile, listFiles } from "../../formats/files.ts";
import { type Fields, type Pattern, parsePattern } from "../../formats/pattern.ts";
import type { Entry, Source } from "./adapter.ts";
import { matchingFiles } from "./documents.ts";
import { countDrawn, type DrawnRules, loadDrawn } from "./drawn.ts";
import { imageIdOf } from "./image-id.ts";

export interface AnnotatedOptions extends DrawnRules {
  readonly images: string;
  readonly annotations: string;
}

export interface AnnotationReader {
  /** What the annotation file says, without its image. */
  read(annotation: DataFile): Promise<DrawnImage>;
  /** Where the image is needed to understand the annotation; default: it is not. */
  load?(image: DataFile, annotation: DataFile): Promise<ImageSample>;
}

/** Images that have an annotation file. `**` may stand for other folders before an image than before its annotation. */
export async function readAnnotated(
  options: AnnotatedOptions,
  source: Source,
  {
    read,
    load = async (image, annotation) => loadDrawn(image, await read(annotation), options, source),
  }: AnnotationReader,
): Promise<readonly Entry[]> {
  const images = parsePattern(options.images, `${source.card}: adapter.images`);
  const annotations = parsePattern(options.annotations, `${source.card}: adapter.annotations`);
  const paired = await imagesByKey(images, annotations, source);
  const entries: Entry[] = [];
  for (const { name, fields } of await matchingFiles(annotations, source)) {
    const annotation = { root: source.root, name };
    // Counting means reading every annotation file: only done where the card's subset cannot be drawn without.
    const masks = source.countMasks ? { masks: countDrawn(await read(annotation), options) } : {};
    const image = paired.get(keyOf(images, fields));
    const missing = async () => {
      throw complain({ where: name, what: "its image is not there", expected: nameOf(images, fields) });
    };
    entries.push({
      id:
        image === undefined
          ? imageIdOf(annotations, name, fields)
          : imageIdOf(images, image, images.match(image)!),
      ...masks,
      load: image === undefined ? missing : () => load({ root: source.root, name: image }, annotation),
    });
  }
  return entries;
}

async function imagesByKey(
  images: Pattern,
  annotations: Pattern,
  { card, root }: Source,
): Promise<ReadonlyMap<string, string>> {
  const lacking = images.placeholders.filter((name) => !annotations.placeholders.includes(name));
  if (lacking.length > 0)
    throw complain({
      where: `${card}: adapter.annotations`,
      what: "the pattern does not say to which image an annotation belongs",
      expected: lacking.map((name) => `{${name}}`).join(", "),
      got: annotations.text,
    });
  const found = new Map<string, string>();
  for (const name of await listFiles(root, images.folder)) {
    const fields = images.match(name);
    if (fields === undefined) continue;
    const key = keyOf(images, fields);
    const other = found.get(key);
    if (other !== undefined)
      throw complain({
        where: `${card}: adapter.images`,
        what: "two images for one annotation",
        got: `${other}, ${name}`,
      });
    found.set(key, name);
  }
  return found;
}

function keyOf({ placeholders }: Pattern, fields: Fields): string {
  return placeholders.map((name) => fields[name]).join("\n");
}

function nameOf({ text }: Pattern, fields: Fields): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => fields[name] ?? "*");
}
