// Opens a benchmark from its card and a data folder.
import { stat } from "node:fs/promises";
import { datasetCardDefaults, type FullDatasetCard } from "../core/defaults.ts";
import type { Note } from "../core/errors.ts";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import { given } from "../core/given.ts";
import { type Kind, kindOf, nounOf } from "../core/plan.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import type { Clip, ConceptSample, Dataset, Sample, SampleRef } from "../core/types.ts";
import { byCodeUnit } from "../formats/files.ts";
import type { PixelRules } from "../formats/image-file.ts";
import { clusterRule, selectionOf } from "./selection.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { withUniqueIds } from "./shared/identity.ts";

type Options = DatasetCard["adapter"];

/** A card's `format` -> loader of its adapter. */
export const adapters = {
  "any-of": async () => (await import("./any-of.ts")).anyOf,
  coco: async () => (await import("./coco.ts")).coco,
  "label-png": async () => (await import("./label-png.ts")).labelPng,
  "mask-files": async () => (await import("./mask-files.ts")).maskFiles,
  "sa-co": async () => (await import("./sa-co.ts")).saCo,
  refer: async () => (await import("./refer.ts")).refer,
  "coco-phrases": async () => (await import("./coco-phrases.ts")).cocoPhrases,
  "sa-1b": async () => (await import("./sa-1b.ts")).sa1b,
  cvat: async () => (await import("./cvat.ts")).cvat,
  geojson: async () => (await import("./geojson.ts")).geojson,
  labelme: async () => (await import("./labelme.ts")).labelme,
  supervisely: async () => (await import("./supervisely.ts")).supervisely,
  via: async () => (await import("./via.ts")).via,
  visor: async () => (await import("./visor.ts")).visor,
  woodscape: async () => (await import("./woodscape.ts")).woodscape,
  "yolo-seg": async () => (await import("./yolo-seg.ts")).yoloSeg,
  "youtube-vis": async () => (await import("./youtube-vis.ts")).youtubeVis,
  "clip-folders": async () => (await import("./clip-folders.ts")).clipFolders,
} satisfies Record<Options["format"], () => Promise<object>>;

type AnyAdapter = Adapter<Options, never, Sample>;

async function adapterOf({ format }: Pick<Options, "format">): Promise<AnyAdapter | undefined> {
  return adapters[format]?.() as Promise<unknown> as Promise<AnyAdapter | undefined>;
}

/** Defaults of a format's adapter options; none for an unknown format. */
async function fullOptions(options: Options): Promise<Options> {
  return { ...structuredClone((await adapterOf(options))?.defaults), ...options };
}

/** A card with every default filled in. */
export async function fullDatasetCard(card: DatasetCard): Promise<FullDatasetCard> {
  const { version, cluster, pixels, subset } = datasetCardDefaults;
  return {
    ...card,
    title: card.title ?? card.name,
    version: card.version ?? version,
    domain: card.domain ?? [],
    root: card.root ?? card.name,
    adapter: await fullOptions(card.adapter),
    cluster: card.cluster ?? cluster,
    pixels: { ...pixels, range: [...pixels.range], ...card.pixels },
    subset: { ...subset, ...card.subset },
  };
}

/** A benchmark below `root`. Nothing is read before `list()`, and the listing is read once. `note` gets what is chosen in silence. */
export function openSamples(
  card: DatasetCard,
  root: string,
  note: (note: Note) => void = () => {},
): Dataset<Sample> {
  return listedOnce(() =>
    list(card, root, note, kindOf(card), async (source) => {
      const adapter = (await adapterOf(card.adapter))!;
      return adapter.list((await fullOptions(card.adapter)) as Parameters<AnyAdapter["list"]>[0], source);
    }),
  );
}

/** The same of images: rejects a card of clips. */
export function openDataset(card: DatasetCard, root: string, note?: (note: Note) => void): Dataset {
  return only("image", card, openSamples(card, root, note));
}

