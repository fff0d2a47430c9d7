// Targets of clips for reports: film strips, drawn when a run ends, while the frames are there to read; and scores over time, from rows.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type PreparedRun, protocolFacts, type Registries } from "../../config/index.ts";
import { trackDefaults } from "../../core/defaults.ts";
import { given } from "../../core/given.ts";
import type { AnyMeasure, Invariant } from "../../core/measure.ts";
import { mean } from "../../core/numbers.ts";
import type { Row, ScoredRow } from "../../core/rows.ts";
import { isTrack, trackFacts } from "../../core/track-facts.ts";
import type { TaskProtocol } from "../../eval/index.ts";
import type { DrawnPicture } from "../../report/index.ts";
import type { Strip, StripChoice, TrackLine } from "../../report/input.ts";
import { chooseStrips, stripOf, trackQuality, trackScores } from "../../report/strips.ts";
import { overlayFolder } from "../../store/files.ts";
import { readRows } from "../../store/read-run.ts";
import { writeOut } from "../write.ts";
import { readDrawn } from "./drawn.ts";
import { masksOf, namesIn, stripPictures, type TrackKey } from "./strip-pictures.ts";

const INDEX = "strips.json";

/** What of a run film strips need. */
export interface DrawableTracks extends Pick<PreparedRun, "out" | "plan" | "benchmarks" | "metrics"> {
  readonly protocols: readonly Pick<TaskProtocol, "id" | "measures">[];
}

/** A strip in the run folder: its pictures are files. */
interface DrawnStrip {
  readonly choice: StripChoice;
  readonly frames: readonly (Omit<DrawnPicture, "data"> & {
    readonly frame: string;
    readonly file: string;
  })[];
}

/** Draws film strips into the run folder, of targets whose frames can be read; false where the run is not one of clips. */
export async function drawStrips(run: DrawableTracks, check: Invariant): Promise<boolean> {
  const { out, plan, benchmarks, metrics, protocols } = run;
  const rows: ScoredRow[] = [];
  for await (const row of readRows(out, check)) {
    if (row.status !== "ok") continue;
    if (!isTrack(row)) return false;
    rows.push(row);
  }
  const folder = join(out, overlayFolder);
  await rm(folder, { recursive: true, force: true });
  if (rows.length === 0 || !plan.masks) return rows.length > 0;
  await mkdir(folder, { recursive: true });
  const choices = chooseStrips(
    rows,
    protocols.map((protocol) => ({ id: protocol.id, measures: protocol.measures(metrics) })),
  );
  const refs = new Map(
    benchmarks.flatMap(({ name, refs: list }) => list.map((ref) => [`${name}\n${ref.id}`, ref] as const)),
  );
  const clips = await Promise.all(
    choices.map(async (choice) => {
      const ref = refs.get(`${choice.benchmark}\n${choice.sample}`);
      return { choice, clip: await ref?.load().catch(() => undefined) };
    }),
  );
  const open = clips.flatMap(({ choice, clip }) => (clip?.kind === "clip" ? [{ choice, clip }] : []));
  const masks = await masksOf(
    out,
    open.map(({ choice, clip }) => ({ ...choice, names: namesIn(clip, choice.frames) })),
  );
  const index: DrawnStrip[] = [];
  for (const { choice, clip } of open) {
    const maskIn = (frame: string) => masks(choice, frame);
    const drawn = await stripPictures(clip, choice, [{ sent: choice.sent, maskIn }]);
    const [pictures] = drawn ?? [];
    if (pictures === undefined) continue;
    const frames = pictures.map(({ frame, picture: { type, width, height } }, i) => {
      const file = `strip-${index.length}-${i}.webp`;
      return { frame, file, type, width, height };
    });
    for (const [i, { file }] of frames.entries())
      await writeOut(join(folder, file), pictures[i]!.picture.data);
    index.push({ choice, frames });
  }
  await writeOut(join(folder, INDEX), `${JSON.stringify(index, undefined, 1)}\n`);
  return true;
}

/** The film strips drawn for a run folder; none where there are none. */
export function readStrips(dir: string): Promise<Strip[]> {
  return readDrawn(dir, INDEX, "film strips", async ({ choice, frames }: DrawnStrip, pictureIn) => {
    const pictures = frames.map(async ({ frame, file, ...picture }) => ({
      ...{ frame, picture: { ...picture, data: await pictureIn(file) } },
    }));
    return stripOf(choice, await Promise.all(pictures));
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

function targetKey({ benchmark, sample, target }: Pick<TrackKey, "benchmark" | "sample" | "target">): string {
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
