// The folder of `segbench masks`, or of phrases asked of pictures: what its masks were made with, and a line for each image, appended when all of the image is written. After
// a crash a torn last line is cut off, and its image is done again.
import { existsSync } from "node:fs";
import { readFile, rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";
import type { Rle } from "../core/rows.ts";
import type { Size } from "../core/types.ts";
import { makeFolder } from "../formats/files.ts";
import { type AppendFile, openAppendFile } from "./journal.ts";
import { jsonLine, readLines, textAt } from "./lines.ts";
import { type LockOptions, lockFolder } from "./lock.ts";
import { type MaskSettings, refuseOthers } from "./mask-settings.ts";

/** The names of such a folder. */
export const maskFolderFiles = {
  settings: "settings.json",
  images: "images.jsonl",
  masks: "masks.json",
  pictures: "pictures",
} as const;

/** One mask, by SA-1B's names where a grid of clicks made it, with a `category_id` where it answers a phrase; boxes are [x, y, width, height] in pixels, a box of one pixel being 1 wide, as COCO has it. */
export interface MaskAnnotation {
  readonly segmentation: Rle;
  readonly area: number;
  readonly bbox: readonly number[];
  readonly score: number;
  readonly category_id?: number;
  readonly predicted_iou?: number;
  readonly stability_score?: number;
  readonly point_coords?: readonly (readonly number[])[];
  readonly crop_box?: readonly number[];
}

/** What became of a phrase. */
export interface PhraseAnswer {
  readonly phrase: string;
  readonly masks: number;
  /** The model's probability of there being anything. */
  readonly presence?: number;
  /** Why it could not be asked. */
  readonly reason?: string;
}

/** A line of images.jsonl. */
export interface MaskedImage extends Size {
  readonly image: string;
  /** Of its file. */
  readonly sha256: string;
  /** Of a grid of clicks: points, masks that came back, and what became of those that are not kept. */
  readonly points?: number;
  readonly candidates?: number;
  readonly removed?: Readonly<Record<string, number>>;
  /** Of each phrase, where phrases were asked. */
  readonly answers?: readonly PhraseAnswer[];
  readonly annotations: readonly MaskAnnotation[];
}

/** Of an image that is done. */
export interface DoneImage
  extends Pick<
    MaskedImage,
    "image" | "sha256" | "width" | "height" | "points" | "candidates" | "removed" | "answers"
  > {
  readonly masks: number;
}

export interface MaskFolder {
  readonly dir: string;
  readonly done: ReadonlyMap<string, DoneImage>;
  append(image: MaskedImage): Promise<void>;
  /** Takes out images that are done, and the document that holds their masks. */
  forget(images: readonly string[]): Promise<void>;
  /** The line of an image that is done. */
  read(image: string): Promise<MaskedImage>;
  close(): Promise<void>;
}

/** Opens a folder, or makes it; rejects where it holds masks that were made with something else. */
export async function openMaskFolder(
  dir: string,
  settings: MaskSettings,
  {
    fresh,
    lock,
    shown = dir,
  }: {
    readonly fresh: boolean;
    readonly lock: LockOptions;
    /** The folder in messages. */
    readonly shown?: string;
  },
): Promise<MaskFolder> {
  await makeFolder(dir).catch((cause: unknown) => {
    throw complain(dir, "cannot be created", { got: reasonOf(cause), cause });
  });
  const held = await lockFolder(dir, { ...lock, noun: "folder of masks" });
  let file: AppendFile | undefined;
  try {
    const before = await ownSettings(dir, shown);
    if (fresh && before !== undefined) await removeMasks(dir);
    const { places, bytes } = await readImages(dir);
    if (before !== undefined && places.size > 0) refuseOthers(before, settings, shown);
    await writeWhole(join(dir, maskFolderFiles.settings), [`${JSON.stringify(settings, undefined, 1)}\n`]);
    const path = join(dir, maskFolderFiles.images);
    let images = await openAppendFile(path, bytes);
    file = images;
    return {
      ...{ dir, done: places },
      async append(image) {
        await held.check();
        const at = images.end;
        const line = jsonLine(image);
        await images.append(line);
        places.set(image.image, placeOf(image, at, Buffer.byteLength(line)));
      },
      async forget(gone) {
        await held.check();
        await rm(join(dir, maskFolderFiles.masks), { force: true });
        for (const image of gone) places.delete(image);
        await images.close();
        const left = [...places.values()];
        await writeWhole(path, linesAt(path, left));
        let at = 0;
        for (const place of left) {
          places.set(place.image, { ...place, at });
          at += place.length;
        }
        images = await openAppendFile(path, at);
      },
      read: (image) => readImage(dir, places.get(image)!),
      async close() {
        await images.close();
        const made = places.size > 0 || existsSync(join(dir, maskFolderFiles.masks));
        // Nothing came of it: a model that cannot be opened leaves no folder behind.
        if (before === undefined && !made) await removeMasks(dir);
        await held.release();
        if (before === undefined && !made) await rmdir(dir).catch(() => undefined);
      },
    };
  } catch (error) {
    await file?.close();
    await held.release();
    throw error;
  }
}

/** A folder without writing it: its images in the order in which they were done. */
export async function readMaskFolder(dir: string): Promise<{
  readonly settings: Partial<MaskSettings>;
  readonly images: readonly string[];
  read(image: string): Promise<MaskedImage>;
}> {
  const { places } = await readImages(dir);
  return {
    ...{ settings: await settingsOf(dir), images: [...places.keys()] },
    read: (image) => readImage(dir, places.get(image)!),
  };
}

async function readImage(dir: string, { at, length }: Place): Promise<MaskedImage> {
  const path = join(dir, maskFolderFiles.images);
  return JSON.parse(await textAt(path, at, at + length)) as MaskedImage;
}

/**
 * What the masks of a folder were made with; undefined where it holds none. A folder that holds files of these names which are somebody
 * else's is never written: they would be replaced.
 */
async function ownSettings(dir: string, where: string): Promise<Partial<MaskSettings> | undefined> {
  const { settings, ...others } = maskFolderFiles;
  if (existsSync(join(dir, settings))) {
    const found = await settingsOf(dir);
    if (found?.generator !== undefined && found.protocol !== undefined) return found;
  }
  const theirs = [settings, ...Object.values(others), "manifest.json"].find((name) =>
    existsSync(join(dir, name)),
  );
  if (theirs === undefined) return undefined;
  throw complain(where, "holds files that are not of masks made here", {
    code: "refused",
    expected: "a folder of its own",
    got: theirs,
  });
}

/** What the masks of a folder were made with. */
export async function settingsOf(dir: string): Promise<Partial<MaskSettings>> {
  const path = join(dir, maskFolderFiles.settings);
  try {
    return JSON.parse(await readFile(path, "utf8")) as Partial<MaskSettings>;
  } catch (cause) {
    throw complain(path, "cannot be read", { got: reasonOf(cause), cause });
  }
}

/** The settings last: what is left of an interrupted removal is still known to be ours. */
async function removeMasks(dir: string): Promise<void> {
  for (const name of Object.values(maskFolderFiles).reverse())
    await rm(join(dir, name), { recursive: true, force: true }).catch((cause: unknown) => {
      throw complain(join(dir, name), "cannot be removed", { got: reasonOf(cause), cause });
    });
}

interface Place extends DoneImage {
  readonly at: number;
  readonly length: number;
}

function placeOf({ annotations, ...image }: MaskedImage, at: number, length: number): Place {
  return { ...image, masks: annotations.length, at, length };
}

/** Where the whole lines lie; of an image that was done again, the last. */
async function readImages(dir: string): Promise<{ places: Map<string, Place>; bytes: number }> {
  const places = new Map<string, Place>();
  let bytes = 0;
  const path = join(dir, maskFolderFiles.images);
  if (!existsSync(path)) return { places, bytes };
  for await (const { text, bytes: own, whole } of readLines(path)) {
    const image = whole ? parsed(text) : undefined;
    if (image === undefined) break;
    const length = own + 1;
    places.set(image.image, placeOf(image, bytes, length));
    bytes += length;
  }
  return { places, bytes };
}

function parsed(text: string): MaskedImage | undefined {
  try {
    const image = JSON.parse(text) as Partial<MaskedImage> | null;
    const isOne = typeof image?.image === "string" && Array.isArray(image.annotations);
    return isOne ? (image as MaskedImage) : undefined;
  } catch {
    return undefined;
  }
}

async function* linesAt(path: string, places: readonly Place[]): AsyncGenerator<string> {
  for (const { at, length } of places) yield await textAt(path, at, at + length);
}

/** Writes a file in pieces, which is there when it is whole. */
export async function writeWhole(
  path: string,
  pieces: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  const part = `${path}.part`;
  await rm(part, { force: true });
  const file = await openAppendFile(part, 0);
  try {
    for await (const piece of pieces) await file.append(piece);
    await file.close();
    await rename(part, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}
