// Numbers of too few images: their count stands beside them wherever they are written, and what it means is said once.
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import type { Comparison, Estimate, Summary } from "../../src/core/results.ts";
import { comparisonWriters, gateWriters } from "../../src/report/comparison/index.ts";
import { writers } from "../../src/report/index.ts";
import { badge, badgeNote, formatEstimate, titleWithin } from "../../src/report/kit/format.ts";
import { exampleComparison } from "./comparison/example.ts";
import { exampleManifest, exampleShape, exampleSummary } from "./example.ts";

const few: Estimate = { value: 0.5, n: 20, clusters: 3, few: true };
const note = "A number with its count beside it (3 images) stands on too few of them";

test("a badge is a count, with an interval or without one", () => {
  const share = { unit: "share" } as const;
  expect(badge({ value: 0.5, n: 20, clusters: 3 } as Estimate)).toBe("");
  expect(badge({ ...few, clusters: 1 })).toBe("1 image");
  expect(badge({ ...few, grouped: true })).toBe("3 clusters");
  expect(formatEstimate(share, few)).toBe("50.0 (3 images)");
  expect(formatEstimate(share, { ...few, low: 0.4, high: 0.6 })).toBe("50.0 [40.0, 60.0] (3 images)");
  expect(badgeNote([undefined, { value: 0.5, n: 20, clusters: 30 }])).toBe("");
  expect(badgeNote([undefined, few])).toBe(`${note} for a 95 % interval that is known to hold.`);
  expect(badgeNote([few, { ...few, clusters: 59 }])).toMatch(
    / However many there are in all, a mean over benchmarks needs enough of each benchmark\.$/,
  );
  // A ratio of sums has an interval, which is not known to hold.
  expect(badgeNote([few, { ...few, clusters: 59, low: 0.4, high: 0.6 }])).toMatch(/known to hold\.$/);
  expect(badgeNote([few, { ...few, grouped: true }])).toMatch(
    / A cluster is the images that belong together/,
  );
});

test("a title with a comma is quoted within a sentence", () => {
  expect(["Tiny", "Tiny, 8-bit weights"].map(titleWithin)).toEqual(["Tiny", "“Tiny, 8-bit weights”"]);
});

/** A number without its interval, marked. */
function marked({ value, n }: Estimate): Estimate {
  return { value, n, clusters: 3, few: true };
}

/** The example's run of one model and protocol, where the first benchmark is of three images. */
function summaryOf(): Summary {
  const summary = exampleSummary({ ...exampleShape, models: exampleShape.models.slice(0, 1) }, ["box@1"], []);
  const [first, ...cells] = summary.cells;
  const measures = Object.fromEntries(
    Object.entries(first!.measures).map(([id, estimate]) => [id, marked(estimate)]),
  );
  return { ...summary, cells: [{ ...first!, measures }, ...cells] };
}

const inputOf = (summary: Summary) => ({ summary, manifest: exampleManifest(), gallery: [] });
const occurrences = (text: string, part: string) => text.split(part).length - 1;

test("a run: terminal, however narrow, Markdown, LaTeX", async () => {
  const input = inputOf(summaryOf());
  for (const columns of [60, 80, 160]) {
    const text = writers.terminal.render(input, { columns, colour: false });
    expect(text).toMatch(/^bbbc038v1 +\d\d\.\d \(3 images\)/m);
    expect(occurrences(text.replace(/\s+/g, " "), note)).toBe(1);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
  }
  const markdown = writers.markdown.render(input);
  expect(markdown).toMatch(/\| bbbc038v1 \| \d\d\.\d \(3 images\) \|/);
  expect(occurrences(markdown, note)).toBe(1);
  // Every number of the benchmark, in whatever table; where categories are, the benchmark itself.
  for (const line of markdown.split("\n").filter((row) => /^\| bbbc038v1 \|/.test(row)))
    expect(line.replace(/-?\d+\.\d+ \(3 images\)/g, "")).not.toMatch(/\d\.\d/);
  expect(markdown.split("\n").filter((row) => /^\| bbbc038v1 \|/.test(row))).toHaveLength(2);
  const latex = writers.latex.render(input);
  expect(latex).toMatch(/^BBBC038v1 nuclei & \d\d\.\d \{\\scriptsize \(3 images\)\}/m);
  expect(occurrences(latex, note)).toBe(1);
  const without = inputOf(exampleSummary(exampleShape, ["box@1"], []));
  for (const { render } of [writers.terminal, writers.markdown, writers.latex])
    expect(await render(without)).not.toContain("3 images");
});

