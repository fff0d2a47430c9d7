// Progress on standard error: live bars on a terminal, a plain line now and then elsewhere.

import { MultiBar, SingleBar } from "cli-progress";
import { units } from "../core/measure.ts";
import type { ProgressGroup, RunningNumber } from "../run/context.ts";
import { bytesText, durationText } from "./quantities.ts";
import { liveStream, say, type Terminal } from "./terminal.ts";

/** What is done of several groups. */
export interface Tally {
  readonly groups: ReadonlyMap<string, ProgressGroup>;
  readonly done: number;
  readonly total: number;
  advance(name: string): ProgressGroup;
  /** Milliseconds still to go at the pace since this process began; undefined where nothing is done yet, or all is. */
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
 * would lose the end, which matters most.
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
    // No setting of the terminal is changed: a process that is stopped or suspended could not restore it.
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

/** "iou@3 71.3"; a dash of the same width where there is none yet. */
function scoreText({ title, unit }: RunningNumber, value: number | undefined): string {
  const { scale, digits } = units[unit];
  return `${title} ${value === undefined ? "   -" : (scale * value).toFixed(digits)}`;
}

export interface FetchProgress {
  bytes(file: string, done: number, total: number | undefined): void;
  unpacked(file: string, files: number, bytes: number): void;
  stop(): void;
}

const SECONDS_BETWEEN_FETCH_LINES = 5;

/** A live bar on a terminal, a plain line now and then elsewhere; always on standard error. */
export function fetchProgress(terminal: Terminal): FetchProgress {
  const stream = liveStream(terminal);
  return stream === undefined ? fetchLines(terminal) : fetchBar(stream);
}

function fetchBar(stream: NodeJS.WritableStream): FetchProgress {
  let shown: { file: string; bar: SingleBar } | undefined;
  const stop = () => {
    shown?.bar.stop();
    shown = undefined;
  };
  const at = (file: string, done: number, total: number, text: string) => {
    if (shown?.file !== file) {
      stop();
      const options = {
        format: "{file} {bar} {percentage} %  {text}  eta {eta_formatted}",
        ...{ barsize: 24, hideCursor: true, stream, etaBuffer: 200 },
        ...{ barCompleteChar: "█", barIncompleteChar: "░", gracefulExit: false },
      };
      shown = { file, bar: new SingleBar(options) };
      shown.bar.start(total, done, { file, text });
    }
    shown.bar.setTotal(total);
    shown.bar.update(done, { file, text });
  };
  return {
    bytes: (file, done, total) => at(file, done, total ?? done, bytesText(done)),
    unpacked: (file, files, bytes) =>
      at(`${file} unpacked`, files, files, `${files} files, ${bytesText(bytes)}`),
    stop,
  };
}

function fetchLines(terminal: Terminal): FetchProgress {
  const { clock } = terminal;
  let last = clock();
  const nowAndThen = (text: () => string, whole: boolean) => {
    if (!whole && clock() - last < SECONDS_BETWEEN_FETCH_LINES * 1000) return;
    last = clock();
    say(terminal, text());
  };
  return {
    bytes: (file, done, total) =>
      nowAndThen(
        () => `${file}: ${bytesText(done)}${total === undefined ? "" : ` of ${bytesText(total)}`}`,
        done === total,
      ),
    unpacked: (file, files, bytes) =>
      nowAndThen(() => `${file}: ${files} files unpacked, ${bytesText(bytes)}`, false),
    stop: () => undefined,
  };
}
