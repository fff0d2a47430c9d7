// Twelve real images with at most four masks each, written as one small data set that every side of the benchmark reads.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { encode } from "fast-png";
import { loadCard } from "../src/config/index.ts";
import { packageFolder } from "../src/config/paths.ts";
import { openDataset } from "../src/datasets/index.ts";
import { toBytes } from "../src/masks/bit-mask.ts";

const masksPerImage = 4;
/** Card, its folder among the samples, images: wide and square, one mask and many. */
const sources: readonly (readonly [card: string, root: string, images: number])[] = [
  ["davis2016", "davis2016", 5],
  ["trashcan-supervisely", "trashcan", 3],
  ["coco-panoptic", "coco-panoptic", 2],
  ["bbbc038v1", "bbbc038v1", 2],
];

/** Writes the set below `folder` and a card beside it; returns the card's path. */
export async function writeRealSet(folder: string, samples: string): Promise<string> {
  let number = 0;
  for (const [name, root, images] of sources) {
    const card = await loadCard("benchmark", join(packageFolder, "datasets", `${name}.yaml`), packageFolder);
    if (card.value === undefined) throw new Error(`${name}: ${JSON.stringify(card.problems)}`);
    const refs = await openDataset(card.value, join(samples, root)).list();
    for (let i = 0; i < images; i++) {
      const { image, targets } = await refs[Math.floor((i * refs.length) / images)]!.load();
      const id = `image-${String(number++).padStart(2, "0")}`;
      const { width, height } = image;
      write(
        join(folder, "real-set", "images", `${id}.png`),
        encode({ width, height, data: image.data, channels: 3 }),
      );
      const drawn = targets.flatMap((target) => (target.status === "ok" ? [target] : []));
      for (const [k, { mask }] of drawn.slice(0, masksPerImage).entries()) {
        const data = toBytes(mask).map((bit) => 255 * bit);
        write(
          join(folder, "real-set", "masks", id, `${k}.png`),
          encode({ width, height, data, channels: 1 }),
        );
      }
    }
  }
  const path = join(folder, "real-set.yaml");
  writeFileSync(path, maskFilesCard);
  return path;
}

function write(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

/** A set of image files and, for each, a folder of mask files. */
export const maskFilesCard = `name: real-set
title: Images for measuring time
version: 1
description: For measuring time.
domain: [objects]
homepage: https://example.org
licence: those of the samples
maskType: instance
adapter:
  format: mask-files
  images: images/{image}.png
  masks: masks/{image}/{mask}.png
`;
