import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inShard, type Plan, type Shard } from "../../src/core/plan.ts";
import { readManifest } from "../../src/store/manifest.ts";
import { mergeRuns } from "../../src/store/merge.ts";
import { readRun } from "../../src/store/read-run.ts";
import { openRunFolder } from "../../src/store/run-folder.ts";
import { check, contentOf, manifestOf, temporaryFolder, units } from "./sample-run.ts";

async function runShard(shard: Shard | null, { limit = 99, plan = {} as Partial<Plan>, cpu = "test" } = {}) {
  const dir = temporaryFolder();
  const manifest = { ...manifestOf(plan, shard), hardware: { cpu, cores: 2 } };
  const folder = await openRunFolder(dir, manifest, { check });
  for (const unit of units.filter(({ index }) => inShard(index, shard)).slice(0, limit)) {
    const { rows, masks, timing } = contentOf(unit);
    await folder.append(unit, rows, manifest.plan.masks ? masks : [], timing);
  }
  await folder.close();
  return dir;
}

const bytesOf = (dir: string) =>
  ["rows.jsonl", "masks.jsonl", "timing.jsonl", "progress.jsonl"].map((name) =>
    readFileSync(join(dir, name), "utf8"),
  );

describe("mergeRuns", () => {
  it.each([1, 2, 3, 7, 12])("puts %i shards together to the bytes of the whole run", async (count) => {
    const shards = await Promise.all(
      Array.from({ length: count }, (_, index) => runShard({ index, count }, { cpu: `cpu ${index % 2}` })),
    );
    const out = temporaryFolder();
    await mergeRuns([...shards].reverse(), out, { check });
    expect(bytesOf(out)).toEqual(bytesOf(await runShard(null)));
    const { shard, hardware } = await readManifest(out);
    expect(shard).toBe(null);
    expect(hardware).toEqual({ cpu: count === 1 ? "cpu 0" : "cpu 0 | cpu 1", cores: 2 });
    expect((await readRun(out)).complete).toBe(true);
  });

  it("merges runs without masks", async () => {
    const shards = await Promise.all(
      [0, 1].map((index) => runShard({ index, count: 2 }, { plan: { masks: false } })),
    );
    const out = temporaryFolder();
    await mergeRuns(shards, out, { check });
    expect((await readRun(out)).finished).toBe(10);
  });

  it("refuses what does not fit together", async () => {
    const [a, b, c] = await Promise.all([0, 1, 2].map((index) => runShard({ index, count: 3 })));
    const half = await runShard({ index: 1, count: 2 });
    const unfinished = await runShard({ index: 2, count: 3 }, { limit: 2 });
    const otherSeed = await runShard({ index: 2, count: 3 }, { plan: { seed: "8" } });
    const whole = await runShard(null);
    const message = async (...dirs: (string | undefined)[]) => {
      const out = temporaryFolder();
      const found = await mergeRuns(dirs as string[], out, { check }).then(
        () => "no error",
        (error: Error) => error.message,
      );
      const names = { a, b, c, half, unfinished, otherSeed, whole, out };
      return Object.entries(names).reduce((text, [name, dir]) => text.replaceAll(dir!, name), found);
    };
    expect(await message(a, c)).toBe("a, c: shards are missing; expected all 3 shards, got none for 1/3");
    expect(await message(a, b, a)).toBe("a: overlaps with a: both are shard 0/3");
    expect(await message(a, half)).toBe(
      "half: overlaps with a: the run was sharded differently; expected a shard of 3, got shard 1/2",
    );
    expect(await message(whole, whole)).toBe("whole: overlaps with whole: both are no shard");
    expect(await message(a, b, unfinished)).toBe(
      "unfinished: shard 2/3 is unfinished: run its command again to continue it; expected 3 units, got 2",
    );
    expect(await message(a, b, otherSeed)).toBe(
      "otherSeed: its plan differs from that of a\n  seed: 7 in a, 8 in otherSeed",
    );
    expect(await message()).toBe("out: nothing to merge; expected the run folders of all shards");
    expect(await message(temporaryFolder())).toMatch(
      /is not a run folder; expected manifest.json, got no such file$/,
    );
  });
});
