import { SingleBar } from "cli-progress";
import { bytesText } from "./bytes.ts";

export interface FetchProgress {
  bytes(file: string, done: number, total: number | undefined): void;
  unpacked(file: string, files: number, bytes: number): void;
  note(text: string): void;
  stop(): void;
}

const SECONDS_BETWEEN_LINES = 5;

/** A live bar on a terminal, a plain line now and then elsewhere; always on standard error. */
export function fetchProgress(clock: () => number): FetchProgress {
  return process.stderr.isTTY === true ? bar() : lines(clock);
}

function bar(): FetchProgress {
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
        ...{ barsize: 24, hideCursor: true, stream: process.stderr, etaBuffer: 200 },
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
    note(text) {
      stop();
      process.stderr.write(`${text}\n`);
    },
    stop,
  };
}

function lines(clock: () => number): FetchProgress {
  let last = clock();
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const nowAndThen = (text: () => string, whole: boolean) => {
    if (!whole && clock() - last < SECONDS_BETWEEN_LINES * 1000) return;
    last = clock();
    say(text());
  };
  return {
    bytes: (file, done, total) =>
      nowAndThen(
        () => `${file}: ${bytesText(done)}${total === undefined ? "" : ` of ${bytesText(total)}`}`,
        done === total,
      ),
    unpacked: (file, files, bytes) =>
      nowAndThen(() => `${file}: ${files} files unpacked, ${bytesText(bytes)}`, false),
    note: say,
    stop: () => undefined,
  };
}
