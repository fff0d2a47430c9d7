// Clips as folders of frames with folders of masks: DAVIS and MOSE (a label map for each frame), SA-V (a folder for each object, a file for each
// labelled frame), and anybody's own.
import { complain } from "../core/errors.ts";
import { groupBy } from "../core/group-by.ts";
import type { ClipFoldersOptions } from "../core/schema-types.ts";
import type { BitMask, Clip, Track } from "../core/types.ts";
import type { DataFile } from "../formats/files.ts";
import { readImage, readSize } from "../formats/image-file.ts";
import { withoutColours } from "../formats/label-colours.ts";
import { readLabelMap } from "../formats/label-map.ts";
import { type Fields, type Pattern, parsePattern } from "../formats/pattern.ts";
import { fromBytes, isEmpty } from "../masks/bit-mask.ts";
import { maskOfRuns } from "../masks/runs.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { inFrameOrder, matches } from "./shared/find.ts";
import { splitValues, valuesOfBytes } from "./shared/label-values.ts";
import { readMaskFile } from "./shared/mask-values.ts";
import { checkPlaceholders } from "./shared/pairing.ts";

type Chosen = "targets" | "background" | "appear";
type Options = ClipFoldersOptions & Required<Pick<ClipFoldersOptions, Chosen>>;

/** Frames and mask files of one clip, in order. */
interface ClipFiles {
  readonly frames: readonly Named[];
  readonly masks: readonly (Named & { readonly target: string | undefined })[];
  /** The targets of files without {target}, once they are known. */
  readonly targets: { ids?: Promise<readonly string[]> };
}

interface Named {
  readonly name: string;
  readonly frame: string;
}

export const clipFolders: Adapter<ClipFoldersOptions, Chosen, Clip> = {
  defaults: { targets: "values", background: [0], appear: "any" },
  async list(options, source) {
    const frames = parsePattern(options.frames, `${source.card}: adapter.frames`);
    const masks = parsePattern(options.masks, `${source.card}: adapter.masks`);
    checkFrames(frames, `${source.card}: adapter.frames`);
    checkPlaceholders(frames, masks, `${source.card}: adapter.masks`, "a mask");
    const clipOf = clipNamer(frames, source.card);
    const found = groupBy(await matches(frames, source), ({ fields }) => clipOf(fields));
    const drawn = groupBy(await matches(masks, source), ({ fields }) => clipOf(fields));
    for (const [id, [first]] of drawn)
      if (!found.has(id))
        source.note({ what: "masks of a clip without frames: not read", where: first!.name });
    return [...found]
      .filter(([id]) => source.wanted(id))
      .map(([id, files]): Entry<Clip> => {
        const named = (list: typeof files) =>
          list
            .map(({ name, fields }) => ({ name, frame: fields.frame!, target: fields.target }))
            .sort((a, b) => inFrameOrder(a.frame, b.frame));
        const clip: ClipFiles = { frames: named(files), masks: named(drawn.get(id) ?? []), targets: {} };
        const targets = options.masks.includes("{target}")
          ? new Set(clip.masks.map(({ target }) => target)).size
          : 1;
        const counted = options.targets === "foreground" || options.masks.includes("{target}");
        return {
          id,
          frames: clip.frames.length,
          ...(counted && { masks: targets }),
          load: () => load(id, clip, options, source),
        };
      });
  },
};

function checkFrames(pattern: Pattern, where: string): void {
  if (pattern.placeholders.includes("frame")) return;
  throw complain(where, "the pattern does not say which part names a frame", {
    expected: "{frame}",
    got: pattern.text,
  });
}

/** The values of the placeholders besides {frame}, joined by slashes; without any, the frames' folder. */
function clipNamer({ placeholders, folder }: Pattern, card: string): (fields: Fields) => string {
  const names = placeholders.filter((name) => name !== "frame");
  const alone = folder.split("/").at(-1) || card;
  return (fields) => (names.length === 0 ? alone : names.map((name) => fields[name]).join("/"));
}

