// What is said is what is shown: the words and figures of reports against the numbers that they are of.
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import type { Summary } from "../../src/core/results.ts";
import { writers } from "../../src/report/index.ts";
import { displayWidth, placedName, shortenAll } from "../../src/report/kit/format.ts";
import { keyMeasures } from "../../src/report/lookup.ts";
import { runLead, runSize } from "../../src/report/run/lead.ts";
import { exampleManifest, exampleShape, exampleSummary } from "./example.ts";

interface Node {
  readonly textContent: string;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<Node>;
}

type Protocols = Parameters<typeof exampleSummary>[1];

/** A run of the example's models, benchmarks and protocols. */
function summaryOf(protocols: Protocols, { models = 2, benchmarks = 5 } = {}): Summary {
  const shape = {
    models: exampleShape.models.slice(0, models),
    benchmarks: exampleShape.benchmarks.slice(0, benchmarks),
  };
  return exampleSummary(shape, protocols, []);
}

/** The same run, where the second model returns one mask: it has no oracle. */
function withOneMask(summary: Summary): Summary {
  const without = (own: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(own).filter(([id]) => !id.startsWith("oracle")));
  const second = summary.models[1]!.name;
  const changed = <One extends { readonly model: string; readonly measures: object }>(list: readonly One[]) =>
    list.map((one) =>
      one.model === second ? { ...one, measures: without(one.measures as Record<string, unknown>) } : one,
    ) as One[];
  return { ...summary, cells: changed(summary.cells), suites: changed(summary.suites) };
}

async function pageOf(summary: Summary) {
  const text = await writers.html.render({ summary, manifest: exampleManifest(), gallery: [] });
  const page = parseHTML(text).document as unknown as Node;
  const all = (selector: string) => [...page.querySelectorAll(selector)];
  return { all, texts: (selector: string) => all(selector).map((node) => node.textContent) };
}

const [first, second] = exampleShape.models.map(({ title }) => title);

test("two models: the masks that count on both sides; an oracle stands against a model of one mask alone, and says so", async () => {
  const both = summaryOf(["sam1-d1@1"]);
  const charts = async (summary: Summary) =>
    (await pageOf(summary)).texts("#result .lead figcaption").filter((text) => text.includes("minus"));
  const [plain, ...others] = await charts(both);
  expect(others).toEqual([]);
  expect(plain).toMatch(`${first} minus ${second}, IoU, 1 click`);
  expect(plain).not.toContain("oracle");
  const [same, oracle] = await charts(withOneMask(both));
  expect(same).toBe(plain);
  expect(oracle).toMatch(`${first}, oracle IoU, 1 click, minus ${second}`);
  expect(oracle).toContain(`${second} returns one mask`);
});

