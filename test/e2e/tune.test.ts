// `tune`: what measurements mean, and the verb on a small model.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bestBatch, doublings, estimatedRate, fastest } from "../../src/run/tune.ts";
import { runCli } from "../helpers/run-cli.ts";
import { workPlace } from "../helpers/synthetic.ts";

const times = {
  threads: 1,
  encode: 100,
  decode: [
    { batch: 1, perPrompt: 9 },
    { batch: 2, perPrompt: 6.2 },
    { batch: 4, perPrompt: 6 },
    { batch: 8, perPrompt: 7 },
  ],
};

test("the smallest batch within 5 % of the fastest, and the rate that follows from it", () => {
  expect(bestBatch(times)).toBe(2);
  // 100 ms + 20 prompts of 6.2 ms.
  expect(estimatedRate(times, 20)).toBeCloseTo(1000 / 224, 12);
});

test("the fastest setting; of those as fast the one with fewest threads, then fewest workers", () => {
  const setting = (threads: number, workers: number, imagesPerSecond: number) => ({
    ...{ threads, batch: 4, workers, imagesPerSecond },
  });
  const measured = [setting(1, 4, 9.4), setting(1, 8, 9.6), setting(2, 4, 10), setting(4, 2, 9.9)];
  expect(fastest(measured)).toEqual(setting(1, 8, 9.6));
  expect(fastest([...measured, setting(8, 1, 11)])).toEqual(setting(8, 1, 11));
  expect(fastest([setting(1, 4, 9.6), ...measured])).toEqual(setting(1, 4, 9.6));
  expect(fastest([])).toBeUndefined();
});

test("doublings end with the limit", () => {
  expect([1, 2, 6, 16].map(doublings)).toEqual([[1], [1, 2], [1, 2, 4, 6], [1, 2, 4, 8, 16]]);
});

test("the verb measures, proposes, and writes only what it is told to", async () => {
  const place = await workPlace({ images: 1, targets: 1 });
  const file = join(place, "mine.yaml");
  const before = "# kept\nname: mine # this too\nmodels: [constant]\nworkers: 9\n";
  writeFileSync(file, before);
  const words = ["tune", "./constant.yaml", "--seconds", "1", "--prompts", "4"];
  const plain = await runCli(words, { cwd: place });
  expect(plain).toMatchObject({ code: 0 });
  expect(plain.out).toMatch(/\nthreads: \d+\nbatch: \d+\nworkers: \d+\n$/);
  expect(readFileSync(file, "utf8")).toBe(before);

  const { code, out, err } = await runCli(
    [...words, "--optimisation", "basic", "--json", "--write", "mine.yaml"],
    { cwd: place },
  );
  expect(code).toBe(0);
  const { alone, together, best, optimisation } = JSON.parse(out);
  expect(optimisation).toBe("basic");
  expect(alone[0]).toMatchObject({ threads: 1, encode: expect.any(Number) });
  // As many as there was time for.
  const batches = alone[0].decode.map(({ batch }: { batch: number }) => batch);
  expect([1, 2, 4, 8, 16, 32].slice(0, batches.length)).toEqual(batches);
  expect(batches.length).toBeGreaterThan(0);
  expect(together).toContainEqual(best);
  expect(err).toMatch(/workers: \d, threads of each: \d/);
  expect(readFileSync(file, "utf8")).toBe(
    `# kept\nname: mine # this too\nmodels: [constant]\nworkers: ${best.workers}\nthreads: ${best.threads}\nbatch: ${best.batch}\n`,
  );
}, 300_000);

test("a run file that is not there is told before anything is measured", async () => {
  const place = await workPlace({ images: 1, targets: 1 });
  const { code, out, err } = await runCli(["tune", "./constant.yaml", "--write", "absent.yaml"], {
    cwd: place,
  });
  expect({ code, out, err }).toEqual({
    code: 1,
    out: "",
    err: `error: absent.yaml: cannot be changed; expected an existing run file, got nothing at ${join(place, "absent.yaml")}\n`,
  });
}, 60_000);
