// Clips below folders of which it is not said what they hold: folders of frames, and those of their masks. DAVIS, SA-V, YouTube-VOS, MOSE, or plain.
import { join } from "node:path";
import { reasonOf } from "../../core/errors.ts";
import { groupBy } from "../../core/group-by.ts";
import type { ClipFoldersOptions } from "../../core/schema-types.ts";
import { splitName, stemOf } from "../../formats/files.ts";
import { openClips } from "../index.ts";
import { checkDataset, collectNotes, type DatasetCheck } from "../inspect.ts";
import { inFrameOrder } from "../shared/find.ts";
import { type FoundClips, recogniseClips } from "./clips.ts";
import { type DataPaths, type Survey, surveyOf } from "./survey.ts";
import { roleOfFolder } from "./words.ts";

/** Clips that were found, tried out on a few of them. */
export interface ClipLayout extends Omit<FoundClips, "card"> {
  readonly card: FoundClips["card"] & { readonly adapter: ClipFoldersOptions };
  /** What such files are called. */
  readonly title: string;
  /** Absolute folders. */
  readonly video: string;
  readonly masks: string;
  readonly check: Pick<DatasetCheck, "found" | "each" | "loaded" | "problems" | "notes">;
}

/** Clips that are read to try a layout out. */
const TRIED = 2;
/** Pictures of one folder that are numbered in equal steps are frames, if they are so many. */
const IN_A_ROW = 8;

/** Frames and masks, or nothing where the pictures do not look like frames. Rejects where a path does not exist. */
export async function clipLayouts(paths: DataPaths): Promise<readonly ClipLayout[]> {
  const found: ClipLayout[] = [];
  for (const { video, masks } of foldersIn(await surveyOf(paths))) {
    try {
      found.push(await layoutOf(video, masks));
    } catch (error) {
      // Names that look alike, and nothing more.
      void reasonOf(error);
    }
  }
  return found;
}

/** Tries out clips of which it is said where frames and masks lie; rejects where they are none. */
export async function layoutOf(video: string, masks: string | undefined): Promise<ClipLayout> {
  const { card, ...clips } = await recogniseClips({ video, masks });
  const adapter = card.adapter as ClipFoldersOptions;
  const notes = collectNotes();
  const opened = openClips(card, clips.root, notes.take);
  const check = await checkDataset(card, opened, { samples: TRIED, notes });
  return { ...clips, card: { ...card, adapter }, title: titleOf(adapter), video, masks: masks!, check };
}

function titleOf({ masks, targets }: ClipFoldersOptions): string {
  if (masks.includes("{target}")) return "clips with a file for each target of a frame, as SA-V has them";
  return targets === "foreground"
    ? "clips with one mask for each frame, as DAVIS 2016 has them"
    : "clips with a label map for each frame, as DAVIS 2017, YouTube-VOS and MOSE have them";
}

interface Placed {
  readonly kind: "images" | "masks";
  readonly top: string;
  /** Folders below it. */
  readonly below: readonly string[];
  readonly stem: string;
}

/**
 * Folders of frames beside folders of masks, by their names: the first folder of a picture's that says what it holds. Where only masks are named,
 * what lies beside them are the frames.
 */
function foldersIn({ pictures, root, role, said }: Survey): readonly { video: string; masks: string }[] {
  const placed: Placed[] = [];
  const open: string[] = [];
  const place = (name: string, kind: Placed["kind"], at: number) => {
    const folders = splitName(name)[0].split("/");
    const [top, below] = [folders.slice(0, at + 1).join("/"), folders.slice(at + 1)];
    placed.push({ kind, top, below, stem: stemOf(name) });
  };
  const isSaid = said.images || said.masks;
  for (const name of pictures) {
    const folders = splitName(name)[0].split("/");
    const at = folders.findIndex((folder) => roleOfFolder(folder) !== undefined);
    const kind = isSaid ? role(name) : roleOfFolder(folders[at] ?? "");
    if (kind === "images" || kind === "masks") place(name, kind, isSaid ? Math.max(at, 0) : at);
    else if (kind === undefined) open.push(name);
  }
  const parents = (kind: Placed["kind"]) =>
    new Set(placed.filter((one) => one.kind === kind).map(({ top }) => splitName(top)[0]));
  const taken = parents("images");
  for (const parent of parents("masks")) {
    const start = parent === "" ? "" : `${parent}/`;
    for (const name of taken.has(parent) ? [] : open)
      if (name.startsWith(start) && name.slice(start.length).includes("/"))
        place(name, "images", start.split("/").length - 1);
  }
  const tops = (kind: Placed["kind"]) => [
    ...groupBy(
      placed.filter((one) => one.kind === kind),
      ({ top }) => top,
    ),
  ];
  return tops("images").flatMap(([top, frames]) =>
    tops("masks").flatMap(([other, masks]) => {
      if (splitName(top)[0] !== splitName(other)[0]) return [];
      // 480p and 1080p: each a set of its own.
      const sizes = frames.every(({ below }) => below.length > 1)
        ? [...new Set(frames.map(({ below }) => below[0]!))]
        : [undefined];
      return sizes.flatMap((size) => {
        const own = (list: typeof frames) =>
          size === undefined ? list : list.filter(({ below }) => below[0] === size);
        if (own(masks).length === 0 || !areFrames(own(frames))) return [];
        const path = (folder: string) => join(root, folder, size ?? "");
        return [{ video: path(top), masks: path(other) }];
      });
    }),
  );
}

/** Folders of several numbered pictures, or one of many in equal steps. */
function areFrames(files: readonly { readonly below: readonly string[]; readonly stem: string }[]): boolean {
  const folders = [...groupBy(files, ({ below }) => below.join("/"))];
  const numbers = (stems: readonly string[]) =>
    [...stems].sort(inFrameOrder).map((stem) => Number(/\d+(?=\D*$)/.exec(stem)?.[0] ?? Number.NaN));
  const rows = folders.map(([, own]) => numbers(own.map(({ stem }) => stem)));
  const inSteps = (row: readonly number[]) =>
    row.length > 1 && row.every((number, i) => number === row[0]! + i * (row[1]! - row[0]!));
  const [first] = rows;
  if (first === undefined) return false;
  if (folders.length === 1 && folders[0]![0] === "") return first.length >= IN_A_ROW && inSteps(first);
  return rows.filter(inSteps).length * 2 > rows.length;
}
