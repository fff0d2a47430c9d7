// Where the time of a unit goes, on a clock that we turn by hand.
import { expect, test } from "vitest";
import { Stopwatch } from "../../src/eval/stopwatch.ts";

test("a model's call is split by what its graphs say; waiting is nobody's", async () => {
  let now = 100;
  const watch = new Stopwatch(() => now);
  const after = async (milliseconds: number) => {
    now += milliseconds;
  };
  await watch.wait("read", () => after(5));
  await watch.model("encode", "preprocess", async (cost) => {
    await after(7); // the input is made
    await after(30); // 12 in line, 16 in the graph, 2 until somebody listens
    cost({ running: 16, elapsed: 30, result: "computed", first: true });
    await after(4);
    cost({ running: 0, elapsed: 4, result: "none" });
  });
  await watch.model("decode", "postprocess", async (cost) => {
    await after(10);
    cost({ running: 9, elapsed: 10, result: "computed" });
    await after(3);
  });
  watch.time("score", () => {
    now += 6;
  });
  now += 50;
  expect(watch.timing()).toEqual({
    ...{ read: 5, preprocess: 7, encode: 16, decode: 9, postprocess: 3, score: 6, click: 0 },
    // 12 + 2 + 4 while encoding, 1 while decoding, 50 after scoring.
    ...{ idle: 69, targets: 0, prompts: 0, clicks: 0, encoded: 1, cached: 0, decoded: 1 },
    calls: { encode: [16], decode: [9], first: ["encode"] },
  });
});

test("a kept embedding is counted as such; a session that tells nothing has all its time in the graph", async () => {
  let now = 0;
  const watch = new Stopwatch(() => now);
  await watch.model("encode", "preprocess", async (cost) => {
    now += 3;
    cost({ running: 2, elapsed: 3, result: "cached" });
  });
  await watch.model("encode", "preprocess", async () => {
    now += 11;
  });
  await expect(
    watch.model("decode", "postprocess", async () => {
      now += 4;
      throw new Error("lost");
    }),
  ).rejects.toThrow("lost");
  expect(watch.timing()).toMatchObject({
    ...{ encode: 13, decode: 4, idle: 1, encoded: 1, cached: 1, decoded: 1 },
    // What was kept is no call.
    calls: { encode: [11], decode: [4] },
  });
});
