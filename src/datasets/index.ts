// From a card and a folder to a data set.
import { stat } from "node:fs/promises";
import { datasetCardDefaults } from "../core/defaults.ts";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import type { Dataset, ImageSample, SampleRef } from "../core/types.ts";
import { byCodeUnit } from "../formats/files.ts";
import { anyOf } from "./any-of.ts";
import { clusterRule } from "./cluster.ts";
import { coco } from "./coco.ts";
import { cvat } from "./cvat.ts";
import { geojson } from "./geojson.ts";
import { labelPng } from "./label-png.ts";
import { labelme } from "./labelme.ts";
import { maskFiles } from "./mask-files.ts";
import { sa1b } from "./sa-1b.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { selectionOf } from "./shared/selection.ts";
import { supervisely } from "./supervisely.ts";
import { via } from "./via.ts";
import { visor } from "./visor.ts";
import { woodscape } from "./woodscape.ts";
import { yoloSeg } from "./yolo-seg.ts";
import { youtubeVis } from "./youtube-vis.ts";

type Options = DatasetCard["adapter"];
type Format = Options["format"];

/** A card's `format` -> what reads it. */
export const adapters: { readonly [F in Format]: Adapter<Extract<Options, { format: F }>> } = {
  "any-of": anyOf,
  coco,
  "label-png": labelPng,
  "mask-files": maskFiles,
  "sa-1b": sa1b,
  cvat,
  geojson,
  labelme,
  supervisely,
  via,
  visor,
  woodscape,
  "yolo-seg": yoloSeg,
  "youtube-vis": youtubeVis,
};

/** A data set below `root`. Nothing is read before `list()`, and the listing is read once. */
export function openDataset(card: DatasetCard, root: string): Dataset {
  let listed: Promise<readonly SampleRef[]> | undefined;
  return {
    list: () => {
      listed ??= list(card, root);
      return listed;
    },
  };
}

async function list(card: DatasetCard, root: string): Promise<readonly SampleRef[]> {
  await checkRoot(card, root);
  const clusterOf = clusterRule(card);
  const pixels = { ...datasetCardDefaults.pixels, ...card.pixels };
  const { wanted: isWanted, missing } = await selectionOf(card, root);
  const countMasks = card.subset?.masks !== undefined;
  const adapt = (options: Options) => (adapters[options.format] as Adapter<Options>)(options, source);
  const source: Source = { card: card.name, root, pixels, countMasks, wanted: isWanted, adapt };
  const found = (await adapt(card.adapter)).filter(({ id }) => isWanted(id));
  const entries = [...found, ...missing(found.map(({ id }) => id))].sort((a, b) => byCodeUnit(a.id, b.id));
  if (entries.length === 0) {
    throw complain({ where: card.name, what: "no image was found", expected: wanted(card), got: root });
  }
  for (let i = 1; i < entries.length; i++) {
    if (entries[i]!.id === entries[i - 1]!.id)
      throw complain({ where: card.name, what: "two images have the same id", got: entries[i]!.id });
  }
  return entries.map((entry) => ({
    ...entry,
    cluster: entry.cluster ?? clusterOf(entry.id),
    load: () => load(card, entry),
  }));
}

/** Whatever goes wrong is a SegbenchError that says where. */
async function load(card: DatasetCard, entry: Entry): Promise<ImageSample> {
  try {
    return await entry.load();
  } catch (cause) {
    if (cause instanceof SegbenchError) throw cause;
    throw complain({ where: `${card.name}, image ${entry.id}`, what: reasonOf(cause), cause });
  }
}

async function checkRoot(card: DatasetCard, root: string): Promise<void> {
  const found = await stat(root).catch(() => undefined);
  if (found?.isDirectory()) return;
  const got = found === undefined ? `no such folder: ${root}` : `not a folder: ${root}`;
  throw complain({ where: card.name, what: "its data are not there", expected: wanted(card), got });
}

/** What to put into the root, and from where. */
function wanted({ archives, homepage }: DatasetCard): string {
  return archives === undefined
    ? `the files from ${homepage}`
    : `${archives.join(", ")} from ${homepage}, unpacked`;
}
