// The page of `segbench view` in a real browser, over the run of the other pages.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { packageFolder } from "../../src/config/paths.ts";
import { contextOf } from "../../src/index.ts";
import { type Viewing, view } from "../../src/view/index.ts";
import { runCli } from "../helpers/run-cli.ts";
import { launchChromium } from "./chromium.ts";
import { axeFindings, expectNoOverflow, type Opened, openPage, style, type View } from "./page.ts";

let browser: Browser;
let viewing: Viewing;
beforeAll(async () => {
  const cwd = inject("pages");
  const data = join(packageFolder, "datasets", "samples");
  viewing = await view({ folder: ".", data, token: "for-this-test", port: 0 }, contextOf({ cwd }));
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await viewing.close();
});

/** Opens an address as it is printed, then another one of the same server; whatever goes wrong is kept. */
async function open(path: string, window: View = {}): Promise<Opened> {
  const leaves = (url: string) => new URL(url).port !== String(viewing.port) && !/^(blob|data):/.test(url);
  const opened = await openPage(browser, window, leaves, 900);
  await opened.page.goto(viewing.address);
  expect(opened.page.url()).not.toContain("token");
  await opened.page.goto(new URL(path, viewing.address).href);
  return opened;
}

const masks = "/?view=masks&run=run&protocol=sam1-d1%401&sort=iou%401";
const chosen = (page: Page) => page.locator("[role=option][aria-selected=true]");
const param = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);
const settled = async (page: Page) => {
  await page.locator(".target[aria-busy=false] canvas").first().waitFor();
  await chosen(page).waitFor();
};

/** Colours of the canvas, most frequent first, as "r,g,b" in steps of 32. */
const colours = (page: Page) =>
  page.evaluate(`(() => {
    const canvas = document.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const counts = new Map();
    for (let i = 0; i < data.length; i += 4) {
      const key = [data[i] >> 5, data[i + 1] >> 5, data[i + 2] >> 5].join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1]).map(([key]) => key);
  })()`) as Promise<string[]>;

describe.each([
  { width: 390, dark: true },
  { width: 1280, dark: false },
])("at $width, dark: $dark", (window) => {
  test("runs and masks: nothing goes wrong, nothing is asked of anybody, axe finds nothing serious", async () => {
    const { page, trouble } = await open("/?run=run", window);
    await page.locator("table.numbers").waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await expectNoOverflow(page);
    const background = await style(page.locator("body"), "backgroundColor");
    expect(background).toBe(window.dark ? "rgb(20, 23, 26)" : "rgb(253, 253, 252)");
    await page.goto(new URL("/?view=trend", viewing.address).href);
    await page.locator(".trend svg").waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await expectNoOverflow(page);
    await page.goto(new URL(masks, viewing.address).href);
    await settled(page);
    expect(await axeFindings(page)).toEqual([]);
    await expectNoOverflow(page);
    expect(trouble).toEqual([]);
  });
});

test("from the list of runs to the masks of a benchmark, and from two models to what changed", async () => {
  const { page } = await open("/");
  await page.getByRole("link", { name: "run", exact: true }).click();
  const line = page.locator("table.numbers tbody tr", { hasText: "trashcan" }).first();
  await line.getByRole("link", { name: "tiny" }).click();
  await settled(page);
  expect([param(page, "benchmark"), param(page, "model"), param(page, "view")]).toEqual([
    "trashcan",
    "tiny",
    "masks",
  ]);
  await page.setViewportSize({ width: 2560, height: 1300 });
  await expectNoOverflow(page);
  await page.goBack();
  await page.locator("table.numbers").waitFor();
  expect(param(page, "view")).toBeNull();
  await page.getByRole("link", { name: "Compare" }).click();
  await page.getByLabel("Candidate").selectOption({ label: "strict, run run" });
  const difference = page.locator("table.numbers tbody tr", { hasText: "trashcan" }).locator("td").nth(2);
  expect(await difference.textContent()).toMatch(/^[+-]?\d+\.\d/);
  expect(await axeFindings(page)).toEqual([]);
  // Each link leads to the target that it names, not to the first of its sample.
  const links = page.locator(".changed a");
  const shown = page.locator(".target h2");
  for (let i = (await links.count()) - 1; i >= 0; i -= 5) {
    const [, sample, target] = /, (.+), target (.+)$/.exec((await links.nth(i).textContent())!)!;
    await links.nth(i).click();
    await settled(page);
    expect(await shown.textContent()).toContain(`sample ${sample}, target ${target};`);
    await page.goBack();
  }
  await links.first().click();
  await settled(page);
  expect([param(page, "view"), param(page, "model"), param(page, "with")]).toEqual([
    "masks",
    "tiny",
    "strict",
  ]);
  await page.locator(".panes canvas").nth(1).waitFor();
});

