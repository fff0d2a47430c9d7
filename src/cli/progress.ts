import { MultiBar } from "cli-progress";
import { barLine, leftText, type ProgressEntry, tally } from "./progress-text.ts";

export interface Progress {
  /** One unit of a group is finished; `miou` is the running mean to show. */
  advance(name: string, miou: number | undefined): void;
  note(text: string): void;
  stop(): void;
}

/** Live bars on a terminal, a plain line now and then elsewhere; always on standard error. */
export function showProgress(entries: readonly ProgressEntry[], clock: () => number): Progress {
  const live = process.stderr.isTTY === true && process.env.TERM !== "dumb";
  return live ? bars(entries, clock) : lines(entries, clock);
}

/** A bar for each group and one for all; the latter alone where the terminal has no room for the others. */
function bars(entries: readonly ProgressEntry[], clock: () => number): Progress {
  const stream = process.stderr;
  const count = tally(entries, clock);
  const scores = new Map<string, number | undefined>();
  let latest = entries[0]?.name ?? "";
  const many = entries.length > 1;
  const names = Math.max(...entries.map(({ name }) => name.length), 0);
  const digits = Math.max(...entries.map(({ total }) => `${total}/${total}`.length), 0);
  const size = () => ({ columns: stream.columns || 80, names });
  const groupLine = (name: string, more = "") => {
    const entry = count.groups.get(name) ?? { name, done: 0, total: 0 };
    const score = scores.get(name);
    const images = `${entry.done}/${entry.total}`.padStart(digits);
    return barLine(
      entry,
      `${images} images  mIoU ${score === undefined ? "   -" : points(score)}${more}`,
      size(),
    );
  };
  const totalLine = () =>
    many
      ? barLine(
          { name: "all", done: count.done, total: count.total },
          `${count.done}/${count.total} images${leftText(count.left())}`,
          size(),
        )
      : groupLine(latest, leftText(count.left()));
  const fits = many && entries.length + 2 <= (stream.rows || 24);
  const rows = fits
    ? [
        ...entries.map(
          ({ name }) =>
            () =>
              groupLine(name),
        ),
        totalLine,
      ]
    : many
      ? [() => groupLine(latest), totalLine]
      : [totalLine];
  const multi = new MultiBar({
    // Nothing of the terminal is switched off: who stops or suspends the process would be left with it.
    hideCursor: false,
    linewrap: true,
    // A note moves all lines.
    forceRedraw: true,
    clearOnComplete: false,
    gracefulExit: false,
    stream,
    format: (_options, _state, { row }: { row: () => string }) => row(),
  });
  for (const row of rows) multi.create(count.total, count.done, { row });
  return {
    advance(name, miou) {
      count.advance(name);
      scores.set(name, miou);
      latest = name;
    },
    note: (text) => {
      multi.log(`${text}\n`);
      // What waits for the next drawing is lost when the bars stop before.
      multi.update();
    },
    stop: () => multi.stop(),
  };
}

const SECONDS_BETWEEN_LINES = 10;

function lines(entries: readonly ProgressEntry[], clock: () => number): Progress {
  const count = tally(entries, clock);
  let last = clock();
  const say = (text: string) => process.stderr.write(`${text}\n`);
  return {
    advance(name, miou) {
      const { done, total } = count.advance(name);
      const now = clock();
      if (done !== total && now - last < SECONDS_BETWEEN_LINES * 1000) return;
      last = now;
      const score = miou === undefined ? "" : `, mIoU ${points(miou)}`;
      say(
        `${name}: ${done}/${total} images${score}; ${count.done}/${count.total} in all${leftText(count.left())}`,
      );
    },
    note: say,
    stop: () => undefined,
  };
}

function points(miou: number): string {
  return (100 * miou).toFixed(1);
}
