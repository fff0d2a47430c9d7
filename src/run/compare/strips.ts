// Film strips of the targets of clips that moved farthest between two sides, the same frames of both, from their run folders and the data on
// this machine.
import { stripDefaults } from "../../core/defaults.ts";
import { given } from "../../core/given.ts";
import type { ChangedTarget, Comparison } from "../../core/results.ts";
import type { ScoredRow } from "../../core/rows.ts";
import { isTrack, type TrackFacts, trackFacts } from "../../core/track-facts.ts";
import type { Sample } from "../../core/types.ts";
import type { ChangedStrip, ChangeGallery } from "../../report/input.ts";
import { changedFrames, framesOfStrip } from "../../report/strips.ts";
import type { Context } from "../context.ts";
import { masksOf, stripPictures } from "../report/strip-pictures.ts";
import { type Change, type DrawnOf, drawChanges, type GalleryFrom, rowsOf } from "./changes.ts";
import type { Side } from "./sides.ts";

/** What a side kept of a target: its row, and the masks of its frames. */
interface KeptTrack {
  readonly row: ScoredRow;
  readonly masks: Awaited<ReturnType<typeof masksOf>>;
}

/** `sides`: the base, then the candidates. What cannot be drawn is reported, and is not an error. */
export async function compareStrips(
  { pairs, protocols }: Pick<Comparison, "pairs" | "protocols">,
  sides: readonly Side[],
  from: GalleryFrom,
  context: Pick<Context, "cwd" | "env">,
): Promise<ChangeGallery> {
  const examples = pairs.map((pair) => protocols.flatMap(({ id }) => mostChanged(pair.examples, id)));
  const read = async (side: Side, wanted: readonly ChangedTarget[]) => {
    const rows = [...(await rowsOf(side, wanted, from.known))].filter(([, row]) => isTrack(row));
    const masks = await masksOf(
      side.path,
      rows.map(([, row]) => row),
    );
    return new Map(rows.map(([key, row]) => [key, { row, masks }]));
  };
  const drawing = { words: ["film strips", "clips"] as const, read, draw: drawBoth };
  const { drawn, missing } = await drawChanges(examples, sides, drawing, from, context);
  return { changes: [], strips: drawn, missing };
}

/** Of one protocol: the largest losses and the largest gains. */
function mostChanged(examples: readonly ChangedTarget[], protocol: string): readonly ChangedTarget[] {
  const own = examples.filter((target) => target.protocol === protocol);
  const side = (sign: 1 | -1) => own.filter(({ base, candidate }) => sign * (candidate - base) > 0);
  return ([-1, 1] as const).flatMap((sign) =>
    side(sign)
      .toSorted((a, b) => Math.abs(b.candidate - b.base) - Math.abs(a.candidate - a.base))
      .slice(0, stripDefaults.compared),
  );
}

/** Undefined where the sample is no clip, or not the one that was scored. */
async function drawBoth(
  clip: Sample,
  { target, sides, kept }: Change<ChangedTarget, KeptTrack>,
): Promise<DrawnOf<ChangedStrip> | undefined> {
  const facts = kept.map(({ row }) => trackFacts(row)) as [TrackFacts, TrackFacts];
  if (clip.kind !== "clip" || clip.frames.length !== facts[0].frames) return undefined;
  const frames = changedFrames(facts);
  const areas = new Map(facts[0].scored.map((place, i) => [place, facts[0].area[i]!]));
  const drawn = kept.map(({ row, masks }) => ({
    sent: row.steps.at(-1)?.sent,
    maskIn: (frame: string) => masks(row, frame),
  }));
  const pictures = await stripPictures(clip, { target: target.target, frames: frames[0] }, drawn, (place) =>
    areas.get(place),
  );
  if (pictures === undefined) return undefined;
  const named = { ...target, ...given({ category: kept[0].row.category }) };
  const strip = (s: 0 | 1) => framesOfStrip(named, frames[s]!, pictures[s]!, sides[s].title);
  return {
    drawn: { ...named, candidateName: sides[1].name, strips: { base: strip(0), candidate: strip(1) } },
    bytes: pictures.flat().reduce((sum, { picture }) => sum + picture.data.length, 0),
  };
}
