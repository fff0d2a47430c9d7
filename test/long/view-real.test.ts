// The page over a run of real samples with two models: every view at four widths, by day and by night, and from the first Tab to a
// click in the playground by keys alone. Needs a Chromium and SEGBENCH_DATA.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageFolder } from "../../src/config/paths.ts";
import { contextOf } from "../../src/index.ts";
import { type Viewing, view } from "../../src/view/index.ts";
import { launchChromium } from "../browser/chromium.ts";
import { axeFindings, expectNoOverflow, openPage, type View } from "../browser/page.ts";
import { realData } from "../datasets/cards.ts";
import { runCli } from "../helpers/run-cli.ts";

const place = mkdtempSync(join(tmpdir(), "segbench-view-real-"));
let browser: Browser;
let viewing: Viewing;

const model = (name: string) => join(packageFolder, "models", "tiny", `${name}.onnx`);
const strict = {
  ...{ name: "strict", title: "Tiny, strict", description: "Masks from logits above 2.", family: "sam" },
  files: { encoder: model("encoder"), decoder: model("decoder") },
  ...{ image: { size: 256 }, mask: { threshold: 2 }, batch: 1, licence: "MIT", source: "models/tiny" },
};
const runs: Readonly<Record<string, readonly string[]>> = {
  real: [
    "models: [tiny, ./strict.yaml]",
    "benchmarks: [bbbc038v1, trashcan-supervisely, ppdls-a1]",
    "protocols: [sam1-d1@1, box@1]",
  ],
  all: [
    "models: [tiny]",
    "benchmarks: [bbbc038v1]",
    "protocols: [everything@1]",
    "generator: { pointsPerSide: 8, predictedIou: 0.3, stability: 0.6 }",
  ],
};

/** Every view: its address, and what is there when it is shown. */
const masks = "?view=masks&run=real&protocol=sam1-d1%401&sort=iou%401&model=tiny";
const shown = ".target[aria-busy=false] canvas";
const views: Readonly<Record<string, readonly [path: string, there: string]>> = {
  runs: ["?run=real", "table.numbers"],
  trend: ["?view=trend&run=real", ".trend svg"],
  compare: ["?view=compare&run=real", "table.numbers"],
  masks: [`${masks}&hide=errors`, shown],
  "two models": [`${masks}&with=strict`, ".panes canvas"],
  slider: [`${masks}&with=strict&look=slider`, shown],
  everything: ["?view=masks&run=all", shown],
  playground: ["?view=play&run=real", ".field"],
};

describe.skipIf(realData === undefined)(
  `real samples${realData === undefined ? " (none here: set SEGBENCH_DATA)" : ""}`,
  () => {
    beforeAll(async () => {
      writeFileSync(join(place, "strict.yaml"), JSON.stringify(strict));
      for (const [name, lines] of Object.entries(runs)) {
        writeFileSync(join(place, `${name}.yaml`), [`name: ${name}`, ...lines, "limit: 2", ""].join("\n"));
        const { code, err } = await runCli(
          ["run", `${name}.yaml`, "--data", realData!, "--out", join("reports", name), "--no-pages"],
          { cwd: place },
        );
        if (code !== 0) throw new Error(err);
      }
      const options = { folder: "reports", data: realData!, token: "for-this-test", port: 0 };
      viewing = await view(options, contextOf({ cwd: place }));
      browser = await launchChromium();
    }, 300_000);
    afterAll(async () => {
      await browser?.close();
      await viewing?.close();
      rmSync(place, { recursive: true, force: true });
    });

    const open = async (path: string, window: View = {}) => {
      const leaves = (url: string) =>
        new URL(url).port !== String(viewing.port) && !/^(blob|data):/.test(url);
      const opened = await openPage(browser, window, leaves, 900);
      opened.page.setDefaultTimeout(60_000);
      await opened.page.goto(viewing.address);
      await opened.page.goto(new URL(path, viewing.address).href);
      return opened;
    };

    const windows = [390, 768, 1280, 2560].flatMap((width) => [false, true].map((dark) => ({ width, dark })));
    test.each(windows)("at $width, dark: $dark: all views, nothing wrong, axe", async (window) => {
      for (const [name, [path, there]] of Object.entries(views)) {
        const { page, trouble } = await open(`/${path}`, window);
        await page.locator(there).first().waitFor();
        expect(await axeFindings(page), name).toEqual([]);
        await expectNoOverflow(page);
        expect(trouble, name).toEqual([]);
        await page.context().close();
      }
    });

    test("by keys alone: to a run, its masks, a step, a layer, and a click in the playground", async () => {
      const { page, trouble } = await open("/");
      await press(page, "real");
      await page.locator("table.numbers").waitFor();
      await press(page, "Masks of real");
      await page.locator(shown).first().waitFor();
      const count = () => page.locator(".count").textContent();
      await page.keyboard.press("ArrowDown");
      await expect.poll(count).toMatch(/number 2$/);
      await page.locator(shown).first().waitFor();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("3");
      await expect.poll(() => page.url()).toMatch(/step=\d.*hide=errors|hide=errors.*step=\d/);
      await press(page, "Play this target");
      await page.getByText("would click on the object").first().waitFor();
      await tabTo(page, "document.activeElement.classList.contains('field')");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Enter");
      await expect
        .poll(() => page.locator(".candidates button").count(), { timeout: 60_000 })
        .toBeGreaterThan(0);
      expect(trouble).toEqual([]);
    });
  },
);

/** Tab until something holds of what has the focus. */
async function tabTo(page: Page, holds: string): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(holds)) return;
  }
  throw new Error(`no Tab leads to where ${holds}`);
}

/** Goes to a link or button by Tab, and presses it. */
async function press(page: Page, name: string): Promise<void> {
  await page.getByText(name, { exact: true }).first().waitFor();
  await tabTo(page, `document.activeElement.textContent.trim() === ${JSON.stringify(name)}`);
  await page.keyboard.press("Enter");
}
