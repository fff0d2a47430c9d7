// Takes the README's pictures of the committed example: npx tsx scripts/screenshots.ts. Needs Chromium, as the browser tests do.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { packageFolder } from "../src/config/paths.ts";
import { launchChromium } from "../test/browser/chromium.ts";

interface Shot {
  readonly file: string;
  readonly picture: string;
  /** Part of the page that comes to the top; default: its beginning. */
  readonly from?: string;
  /** Done before the picture is taken. */
  readonly check?: string;
}

const shots: readonly Shot[] = [
  { file: "report.html", picture: "report.png" },
  { file: "comparison.html", picture: "comparison.png" },
  {
    file: "comparison.html",
    picture: "changes.png",
    from: "section.block:has(.changes)",
    check: ".view input[value=slider]",
  },
];
const size = { width: 1280, height: 860 };

const folder = join(packageFolder, "docs", "images");
mkdirSync(folder, { recursive: true });
const browser = await launchChromium();
try {
  for (const { file, picture, from, check } of shots) {
    const page = await browser.newPage({ viewport: size, colorScheme: "light" });
    await page.goto(pathToFileURL(join(packageFolder, "reports", "example", file)).href);
    if (check !== undefined) await page.locator(check).first().check();
    if (from !== undefined)
      await page.evaluate(`document.querySelector(${JSON.stringify(from)}).scrollIntoView()`);
    const png = await page.screenshot();
    await sharp(png).png({ palette: true, quality: 90, effort: 8 }).toFile(join(folder, picture));
    await page.close();
  }
} finally {
  await browser.close();
}
