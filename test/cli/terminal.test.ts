// What is printed on: how wide, in which colours; and the line that says at once that something is being done.

import { expect, test } from "vitest";
import { pressCounter } from "../../src/cli/interrupt.ts";
import { liveBlock } from "../../src/cli/live.ts";
import { print, screenOf } from "../../src/cli/screen.ts";
import { announced, type Terminal, terminalOf } from "../../src/cli/terminal.ts";
import { fakeTerminal } from "./screen.ts";

const tty = { write: () => undefined, isTTY: true, columns: 100 };
const pipe = { write: () => undefined };

test.each<[string, object, Record<string, string>, number, boolean]>([
  ["a terminal", tty, {}, 100, true],
  ["a terminal of unknown size", { ...tty, columns: undefined }, {}, 80, true],
  ["a terminal, and COLUMNS", tty, { COLUMNS: "60" }, 60, true],
  ["a terminal without abilities", tty, { TERM: "dumb" }, 100, false],
  ["a terminal, and NO_COLOR", tty, { NO_COLOR: "1" }, 100, false],
  ["a terminal, and NO_COLOR without a value", tty, { NO_COLOR: "" }, 100, true],
  ["a terminal, and FORCE_COLOR=0", tty, { FORCE_COLOR: "0" }, 100, false],
  ["a pipe", pipe, {}, Number.POSITIVE_INFINITY, false],
  ["a pipe, and COLUMNS", pipe, { COLUMNS: "72" }, 72, false],
  ["a pipe, and FORCE_COLOR", pipe, { FORCE_COLOR: "1", NO_COLOR: "1" }, Number.POSITIVE_INFINITY, true],
  ["COLUMNS that is no width", pipe, { COLUMNS: "wide" }, Number.POSITIVE_INFINITY, false],
])("%s", (_, stdout, env, columns, colour) => {
  expect(screenOf({ stdout: stdout as Terminal["stdout"], env })).toEqual({ columns, colour });
});

test("lines that are printed are broken between words on a terminal, and not in a pipe", () => {
  const said: string[] = [];
  const stdout = { write: (text: string) => said.push(text) };
  const text = "unfinished: 1/3, 4 of 20 images";
  print(text, { stdout, env: {} });
  print(text, { stdout, env: { COLUMNS: "20" } });
  expect(said).toEqual([`${text}\n`, "unfinished: 1/3, 4\n  of 20 images\n"]);
});

/** A terminal, and what it shows. */
function onTerminal() {
  const { stream, shown } = fakeTerminal(40);
  const streams = { stdout: stream, stderr: stream, env: { TERM: "xterm" }, cwd: "/" };
  return { stream, shown, terminal: terminalOf(streams) };
}

test("a line at once, in whose place the first output of any kind stands", () => {
  for (const output of ["stdout", "stderr"] as const) {
    const { shown, terminal } = onTerminal();
    const first = announced(terminal);
    first.announce();
    expect(shown()).toEqual(["preparing ..."]);
    first.terminal[output].write("done\n");
    expect(shown()).toEqual(["done", ""]);
    first.end();
    expect(shown()).toEqual(["done", ""]);
  }
  const { shown, terminal } = onTerminal();
  const silent = announced(terminal);
  silent.announce();
  silent.end();
  expect(shown()).toEqual([""]);
});

test("nothing of the kind without a terminal", () => {
  const said: string[] = [];
  const stream = { write: (text: string) => said.push(text) };
  const terminal = terminalOf({ stdout: stream, stderr: stream, env: {}, cwd: "/" });
  const first = announced(terminal);
  first.announce();
  expect(first.terminal).toBe(terminal);
  expect(said).toEqual([]);
});

test("a status is replaced by the next, and gone at the end", () => {
  const { stream, shown } = onTerminal();
  let text = "hashing encoder.onnx: 1.2 GB of 2.4 GB ...";
  const block = liveBlock(stream, () => [text]);
  expect(shown()).toEqual(["hashing encoder.onnx: 1.2 GB of 2.4 GB…"]);
  text = "opening tiny ...";
  block.note("a word");
  expect(shown()).toEqual(["a word", "opening tiny ..."]);
  block.stop(false);
  expect(shown()).toEqual(["a word", ""]);
});

test("a press of Ctrl-C that several processes pass on is one, and a second press is another", () => {
  let now = 1000;
  const { isNew, rest } = pressCounter(() => now);
  expect(rest()).toBe(0);
  const at = (time: number) => {
    now = time;
    return isNew();
  };
  expect([1000, 1004, 1040, 1340, 1360, 1400].map(at)).toEqual([true, false, false, false, true, false]);
  expect(rest()).toBe(310);
});
