// The index of a run's rows: what it says is what the rows say, however it came about.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { estimateColumn } from "../../src/core/measure.ts";
import { contextOf, openRunIndex, type RunIndex, readMasks, readRows } from "../../src/index.ts";
import { indexFile, masksFile, progressFile, rowsFile } from "../../src/store/files.ts";
import { openRowIndex } from "../../src/store/row-index.ts";
import { openRunFolder } from "../../src/store/run-folder.ts";
import { collect } from "../helpers/records.ts";
import { check, contentOf, manifestOf, sharedFolder, temporaryFolder, units } from "../store/sample-run.ts";

const context = contextOf({ cwd: sharedFolder() });
const opened: RunIndex[] = [];

async function openIndex(dir: string): Promise<RunIndex> {
  const index = await openRunIndex(dir, {}, context);
  opened.push(index);
  return index;
}

afterEach(async () => {
  for (const index of opened.splice(0)) await index.close();
});

async function write(dir: string, count: number): Promise<void> {
  const folder = await openRunFolder(dir, manifestOf(), { check });
  for (const unit of units.slice(folder.finished.size, count)) {
    const { rows, masks, timing } = contentOf(unit);
    await folder.append(unit, rows, masks, timing);
  }
  await folder.close();
}

/** Everything that an index says, as plain data. */
async function told(index: RunIndex) {
  const ids = [...new Set(Object.values(index.measures).flatMap((list) => list.map(({ id }) => id)))];
  const columns = await Promise.all(
    ["share", ...Object.keys(index.names), ...ids].map(async (name) => [
      name,
      [...(await index.column(name))],
    ]),
  );
  return { rows: index.rows, names: index.names, columns: Object.fromEntries(columns) };
}

async function expectRight(dir: string): Promise<void> {
  const index = await openIndex(dir);
  const rows = await collect(readRows(dir, context));
  const masks = await collect(readMasks(dir, context));
  expect(index.rows).toBe(rows.length);
  const { columns } = await told(index);
  const first = index.measures["sam1-d1@1"]!.find(({ id }) => id === "iou@1")!;
  expect(index.valued).toEqual(rows.length === 0 ? [] : expect.arrayContaining([first.id]));
  expect(index.valued).not.toContain("iou@3");
  for (const [place, row] of rows.entries()) {
    expect(await index.row(place)).toEqual(row);
    for (const key of ["model", "benchmark", "protocol", "sample", "target", "status"] as const)
      expect(index.names[key][columns[key][place]]).toBe(row[key]);
    expect(index.names.category[columns.category[place]]).toBe(row.category ?? "");
    const { model, benchmark, protocol, sample, target } = row;
    const own = masks.filter((mask) =>
      Object.entries({ model, benchmark, protocol, sample, target }).every(
        ([key, value]) => mask[key as "model"] === value,
      ),
    );
    expect(await index.masks(place)).toEqual(own);
    const wanted = row.status === "ok" && protocol === "sam1-d1@1" ? Math.fround(0.1 + 0.2) : Number.NaN;
    expect(columns["iou@1"][place]).toBe(wanted);
    expect(columns.share[place]).toBe(row.status === "ok" ? Math.fround(20 / 1200) : Number.NaN);
    expect(index.names.size[columns.size[place]]).toBe(row.status === "ok" ? "small" : "");
    expect(await index.values(place)).toEqual(
      Number.isNaN(wanted) ? {} : expect.objectContaining({ "iou@1": wanted }),
    );
    const estimate = Number.isNaN(wanted) ? Number.NaN : Math.fround(0.9);
    expect((await index.column(estimateColumn(first)!))[place]).toBe(estimate);
  }
}

test("columns, rows and masks are those of the run", async () => {
  const dir = temporaryFolder();
  await write(dir, units.length);
  await expectRight(dir);
  await expect(openIndex(join(dir, "none"))).rejects.toThrow("is not a run folder");
});

