// Writers of a comparison against golden files. A mismatch writes NAME-changed beside the golden file: look at it, and rename it if it is right.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import type { Comparison, PairedMeasure } from "../../../src/core/results.ts";
import { comparisonWriters, gateWriters } from "../../../src/report/comparison/index.ts";
import { summaryText } from "../../../src/report/comparison/lead.ts";
import { verdictOf } from "../../../src/report/comparison/lookup.ts";
import { escapeXml, xmlDocument } from "../../../src/report/kit/checks.ts";
import { displayWidth } from "../../../src/report/kit/format.ts";
import { exampleComparison } from "./example.ts";

const folder = new URL("../../golden/comparison/", import.meta.url);

function expectGolden(name: string, text: string): void {
  const file = new URL(name, folder);
  const changed = new URL(name.replace(/\.(\w+)$/, "-changed.$1"), folder);
  const got = text.replace(/\d+\.\d{4,}(e-?\d+)?/g, (number) =>
    String(Math.round(Number(number) * 1e3) / 1e3),
  );
  if (existsSync(file) && readFileSync(file, "utf8") === got) {
    rmSync(changed, { force: true });
    return;
  }
  writeFileSync(changed, got);
  expect.fail(`${name} differs from the golden file; see ${changed.pathname}`);
}

const all = [...Object.values(comparisonWriters), ...Object.values(gateWriters)];

test.each(all.filter(({ file }) => file !== "comparison.json"))("$summary", async ({ file, render }) => {
  expectGolden(file ?? "terminal.txt", await render(await exampleComparison()));
});

describe.each(all)("$summary", ({ render }) => {
  test("is pure and ends with one newline", async () => {
    const before = JSON.stringify(await exampleComparison());
    const text = await render(await exampleComparison());
    expect(JSON.stringify(await exampleComparison())).toBe(before);
    expect(await render(await exampleComparison())).toBe(text);
    expect(text).toMatch(/[^\n]\n$/);
  });
});

test("comparison.json is the comparison", async () => {
  const comparison = await exampleComparison();
  const text = comparisonWriters.json.render(comparison);
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(comparison)));
});

test("every text says that it was forced and what could not be paired", async () => {
  const { html, markdown, terminal } = comparisonWriters;
  for (const { render } of [html, markdown, terminal]) {
    const text = await render(await exampleComparison());
    expect(text).toMatch(/forced/i);
    expect(text).toContain("1 failed in candidate");
  }
});

test("rows of whole images are called images", async () => {
  const example = await exampleComparison();
  const whole = { ...example, protocols: example.protocols.map((own) => ({ ...own, whole: true as const })) };
  const [html, markdown] = [
    await comparisonWriters.html.render(whole),
    await comparisonWriters.markdown.render(whole),
  ];
  expect(html).toContain("Candidate minus base, the same images and prompts.");
  for (const text of [html, markdown])
    expect(text).toContain("An image that either failed on is left out of both sides");
  expect(markdown).toContain("### Most changed images");
});

test.each([60, 80, 160])("the terminal's tables fit %i columns", async (columns) => {
  const screen = { columns, colour: false };
  const lines = comparisonWriters.terminal.render(await exampleComparison(), undefined, screen).split("\n");
  for (const line of lines.filter((text) => / {2}/.test(text)))
    expect(displayWidth(line)).toBeLessThanOrEqual(columns);
});

