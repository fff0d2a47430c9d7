// One file per mask: nuclei of BBBC038v1, frames of DAVIS, organs of CT slices. A mask belongs to the image whose
// placeholders have the same texts, or to the one that a pairs file names.
import { complain } from "../core/errors.ts";
import type { MaskFilesOptions } from "../core/schema-types.ts";
import type { ImageSample } from "../core/types.ts";
import { listFiles, stemOf } from "../formats/files.ts";
import { readImage } from "../formats/image-file.ts";
import { type Pattern, parsePattern } from "../formats/pattern.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { imageIdOf } from "./shared/image-id.ts";
import { readMaskFile, readPairs } from "./shared/mask-file.ts";
import { atImageSize, numberRepeats, settleTarget } from "./shared/targets.ts";

interface MaskFile {
  readonly name: string;
  readonly category: string | undefined;
}

export const maskFiles: Adapter<MaskFilesOptions> = async (options, source) => {
  const images = parsePattern(options.images, `${source.card}: adapter.images`);
  const masks = parsePattern(options.masks, `${source.card}: adapter.masks`);
  const groups =
    options.pairs === undefined
      ? await groupByPlaceholders(images, masks, source)
      : await readPairs(options.pairs, source);
  return [...groups].map(([image, names]): Entry => {
    const files = names.map((name): MaskFile => ({ name, category: masks.match(name)?.category }));
    return {
      id: imageIdOf(images, image, images.match(image) ?? {}),
      masks: files.length,
      load: () => load(image, files, options, source),
    };
  });
};

/** Mask files of each image file; masks without an image get the name that it should have, which then fails alone. */
async function groupByPlaceholders(
  images: Pattern,
  masks: Pattern,
  { card, root }: Source,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const missing = images.placeholders.filter((name) => !masks.placeholders.includes(name));
  if (missing.length > 0) {
    throw complain({
      where: `${card}: adapter.masks`,
      what: "the pattern does not say to which image a mask belongs",
      expected: missing.map((name) => `{${name}}`).join(", "),
      got: masks.text,
    });
  }
  const imageNames = (await listFiles(root, images.folder)).filter((name) => images.match(name));
  const maskNames = (await listFiles(root, masks.folder)).filter((name) => masks.match(name));
  const keyOf = (pattern: Pattern, name: string) => {
    const fields = pattern.match(name)!;
    return images.placeholders.map((placeholder) => fields[placeholder]).join("\n");
  };
  const imageOf = new Map(imageNames.map((name) => [keyOf(images, name), name]));
  const groups = new Map(imageNames.map((name): [string, string[]] => [name, []]));
  for (const name of maskNames) {
    const image = imageOf.get(keyOf(masks, name)) ?? images.nameFor(masks.match(name)!);
    const group = groups.get(image);
    if (group === undefined) groups.set(image, [name]);
    else group.push(name);
  }
  return groups;
}

async function load(
  image: string,
  files: readonly MaskFile[],
  { threshold, ignore }: MaskFilesOptions,
  { root, pixels }: Source,
): Promise<ImageSample> {
  const unique = numberRepeats();
  // One after the other: an image may have hundreds of masks, and as many decoders at once would only fill memory.
  const targets = [];
  for (const { name, category } of files) {
    targets.push(
      await settleTarget(unique(stemOf(name)), category, () =>
        readMaskFile({ root, name }, { threshold: threshold ?? 1, ignore: ignore ?? [] }),
      ),
    );
  }
  const annotated = targets.find((target) => target.status === "ok")?.mask;
  const picture = await readImage({ root, name: image }, pixels, annotated);
  return {
    kind: "image",
    image: picture,
    targets: targets.map((target, i) => atImageSize(target, picture, files[i]!.name)),
  };
}
