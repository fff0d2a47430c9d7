// The browser of masks over other kinds of rows: all masks of an image, clips, rows that cannot be drawn, and a run beside that is another one.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageFolder } from "../../src/config/paths.ts";
import { contextOf, type MaskRow, type RunRequest, run, score } from "../../src/index.ts";
import { type Viewing, view } from "../../src/view/index.ts";
import { launchChromium } from "./chromium.ts";
import { axeFindings, expectNoOverflow, openPage, type View } from "./page.ts";

const root = mkdtempSync(join(tmpdir(), "segbench-kinds-"));
const data = join(packageFolder, "datasets", "samples");
const context = contextOf({ cwd: root });
let browser: Browser;
let viewing: Viewing;

beforeAll(async () => {
  const shared = { data, limit: 1, pages: [] };
  const generator = { pointsPerSide: 6, predictedIou: 0.3, stability: 0.6 };
  const sets = { models: ["tiny"], benchmarks: ["trashcan"], protocols: ["everything@1"], generator };
  const clips = { models: ["tiny-video"], benchmarks: ["davis2017-val"], protocols: ["vos-mask@1"] };
  await run({ ...shared, ...sets, out: join(root, "sets") } as unknown as RunRequest, context);
  await run({ ...shared, ...clips, out: join(root, "clips") } as unknown as RunRequest, context);
  await scorePhrases();
  cpSync(join(root, "sets"), join(root, "other"), { recursive: true });
  const manifest = join(root, "other", "manifest.json");
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace('"seed": "segbench"', '"seed": "another"'));
  // A mask of another size than its image; the file stays as long as it was, since masks are found by their places in it.
  const masks = join(root, "other", "masks.jsonl");
  const nines = (size: string) => size.replace(/\d/g, "9");
  writeFileSync(masks, readFileSync(masks, "utf8").replace(/"size":\[\d+,\d+\]/, nines));
  viewing = await view({ folder: ".", data, token: "for-this-test", port: 0 }, context);
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await viewing.close();
  rmSync(root, { recursive: true });
});

/** Apples are found but for one; a phrase that names nothing is answered with one of them. */
async function scorePhrases() {
  const file = join(data, "saco-gold", "gold_metaclip_merged_a_release_test.json");
  const { images, annotations } = JSON.parse(readFileSync(file, "utf8")) as {
    images: readonly { id: number; text_input: string }[];
    annotations: readonly { image_id: number; segmentation: unknown }[];
  };
  const idOf = (phrase: string) => images.find(({ text_input }) => text_input === phrase)!.id;
  const [one, two] = annotations.filter(({ image_id }) => image_id === idOf("apple"));
  const answers = [
    { ...one, score: 0.91 },
    { ...two, score: 0.3 },
    { ...one, image_id: idOf("dog"), score: 0.77 },
  ].map(({ image_id, segmentation, score: own }) => ({ image_id, segmentation, score: own }));
  writeFileSync(join(root, "answers.json"), JSON.stringify(answers));
  await score("saco-gold-metaclip", "answers.json", { data, out: "phrases", model: "found" }, context);
}

async function open(path: string, window: View = {}) {
  const leaves = (url: string) => new URL(url).port !== String(viewing.port) && !/^(blob|data):/.test(url);
  const opened = await openPage(browser, window, leaves, 900);
  await opened.page.goto(viewing.address);
  await opened.page.goto(new URL(path, viewing.address).href);
  await opened.page.locator(".target[aria-busy=false]").waitFor();
  return opened;
}

const param = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

