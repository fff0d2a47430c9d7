// Masks that a tracker made elsewhere, as PNGs: CLIP/FRAME.png with a label map for each frame (DAVIS), or CLIP/TARGET/FRAME.png with a mask for
// each target (SA-V). A folder has one of the two layouts. Maps may be drawn in colours.
import { join } from "node:path";
import { complain } from "../core/errors.ts";
import { groupBy } from "../core/group-by.ts";
import { sha256 } from "../core/hash.ts";
import type { FileFact } from "../core/plan.ts";
import type { BitMask, LabelMap, Size } from "../core/types.ts";
import { createMask, fromBytes } from "../masks/bit-mask.ts";
import { fileFact, listFiles, splitName, stemOf, suffixOf } from "./files.ts";
import { withoutColours } from "./label-colours.ts";
import { readLabelMap } from "./label-map.ts";

export interface PredictedClips {
  readonly name: string;
  /** frame: all targets of a frame in a file, by value; target: a file for each target. */
  readonly layout: "frame" | "target";
  /** The clips that there are, in code-unit order. */
  readonly clips: readonly string[];
  /** Throws where the clip has no file. */
  of(clip: string, options?: ClipReading): PredictedClip;
  /** The folder's hash, over names and contents. */
  fact(): Promise<FileFact>;
}

export interface ClipReading {
  /** Everything that is not 0 is the target. */
  readonly foreground?: boolean;
  /** Values that are no target; default: 0. */
  readonly background?: readonly number[];
  /** id: targets are colours, not numbers. */
  readonly colours?: "id" | undefined;
}

export interface PredictedClip {
  /** Whether a target's frame has its file: one without the target, where targets share files or it was never predicted. */
  has(target: string, frame: string): boolean;
  /** That file's name. */
  nameOf(target: string, frame: string): string;
  /** A file of the clip. */
  readonly example: string;
  /** The mask of a target in a frame; a value or a folder that is not there is nothing predicted. A file is read once, as long as no other frame is asked for. `size`: the frame's. */
  mask(target: string, frame: string, size: Size): Promise<BitMask>;
  /** What is predicted and none of these targets: folders, or values in the first file. */
  strangers(targets: readonly string[]): Promise<readonly string[]>;
}

/** Files that are open together when they are hashed. */
const AT_ONCE = 16;

/** So many clips are named in a message. */
const NAMED = 5;

const LAYOUTS = "CLIP/FRAME.png, or CLIP/TARGET/FRAME.png";

/**
 * `ids`: the benchmark's clips, which say how deep their folders lie; a folder above all of them is passed over. Where there is one clip alone, its
 * frames may lie there without the clip's folder.
 */
export async function openPredictedClips(
  folder: string,
  name: string,
  ids: readonly string[] = [],
): Promise<PredictedClips> {
  const all = (await listFiles(folder, "")).filter((file) => suffixOf(file) === ".png");
  const above = foldersAbove(all, ids);
  const root = join(folder, above);
  const files = all.map((file) => file.slice(above.length));
  const [only, ...more] = ids;
  if (
    only !== undefined &&
    more.length === 0 &&
    files.length > 0 &&
    !files.some((file) => file.includes("/"))
  )
    return tracksOf({ name, root, files, layout: "frame", clips: new Map([[only, files]]) });
  const deep = only?.split("/").length ?? 1;
  const depths = new Set(files.map((file) => file.split("/").length - deep));
  const [depth, other] = depths;
  if (depth === undefined)
    throw complain(name, "holds no predictions", { code: "no-samples", expected: LAYOUTS, got: "no PNG" });
  if (other !== undefined || depth < 1 || depth > 2) {
    const usual = depth === 2 ? 2 : 1;
    const odd = all.find((_, i) => files[i]!.split("/").length - deep !== usual) ?? all[0]!;
    throw complain(name, "is neither of the two layouts of tracks", {
      expected: `${LAYOUTS}${clipsNamed(ids)}`,
      got: odd,
    });
  }
  const clips = groupBy(files, (file) => file.split("/").slice(0, deep).join("/"));
  return tracksOf({ name, root, files, layout: depth === 1 ? "frame" : "target", clips });
}

function clipsNamed(ids: readonly string[]): string {
  const rest = ids.length > NAMED ? `, ... (${ids.length})` : "";
  return ids.length === 0 ? "" : `; CLIP is one of ${ids.slice(0, NAMED).join(", ")}${rest}`;
}

interface Found extends Pick<PredictedClips, "name" | "layout"> {
  readonly root: string;
  readonly files: readonly string[];
  /** The files of each. */
  readonly clips: ReadonlyMap<string, readonly string[]>;
}

function tracksOf({ name, root, files, layout, clips }: Found): PredictedClips {
  return {
    ...{ name, layout, clips: [...clips.keys()] },
    of(clip, reading = {}) {
      const own = clips.get(clip);
      if (own === undefined)
        throw complain(name, "a clip is missing", {
          code: "not-found",
          expected: `${clip}/`,
          got: [...clips.keys()].slice(0, NAMED).join(", "),
        });
      return layout === "frame" ? byFrame(root, clip, own, reading) : byTarget(root, clip, own);
    },
    async fact() {
      const facts: (Pick<FileFact, "bytes" | "sha256"> & { readonly file: string })[] = [];
      for (let at = 0; at < files.length; at += AT_ONCE) {
        const some = files.slice(at, at + AT_ONCE);
        facts.push(
          ...(await Promise.all(some.map(async (file) => ({ file, ...(await fileFact(join(root, file))) })))),
        );
      }
      const bytes = facts.reduce((sum, one) => sum + one.bytes, 0);
      return {
        path: name,
        bytes,
        sha256: sha256(facts.map((one) => `${one.sha256} ${one.file}`).join("\n")),
      };
    },
  };
}

