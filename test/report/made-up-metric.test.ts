// A metric that no writer has heard of, in a unit of its own, lower is better: it is in every table, page and export.
import { parseHTML } from "linkedom";
import { beforeAll, expect, test } from "vitest";
import type { Comparison } from "../../src/core/results.ts";
import type { MeasuredMetric } from "../../src/eval/interactive/measures.ts";
import { comparisonWriters } from "../../src/report/comparison/index.ts";
import { writers } from "../../src/report/index.ts";
import { columnsOf, furtherMeasures, marginsOver, rankedBenchmarks } from "../../src/report/lookup.ts";
import { runLead } from "../../src/report/run/lead.ts";
import { makeComparison } from "./comparison/example.ts";
import { exampleManifest, exampleShape, exampleSummary } from "./example.ts";

const blur: MeasuredMetric = {
  ...{ name: "blur", title: "Blur", unit: "pixels", better: "lower" },
  meaning: "How far the outline is <smeared>.",
};

const summary = exampleSummary(exampleShape, ["sam1-d1@1", "box@1"], [blur]);
const input = { summary, manifest: exampleManifest(), gallery: [] };

interface Node {
  readonly textContent: string;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<Node>;
}

function documentOf(text: string) {
  const page = parseHTML(text).document as unknown as Node;
  const texts = (selector: string) => [...page.querySelectorAll(selector)].map((node) => node.textContent);
  const table = (name: string) => {
    const found = [...page.querySelectorAll("table")].find(
      (node) => node.getAttribute("aria-label") === name,
    );
    const rows = [...(found?.querySelectorAll("tr") ?? [])];
    return rows.map((row) => [...row.querySelectorAll("th, td")].map((cell) => cell.textContent));
  };
  return { page, texts, table };
}

