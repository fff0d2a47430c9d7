// A user's own clips: a folder of frames, or of such folders, and the masks of some or all of the frames.
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { complain } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { groupBy } from "../../core/group-by.ts";
import type { ClipFoldersOptions, DatasetCard } from "../../core/schema-types.ts";
import { inWords, plural } from "../../core/words.ts";
import { commonFolder, fromFolder, listFiles, splitName, stemOf, suffixOf } from "../../formats/files.ts";
import { spread } from "../inspect.ts";
import { inFrameOrder } from "../shared/find.ts";
import { nameOfPaths, PICTURE } from "./survey.ts";
import { LOOKED, valueReadings } from "./values.ts";
import { framesCommand, isVideoFile } from "./video-files.ts";

/** Absolute paths. */
export interface ClipPaths {
  readonly video: string;
  readonly masks?: string | undefined;
}

/** A card for them, and what was chosen. */
export interface FoundClips {
  readonly name: string;
  readonly card: DatasetCard;
  /** Absolute: what the card's names are relative to. */
  readonly root: string;
  readonly notes: readonly string[];
}

/** Folders whose names say nothing of what is in the clips. */
const PLAIN = /(?:[/\\](?:frames?|\d+p|jpe?gs?|jpegimages\w*|full-resolution))+$/i;

/** Rejects where no frames are there, or no masks that are named like them. */
export async function recogniseClips({ video, masks }: ClipPaths): Promise<FoundClips> {
  await mustBeFolder(video, "video");
  if (masks === undefined)
    throw complain({ path: "video" }, "without masks there is nothing to prompt with, and nothing to score", {
      expected: "--masks with a folder of masks that are named like the frames",
    });
  await mustBeFolder(masks, "masks");
  const root = commonFolder([video, masks]);
  const [videoFolder, masksFolder] = [fromFolder(root, video), fromFolder(root, masks)];
  const inside = videoFolder === "" || masksFolder.startsWith(`${videoFolder}/`);
  const frames = await pictures(root, videoFolder, inside ? masksFolder : "");
  const film = frames.length > 0 ? undefined : (await listFiles(root, videoFolder)).find(isVideoFile);
  if (film !== undefined) throw notDecoded(join(root, film));
  if (frames.length === 0)
    throw complain({ path: "video" }, "no frame is there", {
      code: "no-samples",
      expected: "a folder of pictures, or of such folders",
      got: video,
    });
  const files = await pictures(root, masksFolder, "");
  if (files.length === 0)
    throw complain({ path: "masks" }, "no mask is there", {
      code: "no-samples",
      expected: "pictures that are named like the frames",
      got: masks,
    });
  const framed = framePattern(frames, videoFolder);
  const masked = maskPattern(files, masksFolder, framed);
  const patterns = { frames: framed.pattern, masks: masked.pattern };
  const adapter: ClipFoldersOptions = { format: "clip-folders", ...patterns };
  if (masked.most < 3)
    throw complain(
      { path: "masks" },
      "too few frames have masks for a score: a clip's first and last labelled frame do not count",
      {
        expected: "masks of at least three frames of a clip",
        got: `masks of ${plural(masked.labelled, "frame")}${masked.most < masked.labelled ? `, at most ${masked.most} of a clip` : ""}`,
      },
    );
  const values = await valuesOf(root, masked);
  const name = nameOfPaths({ images: video.replace(PLAIN, "") });
  const clips = new Set([...framed.places].map((place) => splitName(place)[0])).size;
  return {
    ...{ name, root },
    card: { name, adapter: { ...adapter, ...values.options } },
    notes: [
      `${name}: ${plural(clips, "clip")} with ${plural(framed.places.size, "frame")}, ${framed.pattern} and ${masked.pattern}: ${values.why}; masks of ${masked.labelled} of ${framed.places.size} frames`,
      ...[...framed.notes, ...masked.notes, ...values.notes].map((text) => `${name}: ${text}`),
    ],
  };
}

async function mustBeFolder(path: string, key: "video" | "masks"): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  const where = { path: key };
  if (found === undefined) throw complain(where, "there is no such folder", { code: "not-found", got: path });
  if (isVideoFile(path)) throw notDecoded(path, key);
  throw complain(where, "is not a folder", {
    expected: "a folder of pictures, or of such folders",
    got: path,
  });
}

