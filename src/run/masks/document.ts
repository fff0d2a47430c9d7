// masks.json: the masks of all images as one COCO document, made of the lines of images.jsonl, an image at a time.
import { join } from "node:path";
import type { AskedPhrases } from "../../config/runs/masks.ts";
import { sum } from "../../core/numbers.ts";
import {
  type DoneImage,
  type MaskFolder,
  maskFolderFiles,
  settingsOf,
  writeWhole,
} from "../../store/mask-folder.ts";
import { version } from "../surroundings.ts";

/** An image that could not be done, and why. */
export interface FailedImage {
  readonly image: string;
  readonly reason: string;
}

/** An image that is done. */
export interface DocumentImage {
  readonly id: string;
  /** Below the folder that all images lie in. */
  readonly name: string;
}

/** Writes the document: info, images, categories, annotations, in this order, a line for each entry. */
export async function writeMasksDocument(
  folder: MaskFolder,
  images: readonly DocumentImage[],
  failed: readonly FailedImage[],
): Promise<void> {
  const settings = await settingsOf(folder.dir);
  const ids = idsOf(images.map(({ id }) => id));
  async function* pieces() {
    const { phrases } = askedIn(settings);
    const names = phrases?.map((name, i) => ({ id: i + 1, name })) ?? [
      { id: 1, name: "mask", supercategory: "mask" },
    ];
    const own = images.map(({ id }) => folder.done.get(id)!);
    const info = { ...(phrases === undefined ? infoOfGrid(settings, own) : infoOfPhrases(settings)), failed };
    yield `{"info": ${JSON.stringify(info)},\n"licenses": [],\n"images": [`;
    for (const [i, { id, name }] of images.entries()) {
      const { width, height } = folder.done.get(id)!;
      yield `${i === 0 ? "" : ","}\n${JSON.stringify({ id: ids[i], file_name: name, width, height })}`;
    }
    yield `],\n"categories": [${names.map((one) => JSON.stringify(one)).join(", ")}],\n"annotations": [`;
    let n = 0;
    for (const [i, { id }] of images.entries()) {
      const { annotations } = await folder.read(id);
      const lines = annotations.map((annotation) => {
        const about = { id: ++n, image_id: ids[i], category_id: 1, iscrowd: 0 };
        return `${n === 1 ? "" : ","}\n${JSON.stringify({ ...about, ...annotation })}`;
      });
      yield lines.join("");
    }
    yield `]}\n`;
  }
  await writeWhole(join(folder.dir, maskFolderFiles.masks), pieces());
}

type Settings = Awaited<ReturnType<typeof settingsOf>>;

/** What all masks were made with, and how many candidates they come from. */
function infoOfGrid(settings: Settings, images: readonly DoneImage[]): object {
  const [points, candidates] = (["points", "candidates"] as const).map((count) =>
    sum(images.map((image) => image[count] ?? 0)),
  );
  return {
    description: `All masks of an image, made by segbench ${version}`,
    ...settings,
    points,
    candidates,
  };
}

/** What phrases were asked of, without what a card says of clicks. */
function infoOfPhrases({ protocol, generator, model, ...running }: Settings): object {
  const description = `Answers to phrases, made by segbench ${version}`;
  const {
    prompt: _,
    mask,
    ...card
  } = (model?.card ?? {}) as { prompt?: object; mask?: { threshold?: number } };
  const threshold = mask?.threshold === undefined ? {} : { mask: { threshold: mask.threshold } };
  return {
    description,
    protocol,
    ...generator,
    model: { ...model, card: { ...card, ...threshold } },
    ...running,
  };
}

/** What a document's `info`, or the settings of a folder, say of phrases: those that were asked, and the lowest score of a mask that is kept. */
export function askedIn(info: unknown): Partial<AskedPhrases> {
  const about = (info ?? {}) as Partial<AskedPhrases> & { readonly generator?: Partial<AskedPhrases> };
  const { phrases, score } = about.generator ?? about;
  const isList = Array.isArray(phrases) && phrases.every((phrase) => typeof phrase === "string");
  const isShare = typeof score === "number" && score >= 0 && score <= 1;
  return { ...(isList && { phrases }), ...(isList && isShare && { score }) };
}

/** The numbers that are names of images, 139 of 000000000139, as COCO numbers its own; where one is no number, by place from 1. */
function idsOf(images: readonly string[]): readonly number[] {
  const numbers = images.map((id) => (/^\d{1,15}$/.test(id) ? Number(id) : Number.NaN));
  const distinct = new Set(numbers).size === images.length && !numbers.some(Number.isNaN);
  return distinct ? numbers : images.map((_, i) => i + 1);
}