test("a run's page has it among the further measures, at every step, with a curve and a definition", async () => {
  const text = await writers.html.render(input);
  const { texts, table, page } = documentOf(text);
  expect(texts("summary").filter((line) => line.includes("Blur"))).toEqual([
    "Further measures: Dice, boundary IoU, Blur, ambiguity gap, selection accuracy",
    "Blur over clicks",
    "Further measures: Dice, boundary IoU, Blur",
  ]);
  const here = table("Further measures, 1 click, sam1-d1@1");
  expect(here[0]).toEqual([
    ...["Benchmark", "Model", "Dice, %", "Boundary IoU, %", "Blur, px"],
    ...["Ambiguity gap, %", "Selection accuracy, %", "Masks"],
  ]);
  const { "blur@1": own } = summary.cells[0]!.measures;
  const row = here.find(([name, model]) => name?.startsWith("BBBC038v1") && model === "SAM ViT-B")!;
  expect(row[4]).toBe(`${own!.value.toFixed(2)}[${own!.low!.toFixed(2)}, ${own!.high!.toFixed(2)}]`);
  expect(here.some(([name]) => name === "Mean over benchmarks")).toBe(true);
  expect(table("Blur in px, sam1-d1@1")[0]).toEqual([
    ...["Benchmark", "Model", "1 click", "2 clicks", "3 clicks", "5 clicks", "9 clicks", "Masks"],
  ]);
  const plots = [...page.querySelectorAll("svg.plot")].flatMap(
    (node) => node.getAttribute("aria-label") ?? [],
  );
  expect(plots.filter((label) => /^Suite Blur over clicks.*\d px at 9/.test(label))).toHaveLength(1);
  expect(texts("dt")).toContain("Blur");
  expect(texts("dd")).toContain("How far the outline is <smeared>.");
  expect(/NaN|undefined|\[object/.exec(text.replace(/<script>.*<\/script>/s, ""))).toBeNull();
});

test("Markdown and JSON have it", () => {
  const lines = writers.markdown.render(input).split("\n");
  expect(lines.find((line) => line.includes("Blur, px"))).toBe(
    "| benchmark | model | Dice, % | Boundary IoU, % | Blur, px | Ambiguity gap, % | Selection accuracy, % | masks |",
  );
  expect(lines).toContain("- **Blur**: How far the outline is \\<smeared\\>.");
  expect(writers.json.render(input)).toContain('"blur@9"');
});

/** The summary with nothing but the made-up metric, under one protocol. */
function alone(show: "main" | "more") {
  const [protocol] = summary.protocols;
  const measures = protocol!.measures
    .filter(({ name }) => name === "blur")
    .map((note) => ({ ...note, show, broken: true as const }));
  const only = (own: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(own).filter(([id]) => id.startsWith("blur")));
  const suites = summary.suites
    .filter(({ protocol: id }) => id === protocol!.id)
    .map((suite) => ({ ...suite, measures: only(suite.measures) as typeof suite.measures }));
  const cells = summary.cells
    .filter(({ protocol: id }) => id === protocol!.id)
    .map(({ details: _details, ...cell }) => ({
      ...{ ...cell, distributions: {}, bySize: [], byQuartile: [] },
      measures: only(cell.measures) as typeof cell.measures,
    }));
  return { ...summary, protocols: [{ ...protocol!, measures }], cells, suites, domains: [] };
}

test("what is printed has it where the run asked for it by name", () => {
  const { manifest } = input;
  const plan = { ...manifest.plan, metrics: [...manifest.plan.metrics, "blur"] };
  expect(writers.terminal.render(input)).not.toContain("Blur");
  const lines = writers.terminal.render({ ...input, manifest: { ...manifest, plan } }).split("\n");
  const at = lines.indexOf("sam1-d1@1: further measures, 1 click");
  expect(lines[at + 1]).toMatch(/^benchmark +model +Blur, px +masks$/);
  const { "blur@1": own } = summary.cells[0]!.measures;
  expect(lines[at + 3]).toMatch(new RegExp(`^bbbc038v1 +sam-vit-b +${own!.value.toFixed(2)} `));
});

test("as a protocol's first measure it leads every writer, and the least of it is best", async () => {
  const own = alone("main");
  expect(columnsOf(own, "sam1-d1@1").map(({ id }) => id)).toEqual([
    ...["blur@1", "blur@2", "blur@3", "blur@5", "blur@9"],
  ]);
  expect(rankedBenchmarks(own, "sam1-d1@1")).toEqual(rankedBenchmarks(summary, "sam1-d1@1"));
  const leads = marginsOver(own, "sam1-d1@1", "sam-vit-b", "mobile-sam").map(({ value }) => value);
  expect(leads).toEqual(leads.toSorted((a, b) => a - b));
  const [what, result, spread] = runLead(own).sentences;
  expect(what).toContain("suite Blur in px");
  expect(result).toMatch(
    /^With 1 click SAM ViT-B reaches \d+\.\d\d.*; 9 clicks give \d\.\d\d and \d\.\d\d\.$/,
  );
  expect(spread).toMatch(/^SAM ViT-B leads MobileSAM <int8> & co on 5 of 5 benchmarks/);
  const other = { ...input, summary: own };
  for (const { render } of Object.values(writers)) {
    const text = (await render(other)).replace(/<script>.*<\/script>/s, "");
    expect(/NaN|Infinity|\[object|undefined/.exec(text)).toBeNull();
  }
  expect(writers.terminal.render(other)).toContain("sam1-d1@1: Blur in px");
  expect(writers.latex.render(other)).toContain("suite Blur in px");
  expect(documentOf(await writers.html.render(other)).texts(".results .score")[0]).toMatch(
    /^\d+\.\d\d px Blur after 1 click$/,
  );
});

test("where a protocol has no main measure, every table still has a column", async () => {
  const own = alone("more");
  expect(columnsOf(own, "sam1-d1@1").map(({ id }) => id)).toEqual([
    ...["blur@1", "blur@2", "blur@3", "blur@5", "blur@9"],
  ]);
  expect(furtherMeasures(own, "sam1-d1@1")).toEqual({ here: [], along: [] });
  for (const { render } of [writers.terminal, writers.latex, writers.markdown, writers.html])
    expect(await render({ ...input, summary: own })).toBe(await render({ ...input, summary: alone("main") }));
});

let comparison: Comparison;
beforeAll(async () => {
  comparison = await makeComparison([blur]);
});

test("a comparison has it in the suite's table and beside the first measure of every benchmark", async () => {
  const { html, markdown, terminal } = comparisonWriters;
  const found = comparison.pairs[0]!.groups[0]!.measures.find(({ measure }) => measure === "blur@1")!;
  const numbers = [found.base, found.candidate].map((value) => value.toFixed(2));
  const { table, texts } = documentOf(await html.render(comparison));
  const suite = table("Suite differences").find(([name]) => name === "Blur, 1 click (px)sam1-d1@1")!;
  expect(suite.slice(1, 3)).toEqual(numbers);
  expect(table("Benchmarks, sam1-d1@1")[0]).toContain("Blur (px)");
  expect(texts("dt")).toContain("Blur");
  for (const { render } of [markdown, terminal])
    expect(render(comparison)).toMatch(new RegExp(`Blur, 1 click \\(px\\).*${numbers.join(".*")}`));
});
