// `inspect` of data: which format a user's own files are in, and the card for them.
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { loadCard } from "../../config/cards.ts";
import { chosenReading, listCards, type OwnData, recogniseOwnData, registries } from "../../config/index.ts";
import { orPackaged } from "../../config/paths.ts";
import { complain, reasonOf } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type { DatasetCard } from "../../core/schema-types.ts";
import {
  type ClipLayout,
  clipLayouts,
  layoutOf,
  type Reading,
  type RecognisedData,
} from "../../datasets/recognise/index.ts";
import { readingOnce } from "../../datasets/shared/once.ts";
import { fromFolder } from "../../formats/files.ts";
import { type Context, shownPath } from "../context.ts";
import { writeCardFile } from "./card-file.ts";
import { inspectMaskFolder, inspectSa1b, isMaskFolder, type MaskQuality } from "./masks.ts";

export interface InspectDataOptions extends OwnData {
  /** A card to write; its stem is the benchmark's name. */
  readonly writeCard?: string | undefined;
  /** Of masks that a generator made: every image is checked, not some of them. */
  readonly full?: boolean | undefined;
}

/** Images that are read: more than a run reads to be sure of the format. */
const TRIED = 16;

export interface InspectedData {
  /** As images; undefined where it is said that they are clips. */
  readonly recognised?: RecognisedData;
  readonly clips: readonly InspectedClips[];
  /** What must hold for masks that a generator made: of a folder of `masks`, or of SA-1B. */
  readonly quality?: MaskQuality;
  /** Absolute path of the card, where one was written. */
  readonly card?: string;
  /** Why nothing fits, or why no card was written. */
  readonly problem?: string;
}

export interface InspectedClips extends ClipLayout {
  /** The benchmark whose card reads these files as they lie, if there is one, and the folder that its data lie in. */
  readonly benchmark?: string;
  readonly data?: string;
}

/** The ONNX files that a path means: itself, or those of a folder or of a model's card; none where it is something else. */
export async function onnxFiles(word: string, { cwd }: Pick<Context, "cwd">): Promise<readonly string[]> {
  const whole = orPackaged(resolve(cwd, word), { cwd });
  const path = whole === resolve(cwd, word) ? word : whole;
  if (/\.onnx$/i.test(path)) return [path];
  if (/\.ya?ml$/i.test(path) && existsSync(whole)) {
    const files = (await loadCard("model", whole, cwd)).value?.files ?? {};
    return Object.values(files).flatMap((file) =>
      file?.endsWith(".onnx") ? [isAbsolute(file) ? file : join(dirname(path), file)] : [],
    );
  }
  if (!existsSync(whole) || !statSync(whole).isDirectory()) return [];
  const names = readdirSync(whole).filter((name) => /\.onnx$/i.test(name));
  return names.sort().map((name) => join(path, name));
}

/** `paths`: files or folders of which it is not said what they hold. */
export async function inspectData(
  paths: readonly string[],
  { images, video, masks, annotations, format, writeCard: file, full = false }: InspectDataOptions,
  around: Pick<Context, "cwd" | "env">,
): Promise<InspectedData> {
  const { cwd } = around;
  const own = given({ images, masks, annotations, format });
  const folder = resolve(cwd, paths[0] ?? "");
  if (paths.length === 1 && isMaskFolder(folder))
    return { clips: [], quality: await inspectMaskFolder(folder, full) };
  const clips = await clipsOf(paths, { images, video, masks, annotations }, around);
  if (video !== undefined) {
    const [first] = clips;
    return file === undefined ? { clips } : { clips, ...(await written(file, first!, cwd)) };
  }
  if (paths.length === 0 && images === undefined && masks === undefined && annotations === undefined)
    throw complain("segbench inspect", "no file is named", {
      expected: "ONNX files; or images, masks, annotations",
    });
  const all = { ...own, others: paths };
  const recognised = await readingOnce(() => recogniseOwnData(all, { ...around, registries }, TRIED));
  const [first] = recognised.readings;
  const options = first?.card.adapter;
  const quality =
    options?.format === "sa-1b" ? await inspectSa1b(first!.root, options.folder ?? ".", full) : undefined;
  const found = { recognised, clips, ...given({ quality }) };
  if (recognised.readings.length === 0 && clips.length > 0)
    return file === undefined ? found : { ...found, ...(await written(file, clips[0]!, cwd)) };
  if (recognised.readings.length === 0 && file === undefined)
    return { ...found, problem: "no format fits: segbench list formats has all that are read" };
  if (file === undefined) return found;
  const [either] = (images ?? annotations ?? format) ? [] : clips;
  if (either !== undefined) return { ...found, problem: unclear(file, either, around) };
  try {
    return { ...found, ...(await written(file, chosenReading(recognised, own), cwd)) };
  } catch (error) {
    return { ...found, problem: reasonOf(error) };
  }
}

