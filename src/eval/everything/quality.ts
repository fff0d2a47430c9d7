// What must hold for the masks of an image that a generator made, by its settings: the checks of SA-1B's own masks.
import type { GeneratorSettings } from "../../core/mask-sets.ts";
import type { BitMask, Box, Point, Size } from "../../core/types.ts";
import { plural } from "../../core/words.ts";
import { area, getPixel, not, tightBox } from "../../masks/bit-mask.ts";
import { boxNms } from "../../masks/box-nms.ts";
import { regionAreas } from "../../masks/regions.ts";
import { runsOf } from "../../masks/runs.ts";
import { EDGE, nearEdge } from "./click-crop.ts";

/** A mask as a file states it; what is not stated is not checked. */
export interface StatedMask {
  readonly id: string;
  readonly mask: BitMask;
  /** Pixels. */
  readonly area?: number | undefined;
  /** [x, y, width, height]. */
  readonly bbox?: readonly number[] | undefined;
  readonly predictedIou?: number | undefined;
  readonly stability?: number | undefined;
  readonly crop?: Box | undefined;
  /** The click. */
  readonly point?: Point | undefined;
}

export const qualityChecks = [
  ...(["size", "predicted", "stability", "large", "island", "hole"] as const),
  ...(["area", "box", "overlap", "edge"] as const),
] as const;
export type QualityCheck = (typeof qualityChecks)[number];

export interface QualityFault {
  readonly check: QualityCheck;
  /** The mask's id. */
  readonly mask: string;
  readonly what: string;
}

/** What an image's masks are like, and what is wrong with them. */
export interface MaskSetQuality {
  readonly masks: number;
  /** Pixels of the image, those in any mask, and the sum over masks. */
  readonly pixels: number;
  readonly covered: number;
  readonly summed: number;
  /** Most masks over one pixel. */
  readonly deepest: number;
  /** Masks whose click is stated, and those whose click lies in them, which generators do not promise. */
  readonly clicked: number;
  readonly holding: number;
  /** Tight boxes by convention: width = last - first column ("span", as the generator's code has it), or one more ("count", as COCO has it). */
  readonly boxes: Readonly<Record<BoxConvention, number>>;
  readonly faults: readonly QualityFault[];
}

export type BoxConvention = "span" | "count";

/** What is promised of the masks that stay. */
export interface QualityLimits
  extends Pick<GeneratorSettings, "predictedIou" | "stability" | "largest" | "smallRegions" | "nms"> {
  /** Small regions went after all filters: masks may since have lost the islands by which they reached the image's edge. */
  readonly cleanedLast: boolean;
}

/** What settings promise of masks. SAM's generator cleans small regions last, by its own greater limit of boxes, and holes that are filled make a mask as large as they like; SAM 2's cleans low-resolution logits first, which promises nothing of pixels. */
export function limitsOf(settings: GeneratorSettings): QualityLimits {
  const { predictedIou, stability, largest, smallRegions, nms, cropNms, rules } = settings;
  if (smallRegions === 0 || rules === "sam2")
    return { predictedIou, stability, largest, smallRegions: 0, nms, cleanedLast: false };
  return {
    ...{ predictedIou, stability, largest: 1, smallRegions },
    ...{ nms: Math.max(nms, cropNms), cleanedLast: true },
  };
}

/** Checks the masks of one image. `convention`: how its file states boxes, where that is known. */
export function checkMaskSet(
  size: Size,
  masks: readonly StatedMask[],
  limits: QualityLimits,
  convention?: BoxConvention,
): MaskSetQuality {
  const pixels = size.width * size.height;
  const faults: QualityFault[] = [];
  const depths = new Uint16Array(pixels);
  const boxes = { span: 0, count: 0 };
  const placed: Placed[] = [];
  let [clicked, holding, summed] = [0, 0, 0];
  for (const stated of masks) {
    const { id, mask } = stated;
    const fault = (check: QualityCheck, what: string) => faults.push({ check, mask: id, what });
    if (mask.width !== size.width || mask.height !== size.height) {
      fault("size", `is ${mask.width} x ${mask.height}, its image ${size.width} x ${size.height}`);
      continue;
    }
    const pixelsOf = area(mask);
    const box = tightBox(mask);
    summed += pixelsOf;
    checkNumbers(stated, pixelsOf, pixels, limits, fault);
    const { edges } = runsOf(mask);
    for (let i = 0; i < edges.length; i += 2) for (let p = edges[i]!; p < edges[i + 1]!; p++) depths[p]!++;
    checkRegions(mask, limits, fault);
    if (stated.point !== undefined) {
      clicked++;
      if (getPixel(mask, Math.floor(stated.point.x), Math.floor(stated.point.y))) holding++;
    }
    if (box === undefined) continue;
    const own = conventionOf(stated.bbox, box);
    if (own !== undefined && own !== "neither") boxes[own]++;
    if (own === "neither" || (own !== undefined && convention !== undefined && own !== convention))
      fault("box", boxText(stated.bbox!, box, convention));
    placed.push({ stated, box });
    if (stated.crop !== undefined && endsAtEdge(box, stated.crop, size, limits))
      fault("edge", "ends within 20 pixels of its crop's edge, which is not the image's");
  }
  faults.push(...overlaps(placed, limits.nms));
  let [covered, deepest] = [0, 0];
  for (const depth of depths) {
    if (depth > 0) covered++;
    if (depth > deepest) deepest = depth;
  }
  return { masks: masks.length, pixels, covered, summed, deepest, clicked, holding, boxes, faults };
}

