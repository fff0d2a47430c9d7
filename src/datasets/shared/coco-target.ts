// One target of a COCO annotation or of one frame of a YouTube-VIS track.
import { complain } from "../../core/errors.ts";
import type { Size, TargetEntry } from "../../core/types.ts";
import type { Id } from "../../formats/annotation-file.ts";
import { maskFromSegmentation } from "../../formats/coco-segmentation.ts";
import { sameSize, settleTarget, sizeText } from "./targets.ts";

export interface Labels {
  readonly categories: ReadonlyMap<Id, string>;
  readonly excluded: ReadonlySet<string>;
}

export interface Drawn {
  readonly id: string;
  readonly category: unknown;
  readonly segmentation: unknown;
  /** The size in the annotation file, else the picture's. */
  readonly listed: Size;
  readonly image: Size;
  /** The annotation, for complaints. */
  readonly where: string;
}

/** Why a target is dropped, as far as that shows without drawing it. */
export function dropReason(
  { category, crowd, empty }: { category: Id | undefined; crowd: boolean; empty: boolean },
  { categories, excluded }: Labels,
): string | undefined {
  if (crowd) return "crowd";
  const name = category === undefined ? undefined : categories.get(category);
  if (name !== undefined && excluded.has(name)) return "excluded";
  return empty ? "empty" : undefined;
}

export function drawTarget(
  { id, category, segmentation, listed, image, where }: Drawn,
  { categories }: Labels,
): Promise<TargetEntry> {
  const name = categories.get(category as Id);
  return settleTarget(id, name, () => {
    if (category != null && name === undefined)
      throw complain({
        where,
        what: "its category is not listed",
        got: `category_id ${JSON.stringify(category)?.slice(0, 40)}`,
      });
    // Before drawing: a broken size can ask for more memory than there is.
    const size = ownSize(segmentation) ?? listed;
    if (!sameSize(size, image))
      throw complain({
        where,
        what: "the mask has another size than its image",
        expected: sizeText(image),
        got: sizeText(size),
      });
    return { mask: maskFromSegmentation(segmentation, size, where) };
  });
}

/** The size that an RLE brings; undefined where it is not one, so that reading it says so. */
function ownSize(segmentation: unknown): Size | undefined {
  if (typeof segmentation !== "object" || segmentation === null || Array.isArray(segmentation))
    return undefined;
  const { size } = segmentation as { readonly size?: unknown };
  if (!Array.isArray(size) || size.length !== 2 || !size.every((side) => Number.isInteger(side) && side > 0))
    return undefined;
  const [height, width] = size as [number, number];
  return { width, height };
}

/** The size that a file states, where it states one. */
export function statedSize({ width, height }: { readonly width?: unknown; readonly height?: unknown }) {
  const side = (value: unknown): value is number =>
    Number.isInteger(value) && (value as number) > 0 && (value as number) <= 2 ** 24;
  return side(width) && side(height) ? { width, height } : undefined;
}
