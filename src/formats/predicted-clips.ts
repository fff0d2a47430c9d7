// Masks that a tracker made elsewhere, as PNGs: CLIP/FRAME.png with a label map for each frame (DAVIS), or CLIP/TARGET/FRAME.png with a mask for
// each target (SA-V). A folder has one of the two layouts.
import { join } from "node:path";
import { complain } from "../core/errors.ts";
import { groupBy } from "../core/group-by.ts";
import { sha256 } from "../core/hash.ts";
import type { FileFact } from "../core/plan.ts";
import type { BitMask, LabelMap } from "../core/types.ts";
import { createMask, fromBytes } from "../masks/bit-mask.ts";
import { fileFact, listFiles, stemOf, suffixOf } from "./files.ts";
import { readLabelMap } from "./label-map.ts";

export interface PredictedClips {
  /** frame: all targets of a frame in a file, by value; target: a file for each target. */
  readonly layout: "frame" | "target";
  /** The clips that there are, in code-unit order. */
  readonly clips: readonly string[];
  of(clip: string): PredictedClip;
  /** The folder's hash, over names and contents. */
  fact(): Promise<FileFact>;
}

export interface PredictedClip {
  /**
   * The mask of a target in a frame; a value or a folder that is not there is nothing predicted. Rejects where the frame has no file at all.
   * `foreground`: everything that is not 0 is the target. Files are read once, as long as no other frame is asked for.
   */
  mask(target: string, frame: string, foreground?: boolean): Promise<BitMask>;
}

const LAYOUTS = "CLIP/FRAME.png, or CLIP/TARGET/FRAME.png";

export async function openPredictedClips(root: string, name: string): Promise<PredictedClips> {
  const files = (await listFiles(root, "")).filter((file) => suffixOf(file) === ".png");
  const depths = new Set(files.map((file) => file.split("/").length));
  const [depth, other] = depths;
  if (depth === undefined)
    throw complain({
      code: "no-samples",
      where: name,
      what: "holds no predictions",
      expected: LAYOUTS,
      got: "no PNG",
    });
  if (other !== undefined || depth < 2 || depth > 3) {
    const odd = files.find((file) => file.split("/").length !== (depth === 3 ? 3 : 2)) ?? files[0]!;
    throw complain({
      where: name,
      what: "is neither of the two layouts of tracks",
      expected: LAYOUTS,
      got: odd,
    });
  }
  const clips = groupBy(files, (file) => file.split("/")[0]!);
  const layout = depth === 2 ? "frame" : "target";
  return {
    layout,
    clips: [...clips.keys()],
    of(clip) {
      const own = clips.get(clip);
      if (own === undefined)
        throw complain({ code: "not-found", where: name, what: "a clip is missing", expected: `${clip}/` });
      return layout === "frame" ? byFrame(root, own) : byTarget(root, own);
    },
    async fact() {
      const facts = await Promise.all(
        files.map(async (file) => ({ file, ...(await fileFact(join(root, file))) })),
      );
      const bytes = facts.reduce((sum, one) => sum + one.bytes, 0);
      return {
        path: name,
        bytes,
        sha256: sha256(facts.map((one) => `${one.sha256} ${one.file}`).join("\n")),
      };
    },
  };
}

function byFrame(root: string, files: readonly string[]): PredictedClip {
  const names = new Map(files.map((file) => [stemOf(file), file]));
  let last: { readonly name: string; readonly map: Promise<LabelMap> } | undefined;
  return {
    async mask(target, frame, foreground = false) {
      const name = names.get(frame);
      if (name === undefined) throw missing(`${files[0]!.split("/")[0]}/${frame}.png`);
      if (last?.name !== name)
        last = { name, map: readLabelMap({ root, name }).then((map) => oneChannel(map, name)) };
      const map = await last.map;
      return foreground ? foregroundOf(map) : maskOfValue(map, Number(target));
    },
  };
}

function byTarget(root: string, files: readonly string[]): PredictedClip {
  const known = new Set(files);
  const targets = new Map(files.map((file) => [file.split("/")[1]!, file.split("/").slice(0, 2).join("/")]));
  const [clip] = files[0]!.split("/");
  return {
    async mask(target, frame) {
      const folder = targets.get(target);
      const name = `${folder ?? [...targets.values()][0]}/${frame}.png`;
      if (!known.has(name)) throw missing(folder === undefined ? `${clip}/${target}/${frame}.png` : name);
      const map = oneChannel(await readLabelMap({ root, name }), name);
      // A target without a folder was never predicted; another target's file says how large its empty mask is.
      return folder === undefined ? createMask(map.width, map.height) : binaryOf(map, name);
    },
  };
}

function missing(name: string) {
  return complain({
    code: "not-found",
    where: name,
    what: "the mask of a frame is missing",
    expected: "a PNG for each frame that is scored",
  });
}

function oneChannel(map: LabelMap, where: string): LabelMap {
  if (map.channels === 1) return map;
  const what = "a predicted label map has colours instead of values";
  throw complain({ where, what, expected: "1 channel (grey or palette)", got: `${map.channels} channels` });
}

function foregroundOf({ width, height, data }: LabelMap): BitMask {
  return fromBytes(data instanceof Uint8Array ? data : Uint8Array.from(data, Number), width, height);
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
      throw complain({
        where,
        what: "the mask is not binary",
        expected: "0 and one other value",
        got: `0, ${object} and ${value}`,
      });
    object = value;
  }
  return foregroundOf(map);
}
