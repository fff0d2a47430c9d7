// The playground in a real browser: by keys and by mouse, a target of a run and a picture of one's own, two models beside each other.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { packageFolder } from "../../src/config/paths.ts";
import { contextOf, type Row, readRows } from "../../src/index.ts";
import { type Viewing, view } from "../../src/view/index.ts";
import { runCli } from "../helpers/run-cli.ts";
import { launchChromium } from "./chromium.ts";
import { axeFindings, expectNoOverflow, openPage, type View } from "./page.ts";

let browser: Browser;
let viewing: Viewing;
let row = 0;
beforeAll(async () => {
  const cwd = inject("pages");
  const data = join(packageFolder, "datasets", "samples");
  const context = contextOf({ cwd });
  viewing = await view({ folder: ".", data, token: "for-this-test", port: 0 }, context);
  browser = await launchChromium();
  for await (const one of readRows(join(cwd, "run"), context)) {
    if (one.status === "ok" && one.model === "tiny" && one.protocol === "sam1-d1@1" && (one.area ?? 0) > 400)
      break;
    row += 1;
  }
});
afterAll(async () => {
  await browser.close();
  await viewing.close();
});

async function open(path: string, window: View = {}) {
  const leaves = (url: string) => new URL(url).port !== String(viewing.port) && !/^(blob|data):/.test(url);
  const opened = await openPage(browser, window, leaves, 900);
  await opened.page.goto(viewing.address);
  await opened.page.goto(new URL(path, viewing.address).href);
  return opened;
}

const param = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);
/** As long as a model may take on a busy machine. */
const patient = { timeout: 20_000 };
const steps = (page: Page) => page.locator(".played tbody tr");

test("a target, by keys alone: the simulated user's clicks, one's own, another mask, undo; the numbers are the run's", async () => {
  const { page, trouble } = await open(`/?view=masks&run=run&row=${row}`);
  await page.getByRole("link", { name: "Play this target" }).click();
  await page.getByText("would click on the object").waitFor();
  await page.keyboard.press("n");
  await page.getByText("As in the run: every number").waitFor();
  expect(await page.locator(".candidates button").count()).toBe(3);
  await page.getByText("and feed the mask back").waitFor();
  await page.keyboard.press("n");
  await expect.poll(() => steps(page).count(), patient).toBe(2);
  await page.getByText("As in the run: every number").waitFor();
  // A click of one's own: another game from there.
  await page.locator(".field").focus();
  for (const key of ["ArrowRight", "ArrowDown", "Shift+ArrowLeft", "Shift+Enter"])
    await page.keyboard.press(key);
  await page.getByText("As in the run up to step 2").waitFor();
  expect(await steps(page).last().textContent()).toMatch(/^3 clicks \+ mask before0\.\d+/);
  const shared = page.url();
  expect(param(page, "prompts")!.split("~").at(-1)).toMatch(/^\d+\.\d+\.1_.*_\d+\.\d+\.0-p$/);
  await page.keyboard.press("u");
  await page.keyboard.press("u");
  await expect.poll(() => steps(page).count(), patient).toBe(1);
  // The command, as a shell takes it.
  await page.getByRole("button", { name: "Copy command" }).click();
  const command = (await page.locator(".copied").textContent())!;
  const cwd = mkdtempSync(join(tmpdir(), "segbench-copied-"));
  const words = execFileSync("sh", ["-c", `segbench() { printf '%s\\n' "$@"; }\n${command}`], {
    cwd,
    encoding: "utf8",
  });
  const { code, err } = await runCli(words.trimEnd().split("\n"), { cwd });
  expect(code, err).toBe(0);
  const numbers = await steps(page).first().locator("td").allTextContents();
  const [again] = readFileSync(join(cwd, "reports", "one", "rows.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  const { scores } = (JSON.parse(again!) as Extract<Row, { status: "ok" }>).steps[0]!;
  expect(numbers).toContain(`${(100 * scores.iou!).toFixed(1)} %`);
  rmSync(cwd, { recursive: true });
  const best = await page.locator(".candidates [aria-pressed=true]").textContent();
  await page.keyboard.press(best!.startsWith("mask 1") ? "2" : "1");
  await expect
    .poll(() => page.locator(".candidates [aria-pressed=true]").textContent(), patient)
    .not.toBe(best);
  await page.setViewportSize({ width: 2560, height: 1300 });
  await page.goto(shared);
  await expect.poll(() => steps(page).count(), patient).toBe(3);
  expect(await axeFindings(page)).toEqual([]);
  await expectNoOverflow(page);
  expect(trouble).toEqual([]);
});

test("a picture of one's own on a phone: a click, a box, two models; nothing of it stays", async () => {
  const { page, trouble } = await open("/?view=play", { width: 390, dark: true });
  // Something to click on is there at once.
  await page.locator(".field").waitFor(patient);
  const raw = { width: 96, height: 64, channels: 3 as const };
  const bytes = await sharp(Buffer.alloc(3 * 96 * 64, 120), { raw })
    .png()
    .toBuffer();
  const file = { name: "own.png", mimeType: "image/png", buffer: bytes };
  await page.locator("input[type=file]").setInputFiles(file);
  await expect.poll(() => param(page, "picture"), patient).not.toBeNull();
  const ground = page.locator(".field").first();
  await ground.scrollIntoViewIfNeeded();
  const { width, height } = (await ground.boundingBox())!;
  await ground.click({ position: { x: width / 2, y: height / 2 } });
  await expect.poll(() => page.locator(".candidates button").count(), patient).toBe(3);
  expect(param(page, "prompts")).toMatch(/^4[78]\.3[12]\.1-m$/);
  await page.getByLabel("Beside it").selectOption("tiny");
  await expect.poll(() => page.locator(".candidates button").count(), patient).toBe(6);
  await page.keyboard.press("c");
  const at = (await ground.boundingBox())!;
  await page.mouse.move(at.x + width / 2 - 30, at.y + height / 2 - 20);
  await page.mouse.down();
  await page.mouse.move(at.x + width / 2 + 30, at.y + height / 2 + 20, { steps: 3 });
  await page.mouse.up();
  await expect.poll(() => param(page, "prompts"), patient).toMatch(/^-b\d+\.\d+\.\d+\.\d+$/);
  await steps(page).first().waitFor();
  expect(await steps(page).first().textContent()).toMatch(/^box/);
  expect(await axeFindings(page)).toEqual([]);
  await expectNoOverflow(page);
  await page.reload();
  expect(await page.getByRole("alert").first().textContent()).toContain("is not in memory any more");
  expect(trouble.filter((text) => !text.includes("422"))).toEqual([]);
});
