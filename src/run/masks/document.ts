// masks.json: the masks of all images as one COCO document, made of the lines of images.jsonl, an image at a time.
import { join } from "node:path";
import { sum } from "../../core/numbers.ts";
import { type MaskFolder, maskFolderFiles, settingsOf, writeWhole } from "../../store/mask-folder.ts";
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
    const own = images.map(({ id }) => folder.done.get(id)!);
    const [points, candidates] = [own.map((one) => one.points), own.map((one) => one.candidates)].map(sum);
    const phrases = phrasesOf(settings);
    const description = `${phrases === undefined ? "All masks of an image" : "Answers to phrases"}, made by segbench ${version}`;
    const names = phrases?.map((name, i) => ({ id: i + 1, name })) ?? [
      { id: 1, name: "mask", supercategory: "mask" },
    ];
    const info = { description, ...settings, points, candidates, failed };
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

/** Those that were asked; undefined where a grid of clicks made the masks. */
function phrasesOf({ generator }: Awaited<ReturnType<typeof settingsOf>>): readonly string[] | undefined {
  return (generator as { readonly phrases?: readonly string[] } | undefined)?.phrases;
}

/** The numbers that are names of images, 139 of 000000000139, as COCO numbers its own; where one is no number, by place from 1. */
function idsOf(images: readonly string[]): readonly number[] {
  const numbers = images.map((id) => (/^\d{1,15}$/.test(id) ? Number(id) : Number.NaN));
  const distinct = new Set(numbers).size === images.length && !numbers.some(Number.isNaN);
  return distinct ? numbers : images.map((_, i) => i + 1);
}