test("all masks of an image: the mask below the pointer is told and shown alone; where targets are lost; another seed beside", async () => {
  const { page, trouble } = await open("/?view=masks&run=sets&model=tiny&with=other:tiny");
  const remark = page.locator(".beside .missing");
  expect(await remark.textContent()).toMatch(/^tiny, run other: another seed, card or way of prompting/);
  await page.getByRole("button", { name: "Take tiny, run other away" }).click();
  await expect.poll(() => remark.count()).toBe(0);
  expect(await page.locator(".parts").first().getAttribute("aria-label")).toMatch(/\d %/);
  const [mask] = readFileSync(join(root, "sets", "masks.jsonl"), "utf8")
    .split("\n", 1)
    .map((line) => JSON.parse(line) as MaskRow);
  const canvas = page.locator(".picture canvas");
  await canvas.scrollIntoViewIfNeeded();
  await page.locator(".pointed").waitFor();
  const box = (await canvas.boundingBox())!;
  const [height, width] = mask!.rle.size;
  const zoom = Math.min(box.width / width, box.height / height);
  const [x, y] = mask!.generated!.point!;
  const [left, top] = [
    (box.width - width * zoom) / 2 + x * zoom,
    (box.height - height * zoom) / 2 + y * zoom,
  ];
  await page.mouse.move(box.x + left - 1, box.y + top);
  await page.mouse.move(box.x + left, box.y + top);
  await expect
    .poll(() => page.locator(".pointed").textContent())
    .toMatch(/^Rank \d+, .*model's estimate 0\.\d/);
  const rank = /\d+/.exec((await page.locator(".pointed").textContent())!)![0];
  await page.mouse.down();
  await page.mouse.up();
  await page.locator(".steps [aria-pressed=true]", { hasText: `mask ${rank}` }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.goto(new URL("/?view=masks&run=other", viewing.address).href);
  const missing = page.locator(".target > .missing");
  await missing.waitFor();
  expect(await missing.textContent()).toMatch(
    /^Not drawn: the masks: 9+ × 9+ pixels, but the image has \d+ × \d+\.$/,
  );
  expect(await page.locator(".layer.of-truth").isEnabled()).toBe(true);
  expect(trouble).toEqual([]);
});

test("a clip on a phone: frames by keys and by the plot; a row that cannot be drawn does not take the page along", async () => {
  const { page, trouble } = await open("/?view=masks&run=clips", { width: 390, dark: true });
  const at = page.locator(".scrub output");
  // The first frame with a mask; that of the prompts comes before it, and the last one of a clip is not scored.
  expect(await at.textContent()).toBe("frame 00001, 2 of 10");
  await page.keyboard.press("End");
  await expect.poll(() => at.textContent()).toBe("frame 00008, 9 of 10");
  await page.locator(".over-frames svg").waitFor();
  const plot = page.locator(".over-frames .plot");
  await plot.scrollIntoViewIfNeeded();
  await plot.click({ position: { x: 40, y: 60 } });
  await expect.poll(() => at.textContent()).toBe("the prompted frame, 1 of 10");
  expect(await page.getByRole("button", { name: "Prompt" }).isEnabled()).toBe(true);
  expect(await axeFindings(page)).toEqual([]);
  await expectNoOverflow(page);
  expect(trouble).toEqual([]);

  await page.route(/\/api\/target\?.*row=1(&|$)/, (route) => route.fulfill({ json: { masks: 7 } }));
  await page.keyboard.press("ArrowDown");
  expect(await page.getByRole("alert").textContent()).toMatch(/^This cannot be shown: /);
  expect(param(page, "row")).toBe("1");
  await page.keyboard.press("ArrowUp");
  await page.locator(".target h2").waitFor();
});

test("phrases: what is right, wrong and missed by each annotator; those that name nothing; nothing is an answer", async () => {
  const { page, trouble } = await open("/?view=masks&run=phrases&text=10000001", { width: 390, dark: true });
  const answer = page.locator("h3:text('Answer') + p");
  expect(await page.locator(".target h2").textContent()).toMatch(/^apple/);
  expect(await answer.textContent()).toBe("1 right, 1 missed.");
  await page.getByRole("button", { name: "Annotator 2" }).click();
  await expect.poll(() => param(page, "annotator")).toBe("2");
  await expect.poll(() => answer.textContent()).toBe("1 right, 2 missed.");
  expect(await page.locator(".picture canvas").getAttribute("aria-label")).toMatch(
    /all 2 masks: prediction, truth/,
  );
  expect(await axeFindings(page)).toEqual([]);
  await expectNoOverflow(page);
  await page.goto(new URL("/?view=masks&run=phrases&size=nothing&text=10000003", viewing.address).href);
  await expect.poll(() => answer.textContent()).toBe("The phrase names nothing here: 1 wrong.");
  await page.goto(new URL("/?view=masks&run=phrases&size=nothing&text=10000007", viewing.address).href);
  await expect
    .poll(() => answer.textContent())
    .toBe("The phrase names nothing here, and nothing was answered.");
  expect(await page.locator(".missing").count()).toBe(0);
  expect(trouble).toEqual([]);
});
