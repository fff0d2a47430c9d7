// The server as others find it: who is let in, what is named and what is not, and what it says of folders that are not as they should be.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtOf, target } from "../../scripts/page.ts";
import { tunnelTo } from "../../src/cli/view-verb.ts";
import { contextOf, packageFolder } from "../../src/index.ts";
import { openRunFolder } from "../../src/store/run-folder.ts";
import { view, viewApp } from "../../src/view/index.ts";
import { runCli } from "../helpers/run-cli.ts";
import { check, contentOf, manifestOf, sharedFolder, units } from "../store/sample-run.ts";

const root = mkdtempSync(join(tmpdir(), "segbench-view-"));
const outside = sharedFolder();
const context = contextOf({ cwd: root });
const token = "what-was-printed";
const { app, runs } = viewApp(root, { token }, context);
const home = "http://localhost:8765";
let cookie = "";

async function writeRun(dir: string, count = units.length): Promise<void> {
  const folder = await openRunFolder(dir, manifestOf(), { check });
  for (const unit of units.slice(0, count)) {
    const { rows, masks, timing } = contentOf(unit);
    await folder.append(unit, rows, masks, timing);
  }
  await folder.close();
}

/** Whatever the server says. */
// biome-ignore lint/suspicious/noExplicitAny: as loose as what a stranger sees
type Answer = any;
const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  app.request(`${home}${path}`, { method, headers: { host: "localhost:8765", cookie, ...headers } });
const json = async (path: string) => {
  const reply = await ask(path);
  expect(reply.status, await reply.clone().text()).toBe(200);
  return (await reply.json()) as Answer;
};

