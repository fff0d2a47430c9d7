import type { ProgressGroup } from "../run/context.ts";
import { durationText } from "./quantities.ts";

/** What is done of several groups. */
export interface Tally {
  readonly groups: ReadonlyMap<string, ProgressGroup>;
  readonly done: number;
  readonly total: number;
  advance(name: string): ProgressGroup;
  /** Milliseconds still to go, should it go on as in this sitting; undefined where nothing is done yet, or all is. */
  left(): number | undefined;
}

export function tally(entries: readonly ProgressGroup[], clock: () => number): Tally {
  const groups = new Map(entries.map((entry) => [entry.name, entry]));
  const total = entries.reduce((sum, entry) => sum + entry.total, 0);
  const before = entries.reduce((sum, entry) => sum + entry.done, 0);
  const start = clock();
  let done = before;
  return {
    groups,
    get done() {
      return done;
    },
    total,
    advance(name) {
      const { total: all, done: sofar } = groups.get(name) ?? { total: 0, done: 0 };
      const now = { name, total: all, done: sofar + 1 };
      groups.set(name, now);
      done += 1;
      return now;
    },
    left: () =>
      done === before || done >= total ? undefined : ((total - done) * (clock() - start)) / (done - before),
  };
}

/** ", about 7 min left"; nothing where it is not known or nothing is left. */
export function leftText(milliseconds: number | undefined): string {
  return milliseconds === undefined ? "" : `, about ${durationText(milliseconds / 1000)} left`;
}

const BAR = 24;
const SMALLEST_BAR = 4;

/**
 * One line: name, bar, `tail`. The bar gives way to the text, then the name, since a line that is wider than the terminal
 * would lose the end, which says most.
 */
export function barLine(
  { name, done, total }: ProgressGroup,
  tail: string,
  { columns, names }: { readonly columns: number; readonly names: number },
): string {
  // Some terminals wrap a line that fills them to the last column.
  const room = columns - 1 - tail.length - 2;
  const size = Math.min(BAR, room - names);
  const share = total === 0 ? 1 : done / total;
  const text = size < SMALLEST_BAR ? "" : filled(share, size);
  const width = Math.max(0, size < SMALLEST_BAR ? Math.min(names, room + 1) : names);
  const label = name.length > width ? `${name.slice(0, Math.max(0, width - 1))}…` : name.padEnd(width);
  return [label, text, tail]
    .filter((part) => part !== "")
    .join(" ")
    .slice(0, Math.max(1, columns - 1));
}

function filled(share: number, size: number): string {
  const full = Math.floor(share * size);
  return "█".repeat(full) + "░".repeat(size - full);
}
