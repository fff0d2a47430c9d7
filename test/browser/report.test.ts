// The report of a run in a real browser.
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { axeFindings, expectNoOverflow, open, style, views } from "./page.ts";

const file = join(inject("pages"), "run", "report.html");
let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe.each(views)("at $width, dark: $dark", (view) => {
  test("nothing goes wrong, nothing is asked of anybody, axe finds nothing serious", async () => {
    const { page, trouble } = await open(browser, file, view);
    expect(await axeFindings(page)).toEqual([]);
    await expectNoOverflow(page);
    const background = await style(page.locator("body"), "backgroundColor");
    expect(background).toBe(view.dark ? "rgb(20, 23, 26)" : "rgb(253, 253, 252)");
    await page.locator(".shot a.open").first().click();
    // All else on the page is inert now.
    expect(await axeFindings(page, "dialog[open]")).toEqual([]);
    expect(trouble).toEqual([]);
  });
});

test("a table sorts by a column, and filters by words", async () => {
  const { page } = await open(browser, file);
  const table = page.getByRole("table", { name: "IoU in % and counts, sam1-d1@1" });
  const rows = table.locator("tbody tr");
  expect(await rows.count()).toBe(10);
  const head = table.locator("thead th", { hasText: "1 click" }).first();
  await head.locator("button").click();
  expect(await head.getAttribute("aria-sort")).toBe("descending");
  const values = await table
    .locator("tbody tr > :nth-child(3)")
    .evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute("data-sort"))));
  expect(values).toEqual([...values].sort((a, b) => b - a));

  const box = page.getByRole("searchbox", { name: "Filter: IoU in % and counts, sam1-d1@1" });
  await box.fill("trash strict");
  expect(await rows.filter({ visible: true }).count()).toBe(1);
  await box.fill("trash");
  expect(await rows.filter({ visible: true }).count()).toBe(2);
});

test("a model that is not ticked is nowhere", async () => {
  const { page } = await open(browser, file);
  const shown = page.locator("tr.m1, .shot.m1").filter({ visible: true });
  expect(await shown.count()).toBeGreaterThan(5);
  await page.locator("#show-m1").uncheck();
  expect(await shown.count()).toBe(0);
});

test("a picture opens large, the arrow keys lead on, Escape leads back", async () => {
  const { page } = await open(browser, file);
  const first = page.locator(".shot a.open").first();
  await first.click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.locator("img").getAttribute("src")).toBe(
    await first.locator("img").getAttribute("src"),
  );
  const hash = () => new URL(page.url()).hash;
  const opened = hash();
  expect(opened).toMatch(/^#picture-/);
  await page.keyboard.press("ArrowRight");
  expect(hash()).not.toBe(opened);
  await page.keyboard.press("ArrowLeft");
  expect(hash()).toBe(opened);
  await page.keyboard.press("Escape");
  expect(await dialog.count()).toBe(0);

  const again = await open(browser, file, {}, opened);
  expect(await again.page.getByRole("dialog").isVisible()).toBe(true);
});

test("a link leads to a benchmark", async () => {
  const { page } = await open(browser, file, {}, "#benchmark-trashcan");
  const { y } = (await page.locator("#benchmark-trashcan").boundingBox())!;
  expect(y).toBeGreaterThanOrEqual(0);
  expect(y).toBeLessThan(800);
});

test("without scripts nothing is offered that does not work", async () => {
  const { page, trouble } = await open(browser, file, { scripts: false });
  for (const control of ["thead button", "button.copy", "input[type=search]", "dialog"])
    expect(await page.locator(control).filter({ visible: true }).count()).toBe(0);
  expect(await page.locator(".shot img").count()).toBeGreaterThan(5);
  expect(trouble).toEqual([]);
});

test("paper is white in the dark too, without controls", async () => {
  const { page } = await open(browser, file, { dark: true });
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  expect(await style(page.locator("body"), "backgroundColor")).toBe("rgb(255, 255, 255)");
  expect(await page.locator(".bar").isVisible()).toBe(false);
  expect((await page.pdf({ format: "A4" })).subarray(0, 5).toString()).toBe("%PDF-");
});