/** The same of images with phrases: rejects others. */
export function openQueries(
  card: DatasetCard,
  root: string,
  note?: (note: Note) => void,
): Dataset<ConceptSample> {
  return only("concept", card, openSamples(card, root, note));
}

/** The same of clips: rejects a card of images. */
export function openClips(card: DatasetCard, root: string, note?: (note: Note) => void): Dataset<Clip> {
  return only("clip", card, openSamples(card, root, note));
}

function only<S extends Sample>(kind: S["kind"], card: DatasetCard, dataset: Dataset<Sample>): Dataset<S> {
  if (kindOf(card) === kind) return dataset as Dataset<S>;
  const samples = (one: Kind) => (one === "concept" ? "images with phrases" : `${one}s`);
  const what = `its samples are ${samples(kindOf(card))}`;
  const problem = () => complain(card.name, what, { expected: `a benchmark of ${samples(kind)}` });
  return { list: () => Promise.reject(problem()) };
}

function listedOnce<S extends Sample>(read: () => Promise<readonly SampleRef<S>[]>): Dataset<S> {
  let listed: Promise<readonly SampleRef<S>[]> | undefined;
  return {
    list: () => {
      listed ??= read();
      return listed;
    },
  };
}

async function list<S extends Sample>(
  card: DatasetCard,
  root: string,
  note: Source["note"],
  kind: S["kind"],
  entriesOf: (source: Source) => Promise<readonly Entry<S>[]>,
): Promise<readonly SampleRef<S>[]> {
  await checkRoot(card, root);
  const clusterOf = clusterRule(card);
  const usual = datasetCardDefaults.pixels;
  const pixels: PixelRules = { ...usual, range: [...usual.range], ...card.pixels };
  const split = await selectionOf(card, root);
  const countMasks = card.subset?.masks !== undefined;
  const adapt = async (options: Options) =>
    (await adapterOf(options))!.list(await fullOptions(options), source) as Promise<readonly Entry[]>;
  const seed = card.subset?.seed ?? datasetCardDefaults.subset.seed;
  const source: Source = {
    card: card.name,
    root,
    pixels,
    countMasks,
    seed,
    wanted: split.wanted,
    note,
    adapt,
  };
  const all = withUniqueIds(await entriesOf(source), source);
  const entries = [...split.of(all, source)].sort((a, b) => byCodeUnit(a.id, b.id));
  if (entries.length === 0) {
    const what = `no ${nounOf(kind)} was found`;
    throw complain(card.name, what, { code: "no-samples", expected: wanted(card), got: root });
  }
  return entries.map((entry) => ({
    ...{ id: entry.id, cluster: entry.cluster ?? clusterOf(entry.id, entry.plain) },
    ...given({
      size: entry.size,
      masks: entry.masks,
      frames: entry.frames,
      coco: entry.coco,
      queries: entry.queries,
      phrases: entry.phrases,
    }),
    load: () => load(card, kind, entry),
  }));
}

/** Turns any error into a SegbenchError that names the sample. */
async function load<S extends Sample>({ name }: DatasetCard, kind: S["kind"], entry: Entry<S>): Promise<S> {
  try {
    return await entry.load();
  } catch (cause) {
    if (cause instanceof SegbenchError) throw cause;
    throw complain(`${name}, ${nounOf(kind)} ${entry.id}`, reasonOf(cause), { cause });
  }
}

async function checkRoot(card: DatasetCard, root: string): Promise<void> {
  const found = await stat(root).catch(() => undefined);
  if (found?.isDirectory()) return;
  const got = found === undefined ? `no such folder: ${root}` : `not a folder: ${root}`;
  const what = "its data is missing";
  throw complain(card.name, what, { code: "not-found", expected: wanted(card), got });
}

/** What to put into the root, and from where. */
function wanted({ archives, homepage }: DatasetCard): string {
  if (homepage === undefined)
    return archives === undefined ? "its files" : `${archives.join(", ")}, unpacked`;
  return archives === undefined
    ? `the files from ${homepage}`
    : `${archives.join(", ")} from ${homepage}, unpacked`;
}