/** The folders that all files lie in and no clip is named after, with a slash. */
function foldersAbove(files: readonly string[], ids: readonly string[]): string {
  const tops = new Set(ids.map((id) => id.split("/")[0]!));
  let above = "";
  for (;;) {
    const [first] = files;
    const top = first?.slice(above.length).split("/")[0];
    const prefix = `${above}${top}/`;
    if (top === undefined || tops.size === 0 || tops.has(top)) return above;
    if (!files.every((file) => file.startsWith(prefix))) return above;
    above = prefix;
  }
}

function byFrame(
  root: string,
  clip: string,
  files: readonly string[],
  { foreground = false, background = [0], colours }: ClipReading,
): PredictedClip {
  const names = new Map(files.map((file) => [stemOf(file), file]));
  let last: { readonly name: string; readonly map: Promise<LabelMap> } | undefined;
  const read = (name: string) => {
    if (last?.name !== name) {
      const stored = readLabelMap({ root, name }, { colours: colours === "id" });
      const mode = foreground ? "id" : (colours ?? "drawn");
      last = { name, map: stored.then((map) => withoutColours(map, mode, name)) };
    }
    return last.map;
  };
  const [folder] = splitName(files[0]!);
  const nameOf = (_: string, frame: string) =>
    names.get(frame) ?? (folder === "" ? `${frame}.png` : `${folder}/${frame}.png`);
  return {
    ...{ nameOf, example: files[0]! },
    has: (_, frame) => names.has(frame),
    async mask(target, frame) {
      const name = names.get(frame);
      if (name === undefined) throw missing(nameOf(target, frame));
      if (foreground) return foregroundOf(await read(name));
      // More than 16 bits: a colour.
      if (/^[1-9]\d*$/.test(target) && (colours === "id" || Number(target) < 2 ** 16))
        return maskOfValue(await read(name), Number(target));
      throw complain(name, `a label map has no value for target ${target}`, {
        expected: `${clip}/${target}/${frame}.png`,
      });
    },
    async strangers(targets) {
      if (foreground) return [];
      const { data } = await read(files[0]!);
      const values = [...new Set(data as Iterable<number>)].filter((value) => !background.includes(value));
      return values
        .sort((a, b) => a - b)
        .map(String)
        .filter((value) => !targets.includes(value));
    },
  };
}

function byTarget(root: string, clip: string, files: readonly string[]): PredictedClip {
  const known = new Set(files);
  const folders = [...new Set(files.map((file) => file.slice(clip.length + 1).split("/")[0]!))];
  const bare = groupBy(folders, bareName);
  /** By its name, or by its number where no other folder has it. */
  const folderOf = (target: string) => {
    if (folders.includes(target)) return target;
    const [one, other] = bare.get(bareName(target)) ?? [];
    return other === undefined ? one : undefined;
  };
  // A target without a folder was never predicted; another's file says how large its empty mask is.
  const nameOf = (target: string, frame: string) => `${clip}/${folderOf(target) ?? folders[0]!}/${frame}.png`;
  return {
    ...{ nameOf, example: files[0]! },
    has: (target, frame) => known.has(nameOf(target, frame)),
    async mask(target, frame) {
      const name = nameOf(target, frame);
      if (!known.has(name)) throw missing(name);
      const map = withoutColours(await readLabelMap({ root, name }), "id", name);
      return folderOf(target) === undefined ? createMask(map.width, map.height) : binaryOf(map, name);
    },
    async strangers(targets) {
      const own = new Set(targets.map(folderOf));
      return folders.filter((folder) => !own.has(folder));
    },
  };
}

/** Without leading zeros. */
function bareName(name: string): string {
  return name.replace(/^0+(?=.)/, "");
}

function missing(name: string) {
  return complain(name, "the mask of a frame is missing", {
    code: "not-found",
    expected: "a PNG for each frame that is scored",
  });
}

function foregroundOf({ width, height, data }: LabelMap): BitMask {
  const bytes = data instanceof Uint8Array ? data : Uint8Array.from(data, (one) => (one === 0 ? 0 : 1));
  return fromBytes(bytes, width, height);
}

function maskOfValue({ width, height, data }: LabelMap, value: number): BitMask {
  if (data instanceof Uint8Array && value < 256) return fromBytes(data, width, height, value);
  return fromBytes(
    Uint8Array.from(data, (one) => (one === value ? 1 : 0)),
    width,
    height,
  );
}

/** As SA-V's evaluator has it: a second value besides 0 is an error. */
function binaryOf(map: LabelMap, where: string): BitMask {
  let object = 0;
  const { data } = map;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value === 0 || value === object) continue;
    if (object !== 0)
      throw complain(where, "the mask is not binary", {
        expected: "0 and one other value",
        got: `0, ${object} and ${value}`,
      });
    object = value;
  }
  return foregroundOf(map);
}
