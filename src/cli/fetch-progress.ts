import { SingleBar } from "cli-progress";
import { type RunEvent, shownPath } from "../run/context.ts";
import type { Offer } from "../run/pull.ts";
import { bytesText } from "./quantities.ts";
import { liveStream, say, type Terminal } from "./terminal.ts";

export interface FetchProgress {
  bytes(file: string, done: number, total: number | undefined): void;
  unpacked(file: string, files: number, bytes: number): void;
  stop(): void;
}

const SECONDS_BETWEEN_LINES = 5;

/** A live bar on a terminal, a plain line now and then elsewhere; always on standard error. */
export function fetchProgress(terminal: Terminal): FetchProgress {
  const stream = liveStream(terminal);
  return stream === undefined ? lines(terminal) : bar(stream);
}

function bar(stream: NodeJS.WritableStream): FetchProgress {
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

function lines(terminal: Terminal): FetchProgress {
  const { clock } = terminal;
  let last = clock();
  const nowAndThen = (text: () => string, whole: boolean) => {
    if (!whole && clock() - last < SECONDS_BETWEEN_LINES * 1000) return;
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

/** What would be fetched for a name, and under which licence. */
export function offerText({ name, title, licence, source, files }: Offer, terminal: Terminal): string {
  const lines = files.map(({ kind, url, bytes, place }) => {
    const size = bytes === undefined ? "size not stated" : bytesText(bytes);
    return `  ${kind}  ${url} (${size}) -> ${shownPath(place, terminal)}`;
  });
  return [`${name}: ${title}`, `  licence  ${licence}; ${source}`, ...lines].join("\n");
}

export function pulledText(
  { name, there, folder, next }: Extract<RunEvent, { type: "pulled" }>,
  terminal: Terminal,
): string {
  const how = there ? "is there already, as it was fetched" : "fetched";
  return `${name}: ${how}, in ${shownPath(folder, terminal)}; next: ${next}`;
}
