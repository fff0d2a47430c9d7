import { pathToFileURL } from "node:url";
import axe from "axe-core";
import type { Browser, Locator, Page } from "playwright-core";
import { expect } from "vitest";

export interface View {
  readonly width?: number;
  readonly dark?: boolean;
  readonly scripts?: boolean;
}

/** A desk and a phone, by day and by night. */
export const views = [1280, 390].flatMap((width) => [false, true].map((dark) => ({ width, dark })));

export interface Opened {
  readonly page: Page;
  /** Errors and warnings of the console and of scripts, and addresses of requests that leave the file. */
  readonly trouble: string[];
}

/** A page that is not anywhere yet. `leaves`: whether a request goes where none may go. */
export async function openPage(
  browser: Browser,
  { width = 1280, dark = false, scripts = true }: View,
  leaves: (url: string) => boolean,
  height = 800,
): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    javaScriptEnabled: scripts,
    permissions: [],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const trouble: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) trouble.push(message.text());
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("request", (request) => {
    if (leaves(request.url())) trouble.push(request.url());
  });
  return { page, trouble };
}

/** Opens a file, with a fragment if one is given; whatever goes wrong in it is kept. */
export async function open(browser: Browser, file: string, view: View = {}, fragment = ""): Promise<Opened> {
  const opened = await openPage(browser, view, (url) => !/^(file|data):/.test(url));
  await opened.page.goto(`${pathToFileURL(file).href}${fragment}`);
  return opened;
}

/** What axe holds for serious or critical, as "rule: element"; `within`: a selector, the whole page without. */
export async function axeFindings(page: Page, within = "html"): Promise<string[]> {
  // Evaluated by the debugger: the page's own policy allows no script from elsewhere.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (selector) =>
      (globalThis as unknown as { axe: typeof axe }).axe.run(selector, { resultTypes: ["violations"] }),
    within,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}

export async function expectNoOverflow(page: Page): Promise<void> {
  const [scroll, client] = (await page.evaluate(
    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
  )) as [number, number];
  expect(scroll).toBeLessThanOrEqual(client);
}

/** A computed property of an element, or of what CSS puts before or after it. */
export function style(element: Locator, property: string, pseudo?: string): Promise<string> {
  // The project is compiled without browser types; the function runs in the page.
  const read = new Function(
    "element",
    "[pseudo, property]",
    "return getComputedStyle(element, pseudo)[property]",
  );
  return element.evaluate(read as (element: unknown, wanted: unknown) => string, [pseudo, property]);
}
