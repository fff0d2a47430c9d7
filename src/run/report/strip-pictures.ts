// The pictures of a film strip: some frames of a clip, all in the same window, with the masks that a run kept.
import { stripDefaults } from "../../core/defaults.ts";
import type { Rle, SentPrompt } from "../../core/rows.ts";
import type { BitMask, Box, Clip } from "../../core/types.ts";
import { area, createMask, or } from "../../masks/bit-mask.ts";
import { maskOfRle } from "../../masks/rle.ts";
import { cropAround, type DrawnPicture, overlayPicture } from "../../report/index.ts";
import type { StripChoice } from "../../report/input.ts";
import { readMasks } from "../../store/read-run.ts";
import { type RowName, rowName } from "./drawn.ts";

/** Names of a strip's frames. */
export function namesIn({ frames }: Clip, strip: StripChoice["frames"]): string[] {
  return strip.map(({ place }) => frames[place]?.id ?? "");
}

/** A target whose masks are wanted, in some frames or in all. */
type Wanted = RowName & { readonly names?: readonly string[] };

/** The kept masks of targets, in one pass over the file: a function from target and frame. */
export async function masksOf(
  dir: string,
  wanted: readonly Wanted[],
): Promise<(target: RowName, frame: string) => BitMask | undefined> {
  const frames = new Map(wanted.map((one) => [rowName(one), one.names && new Set(one.names)]));
  const found = new Map<string, Rle>();
  if (frames.size > 0)
    for await (const mask of readMasks(dir)) {
      const { frame = "", rle } = mask;
      const key = rowName(mask);
      if (frames.has(key) && frames.get(key)?.has(frame) !== false) found.set(`${key}\n${frame}`, rle);
    }
  return (target, frame) => {
    const rle = found.get(`${rowName(target)}\n${frame}`);
    return rle && maskOfRle(rle, `mask of target ${target.target}`);
  };
}

/** Whose masks are drawn, and the prompt in the first frame. */
interface StripSide {
  readonly sent: SentPrompt | undefined;
  readonly maskIn: (frame: string) => BitMask | undefined;
}

export interface StripPicture {
  readonly frame: string;
  readonly picture: DrawnPicture;
}

/** The pictures of each side, all in one window; undefined where a frame cannot be read, or the target is not the one that was scored. */
export async function stripPictures(
  clip: Clip,
  { target, frames }: Pick<StripChoice, "target" | "frames">,
  sides: readonly StripSide[],
  /** Foreground pixels of the target in a frame by its place, as rows have them. */
  areaIn: (place: number) => number | undefined = () => undefined,
): Promise<StripPicture[][] | undefined> {
  const track = clip.tracks.find(({ id }) => id === target);
  const names = namesIn(clip, frames);
  try {
    const truths = await Promise.all(names.map((frame) => track?.mask(frame)));
    for (const [i, truth] of truths.entries()) {
      const expected = areaIn(frames[i]!.place);
      if (expected !== undefined && expected !== (truth === undefined ? 0 : area(truth))) return undefined;
    }
    const masks = sides.map(({ maskIn }) => names.map(maskIn));
    const predicted = masks.flat().filter((mask) => mask !== undefined);
    const known = truths.filter((mask) => mask !== undefined);
    const [some] = [...known, ...predicted];
    if (some === undefined) return undefined;
    const nothing = createMask(some.width, some.height);
    const sent = sides.flatMap((side) => side.sent ?? []);
    const pictures = sides.map((): StripPicture[] => []);
    let crop: Box | undefined;
    for (const [i, frame] of names.entries()) {
      const image = await clip.frames[frames[i]!.place]!.load();
      const [truth, prediction] = [known.reduce(or, nothing), predicted.reduce(or, nothing)];
      crop ??= cropAround({ image, truth, prediction }, sent);
      const own = { image, truth: truths[i] ?? nothing, crop, side: stripDefaults.side };
      for (const [s, side] of sides.entries()) {
        const prompt = i === 0 ? side.sent : undefined;
        const drawn = { ...own, prediction: masks[s]![i] ?? nothing, sent: prompt };
        pictures[s]!.push({ frame, picture: await overlayPicture(drawn) });
      }
    }
    return pictures;
  } catch {
    return undefined;
  }
}
