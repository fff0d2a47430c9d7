// An export answers as the server does, from files that say nothing of the machine they were made on; and it replaces nothing but an export.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contextOf, type Row } from "../../src/index.ts";
import { openRunFolder } from "../../src/store/run-folder.ts";
import { apiOf } from "../../src/view/api.ts";
import { chosenPlaces } from "../../src/view/chosen.ts";
import { exportView, pairsOf } from "../../src/view/export.ts";
import { exportedSource } from "../../src/view/exported.ts";
import type { RunNote } from "../../src/view/folders.ts";
import { viewApp } from "../../src/view/index.ts";
import page from "../../src/view/page-built.ts";
import { runCli } from "../helpers/run-cli.ts";
import { check, contentOf, manifestOf, scored, units } from "../store/sample-run.ts";

const cwd = mkdtempSync(join(tmpdir(), "segbench-export-"));
const root = join(cwd, "secret-place", "reports");
const data = join(cwd, "secret-data");
const context = contextOf({ cwd, env: { HOME: join(cwd, "home-of-ada") } });
const dir = join(cwd, "site");
const server = viewApp(root, { token: "t", data }, context);
const cookie = { host: "localhost", cookie: "" };

async function writeRun(name: string, count = units.length): Promise<void> {
  const folder = await openRunFolder(join(root, name), manifestOf(), { check });
  for (const unit of units.slice(0, count)) {
    const { rows, masks, timing } = contentOf(unit);
    await folder.append(unit, rows, masks, timing);
  }
  await folder.close();
}

const filesOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(folder.length + 1), readFileSync(file, "latin1")]),
  );

beforeAll(async () => {
  await writeRun("whole");
  await writeRun("half", 4);
  mkdirSync(join(root, "older"));
  writeFileSync(join(root, "older", "manifest.json"), '{"format":"segbench/manifest@1"}');
  mkdirSync(join(root, "damaged"));
  writeFileSync(join(root, "damaged", "manifest.json"), "{");
  const given = await server.app.request("http://localhost/?token=t", { headers: { host: "localhost" } });
  cookie.cookie = given.headers.get("set-cookie")!.split(";")[0]!;
  await exportView({ folder: root, dir: "site", data, withImages: true }, context);
});
afterAll(() => server.runs.close());

/** Whatever is answered. */
// biome-ignore lint/suspicious/noExplicitAny: compared whole
type Answer = any;

test("what is asked of the server and of the files has the same answer", async () => {
  const read = async (path: string) => new Uint8Array(await readFile(join(dir, path)));
  const files = apiOf(await exportedSource(read));
  const both = async (path: string) => {
    const replies = [
      await server.app.request(`http://localhost/api${path}`, { headers: cookie }),
      await files.request(`http://localhost${path}`),
    ];
    const [served, exported] = await Promise.all(
      replies.map(async (reply) => ({ status: reply.status, text: await reply.text() })),
    );
    return { served: served!, exported: exported! };
  };
  const pages = ["sort=iou@1", "sort=share&order=descending&from=3&count=4", "text=x/1", "status=dropped"];
  const paths = [
    ...["whole", "half"].flatMap((run) => [
      `/board?run=${run}`,
      `/contents?run=${run}`,
      `/contents?run=${run}&protocol=box@1&benchmark=cells`,
      ...pages.map((page) => `/targets?run=${run}&protocol=box@1&${page}`),
      ...[0, 1, 5, 7].flatMap((row) => [`/target?run=${run}&row=${row}`]),
    ]),
    ...["/board?run=nowhere", "/target?run=whole&row=999", "/targets?run=whole&sort=offset"],
    "/picture?run=whole&row=0&frame=",
    "/points?run=whole&sort=iou@1&minus=share",
    ...[
      "/ids?run=whole&protocol=box@1&benchmark=cells",
      "/beside?run=whole&row=0&sides=[[%22half%22,%22m1%22]]",
    ],
    "/compare?run=whole&model=m1&other=whole&against=m2",
    "/compare?run=whole&model=m2&other=whole&against=m1",
  ];
  for (const path of paths) {
    const { served, exported } = await both(path);
    const shown = exported.text.replace(/,"of":\d+/, "");
    expect([path, exported.status, shown]).toEqual([path, served.status, served.text]);
  }
  // Numbers that were made of rows lie in the files, and are as good there as a summary.
  const trend = await both("/trend?model=m1&benchmark=cells&protocol=box@1");
  expect(JSON.parse(trend.served.text).points).toEqual([]);
  const points = JSON.parse(trend.exported.text).points as Answer[];
  expect(points.map(({ run }) => run)).toEqual(["half", "whole"]);
  const { exported } = await both("/runs");
  const { can, runs, folder, exported: note } = JSON.parse(exported.text) as Answer;
  expect([folder, can]).toEqual(["reports", { play: false, replay: false, live: false }]);
  expect(note.images).toBe(true);
  expect(runs.map(({ name }: Answer) => name)).toEqual(["damaged", "half", "older", "whole"]);
  expect(JSON.parse((await both("/truth?run=whole&row=0&frame=")).exported.text).missing).toMatch(
    /^Sample a of cells was not found\.$/,
  );
  // What the server refuses as an error is a sentence in a file.
  const unfinished = await both("/compare?run=whole&model=m1&other=half&against=m1");
  expect([unfinished.served.status, JSON.parse(unfinished.exported.text).problem]).toEqual([
    422,
    expect.stringContaining("is not finished"),
  ]);
});

