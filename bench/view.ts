// The page over a run of the size of the whole suite, as `segbench view` serves it:
//   tsx bench/full-size.ts OUT; tsx bench/view.ts OUT
// Prints lines for bench/results.md. Needs a Chromium, as the browser tests do.
import { spawn } from "node:child_process";
import { readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launchChromium } from "../test/browser/chromium.ts";

const run = resolve(process.argv[2] ?? "");
const name = basename(run);
const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const sort = "iou@1";

const line = (what: string, measured: string, goal: string) =>
  console.log(`| view | ${what} | ${measured} |  |  | ${goal} |`);
const since = (start: number) => performance.now() - start;

/** A server of its own process, and what it takes of memory and of the processor. */
async function serve() {
  const child = spawn(process.execPath, ["--import", loader, main, "view", dirname(run), "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const address = await new Promise<string>((found) => {
    child.stdout.setEncoding("utf8").once("data", (text: string) => found(text.trim()));
  });
  const entered = await fetch(address, { redirect: "manual" });
  const cookie = entered.headers.get("set-cookie")!.split(";")[0]!;
  const ask = async (path: string) => {
    const reply = await fetch(new URL(path, address), { headers: { cookie } });
    if (!reply.ok) throw new Error(await reply.text());
    const text = await reply.text();
    return path.startsWith("/api/ids") ? text : JSON.parse(text);
  };
  return {
    ...{ address, ask },
    /** Most resident memory so far, in MiB. */
    memory: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))![1]) / 1024,
    /** Seconds of the processor so far. */
    seconds: () => {
      const [user, system] = readFileSync(`/proc/${child.pid}/stat`, "utf8")
        .split(") ")[1]!
        .split(" ")
        .slice(11, 13);
      return (Number(user) + Number(system)) / 100;
    },
    end: () =>
      new Promise<void>((ended) => {
        child.once("close", () => ended());
        child.kill("SIGINT");
      }),
  };
}

rmSync(join(run, "rows.index"), { force: true });
const maker = await serve();
const start = performance.now();
const begun = maker.seconds();
let made = { state: "making", rows: 0 };
while (made.state === "making") {
  made = (await maker.ask(`/api/contents?run=${name}`)) as typeof made;
  await new Promise((later) => setTimeout(later, 200));
}
const size = (file: string) => `${(statSync(join(run, file)).size / 1e6).toFixed(0)} MB`;
line(
  `index of ${made.rows} rows (${size("rows.jsonl")}, index ${size("rows.index")}), on the clock; of the processor; most memory of the server`,
  `${(since(start) / 1000).toFixed(0)} s; ${(maker.seconds() - begun).toFixed(0)} s; ${maker.memory().toFixed(0)} MiB`,
  "<= 120 s; <= 500 MB",
);
await maker.end();

const server = await serve();
const first = performance.now();
await server.ask(`/api/contents?run=${name}`);
line("a run opened, its names counted", `${since(first).toFixed(0)} ms`, "");
const words = Array.from({ length: 24 }, (_, w) => `ins${"tance_00".slice(0, w % 9)}${w % 5}`).join("+");
const queries: readonly (readonly [string, string])[] = [
  ["all rows sorted", `sort=${sort}`],
  ["a protocol sorted", `protocol=sam1-d1@1&sort=${sort}`],
  [
    "a protocol and a model sorted by another measure",
    "protocol=sam1-d1@1&model=other&sort=iou@5&order=descending",
  ],
  ["a protocol, two words, sorted", `protocol=sam1-d1@1&text=kind-3+00012&sort=${sort}`],
  [
    "a protocol and a model sorted by what changed most between it and another model",
    `protocol=sam1-d1@1&model=tiny&against=other&sort=beside:${sort}&minus=${sort}&order=far`,
  ],
  ["a protocol, 24 words, sorted", `protocol=sam1-d1@1&text=${words}&sort=${sort}`],
  ["a page further down", `sort=${sort}&from=1000000`],
];
const asks = [
  ...queries.map(([what, query]) => [what, `targets?run=${name}&${query}`] as const),
  ["ids of all rows", `ids?run=${name}&sort=${sort}`] as const,
];
for (const [what, path] of asks) {
  const asked = performance.now();
  const before = server.seconds();
  await server.ask(`/api/${path}`);
  const used = 1000 * (server.seconds() - before);
  line(
    `${what}, on the clock; of the processor`,
    `${since(asked).toFixed(0)} ms; ${used.toFixed(0)} ms`,
    path.startsWith("ids") ? "streamed" : "<= 500 ms",
  );
}

const browser = await launchChromium();
const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
const started = performance.now();
await page.goto(server.address);
await page.getByRole("link", { name, exact: true }).first().waitFor();
line("the list of runs, in a browser just started", `${since(started).toFixed(0)} ms`, "<= 2 s");
const opened = performance.now();
await page.goto(new URL(`/?view=masks&run=${name}&sort=${encodeURIComponent(sort)}`, server.address).href);
await page.locator("[role=option] .what").first().waitFor();
line("the page with its first targets, index there", `${since(opened).toFixed(0)} ms`, "<= 2 s");
await page.locator(".target").waitFor();
const frames = (await page.evaluate(`new Promise((done) => {
  const list = document.querySelector(".list");
  const times = [];
  let last;
  const step = (now) => {
    if (last !== undefined) times.push(now - last);
    last = now;
    list.scrollTop += 300;
    if (times.length < 200) requestAnimationFrame(step);
    else done(times);
  };
  requestAnimationFrame(step);
})`)) as number[];
const smooth = frames.filter((time) => time <= 33.4).length / frames.length;
line("frames of a scripted scroll within 33 ms", `${(100 * smooth).toFixed(0)} %`, ">= 95 %");
line("most memory of the server by then", `${server.memory().toFixed(0)} MiB`, "<= 500 MB");
await browser.close();
await server.end();
