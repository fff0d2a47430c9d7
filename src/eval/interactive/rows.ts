import type { MaskRow, Row, RowBox, RowKey, RowPrompt } from "../../core/rows.ts";
import type { Ask, BitMask, Box, Prompt, TargetEntry } from "../../core/types.ts";
import { area } from "../../masks/bit-mask.ts";
import { rleFromMask } from "../../masks/rle.ts";
import { encodeCounts } from "../../masks/rle-string.ts";
import { tightBox } from "../../masks/tight-box.ts";
import type { Player } from "./run-protocol.ts";

/** The row of a target: scored where it was played to the end, otherwise why not. */
export function rowOf(key: RowKey, entry: TargetEntry, player: Player | undefined): Row {
  const category = entry.category === undefined ? {} : { category: entry.category };
  if (entry.status !== "ok") return { ...key, status: entry.status, reason: entry.reason, ...category };
  const failed = (reason: string): Row => ({ ...key, status: "failed", reason, ...category });
  if (player === undefined || player.failure !== undefined || player.entries.length === 0)
    return failed(player?.failure ?? "no round was played");
  const { target, size } = player.context;
  const box = tightBox(target.mask);
  if (box === undefined) return failed("an empty target cannot be scored");
  return {
    ...key,
    status: "ok",
    size: { width: size.width, height: size.height },
    area: area(target.mask),
    box: rowBox(box),
    ...category,
    prompts: player.prompts,
    ...(player.prompts.length === 0 ? { promptsKnown: false } : {}),
    rounds: player.entries,
  };
}

/** What `prompt` has and the round before had not: the new click, the box of round 0, the box or shape of another draw. */
export function newPrompts(prompt: Prompt, before: Prompt | undefined): RowPrompt[] {
  const continued = before !== undefined && prompt.clicks.length > before.clicks.length ? before : undefined;
  const box = prompt.box === undefined || prompt.box === continued?.box ? [] : [{ box: rowBox(prompt.box) }];
  const shape = prompt.mask?.kind === "shape" ? [{ mask: `shape of ${area(prompt.mask.shape)} px` }] : [];
  return [...box, ...shape, ...prompt.clicks.slice(continued?.clicks.length ?? 0)];
}

/** A selected mask as masks.jsonl has it. */
export function maskOf(
  { clicks, draw }: Pick<Ask, "clicks" | "draw">,
  mask: BitMask,
): Pick<MaskRow, "clicks" | "draw" | "rle"> {
  return {
    clicks,
    ...(draw === undefined ? {} : { draw }),
    rle: { size: [mask.height, mask.width], counts: encodeCounts(rleFromMask(mask)) },
  };
}

function rowBox({ x0, y0, x1, y1 }: Box): RowBox {
  return [x0, y0, x1, y1];
}
