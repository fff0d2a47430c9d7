// YouTube-VIS JSON (OVIS): objects tracked through videos. A frame is an image with the id `video/frame`; an object is a
// target in the frames where it has a segmentation.
import { complain } from "../core/errors.ts";
import type { YoutubeVisOptions } from "../core/schema-types.ts";
import { isEmptySegmentation } from "../formats/coco-segmentation.ts";
import { type DataFile, joinNames, withoutSuffix } from "../formats/files.ts";
import type { Adapter, Entry } from "./shared/adapter.ts";
import { type AnnotationFile, type Id, readAnnotationFile } from "./shared/annotation-file.ts";
import * as things from "./shared/coco-things.ts";

interface Video {
  readonly id: Id;
  readonly file_names?: unknown;
  readonly width?: unknown;
  readonly height?: unknown;
}

/** One object of a video; its lists are parallel to the video's `file_names`. */
interface Track extends things.Annotation {
  readonly segmentations?: unknown;
}

interface TrackBrief extends things.Brief {
  /** One character per frame: "." null (absent), "e" empty, "m" a mask. undefined where there is no list. */
  readonly frames: string | undefined;
}

export const youtubeVis: Adapter<YoutubeVisOptions, "excludeCategories"> = {
  defaults: { excludeCategories: [] },
  async list({ annotations, images, excludeCategories }, source) {
    const locate = things.imageFinder(images, source);
    const excluded = new Set(excludeCategories);
    const entries: Entry[] = [];
    for (const { name, prefix } of await things.annotationFiles(annotations, source)) {
      const content = { ...(await readYoutubeVis({ root: source.root, name })), excluded };
      things.noteJoined(content, source);
      for (const [i, video] of content.things.entries()) {
        const place = `${name}: videos[${i}]`;
        const files = frameFiles(video, place);
        const size = things.statedSize(video);
        const briefs = content.briefs(video.id);
        for (const [number, file] of files.entries()) {
          const part = partIn(number, files.length);
          const isScored = (brief: TrackBrief) => {
            if (brief.frames?.length !== files.length || brief.frames[number] === ".") return false;
            return things.dropReason(brief, brief.frames[number] === "e", content) === undefined;
          };
          const load = async () => things.loadImage(await locate(name, file), video, content, source, part);
          const masks = briefs.filter(isScored).length;
          const apart = things.longerIds(prefix, name, file, `#${video.id}`, `#${video.id}#${number}`);
          const [id, from] = [prefix + withoutSuffix(file), `${place}.file_names[${number}]`];
          entries.push({ id, file, from, apart, masks, load, ...(size && { size }) });
        }
      }
      entries.push(...things.orphans(content));
    }
    return entries;
  },
};

export function readYoutubeVis(
  file: DataFile,
  large?: number,
): Promise<AnnotationFile<Video, Track, TrackBrief>> {
  const same = things.pool<TrackBrief>();
  const keep = ({ id, file_names, width, height }: Video) => ({ id, file_names, width, height });
  const brief = (track: Track) => same({ ...things.briefOf(track), frames: framesOf(track.segmentations) });
  return readAnnotationFile(file, { things: "videos", link: "video_id", keep, brief }, large);
}

function framesOf(segmentations: unknown): string | undefined {
  if (!Array.isArray(segmentations)) return undefined;
  return segmentations.map((one) => (one == null ? "." : isEmptySegmentation(one) ? "e" : "m")).join("");
}

function frameFiles({ file_names: names }: Video, where: string): readonly string[] {
  if (Array.isArray(names) && names.every((name) => typeof name === "string" && name !== ""))
    return names.map((name: string) => joinNames(where, name));
  throw complain(where, "a video without file_names", { expected: "a list of file names" });
}

/** A track's part in frame `number` of a video of `count`. */
function partIn(number: number, count: number) {
  return ({ segmentations }: Track, { frames }: TrackBrief, where: string): things.Part | undefined => {
    if (frames?.length !== count)
      throw complain(where, "it does not have one segmentation per frame", {
        expected: `a list of ${count}`,
        got: frames === undefined ? "none" : String(frames.length),
      });
    if (frames[number] === ".") return undefined;
    const segmentation = (segmentations as unknown[])[number];
    return { segmentation, empty: frames[number] === "e", where: `${where}, frame ${number}` };
  };
}
