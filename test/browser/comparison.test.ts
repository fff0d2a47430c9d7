// The comparison in a real browser.
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { axeFindings, expectNoOverflow, open, style, views } from "./page.ts";

const file = join(inject("pages"), "compared", "comparison.html");
let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe.each(views)("at $width, dark: $dark", (view) => {
  test("nothing goes wrong, nothing is asked of anybody, axe finds nothing serious", async () => {
    const { page, trouble } = await open(browser, file, view);
    expect(await axeFindings(page)).toEqual([]);
    await page.locator(".view input[value=slider]").first().check();
    expect(await axeFindings(page)).toEqual([]);
    await expectNoOverflow(page);
    expect(trouble).toEqual([]);
  });
});

test("dark mode changes the background", async () => {
  const background = async (dark: boolean) => {
    const { page } = await open(browser, file, { dark });
    return page.evaluate("getComputedStyle(document.body).backgroundColor");
  };
  expect([await background(false), await background(true)]).toEqual([
    "rgb(253, 253, 252)",
    "rgb(20, 23, 26)",
  ]);
});

test("a column sorts both ways", async () => {
  const { page } = await open(browser, file);
  const table = page.locator("#pair-0-0 table.sortable").first();
  const head = table.locator("thead th", { hasText: "Difference" });
  const values = () =>
    table
      .locator("tbody tr > :nth-child(4)")
      .evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute("data-sort"))));
  await head.locator("button").click();
  expect(await head.getAttribute("aria-sort")).toBe("descending");
  const down = await values();
  expect(down).toEqual([...down].sort((a, b) => b - a));
  expect(down).toHaveLength(5);
  await head.locator("button").click();
  expect(await values()).toEqual([...down].reverse());
});

test("a filter leaves the rows that hold every word", async () => {
  const { page } = await open(browser, file);
  const fold = page.locator("#pair-0-0 details", { hasText: "Most changed targets" });
  await fold.locator("summary").click();
  const rows = fold.locator("tbody tr");
  const all = await rows.count();
  const trash = await rows.filter({ has: page.locator("th", { hasText: "trashcan" }) }).count();
  expect(trash).toBeGreaterThan(0);
  expect(trash).toBeLessThan(all);
  const box = fold.getByRole("searchbox");
  await box.fill("TRASH");
  expect(await rows.filter({ visible: true }).count()).toBe(trash);
  await box.fill("");
  expect(await rows.filter({ visible: true }).count()).toBe(all);
});

test("a link to a benchmark leads to its row", async () => {
  const { page } = await open(browser, file, {}, "#benchmark-trashcan");
  const row = page.locator("#benchmark-trashcan");
  expect(await row.locator("th small").textContent()).toMatch(/^trashcan · /);
  const box = (await row.boundingBox())!;
  expect(box.y).toBeGreaterThanOrEqual(0);
  expect(box.y + box.height).toBeLessThanOrEqual(800);
  const link = page.locator(".change a", { hasText: "Dolphin" }).first();
  await link.click();
  expect(new URL(page.url()).hash).toBe("#benchmark-ndd20");
  expect(await page.locator("#benchmark-ndd20").isVisible()).toBe(true);
});

test("the slider uncovers one picture over the other, by keys too", async () => {
  const { page } = await open(browser, file);
  const change = page.locator(".change").first();
  const [left, right] = [change.locator(".side").nth(0), change.locator(".side").nth(1)];
  const slider = change.locator(".wipe");
  expect(await slider.isVisible()).toBe(false);
  expect((await left.boundingBox())!.x).toBeLessThan((await right.boundingBox())!.x);

  await page.locator(".view input[value=slider]").first().check();
  expect(await left.boundingBox()).toEqual(await right.boundingBox());
  const pair = change.locator(".pair");
  const { width } = (await pair.boundingBox())!;
  const thumb = 2.2 * 16;
  /** Where the border is drawn, in pixels from the left, and where the second picture begins. */
  const border = async () => Number.parseFloat(await style(pair, "left", "::after"));
  const begin = () => style(right, "clipPath");
  expect(await begin()).toBe("inset(0px 0px 0px 50%)");
  expect(await border()).toBeCloseTo(width / 2, 1);
  await slider.focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight"]) await page.keyboard.press(key);
  expect(await slider.inputValue()).toBe("52");
  expect(await border()).toBeCloseTo(thumb / 2 + 0.52 * (width - thumb), 1);
  await page.keyboard.press("Home");
  expect(await border()).toBeCloseTo(thumb / 2, 1);
  expect(await begin()).toBe(`inset(0px 0px 0px calc(0% + ${thumb / 2}px))`);
  expect(await page.locator(".change .wipe").nth(1).inputValue()).toBe("50");
});

test("without scripts both pictures stand side by side and nothing is offered that does not work", async () => {
  const { page, trouble } = await open(browser, file, { scripts: false });
  const sides = page.locator(".change").first().locator(".side img");
  const [a, b] = [(await sides.nth(0).boundingBox())!, (await sides.nth(1).boundingBox())!];
  expect(a.x + a.width).toBeLessThanOrEqual(b.x);
  expect(a.y).toBe(b.y);
  for (const control of [".view", ".wipe", "thead button", "button.copy"])
    expect(await page.locator(control).filter({ visible: true }).count()).toBe(0);
  expect(trouble).toEqual([]);
});

test("on paper everything is there, side by side", async () => {
  const { page } = await open(browser, file);
  await page.locator(".view input[value=slider]").first().check();
  await page.emulateMedia({ media: "print" });
  expect(await page.locator(".bar").isVisible()).toBe(false);
  expect(await page.locator(".wipe").first().isVisible()).toBe(false);
  const sides = page.locator(".change").first().locator(".side");
  expect((await sides.nth(0).boundingBox())!.x).toBeLessThan((await sides.nth(1).boundingBox())!.x);
  const pdf = await page.pdf({ format: "A4" });
  expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
});
