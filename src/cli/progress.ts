import { MultiBar } from "cli-progress";
import { units } from "../core/measure.ts";
import type { ProgressGroup, RunningNumber } from "../run/context.ts";
import { barLine, leftText, tally } from "./progress-text.ts";
import { liveStream, say, type Terminal } from "./terminal.ts";

export interface Progress {
  /** One sample of a group is finished; `value`: its running number, to be shown. */
  advance(name: string, value: number | undefined): void;
  note(text: string): void;
  stop(): void;
}

export interface Shown {
  readonly groups: readonly ProgressGroup[];
  readonly number?: RunningNumber | undefined;
}

/** Live bars on a terminal, a plain line now and then elsewhere; always on standard error. */
export function showProgress(shown: Shown, terminal: Terminal): Progress {
  const stream = liveStream(terminal);
  return stream === undefined ? lines(shown, terminal) : bars(shown, terminal, stream);
}

/** A bar for each group and one for all; the latter alone where the terminal has no room for the others. */
function bars(
  { groups: entries, number }: Shown,
  { clock }: Terminal,
  stream: NonNullable<ReturnType<typeof liveStream>>,
): Progress {
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
      `${images} images${number === undefined ? "" : `  ${scoreText(number, score)}`}${more}`,
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
    advance(name, value) {
      count.advance(name);
      scores.set(name, value);
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

function lines({ groups, number }: Shown, terminal: Terminal): Progress {
  const { clock } = terminal;
  const count = tally(groups, clock);
  let last = clock();
  return {
    advance(name, value) {
      const { done, total } = count.advance(name);
      const now = clock();
      if (done !== total && now - last < SECONDS_BETWEEN_LINES * 1000) return;
      last = now;
      const score = number === undefined || value === undefined ? "" : `, ${scoreText(number, value)}`;
      say(
        terminal,
        `${name}: ${done}/${total} images${score}; ${count.done}/${count.total} in all${leftText(count.left())}`,
      );
    },
    note: (text) => say(terminal, text),
    stop: () => undefined,
  };
}

/** "mIoU 71.3"; a dash of the same width where there is none yet. */
function scoreText({ title, unit }: RunningNumber, value: number | undefined): string {
  const { scale, digits } = units[unit];
  return `${title} ${value === undefined ? "   -" : (scale * value).toFixed(digits)}`;
}
