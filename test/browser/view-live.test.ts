// The page of `segbench view` while a run goes on: it fills, and what is looked at stays where it is.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { contextOf } from "../../src/index.ts";
import { openRunFolder } from "../../src/store/run-folder.ts";
import { view } from "../../src/view/index.ts";
import { check, contentOf, manifestOf, units } from "../store/sample-run.ts";
import { launchChromium } from "./chromium.ts";
import { openPage } from "./page.ts";

test("a run goes on: the list, the numbers and the targets fill; the target, the zoom and the words stay", async () => {
  const root = mkdtempSync(join(tmpdir(), "segbench-live-"));
  const viewing = await view({ folder: ".", token: "t", port: 0 }, contextOf({ cwd: root }));
  const browser = await launchChromium();
  try {
    const { page, trouble } = await openPage(browser, { width: 1280 }, () => false, 900);
    await page.goto(viewing.address);
    await page.getByText("There is no run folder").waitFor();
    const folder = await openRunFolder(join(root, "going"), manifestOf(), { check });
    const write = async (from: number, to: number) => {
      for (const unit of units.slice(from, to)) {
        const { rows, masks, timing } = contentOf(unit);
        await folder.append(unit, rows, masks, timing);
      }
    };
    await write(0, 3);
    // What a page asks for by itself comes within seconds; a look at it is enough at once.
    const look = () => page.evaluate("dispatchEvent(new Event('focus'))");
    await look();
    await page.getByRole("link", { name: "going", exact: true }).click();
    const line = page.locator("table.runs tr", { hasText: "going" });
    await expect.poll(() => line.textContent()).toContain(`3 of ${units.length} images`);
    expect(await line.textContent()).toContain("running");
    await page.getByText("The run goes on, and this page with it").waitFor();
    await page.getByRole("link", { name: "Masks of going" }).click();
    const chosen = page.locator("[role=option][aria-selected=true]");
    await chosen.waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("/");
    await page.keyboard.type("a");
    await page.keyboard.press("Escape");
    await page.locator(".target[aria-busy=false] canvas").first().waitFor();
    const zoom = async () =>
      Number.parseInt((await page.locator(".zoom output").first().textContent()) ?? "", 10);
    // Where the picture lies, and what is written of it, follow by a frame each; at first so does the canvas' own size.
    const frames = () =>
      page.evaluate(
        "new Promise((done) => { let left = 8; const next = () => (left-- > 0 ? requestAnimationFrame(next) : setTimeout(done)); next(); })",
      );
    await frames();
    const whole = await zoom();
    await page.keyboard.press("+");
    await page.keyboard.press("+");
    await frames();
    expect((await zoom()) / whole).toBeCloseTo(1.25 ** 2, 1);
    const seen = async () => [
      await zoom(),
      await page.locator(".target h2").textContent(),
      await page.getByRole("searchbox").inputValue(),
      new URL(page.url()).search,
    ];
    const before = await seen();
    const count = await page.locator(".count").textContent();
    await write(3, units.length);
    await folder.close();
    await look();
    await expect.poll(() => page.locator(".count").textContent(), { timeout: 10_000 }).not.toBe(count);
    expect(await seen()).toEqual(before);
    await page.getByRole("link", { name: "Runs", exact: true }).click();
    await expect.poll(() => line.textContent()).toContain("complete");
    expect(trouble.filter((text) => !text.includes("404"))).toEqual([]);
  } finally {
    await browser.close();
    await viewing.close();
    rmSync(root, { recursive: true, force: true });
  }
});
