import type { ChangedTarget } from "../core/comparison.ts";
import type { MaskRow, RowRound, ScoredRow } from "../core/rows.ts";
import { findMasks, type MaskKey, maskKey } from "../store/find-masks.ts";
import { readRows } from "../store/read-rows.ts";

/** What a run folder holds of a target: its row, the round asked for and that round's mask. */
export interface KeptTarget {
  readonly row: ScoredRow;
  readonly round: RowRound;
  readonly rle: MaskRow["rle"];
}

export interface WantedTarget extends Pick<ChangedTarget, "protocol" | "benchmark" | "image" | "target"> {
  readonly clicks: number;
}

export function targetKey({ protocol, benchmark, image, target }: Omit<WantedTarget, "clicks">): string {
  return JSON.stringify([protocol, benchmark, image, target]);
}

/** The wanted targets of one model by `targetKey`, in one pass over rows and masks; of several draws the first. */
export async function keptTargets(
  path: string,
  model: string,
  wanted: readonly WantedTarget[],
): Promise<Map<string, KeptTarget>> {
  const clicks = new Map(wanted.map((target) => [targetKey(target), target.clicks]));
  const found = new Map<string, { row: ScoredRow; round: RowRound; key: MaskKey }>();
  for await (const row of readRows(path)) {
    const at = clicks.get(targetKey(row));
    if (at === undefined || row.model !== model || row.status !== "ok") continue;
    const round = row.rounds.find((entry) => entry.clicks === at && (entry.draw ?? 0) === 0);
    if (round === undefined) continue;
    const { benchmark, protocol, image, target } = row;
    const draw = round.draw === undefined ? {} : { draw: round.draw };
    const key = { model, benchmark, protocol, image, target, clicks: at, ...draw };
    found.set(targetKey(row), { row, round, key });
  }
  const masks = await findMasks(
    path,
    [...found.values()].map(({ key }) => key),
  );
  const kept = new Map<string, KeptTarget>();
  for (const [name, { row, round, key }] of found) {
    const mask = masks.get(maskKey(key));
    if (mask !== undefined) kept.set(name, { row, round, rle: mask.rle });
  }
  return kept;
}
