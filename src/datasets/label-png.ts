// One label map per image: leaves of PPDLS, streets of Cityscapes, rooms of Hypersim, VOC and DAVIS objects, SBD. Each
// value present is one target.
import { complain } from "../core/errors.ts";
import type { LabelPngOptions } from "../core/schema-types.ts";
import type { ImageSample, LabelMap, TargetEntry } from "../core/types.ts";
import { type DataFile, fileFinder, withoutSuffix } from "../formats/files.ts";
import { readImage } from "../formats/image-file.ts";
import { withoutColours } from "../formats/label-colours.ts";
import { readLabelMap } from "../formats/label-map.ts";
import { type Pattern, parsePattern } from "../formats/pattern.ts";
import { maskOfRuns } from "../masks/runs.ts";
import { type Adapter, absentEntry, type Entry, type Source } from "./shared/adapter.ts";
import { firstFound, imageIdOf, matches } from "./shared/find.ts";
import { countValues, splitValues } from "./shared/label-values.ts";
import { keyOf, type Match } from "./shared/pairing.ts";
import { checkSize, crowdOf, settleTarget, unscored } from "./shared/targets.ts";

export const labelPng: Adapter<LabelPngOptions, "background" | "ignore"> = {
  // 0 is background unless a card says otherwise.
  defaults: { background: [0], ignore: [] },
  async list(options, source) {
    const { card, root } = source;
    const images = parsePattern(options.images, `${card}: adapter.images`);
    const labels = parsePattern(options.labels, `${card}: adapter.labels`);
    const find = fileFinder(root);
    const entries: Entry[] = [];
    const found = await matches(images, source);
    for (const { name, fields } of found) {
      const id = imageIdOf(images, name, fields);
      if (!source.wanted(id)) continue;
      const names = labelNames(images, labels, name);
      const label = async (): Promise<DataFile> => ({
        root,
        name: (await firstFound(find, names)) ?? names[0]!,
      });
      // Counting means decoding every label map: done only where the card's subset needs it.
      const masks = source.countMasks ? { masks: await count(await label(), options) } : {};
      entries.push({
        id,
        file: name,
        ...masks,
        load: async () => load({ root, name }, await label(), options, source),
      });
    }
    return [...entries, ...(await withoutImages(images, labels, found, find, source))];
  },
};

/** What an image's label map may be called: a name that can be divided in several ways has several. */
function labelNames(images: Pattern, labels: Pattern, image: string): readonly string[] {
  return images.readings(image).map((fields) => labels.fill(fields));
}

/** Label maps that no image has: each fails under the missing image's name. A second one of an image is noted. */
async function withoutImages(
  images: Pattern,
  labels: Pattern,
  found: readonly Match[],
  find: ReturnType<typeof fileFinder>,
  source: Source,
): Promise<readonly Entry[]> {
  if (found.length === 0) return []; // The benchmark is not there.
  // Images may match the labels' pattern too.
  const known = new Set(found.map(({ name }) => name));
  const keys = new Set<string>();
  for (const { name } of found) {
    for (const fields of images.readings(name)) keys.add(keyOf(labels, fields));
    known.add((await firstFound(find, labelNames(images, labels, name))) ?? "");
  }
  const entries: Entry[] = [];
  for (const { name, fields } of await matches(labels, source)) {
    if (known.has(name)) continue;
    if (keys.has(keyOf(labels, fields))) {
      const what = "a label map beside the one of its image, or below other folders than its image: not read";
      source.note({ what, where: name });
      continue;
    }
    const image = images.nameFor(fields);
    const own = images.match(image);
    const id = own === undefined ? withoutSuffix(name) : imageIdOf(images, image, own);
    if (!source.wanted(id)) continue;
    source.note({ what: WITHOUT, where: name });
    const load = async () => {
      throw complain(name, WITHOUT, { expected: image });
    };
    entries.push({ ...absentEntry(id, load), file: image, from: name });
  }
  return entries;
}

const WITHOUT = "a label map without an image";

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
    if (dropped === "crowd") targets.push(crowdOf(id, category, () => maskOfRuns(mask)));
    else if (dropped !== undefined) targets.push(unscored("dropped", id, category, dropped));
    else targets.push(await settleTarget(id, category, read));
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
  const map = await readLabelMap(file, { member, colours: colours === "id", ...(note && { note }) });
  if (colours === "id" && map.channels < 3) {
    const what = "a label map without colours, where the card says how colours are read: values as stored";
    note?.({ what, where: file.name, key: "adapter.colours" });
  }
  return withoutColours(map, colours, file.name);
}
