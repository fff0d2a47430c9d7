// The page of `segbench view --export` in a real browser: files behind a plain web server, below a folder of it.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { packageFolder } from "../../src/config/paths.ts";
import { contextOf } from "../../src/index.ts";
import { exportView } from "../../src/view/export.ts";
import { launchChromium } from "./chromium.ts";
import { axeFindings, expectNoOverflow, openPage } from "./page.ts";

const folder = mkdtempSync(join(tmpdir(), "segbench-export-"));
const dir = join(folder, "site");
let browser: Browser;
let server: Server;
let home: string;

/** As little as a web server can do: files by their paths below /some/where/, their types, and nothing of the query. */
const types: Readonly<Record<string, string>> = {
  ...{ html: "text/html", js: "text/javascript", css: "text/css", json: "application/json" },
  ...{ jpg: "image/jpeg", bin: "application/octet-stream" },
};
const serve = () =>
  createServer((request, reply) => {
    const [, below] = /^\/some\/where\/([^?]*)/.exec(request.url!) ?? [];
    try {
      const name = below === "" ? "index.html" : below!;
      const bytes = readFileSync(join(dir, name));
      reply.writeHead(200, { "Content-Type": types[name.split(".").at(-1)!]! }).end(bytes);
    } catch {
      reply.writeHead(404).end();
    }
  });

beforeAll(async () => {
  const data = join(packageFolder, "datasets", "samples");
  await exportView({ folder: ".", dir, data, withImages: true }, contextOf({ cwd: inject("pages") }));
  server = serve();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  home = `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/where/`;
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true });
});

test("runs, numbers, masks, what is found and sorted, and two models compared: from files alone", async () => {
  const leaves = (url: string) => !url.startsWith(home) && !/^(blob|data):/.test(url);
  const { page, trouble } = await openPage(browser, { width: 1280 }, leaves, 900);
  await page.goto(home);
  await page.getByRole("heading", { name: "About this export" }).waitFor();
  expect(await page.locator("header").textContent()).toContain("an export without playground and replay");
  expect(await axeFindings(page)).toEqual([]);
  await expectNoOverflow(page);
  await page.getByRole("link", { name: "run", exact: true }).click();
  const line = page.locator("table.numbers tbody tr", { hasText: "trashcan" }).first();
  await line.getByRole("link", { name: "tiny" }).click();
  const settled = page.locator(".target[aria-busy=false] canvas");
  await settled.first().waitFor();
  const values = (await page.locator(".line .value").allTextContents()).map((text) => parseFloat(text));
  expect(values.length).toBeGreaterThan(1);
  expect(values).toEqual([...values].sort((a, b) => a - b));
  // Image, truth and prediction are there.
  const layers = page.getByRole("group", { name: "Layers" });
  for (const layer of ["Prediction", "Truth"])
    expect(await layers.getByRole("button", { name: layer }).isEnabled()).toBe(true);
  const all = await page.locator(".count").textContent();
  await page.getByRole("searchbox").fill("no such words");
  await expect.poll(() => page.locator(".count").textContent()).toMatch(/^0 of /);
  await page.getByRole("searchbox").fill("");
  await expect.poll(() => page.locator(".count").textContent()).toBe(all);

  // The same address shows the same, below the folder it is in.
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.locator(".target[aria-busy=false] canvas").first().waitFor();
  expect(await other.locator(".target h2").first().textContent()).toBe(
    await page.locator(".target h2").first().textContent(),
  );
  await other.close();

  await page.getByRole("link", { name: "Compare" }).click();
  await page.getByLabel("Candidate").selectOption({ label: "strict, run run" });
  const difference = page.locator("table.numbers tbody tr", { hasText: "trashcan" }).locator("td").nth(2);
  expect(await difference.textContent()).toMatch(/^[+-]?\d+\.\d/);
  await page.locator(".changed a").first().click();
  await settled.first().waitFor();
  expect(await page.locator("[role=option][aria-selected=true]").count()).toBe(1);
  expect(new URL(page.url()).pathname).toBe("/some/where/");
  expect(trouble).toEqual([]);
  await page.context().close();
});

test("opened as a file it says what to do", async () => {
  const { page } = await openPage(browser, {}, () => false);
  await page.goto(pathToFileURL(join(dir, "index.html")).href);
  const text = page.getByText("whose page needs a web server");
  await expect.poll(() => text.isVisible()).toBe(true);
  await page.context().close();
});
