// Progress on standard error: live bars on a terminal, a plain line now and then elsewhere.

import { bytesText } from "../core/words.ts";
import {
  displayWidth,
  formatValue,
  formatWithUnit,
  inUnit,
  padEnd,
  shorten,
  shortenAll,
} from "../report/kit/format.ts";
import type { ProgressGroup, RunningNumber } from "../run/context.ts";
import { type LiveBlock, type LiveStream, liveBlock } from "./live.ts";
import { durationText } from "./quantities.ts";
import { liveStream, say, type Terminal } from "./terminal.ts";

/** What is done of several groups. */
export interface Tally {
  readonly groups: ReadonlyMap<string, ProgressGroup>;
  readonly done: number;
  readonly total: number;
  advance(name: string, by?: number): ProgressGroup;
  /**
   * Milliseconds still to go at the pace since the first were done, since what comes before them, such as an encoder's first call, would be counted as often as
   * there are others. Samples that follow soon after the first were begun with it, by other workers, and count with it. Undefined where the pace is not known, or all is done.
   */
  left(): number | undefined;
}

/** Of the time until the first sample is done. */
const TOGETHER = 0.2;

export function tally(entries: readonly ProgressGroup[], clock: () => number): Tally {
  const groups = new Map(entries.map((entry) => [entry.name, entry]));
  const total = entries.reduce((sum, entry) => sum + entry.total, 0);
  const before = entries.reduce((sum, entry) => sum + entry.done, 0);
  const stepwise = entries.some(({ of }) => of === "point" || of === "frame" || of === "phrase");
  const begun = clock();
  let from: { at: number; done: number } | undefined;
  /** What is done until then was begun together. */
  let together = Number.NEGATIVE_INFINITY;
  let done = before;
  return {
    groups,
    get done() {
      return done;
    },
    total,
    advance(name, by = 1) {
      const { total: all, done: sofar, of } = groups.get(name) ?? { total: 0, done: 0 };
      const now = { name, total: all, done: sofar + by, of };
      groups.set(name, now);
      done += by;
      const at = clock();
      if (from === undefined && !stepwise) together = at + (at - begun) * TOGETHER;
      if (from === undefined || at < together) from = { at, done };
      return now;
    },
    left: () =>
      from === undefined || done === from.done || done >= total
        ? undefined
        : ((total - done) * (clock() - from.at)) / (done - from.done),
  };
}

/** ", about 7 min left"; nothing where it is not known or nothing is left. */
export function leftText(milliseconds: number | undefined): string {
  return milliseconds === undefined ? "" : `, about ${durationText(milliseconds / 1000)} left`;
}

const BAR = 24;
const SMALLEST_BAR = 4;

/**
 * One line: name, bar, `tail`. Bars below one another leave room for the `longest` tail, where there is any. The bar gives way to the text, then the name, since a line that is wider than the terminal
 * would lose the end, which matters most.
 */
export function barLine(
  { name, done, total }: ProgressGroup,
  tail: string,
  {
    columns,
    names,
    longest = 0,
  }: { readonly columns: number; readonly names: number; readonly longest?: number },
): string {
  // Some terminals wrap a line that fills them to the last column.
  const room = columns - 1 - displayWidth(tail) - 2;
  const common = columns - 1 - Math.max(longest, displayWidth(tail)) - 2 - names;
  const size = Math.min(BAR, common < SMALLEST_BAR ? room - names : common);
  const share = total === 0 ? 1 : done / total;
  const text = size < SMALLEST_BAR ? "" : filled(share, size);
  const width = Math.max(0, size < SMALLEST_BAR ? Math.min(names, room + 1) : names);
  const label = width === 0 ? "" : padEnd(shorten(name, width), width);
  return shorten([label, text, tail].filter((part) => part !== "").join(" "), Math.max(1, columns - 1));
}

function filled(share: number, size: number): string {
  const full = Math.floor(share * size);
  return "█".repeat(full) + "░".repeat(size - full);
}

