// The events of a step, in words and bars on standard error.
import { bytesText, count, plural } from "../core/words.ts";
import { wrapped } from "../report/kit/format.ts";
import { type Context, type ExpectedTime, type RunEvent, shownPath } from "../run/context.ts";
import { type LiveBlock, liveBlock } from "./live.ts";
import { fetchProgress, type Progress, showProgress } from "./progress.ts";
import { durationText } from "./quantities.ts";
import { liveStream, say, stoppingWords, type Terminal } from "./terminal.ts";

export interface Stopping {
  /** Printed at the first interrupt. */
  readonly words?: string | undefined;
  /** Stopping is clean from the start, not only between "started" and "ended". */
  readonly atOnce?: boolean;
  /** Gets every event, after it was shown here. */
  readonly hear?: (event: RunEvent) => void;
}

/**
 * Does a verb's step with a context of this terminal, and shows its events. While stopping can be clean, the step gets an
 * interrupt as an abort; before and after, it ends the process, as it does everywhere.
 */
export async function withContext<T>(
  terminal: Terminal,
  work: (context: Context) => Promise<T>,
  { words = stoppingWords, atOnce = false, hear }: Stopping = {},
): Promise<T> {
  const { cwd, env, clock, command } = terminal;
  const shown = listener(terminal);
  const controller = new AbortController();
  let release: (() => void) | undefined;
  const listen = () => {
    release ??= terminal.onInterrupt(() => {
      if (words !== "") shown.note(words);
      controller.abort();
    });
  };
  const onEvent = (event: RunEvent) => {
    if (event.type === "started") listen();
    shown.hear(event);
    hear?.(event);
    if (event.type !== "ended" || atOnce) return;
    release?.();
    release = undefined;
  };
  if (atOnce) listen();
  try {
    return await work({ cwd, env, clock, command, signal: controller.signal, onEvent });
  } finally {
    release?.();
    shown.stop();
  }
}

interface Listener {
  hear(event: RunEvent): void;
  /** A line among what is shown. */
  note(text: string): void;
  stop(): void;
}

/** Shows all events of a step; `stop` removes what is still shown. */
function listener(terminal: Terminal): Listener {
  let progress: Progress | undefined;
  const fetching = fetchProgress(terminal);
  const status = statusLine(terminal);
  const stream = liveStream(terminal);
  const note = (text: string) => {
    const columns = stream === undefined ? Number.POSITIVE_INFINITY : stream.columns || 80;
    const lines = text.split("\n").flatMap((line) => wrapped(line, columns - 1, "  "));
    (progress ?? status).note(lines.join("\n"));
  };
  return {
    hear(event) {
      const text = statusText(event);
      // A comparison has nothing else to say while it is made, and programs read what it says.
      if (event.type === "compared" && stream === undefined) return;
      if (text !== undefined) return status.show(text);
      if (event.type !== "advanced" && eventText(event, terminal) === undefined) status.stop();
      if (event.type === "started") progress = showProgress(event, terminal);
      else if (event.type === "advanced") progress?.advance(event.group, event.value, event.by);
      else if (event.type === "ended") {
        progress?.stop();
        progress = undefined;
      } else if (event.type === "downloading") fetching.bytes(event.file, event.done, event.total);
      else if (event.type === "unpacking") fetching.unpacked(event.file, event.files, event.bytes);
      else {
        fetching.stop();
        const text = eventText(event, terminal);
        if (text !== undefined) note(text);
      }
    },
    note,
    stop() {
      progress?.stop();
      fetching.stop();
      status.stop();
    },
  };
}

/** One event in a sentence; undefined for what is shown otherwise. */
export function eventText(event: RunEvent, { cwd }: Pick<Terminal, "cwd">): string | undefined {
  const shown = (path: string) => shownPath(path, { cwd });
  switch (event.type) {
    case "waiting":
      return `${shown(event.dir)}: held by ${event.owner}, which may be gone: waiting up to ${event.seconds} s to see whether it still writes${event.optional ? " (--take-over does not wait)" : ""}`;
    case "continuing":
      return `continuing ${shown(event.dir)}: ${doneText(event, "done")}`;
    case "growing":
      return growingText(shown(event.dir), event);
    case "rowsLeftOut":
      return `${event.files.join(" and ")} left out: ${(event.lines / 1e6).toFixed(1)} million lines (segbench report ${shown(event.dir)} --rows writes them)`;
    case "unknownNames":
      return [
        ...event.lines,
        ...(event.more > 0 ? [`... and ${event.more} more that the benchmark does not have`] : []),
      ].join("\n");
    case "leftOut":
      return [
        `${event.file}: ${event.count} of ${event.of} detections cannot be used and are left out`,
        ...event.lines,
        ...(event.count > event.lines.length ? [`... and ${event.count - event.lines.length} more`] : []),
      ].join("\n");
    case "measuring":
      return event.workers === undefined
        ? `${event.model}: ${event.threads} of ${event.cores} threads`
        : `${event.model}: workers: ${event.workers}, threads of each: ${event.threads}`;
    case "pullFailed":
      return `error: ${event.name === undefined ? "" : `${event.name}: `}${event.problem}`;
    case "leftAlone":
      return `${event.name}: ${shown(event.folder)} holds data that pull did not fetch: left alone; ${event.next} checks them`;
    case "expected":
      return expectedText(event);
    case "note":
      return event.text;
    default:
      return undefined;
  }
}