test("a run that grows is gone on with, and comes to the same as one that was indexed at once", async () => {
  const dir = temporaryFolder();
  for (const count of [0, 1, 5, units.length]) {
    await write(dir, count);
    await expectRight(dir);
  }
  const [grown, bytes] = [await openIndex(dir), readFileSync(join(dir, indexFile))];
  const once = temporaryFolder();
  await write(once, units.length);
  expect(await told(await openIndex(once))).toEqual(await told(grown));
  expect(await grown.isStale()).toBe(false);
  // Nothing has changed: the file is not written again.
  await openIndex(dir);
  expect(readFileSync(join(dir, indexFile)).equals(bytes)).toBe(true);
});

test("rows that changed are indexed anew, and so are a damaged index and one of another version", async () => {
  const dir = temporaryFolder();
  await write(dir, units.length);
  const index = await openIndex(dir);
  const path = join(dir, rowsFile);
  const changed = readFileSync(path, "utf8").replaceAll('"area":20', '"area":30');
  writeFileSync(path, changed);
  utimesSync(path, 1, 1);
  expect(await index.isStale()).toBe(true);
  expect((await (await openIndex(dir)).column("share"))[0]).toBe(Math.fround(30 / 1200));
  const whole = readFileSync(join(dir, indexFile));
  const length = whole.readUInt32LE(whole.length - 4);
  const footer = JSON.parse(whole.subarray(-4 - length, -4).toString());
  const [model, ...others] = footer.columns;
  const untrue = [
    ...[{ rows: 1e12 }, { rows: -1 }, { rows: footer.rows - 1 }, { groups: null }, { groups: [8] }],
    ...[{ columns: [] }, { columns: others }, { columns: [...others, model] }, { names: [0, 2] }],
    ...[{ units: [0, 1] }, { measures: { "sam1-d1@1": null } }, { valued: null }],
  ].map((change) => {
    const text = Buffer.from(JSON.stringify({ ...footer, ...change }));
    const end = Buffer.alloc(4);
    end.writeUInt32LE(text.length);
    return Buffer.concat([whole.subarray(0, -4 - length), text, end]);
  });
  for (const damaged of [whole.subarray(0, 100), Buffer.alloc(0), Buffer.from("not an index"), ...untrue]) {
    writeFileSync(join(dir, indexFile), damaged);
    expect(await openRowIndex(join(dir, indexFile))).toBeUndefined();
    expect((await openIndex(dir)).rows).toBe(index.rows);
    expect(readFileSync(join(dir, indexFile)).equals(whole)).toBe(true);
  }
});

test("without a journal whole lines count, and masks are not found", async () => {
  const dir = temporaryFolder();
  await write(dir, units.length);
  writeFileSync(join(dir, progressFile), "");
  expect((await openIndex(dir)).rows).toBe(0);
  unlinkSync(join(dir, progressFile));
  const all = (await openIndex(dir)).rows;
  truncateSync(join(dir, rowsFile), readFileSync(join(dir, rowsFile)).length - 5);
  const index = await openIndex(dir);
  expect(index.rows).toBe(all - 1);
  expect(await index.masks(0)).toEqual([]);
});

test("a damaged row is an error that names its line, and leaves no file", async () => {
  const dir = temporaryFolder();
  await write(dir, units.length);
  const path = join(dir, rowsFile);
  const lines = readFileSync(path, "utf8").split("\n");
  lines[2] = lines[2]!.replace('"status":"ok"', '"status":"no"');
  writeFileSync(path, lines.join("\n"));
  await expect(openIndex(dir)).rejects.toThrow(/line 3: the line is damaged: status/);
  expect(readdirSync(dir).filter((name) => name.startsWith(indexFile))).toEqual([]);
  expect(readdirSync(dir)).toContain(masksFile);
});

test("where nothing can be written beside the rows, the index is of no lasting place", async () => {
  const dir = temporaryFolder();
  await write(dir, units.length);
  const path = join(dir, indexFile);
  mkdirSync(`${path}.${process.pid}.tmp`);
  const places = () => readdirSync(tmpdir()).filter((name) => name.startsWith("segbench-index-"));
  const before = places();
  await expectRight(dir);
  expect(existsSync(path)).toBe(false);
  expect(places()).toEqual(before);
});
