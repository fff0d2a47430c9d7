// The row format: the contract between a run and everything that reads one. schemas/row.schema.json says the same to other programs.
import type { Click, Size } from "./types.ts";

export interface RowKey {
  readonly model: string;
  readonly benchmark: string;
  readonly protocol: string;
  readonly image: string;
  readonly cluster: string;
  /** The target's id, or "*" for all targets of an image that could not be read. */
  readonly target: string;
}

export interface RowRound {
  /** Point prompts sent so far; 0 for a box or a mask alone. */
  readonly clicks: number;
  readonly draw?: number;
  /** IoU of the mask that counts. */
  readonly selected: number;
  /** Best candidate's IoU, only where the oracle is defined. */
  readonly oracle?: number;
  /** Predicted IoU of each candidate, in the export's order. */
  readonly predicted: readonly number[];
  /** IoU of each candidate, same order. */
  readonly candidates: readonly number[];
  readonly dice: number;
  readonly boundary: number;
}

/** xyxy, max inclusive. */
export type RowBox = readonly [number, number, number, number];

export type RowPrompt = Click | { readonly box: RowBox } | { readonly mask: string };

export interface ScoredRow extends RowKey {
  readonly status: "ok";
  readonly size: Size;
  /** Foreground pixels of the target. */
  readonly area: number;
  readonly box: RowBox;
  readonly category?: string;
  /** Clicks, boxes and masks in the order sent. */
  readonly prompts: readonly RowPrompt[];
  /** Masks made elsewhere by prompts that nobody told: `prompts` is empty. */
  readonly promptsKnown?: false;
  readonly rounds: readonly RowRound[];
}

export interface UnscoredRow extends RowKey {
  readonly status: "dropped" | "failed";
  readonly reason: string;
  readonly category?: string;
}

export type Row = ScoredRow | UnscoredRow;

/** COCO RLE of a selected mask at a reported round: a line of masks.jsonl. */
export interface MaskRow {
  readonly model: string;
  readonly benchmark: string;
  readonly protocol: string;
  readonly image: string;
  readonly target: string;
  readonly clicks: number;
  readonly draw?: number;
  /** Compressed COCO RLE string; size is [height, width] as COCO has it. */
  readonly rle: { readonly size: readonly [number, number]; readonly counts: string };
}
