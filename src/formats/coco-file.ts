// What is read of COCO instances JSON and of YouTube-VIS JSON.
import { type AnnotationFile, type Id, readAnnotationFile } from "./annotation-file.ts";
import { isEmptySegmentation } from "./coco-segmentation.ts";
import type { DataFile } from "./files.ts";

/** What the listing needs of an annotation. */
export interface CocoBrief {
  readonly category: Id | undefined;
  readonly crowd: boolean;
  /** Empty already before it is drawn. */
  readonly empty: boolean;
}

export interface CocoAnnotation {
  readonly id?: unknown;
  readonly category_id?: unknown;
  readonly segmentation?: unknown;
  readonly iscrowd?: unknown;
}

export interface CocoImage {
  readonly id: Id;
  readonly file_name?: unknown;
  readonly coco_url?: unknown;
  readonly width?: unknown;
  readonly height?: unknown;
}

export type CocoFile = AnnotationFile<CocoImage, CocoAnnotation, CocoBrief>;

export function readCoco(file: DataFile, large?: number): Promise<CocoFile> {
  const same = pool<CocoBrief>();
  return readAnnotationFile<CocoImage, CocoAnnotation, CocoBrief>(
    file,
    {
      things: "images",
      link: "image_id",
      keep: ({ id, file_name, coco_url, width, height }) => ({ id, file_name, coco_url, width, height }),
      brief: ({ category_id, iscrowd, segmentation }) =>
        same({ ...ownBrief(category_id, iscrowd), empty: isEmptySegmentation(segmentation) }),
    },
    large,
  );
}

export interface Video {
  readonly id: Id;
  readonly file_names?: unknown;
  readonly width?: unknown;
  readonly height?: unknown;
}

/** One object of a video; the lists run along the video's `file_names`. */
export interface Track {
  readonly id?: unknown;
  readonly category_id?: unknown;
  readonly segmentations?: unknown;
  readonly iscrowd?: unknown;
}

export interface TrackBrief {
  readonly category: Id | undefined;
  readonly crowd: boolean;
  /** One character a frame: "." null (not there), "e" empty, "m" a mask. undefined where there is no list. */
  readonly frames: string | undefined;
}

export type VideoFile = AnnotationFile<Video, Track, TrackBrief>;

export function readYoutubeVis(file: DataFile, large?: number): Promise<VideoFile> {
  const same = pool<TrackBrief>();
  return readAnnotationFile<Video, Track, TrackBrief>(
    file,
    {
      things: "videos",
      link: "video_id",
      keep: ({ id, file_names, width, height }) => ({ id, file_names, width, height }),
      brief: ({ category_id, iscrowd, segmentations }) =>
        same({ ...ownBrief(category_id, iscrowd), frames: framesOf(segmentations) }),
    },
    large,
  );
}

function framesOf(segmentations: unknown): string | undefined {
  if (!Array.isArray(segmentations)) return undefined;
  return segmentations.map((one) => (one == null ? "." : isEmptySegmentation(one) ? "e" : "m")).join("");
}

function ownBrief(category: unknown, crowd: unknown) {
  return {
    category: typeof category === "number" || typeof category === "string" ? category : undefined,
    crowd: crowd === true || crowd === 1 || crowd === "1",
  };
}

/** One object for all that are alike: millions of annotations have a few thousand briefs. */
function pool<T extends object>(): (value: T) => T {
  const known = new Map<string, T>();
  return (value) => {
    const key = JSON.stringify(value);
    const found = known.get(key);
    if (found !== undefined) return found;
    known.set(key, value);
    return value;
  };
}