test("nothing says where it was made, and it is made the same again", async () => {
  const made = filesOf(dir);
  for (const [path, text] of Object.entries(made)) {
    // The page is the package's.
    const words = [
      cwd,
      "secret-",
      "home-of-ada",
      ...(path.endsWith(".js") ? [] : [`"${hostname()}`, "token"]),
    ];
    for (const word of words)
      expect(`${path}: ${text.includes(word)} ${word}`).toBe(`${path}: false ${word}`);
    // Nothing is asked of anybody, and nothing by an absolute address.
    if (path === "index.html") expect(text).not.toMatch(/(?:src|href)="(?!\.\/|data:)/);
  }
  expect(Object.keys(made).filter((path) => path.endsWith(".json")).length).toBeGreaterThan(8);
  await exportView({ folder: root, dir: "site", data, withImages: true }, context);
  expect(filesOf(dir)).toEqual(made);
  expect(readdirSync(cwd).filter((name) => name.startsWith("site"))).toEqual(["site"]);
});

test("without images there is no truth either, and rows say why", async () => {
  await exportView({ folder: root, dir: "plain" }, context);
  const read = async (path: string) => new Uint8Array(await readFile(join(cwd, "plain", path)));
  const files = apiOf(await exportedSource(read));
  const { missing } = (await (
    await files.request("http://localhost/truth?run=whole&row=0&frame=")
  ).json()) as Answer;
  expect(missing).toBe("This export holds neither images nor truth.");
  expect(existsSync(join(cwd, "plain", "pictures"))).toBe(false);
});

test("licences are told before anything is written", async () => {
  let told: unknown;
  const onLicences = (licences: unknown) => {
    told = licences;
    throw new Error("not with these");
  };
  const given = exportView({ folder: root, dir: "never", withImages: true, onLicences }, context);
  await expect(given).rejects.toThrow("not with these");
  expect(told).toEqual([
    { benchmark: "cells", title: "The cells", licence: "CC0", free: true },
    { benchmark: "streets", title: "The streets", licence: "CC0", free: true },
  ]);
  expect(readdirSync(cwd).filter((name) => name.startsWith("never"))).toEqual([]);
});

describe("the folder", () => {
  test("that holds anything else is left alone", async () => {
    mkdirSync(join(cwd, "mine"));
    writeFileSync(join(cwd, "mine", "thesis.txt"), "years");
    for (const own of ["mine", root, "secret-place"])
      await expect(exportView({ folder: root, dir: own }, context)).rejects.toThrow(
        "is not empty, and not an export",
      );
    expect(readdirSync(join(cwd, "mine"))).toEqual(["thesis.txt"]);
    const file = join("mine", "thesis.txt");
    await expect(exportView({ folder: root, dir: file }, context)).rejects.toThrow("cannot be written to");
    await expect(exportView({ folder: "nowhere", dir: "x" }, context)).rejects.toThrow("is not a folder");
  });

  test("keeps what is published along: only files of the export are replaced", async () => {
    const place = join(cwd, "published");
    mkdirSync(join(place, ".git"), { recursive: true });
    writeFileSync(join(place, ".git", "HEAD"), "ref: refs/heads/pages");
    await exportView({ folder: root, dir: "published" }, context);
    writeFileSync(join(place, "CNAME"), "masks.example.org");
    writeFileSync(join(place, "runs", "left.json"), "{}");
    // A folder that is called as a route is: the page's program stays as it is.
    await exportView({ folder: root, dir: "published" }, { ...context, env: { HOME: "/runs" } });
    expect(readFileSync(join(place, "page.js"), "utf8")).toBe(page.js);
    expect(readFileSync(join(place, ".git", "HEAD"), "latin1")).toBe("ref: refs/heads/pages");
    expect(readFileSync(join(place, "CNAME"), "latin1")).toBe("masks.example.org");
    expect(existsSync(join(place, "runs", "left.json"))).toBe(false);
    expect(readdirSync(cwd).filter((name) => name.startsWith("published"))).toEqual(["published"]);
  });

  test("stays as it is when the export is stopped", async () => {
    const before = filesOf(dir);
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error("stopped"));
    const stopped = exportView(
      { folder: root, dir: "site", onProgress },
      { ...context, signal: stop.signal },
    );
    await expect(stopped).rejects.toThrow("stopped");
    expect(filesOf(dir)).toEqual(before);
    expect(readdirSync(cwd).filter((name) => name.startsWith("site"))).toEqual(["site"]);
  });
});

