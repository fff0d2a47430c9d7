// Lines at the end of a terminal that are drawn again in place.
import type { Writable } from "node:stream";
import { shorten } from "../report/kit/format.ts";
import { erased, inPlace } from "./announcement.ts";
import type { Output } from "./terminal.ts";

export type LiveStream = Writable & Output;

export interface LiveBlock {
  /** A line that stays, above the block. */
  note(text: string): void;
  /** Nothing is drawn any more; `keep`: the block stays as it is, otherwise its only line vanishes. */
  stop(keep: boolean): void;
}

const MILLISECONDS_BETWEEN_DRAWINGS = 100;

/** Draws `linesOf` now, when it changes, and when the terminal is resized; no line reaches the last column. */
export function liveBlock(
  stream: LiveStream,
  linesOf: (columns: number, rows: number) => readonly string[],
): LiveBlock {
  let shown: string | undefined;
  const current = () => {
    const columns = Math.max(2, stream.columns || 80);
    // Some terminals wrap a line that fills them to the last column.
    return linesOf(columns, stream.rows || 24).map((line) => shorten(line, columns - 1));
  };
  const draw = (before = "") => {
    const lines = current();
    const text = lines.join("\n");
    if (text === shown && before === "") return;
    shown = text;
    const back = lines.length > 1 ? `\u001b[${lines.length - 1}A` : "";
    stream.write(`${inPlace(before + text)}\r${back}`);
  };
  const drawAnew = () => {
    shown = undefined;
    draw();
  };
  /** What stays on the screen when nothing is drawn any more. */
  const leave = () => stream.write(inPlace(`${current().join("\n")}\n`));
  const suspend = () => {
    leave();
    process.kill(process.pid, "SIGSTOP");
  };
  const timer = setInterval(draw, MILLISECONDS_BETWEEN_DRAWINGS);
  timer.unref();
  stream.on("resize", drawAnew);
  const canSuspend = process.platform !== "win32";
  if (canSuspend) process.on("SIGTSTP", suspend).on("SIGCONT", drawAnew);
  draw();
  return {
    note: (text) => draw(`${text}\n`),
    stop(keep) {
      clearInterval(timer);
      stream.off("resize", drawAnew);
      if (canSuspend) process.off("SIGTSTP", suspend).off("SIGCONT", drawAnew);
      if (keep) leave();
      else stream.write(erased);
    },
  };
}
