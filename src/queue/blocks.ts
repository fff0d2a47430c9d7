// Blocks: how the units that are left are cut into them, and how a worker reads one that anybody may have written.
import { complain } from "../core/errors.ts";
import type { Plan, Unit } from "../core/plan.ts";
import { unitCount } from "../core/plan.ts";
import type { Block } from "./broker.ts";

/** A unit that is to be done, under these protocols. */
export interface OpenUnit extends Pick<Unit, "index" | "model"> {
  /** Absent: all of the plan. */
  readonly protocols?: readonly string[] | undefined;
}

/**
 * Blocks become smaller towards the end, as if so many workers shared what is left: a machine that has a thirtieth of the speed of all
 * does not hold the others up with its last block.
 */
const SHARERS = 32;

/**
 * Cuts units, in the order of the plan, into blocks of at most `size` units of one model. `round`: number of the filling, so that a
 * block that is sent again is another one.
 */
export function cutBlocks(units: readonly OpenUnit[], size: number, round: number): Block[] {
  const blocks: Block[] = [];
  const sameAs = (first: OpenUnit, unit: OpenUnit) =>
    unit.model === first.model && String(unit.protocols) === String(first.protocols);
  for (let i = 0; i < units.length; ) {
    const first = units[i]!;
    const most = Math.min(size, Math.max(1, Math.ceil((units.length - i) / SHARERS)));
    let end = i + 1;
    while (end < units.length && end - i < most && sameAs(first, units[end]!)) {
      // Holes are listed one by one.
      if (units[end]!.index - units[end - 1]!.index > size) break;
      end += 1;
    }
    const own = units.slice(i, end).map(({ index }) => index);
    const [from, to] = [own[0]!, own.at(-1)! + 1];
    const except = Array.from({ length: to - from }, (_, k) => from + k).filter((k) => !own.includes(k));
    const { protocols } = first;
    blocks.push({
      ...{ id: `b${round}-${from}-${to}`, from, to },
      ...(except.length === 0 ? {} : { except }),
      ...(protocols === undefined ? {} : { protocols }),
    });
    i = end;
  }
  return blocks;
}

/** More units than any block has. */
const MOST_UNITS = 10_000;

/** The units of a block, and protocols where not all are to be played; throws where it is not one of this plan. */
export function readBlock(
  data: unknown,
  plan: Plan,
): { readonly units: readonly number[]; readonly protocols: readonly string[] | undefined } {
  const wrong = (what: string, got: unknown) =>
    complain("a block", what, { expected: "one of this run", got: JSON.stringify(got)?.slice(0, 80) });
  const { from, to, except = [], protocols } = (data ?? {}) as Partial<Block>;
  const all = unitCount(plan);
  if (!isUnit(from, all) || !isUnit(to, all + 1) || to <= from || to - from > MOST_UNITS)
    throw wrong("names units that are not in the plan", [from, to]);
  if (!Array.isArray(except) || !except.every((one) => isUnit(one, all)))
    throw wrong("leaves out units that are not in the plan", except);
  if (protocols !== undefined)
    if (!Array.isArray(protocols) || !protocols.every((id) => plan.protocols.includes(id)))
      throw wrong("names protocols that are not in the plan", protocols);
  const units = Array.from({ length: to - from }, (_, i) => from + i).filter((i) => !except.includes(i));
  if (units.length === 0) throw wrong("has no units", data);
  return { units, protocols };
}

function isUnit(value: unknown, all: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < all;
}

/** The units of a block; none of one that cannot be read. */
export function unitsOf(data: unknown, plan: Plan): readonly number[] {
  try {
    return readBlock(data, plan).units;
  } catch {
    return [];
  }
}