test("the command line says what it wrote, and refuses options of the other kind", async () => {
  const made = await runCli(["view", "secret-place/reports", "--export", "by-hand", "--with-images"], {
    cwd,
  });
  expect([made.code, made.out]).toEqual([0, "by-hand\n"]);
  expect(made.err).toMatch(/under a licence of its own:\n {2}cells: CC0\n/);
  expect(made.err).toMatch(/2 runs, \d+ of \d+ rows, \d+ files/);
  for (const words of [
    ["--all"],
    ["--with-images"],
    ["--export", "x", "--port", "1"],
    ["--export", "x", "--host", "y"],
  ])
    expect((await runCli(["view", "secret-place/reports", ...words], { cwd })).code, words.join(" ")).toBe(2);
  expect((await runCli(["view", "secret-place/reports", "--export", "mine"], { cwd })).code).toBe(1);
});

describe("an export of some rows", () => {
  const some = join(cwd, "some");
  /** Two models on 230 targets of one image: every row has a value of its own. */
  const write = async () => {
    const folder = await openRunFolder(join(some, "run"), manifestOf(), { check });
    for (const [n, unit] of units.entries()) {
      const rows = Array.from({ length: n % 5 === 0 ? 230 : 0 }, (_, t): Row => {
        const { model, benchmark, sample } = unit;
        const iou = ((t * 37 + n) % 230) / 230;
        const step = { ...scored.steps[0]!, candidates: [{ predicted: 0.9, iou }] };
        const steps = [{ ...step, scores: { iou, dice: iou, boundary: iou, oracle: iou } }];
        return { ...scored, model, benchmark, sample, cluster: sample, target: String(t), steps };
      });
      await folder.append(unit, rows, [], {});
    }
    await folder.close();
  };

  test("names each row by its number in the run, as the run's own page does", async () => {
    await write();
    await exportView({ folder: some, dir: "part" }, context);
    const read = async (path: string) => new Uint8Array(await readFile(join(cwd, "part", path)));
    const [served, exported] = [viewApp(some, { token: "t" }, context), apiOf(await exportedSource(read))];
    const given = await served.app.request("http://localhost/?token=t", { headers: { host: "localhost" } });
    const headers = { host: "localhost", cookie: given.headers.get("set-cookie")!.split(";")[0]! };
    const both = async (path: string): Promise<Answer[]> =>
      Promise.all(
        [
          await served.app.request(`http://localhost/api${path}`, { headers }),
          await exported.request(`http://localhost${path}`),
        ].map(async (reply) => (reply.ok ? reply.json() : expect.fail(await reply.text()))),
      );
    const [all, part] = await both("/targets?run=run&model=m2&sort=iou@1&count=500");
    expect([all.total, part.total]).toEqual([230, 200]);
    const numbers = new Map(all.rows.map(({ place, target }: Answer) => [target, place]));
    for (const { place, target } of part.rows) expect([target, place]).toEqual([target, numbers.get(target)]);
    const { place, target } = part.rows[150];
    expect(place).toBeGreaterThan(part.total);
    for (const one of await both(`/target?run=run&row=${place}`))
      expect([one.row.target, one.row.model]).toEqual([target, "m2"]);
    const [, found] = await both(`/targets?run=run&model=m2&sort=iou@1&row=${place}`);
    expect(found.at).toBe(150);
    const sides = encodeURIComponent(JSON.stringify([["run", "m1"]]));
    const [ofAll, ofPart] = await both(`/beside?run=run&row=${place}&sides=${sides}`);
    expect(ofPart).toEqual(ofAll);
    const [theirs, ours] = await both("/compare?run=run&model=m1&other=run&against=m2");
    expect(ours.rows).toEqual(theirs.rows);
    expect(ours.rows.length).toBeGreaterThan(0);
    // One that was left out.
    const out = all.rows.find((row: Answer) => !part.rows.some((one: Answer) => one.place === row.place));
    const missing = await exported.request(`http://localhost/target?run=run&row=${out.place}`);
    expect([missing.status, await missing.text()]).toEqual([
      404,
      expect.stringContaining("does not hold row"),
    ]);
    await served.close();
  });
});

