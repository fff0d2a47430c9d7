import type { Pairing } from "../core/comparison.ts";
import type { BenchmarkTable, SideScores } from "./score-table.ts";

/**
 * Which targets both sides scored, and why the others could not be compared. A target that one side alone failed on would
 * flatter that side if its score were left out of its mean only, so it is left out of both, and counted here.
 */
export function pairingOf(
  { images }: Pick<BenchmarkTable, "images">,
  base: SideScores,
  candidate: SideScores,
): Pairing {
  let pairs = 0;
  let dropped = 0;
  const unpaired = new Map<string, number>();
  const count = (reason: string) => unpaired.set(reason, (unpaired.get(reason) ?? 0) + 1);
  const known = new Set<string>();
  for (const [n, image] of images.entries()) {
    const a = base.status[n] ?? base.whole.get(image);
    const b = candidate.status[n] ?? candidate.whole.get(image);
    known.add(image);
    if (a === undefined && b === undefined) continue; // of another protocol or candidate
    if (a === "ok" && b === "ok") pairs += 1;
    else if (a === "dropped" && b === "dropped") dropped += 1;
    else count(reasonOf(a, b));
  }
  for (const image of new Set([...base.whole.keys(), ...candidate.whole.keys()])) {
    if (known.has(image)) continue;
    const a = base.whole.get(image);
    const b = candidate.whole.get(image);
    if (a === "dropped" && b === "dropped") dropped += 1;
    else count(reasonOf(a, b));
  }
  const ordered = [...unpaired].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return {
    pairs,
    dropped,
    unpaired: Object.fromEntries(ordered),
    failed: { base: base.failed, candidate: candidate.failed },
  };
}

function reasonOf(a: string | undefined, b: string | undefined): string {
  if (a === undefined) return "only in candidate";
  if (b === undefined) return "only in base";
  if (a === "failed" && b === "failed") return "failed in both";
  if (a === "failed") return "failed in base";
  if (b === "failed") return "failed in candidate";
  return a === "dropped" ? "dropped in base" : "dropped in candidate";
}

/** Counts of several benchmarks together. */
export function addPairings(all: readonly Pairing[]): Pairing {
  const unpaired: Record<string, number> = {};
  for (const one of all)
    for (const [reason, n] of Object.entries(one.unpaired)) unpaired[reason] = (unpaired[reason] ?? 0) + n;
  const total = (pick: (one: Pairing) => number) => all.reduce((sum, one) => sum + pick(one), 0);
  return {
    pairs: total(({ pairs }) => pairs),
    dropped: total(({ dropped }) => dropped),
    unpaired,
    failed: { base: total(({ failed }) => failed.base), candidate: total(({ failed }) => failed.candidate) },
  };
}