test("a deficit is no lead", () => {
  const summary = summaryOf(["sam1-d1@1"]);
  const turned = { ...summary, models: [...summary.models].reverse() };
  const [, , ahead] = runLead(summary).sentences;
  const [, , behind] = runLead(turned).sentences;
  expect(ahead).toMatch(/^SAM ViT-B leads MobileSAM <int8> & co on 5 of 5 benchmarks \(by most on .*, \+/);
  expect(behind).toMatch(/^MobileSAM <int8> & co trails SAM ViT-B on 5 of 5 benchmarks \(by most on .*, -/);
  expect(behind).not.toContain("lead");
});

test("images without targets are counted where images are", async () => {
  const summary = summaryOf(["sam1-d1@1"], { models: 1, benchmarks: 1 });
  const [note] = summary.benchmarks;
  const { images, scored } = summary.cells[0]!.counts;
  const whole: Summary = { ...summary, benchmarks: [{ ...note!, images: images + 2 }] };
  const expected = `${images + 2} images, ${images} with targets, `;
  expect(runSize(summary)).not.toContain("with targets");
  expect(runSize(whole)).toContain(expected);
  expect(runLead(whole).sentences[0]).toContain(`(${expected}${scored.toLocaleString("en-US")} masks)`);
  const { texts } = await pageOf(whole);
  for (const selector of [".top .size", ".benchmark .tags"]) expect(texts(selector)[0]).toContain(expected);
});

test("of one benchmark nothing is called a suite, or a mean over benchmarks", async () => {
  const summary = { ...summaryOf(["sam1-d1@1", "box@1"], { models: 1, benchmarks: 1 }), title: "A run" };
  const input = { summary, manifest: exampleManifest(), gallery: [] };
  const definitions = /## What the numbers mean.*$/s;
  for (const text of [
    writers.markdown.render(input).replace(definitions, ""),
    writers.terminal.render(input),
    writers.latex.render(input),
    runLead(summary).sentences.join(" "),
  ])
    expect(text).not.toMatch(/suite|mean over benchmarks/i);
  const { texts } = await pageOf(summary);
  expect(texts("td, th, figcaption, h2, h3").filter((text) => /suite|mean over/i.test(text))).toEqual([]);
  const printed = writers.terminal.render(input).split("\n");
  expect(printed.filter((line) => line.startsWith("sam1-d1@1"))).toHaveLength(1);
  expect(printed.filter((line) => line.includes("---"))).toEqual([]);
});

test("the first protocol leads, and one that counts clicks leads with their number", async () => {
  const summary = summaryOf(["ritm-noc@1", "sam1-d1@1"]);
  const keys = keyMeasures(summary, "ritm-noc@1")!;
  expect([keys.first.id, keys.last, keyMeasures(summary, "sam1-d1@1")!.first.id]).toEqual([
    ...["noc@90", undefined, "iou@1"],
  ]);
  const { texts } = await pageOf(summary);
  expect(texts("#result-title")).toEqual(["Result: ritm-noc@1, NoC, 90\u00a0% IoU"]);
  expect(texts(".results .score")[0]).toMatch(/^\d+\.\d\d clicks NoC@90$/);
  const [what, result] = runLead(summary).sentences;
  expect(what).toContain("suite NoC in clicks");
  expect(result).toMatch(/^For NoC, 90 % IoU, SAM ViT-B reaches \d/);
  // Curves, sizes and histograms are those of the IoU.
  expect(texts("h3")).toContain("IoU over clicks");
});

test("measures have titles, never ids, where people read", async () => {
  const summary = summaryOf(["sam1-d1@1", "box@1", "ritm-noc@1"]);
  const input = { summary, manifest: exampleManifest(), gallery: [] };
  const ids = /(?<![\w-])(?:iou|oracle|dice|boundary|noc)@/;
  for (const text of [
    writers.markdown.render(input),
    writers.terminal.render(input),
    writers.latex.render(input),
  ])
    expect(text).not.toMatch(ids);
  const { texts } = await pageOf(summary);
  expect(texts("main").filter((text) => ids.test(text))).toEqual([]);
  expect(
    [
      { of: "IoU", at: "1 click", step: { clicks: 1 } },
      { of: "IoU", at: "box", step: { clicks: 0 } },
      { of: "NoC", at: "90 % IoU" },
    ].map(placedName),
  ).toEqual(["IoU after 1 click", "IoU with a box", "NoC, 90 % IoU"]);
});

test("heads that need words have them where they stand, in Markdown too", async () => {
  const { texts, all } = await pageOf(summaryOf(["sam1-d1@1"]));
  const heads = all("th").filter((node) => node.textContent === "Dropped");
  expect(heads.map((node) => node.getAttribute("title"))).toContain("left out by a rule");
  expect(texts(".explained")).toContain("Dropped: left out by a rule; Failed: could not be scored.");
  const input = { summary: summaryOf(["sam1-d1@1"]), manifest: exampleManifest(), gallery: [] };
  expect(writers.markdown.render(input)).toContain(
    "\nDrop: left out by a rule; fail: could not be scored.\n",
  );
});

test("names that are cut stay distinct", () => {
  const pairs = [
    ["sam-vit-b-export-2024-float16", "sam-vit-b-export-2024-float32"],
    ["checkpoint-a-of-the-large-model", "checkpoint-b-of-the-large-model"],
    ["fp16-of-the-very-large-model-x", "int8-of-the-very-large-model-x"],
    ["一番長い名前のモデルその一番目です", "一番長い名前のモデルその二番目です"],
    ["aaaaaaaaaaaaaaaaaaaaaaaa1bbbbbbbbbbbbbb", "aaaaaaaaaaaaaaaaaaaaaaaa2bbbbbbbbbbbbbb"],
  ] as const;
  for (const pair of pairs)
    for (const width of [8, 12, 16]) {
      const cut = shortenAll([...pair, "short", pair[0]], width);
      expect(new Set(cut).size).toBe(3);
      expect(cut[2]).toBe("short");
      expect(cut[3]).toBe(cut[0]);
      for (const text of cut) expect(displayWidth(text)).toBeLessThanOrEqual(width);
    }
  expect(shortenAll(["sam-vit-b-export-a", "sam-vit-b-export-b"], 10)).toEqual(["sam-v…rt-a", "sam-v…rt-b"]);
  expect(shortenAll(pairs[4], 12)).toEqual(["aaa…a1bbbbb…", "aaa…a2bbbbb…"]);
});

test("a plot's names are cut so that they stay distinct, and are there in full for a pointer", async () => {
  const titles = [
    "The very long name of a benchmark, part one",
    "The very long name of a benchmark, part two",
  ];
  const summary = summaryOf(["sam1-d1@1"], { models: 1, benchmarks: 2 });
  const names = titles.map((title) => title.toLowerCase().replaceAll(/\W+/g, "-"));
  const renamed = JSON.parse(
    JSON.stringify(summary)
      .replaceAll('"bbbc038v1"', JSON.stringify(names[0]))
      .replaceAll('"trashcan"', JSON.stringify(names[1])),
  ) as Summary;
  const { all } = await pageOf(renamed);
  const ticks = all("#result .wide svg .tick, #result .wide svg .tick text")
    .map((node) => node.textContent)
    .filter((text) => text.includes("…"));
  expect(ticks.some((text) => text.includes("-one"))).toBe(true);
  expect(ticks.some((text) => text.includes("-two"))).toBe(true);
  for (const name of names) expect(ticks.some((text) => text.includes(name))).toBe(true);
});