function notDecoded(path: string, key: "video" | "masks" = "video") {
  return complain({ path: key }, "video files are not decoded", {
    expected: framesCommand(path),
    got: basename(path),
  });
}

async function pictures(root: string, folder: string, without: string): Promise<readonly string[]> {
  const names = await listFiles(root, folder);
  return names.filter(
    (name) => PICTURE.test(suffixOf(name)) && !(without !== "" && name.startsWith(`${without}/`)),
  );
}

interface Framed {
  readonly pattern: string;
  /** Names of the placeholders of folders, the outermost first. */
  readonly folders: readonly string[];
  /** What names a frame -> how many clips have it. */
  readonly ids: ReadonlySet<string>;
  /** Of each frame, its folders below the one that was named, and its id. */
  readonly places: ReadonlySet<string>;
  readonly notes: readonly string[];
}

/** `{clip}/frame_{frame}.jpg`: folders are clips, and what all names share is no part of a frame's. */
function framePattern(files: readonly string[], folder: string): Framed {
  const suffix = mostCommon(files.map((file) => suffixOf(file)));
  const own = files.filter((file) => suffixOf(file) === suffix);
  const depths = new Set(own.map((file) => foldersOf(file, folder).length));
  if (depths.size > 1)
    throw complain({ path: "video" }, "frames lie in folders of different depths", {
      expected: "a folder of frames, or a folder of such folders",
      got: inWords([...depths].sort().map((depth) => `${depth} deep`)),
    });
  const names = Array.from({ length: [...depths][0]! }, (_, i, all = [...depths][0]!) =>
    i === all - 1 ? "clip" : `folder${i + 1}`,
  );
  const stems = own.map((file) => splitName(file)[1]).map(stemOf);
  const start = sharedStart(stems);
  const end = sharedEnd(stems.map((stem) => stem.slice(start.length)));
  const idOf = (stem: string) => stem.slice(start.length, stem.length - end.length);
  checkWords([folder, start, end], folder);
  const ids = stems.map(idOf);
  const left = files.length - own.length;
  return {
    pattern: joined(folder, ...names.map((name) => `{${name}}`), `${start}{frame}${end}${suffix}`),
    folders: names,
    ids: new Set(ids),
    places: new Set(own.map((file, i) => [...foldersOf(file, folder), ids[i]!].join("/"))),
    notes: left === 0 ? [] : [`${plural(left, "picture")} of another type than ${suffix}: not read`],
  };
}

interface Masked {
  readonly pattern: string;
  readonly files: readonly string[];
  readonly targets: boolean;
  readonly labelled: number;
  /** Labelled frames of the clip that has most. */
  readonly most: number;
  readonly notes: readonly string[];
}

/** The pattern of masks: a file for each frame, or a folder for each target with one for each of its frames. */
function maskPattern(files: readonly string[], folder: string, frames: Framed): Masked {
  const suffix = mostCommon(files.map((file) => suffixOf(file)));
  const own = files.filter((file) => suffixOf(file) === suffix);
  const [first] = own.toSorted((a, b) => inFrameOrder(a, b));
  for (const targets of [false, true]) {
    const depth = frames.folders.length + (targets ? 1 : 0);
    const fitting = own.filter((file) => foldersOf(file, folder).length === depth);
    const affixes = new Map<string, number>();
    for (const file of fitting) {
      const stem = stemOf(splitName(file)[1]);
      for (const [start, end] of around(stem, frames.ids)) {
        const key = `${start}\n${end}`;
        affixes.set(key, (affixes.get(key) ?? 0) + 1);
      }
    }
    const [best] = [...affixes].sort(([, a], [, b]) => b - a);
    if (best === undefined) continue;
    const [start, end] = best[0].split("\n") as [string, string];
    const labelled = new Set<string>();
    const read: string[] = [];
    let strangers = own.length - fitting.length;
    for (const file of fitting) {
      const stem = stemOf(splitName(file)[1]);
      const folders = foldersOf(file, folder).slice(0, frames.folders.length);
      const place = [...folders, stem.slice(start.length, stem.length - end.length)].join("/");
      const fits = stem.startsWith(start) && stem.endsWith(end) && frames.places.has(place);
      if (fits) {
        labelled.add(place);
        read.push(file);
      } else strangers++;
    }
    if (labelled.size === 0) continue;
    checkWords([folder, start, end], folder);
    const parts = [...frames.folders, ...(targets ? ["target"] : [])].map((name) => `{${name}}`);
    const others = files.length - own.length + strangers;
    return {
      pattern: joined(folder, ...parts, `${start}{frame}${end}${suffix}`),
      ...{ files: read, targets, labelled: labelled.size },
      most: Math.max(
        ...[...groupBy([...labelled], (place) => splitName(place)[0]).values()].map((own) => own.length),
      ),
      notes:
        others === 0 ? [] : [`${plural(others, "picture")} among the masks without a frame of that name`],
    };
  }
  const [frame] = frames.places;
  throw complain({ path: "masks" }, "no mask is named like a frame", {
    expected: `${frame}.png, or a folder for each target with such files (${[...(frame ?? "").split("/").slice(0, -1), "1", `${(frame ?? "").split("/").at(-1)}.png`].join("/")})`,
    got: first === undefined ? "no file" : foldersOf(first, folder).concat(splitName(first)[1]).join("/"),
  });
}

