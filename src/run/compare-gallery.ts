// Pictures of the targets that moved farthest between two sides, from their run folders and the data at hand.
import { relative } from "node:path";
import type { ChangedTarget, Comparison } from "../core/comparison.ts";
import { comparisonDefaults } from "../core/defaults.ts";
import type { PlannedBenchmark } from "../core/plan.ts";
import type { ChangeGallery, PicturedChange } from "../report/comparison/index.ts";
import { percent } from "../report/format-number.ts";
import { pictureOf } from "../report/gallery.ts";
import { roundLabel } from "../report/lookup.ts";
import { storedProtocol } from "./align-replays.ts";
import type { Side } from "./compare-sides.ts";
import { drawChange } from "./draw-change.ts";
import { type KeptTarget, keptTargets, targetKey } from "./kept-targets.ts";
import { type SampleFinder, sampleFinder } from "./sample-finder.ts";

/** `sides`: the base, then the candidates; `data` as on the command line. What cannot be drawn is said, and is no error. */
export async function compareGallery(
  { pairs, protocols }: Comparison,
  sides: readonly Side[],
  data: string | undefined,
): Promise<ChangeGallery> {
  const examples = pairs.flatMap((pair) => pair.examples);
  const bare = sides.filter(({ baseline, manifest }) => baseline !== undefined || !manifest.plan.masks);
  if (examples.length === 0) return { changes: [], missing: [] };
  const [base, ...candidates] = sides as [Side, ...Side[]];
  if (bare.includes(base)) return { changes: [], missing: bare.slice(0, 1).map(withoutMasks) };
  const clicksOf = ({ protocol, measure }: ChangedTarget) =>
    protocols.find(({ id }) => id === protocol)!.measures.find(({ id }) => id === measure)!.at;
  const wanted = (targets: readonly ChangedTarget[]) =>
    targets.map((target) => ({ ...target, clicks: clicksOf(target) }));

  const inBase = <T extends ChangedTarget>(target: T) => ({
    ...target,
    protocol: storedProtocol(base, target.protocol),
  });
  const ofBase = await keptTargets(base.path, base.model, wanted(examples).map(inBase));
  const benchmarks = new Map(base.manifest.plan.benchmarks.map((planned) => [planned.name, planned]));
  const finder = sampleFinder(data);
  const changes: PicturedChange[] = [];
  const absent = new Set<string>();
  let bytes = 0;
  let over = 0;
  for (const [n, side] of candidates.entries()) {
    if (bare.includes(side)) continue;
    const targets = pairs[n]!.examples;
    const ofSide = await keptTargets(side.path, side.model, wanted(targets));
    for (const target of targets) {
      const kept = { base: ofBase.get(targetKey(inBase(target))), candidate: ofSide.get(targetKey(target)) };
      if (bytes > comparisonDefaults.pictureBytes) over += 1;
      else if (kept.base !== undefined && kept.candidate !== undefined) {
        const drawn = await drawnFrom(finder, benchmarks.get(target.benchmark)!, kept.base, kept.candidate);
        if (drawn === undefined) absent.add(target.benchmark);
        else {
          bytes += drawn.base.data.length + drawn.candidate.data.length;
          changes.push(pictured(target, side, base, kept.base, drawn));
        }
      }
    }
  }
  return { changes, missing: [...bare.map(withoutMasks), ...absentLine(absent), ...overLine(over)] };
}

async function drawnFrom(
  { find }: SampleFinder,
  benchmark: PlannedBenchmark,
  base: KeptTarget,
  candidate: KeptTarget,
) {
  for await (const sample of find(benchmark, base.row.image)) {
    const drawn = await drawChange(sample, base, candidate);
    if (drawn !== undefined) return drawn;
  }
  return undefined;
}

function pictured(
  target: ChangedTarget,
  side: Side,
  base: Side,
  { row, round }: KeptTarget,
  drawn: NonNullable<Awaited<ReturnType<typeof drawChange>>>,
): PicturedChange {
  const what = row.category ?? `target ${target.target}`;
  const alt = (title: string, score: number) =>
    `${what} in ${target.benchmark} image ${target.image}: outlines of ground truth and of ${title} after ${roundLabel(target.protocol, round.clicks)}, IoU ${percent(score)} %`;
  return {
    ...target,
    candidateName: side.name,
    ...(row.category === undefined ? {} : { category: row.category }),
    clicks: round.clicks,
    ...(round.draw === undefined ? {} : { draw: round.draw }),
    pictures: {
      base: pictureOf(drawn.base, alt(base.title, target.base)),
      candidate: pictureOf(drawn.candidate, alt(side.title, target.candidate)),
    },
  };
}

function withoutMasks({ path, name, baseline }: Side): string {
  return baseline === undefined
    ? `No pictures of ${name}: ${relative(process.cwd(), path) || "."} was run without masks.`
    : `No pictures of ${name}: a baseline holds scores alone.`;
}

function absentLine(benchmarks: ReadonlySet<string>): string[] {
  return benchmarks.size === 0
    ? []
    : [
        `No pictures of ${[...benchmarks].join(", ")}: the images that were scored are not at hand (--data names their folder).`,
      ];
}

function overLine(over: number): string[] {
  return over === 0 ? [] : [`${over} further pictures would have made the page too large.`];
}