beforeAll(async () => {
  await writeRun(join(root, "whole"));
  await writeRun(join(root, "group", "half"), 4);
  await writeRun(join(outside, "secret"));
  symlinkSync(join(outside, "secret"), join(root, "linked"));
  cpSync(join(root, "whole"), join(root, "rows-linked"), { recursive: true });
  renameSync(join(root, "rows-linked", "rows.jsonl"), join(outside, "rows.jsonl"));
  symlinkSync(join(outside, "rows.jsonl"), join(root, "rows-linked", "rows.jsonl"));
  symlinkSync(join(root, "whole"), join(root, "inside"));
  mkdirSync(join(root, "older"));
  const { plan } = manifestOf();
  writeFileSync(
    join(root, "older", "manifest.json"),
    JSON.stringify({ format: "segbench/manifest@1", plan }),
  );
  cpSync(join(root, "whole"), join(root, "without-rows"), { recursive: true });
  unlinkSync(join(root, "without-rows", "rows.jsonl"));
  const line = { verb: "run", command: "segbench run", version: "0.1.0", status: "finished", seconds: 1 };
  writeFileSync(
    join(root, "whole", "history.jsonl"),
    `${JSON.stringify({ ...line, time: "2026-03-01T20:15:04.211Z", commit: "9fceb02d0a", tag: "nightly" })}\nnot a line\n`,
  );
  const reply = await ask(`/?run=whole&token=${token}`);
  expect([reply.status, reply.headers.get("location")]).toEqual([303, "/?run=whole"]);
  const given = reply.headers.get("set-cookie")!;
  expect(given).toMatch(/^segbench-8765=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(given).not.toContain(token);
  cookie = given.split(";")[0]!;
});
afterAll(() => runs.close());

describe("who is let in", () => {
  const cases: readonly (readonly [
    what: string,
    path: string,
    headers: Record<string, string>,
    status: number,
  ])[] = [
    ["the page", "/", {}, 200],
    ["no cookie", "/", { cookie: "" }, 401],
    ["no cookie, of the rows", "/api/runs", { cookie: "" }, 401],
    ["another cookie", "/api/runs", { cookie: "segbench-8765=0000" }, 401],
    ["a wrong token, with the cookie", "/?token=wrong", {}, 401],
    ["an empty token", "/?token=", { cookie: "" }, 401],
    ["another host", "/", { host: "evil.example:8765" }, 403],
    ["another host that ends like ours", "/", { host: "localhost.evil.example" }, 403],
    ["no host", "/", { host: "" }, 403],
    ["the token by way of another host", `/?token=${token}`, { host: "evil.example", cookie: "" }, 403],
    [
      "another port of this machine, as through a tunnel, has another cookie",
      "/",
      { host: "localhost:9000" },
      401,
    ],
    ["this origin", "/api/runs", { origin: home }, 200],
    ["another origin", "/api/runs", { origin: "http://evil.example" }, 403],
    ["another port's origin", "/api/runs", { origin: "http://localhost:9000" }, 403],
    ["no origin to speak of", "/api/runs", { origin: "null" }, 403],
    [
      "a picture in another site's page",
      "/api/runs",
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
      403,
    ],
    ["a link on another site", "/", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, 200],
  ];
  test.each(cases)("%s", async (_what, path, headers, status) => {
    const reply = await ask(path, headers);
    expect(reply.status).toBe(status);
    if (status !== 200) expect(await reply.text()).toMatch(/^Refused: /);
    expect(reply.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(reply.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("nothing is written", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
      expect((await ask("/api/runs", {}, method)).status).toBe(405);
  });
});

describe("what is named", () => {
  const names = [
    ...[
      "..",
      "../secret",
      "/etc",
      "whole/..",
      "./whole",
      "whole/",
      "",
      "%2e%2e",
      "group",
      "whole\0",
      "linked",
    ],
    ...["rows-linked", join(outside, "secret"), "linked/../whole"],
  ];
  test.each(names)("no run is called %j", async (name) => {
    for (const what of ["board", "contents", "targets", "target", "truth", "picture"]) {
      const reply = await ask(`/api/${what}?run=${encodeURIComponent(name)}&row=0`);
      expect(reply.status, what).toBe(404);
      expect(await reply.text()).not.toContain("cells");
    }
  });

  test.each(["-1", "1e3", "9999", "0x1", "1.5", "", "../0", " 1"])("no row is called %j", async (row) => {
    for (const what of ["target", "truth", "picture"])
      expect((await ask(`/api/${what}?run=whole&row=${encodeURIComponent(row)}`)).status).toBe(404);
  });

  test.each([
    "/etc/passwd",
    "/../manifest.json",
    "/page.js/..%2f..%2fmanifest.json",
    "/whole/rows.jsonl",
    "/api/../whole",
  ])("nothing lies at %s", async (path) => expect((await ask(path)).status).toBe(404));

  test("nor does a column of another name sort", async () => {
    for (const sort of ["offset", "constructor", "sample"])
      expect((await ask(`/api/targets?run=whole&sort=${sort}`)).status).toBe(400);
  });
});

test("the list says what each folder is, and what keeps it from being shown", async () => {
  const { runs: list } = (await json("/api/runs")) as { runs: Record<string, unknown>[] };
  const by = Object.fromEntries(list.map((run) => [run.name, run]));
  expect(Object.keys(by)).toEqual([
    "group/half",
    "inside",
    "linked",
    "older",
    "rows-linked",
    "whole",
    "without-rows",
  ]);
  expect(by.whole).toMatchObject({
    ...{
      title: "Sample",
      complete: true,
      units: { finished: 10, expected: 10 },
      protocols: ["sam1-d1@1", "box@1"],
    },
    ...{
      time: "2026-03-01T20:15:04.211Z",
      commit: "9fceb02d0a",
      dirty: false,
      tags: ["nightly"],
      status: "finished",
    },
  });
  expect(by["group/half"]).toMatchObject({ complete: false, units: { finished: 4, expected: 10 } });
  expect(by.inside).toMatchObject({ complete: true });
  expect(by.linked!.problem).toBe("it is a link that leads out of the folder shown");
  expect(by["rows-linked"]!.problem).toBe("rows.jsonl is a link that leads out of the folder shown");
  expect(by.older!.problem).toContain("made by an earlier version of segbench");
  expect(by["without-rows"]!.problem).toBe("rows.jsonl is missing");
});

test("rows are filtered, sorted and found; a target has its row and masks", async () => {
  const contents = await json("/api/contents?run=whole");
  expect(contents).toMatchObject({ state: "ready", chosen: "sam1-d1@1" });
  const query = "run=whole&protocol=sam1-d1@1&status=ok&benchmark=streets&sort=iou@1&order=descending";
  const { total, rows, at } = await json(`/api/targets?${query}&from=1&count=2&row=3`);
  expect(rows).toHaveLength(2);
  // Of the two images in `streets` that have targets, for both models.
  expect(total).toBe(6);
  expect(at).toBe(-1);
  const [first] = rows;
  expect(first).toMatchObject({
    benchmark: "streets",
    protocol: "sam1-d1@1",
    status: "ok",
    value: Math.fround(0.1 + 0.2),
  });
  expect((await json(`/api/targets?${query}&count=1&row=${first.place}`)).at).toBe(1);
  const { row, masks } = await json(`/api/target?run=whole&row=${first.place}`);
  expect(row).toMatchObject({ sample: first.sample, target: first.target, model: first.model });
  expect(
    masks.map(({ target, at: { clicks } }: { target: string; at: { clicks: number } }) => [target, clicks]),
  ).toEqual([[first.target, 1]]);
  const truth = await json(`/api/truth?run=whole&row=${first.place}`);
  expect(truth.missing).toMatch(
    /^Sample x\/\d of streets was not found in datasets\/data\/streets; --data FOLDER names another place/,
  );
});

test("a model beside another: differences, points, and the row about the same target", async () => {
  const two = "run=whole&protocol=sam1-d1@1&model=m1&status=ok&against=m2";
  const query = `${two}&sort=beside:iou@1&minus=iou@1&order=far`;
  const { rows, total } = await json(`/api/targets?${query}`);
  const there = rows.filter(({ value }: Answer) => value !== null);
  expect([there.length > 0, there.length < total]).toEqual([true, true]);
  for (const { value, of } of there) expect([value, of]).toEqual([0, [Math.fround(0.3), Math.fround(0.3)]]);
  const points = await json(`/api/points?${query}`);
  expect(points).toMatchObject({ total, both: there.length, equal: there.length, above: 0, below: 0 });
  expect(points.points).toHaveLength(there.length);
  const estimates = await json("/api/points?run=whole&protocol=sam1-d1@1&sort=iou@1&minus=estimate:iou@1");
  expect(estimates).toMatchObject({ above: 0, below: estimates.both });
  const [{ place, sample, target }] = there;
  const sides = encodeURIComponent(
    JSON.stringify([
      ["whole", "m2"],
      ["whole", "none"],
      ["nowhere", "m2"],
    ]),
  );
  const [found, none, nowhere] = (await json(`/api/beside?run=whole&row=${place}&sides=${sides}`)).sides;
  expect((await json(`/api/target?run=whole&row=${found.place}`)).row).toMatchObject({
    model: "m2",
    sample,
    target,
  });
  expect(none.missing).toBe("Run whole has no row of none about this target.");
  expect(nowhere.missing).toBe('There is no run "nowhere" here.');
  for (const sides of ["", "x", "3", "[3]", '[["whole"]]', "null"])
    expect((await ask(`/api/beside?run=whole&row=0&sides=${encodeURIComponent(sides)}`)).status).toBe(200);
  for (const path of [
    "points?sort=share",
    "targets?sort=beside:iou@1",
    "targets?sort=share&minus=offset",
    "points",
  ])
    expect((await ask(`/api/${path.replace(/\??$|\?/, "?run=whole&")}`)).status, path).toBe(400);
});

test("rows gathered by a name: how many have a value, and its median", async () => {
  const query = "run=whole&protocol=sam1-d1@1&sort=iou@1&model=m1";
  const { groups } = await json(`/api/groups?${query}&by=benchmark`);
  const { rows } = await json(`/api/targets?${query}&status=ok`);
  const counted = (name: string) => rows.filter(({ benchmark }: Answer) => benchmark === name).length;
  expect(groups).toEqual(
    ["cells", "streets"].map((name) => ({ name, rows: counted(name), median: Math.fround(0.1 + 0.2) })),
  );
  const spread = await json(
    "/api/groups?run=whole&sort=beside:iou@1&minus=iou@1&model=m1&against=m2&by=size",
  );
  expect(spread.groups).toEqual([{ name: "small", rows: expect.any(Number), median: 0 }]);
  for (const words of ["by=sample&sort=share", "sort=share", "by=size"])
    expect((await ask(`/api/groups?run=whole&${words}`)).status, words).toBe(400);
});

test("a selection as a list of ids, each once, in the order shown", async () => {
  const text = async (query: string) => (await ask(`/api/ids?run=whole&${query}`)).text();
  const query = "protocol=sam1-d1@1&model=m1&sort=share&order=descending";
  const { rows } = await json(`/api/targets?run=whole&${query}`);
  const lines = rows.map(({ benchmark, sample, target }: Answer) => `${benchmark}\t${sample}\t${target}`);
  expect(await text(query)).toBe([...lines, ""].join("\n"));
  const all = (await text("")).split("\n");
  expect(new Set(all).size).toBe(all.length);
  expect(await text("text=nowhere")).toBe("");
});

test.each([
  ["--order desc", "An order is ascending, descending, far, not"],
  ["--benchmark nope", "has no rows of such a benchmark; expected cells, streets, got nope"],
  ["--benchmarks cells,nope", "got nope"],
  ["--model m3", "has no rows of such a model; expected m1, m2, got m3"],
  ["--size tiny", "has no rows of such a size"],
  ["--protocol nope", "has no rows of such a protocol"],
  ["--model m1 --against m3", "has no rows of such a model"],
  ["--row 3 --sort iou@1", "--row names a row by itself"],
])("rows %s: a wrong word is refused, and not taken for no rows", async (words, problem) => {
  const { code, err, out } = await runCli(["rows", "whole", ...words.split(" ")], { cwd: root });
  expect([code, out]).toEqual([1, ""]);
  expect(err.replace(/\s+/g, " ")).toContain(problem);
});

test("rows without an order come as the run has them, each with the main measure of its protocol", async () => {
  const { out } = await runCli(["rows", "whole"], { cwd: root });
  expect(out.split("\n")[0]).toMatch(/^row .* status +IoU, 1 click$/);
  expect(out).toMatch(/\n 10 [^\n]*sam1-d1@1 +ok +30\.0 %\n/);
  expect(out).toContain(" rows, in the order of the run; --sort iou@1 begins with the worst\n");
});

test("a run that grows shows what has come", async () => {
  const total = async () => (await json("/api/targets?run=group/half&protocol=box@1")).total;
  const before = await total();
  const folder = await openRunFolder(join(root, "group", "half"), manifestOf(), { check });
  const unit = units[4]!;
  const { rows, masks, timing } = contentOf(unit);
  await folder.append(unit, rows, masks, timing);
  await folder.close();
  expect(await total()).toBe(before + rows.length / 2);
});

test("numbers are those of the summary in the folder, or made of the rows", async () => {
  const { board } = await json("/api/board?run=whole");
  expect(board.complete).toBe(true);
  const cell = board.cells.find(({ protocol }: { protocol: string }) => protocol === "sam1-d1@1");
  expect(cell.measures["iou@1"].value).toBeCloseTo(0.3);
  expect(board.suites[0].measures["iou@1"].value).toBeCloseTo(0.3);
  const { planHash } = manifestOf();
  const own = {
    ...board,
    format: "segbench/summary@2",
    plan: planHash,
    suites: [],
    cells: [{ ...cell, counts: { scored: 7, failed: 2, dropped: { empty: 1 } } }],
  };
  writeFileSync(join(root, "whole", "summary.json"), JSON.stringify(own));
  expect((await json("/api/board?run=whole")).board.cells[0].counts.failed).toBe(2);
  const noted = async () => {
    const { runs: list } = (await json("/api/runs")) as { runs: { name: string; rows?: object }[] };
    return list.find(({ name }) => name === "whole")!.rows;
  };
  expect(await noted()).toEqual({ all: 10, failed: 2 });
  writeFileSync(
    join(root, "whole", "summary.json"),
    JSON.stringify({ ...own, cells: [{ ...cell, counts: {} }] }),
  );
  expect(await noted()).toBeUndefined();
  for (const other of [{ plan: "another" }, { complete: false }, { format: "segbench/summary@1" }]) {
    writeFileSync(join(root, "whole", "summary.json"), JSON.stringify({ ...own, ...other }));
    expect((await json("/api/board?run=whole")).board.cells.length).toBeGreaterThan(1);
  }
});

test("two models are compared, and what cannot be says why", async () => {
  const { cells, protocols, sameFiles } = await json(
    "/api/compare?run=whole&model=m1&other=whole&against=m2",
  );
  expect(protocols.map(({ id }: { id: string }) => id)).toEqual(["sam1-d1@1", "box@1"]);
  expect(sameFiles).toBe(false);
  const [{ pairing, measures }] = cells;
  expect([pairing.pairs > 0, measures[0].difference.value]).toEqual([true, 0]);
  const unfinished = await ask("/api/compare?run=whole&model=m1&other=group/half&against=m1");
  expect([unfinished.status, await unfinished.text()]).toEqual([
    422,
    expect.stringContaining("is not finished"),
  ]);
  for (const bad of [
    "run=whole&model=none&other=whole&against=m2",
    "run=whole&model=m1&other=whole&against=../secret",
  ])
    expect((await ask(`/api/compare?${bad}`)).status).toBe(422);
  for (const bad of [
    "run=linked&model=m1&other=whole&against=m2",
    "run=whole&model=m1&other=../secret&against=m2",
  ])
    expect((await ask(`/api/compare?${bad}`)).status).toBe(404);
});

test("a port is listened on, and another one where it is taken and none was asked for", async () => {
  const get = (port: number, path: string, host: string) =>
    new Promise<number>((resolve, reject) => {
      const asked = request({ host: "127.0.0.1", port, path, headers: { host } }, (reply) => {
        reply.resume();
        resolve(reply.statusCode!);
      });
      asked.once("error", reject).end();
    });
  const first = await view({ folder: ".", token }, context);
  const second = await view({ folder: "whole", token, port: undefined }, context);
  try {
    expect(second.port).not.toBe(first.port);
    expect(first.address).toBe(`http://127.0.0.1:${first.port}/?token=${token}`);
    expect(await get(first.port, "/", `localhost:${first.port}`)).toBe(401);
    expect(await get(first.port, `/?token=${token}`, `localhost:${first.port}`)).toBe(303);
    expect(await get(first.port, `/?token=${token}`, "evil.example")).toBe(403);
    await expect(view({ folder: ".", token, port: first.port }, context)).rejects.toThrow(
      "cannot be listened on",
    );
    await expect(view({ folder: "nowhere", token }, context)).rejects.toThrow("is not a folder");
    await expect(view({ folder: ".", data: "nowhere", token }, context)).rejects.toThrow("--data nowhere");
  } finally {
    await first.close();
    await second.close();
  }
});

test("over SSH the tunnel is named", () => {
  const SSH_CONNECTION = "10.0.0.2 51234 10.0.0.9 22";
  expect(tunnelTo(8765, { SSH_CONNECTION, USER: "ada" })).toBe("ssh -N -L 8765:127.0.0.1:8765 ada@10.0.0.9");
  expect(tunnelTo(1, { SSH_CONNECTION: "::1 5 ::2 2222" })).toBe("ssh -N -L 1:127.0.0.1:1 -p 2222 ::2");
  expect(tunnelTo(8765, {})).toBeUndefined();
});

test("the page is what `npm run page` writes, and small", () => {
  const text = readFileSync(target, "utf8");
  const { files, isNew } = builtOf(text);
  const page = readdirSync(join(packageFolder, "src/view/page"), {
    recursive: true,
    encoding: "utf8",
  }).filter((name) => extname(name) !== "" && name !== "tsconfig.json");
  expect(files).toEqual(expect.arrayContaining(page.map((name) => `src/view/page/${name}`)));
  expect(isNew).toBe(true);
  expect(builtOf(`${text} `).isNew).toBe(false);
  expect(text.length).toBeLessThan(2 ** 20);
});
