// One label map per image: leaves of PPDLS, VOC and DAVIS objects, label TIFF. Each value present is one target.
import { complain } from "../core/errors.ts";
import type { LabelPngOptions } from "../core/schema-types.ts";
import type { BitMask, Sample } from "../core/types.ts";
import { type DataFile, fileFinder, listFiles } from "../formats/files.ts";
import { readImage } from "../formats/image-file.ts";
import { type LabelMap, readLabelMap } from "../formats/label-png.ts";
import { parsePattern } from "../formats/pattern.ts";
import { createMask, isEmpty } from "../masks/bit-mask.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { imageIdOf } from "./shared/image-id.ts";
import { atImageSize, settleTarget } from "./shared/targets.ts";

export const labelPng: Adapter<LabelPngOptions> = async (options, source) => {
  const images = parsePattern(options.images, `${source.card}: adapter.images`);
  const labels = parsePattern(options.labels, `${source.card}: adapter.labels`);
  const find = fileFinder(source.root);
  const entries: Entry[] = [];
  for (const name of await listFiles(source.root, images.folder)) {
    const fields = images.match(name);
    if (fields === undefined) continue;
    const wanted = labels.fill(fields);
    const label = async (): Promise<DataFile> => ({
      root: source.root,
      name: (await find(wanted)) ?? wanted,
    });
    const image: DataFile = { root: source.root, name };
    // Counting means decoding every label map: only done where the card's subset cannot be drawn without.
    const masks = source.countMasks ? { masks: countValues(await readLabel(await label()), options) } : {};
    entries.push({
      id: imageIdOf(images, name, fields),
      ...masks,
      load: async () => load(image, await label(), options, source),
    });
  }
  return entries;
};

async function load(
  file: DataFile,
  label: DataFile,
  options: LabelPngOptions,
  { pixels }: Source,
): Promise<Sample> {
  const map = await readLabel(label);
  const image = await readImage(file, pixels, map);
  const { masks, ignore } = splitValues(map, options);
  const targets = [];
  for (const [value, mask] of masks) {
    const target = await settleTarget(String(value), options.classes?.[value], () =>
      ignore === undefined ? { mask } : { mask, ignore },
    );
    targets.push(atImageSize(target, image, label.name));
  }
  return { image, targets };
}

async function readLabel(file: DataFile): Promise<LabelMap> {
  const map = await readLabelMap(file);
  if (map.channels === 1) return map;
  throw complain({
    where: file.name,
    what: "a label map has colours instead of values",
    expected: "1 channel (grey or palette)",
    got: `${map.channels} channels`,
  });
}

/** Masks by value, ascending; background is left out, ignore values together are one mask. */
function splitValues({ width, height, data }: LabelMap, { background = [0], ignore = [] }: LabelPngOptions) {
  const ignored = createMask(width, height);
  const masks: (BitMask | undefined)[] = [];
  for (const value of background) masks[value] = NOTHING;
  for (const value of ignore) masks[value] = ignored;
  for (let y = 0, i = 0; y < height; y++) {
    const row = y * ignored.stride;
    for (let x = 0; x < width; x++, i++) {
      const value = data[i]!;
      let mask = masks[value];
      if (mask === NOTHING) continue;
      if (mask === undefined) {
        mask = createMask(width, height);
        masks[value] = mask;
      }
      mask.words[row + (x >>> 5)]! |= 1 << (x & 31);
    }
  }
  const found: [value: number, mask: BitMask][] = [];
  masks.forEach((mask, value) => {
    if (mask !== undefined && mask !== NOTHING && mask !== ignored) found.push([value, mask]);
  });
  return { masks: found, ignore: isEmpty(ignored) ? undefined : ignored };
}

const NOTHING = createMask(0, 0);

function countValues({ data }: LabelMap, { background = [0], ignore = [] }: LabelPngOptions): number {
  const values = new Set<number>(data);
  for (const value of [...background, ...ignore]) values.delete(value);
  return values.size;
}
