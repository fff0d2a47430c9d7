import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { registries, rowCheck } from "../../src/config/index.ts";
import type { Manifest, Unit } from "../../src/core/plan.ts";
import type { Row } from "../../src/core/rows.ts";
import { isShared } from "../../src/store/journal.ts";
import { readMasks, readRows, readRun } from "../../src/store/read-run.ts";
import { openRunFolder, type RunFolderOptions } from "../../src/store/run-folder.ts";
import { collect } from "../helpers/records.ts";
import { check, contentOf, manifestOf, scored, temporaryFolder, units } from "./sample-run.ts";

const names = ["rows.jsonl", "masks.jsonl", "timing.jsonl", "progress.jsonl"];

/** Runs what is missing, at most `limit` units. */
async function run(
  dir: string,
  { limit = 99, ...options }: Partial<RunFolderOptions> & { limit?: number } = {},
) {
  const folder = await openRunFolder(dir, manifestOf(), { check, ...options });
  const before = [...folder.finished];
  for (const unit of units.filter(({ index }) => !folder.finished.has(index)).slice(0, limit)) {
    const { rows, masks, timing } = contentOf(unit);
    await folder.append(unit, rows, masks, timing);
  }
  await folder.close();
  return before;
}

const keyOf = ({ model, benchmark, sample }: Unit) => ({ model, benchmark, protocol: "box@1", sample });

const bytesOf = (dir: string) => names.map((name) => readFileSync(join(dir, name), "utf8"));

const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe("a run folder", () => {
  it("gives back what was appended, in order", async () => {
    const dir = join(temporaryFolder(), "deep/run");
    expect(await run(dir)).toEqual([]);
    const contents = units.map(contentOf);
    expect(await collect(readRows(dir, check))).toEqual(contents.flatMap(({ rows }) => rows));
    expect(await collect(readMasks(dir))).toEqual(contents.flatMap(({ masks }) => masks));
    expect(readdirSync(dir).sort()).toEqual([...names, "manifest.json"].sort());
    expect(await readRun(dir)).toEqual({
      manifest: manifestOf(),
      finished: 10,
      waiting: 0,
      expected: 10,
      complete: true,
    });
  });

  it("continues where it stopped, to the same bytes", async () => {
    const whole = temporaryFolder();
    await run(whole);
    const dir = temporaryFolder();
    await run(dir, { limit: 4 });
    expect((await readRun(dir)).complete).toBe(false);
    expect(await run(dir, { limit: 1, durable: true })).toEqual([0, 1, 2, 3]);
    expect(await run(dir)).toEqual([0, 1, 2, 3, 4]);
    expect(await run(dir)).toEqual(units.map(({ index }) => index));
    expect(bytesOf(dir)).toEqual(bytesOf(whole));
  });

  it.skipIf(process.platform !== "linux").each([
    ["NFS", 0x6969, true],
    ["CIFS, as a number with a sign", 0xff534d42 | 0, true],
    ["Lustre", 0x0bd00bd0, true],
    ["GPFS", 0x47504653, true],
    ["ext4", 0xef53, false],
    ["tmpfs", 0x01021994, false],
    ["overlay", 0x794c7630, false],
  ])("waits for the disk where other machines see it: %s", async (_, type, shared) => {
    expect(await isShared("anywhere", async () => type)).toBe(shared);
  });

  it("does not care where it was killed: every file cut at every byte of the last unit", async () => {
    // A small last unit, to have few bytes to cut at.
    const [first, last] = [units[0]!, units[1]!];
    const row: Row = { ...keyOf(last), cluster: "", target: "1", status: "dropped", reason: "empty" };
    const mask = {
      ...keyOf(last),
      target: "1",
      at: { clicks: 1 },
      rle: { size: [1, 1] as const, counts: "0" },
    };
    const runBoth = async (dir: string) => {
      const folder = await openRunFolder(dir, manifestOf(), { check });
      const before = folder.finished.size;
      const { rows, masks, timing } = contentOf(first);
      if (before < 1) await folder.append(first, rows, masks, timing);
      if (before < 2) await folder.append(last, [row], [mask], { encode: 1 });
      await folder.close();
      return before;
    };
    const start = temporaryFolder();
    await run(start, { limit: 1 });
    const whole = temporaryFolder();
    await runBoth(whole);
    const expected = bytesOf(whole);
    let cuts = 0;
    for (const name of names) {
      const end = statSync(join(whole, name)).size;
      for (let size = statSync(join(start, name)).size; size < end; size += 1) {
        truncateSync(join(whole, name), size);
        expect(await runBoth(whole), `${name} cut at ${size}`).toBe(1);
        expect(bytesOf(whole), `${name} cut at ${size}`).toEqual(expected);
        cuts += 1;
      }
    }
    expect(cuts).toBeGreaterThan(300);
  });

  it("cuts what was written without a journal line: the kill came between two files", async () => {
    const whole = temporaryFolder();
    await run(whole);
    const dir = temporaryFolder();
    await run(dir, { limit: 5 });
    for (const name of names) writeFileSync(join(dir, name), '{"unit":9,"torn', { flag: "a" });
    expect((await collect(readRows(dir, check))).length).toBe(
      units.slice(0, 5).flatMap((unit) => contentOf(unit).rows).length,
    );
    await run(dir);
    expect(bytesOf(dir)).toEqual(bytesOf(whole));
  });

  it("goes back to what is sound when the machine went down: zeros where rows should be", async () => {
    const whole = temporaryFolder();
    await run(whole);
    const dir = temporaryFolder();
    await run(dir);
    const rows = readFileSync(join(dir, "rows.jsonl"));
    rows.fill(0, rows.length - 30);
    writeFileSync(join(dir, "rows.jsonl"), rows);
    expect((await run(dir)).length).toBeLessThan(10);
    expect(bytesOf(dir)).toEqual(bytesOf(whole));
  });

  it("keeps no masks where the plan wants none", async () => {
    const dir = temporaryFolder();
    const folder = await openRunFolder(dir, manifestOf({ masks: false }), { check });
    const { rows, masks } = contentOf(units[0]!);
    expect(await messageOf(folder.append(units[0]!, rows, masks, {}))).toBe(
      "SegbenchError: m1, cells, sample a: there are masks, but the run keeps none",
    );
    await folder.append(units[0]!, rows, [], {});
    await folder.close();
    expect(existsSync(join(dir, "masks.jsonl"))).toBe(false);
    expect(await collect(readMasks(dir))).toEqual([]);
  });

  it("removes its own files with fresh, and nothing else", async () => {
    const dir = temporaryFolder();
    await run(dir);
    for (const name of [
      "summary.json",
      "report.html",
      "profile-encoder.json",
      "profile-decoder-m.json",
      "notes.txt",
    ])
      writeFileSync(join(dir, name), "x");
    mkdirSync(join(dir, "overlays"));
    for (const name of ["000.webp", "index.json", "strip-0-3.webp", "strips.json", "mine.png"])
      writeFileSync(join(dir, "overlays", name), "x");
    const folder = await openRunFolder(dir, manifestOf({ seed: "8" }), { check, fresh: true });
    expect(folder.finished.size).toBe(0);
    await folder.close();
    expect(readdirSync(dir).sort()).toEqual(["manifest.json", ...names, "notes.txt", "overlays"].sort());
    expect(readdirSync(join(dir, "overlays"))).toEqual(["mine.png"]);
    expect(bytesOf(dir)).toEqual(["", "", "", ""]);
  });
});