test("the page loads nothing, shows names as text, and every plot has a description", async () => {
  const text = await comparisonWriters.html.render(await exampleComparison());
  const { document } = parseHTML(text);
  expect(text).not.toMatch(/(src|href)="(?!#)/);
  expect(document.querySelector("h1")?.textContent).toBe("MobileSAM <int8> & co against SAM ViT-B");
  const bold = [...document.querySelectorAll("b")].map(({ textContent }) => textContent);
  expect(bold).toContain("Forced.");
  expect(bold).not.toContain("Très");
  const plots = [...document.querySelectorAll("svg.plot")];
  expect(plots.length).toBeGreaterThan(2);
  for (const plot of plots) expect(plot.getAttribute("aria-label")).toMatch(/: [+-]?\d/);
});

test("xml holds any text", () => {
  expect(escapeXml(`<a b="c">&'\n\u0000\ud800\uffff😀`)).toBe(
    "&lt;a b=&quot;c&quot;&gt;&amp;&apos;&#10;\ufffd\ufffd\ufffd😀",
  );
  const children = [
    { name: "b", text: "1 < 2" },
    { name: "c", attributes: { x: 1, y: undefined } },
  ];
  expect(xmlDocument({ name: "a", children })).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<a>\n  <b>1 &lt; 2</b>\n  <c x="1"/>\n</a>\n',
  );
});

test("models that score alike: no spread, no p, a scale around zero, and whether their files are the same", async () => {
  const comparison = await exampleComparison();
  const alike = <One extends { readonly measures: readonly PairedMeasure[] }>(one: One) => ({
    ...one,
    measures: one.measures.map((measure) => ({
      ...{ ...measure, candidate: measure.base, detectable: 0, p: 1 },
      difference: { ...measure.difference, value: 0, low: 0, high: 0 },
      targets: { better: 0, same: measure.difference.n, worse: 0 },
    })),
  });
  const [pair] = comparison.pairs;
  const same = {
    ...{ ...comparison, base: { ...comparison.base, folder: "reports/small" } },
    pairs: [
      {
        ...{ ...pair!, groups: pair!.groups.map(alike), cells: pair!.cells.map(alike) },
        sameFiles: true as const,
      },
    ],
  } as Comparison;
  const text = comparisonWriters.terminal.render(same);
  expect(text).toContain(
    "0.0 points on each of 120 masks (66.9 on both sides; sam1-d1@1, IoU, 1 click). No score of any mask that both sides have differs: the two models are the same files, byte for byte.",
  );
  const others = { ...same, pairs: same.pairs.map(({ sameFiles: _, ...one }) => one) };
  expect(comparisonWriters.terminal.render(others)).toContain(
    "No score of any mask that both sides have differs; nothing is known of the others (2 failed in candidate).",
  );
  const page = await comparisonWriters.html.render(same);
  expect(page).toContain("Base: SAM ViT-B of reports/small.");
  expect(page).toContain(">+1</text>");
  expect(page).not.toMatch(/<td class="num"[^>]*>0\.0<\/td>\s*<td class="num"[^>]*>\d+<\/td>/);
});

test("of one benchmark nothing is counted over benchmarks, and an interval alone colours nothing", async () => {
  const comparison = await exampleComparison();
  const [pair] = comparison.pairs;
  const group = pair!.groups.find(({ kind }) => kind === "overall")!;
  const { difference, ...rest } = group.measures[0]!;
  const own = { ...rest, difference: { value: -0.004, low: -0.008, high: -0.001, n: 120, clusters: 49 } };
  const benchmarks = { better: 0, same: 0, worse: 1 };
  const alone = {
    ...comparison,
    pairs: [
      {
        ...{ ...pair!, cells: pair!.cells.filter(({ benchmark }) => benchmark === "trashcan") },
        groups: [{ ...group, measures: [{ ...own, p: 0.09, benchmarks }] }],
      },
    ],
    protocols: comparison.protocols.filter(({ id }) => id === group.protocol),
  } as Comparison;
  expect(summaryText(alone, alone.pairs[0]!)).toMatch(
    /: -0\.4 points \[-0\.8, -0\.1\], p = 0\.090 \(.*; 120 masks of TrashCan.*\)\. The interval excludes zero, but the test is not significant\. Better on \d+ of 120 masks, worse on \d+\. /,
  );
  expect(summaryText(alone, alone.pairs[0]!)).not.toMatch(/benchmark|All of it/);
  const score = comparison.protocols[0]!.measures[0]!;
  expect([0.09, 0.04].map((p) => verdictOf({ ...own, p }, score))).toEqual(["open", "worse"]);
});
