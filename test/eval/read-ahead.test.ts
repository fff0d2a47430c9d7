import { expect, test } from "vitest";
import type { ImageSample } from "../../src/core/types.ts";
import { readAhead } from "../../src/eval/in-order.ts";
import type { UnitJob } from "../../src/eval/task.ts";

const sample = (name: string) => ({ name }) as unknown as ImageSample;

/** Jobs a, b, c, ... that note when they are read; those named in `bad` cannot be. */
function jobs(names: string, notes: string[], bad = ""): UnitJob[] {
  return [...names].map((name, index) => ({
    unit: { index, model: "m", benchmark: "b", sample: name },
    ref: {
      id: name,
      cluster: name,
      load: async () => {
        notes.push(`read ${name}`);
        if (bad.includes(name)) throw new Error(`no ${name}`);
        return sample(name);
      },
    },
  }));
}

test("when an image is asked for, the next ones are read, each once and each announced before", async () => {
  const notes: string[] = [];
  const [a, b, c, d] = readAhead(
    jobs("abcd", notes),
    2,
    async ({ sample: id }) => void notes.push(`begun ${id}`),
  );
  expect(notes).toEqual([]);
  expect(await a!.ref.load()).toEqual(sample("a"));
  expect(notes).toEqual(["begun a", "begun b", "begun c", "read a", "read b", "read c"]);
  expect(await c!.ref.load()).toEqual(sample("c"));
  expect(await b!.ref.load()).toEqual(sample("b"));
  expect(await d!.ref.load()).toEqual(sample("d"));
  expect(notes.slice(6)).toEqual(["begun d", "read d"]);
});

test("one that cannot be read fails its own job, however early it was read; asked again it is read again", async () => {
  const notes: string[] = [];
  const [a, b] = readAhead(jobs("ab", notes, "b"), 1, async () => undefined);
  await a!.ref.load();
  await new Promise((resolve) => setImmediate(resolve));
  await expect(b!.ref.load()).rejects.toThrow("no b");
  await expect(b!.ref.load()).rejects.toThrow("no b");
  expect(notes).toEqual(["read a", "read b", "read b"]);
});
