// How long a click takes in the playground, from the button's release to the mask on the screen:
//   tsx bench/view-play.ts DATA BENCHMARK [MODEL ...]
// DATA holds the benchmark, of which the first two images are played with: prompts alone, and a target with its scores and its
// simulated user. Prints lines for bench/results.md. Needs a Chromium, as the browser tests do.
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { contextOf, openPlayData } from "../src/index.ts";
import { view } from "../src/view/index.ts";
import { launchChromium } from "../test/browser/chromium.ts";

const [data = "", benchmark = "", ...models] = process.argv.slice(2);
const CLICKS = 9;
const folder = mkdtempSync(join(tmpdir(), "segbench-bench-"));
const context = contextOf({ cwd: process.cwd(), env: process.env });
const { names } = await openPlayData(resolve(data), context).samples(benchmark, "", 2);
const browser = await launchChromium();

/** In the page: milliseconds from each release of the button to the frame after the answer is drawn. */
const watch = `
  window.waits = [];
  let released;
  addEventListener("pointerup", () => { released = performance.now(); }, true);
  let busy = false;
  new MutationObserver(() => {
    const now = document.querySelector(".player")?.getAttribute("aria-busy") === "true";
    if (busy && !now && released !== undefined) {
      const from = released;
      released = undefined;
      requestAnimationFrame(() => setTimeout(() => window.waits.push(performance.now() - from)));
    }
    busy = now;
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-busy"] });
`;

/** On the clock, and of the processor in this process, which serves and runs the model: for machines with other work. */
interface Took {
  readonly clock: number;
  readonly processor: number;
}

async function click(page: Page, n: number): Promise<Took> {
  const { x, y, width, height } = (await page.locator(".field").boundingBox())!;
  const before = (await page.evaluate("window.waits.length")) as number;
  const begun = process.cpuUsage();
  await page.mouse.click(x + width * (0.4 + 0.02 * n), y + height * (0.5 + 0.015 * n));
  const count = async () => (await page.evaluate("window.waits.length")) as number;
  while ((await count()) <= before) await page.waitForTimeout(50);
  const { user, system } = process.cpuUsage(begun);
  const clock = (await page.evaluate(`window.waits[${before}]`)) as number;
  return { clock, processor: (user + system) / 1000 };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const ms = (value: number) => `${Math.round(value)} ms`;
/** Median and longest on the clock; median of the processor. */
const text = (all: readonly Took[]) => {
  const clock = all.map((one) => one.clock);
  const processor = median(all.map((one) => one.processor));
  return [median(clock), ...(all.length > 1 ? [Math.max(...clock)] : []), processor].map(ms).join("; ");
};
const line = (what: string, measured: string, goal: string) =>
  console.log(`| play | ${what} | ${measured} |  |  | ${goal} |`);

for (const model of models.length > 0 ? models : ["tiny"]) {
  const goal = (text: string) => (model === "tiny" ? text : "");
  const viewing = await view({ folder, data: resolve(data), token: "bench", port: 0 }, context);
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  await page.addInitScript(watch);
  await page.goto(viewing.address);
  const open = async (sample: string, target: string) => {
    const query = new URLSearchParams({
      view: "play",
      benchmark,
      sample,
      model,
      ...(target ? { target } : {}),
    });
    await page.goto(new URL(`/?${query}`, viewing.address).href);
    await page.locator(".field canvas").waitFor();
  };
  // As soon as the picture's place is there: whatever is still to be opened, read and encoded counts.
  await open(names[0]!, "none");
  const opening = await click(page, 0);
  await open(names[1] ?? names[0]!, "none");
  const first = await click(page, 0);
  const alone: Took[] = [];
  for (let n = 1; n <= CLICKS; n++) alone.push(await click(page, n));
  await open(names[1] ?? names[0]!, "");
  await page.locator(".moves .note", { hasText: "simulated user" }).waitFor();
  const scored: Took[] = [];
  for (let n = 0; n < CLICKS; n++) scored.push(await click(page, n));
  line(`${model}: first click of all, at once: model and image; of the processor`, text([opening]), "");
  line(`${model}: first click on another image, at once; of the processor`, text([first]), goal("<= 1 s"));
  line(`${model}: further clicks: median; longest; of the processor`, text(alone), goal("<= 150 ms"));
  line(`${model}: the same with a target's scores and the simulated user`, text(scored), goal("<= 150 ms"));
  await page.context().close();
  await viewing.close();
}
console.log(`load: ${loadavg()[0]!.toFixed(1)} processes`);
await browser.close();
rmSync(folder, { recursive: true });