test("by keys alone: targets, steps, layers, words; and the address shows the same again", async () => {
  const { page, trouble } = await open(masks);
  await settled(page);
  const values = await page.locator(".line .value").allTextContents();
  const numbers = values.map((text) => Number(text.replace(" %", "")));
  expect(numbers.length).toBeGreaterThan(5);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));

  const first = await chosen(page).textContent();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("j");
  await expect.poll(() => page.locator(".count").textContent()).toMatch(/, number 3$/);
  await settled(page);
  expect(await chosen(page).textContent()).not.toBe(first);
  await page.keyboard.press("ArrowRight");
  expect(param(page, "step")).toBe("1");
  const pressed = page.locator(".steps [aria-pressed=true]");
  expect(await pressed.textContent()).toBe("2 clicks");
  expect(await page.locator(".numbers dl").first().textContent()).toMatch(/IoU\d/);

  const before = await colours(page);
  await page.keyboard.press("3");
  await page.keyboard.press("2");
  expect(param(page, "hide")).toBe("errors,truth");
  await expect.poll(() => colours(page)).not.toEqual(before);

  const all = await page.locator(".count").textContent();
  await page.keyboard.press("/");
  await page.keyboard.type("trash");
  await expect.poll(() => page.locator(".count").textContent()).not.toBe(all);
  await page.keyboard.press("Escape");
  await page.keyboard.press("ArrowDown");
  await settled(page);
  const shown = await page.locator(".target h2").textContent();
  expect(shown).toContain("trashcan");

  const other = await page.context().newPage();
  await other.goto(page.url());
  await settled(other);
  expect(await other.locator(".target h2").textContent()).toBe(shown);
  expect(await other.getByRole("searchbox").inputValue()).toBe("trash");
  expect(await other.locator(".layer.of-errors").getAttribute("aria-pressed")).toBe("true");
  // What is read back here, a page does not read.
  expect(trouble.filter((text) => !text.includes("willReadFrequently"))).toEqual([]);
});

