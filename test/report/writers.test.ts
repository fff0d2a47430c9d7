import { describe, expect, test } from "vitest";
import { bootstrapDefaults } from "../../src/core/defaults.ts";
import { writers } from "../../src/report/index.ts";
import { count, displayWidth } from "../../src/report/kit/format.ts";
import { exampleInput } from "./example.ts";

function frozen<T>(value: T): T {
  if (value !== null && typeof value === "object") {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}

describe.each(Object.entries(writers))("%s", (_, writer) => {
  test("is pure and ends with one newline", async () => {
    const input = frozen(exampleInput());
    const text = await writer.render(input);
    expect(await writer.render(exampleInput())).toBe(text);
    expect(text).toMatch(/[^\n]\n$/);
  });

  test("says how many targets stand behind the numbers and how many are missing", async () => {
    const text = await writer.render(exampleInput());
    expect(text).toMatch(/masks|scored/i);
    expect(text).toMatch(/fail/i);
  });
});

test("without published numbers nothing is said of them", async () => {
  const { published: _published, ...summary } = exampleInput().summary;
  for (const { render } of [writers.html, writers.markdown]) {
    const text = await render({ ...exampleInput(), summary });
    expect(text).not.toMatch(/published numbers/i);
  }
});

test("files are named once", () => {
  const files = Object.values(writers).flatMap(({ file }) => file ?? []);
  expect(new Set(files).size).toBe(files.length);
});

test.each([60, 80, 100, 160])("the terminal's lines fit %i columns, all of them fit a pipe", (columns) => {
  const text = writers.terminal.render(exampleInput(), { columns, colour: false });
  for (const line of text.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  expect(writers.terminal.render(exampleInput())).not.toContain("wider terminal");
});

test("summary.json is the summary", () => {
  const input = exampleInput();
  expect(JSON.parse(writers.json.render(input))).toEqual(JSON.parse(JSON.stringify(input.summary)));
});

test("markdown tables have as many cells in every row", () => {
  const lines = writers.markdown.render(exampleInput()).split("\n");
  for (let i = 1; i < lines.length; i++) {
    if (!lines[i]!.startsWith("|") || !lines[i - 1]!.startsWith("|")) continue;
    const cells = (line: string) => line.replace(/\\\|/g, "").split("|").length;
    expect(cells(lines[i]!)).toBe(cells(lines[i - 1]!));
  }
});

test("the definitions name the draws that intervals are made of", async () => {
  const { draws, rankedDraws } = bootstrapDefaults;
  for (const { render } of [writers.html, writers.markdown])
    expect(await render(exampleInput())).toContain(
      `${count(draws)} times with a fixed seed (${count(rankedDraws)} times`,
    );
});
