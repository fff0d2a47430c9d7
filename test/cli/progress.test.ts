// What a person sees of a run under way: the line fits the terminal, and the time left is that of all groups.
import { expect, test } from "vitest";
import { barLine, leftText, showProgress, tally } from "../../src/cli/progress.ts";
import { type Terminal, terminalOf } from "../../src/cli/terminal.ts";
import type { ProgressGroup } from "../../src/run/context.ts";
import { fakeTerminal } from "./screen.ts";

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
  // A model warms up, and two workers end together.
  now = 31_000;
  count.advance("ade20k");
  now = 32_000;
  count.advance("bbbc038v1");
  expect(leftText(count.left())).toBe("");
  // One image in 90 s, one is left.
  now = 122_000;
  count.advance("bbbc038v1");
  expect(count.left()).toBe(90_000);
  expect(leftText(count.left())).toBe(", about 2 min left");
  count.advance("bbbc038v1");
  expect(count.done).toBe(6);
  expect(leftText(count.left())).toBe("");
});

test("what comes before the first steps of a sample is not counted as often as there are steps", () => {
  let now = 0;
  const count = tally([{ name: "trashcan", total: 512, done: 0, of: "point" }], () => now);
  // The model warms up and encodes the image, and answers 16 points.
  now = 20_000;
  count.advance("trashcan", 16);
  expect(count.left()).toBeUndefined();
  now = 21_000;
  count.advance("trashcan", 16);
  expect(count.left()).toBe(30_000);
});

/** A run under way on a terminal: two groups, a sample of each finished. */
function onTerminal(columns: number, rows = 24, value?: number) {
  const screen = fakeTerminal(columns, rows);
  let now = 0;
  const terminal: Terminal = {
    ...terminalOf({ stdout: screen.stream, stderr: screen.stream, env: { TERM: "xterm" }, cwd: "/" }),
    clock: () => now,
  };
  screen.stream.write("$ segbench run\n");
  const number = { protocol: "sam1-d1@1", title: "IoU after 1 click", unit: "share" } as const;
  const [first, second] = entries as [ProgressGroup, ProgressGroup];
  const progress = showProgress({ groups: [{ ...first, done: 1, value }, second], number }, terminal);
  now = 10_000;
  progress.advance("ade20k", undefined);
  now = 20_000;
  progress.advance("bbbc038v1", 0.5);
  return { ...screen, progress };
}

const label = "sam1-d1@1, IoU after 1 click in %";

test("bars below what their numbers are, and a note above them that stays", () => {
  const { shown, progress } = onTerminal(80);
  progress.note("a word");
  const drawn = [
    label,
    "ade20k    ████████████████░░░░░░░░ 2/3 images     -",
    "bbbc038v1 ████████░░░░░░░░░░░░░░░░ 1/3 images  50.0",
    "all       ████████████░░░░░░░░░░░░ 3/6 images, about 30 s left",
  ];
  expect(shown()).toEqual(["$ segbench run", "a word", ...drawn]);
  progress.stop();
  expect(shown()).toEqual(["$ segbench run", "a word", ...drawn, ""]);
});

test("a run that goes on shows the numbers of what is there", () => {
  const { shown, progress } = onTerminal(80, 24, 0.398);
  progress.stop();
  expect(shown()).toContain("ade20k    ████████████████░░░░░░░░ 2/3 images  39.8");
});

test("a terminal with fewer lines than groups gets the latest group and all", () => {
  const { shown, progress } = onTerminal(80, 4);
  progress.stop();
  expect(shown().slice(1, -1)).toEqual([
    label,
    "bbbc038v1 ████████░░░░░░░░░░░░░░░░ 1/3 images  50.0",
    "all       ████████████░░░░░░░░░░░░ 3/6 images, about 30 s left",
  ]);
});

test.each([[[60, 40, 30]], [[45, 160]], [[20, 200, 33]]])(
  "no copy of the bars stays when the terminal becomes %j columns wide",
  (widths) => {
    const { shown, resize, progress } = onTerminal(100);
    for (const width of widths) {
      resize(width);
      const rows = shown();
      expect(rows.filter((row) => row.includes("3/6 images"))).toHaveLength(1);
      expect(rows[0]).toBe("$ segbench run");
      expect(rows).toHaveLength(5);
    }
    progress.stop();
    expect(shown().filter((row) => row.includes("images"))).toHaveLength(3);
  },
);

test("no setting of the terminal is changed", () => {
  const { stream, progress } = onTerminal(80);
  const sent: string[] = [];
  stream.on("data", (piece) => sent.push(String(piece)));
  progress.note("a word");
  progress.stop();
  expect(sent.join("")).not.toContain("\u001b[?");
});

test("without a terminal a line says what the number is", () => {
  const said: string[] = [];
  const stream = { write: (text: string) => said.push(text) };
  const terminal = terminalOf({ stdout: stream, stderr: stream, env: {}, cwd: "/" });
  const number = { protocol: "box@1", title: "IoU with a box", unit: "share" } as const;
  const groups = [{ name: "ade20k", total: 1, done: 0 }];
  showProgress({ groups, number }, { ...terminal, clock: () => 0 }).advance("ade20k", 0.5);
  expect(said).toEqual(["ade20k: 1/1 images, box@1: IoU with a box 50.0 %; 1/1 in all\n"]);
});