test("two models: the largest change first, both masks as panes, slider and flicker, a plot whose points are targets, and a list that a run takes", async () => {
  const { page, trouble } = await open(`${masks}&model=tiny`);
  await settled(page);
  await page.getByLabel("Beside it").selectOption({ label: "strict" });
  await expect.poll(() => page.locator(".count").textContent()).toMatch(/number 1$/);
  await settled(page);
  await page.locator(".panes canvas").nth(1).waitFor();
  expect([param(page, "sort"), param(page, "minus"), param(page, "order")]).toEqual([
    "beside:iou@1",
    "iou@1",
    "far",
  ]);
  const changes = (await page.locator(".line .value").allTextContents()).map((text) =>
    Math.abs(Number(text.replace(" points", ""))),
  );
  expect(changes[0]).toBeGreaterThan(1);
  expect(changes).toEqual([...changes].sort((a, b) => b - a));
  expect(await page.locator(".scatter .note").textContent()).toMatch(
    /^Higher in \d+, lower in \d+, equal in \d+ of \d+ rows/,
  );
  await expectNoOverflow(page);
  expect(await axeFindings(page)).toEqual([]);

  await page.keyboard.press("Escape");
  const before = await colours(page);
  await page.keyboard.press("6");
  await expect.poll(() => colours(page)).not.toEqual(before);
  await page.keyboard.press("v");
  await page.getByLabel("Line", { exact: true }).waitFor();
  expect(await page.locator(".picture canvas").count()).toBe(1);
  await page.keyboard.press("]");
  await expect.poll(() => page.getByLabel("Line", { exact: true }).inputValue()).toBe("54");
  await page.keyboard.press("v");
  await expect.poll(() => page.locator(".names").textContent()).toContain("tiny");
  await page.keyboard.press("f");
  await expect.poll(() => page.locator(".names").textContent()).toContain("strict");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.keyboard.press("Escape");

  const row = param(page, "row");
  const points = page.locator(".points circle");
  await points.first().waitFor();
  for (let i = 0; i < (await points.count()) && param(page, "row") === row; i++) {
    const { x, y, width } = (await points.nth(i).boundingBox())!;
    await page.mouse.click(x + width / 2, y + width / 2);
  }
  expect(param(page, "row")).not.toBe(row);

  await page.getByRole("searchbox").fill("ndd20");
  await expect.poll(() => page.locator(".count").textContent()).not.toMatch(/^47 of /);
  await settled(page);
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save ids" }).click(),
  ]);
  const folder = inject("pages");
  await saved.saveAs(join(folder, saved.suggestedFilename()));
  const command = (await page.locator(".save code").first().textContent())!;
  const lines = readFileSync(join(folder, saved.suggestedFilename()), "utf8").trimEnd().split("\n");
  expect(await page.locator(".count").textContent()).toMatch(new RegExp(`^${lines.length} of `));
  const data = join(packageFolder, "datasets", "samples");
  expect(command).toContain(`--data ${data}`);
  const words = [...command.split(" ").slice(1), "--out", "again"];
  const { code, err } = await runCli(words, { cwd: folder });
  expect(code, err).toBe(0);
  const rows = readFileSync(join(folder, "again", "rows.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const named = rows.map(({ benchmark, sample, target }) => [benchmark, sample, target].join("\t"));
  expect(named.sort()).toEqual(lines.sort());
  expect(trouble.filter((text) => !text.includes("willReadFrequently"))).toEqual([]);
});

test("a name that no run has is said", async () => {
  const { page } = await open("/?run=nowhere&view=masks");
  expect(await page.getByRole("alert").textContent()).toBe("There is no run nowhere here.");
});

test("each view has a command that prints its numbers", async () => {
  const { page } = await open("/?run=run");
  const known = new Map<string, string>();
  /** Runs the commands that are shown, each once; what they print, one after the other. */
  const printed = async () => {
    await page.locator(".command code").first().waitFor();
    const texts = await page.locator(".command code").allTextContents();
    const outs = [];
    for (const text of texts) {
      const [program, ...words] = text.split(" ").map((word) => word.replace(/^'(.*)'$/, "$1"));
      expect(program).toBe("segbench");
      if (!known.has(text)) {
        const { code, out, err } = await runCli(words, { cwd: inject("pages") });
        expect(code, err).toBe(0);
        known.set(text, out);
      }
      outs.push(known.get(text)!);
    }
    return outs;
  };
  const cell = (text: string, place: number) =>
    page.locator("table.numbers tbody tr", { hasText: text }).first().locator("td").nth(place);
  const first = async (text: string, place: number) =>
    /^[+-]?\d+\.\d/.exec((await cell(text, place).textContent())!)![0];
  const [board] = await printed();
  expect(board).toContain(await first("trashcan", 0));
  await page.goto(new URL("/?view=trend&model=strict&benchmark=trashcan", viewing.address).href);
  await page.locator(".trend svg").waitFor();
  const point = await first("run", 1);
  expect((await printed())[0]).toContain(point);
  await page.goto(
    new URL("/?view=compare&run=run&model=tiny&other=run&against=strict", viewing.address).href,
  );
  await page.locator("table.numbers").waitFor();
  const difference = await first("trashcan", 2);
  expect((await printed())[0]).toContain(difference);
  await page.goto(new URL(`${masks}&benchmark=trashcan`, viewing.address).href);
  await settled(page);
  const [list, row] = await printed();
  const values = await page.locator(".line .value").allTextContents();
  expect(values.length).toBeGreaterThan(3);
  for (const value of values.slice(0, 5)) expect(list).toContain(value);
  expect(row).toContain(values[0]);
});
