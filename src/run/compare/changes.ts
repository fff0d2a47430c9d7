// What all pictures of a comparison have in common: which sides have masks, the rows of the targets that are shown, and one way through them, from
// run folders and the data on this machine.
import type { Registries } from "../../config/index.ts";
import { rowCheck } from "../../config/protocol-facts.ts";
import { comparisonDefaults } from "../../core/defaults.ts";
import type { MeasureNote } from "../../core/measure.ts";
import type { PlannedBenchmark } from "../../core/plan.ts";
import type { ChangedTarget } from "../../core/results.ts";
import type { ScoredRow } from "../../core/rows.ts";
import type { Sample } from "../../core/types.ts";
import { inWords } from "../../core/words.ts";
import { pictureOf } from "../../report/gallery.ts";
import type { DrawnPicture } from "../../report/index.ts";
import type { PicturedChange } from "../../report/input.ts";
import { formatWithUnit } from "../../report/kit/format.ts";
import { readRows } from "../../store/read-run.ts";
import { type Context, shownPath } from "../context.ts";
import { sampleFinder } from "../find-samples.ts";
import { type Side, storedProtocol } from "./sides.ts";

export interface GalleryFrom {
  /** The first folder to look in. */
  readonly data: string | undefined;
  /** Where the rows' protocols and metrics are looked up. */
  readonly known: Registries;
}

/** A target that changed between two sides, the base first. */
export interface Change<Target extends ChangedTarget, Kept> {
  readonly target: Target;
  readonly sides: readonly [Side, Side];
  readonly kept: readonly [Kept, Kept];
  readonly benchmark: PlannedBenchmark;
}

interface Drawing<Target extends ChangedTarget, Kept, Drawn> {
  /** What pictures and samples are called. */
  readonly words: readonly [pictures: string, samples: string];
  /** What a side kept of these targets, by `targetKey`, in one pass. */
  read(side: Side, wanted: readonly Target[]): Promise<ReadonlyMap<string, Kept>>;
  /** Undefined where the sample is not the one that was scored. */
  draw(sample: Sample, change: Change<Target, Kept>): Promise<DrawnOf<Drawn> | undefined>;
}

export interface DrawnOf<Drawn> {
  readonly drawn: Drawn;
  readonly bytes: number;
}

/** A target that changed by a measure that each side's picture is titled with. */
export interface Example extends ChangedTarget {
  readonly note: MeasureNote;
}

/** `examples`: of each pair. `sides`: the base, then the candidates. What cannot be drawn is reported, and is not an error. */
export async function drawChanges<Target extends ChangedTarget, Kept, Drawn>(
  examples: readonly (readonly Target[])[],
  sides: readonly Side[],
  { words: [pictures, samples], read, draw }: Drawing<Target, Kept, Drawn>,
  { data }: GalleryFrom,
  context: Pick<Context, "cwd" | "env">,
): Promise<{ readonly drawn: readonly Drawn[]; readonly missing: readonly string[] }> {
  const all: Drawn[] = [];
  if (examples.every(({ length }) => length === 0)) return { drawn: all, missing: [] };
  const [base, ...candidates] = sides as [Side, ...Side[]];
  const bare = sides.filter((side) => withoutMasks(side, context) !== undefined);
  const shown = bare.includes(base) ? [base] : bare;
  const missing = shown.flatMap((side) => withoutMasks(side, context) ?? []);
  if (bare.includes(base)) return { drawn: all, missing };
  const ofBase = await read(base, examples.flat());
  const find = sampleFinder(data, context);
  const absent = new Set<string>();
  const looked = new Set<string>();
  const looking = {
    runs: sides.map(({ path }) => path),
    look: (folder: string) => looked.add(shownPath(folder, context)),
  };
  let bytes = 0;
  let over = 0;
  for (const [n, side] of candidates.entries()) {
    if (bare.includes(side)) continue;
    const ofSide = await read(side, examples[n]!);
    for (const target of examples[n]!) {
      const key = targetKey(target);
      const kept = [ofBase.get(key), ofSide.get(key)] as const;
      if (kept[0] === undefined || kept[1] === undefined) continue;
      if (bytes > comparisonDefaults.pictureBytes) {
        over += 1;
        continue;
      }
      const benchmark = base.manifest.plan.benchmarks.find(({ name }) => name === target.benchmark)!;
      const change = { target, sides: [base, side], kept: [kept[0], kept[1]], benchmark } as const;
      let found: Awaited<ReturnType<typeof draw>>;
      for await (const sample of find(benchmark, target.sample, looking)) {
        found = await draw(sample, change);
        if (found !== undefined) break;
      }
      if (found === undefined) absent.add(target.benchmark);
      else {
        bytes += found.bytes;
        all.push(found.drawn);
      }
    }
  }
  if (absent.size > 0)
    missing.push(
      `No ${pictures} of ${[...absent].join(", ")}: the ${samples} that were scored were not found in ${inWords([...looked], "or")} (--data names the folder that they lie in, or the one above it).`,
    );
  if (over > 0) missing.push(`${over} further ${pictures} would have made the page too large.`);
  return { drawn: all, missing };
}

/** A picture of each side; `alt`: what is to be seen of the side of that title, before its number. */
export async function pictured(
  { target: { note, ...target }, sides }: Pick<Change<Example, unknown>, "target" | "sides">,
  about: Pick<PicturedChange, "category" | "at">,
  draw: (side: 0 | 1) => Promise<DrawnPicture>,
  alt: (title: string) => string,
): Promise<DrawnOf<PicturedChange>> {
  const drawn = [await draw(0), await draw(1)] as const;
  const titled = (i: 0 | 1, value: number) =>
    pictureOf(drawn[i], `${alt(sides[i].title)}, ${note.of} ${formatWithUnit(note, value)}`);
  const pictures = { base: titled(0, target.base), candidate: titled(1, target.candidate) };
  return {
    drawn: { ...target, candidateName: sides[1].name, ...about, pictures },
    bytes: drawn[0].data.length + drawn[1].data.length,
  };
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
