// Rows of a run against recorded ones: by benchmark, and the first value that differs.

/** A line of rows.jsonl, as text. */
export type RowText = string;

interface Keys {
  readonly benchmark: string;
  readonly sample: string;
  readonly target: string;
  readonly protocol: string;
  readonly steps?: readonly { readonly at: Readonly<Record<string, number>> }[];
}

export interface Difference {
  /** Rows that are not the same, one missing on either side included. */
  readonly rows: number;
  readonly of: number;
  /** "ppdls-a1, ara2012_plant001, target 3, sam1-d1@1, 2 clicks: scores.iou is 0.71, was 0.72"; absent where all are the same. */
  readonly first?: string;
}

const parsed = (text: RowText): Keys => JSON.parse(text);
const keyOf = ({ benchmark, sample, target, protocol }: Keys) =>
  [benchmark, sample, `target ${target}`, protocol].join(", ");

/** Every recorded row against the run's row of the same target and protocol, in the recorded order. */
export function differences(recorded: readonly RowText[], found: readonly RowText[]): Difference {
  const own = new Map(found.map((text) => [keyOf(parsed(text)), text]));
  const known = new Set<string>();
  let rows = 0;
  let first: string | undefined;
  for (const was of recorded) {
    const key = keyOf(parsed(was));
    const is = own.get(key);
    known.add(key);
    if (is === was) continue;
    rows += 1;
    first ??= is === undefined ? `${key}: there is no such row` : firstValue(key, parsed(was), parsed(is));
  }
  for (const key of own.keys())
    if (!known.has(key)) {
      rows += 1;
      first ??= `${key}: such a row was not recorded`;
    }
  return { rows, of: recorded.length, ...(first !== undefined && { first }) };
}

/** The first value that differs, in the order of the file, so that what was sent comes before what it led to. */
function firstValue(key: string, was: Keys, is: Keys): string {
  const { path, a, b } = firstPath(was, is, []) ?? { path: ["spelling"], a: undefined, b: undefined };
  const step = path[0] === "steps" && path[1] !== undefined ? was.steps?.[Number(path[1])] : undefined;
  const at = step === undefined ? "" : `, ${stepText(step.at)}`;
  const rest = step === undefined ? path : path.slice(2);
  return `${key}${at}: ${rest.join(".")} is ${JSON.stringify(b)}, was ${JSON.stringify(a)}`;
}

function stepText({ clicks = 0, ...rest }: Readonly<Record<string, number>>): string {
  const others = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  const words = clicks === 0 ? "before any click" : `${clicks} click${clicks === 1 ? "" : "s"}`;
  return [words, ...others].join(", ");
}

function firstPath(
  a: unknown,
  b: unknown,
  path: readonly string[],
): { path: readonly string[]; a: unknown; b: unknown } | undefined {
  if (Object.is(a, b)) return undefined;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return { path, a, b };
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const found = firstPath(left[name], right[name], [...path, name]);
    if (found !== undefined) return found;
  }
  return undefined;
}