describe("a run folder refuses", () => {
  const refusal = async (changed: Partial<Manifest["plan"]>, shard: Manifest["shard"] = null) => {
    const dir = temporaryFolder();
    await run(dir, { limit: 1 });
    const before = bytesOf(dir);
    const message = await messageOf(openRunFolder(dir, manifestOf(changed, shard), { check }));
    expect(bytesOf(dir)).toEqual(before);
    expect(readdirSync(dir)).not.toContain("run.lock");
    return message.replaceAll(dir, "DIR");
  };

  it("another plan, naming every difference", async () => {
    expect(await refusal({ batch: 8, protocols: ["sam1-d1@1"], limit: 3 }, { index: 1, count: 2 })).toBe(
      'SegbenchError: DIR: holds another run, "Sample" of 5 images (sam1-d1@1, box@1); this command changes shard and batch and leaves out box@1\n' +
        "  shard: no shard in the run folder, shard 1/2 now\n" +
        "  batch: 16 in the run folder, 8 now\n" +
        "  for a run of its own: add `out` DIR-2",
    );
  });

  it("rows that it is told are impossible", async () => {
    const dir = temporaryFolder();
    const folder = await openRunFolder(dir, manifestOf(), { check: () => ["is impossible"] });
    const { rows } = contentOf(units[0]!);
    expect(await messageOf(folder.append(units[0]!, rows, [], {}))).toBe(
      "SegbenchError: m1, cells, sample a: sam1-d1@1, target 0: is impossible",
    );
    await folder.close();
    await run(dir, { fresh: true, limit: 1 });
    expect(await messageOf(collect(readRows(dir, () => ["is impossible"])))).toBe(
      `SegbenchError: ${dir}/rows.jsonl:1: the line is damaged: is impossible`,
    );
    expect(await messageOf(collect(readRows(dir, check)))).toBe("no error");
  });

  it("a run of the first format, with the command that makes it again", async () => {
    const dir = temporaryFolder();
    const older = (change: Partial<Manifest["plan"]>) =>
      writeFileSync(
        join(dir, "manifest.json"),
        JSON.stringify({ ...manifestOf(change), format: "segbench/manifest@1" }),
      );
    const sentence = (command: string) =>
      `SegbenchError: ${dir}: was made by an earlier version of segbench, whose rows have another format (docs/files.md lists the keys); expected segbench/manifest@2: \`segbench ${command} --out ${dir} --fresh\` makes the run again, got segbench/manifest@1`;
    older({});
    expect(await messageOf(readRun(dir))).toBe(sentence("run FILE"));
    expect(await messageOf(openRunFolder(dir, manifestOf(), { check }))).toBe(sentence("run FILE"));
    older({ replay: { run: "r", plan: "p", model: "m", prompts: "h" } });
    expect(await messageOf(readRun(dir))).toBe(sentence("replay RUN --models m1,m2"));
    const card = { name: "m", title: "m", family: "external", mask: { predictedIou: "none" } } as const;
    older({ models: [{ name: "m", card, files: [] }] });
    expect(await messageOf(readRun(dir))).toBe(sentence("score BENCHMARK MASKS"));
    await run(dir, { fresh: true });
    expect((await readRun(dir)).complete).toBe(true);
  });

  it("a folder that cannot be created", async () => {
    expect(await messageOf(openRunFolder("/proc/segbench/run", manifestOf(), { check }))).toMatch(
      /^SegbenchError: \/proc\/segbench\/run: the run folder cannot be created; got nothing at /,
    );
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    expect(await messageOf(openRunFolder(file, manifestOf(), { check }))).toMatch(
      /the run folder cannot be created; got a file at /,
    );
  });

  it("rows that it did not write", async () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, "rows.jsonl"), "{}\n");
    expect(await messageOf(openRunFolder(dir, manifestOf(), { check }))).toBe(
      `SegbenchError: ${dir}/rows.jsonl: belongs to no run that can be continued (use \`fresh\` to replace it, or another \`out\`); expected manifest.json beside it, got no such file`,
    );
    expect(readFileSync(join(dir, "rows.jsonl"), "utf8")).toBe("{}\n");
  });

  it("to start over silently when the journal is gone", async () => {
    const dir = temporaryFolder();
    await run(dir);
    rmSync(join(dir, "progress.jsonl"));
    expect(await messageOf(openRunFolder(dir, manifestOf(), { check }))).toMatch(
      /expected progress.jsonl beside it/,
    );
    expect((await collect(readRows(dir, check))).length).toBeGreaterThan(10);
  });

  it("units out of order, and takes nothing after a failure", async () => {
    const dir = temporaryFolder();
    const folder = await openRunFolder(dir, manifestOf(), { check });
    const late = messageOf(folder.append(units[1]!, [], [], {}));
    expect(await messageOf(folder.append(units[0]!, [], [], {}))).toMatch(/appended out of order/);
    expect((await late).replace(dir, "DIR")).toBe(
      "SegbenchError: DIR: a unit was appended out of order; expected unit 0, got unit 1",
    );
    await folder.close();
    expect(bytesOf(dir)).toEqual(["", "", "", ""]);
  });

  it("rows that cannot be true, doubled rows and rows of another unit", async () => {
    const dir = temporaryFolder();
    const folder = await openRunFolder(dir, manifestOf(), { check: rowCheck(registries) });
    const attempt = (...rows: Row[]) => messageOf(folder.append(units[0]!, rows, [], {}));
    const where = "SegbenchError: m1, cells, sample a: sam1-d1@1, target 1:";
    expect(await attempt({ ...scored, area: 0 })).toBe(
      `${where} area is 0: an empty target is dropped, not scored`,
    );
    const short = { ...scored.steps[0]!, scores: { iou: 0.1 + 0.2, dice: 0.5 } };
    expect(await attempt({ ...scored, steps: [short] })).toBe(`${where} step 0: has no boundary`);
    expect(await attempt(scored, scored)).toBe(`${where} the row occurs twice`);
    expect(await attempt({ ...scored, sample: "b" })).toBe(`${where} the row is of another unit`);
    expect(await attempt(scored)).toBe("no error");
    await folder.close();
  });
});

describe("a full disk", () => {
  it.each(["rows.jsonl", "masks.jsonl", "timing.jsonl", "progress.jsonl"])(
    "at %s names the file and keeps the link and what was scored before",
    async (name) => {
      const dir = temporaryFolder();
      symlinkSync("/dev/full", join(dir, name));
      const folder = await openRunFolder(dir, manifestOf(), { check });
      const { rows, masks, timing } = contentOf(units[0]!);
      expect(await messageOf(folder.append(units[0]!, rows, masks, timing))).toBe(
        `SegbenchError: ${dir}/${name}: cannot be written; what was scored before is kept; got no space left on the disk`,
      );
      expect(await messageOf(folder.append(units[1]!, [], [], {}))).toContain("no space left");
      expect(folder.finished.size).toBe(0);
      await folder.close();
      rmSync(join(dir, name));
      writeFileSync(join(dir, name), "");
      const whole = temporaryFolder();
      await run(whole);
      await run(dir);
      expect(bytesOf(dir)).toEqual(bytesOf(whole));
    },
  );
});
