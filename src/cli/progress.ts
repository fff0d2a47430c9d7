import { MultiBar, type SingleBar } from "cli-progress";

export interface ProgressEntry {
  readonly name: string;
  readonly total: number;
  readonly done: number;
}

export interface Progress {
  /** One unit of a group is finished; `miou` is the running mean to show. */
  advance(name: string, miou: number | undefined): void;
  note(text: string): void;
  stop(): void;
}

/** Live bars on a terminal, a plain line now and then elsewhere; always on standard error. */
export function showProgress(entries: readonly ProgressEntry[], clock: () => number): Progress {
  return process.stderr.isTTY === true ? bars(entries) : lines(entries, clock);
}

function bars(entries: readonly ProgressEntry[]): Progress {
  const width = Math.max(...entries.map(({ name }) => name.length), 0);
  const multi = new MultiBar(
    {
      format: "{name} {bar} {value}/{total} images  {percentage} %  eta {eta_formatted}  mIoU {miou}",
      barsize: 24,
      hideCursor: true,
      clearOnComplete: false,
      emptyOnZero: true,
      gracefulExit: false,
      stream: process.stderr,
    },
    { format: "", barCompleteChar: "█", barIncompleteChar: "░" } as never,
  );
  const created = new Map<string, SingleBar>(
    entries.map(({ name, total, done }) => [
      name,
      multi.create(total, done, { name: name.padEnd(width), miou: "  -  " }),
    ]),
  );
  return {
    advance: (name, miou) =>
      created.get(name)?.increment(1, { miou: miou === undefined ? "  -  " : (100 * miou).toFixed(1) }),
    note: (text) => multi.log(`${text}\n`),
    stop: () => multi.stop(),
  };
}

const SECONDS_BETWEEN_LINES = 10;

function lines(entries: readonly ProgressEntry[], clock: () => number): Progress {
  const done = new Map(entries.map((entry) => [entry.name, entry.done]));
  const totals = new Map(entries.map((entry) => [entry.name, entry.total]));
  const all = entries.reduce((sum, { total }) => sum + total, 0);
  const before = entries.reduce((sum, entry) => sum + entry.done, 0);
  const start = clock();
  let last = start;
  const say = (text: string) => process.stderr.write(`${text}\n`);
  return {
    advance(name, miou) {
      done.set(name, (done.get(name) ?? 0) + 1);
      const now = clock();
      const finished = done.get(name) === totals.get(name);
      if (!finished && now - last < SECONDS_BETWEEN_LINES * 1000) return;
      last = now;
      const sum = [...done.values()].reduce((a, b) => a + b, 0);
      const rate = (sum - before) / Math.max(now - start, 1);
      const left = Math.round((all - sum) / rate / 1000);
      const score = miou === undefined ? "" : `, mIoU ${(100 * miou).toFixed(1)}`;
      say(
        `${name}: ${done.get(name)}/${totals.get(name)} images${score}; ${sum}/${all} in all, about ${left} s left`,
      );
    },
    note: say,
    stop: () => undefined,
  };
}