async function load(id: string, files: ClipFiles, options: Options, source: Source): Promise<Clip> {
  const [{ root }, { frames, masks }] = [source, files];
  const twice = frames.find(({ frame }, i) => frame === frames[i - 1]?.frame);
  if (twice !== undefined)
    throw complain(twice.name, "two files are the same frame", { expected: "one file a frame" });
  const known = new Set(frames.map(({ frame }) => frame));
  const [first, last] = [frames[0]!.frame, frames.at(-1)!.frame];
  for (const { name, frame } of masks.filter((mask) => !known.has(mask.frame))) {
    const beyond = inFrameOrder(frame, first) < 0 || inFrameOrder(frame, last) > 0;
    // A frame that is lost among others is missing from what is remembered; where no mask has one, they are of something else.
    if (!beyond || !masks.some((mask) => known.has(mask.frame)))
      throw complain(name, "a mask without its frame", { expected: `frame ${frame} of clip ${id}` });
    source.note({ what: "masks beyond the frames of their clip: not read", where: name });
  }
  const own = { ...files, masks: masks.filter(({ frame }) => known.has(frame)) };
  return {
    kind: "clip",
    frames: frames.map(({ name, frame }) => ({
      id: frame,
      load: () => readImage({ root, name }, source),
      size: () => readSize({ root, name }, source),
    })),
    ...(options.masks.includes("{target}")
      ? { tracks: separateTracks(own.masks, source) }
      : { tracks: await sharedTracks(own, options, source), exclusive: true }),
  };
}

const OBJECT = { threshold: 1, ignore: [] };

/** Each target has files of its own: what is not 0 is the target. */
function separateTracks(masks: ClipFiles["masks"], { root, note }: Source): readonly Track[] {
  const groups = groupBy(masks, ({ target }) => target!);
  return [...groups]
    .sort(([a], [b]) => inFrameOrder(a, b))
    .map(([id, files]): Track => {
      const names = new Map(files.map(({ frame, name }) => [frame, name]));
      const read = async (frame: string) =>
        (await readMaskFile({ root, name: names.get(frame)! }, OBJECT, note)).mask;
      return { id, labelled: [...names.keys()], mask: async (frame) => seen(await read(frame)) };
    });
}

/** A file has all targets of a frame: it is read once, as long as no other frame is asked for. */
async function sharedTracks(
  { masks, targets }: ClipFiles,
  options: Options,
  { root, note }: Source,
): Promise<readonly Track[]> {
  const names = new Map(masks.map(({ frame, name }) => [frame, name]));
  const labelled = [...names.keys()];
  if (labelled.length === 0) return [];
  const read = async (frame: string): Promise<ReadonlyMap<string, BitMask>> => {
    const file = { root, name: names.get(frame)! };
    if (options.targets === "foreground")
      return new Map([["1", (await readMaskFile(file, OBJECT, note)).mask]]);
    return valuesIn(file, options);
  };
  let last: { readonly frame: string; readonly masks: ReturnType<typeof read> } | undefined;
  const masksIn = (frame: string) => {
    if (last?.frame !== frame) last = { frame, masks: read(frame) };
    return last.masks;
  };
  // Where that means reading every file, once is enough.
  targets.ids ??= targetsOf(labelled, masksIn, options);
  return (await targets.ids).map((id) => ({
    id,
    labelled,
    mask: async (frame) => seen((await masksIn(frame)).get(id)),
  }));
}

async function targetsOf(
  labelled: readonly string[],
  masksIn: (frame: string) => Promise<ReadonlyMap<string, BitMask>>,
  { targets, appear, colours }: Options,
): Promise<readonly string[]> {
  if (targets === "foreground") return ["1"];
  if (appear === "first") {
    const first = [...(await masksIn(labelled[0]!)).keys()].map(Number);
    if (colours === "id") return first.sort((a, b) => a - b).map(String); // Colours are not numbered.
    const highest = Math.max(0, ...first);
    return Array.from({ length: highest }, (_, i) => String(i + 1));
  }
  const ids = new Set<string>();
  const failures: unknown[] = [];
  // A file that cannot be read fails where its frame is scored; where none can be, no target is known.
  for (const frame of labelled)
    try {
      for (const id of (await masksIn(frame)).keys()) ids.add(id);
    } catch (error) {
      failures.push(error);
    }
  if (failures.length === labelled.length) throw failures[0];
  return [...ids].sort((a, b) => Number(a) - Number(b));
}

async function valuesIn(
  file: DataFile,
  { background, colours }: Options,
): Promise<ReadonlyMap<string, BitMask>> {
  const stored = await readLabelMap(file, { colours: colours === "id" });
  const map = withoutColours(stored, colours, file.name);
  const { width, height, data } = map;
  if (!(data instanceof Uint8Array)) {
    const { labelled } = splitValues(map, { background: [...background] }, file.name);
    return new Map(labelled.map(({ value, mask }) => [String(value), maskOfRuns(mask)]));
  }
  const values = valuesOfBytes(data).filter((value) => !background.includes(value));
  return new Map(values.map((value) => [String(value), fromBytes(data, width, height, value)]));
}

function seen(mask: BitMask | undefined): BitMask | undefined {
  return mask === undefined || isEmpty(mask) ? undefined : mask;
}
