// Masks of one picture after another, in order: what `masks` does with those that are left.
import { join } from "node:path";
import type { AskedPhrases } from "../../config/runs/masks.ts";
import { datasetCardDefaults } from "../../core/defaults.ts";
import { type Note, reasonOf } from "../../core/errors.ts";
import { removedCounts } from "../../core/mask-set-facts.ts";
import { fates, type GeneratorSettings, type MaskSet } from "../../core/mask-sets.ts";
import type { ConceptSession, ImageSession, RgbImage, Session } from "../../core/types.ts";
import { generateMasks } from "../../eval/everything/generate.ts";
import { pointsIn } from "../../eval/everything/grid.ts";
import { inOrder } from "../../eval/in-order.ts";
import { Stopwatch } from "../../eval/stopwatch.ts";
import { fileFact, makeFolder, pathOf } from "../../formats/files.ts";
import { readImage } from "../../formats/image-file.ts";
import { rleOf } from "../../masks/rle.ts";
import { maskPicture } from "../../report/mask-picture.ts";
import { type MaskedImage, type MaskFolder, maskFolderFiles } from "../../store/mask-folder.ts";
import type { Context } from "../context.ts";
import { writeOut } from "../write.ts";
import type { FailedImage } from "./document.ts";
import { answerPhrases, unasked } from "./make-answers.ts";

/** A picture file. */
export interface ImageFile {
  readonly id: string;
  readonly root: string;
  readonly name: string;
}

/** Two images share a model worker: one is measured and drawn while the other is decoded. */
const IMAGES_PER_WORKER = 2;

export interface Making {
  readonly images: readonly ImageFile[];
  readonly left: readonly ImageFile[];
  readonly generator: GeneratorSettings | AskedPhrases;
  readonly sessions: readonly Session[];
  /** The model's. */
  readonly name: string;
  readonly folder: MaskFolder;
}

/** What a lane gives for an image. */
type Made = ({ readonly status: "ok" } & MadeImage) | ({ readonly status: "failed" } & FailedImage);

/** Its line, and its pictures: the end of each one's name after the image's. */
export interface MadeImage {
  readonly line: MaskedImage;
  readonly pictures: readonly { readonly name: string; readonly data: Uint8Array }[];
}

/** Does what is left, in order; returns what failed. */
export async function makeAll(making: Making, context: Context): Promise<readonly FailedImage[]> {
  const { images, left, generator, sessions, name, folder } = making;
  const { signal, onEvent } = context;
  const asked = "phrases" in generator;
  const points = asked ? generator.phrases.length : pointsIn(generator);
  const [total, done] = [images.length, images.length - left.length].map((count) => count * points);
  const failed: FailedImage[] = [];
  const pictures = join(folder.dir, maskFolderFiles.pictures);
  await makeFolder(pictures);
  onEvent({
    type: "started",
    groups: [{ name, total: total!, done: done!, of: asked ? "phrase" : "point" }],
  });
  const said = new Set<string>();
  /** The same of many pictures is said of the first. */
  const note = ({ where, what }: Note) => {
    if (!said.has(what)) onEvent({ type: "note", text: `${where}: ${what}` });
    said.add(what);
  };
  const lanes = Array.from({ length: IMAGES_PER_WORKER }, () => sessions).flat();
  try {
    const results = inOrder(
      left,
      lanes,
      async (image, session) => {
        const count = { points: 0 };
        const onPoints = (some: number) => {
          count.points += some;
          onEvent({ type: "advanced", group: name, by: some });
        };
        const made = await makeOne(image, session, generator, context, { onPoints, note });
        // Points that a failed image never came to.
        if (count.points < points) onEvent({ type: "advanced", group: name, by: points - count.points });
        return made;
      },
      { ahead: 2 * lanes.length, stop: () => signal.aborted },
    );
    for await (const made of results) {
      if (made.status === "failed") {
        const { image, reason } = made;
        failed.push({ image, reason });
        onEvent({ type: "note", text: `${image}: no masks: ${reason}` });
        continue;
      }
      const { line } = made;
      for (const { name: end, data } of made.pictures)
        await writeOut(join(pictures, pictureName(`${line.image}${end}`)), data);
      for (const text of unasked(line.answers)) note({ where: line.image, what: text });
      await folder.append(line);
    }
  } finally {
    onEvent({ type: "ended" });
  }
  return failed;
}

/** An image's id may have folders, and characters that a file's name cannot have. */
export function pictureName(id: string): string {
  const safe = id.replace(
    /[%/\\:*?"<>|]|\p{Cc}/gu,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
  return `${safe}.jpg`;
}

/** Turned as its EXIF orientation says, as viewers show it. */
export function readPicture(
  file: ImageFile,
  note: (note: Note) => void = () => undefined,
): Promise<RgbImage> {
  const { exif, range } = datasetCardDefaults.pixels;
  const pixels = { exif, range: [...range] as [number, number] };
  return readImage(file, { pixels, note }, undefined, "turn");
}

async function makeOne(
  file: ImageFile,
  session: Session,
  generator: GeneratorSettings | AskedPhrases,
  { clock }: Pick<Context, "clock">,
  { onPoints, note }: { onPoints: (count: number) => void; note: (note: Note) => void },
): Promise<Made> {
  try {
    const { sha256 } = await fileFact(pathOf(file));
    const image = await readPicture(file, note);
    if ("phrases" in generator) {
      const { line, pictures } = await answerPhrases(image, session as ConceptSession, generator, onPoints);
      return { status: "ok", line: { image: file.id, sha256, ...line }, pictures };
    }
    const { batch } = session.capabilities;
    const watch = new Stopwatch(clock);
    const own = { session: session as ImageSession, watch, batch, onPoints };
    const set = await generateMasks(image, generator, own);
    const { data } = await maskPicture(image, set.masks);
    return { status: "ok", line: lineOf(file, sha256, image, set), pictures: [{ name: "", data }] };
  } catch (error) {
    return { status: "failed", image: file.id, reason: reasonOf(error) };
  }
}

function lineOf(
  { id }: ImageFile,
  sha256: string,
  { width, height }: RgbImage,
  { masks: kept, points, fates: became }: MaskSet,
): MaskedImage {
  const counts = removedCounts(became);
  const removed = Object.fromEntries(fates.slice(1).map((fate, i) => [fate, counts[i]!]));
  return {
    ...{ image: id, sha256, width, height, points, candidates: became.length, removed },
    annotations: kept.map(({ mask, area, box, crop, point, score, predictedIou, stability }) => ({
      segmentation: rleOf(mask()),
      area,
      bbox: [box.x0, box.y0, box.x1 - box.x0 + 1, box.y1 - box.y0 + 1],
      ...{ score, predicted_iou: predictedIou, stability_score: stability },
      point_coords: [[point.x, point.y]],
      crop_box: [crop.x0, crop.y0, crop.x1 - crop.x0 + 1, crop.y1 - crop.y0 + 1],
    })),
  };
}
