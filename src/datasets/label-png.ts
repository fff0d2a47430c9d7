// One label map per image: leaves of PPDLS, streets of Cityscapes, rooms of Hypersim, VOC and DAVIS objects, SBD. Each
// value present is one target.
import type { LabelPngOptions } from "../core/schema-types.ts";
import type { ImageSample, LabelMap, TargetEntry } from "../core/types.ts";
import { type DataFile, fileFinder, listFiles } from "../formats/files.ts";
import { readImage } from "../formats/image-file.ts";
import { readLabelMap } from "../formats/label-map.ts";
import { parsePattern } from "../formats/pattern.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { imageIdOf } from "./shared/image-id.ts";
import { withoutColours } from "./shared/label-colours.ts";
import { countValues, type Labelled, splitValues } from "./shared/label-values.ts";
import { atImageSize, settleTarget } from "./shared/targets.ts";

export const labelPng: Adapter<LabelPngOptions> = async (options, source) => {
  const images = parsePattern(options.images, `${source.card}: adapter.images`);
  const labels = parsePattern(options.labels, `${source.card}: adapter.labels`);
  const find = fileFinder(source.root);
  const entries: Entry[] = [];
  for (const name of await listFiles(source.root, images.folder)) {
    const fields = images.match(name);
    if (fields === undefined) continue;
    const id = imageIdOf(images, name, fields);
    if (!source.wanted(id)) continue;
    const wanted = labels.fill(fields);
    const label = async (): Promise<DataFile> => ({
      root: source.root,
      name: (await find(wanted)) ?? wanted,
    });
    const image: DataFile = { root: source.root, name };
    // Counting means decoding every label map: only done where the card's subset cannot be drawn without.
    const masks = source.countMasks ? { masks: await count(await label(), options) } : {};
    entries.push({ id, ...masks, load: async () => load(image, await label(), options, source) });
  }
  return entries;
};

async function load(
  file: DataFile,
  label: DataFile,
  options: LabelPngOptions,
  { pixels }: Source,
): Promise<ImageSample> {
  const map = await readLabels(label, options);
  const image = await readImage(file, pixels, map);
  const { labelled, ignore } = splitValues(map, options, label.name);
  const targets = [];
  for (const one of labelled) {
    const target = await targetOf(one, options, ignore && { ignore });
    targets.push(atImageSize(target, image, label.name));
  }
  return { kind: "image", image, targets };
}

async function targetOf(
  { value, class: ofClass, mask, dropped }: Labelled,
  { classes }: LabelPngOptions,
  ignore: { ignore: Labelled["mask"] } | undefined,
): Promise<TargetEntry> {
  const id = String(value);
  const category = classes?.[ofClass];
  if (dropped === undefined) return settleTarget(id, category, () => ({ mask, ...ignore }));
  return { status: "dropped", id, reason: dropped, ...(category !== undefined && { category }) };
}

async function count(file: DataFile, options: LabelPngOptions): Promise<number> {
  return countValues(await readLabels(file, options), options, file.name);
}

async function readLabels(file: DataFile, { member, colours }: LabelPngOptions): Promise<LabelMap> {
  return withoutColours(await readLabelMap(file, member), colours, file.name);
}
