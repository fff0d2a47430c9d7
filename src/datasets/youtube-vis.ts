// YouTube-VIS JSON (OVIS): objects followed through videos. A frame is an image, called `video/frame`; an object is a
// target in the frames where it has a segmentation.
import { complain } from "../core/errors.ts";
import type { YoutubeVisOptions } from "../core/schema-types.ts";
import type { ImageSample, TargetEntry } from "../core/types.ts";
import type { Id } from "../formats/annotation-file.ts";
import { readYoutubeVis, type TrackBrief, type Video, type VideoFile } from "../formats/coco-file.ts";
import { joinNames, withoutSuffix } from "../formats/files.ts";
import { readImage } from "../formats/image-file.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { annotationFiles, pictureFinder } from "./shared/annotation-files.ts";
import { drawTarget, dropReason, type Labels, statedSize } from "./shared/coco-target.ts";
import { numberRepeats } from "./shared/targets.ts";

interface Content extends VideoFile, Labels {
  readonly name: string;
}

interface Frame {
  readonly video: Video;
  readonly number: number;
  /** Of how many. */
  readonly count: number;
}

export const youtubeVis: Adapter<YoutubeVisOptions> = async (options, source) => {
  const locate = pictureFinder(options.images, source);
  const excluded = new Set(options.excludeCategories);
  const entries: Entry[] = [];
  for (const { name, prefix } of await annotationFiles(options.annotations, source)) {
    const content: Content = { ...(await readYoutubeVis({ root: source.root, name })), name, excluded };
    for (const [i, video] of content.things.entries()) {
      const files = frameFiles(video, `${name}: videos[${i}]`);
      const size = statedSize(video);
      const briefs = content.briefs(video.id);
      for (const [number, file] of files.entries()) {
        const frame = { video, number, count: files.length };
        const masks = briefs.filter((brief) => isScored(brief, frame, content)).length;
        const load = async () => loadFrame(await locate(name, file), frame, content, source);
        entries.push({ id: prefix + withoutSuffix(file), masks, load, ...(size && { size }) });
      }
    }
    for (const id of content.unlisted) entries.push(orphan(id, content));
  }
  return entries;
};

function frameFiles({ file_names: names }: Video, where: string): readonly string[] {
  if (Array.isArray(names) && names.every((name) => typeof name === "string" && name !== ""))
    return names.map((name: string) => joinNames(where, name));
  throw complain({ where, what: "a video without file_names", expected: "a list of file names" });
}

function isScored(brief: TrackBrief, { number, count }: Frame, content: Content): boolean {
  if (brief.frames?.length !== count || brief.frames[number] === ".") return false;
  return dropReason({ ...brief, empty: brief.frames[number] === "e" }, content) === undefined;
}

function orphan(videoId: Id, content: Content): Entry {
  const id = `video_id=${videoId}`;
  const load = async () => {
    const [first] = await content.read(videoId);
    throw complain({
      where: `${content.name}: annotations[${first!.index}] (id ${first!.annotation.id})`,
      what: "its video is not listed",
      got: `video_id ${videoId}`,
    });
  };
  return { id, cluster: id, masks: 0, load };
}

async function loadFrame(
  name: string,
  { video, number, count }: Frame,
  content: Content,
  { root, pixels }: Source,
): Promise<ImageSample> {
  const listed = statedSize(video);
  const image = await readImage({ root, name }, pixels, listed);
  const unique = numberRepeats();
  const briefs = content.briefs(video.id);
  const targets: TargetEntry[] = [];
  for (const [i, { annotation, index }] of (await content.read(video.id)).entries()) {
    const { frames, category: categoryId, crowd } = briefs[i]!;
    const { id, category_id, segmentations } = annotation;
    const named = id == null ? `annotations[${index}]` : String(id);
    const where = `${content.name}: annotation ${named}`;
    const category = content.categories.get(categoryId ?? "");
    const about = category === undefined ? {} : { category };
    if (frames?.length !== count) {
      const { message: reason } = complain({
        where,
        what: "its segmentations are not those of the video's frames",
        expected: `a list of ${count}`,
        got: frames === undefined ? "none" : String(frames.length),
      });
      targets.push({ status: "failed", id: unique(named), reason, ...about });
      continue;
    }
    if (frames[number] === ".") continue;
    const reason = dropReason({ category: categoryId, crowd, empty: frames[number] === "e" }, content);
    const drawn = {
      ...{ id: unique(named), category: category_id, listed: listed ?? image, image },
      ...{ segmentation: (segmentations as unknown[])[number], where: `${where}, frame ${number}` },
    };
    if (reason === undefined) targets.push(await drawTarget(drawn, content));
    else targets.push({ status: "dropped", id: drawn.id, reason, ...about });
  }
  return { kind: "image", image, targets };
}
