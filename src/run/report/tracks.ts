// Targets of clips for reports: film strips, drawn when a run ends, while the frames are there to read; and scores over time, from rows.
import { protocolFacts, type Registries } from "../../config/index.ts";
import { trackDefaults } from "../../core/defaults.ts";
import { given } from "../../core/given.ts";
import type { AnyMeasure, Invariant } from "../../core/measure.ts";
import { mean } from "../../core/numbers.ts";
import type { Row, ScoredRow } from "../../core/rows.ts";
import { isTrack, trackFacts } from "../../core/track-facts.ts";
import type { Strip, StripChoice, TrackLine } from "../../report/input.ts";
import { chooseStrips, stripOf, trackQuality, trackScores } from "../../report/strips.ts";
import { readRows } from "../../store/read-run.ts";
import {
  type DrawableRun,
  drawnFolder,
  type RowName,
  readDrawn,
  type StoredPicture,
  samplesOf,
  seenRows,
} from "./drawn.ts";
import { masksOf, namesIn, stripPictures } from "./strip-pictures.ts";

const INDEX = "strips.json";

/** A strip in the run folder: its pictures are files. */
interface DrawnStrip {
  readonly choice: StripChoice;
  readonly frames: readonly (StoredPicture & { readonly frame: string })[];
}

/** Draws film strips into the run folder, of targets whose frames can be read; false where the run is not one of clips. */
export async function drawStrips(run: DrawableRun, check: Invariant): Promise<boolean> {
  const { out, plan, metrics, protocols } = run;
  const rows = await seenRows(run, check, isTrack, (row) => row);
  if (rows === undefined) return false;
  const folder = await drawnFolder(out);
  if (rows.length === 0 || !plan.masks) return rows.length > 0;
  const choices = chooseStrips(
    rows,
    protocols.map((protocol) => ({ id: protocol.id, measures: protocol.measures(metrics) })),
  );
  const sampleOf = samplesOf(run);
  const clips = await Promise.all(
    choices.map(async (choice) => {
      const clip = await sampleOf(choice);
      return clip?.kind === "clip" ? [{ choice, clip }] : [];
    }),
  );
  const open = clips.flat();
  const masks = await masksOf(
    out,
    open.map(({ choice, clip }) => ({ ...choice, names: namesIn(clip, choice.frames) })),
  );
  const index: DrawnStrip[] = [];
  for (const { choice, clip } of open) {
    const maskIn = (frame: string) => masks(choice, frame);
    const [pictures] = (await stripPictures(clip, choice, [{ sent: choice.sent, maskIn }])) ?? [];
    if (pictures === undefined) continue;
    const frames: DrawnStrip["frames"][number][] = [];
    for (const [i, { frame, picture }] of pictures.entries())
      frames.push({ frame, ...(await folder.picture(`strip-${index.length}-${i}`, picture)) });
    index.push({ choice, frames });
  }
  await folder.index(INDEX, index);
  return true;
}

/** The film strips drawn for a run folder; none where there are none. */
export function readStrips(dir: string): Promise<Strip[]> {
  return readDrawn(dir, INDEX, "film strips", async ({ choice, frames }: DrawnStrip, picture) => {
    const read = frames.map(async ({ frame, ...stored }) => ({ frame, picture: await picture(stored) }));
    return stripOf(choice, await Promise.all(read));
  });
}

/** Which targets of clips a page draws over time: found in one pass over the rows, read in a second. */
export class TrackLines {
  readonly #known: Registries;
  readonly #measures = new Map<string, readonly AnyMeasure[]>();
  readonly #protocol: string | undefined;
  /** Qualities of a target by every model under the first protocol, by benchmark and target. */
  readonly #found = new Map<string, Map<string, number[]>>();

  /** `protocols`: of the plan; the first one ranks targets. */
  constructor([protocol]: readonly string[], known: Registries) {
    this.#protocol = protocol;
    this.#known = known;
  }

  #measuresOf(protocol: string): readonly AnyMeasure[] {
    const own = this.#measures.get(protocol) ?? protocolFacts(protocol, [], this.#known).measures;
    this.#measures.set(protocol, own);
    return own;
  }

  add(row: Row): void {
    if (row.status !== "ok" || row.protocol !== this.#protocol || !isTrack(row)) return;
    const measures = this.#measuresOf(row.protocol);
    const scores = trackScores(row, measures);
    if (scores === undefined) return;
    const own = this.#found.get(row.benchmark) ?? new Map<string, number[]>();
    this.#found.set(row.benchmark, own);
    const key = targetKey(row);
    own.set(key, [...(own.get(key) ?? []), trackQuality(scores, measures)]);
  }

  /** Lines of the worst targets of each benchmark and of those that have a strip, the worst first. */
  async read(dir: string, check: Invariant, strips: readonly Strip[]): Promise<TrackLine[]> {
    if (this.#found.size === 0) return [];
    const ranked = [...this.#found].map(([benchmark, targets]) => {
      const order = [...targets]
        .map(([key, qualities]) => ({ key, quality: mean(qualities) }))
        .sort((a, b) => a.quality - b.quality || (a.key < b.key ? -1 : 1));
      const shown = new Set(strips.filter((strip) => strip.benchmark === benchmark).map(targetKey));
      return order.filter(({ key }, place) => place < trackDefaults.plotted || shown.has(key));
    });
    const places = new Map(ranked.flat().map(({ key }, place) => [key, place]));
    const lines: TrackLine[] = [];
    for await (const row of readRows(dir, check)) {
      if (row.status !== "ok" || !places.has(targetKey(row))) continue;
      const scores = trackScores(row, this.#measuresOf(row.protocol));
      if (scores !== undefined) lines.push(lineOf(row, scores));
    }
    return lines.sort((a, b) => places.get(targetKey(a))! - places.get(targetKey(b))!);
  }
}

function targetKey({ benchmark, sample, target }: Pick<RowName, "benchmark" | "sample" | "target">): string {
  return JSON.stringify([benchmark, sample, target]);
}

function lineOf(row: ScoredRow, scores: TrackLine["scores"]): TrackLine {
  const { model, benchmark, protocol, sample, target, category } = row;
  const { frames, first, scored, j, f, area } = trackFacts(row);
  return given({
    ...{ model, benchmark, protocol, sample, target, category, scores },
    facts: { frames, first, scored, j, f, area },
  });
}
