// One label map per image: leaves of PPDLS, streets of Cityscapes, rooms of Hypersim, VOC and DAVIS objects, SBD. Each
// value present is one target.
import type { LabelPngOptions } from "../core/schema-types.ts";
import type { ImageSample, LabelMap, TargetEntry } from "../core/types.ts";
import { type DataFile, fileFinder } from "../formats/files.ts";
import { readImage } from "../formats/image-file.ts";
import { readLabelMap } from "../formats/label-map.ts";
import { parsePattern } from "../formats/pattern.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { imageIdOf, matches } from "./shared/find.ts";
import { countValues, splitValues, withoutColours } from "./shared/label-values.ts";
import { checkSize, settleTarget, unscored } from "./shared/targets.ts";

export const labelPng: Adapter<LabelPngOptions, "background" | "ignore"> = {
  // 0 is background unless a card says otherwise.
  defaults: { background: [0], ignore: [] },
  async list(options, source) {
    const { card, root } = source;
    const images = parsePattern(options.images, `${card}: adapter.images`);
    const labels = parsePattern(options.labels, `${card}: adapter.labels`);
    const find = fileFinder(root);
    const entries: Entry[] = [];
    for (const { name, fields } of await matches(images, source)) {
      const id = imageIdOf(images, name, fields);
      if (!source.wanted(id)) continue;
      const wanted = labels.fill(fields);
      const label = async (): Promise<DataFile> => ({ root, name: (await find(wanted)) ?? wanted });
      // Counting means decoding every label map: done only where the card's subset needs it.
      const masks = source.countMasks ? { masks: await count(await label(), options) } : {};
      entries.push({
        id,
        file: name,
        ...masks,
        load: async () => load({ root, name }, await label(), options, source),
      });
    }
    return entries;
  },
};

async function load(
  file: DataFile,
  label: DataFile,
  options: LabelPngOptions,
  source: Source,
): Promise<ImageSample> {
  const map = await readLabels(label, options, source.note);
  const image = await readImage(file, source, map);
  const { labelled, ignore } = splitValues(map, options, label.name);
  const targets: TargetEntry[] = [];
  for (const { value, class: ofClass, mask, dropped } of labelled) {
    const [id, category] = [String(value), options.classes?.[ofClass]];
    const read = () => {
      checkSize(label.name, map, image);
      return { mask, ignore }; // one pixel has one value: no target lies in the ignored ones
    };
    targets.push(
      dropped === undefined
        ? await settleTarget(id, category, read)
        : unscored("dropped", id, category, dropped),
    );
  }
  return { kind: "image", image, targets };
}

async function count(file: DataFile, options: LabelPngOptions): Promise<number> {
  return countValues(await readLabels(file, options), options, file.name);
}

async function readLabels(
  file: DataFile,
  { member, colours }: LabelPngOptions,
  note?: Source["note"],
): Promise<LabelMap> {
  return withoutColours(
    await readLabelMap(file, { member, colours: colours === "id", ...(note && { note }) }),
    colours,
    file.name,
  );
}