export interface Progress {
  /** One sample of a group is finished, or so many frames; `value`: its running number, to be shown. */
  advance(name: string, value: number | undefined, by?: number): void;
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

/** What the numbers are, then a bar for each group and one for all; the last one alone where there is no room for the others. */
function bars({ groups: entries, number }: Shown, { clock }: Terminal, stream: LiveStream): Progress {
  const count = tally(entries, clock);
  const scores = new Map(entries.map(({ name, value }) => [name, value]));
  let latest = entries[0]?.name ?? "";
  const many = entries.length > 1;
  const counted = `${entries[0]?.of ?? "image"}s`;
  const digits = Math.max(...entries.map(({ total }) => `${total}/${total}`.length), 0);
  const titles = new Map<string, string>();
  const blockOf = (columns: number, rows: number) => {
    const room = Math.max(8, Math.floor(columns / 3));
    const shownNames = shortenAll([...count.groups.keys()], room);
    for (const [i, name] of [...count.groups.keys()].entries()) titles.set(name, shownNames[i]!);
    const names = Math.max(...shownNames.map(displayWidth), 0);
    // The longest that can come: bars that follow their text would jump.
    const longest = many ? `${count.total}/${count.total} ${counted}${leftText(88 * 60_000)}`.length : 0;
    const groupLine = (name: string, more = "") => {
      const entry = count.groups.get(name) ?? { name, done: 0, total: 0 };
      const images = `${entry.done}/${entry.total}`.padStart(digits);
      const score = number === undefined ? "" : `  ${valueText(number, scores.get(name))}`;
      const named = { ...entry, name: titles.get(name) ?? name };
      return barLine(named, `${images} ${counted}${score}${more}`, { columns, names, longest });
    };
    const totalLine = () =>
      many
        ? barLine(
            { name: "all", done: count.done, total: count.total },
            `${count.done}/${count.total} ${counted}${leftText(count.left())}`,
            { columns, names, longest },
          )
        : groupLine(latest, leftText(count.left()));
    const label = number === undefined ? [] : [labelOf(number)];
    if (!many) return [...label, totalLine()];
    const all = entries.length + label.length + 2 <= rows;
    return [
      ...label,
      ...(all ? entries : [{ name: latest }]).map(({ name }) => groupLine(name)),
      totalLine(),
    ];
  };
  const block = liveBlock(stream, blockOf);
  return {
    advance(name, value, by) {
      count.advance(name, by);
      if (value !== undefined) scores.set(name, value);
      latest = name;
    },
    note: block.note,
    stop: () => block.stop(true),
  };
}

const SECONDS_BETWEEN_LINES = 10;

function lines({ groups, number }: Shown, terminal: Terminal): Progress {
  const { clock } = terminal;
  const count = tally(groups, clock);
  let last = clock();
  return {
    advance(name, value, by) {
      const { done, total, of = "image" } = count.advance(name, by);
      const now = clock();
      if (done !== total && now - last < SECONDS_BETWEEN_LINES * 1000) return;
      last = now;
      const score =
        number === undefined || value === undefined
          ? ""
          : `, ${number.protocol}: ${number.title} ${formatWithUnit(number, value)}`;
      say(
        terminal,
        `${name}: ${done}/${total} ${of}s${score}; ${count.done}/${count.total} in all${leftText(count.left())}`,
      );
    },
    note: (text) => say(terminal, text),
    stop: () => undefined,
  };
}

/** "sam1-d1@1, IoU after 1 click in %": what the numbers beside the bars are. */
function labelOf({ protocol, title, unit }: RunningNumber): string {
  return inUnit(`${protocol}, ${title}`, { unit });
}

/** "71.3"; a dash of the same width where there is none yet. */
function valueText({ unit }: RunningNumber, value: number | undefined): string {
  return value === undefined ? "   -" : formatValue({ unit }, value);
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
  return stream === undefined ? fetchLines(terminal) : fetchBar(stream, terminal.clock);
}

function fetchBar(stream: LiveStream, clock: () => number): FetchProgress {
  let shown:
    | { file: string; done: number; total: number; text: string; count: () => number | undefined }
    | undefined;
  let block: LiveBlock | undefined;
  const lineOf = (columns: number) => {
    if (shown === undefined) return [];
    const { file, done, total, text, count } = shown;
    const names = Math.min(displayWidth(file), Math.floor(columns / 2));
    const name = shorten(file, names);
    return [barLine({ name, done, total }, `${text}${leftText(count())}`, { columns, names })];
  };
  const stop = () => {
    block?.stop(true);
    [block, shown] = [undefined, undefined];
  };
  const at = (file: string, done: number, total: number, text: string) => {
    if (shown?.file !== file) {
      stop();
      const [start, before] = [clock(), done];
      const count = () => {
        const { done: now, total: all } = shown!;
        return now === before || now >= all ? undefined : ((all - now) * (clock() - start)) / (now - before);
      };
      shown = { file, done, total, text, count };
      block = liveBlock(stream, lineOf);
    }
    shown = { ...shown, done, total, text };
  };
  return {
    bytes: (file, done, total) =>
      at(
        file,
        done,
        total ?? done,
        total === undefined ? bytesText(done) : `${bytesText(done)} of ${bytesText(total)}`,
      ),
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
