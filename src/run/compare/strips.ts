// Film strips of the targets of clips that moved farthest between two sides, the same frames of both, from their run folders and the data on
// this machine.
import type { Registries } from "../../config/index.ts";
import { rowCheck } from "../../config/protocol-facts.ts";
import { comparisonDefaults, stripDefaults } from "../../core/defaults.ts";
import type { PlannedBenchmark } from "../../core/plan.ts";
import type { ChangedTarget, Comparison } from "../../core/results.ts";
import type { ScoredRow } from "../../core/rows.ts";
import { isTrack, trackFacts } from "../../core/track-facts.ts";
import type { ChangedStrip, ChangeGallery, StripFrame } from "../../report/input.ts";
import { changedFrames, framesOfStrip } from "../../report/strips.ts";
import { readRows } from "../../store/read-run.ts";
import { type Context, shownPath } from "../context.ts";
import { type FindSample, sampleFinder } from "../find-samples.ts";
import { masksOf, type StripPicture, stripPictures } from "../report/strip-pictures.ts";
import { type Side, storedProtocol } from "./sides.ts";

export interface GalleryFrom {
  /** The only folder to look in. */
  readonly data: string | undefined;
  /** Where the rows' protocols and metrics are looked up. */
  readonly known: Registries;
}

/** Why there are no pictures of a side; undefined where there may be. */
export function withoutMasks(
  { path, name, baseline, manifest }: Side,
  context: Pick<Context, "cwd">,
): string | undefined {
  if (baseline !== undefined) return `No pictures of ${name}: a baseline holds only scores.`;
  return manifest.plan.masks
    ? undefined
    : `No pictures of ${name}: ${shownPath(path, context)} was run without masks.`;
}

/** `sides`: the base, then the candidates. What cannot be drawn is reported, and is not an error. */
export async function compareStrips(
  { pairs, protocols }: Pick<Comparison, "pairs" | "protocols">,
  [base, ...candidates]: readonly Side[],
  { data, known }: GalleryFrom,
  context: Pick<Context, "cwd" | "env">,
): Promise<ChangeGallery> {
  const none = base === undefined ? undefined : withoutMasks(base, context);
  if (base === undefined || none !== undefined) return { changes: [], missing: none ? [none] : [] };
  const examples = pairs.map((pair) => protocols.flatMap(({ id }) => mostChanged(pair.examples, id)));
  const ofBase = await rowsOf(base, examples.flat(), known);
  const masksOfBase = await masksOf(base.path, [...ofBase.values()]);
  const find = sampleFinder(data, context);
  const strips: ChangedStrip[] = [];
  const missing: string[] = [];
  const absent = new Set<string>();
  let bytes = 0;
  for (const [n, side] of candidates.entries()) {
    const without = withoutMasks(side, context);
    if (without !== undefined) {
      missing.push(without);
      continue;
    }
    const ofSide = await rowsOf(side, examples[n]!, known);
    const masks = [masksOfBase, await masksOf(side.path, [...ofSide.values()])] as const;
    for (const target of examples[n]!) {
      if (bytes > comparisonDefaults.pictureBytes) break;
      const rows = [ofBase, ofSide]
        .map((all) => all.get(targetKey(target)))
        .filter((row) => row && isTrack(row));
      if (rows[0] === undefined || rows[1] === undefined) continue;
      const planned = base.manifest.plan.benchmarks.find(({ name }) => name === target.benchmark)!;
      const drawn = await drawBoth(planned, [rows[0], rows[1]], masks, find);
      if (drawn === undefined) absent.add(target.benchmark);
      else {
        const { category } = rows[0];
        bytes += drawn.pictures.flat().reduce((sum, { picture }) => sum + picture.data.length, 0);
        const titles = [base.title, side.title];
        const [one, other] = [0, 1].map((s) =>
          framesOfStrip(
            { ...target, ...(category && { category }) },
            drawn.frames[s]!,
            drawn.pictures[s]!,
            titles[s],
          ),
        );
        strips.push({
          ...{ ...target, candidateName: side.name, ...(category === undefined ? {} : { category }) },
          strips: { base: one!, candidate: other! },
        });
      }
    }
  }
  const gone =
    absent.size === 0
      ? []
      : [
          `No film strips of ${[...absent].join(", ")}: the clips that were scored were not found (--data names their folder).`,
        ];
  return { changes: [], strips, missing: [...missing, ...gone] };
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

/** Names a target under a protocol. */
export function targetKey({
  protocol,
  benchmark,
  sample,
  target,
}: Pick<ChangedTarget, "protocol" | "benchmark" | "sample" | "target">): string {
  return JSON.stringify([protocol, benchmark, sample, target]);
}

/** The rows of the wanted targets of one side, by the key of the wanted one, however its run calls the protocol. */
export async function rowsOf(
  side: Side,
  wanted: readonly ChangedTarget[],
  known: Registries,
): Promise<ReadonlyMap<string, ScoredRow>> {
  const keys = new Map(
    wanted.map((target) => [
      targetKey({ ...target, protocol: storedProtocol(side, target.protocol) }),
      targetKey(target),
    ]),
  );
  const found = new Map<string, ScoredRow>();
  for await (const row of readRows(side.path, rowCheck(known))) {
    const key = keys.get(targetKey(row));
    if (key !== undefined && row.model === side.model && row.status === "ok") found.set(key, row);
  }
  return found;
}

interface DrawnStrips {
  /** Of each side. */
  readonly frames: readonly (readonly StripFrame[])[];
  readonly pictures: readonly (readonly StripPicture[])[];
}

/** Undefined where no clip of that name is the one that was scored. */
async function drawBoth(
  benchmark: PlannedBenchmark,
  rows: readonly [ScoredRow, ScoredRow],
  masks: readonly Awaited<ReturnType<typeof masksOf>>[],
  find: FindSample,
): Promise<DrawnStrips | undefined> {
  const facts = rows.map(trackFacts) as [ReturnType<typeof trackFacts>, ReturnType<typeof trackFacts>];
  const frames = changedFrames(facts);
  const areas = new Map(facts[0].scored.map((place, i) => [place, facts[0].area[i]!]));
  const { sample, target } = rows[0];
  for await (const clip of find(benchmark, sample)) {
    if (clip.kind !== "clip" || clip.frames.length !== facts[0].frames) continue;
    const drawn = rows.map((row, s) => ({
      ...{ sent: row.steps.at(-1)?.sent, maskIn: (frame: string) => masks[s]!(row, frame) },
    }));
    const pictures = await stripPictures(clip, { target, frames: frames[0] }, drawn, (place) =>
      areas.get(place),
    );
    if (pictures !== undefined) return { frames, pictures };
  }
  return undefined;
}