/** Where it is said that they are clips, they have to be. */
async function clipsOf(
  paths: readonly string[],
  { video, ...others }: Pick<OwnData, "images" | "video" | "masks" | "annotations">,
  around: Pick<Context, "cwd" | "env">,
): Promise<readonly InspectedClips[]> {
  const absolute = (path: string | undefined) => (path === undefined ? undefined : resolve(around.cwd, path));
  const layouts =
    video === undefined
      ? await clipLayouts({
          ...{ images: absolute(others.images), masks: absolute(others.masks) },
          others: paths.map((path) => resolve(around.cwd, path)),
        })
      : [await layoutOf(resolve(around.cwd, video), absolute(others.masks))];
  const cards = layouts.length === 0 ? [] : await listCards("benchmark", around);
  return layouts.map((layout) => {
    for (const { name, value } of cards) {
      const data = value && dataOf(value, layout);
      if (data !== undefined) return { ...layout, benchmark: name, data };
    }
    return layout;
  });
}

/**
 * The folder of the data of a card that reads the same files in the same way: patterns alike but for the placeholders' names, and its lists are
 * there. Undefined where it does not.
 */
function dataOf(
  { adapter, select, root, name }: DatasetCard,
  { card, ...found }: ClipLayout,
): string | undefined {
  if (adapter.format !== "clip-folders") return undefined;
  const shape = (pattern: string) => pattern.replace(/\{(?!target\})[^{}]*\}/g, "{}");
  const whole = (pattern: string) => shape(`${found.root}/${pattern}`.replaceAll("\\", "/"));
  const frames = whole(card.adapter.frames);
  const ending = `/${shape(adapter.frames)}`;
  const top = frames.slice(0, -ending.length);
  const lists = [select?.lists ?? []].flat();
  const reads =
    frames.endsWith(ending) &&
    top.split("/").at(-1) === (root ?? name) &&
    whole(card.adapter.masks) === `${top}/${shape(adapter.masks)}` &&
    (adapter.targets ?? "values") === (card.adapter.targets ?? "values") &&
    adapter.colours === card.adapter.colours &&
    lists.every((list) => existsSync(join(top, list)));
  return reads ? dirname(top) : undefined;
}

/** Frames are read as images too: which of them a card is about has to be said. */
function unclear(file: string, { video, masks }: ClipLayout, around: Pick<Context, "cwd">): string {
  const named = (kind: string) => `--${kind} ${shownPath(video, around)} --masks ${shownPath(masks, around)}`;
  return reasonOf(
    complain(file, "is not written: these may be clips, or images", {
      expected: `${named("video")} for clips, ${named("images")} for images`,
    }),
  );
}

/** The card, or why there is none. */
async function written(
  file: string,
  reading: Pick<Reading, "card" | "root">,
  cwd: string,
): Promise<Pick<InspectedData, "card" | "problem">> {
  try {
    return { card: await writeCard(file, reading, cwd) };
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}

function writeCard(
  file: string,
  { card: made, root }: Pick<Reading, "card" | "root">,
  cwd: string,
): Promise<string> {
  return writeCardFile(
    file,
    "dataset-card",
    cwd,
    (name, folder): DatasetCard => ({
      ...{ name, root: rootFrom(folder, root) },
      ...given({ select: made.select }),
      adapter: made.adapter,
    }),
  );
}

/** Begins with a dot: relative to the card. */
function rootFrom(folder: string, root: string): string {
  const path = fromFolder(folder, root);
  return path === "" ? "./" : path.startsWith("..") ? path : `./${path}`;
}
