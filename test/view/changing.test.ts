// Folders that change while somebody looks: runs that grow, are replaced or go away, and several looked at by turns.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contextOf } from "../../src/index.ts";
import { lockText, thisMachine } from "../../src/store/owner.ts";
import { openRunFolder } from "../../src/store/run-folder.ts";
import { tellWorkers } from "../../src/store/workers.ts";
import type { RunNote } from "../../src/view/folders.ts";
import { viewApp } from "../../src/view/index.ts";
import { check, contentOf, manifestOf, sharedFolder, units } from "../store/sample-run.ts";

const root = sharedFolder();
const { app, runs } = viewApp(root, { token: "t" }, contextOf({ cwd: root }));
let cookie = "";
beforeAll(async () => {
  const { headers } = await app.request("http://localhost/?token=t", { headers: { host: "localhost" } });
  cookie = headers.get("set-cookie")!.split(";")[0]!;
});
afterAll(() => runs.close());

const ask = (path: string) =>
  app.request(`http://localhost/api/${path}`, { headers: { host: "localhost", cookie } });
/** Whatever the server says. */
// biome-ignore lint/suspicious/noExplicitAny: as loose as what a stranger sees
const json = async (path: string): Promise<any> => {
  const reply = await ask(path);
  expect(reply.status, await reply.clone().text()).toBe(200);
  return reply.json();
};
const note = async (name: string): Promise<RunNote | undefined> =>
  ((await json("runs")).runs as RunNote[]).find((run) => run.name === name);
/** As soon as its rows are indexed. */
const countOf = async (name: string): Promise<number> => {
  for (;;) {
    const { state, rows } = await json(`contents?run=${name}`);
    if (state === "ready") return rows;
    expect(state).toBe("making");
  }
};
const open = (name: string, fresh = false) => openRunFolder(join(root, name), manifestOf(), { check, fresh });
const rowsOf = (list: typeof units) => list.flatMap((unit) => contentOf(unit).rows).length;

async function write(name: string, count = units.length, fresh = false): Promise<void> {
  const folder = await open(name, fresh);
  for (const unit of units.slice(0, count)) {
    const { rows, masks, timing } = contentOf(unit);
    await folder.append(unit, rows, masks, timing);
  }
  await folder.close();
}

test("a run that goes on: the list, the numbers and the rows are as far as it is", async () => {
  const folder = await open("going");
  for (const [i, unit] of units.entries()) {
    const { rows, masks, timing } = contentOf(unit);
    await folder.append(unit, rows, masks, timing);
    const { units: done, writer, complete } = (await note("going"))!;
    expect(done).toEqual({ finished: i + 1, expected: units.length });
    expect([writer?.living, complete]).toEqual([true, i + 1 === units.length]);
    // Of a run on many machines: who works on it.
    const seen = i === 1 ? { workers: 3, idle: 1, rate: 2.5 } : undefined;
    await tellWorkers(folder.dir, seen);
    expect((await note("going"))!.workers).toEqual(seen);
    if (i % 4 !== 1) continue;
    const { board } = await json("board?run=going");
    expect(board.complete).toBe(complete);
    const count = await countOf("going");
    expect(count).toBe(rowsOf(units.slice(0, i + 1)));
    expect((await json(`target?run=going&row=${count - 1}`)).row.sample).toBe(unit.sample);
  }
  await folder.close();
  const done = (await note("going"))!;
  expect([done.complete, done.writer, done.broken]).toEqual([true, undefined, undefined]);
});

test("who wrote it last: a process of this machine that is gone, or one of another that may live", async () => {
  await write("left", 3);
  const lock = join(root, "left", "run.lock");
  writeFileSync(lock, lockText({ pid: 4_000_000, ...thisMachine(), started: "1" }));
  const gone = (await note("left"))!;
  // Where no process number can be trusted, only time would tell.
  if (thisMachine().boot === "untold") expect(gone.writer?.living).toBe(false);
  else expect([gone.writer, gone.broken]).toEqual([undefined, true]);
  writeFileSync(lock, lockText({ pid: 12, host: "another-machine" }));
  const far = (await note("left"))!;
  expect([far.writer, far.broken]).toEqual([
    { name: "process 12 on another-machine", living: false },
    undefined,
  ]);
  writeFileSync(lock, "{ torn");
  expect((await note("left"))!.writer).toBeUndefined();
});

