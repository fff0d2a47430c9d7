// Takes the README's screenshots of the committed example: npx tsx scripts/screenshots.ts. Needs Chromium, as
// the browser tests do.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { packageFolder } from "../src/config/paths.ts";
import { launchChromium } from "../test/browser/chromium.ts";

interface Shot {
  readonly file: string;
  readonly image: string;
  /** Selector of the element at the top; default: the page's beginning. */
  readonly from?: string;
  /** Control to check before the screenshot. */
  readonly check?: string;
}

const shots: readonly Shot[] = [
  { file: "report.html", image: "report.png" },
  { file: "comparison.html", image: "comparison.png" },
  {
    file: "comparison.html",
    image: "changes.png",
    from: "section.block:has(.changes)",
    check: ".view input[value=slider]",
  },
];
const size = { width: 1280, height: 860 };

const folder = join(packageFolder, "docs", "images");
mkdirSync(folder, { recursive: true });
const browser = await launchChromium();
try {
  for (const { file, image, from, check } of shots) {
    const page = await browser.newPage({ viewport: size, colorScheme: "light" });
    await page.goto(pathToFileURL(join(packageFolder, "reports", "example", file)).href);
    if (check !== undefined) await page.locator(check).first().check();
    if (from !== undefined)
      await page.evaluate(`document.querySelector(${JSON.stringify(from)}).scrollIntoView()`);
    const png = await page.screenshot();
    await sharp(png).png({ palette: true, quality: 90, effort: 8 }).toFile(join(folder, image));
    await page.close();
  }
} finally {
  await browser.close();
}
