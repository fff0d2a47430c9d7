// The cases of scripts/oracle/prompts.py, drawn from the same numbers, and the reader of the files that it wrote.
import { expect, test } from "vitest";
import { draw } from "../../../src/core/random.ts";
import type { BitMask, Target } from "../../../src/core/types.ts";
import type { TargetContext } from "../../../src/eval/index.ts";
import { createMask, fromBytes, not, toBytes } from "../../../src/masks/bit-mask.ts";
import { type Check, holdCases, type Row, readOracle } from "../../helpers/oracle.ts";
import { shape, shapeBytes } from "../../masks/cases.ts";

export type { Row };

/** One test over all cases of `test/oracle/prompts/<name>.json.gz`; its title says how many there are. */
export function againstOracle(name: string, atLeast: number, check: Check, allowed = 0): void {
  const { cases } = readOracle<{ readonly cases: readonly Row[] }>(`prompts/${name}`);
  test(`${name}: ${cases.length} cases`, () => {
    expect(cases.length).toBeGreaterThanOrEqual(atLeast);
    holdCases(`prompts/${name}`, cases, check, allowed);
  });
}

export interface Drawn {
  readonly target: Target;
  /** undefined: no prediction yet. */
  readonly prediction: BitMask | undefined;
  /** Another prediction for each n, where the case has one of its own shape. */
  predictionAt(n: number): BitMask | undefined;
  /** What was expected. */
  readonly rest: readonly number[];
}

/** (target kind, width, height, seed, style, prediction kind, seed, ignore kind or -1, seed, ...expected) */
export function drawnCase(row: Row): Drawn {
  const [kind, width, height, seed, style, kindP, seedP, kindI, seedI, ...rest] = row as number[];
  const mask = shape(kind!, width!, height!, seed!);
  const own = (n: number) => shape((kindP! + n) % 15, width!, height!, seedP! + n);
  const predictionAt = (n: number): BitMask | undefined => {
    switch (style) {
      case 0:
        return undefined;
      case 1:
        return own(n);
      case 2:
        return mask;
      case 3: {
        const flips = shapeBytes(kindP!, width!, height!, seedP!);
        return fromBytes(
          toBytes(mask).map((bit, i) => bit ^ flips[i]!),
          width!,
          height!,
        );
      }
      case 4:
        return mirrored(mask);
      default:
        return style === 5 ? createMask(width!, height!) : not(createMask(width!, height!));
    }
  };
  return { target: targetOf(mask, kindI!, seedI!), prediction: predictionAt(0), predictionAt, rest };
}

function mirrored(mask: BitMask): BitMask {
  const bytes = toBytes(mask);
  for (let y = 0; y < mask.height; y++) bytes.subarray(y * mask.width, (y + 1) * mask.width).reverse();
  return fromBytes(bytes, mask.width, mask.height);
}

function targetOf(mask: BitMask, kindI: number, seedI: number, id = "1"): Target {
  const ignore = kindI < 0 ? {} : { ignore: shape(kindI, mask.width, mask.height, seedI) };
  return { status: "ok", id, mask, ...ignore };
}

/** (kind, width, height, seed, ignore kind or -1, seed, ...expected): the context of target `i` of its file. */
export function contextCase(
  row: Row,
  i: number,
): { context: TargetContext; rest: readonly (number | string)[] } {
  const [kind, width, height, seed, kindI, seedI] = row as number[];
  const target = targetOf(shape(kind!, width!, height!, seed!), kindI!, seedI!, `target ${i}`);
  return { context: contextOf(target, `image-${i}`), rest: row.slice(6) };
}

export function contextOf(target: Target, sample = "image"): TargetContext {
  const { width, height } = target.mask;
  return {
    benchmark: "bench",
    sample,
    target,
    size: { width, height },
    draw: (purpose, number) => draw("segbench", "bench", sample, target.id, purpose, number),
  };
}
