// Which images the figures were made from, and whether these are the same: by what is decoded from them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { sha256 } from "../../src/core/hash.ts";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import type { ImageSample } from "../../src/core/types.ts";
import { openDataset } from "../../src/datasets/index.ts";
import { encodeCounts, rleFromMask } from "../../src/masks/rle.ts";

/** Digests of one image: of its size and 8-bit RGB pixels, and of its targets' ids and masks. */
export interface ImageFacts {
  readonly id: string;
  readonly pixels: string;
  readonly targets: string;
}

/** By benchmark. */
export type ImageList = Readonly<Record<string, readonly ImageFacts[]>>;

const short = (data: string | Uint8Array) => sha256(data).slice(0, 16);

/** The images of `ids` in a benchmark. Throws where one is missing or cannot be read. */
export async function imageFacts(
  benchmark: string,
  data: string,
  ids: readonly string[],
): Promise<ImageFacts[]> {
  const { expected: _, ...card }: DatasetCard = parse(
    readFileSync(join("datasets", `${benchmark}.yaml`), "utf8"),
  );
  const refs = new Map(
    (await openDataset(card, join(data, card.root ?? card.name)).list()).map((ref) => [ref.id, ref]),
  );
  const facts: ImageFacts[] = [];
  for (const id of ids) {
    const ref = refs.get(id);
    if (ref === undefined) throw new Error(`${benchmark}: there is no image ${id}`);
    facts.push({ id, ...digestsOf(await ref.load()) });
  }
  return facts;
}

function digestsOf({ image, targets }: ImageSample): Omit<ImageFacts, "id"> {
  const { width, height, data } = image;
  const masks = targets.map((target) =>
    target.status === "ok" ? [target.id, encodeCounts(rleFromMask(target.mask))] : [target.id, target.status],
  );
  return { pixels: short(`${width}x${height} ${sha256(data)}`), targets: short(JSON.stringify(masks)) };
}