/** "about 12 min: 1,200 frames in 10 clips, 0.6 s a frame (tiny-video, 9 frames of blackswan)". */
function expectedText({ seconds, steps, samples, of, secondsPerStep, ...slowest }: ExpectedTime): string {
  const { model, played, sample, together } = slowest;
  const under = together === undefined ? "" : ` under all ${together} protocols`;
  const each = secondsPerStep < 0.1 ? secondsPerStep.toFixed(3) : secondsPerStep.toPrecision(2);
  const left = `${count(steps)} ${of}s in ${plural(samples, of === "frame" ? "clip" : "image")}`;
  return `expected: about ${durationText(seconds)}: ${left}, ${each} s a ${of}${under} (${model}, ${played} ${of}s of ${sample})`;
}

/** "reports/mine grows: 10 images, box@1 are new; 20 of 40 images are kept, 20 in part". */
function growingText(dir: string, { news, ...counts }: Extract<RunEvent, { type: "growing" }>): string {
  const are = news.length === 1 && !/^\d+ \w+s$| and /.test(news[0]!) ? "is" : "are";
  return `${dir} grows: ${news.join(", ")} ${are} new; ${doneText(counts, "kept")}`;
}

/** "20 of 40 images are kept, 10 in part". */
function doneText(
  {
    finished,
    inPart,
    expected,
    of = "image",
  }: Pick<Extract<RunEvent, { type: "continuing" }>, "finished" | "inPart" | "expected" | "of">,
  what: "done" | "kept",
): string {
  const all = `of ${expected} ${of}s are ${what}`;
  if (inPart === 0) return `${finished} ${all}`;
  return finished === 0 ? `${inPart} ${all} in part` : `${finished} ${all}, ${inPart} in part`;
}

/** What is being done where nothing can be counted; undefined for other events. */
function statusText(event: RunEvent): string | undefined {
  if (event.type === "compared")
    return event.done === event.total
      ? "writing the comparison ..."
      : `comparing benchmarks: ${event.done} of ${event.total} ...`;
  if (event.type !== "preparing") return undefined;
  const { what, name = "", done, total } = event;
  const far = done === undefined || total === undefined ? "" : done;
  switch (what) {
    case "looks":
      return `looking at ${name} ...`;
    case "cards":
      return "reading cards ...";
    case "hashes":
      return far === ""
        ? `hashing ${name} ...`
        : `hashing ${name}: ${bytesText(far)} of ${bytesText(total!)} ...`;
    case "samples":
      return `listing the images of ${name}${total === undefined || total < 2 ? "" : ` (${(done ?? 0) + 1} of ${total})`} ...`;
    case "models":
      return `opening ${name} ...`;
    case "pictures":
      return `drawing pictures${name === "" ? "" : ` of ${name}`} ...`;
    case "reports":
      return "writing reports ...";
  }
}

interface StatusLine {
  show(text: string): void;
  note(text: string): void;
  stop(): void;
}

/** Where there is no terminal, a line is written for what takes longer than this. */
const MILLISECONDS_OF_SILENCE = 10_000;

/** One line that says what is being done, replaced by the next and gone at the end. */
function statusLine(terminal: Terminal): StatusLine {
  const stream = liveStream(terminal);
  let text = "";
  if (stream === undefined) {
    let timer: NodeJS.Timeout | undefined;
    let since = 0;
    let said: string | undefined;
    /** The same again says for how long it has been so. */
    const again = () => {
      const seconds = Math.round((terminal.clock() - since) / 1000);
      say(terminal, text === said ? `${text} (${seconds} s)` : text);
      said = text;
    };
    return {
      show(next) {
        if (next !== text) since = terminal.clock();
        text = next;
        timer ??= setInterval(again, MILLISECONDS_OF_SILENCE).unref();
      },
      note: (words) => say(terminal, words),
      stop() {
        clearInterval(timer);
        timer = undefined;
      },
    };
  }
  let block: LiveBlock | undefined;
  return {
    show(next) {
      text = next;
      block ??= liveBlock(stream, () => [text]);
    },
    note: (words) => (block === undefined ? say(terminal, words) : block.note(words)),
    stop() {
      block?.stop(false);
      block = undefined;
    },
  };
}