/** How the values are read; a file for each target is a mask whatever its values. */
async function valuesOf(root: string, { files, targets }: Masked) {
  const few = spread(files.length, LOOKED).map((i) => files[i]!);
  const readings = await valueReadings({ root }, few, !targets);
  if (typeof readings === "string")
    throw complain({ path: "masks" }, readings, { expected: "masks: 0 where nothing is" });
  const [reading] = readings;
  const { as, why, options } = reading!;
  if (targets) return { options: {}, why: "a file for each target", notes: [] };
  if (as === "mask")
    return { options: { targets: "foreground" as const }, why: `one target, ${why}`, notes: [] };
  const ignored = (options.ignore as number[] | undefined) ?? [];
  const background = [...new Set([...((options.background as number[] | undefined) ?? [0]), ...ignored])];
  const colours = options.colours as ClipFoldersOptions["colours"];
  return {
    options: given({ colours, background: background.join() === "0" ? undefined : background }),
    why: `each ${colours === undefined ? "value" : "colour"} is a target, ${why}`,
    notes: ignored.length === 0 ? [] : [`${inWords(ignored.map(String))} is taken as background`],
  };
}

/** What stands before and after a frame's id in a mask's name, the longest ids first. */
function around(stem: string, ids: ReadonlySet<string>): readonly (readonly [string, string])[] {
  if (ids.has(stem)) return [["", ""]];
  for (let length = stem.length - 1; length > 0; length--)
    for (let at = 0; at + length <= stem.length; at++)
      if (
        ids.has(stem.slice(at, at + length)) &&
        !/\d/.test(`${stem[at - 1] ?? ""}${stem[at + length] ?? ""}`)
      )
        return [[stem.slice(0, at), stem.slice(at + length)]];
  return [];
}

function foldersOf(file: string, folder: string): readonly string[] {
  const below = dirname(file.slice(folder === "" ? 0 : folder.length + 1));
  return below === "." ? [] : below.split("/");
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("/");
}

function checkWords(words: readonly string[], folder: string): void {
  if (words.some((word) => /[{}*]/.test(word)))
    throw complain(folder, "names with a brace or an asterisk are not read", { expected: "other names" });
}

function mostCommon(values: readonly string[]): string {
  const groups = [...groupBy(values, (value) => value)];
  return groups.sort(([, a], [, b]) => b.length - a.length)[0]![0];
}

/** What all begin with, up to their first digit. */
function sharedStart(stems: readonly string[]): string {
  const [first = ""] = stems;
  const start = /^\D*/.exec(first)![0];
  return first.length > start.length &&
    stems.every((stem) => stem.startsWith(start) && /^\d/.test(stem.slice(start.length)))
    ? start
    : "";
}

/** What all end with, after their last digit. */
function sharedEnd(stems: readonly string[]): string {
  const end = /\D*$/.exec(stems[0] ?? "")![0];
  return stems.every((stem) => stem.endsWith(end) && /\d$/.test(stem.slice(0, stem.length - end.length)))
    ? end
    : "";
}
