// One image through evaluateImage, and the checks that every row must pass.
import { expect } from "vitest";
import { knownMetrics, registries, rowCheck } from "../../src/config/index.ts";
import { checkSchema } from "../../src/config/yaml/schema.ts";
import { runDefaults } from "../../src/core/defaults.ts";
import type { Row, RowStep, ScoredRow } from "../../src/core/rows.ts";
import type { BitMask, ImageSample, ImageSession, TargetEntry } from "../../src/core/types.ts";
import { evaluateImage, type UnitResult } from "../../src/eval/index.ts";
import { protocols } from "../../src/eval/interactive/protocols/index.ts";
import { maskShapeProblems, rowProblems } from "../../src/store/row-problems.ts";

export interface Played extends UnitResult {
  /** The scored row of a target. */
  row(target?: string, protocol?: string): ScoredRow;
}

export interface Scene {
  readonly ids: readonly string[];
  readonly session: ImageSession;
  readonly load: () => Promise<ImageSample>;
  readonly masks?: boolean;
  readonly image?: string;
}

export async function playScene({ ids, session, load, masks = true, image = "a/b" }: Scene): Promise<Played> {
  let tick = 0;
  const unit = { index: 0, model: "m", benchmark: "b", sample: image };
  const settings = {
    protocols: ids.map((id) => protocols[id]!),
    metrics: knownMetrics(runDefaults.metrics),
    seed: "segbench",
    masks,
    clock: () => tick++,
  };
  const result = await evaluateImage({ unit, ref: { id: image, cluster: "c", load } }, session, settings);
  for (const row of result.rows) {
    expect(rowProblems(row, rowCheck(registries))).toEqual([]);
    expect(checkSchema("row", JSON.parse(JSON.stringify(row)))).toEqual([]);
    expect([row.model, row.benchmark, row.sample, row.cluster]).toEqual(["m", "b", image, "c"]);
  }
  for (const mask of result.masks) expect(maskShapeProblems(mask)).toEqual([]);
  const row = (target = "1", protocol = ids[0]!) =>
    scored(result.rows.find((one) => one.target === target && one.protocol === protocol));
  return { ...result, row };
}

/** An image with these targets; a bare mask is target "1", "2", ... */
export function sampleOf(...entries: readonly (BitMask | TargetEntry)[]): () => Promise<ImageSample> {
  const targets = entries.map(
    (entry, i): TargetEntry => ("status" in entry ? entry : { status: "ok", id: String(i + 1), mask: entry }),
  );
  const first = targets.find((target) => target.status === "ok");
  const { width, height } = first?.mask ?? { width: 4, height: 4 };
  const image = { width, height, data: new Uint8Array(3 * width * height) };
  return async () => ({ kind: "image", image, targets });
}

export function scored(row: Row | undefined): ScoredRow {
  if (row?.status !== "ok") throw new Error(`not scored: ${JSON.stringify(row)}`);
  return row;
}

/** The clicks that every step sent, all of them. */
export function sentClicks({ steps }: ScoredRow) {
  return steps.map(({ sent }) => sent?.clicks.map(([x, y, label]) => ({ x, y, label })));
}

export const iousOf = ({ steps }: ScoredRow) => steps.map(({ scores }) => scores.iou);
export const clicksOf = (steps: readonly Pick<RowStep, "at">[]) => steps.map(({ at }) => at.clicks);
export const drawsOf = (steps: readonly Pick<RowStep, "at">[]) => steps.map(({ at }) => at.draw);
