import { nocDefaults } from "../core/defaults.ts";
import { originOf } from "../core/replay.ts";
import type { RowRound } from "../core/rows.ts";

/** Protocols that click until a quality is reached: every version and variant of RITM's. */
export function countsClicks(protocol: string): boolean {
  return originOf(protocol).startsWith("ritm-noc");
}

/**
 * Number of clicks until the IoU reaches `iou` (NoC, Sofiiuk et al. 2022: `compute_noc_metric`): the clicks of the first
 * round that is good enough, exactly equal counts as reached. `undefined` when none of the allowed rounds is; such a
 * target counts with the most clicks, and is counted apart. Reached exactly at the last click is reached.
 *
 * @example clicksToQuality([{ clicks: 1, selected: 0.7, ... }, { clicks: 2, selected: 0.9, ... }], 0.85) // 2
 */
export function clicksToQuality(
  rounds: readonly Pick<RowRound, "clicks" | "selected">[],
  iou: number,
): number | undefined {
  return rounds.find(({ clicks, selected }) => clicks <= nocDefaults.maxClicks && selected >= iou)?.clicks;
}