test("a run's page: a pill beside each number, in tooltips, and what it means once", async () => {
  const page = await writers.html.render(inputOf(summaryOf()));
  const { document } = parseHTML(page) as unknown as {
    readonly document: {
      querySelectorAll(selector: string): Iterable<{ readonly textContent: string }>;
    };
  };
  const texts = (selector: string) =>
    [...document.querySelectorAll(selector)].map((node) => node.textContent);
  const pills = texts(".badge.few");
  expect(new Set(pills)).toEqual(new Set(["3 images"]));
  // The benchmark's own table, that of the protocol, and the two of further measures.
  expect(pills.length).toBeGreaterThanOrEqual(4);
  expect(texts("section.benchmark .scores .badge.few")).toEqual(["3 images"]);
  expect(texts("svg title").filter((text) => text.includes("(3 images)")).length).toBeGreaterThanOrEqual(1);
  expect(texts("#result .remarks li")).toEqual([`${note} for a 95\u00a0% interval that is known to hold.`]);
});

test("the summary to paste says on how many images its number stands", () => {
  const summary = summaryOf();
  const suites = summary.suites.map((suite) => ({
    ...suite,
    measures: Object.fromEntries(
      Object.entries(suite.measures).map(([id, { macro }]) => [id, { macro: marked(macro) }]),
    ),
  }));
  expect(writers.markdown.render(inputOf({ ...summary, suites }))).toMatch(
    /SAM ViT-B reaches \d\d\.\d \(3 images\)\..* is that of BBBC038v1 nuclei \(\d\d\.\d, 3 images\)/,
  );
});

test("a comparison: terminal, Markdown, page, summary to paste, gate.md", async () => {
  const comparison = await exampleComparison();
  const pairs = comparison.pairs.map((pair) => {
    const mark = <Own extends { readonly measures: readonly { readonly difference: Estimate }[] }>(
      own: Own,
    ) => ({
      ...own,
      measures: own.measures.map((one) => ({ ...one, difference: marked(one.difference) })),
    });
    return { ...pair, cells: pair.cells.map(mark), groups: pair.groups.map(mark) };
  }) as Comparison["pairs"];
  const small: Comparison = { ...comparison, pairs };
  const terminal = comparisonWriters.terminal.render(small, undefined, { columns: 80, colour: false });
  expect(terminal).toMatch(/points \(3 images\), p [<=] 0\.\d+/);
  expect(terminal).toMatch(/[+-]\d\.\d \(3 images\)/);
  expect(terminal).not.toMatch(/\[[-+\d.]+, [-+\d.]+\]/);
  const markdown = comparisonWriters.markdown.render(small);
  expect(markdown).toMatch(/\*\* \(3 images\), p [<=] 0\.\d+/);
  expect(occurrences(markdown, note)).toBe(1);
  const page = await comparisonWriters.html.render(small);
  expect(occurrences(page, '<span class="badge few">3 images</span>')).toBeGreaterThan(10);
  expect(page).toMatch(/points \(3 images\), p [<=] /);
  const gate = Object.values(gateWriters).find(({ file }) => file === "gate.md")!;
  expect(await gate.render(small)).toMatch(/\| [+-]\d\.\d \(3 images\) \|/);
});
