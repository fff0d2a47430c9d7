import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { writers } from "../../src/report/index.ts";
import { escapeHtml, idsOf, html as markup } from "../../src/report/kit/markup.ts";
import { spread } from "../../src/report/kit/plot.ts";
import { exampleInput, exampleManifest, exampleShape, exampleSummary } from "./example.ts";

interface Node {
  readonly id: string;
  readonly textContent: string;
  getAttribute(name: string): string | null;
}
interface Page {
  querySelectorAll(selector: string): Iterable<Node>;
}

const input = exampleInput();
const text = await writers.html.render(input);
const page = parseHTML(text).document as unknown as Page;
const all = (selector: string) => [...page.querySelectorAll(selector)];

test("loads nothing from elsewhere", () => {
  const references = all("[src], [href], [srcset], [data]").flatMap((node) =>
    ["src", "href", "srcset", "data"].flatMap((name) => node.getAttribute(name) ?? []),
  );
  expect(references.filter((reference) => !/^(#|data:)/.test(reference))).toEqual([]);
  expect(text).not.toMatch(/@import|url\((?!data:)|<link|<iframe/i);
});

test("ids are unique and every link on the page leads somewhere", () => {
  const ids = all("[id]").map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const link of all("a[href^='#']")) expect(ids).toContain(link.getAttribute("href")!.slice(1));
  for (const node of all("[aria-labelledby]")) expect(ids).toContain(node.getAttribute("aria-labelledby"));
});

test("pictures and plots say what they show", () => {
  expect(all("img").length).toBe(input.gallery.length);
  for (const image of all("img")) expect(image.getAttribute("alt")).not.toBe("");
  const plots = all("svg.plot");
  expect(plots.length).toBeGreaterThan(20);
  for (const plot of plots) {
    expect(plot.getAttribute("role")).toBe("img");
    expect(plot.getAttribute("aria-label")!.length).toBeGreaterThan(10);
  }
});

test("text from data is escaped", () => {
  expect(text).not.toContain("<b>Très");
  expect(text).not.toContain("alert(1)</script>");
  expect(all("h3").some(({ textContent }) => textContent.includes("TrashCan"))).toBe(true);
  expect(all(".what").some(({ textContent }) => textContent.includes("<script>alert(1)</script>"))).toBe(
    true,
  );
  const hostile = markup`<p title="${'"><script>'}">${["<i>", markup`<b>${"&"}</b>`]}</p>`.html;
  expect(hostile).toBe('<p title="&quot;&gt;&lt;script&gt;">&lt;i&gt;<b>&amp;</b></p>');
  expect(escapeHtml("'")).toBe("&#39;");
});

test("every benchmark has a section, every picture an address of its own", () => {
  const names = input.summary.benchmarks.map(({ name }) => `benchmark-${name}`);
  expect(all(".benchmark").map(({ id }) => id)).toEqual(names);
  expect(all(".shot").map(({ id }) => id)).toEqual([
    ...["worst", "median", "best"].map((kind) => `picture-trashcan-sam-vit-b-${kind}`),
    ...["worst", "median", "best"].map((kind) => `picture-trashcan-mobile-sam-${kind}`),
  ]);
  expect([...idsOf("x", ["a.b", "a-b", "c"]).values()]).toEqual(["x-a-b", "x-a-b-2", "x-c"]);
});

test("a picture tells its dialogue click by click", () => {
  const [first] = all(".dialogue ol");
  expect(first!.textContent).toBe("foreground at 31, 44 IoU 4.0");
  expect(all(".dialogue .later")[0]!.textContent).toBe("Then 61.5 with 2 clicks.");
});

test("a picture's estimate is of the measure; of masks made elsewhere it is the score that came with them", async () => {
  expect(all(".facts")[0]!.textContent).toMatch(/^predicted IoU 88\.0/);
  const { models, ...plan } = input.manifest.plan;
  const elsewhere = models.map(({ name, files }) => ({
    ...{ name, files },
    card: { name, title: name, family: "external", mask: { predictedIou: "iou" } } as const,
  }));
  const manifest = { ...input.manifest, plan: { ...plan, models: elsewhere } };
  const { document: other } = parseHTML(await writers.html.render({ ...input, manifest }));
  const facts = [...other.querySelectorAll(".facts")].map(({ textContent }) => textContent);
  expect(facts.length).toBe(input.gallery.length);
  for (const text of facts) expect(text).toMatch(/^score 0\.88/);
});

test("a picture that is no data URI is not shown", async () => {
  const [item] = input.gallery;
  const picture = { ...item!.picture, src: "https://example.org/a.png" };
  const other = await writers.html.render({ ...input, gallery: [{ ...item!, picture }] });
  expect(other).not.toContain("example.org/a.png");
});

test("has a light and a dark palette with the same colours", () => {
  const palettes = [...text.matchAll(/:root \{([^}]*)\}/g)].map(([, body]) =>
    [...body!.matchAll(/(--[a-z0-9-]+):/g)].map(([, name]) => name!).sort(),
  );
  expect(text).toContain("prefers-color-scheme: dark");
  expect(palettes[1]).toEqual(palettes[0]);
});

test("plots raise no warning", () => {
  expect(text).not.toContain("⚠");
  const shown = text.replace(/<script>.*<\/script>/s, "");
  expect(/NaN|undefined|\[object/.exec(shown)).toBeNull();
});

test("a run without any row, and one with a single benchmark, still make a page", async () => {
  const shape = { models: exampleShape.models.slice(0, 1), benchmarks: exampleShape.benchmarks.slice(0, 1) };
  const summary = exampleSummary(shape, ["box@1"]);
  const manifest = exampleManifest(shape);
  const nothing = { summary: { ...summary, cells: [], suites: [], domains: [] }, manifest, gallery: [] };
  for (const writer of Object.values(writers)) {
    for (const one of [nothing, { summary, manifest, gallery: [] }]) {
      const written = await writer.render(one);
      expect(written.endsWith("\n")).toBe(true);
      expect(/NaN|Infinity|\[object|undefined/.exec(written.replace(/<script>.*<\/script>/s, ""))).toBeNull();
    }
  }
});

test("labels that would overlap are spread", () => {
  expect(spread([50, 52, 10], 10, 0, 100)).toEqual([50, 60, 10]);
  expect(spread([99, 99], 10, 0, 100)).toEqual([90, 100]);
  expect(spread([], 10, 0, 100)).toEqual([]);
});