test("a run in the place of another one, and one that is there no more", async () => {
  await write("replaced");
  const all = await countOf("replaced");
  const began = (await note("replaced"))!.began;
  await write("replaced", 2, true);
  expect((await note("replaced"))!.began).not.toBe(began);
  expect(await countOf("replaced")).toBe(rowsOf(units.slice(0, 2)));
  const beyond = await ask(`target?run=replaced&row=${all - 1}`);
  expect([beyond.status, await beyond.text()]).toEqual([404, expect.stringContaining("There is no row")]);
  rmSync(join(root, "replaced"), { recursive: true });
  expect(await note("replaced")).toBeUndefined();
  for (const path of ["board?run=replaced", "contents?run=replaced", "target?run=replaced&row=0"]) {
    const reply = await ask(path);
    expect(reply.ok, path).toBe(false);
    expect(await reply.text()).not.toContain("Internal");
  }
});

test("more runs by turns than are held open", async () => {
  for (const name of ["one", "two", "three"]) await write(name, name === "one" ? 4 : units.length);
  const turns = Array.from({ length: 24 }, (_, i) => ["one", "two", "three"][i % 3]!);
  const found = await Promise.all(
    turns.map(async (name) => (await json(`targets?run=${name}&sort=share`)).total as number),
  );
  expect(found).toEqual(turns.map((name) => rowsOf(name === "one" ? units.slice(0, 4) : units)));
});

test("data that come while the page is open are found; what cannot be read says why; no run names folders outside them", async () => {
  await write("shown");
  const data = join(root, "data");
  mkdirSync(join(data, "other"), { recursive: true });
  const own = viewApp(root, { token: "t", data: "data" }, contextOf({ cwd: root }));
  const get = async (path: string) => {
    const headers = { host: "localhost", cookie };
    return own.app.request(`http://localhost/api/${path}&run=shown&row=0&frame=`, { headers });
  };
  const truth = async () => (await get("truth?")).json() as Promise<{ missing?: string; size?: object }>;
  const picture = async () => (await get("picture?")).status;
  try {
    expect((await truth()).missing).toMatch(
      /^Sample a of cells was not found in data\/\S+ or datasets\/data\/\S+; --data FOLDER names another place\.$/,
    );
    const pixels = { width: 8, height: 8, channels: 3, background: "#000" } as const;
    const put = async (folder: string) => {
      mkdirSync(join(root, folder), { recursive: true });
      for (const [name, kind] of [
        ["a.jpg", "jpeg"],
        ["a.png", "png"],
      ] as const)
        await sharp({ create: pixels })
          .toFormat(kind)
          .toFile(join(root, folder, name));
    };
    await put("data/cells");
    expect([await picture(), (await truth()).size]).toEqual([200, { width: 8, height: 8 }]);
    writeFileSync(join(root, "data/cells/a.jpg"), "no picture");
    const manifest = join(root, "shown", "manifest.json");
    const lead = async (folder: string) => {
      const { plan, ...rest } = JSON.parse(readFileSync(manifest, "utf8"));
      const benchmarks = plan.benchmarks.map((one: { card: object }) => ({
        ...one,
        card: { ...one.card, root: folder },
      }));
      writeFileSync(manifest, JSON.stringify({ ...rest, plan: { ...plan, benchmarks } }));
    };
    await lead("cells/.");
    expect((await truth()).missing).toMatch(/^Sample a of cells cannot be read\. .*a\.jpg/);
    await put("secret");
    for (const folder of ["../secret", join(root, "secret"), "cells/../../secret"]) {
      await lead(folder);
      expect([await picture(), (await truth()).missing]).toEqual([
        404,
        expect.stringContaining("names a folder outside the data"),
      ]);
    }
  } finally {
    await own.close();
  }
});