type Fault = (check: QualityCheck, what: string) => void;

function checkNumbers(
  { predictedIou, stability, area: stated }: StatedMask,
  pixels: number,
  all: number,
  limits: QualityLimits,
  fault: Fault,
): void {
  // Files may have rounded what the generator compared.
  const reaches = (value: number, limit: number) => Math.fround(value) >= Math.fround(limit);
  if (limits.predictedIou > 0 && predictedIou !== undefined && !(predictedIou > limits.predictedIou))
    fault("predicted", `predicted IoU ${predictedIou}; expected more than ${limits.predictedIou}`);
  if (limits.stability > 0 && stability !== undefined && !reaches(stability, limits.stability))
    fault("stability", `stability ${stability}; expected at least ${limits.stability}`);
  if (limits.largest < 1 && pixels >= limits.largest * all)
    fault("large", `${percent(pixels / all)} of the image; expected less than ${percent(limits.largest)}`);
  if (stated !== undefined && stated !== pixels)
    fault("area", `area ${stated}; the mask has ${pixels} pixels`);
}

/** Whether a mask ends at an edge of its crop that is not the image's, nor so near to it that the mask may have reached that before it was cleaned. */
function endsAtEdge(box: Box, crop: Box, size: Size, { cleanedLast }: QualityLimits): boolean {
  if (!cleanedLast) return nearEdge(box, crop, size);
  const [right, bottom] = [size.width - 1, size.height - 1];
  const wider = {
    x0: crop.x0 <= EDGE ? 0 : crop.x0,
    y0: crop.y0 <= EDGE ? 0 : crop.y0,
    x1: right - crop.x1 <= EDGE ? right : crop.x1,
    y1: bottom - crop.y1 <= EDGE ? bottom : crop.y1,
  };
  return nearEdge(box, wider, size);
}

/** Small islands and holes, corners joined. The largest island may be as small as it is: a generator keeps it. */
function checkRegions(mask: BitMask, { smallRegions }: QualityLimits, fault: Fault): void {
  if (smallRegions === 0) return;
  const islands = regionAreas(runsOf(mask));
  const largest = islands.indexOf(Math.max(...islands));
  const small = (what: QualityCheck & ("island" | "hole"), areas: readonly number[]) => {
    const found = areas.filter((pixels) => pixels < smallRegions);
    if (found.length === 0) return;
    const [count, least] = [found.length, Math.min(...found)];
    const text =
      count === 1
        ? `a${what === "island" ? "n" : ""} ${what} of ${plural(least, "pixel")}`
        : `${count} ${what}s, the smallest of ${plural(least, "pixel")}`;
    fault(what, `${text}; expected none below ${smallRegions}`);
  };
  small(
    "island",
    islands.filter((_, i) => i !== largest),
  );
  small("hole", regionAreas(runsOf(not(mask))));
}

function conventionOf(
  bbox: readonly number[] | undefined,
  { x0, y0, x1, y1 }: Box,
): BoxConvention | "neither" | undefined {
  if (bbox === undefined) return undefined;
  const [x, y, width, height] = bbox;
  if (x !== x0 || y !== y0) return "neither";
  if (width === x1 - x0 && height === y1 - y0) return "span";
  return width === x1 - x0 + 1 && height === y1 - y0 + 1 ? "count" : "neither";
}

function boxText(bbox: readonly number[], { x0, y0, x1, y1 }: Box, convention?: BoxConvention): string {
  const more = convention === "count" ? 1 : 0;
  const tight = [x0, y0, x1 - x0 + more, y1 - y0 + more].join(", ");
  const either = convention === undefined ? " (or 1 more a side)" : "";
  return `bbox ${bbox.join(", ")}; the mask's is ${tight}${either}`;
}

interface Placed {
  readonly stated: StatedMask;
  readonly box: Box;
}

/** Masks of one crop whose boxes overlap more than its suppression leaves. */
function overlaps(placed: readonly Placed[], limit: number): QualityFault[] {
  const crops = new Map<string, Placed[]>();
  for (const one of placed) {
    const key = JSON.stringify(one.stated.crop ?? null);
    crops.set(key, [...(crops.get(key) ?? []), one]);
  }
  return [...crops.values()].flatMap((group) => {
    const scores = group.map(({ stated }) => stated.predictedIou ?? 0);
    const kept = boxNms(
      group.map(({ box }) => box),
      scores,
      limit,
    );
    const stay = new Set(kept);
    return group.flatMap((one, i): QualityFault[] => {
      if (stay.has(i)) return [];
      const better = kept.find((k) => boxNms([group[k]!.box, one.box], [1, 0], limit).length === 1);
      const other = better === undefined ? "a better one" : `mask ${group[better]!.stated.id}`;
      const what = `its box has an IoU above ${limit} with that of ${other}, of the same crop`;
      return [{ check: "overlap", mask: one.stated.id, what }];
    });
  });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