test("which models are compared: those of a run first, then of runs that are alike, newest first", () => {
  const note = (name: string, time: string, samples = "same"): RunNote => ({
    ...{ name, time },
    benchmarks: [{ name: "cells", title: "", images: 1, domain: [], samples, settings: "s" }],
  });
  const notes = [note("a", "1"), note("b", "2", "others"), note("c", "3"), note("d", "2")];
  const sides = [...notes.map(({ name }) => ({ run: name, model: "m" })), { run: "a", model: "n" }];
  const [a, c, d, a2] = [0, 2, 3, 4];
  const both = (...list: [number, number][]) =>
    list.flatMap(([x, y]) => [
      [x, y],
      [y, x],
    ]);
  const all = both([a, a2], [c, d], [a, c], [c, a2], [a, d], [d, a2]);
  expect(pairsOf(notes, sides)).toEqual(all);
  expect(pairsOf(notes, sides, 4)).toEqual(all.slice(0, 4));
});

describe("which targets are chosen", () => {
  /** Two models on ten targets of one benchmark; `values`: of each model. */
  const runOf = (values: readonly (readonly number[])[], better: "higher" | "lower" = "higher") => {
    const targets = values[0]!.length;
    const rows = values.flat();
    const names = {
      ...{ model: ["a", "b"], benchmark: ["cells"], protocol: ["p@1"], status: ["ok", "failed"] },
      ...{ sample: ["s"], category: [""], size: [""], target: rows.slice(0, targets).map((_, t) => `t${t}`) },
    };
    const columns: Record<string, ArrayLike<number>> = {
      model: rows.map((_, i) => Math.floor(i / targets)),
      target: rows.map((_, i) => i % targets),
      status: rows.map((value) => (value === -1 ? 1 : 0)),
      value: rows.map((value) => (value === -1 ? Number.NaN : value)),
    };
    const zero = rows.map(() => 0);
    const notes = [
      { id: "other", show: "page", better },
      { id: "value", show: "main", better },
    ];
    return {
      index: { rows: rows.length, names, measures: { "p@1": notes }, valued: [] } as Answer,
      column: async (name: string) => columns[name] ?? zero,
    };
  };
  const one = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
  const chosen = async (...[run, wanted, most]: Parameters<typeof chosenPlaces>) => [
    ...(await chosenPlaces(run, wanted, most)),
  ];

  test("the worst, the middle and the best by turns", async () => {
    expect(await chosen(runOf([one]), [], 10)).toHaveLength(10);
    expect(await chosen(runOf([one]), [], 3)).toEqual([0, 4, 9]);
    expect(await chosen(runOf([one]), [], 5)).toEqual([0, 1, 4, 5, 9]);
    expect(await chosen(runOf([one], "lower"), [], 4)).toEqual([0, 5, 8, 9]);
  });

  test("failed targets before the worst, and those without a value last", async () => {
    const some = [-1, 0.2, Number.NaN, 0.4, 0.5];
    expect(await chosen(runOf([some]), [], 3)).toEqual([0, 3, 4]);
    expect(await chosen(runOf([some]), [], 4)).toEqual([0, 1, 3, 4]);
    expect(await chosen(runOf([[Number.NaN, Number.NaN, Number.NaN]]), [], 2)).toEqual([0, 1]);
  });

  test("the same of all models, and first what comparisons lead to", async () => {
    const two = runOf([one, one.toReversed()]);
    expect(await chosen(two, [], 3)).toEqual([0, 4, 9, 10, 14, 19]);
    const wanted = [7, 6, 3].map((t) => ({
      benchmark: "cells",
      protocol: "p@1",
      sample: "s",
      target: `t${t}`,
    }));
    const far = { benchmark: "cells", protocol: "p@1", sample: "s", target: "t99" };
    expect(await chosen(runOf([one]), [far, ...wanted], 4)).toEqual([0, 4, 6, 7]);
  });
});
