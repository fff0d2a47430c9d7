// What a person sees of a run under way: the line fits the terminal, and the time left is that of all groups.
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { barLine, leftText, showProgress, tally } from "../../src/cli/progress.ts";
import { type Terminal, terminalOf } from "../../src/cli/terminal.ts";

const entries = [
  { name: "ade20k", total: 3, done: 2 },
  { name: "bbbc038v1", total: 3, done: 0 },
];

test("a bar gives way to the text, the name to the numbers", () => {
  const [entry] = entries;
  const tail = "2/3 images  mIoU 81.3";
  const at = (columns: number) => barLine(entry!, tail, { columns, names: 9 });
  expect(at(100)).toBe("ade20k    ████████████████░░░░░░░░ 2/3 images  mIoU 81.3");
  expect(at(45)).toBe("ade20k    ████████░░░░ 2/3 images  mIoU 81.3");
  expect(at(36)).toBe("ade20k    2/3 images  mIoU 81.3");
  expect(at(28)).toBe("ade2… 2/3 images  mIoU 81.3");
  for (let columns = 1; columns < 100; columns++)
    expect(at(columns).length).toBeLessThan(Math.max(columns, 2));
});

test("the time left counts what this sitting did, and says nothing where nothing is known", () => {
  let now = 1000;
  const count = tally(entries, () => now);
  expect(leftText(count.left())).toBe("");
  now = 31_000;
  count.advance("ade20k");
  // One image in 30 s, three are left.
  expect(count.left()).toBe(90_000);
  expect(leftText(count.left())).toBe(", about 2 min left");
  for (let i = 0; i < 3; i++) count.advance("bbbc038v1");
  expect(count.done).toBe(6);
  expect(leftText(count.left())).toBe("");
});

/** What a terminal of this size is sent. */
function onTerminal(rows: number, columns: number): string {
  const said: string[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY: true, rows, columns });
  stream.on("data", (text) => said.push(String(text)));
  let now = 0;
  const terminal: Terminal = {
    ...terminalOf({ stdout: stream, stderr: stream, env: { TERM: "xterm" }, cwd: "/" }),
    clock: () => now,
  };
  const number = { title: "mIoU", unit: "share" } as const;
  const progress = showProgress({ groups: entries, number }, terminal);
  now = 10_000;
  progress.advance("bbbc038v1", 0.5);
  progress.note("a word");
  progress.stop();
  return said.join("");
}

/** The texts between the sequences of a terminal, which begin with an escape. */
const texts = (sent: string) =>
  sent
    .replaceAll("\u001b", "\n")
    .split("\n")
    .map((part) => part.replace(/^\[[0-9;?]*[A-Za-z]/, ""))
    .filter((text) => text !== "");

test("bars leave cursor and wrapping of the terminal alone, and a note is not lost to the end", () => {
  const sent = onTerminal(24, 80);
  expect(sent).not.toContain("\u001b[?");
  expect(texts(sent)).toContain("a word");
  expect(texts(sent).slice(-3)).toEqual([
    "ade20k    ████████████████░░░░░░░░ 2/3 images  mIoU    -",
    "bbbc038v1 ████████░░░░░░░░░░░░░░░░ 1/3 images  mIoU 50.0",
    "all       ████████████░░░░░░░░░░░░ 3/6 images, about 30 s left",
  ]);
});

test("a terminal with fewer lines than groups gets the latest group and all", () => {
  const sent = texts(onTerminal(3, 80));
  expect(sent).not.toContain("ade20k    ████████████████░░░░░░░░ 2/3 images  mIoU    -");
  expect(sent.slice(-2)).toEqual([
    "bbbc038v1 ████████░░░░░░░░░░░░░░░░ 1/3 images  mIoU 50.0",
    "all       ████████████░░░░░░░░░░░░ 3/6 images, about 30 s left",
  ]);
});
