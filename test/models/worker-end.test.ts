// A worker that ends by itself costs what it was doing and no more; a closed one leaves nothing behind.
import { spawnSync } from "node:child_process";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ImageSession, Prompt } from "../../src/core/types.ts";
import { playScene, sampleOf } from "../eval/play.ts";
import { ascii } from "../helpers/ascii-mask.ts";
import { openFixture, path, tinyImage } from "./cases.ts";

const image = tinyImage(5, 60, 30);
const click: Prompt = { clicks: [{ x: 5, y: 5, label: 1 }], multimask: true };

/** Threads that were started since the test began. */
const threads: Worker[] = [];
const note = (worker: Worker) => void threads.push(worker);
beforeEach(() => {
  threads.length = 0;
  process.on("worker", note);
});
afterEach(() => void process.off("worker", note));

const outcome = (work: Promise<unknown>) =>
  work.then(
    () => "ok",
    (error: Error) => error.message,
  );

const decodes = (session: ImageSession) => async () => {
  const embedding = await session.encode(image);
  const [answer] = await session.decode(embedding, [click]);
  await session.release(embedding);
  return answer;
};

describe("a worker that ends", () => {
  test("fails the calls under way and what it kept; the next image has a new one, with the same answers", async () => {
    const session = await openFixture("decoder-4");
    try {
      const before = await decodes(session)();
      const kept = await session.encode(image);
      // Enough that some are still to come whatever the thread gets done before it ends.
      const pending = Array.from({ length: 200 }, () => outcome(session.decode(kept, [click])));
      await threads[0]!.terminate();
      const ended = "the runtime's worker ended (exit code 1)";
      const answers = await Promise.all(pending);
      expect(answers.filter((answer) => answer !== "ok" && answer !== ended)).toEqual([]);
      expect(answers.at(-1)).toBe(ended);
      expect(await outcome(session.decode(kept, [click]))).toBe(
        "the image embedding is lost: the runtime's worker that kept it ended",
      );
      expect(threads).toHaveLength(1);
      expect(await decodes(session)()).toEqual(before);
      expect(threads).toHaveLength(2);
      // Its number may not mean a tensor of the new worker.
      await session.encode(image);
      expect(await outcome(session.decode(kept, [click]))).toMatch(/^the image embedding is lost/);
      await session.release(kept);
    } finally {
      await session.close();
    }
  });

  test("again and again, and while nothing is under way", async () => {
    const session = await openFixture("decoder-4");
    try {
      for (let i = 0; i < 3; i++) {
        await threads.at(-1)!.terminate();
        const both = await Promise.all([outcome(session.encode(image)), outcome(session.encode(image))]);
        expect(both).toEqual(["ok", "ok"]);
      }
      expect(threads).toHaveLength(4);
    } finally {
      await session.close();
    }
  });

  test("before close: nothing is left to close", async () => {
    const session = await openFixture("decoder-4");
    await threads[0]!.terminate();
    expect(await outcome(session.close())).toBe("ok");
    // Nobody would end another thread.
    expect(await outcome(session.encode(image))).toBe("the model is closed");
    expect(threads).toHaveLength(1);
  });
});

test("a run goes on: targets of the image fail with a sentence, the next image is scored", async () => {
  const session = await openFixture("decoder-4");
  const dying: ImageSession = {
    ...session,
    decode: async (...call) => {
      if (threads.length === 1) await threads[0]!.terminate();
      return session.decode(...call);
    },
  };
  const blob = ascii("......", ".####.", ".####.", ".####.", "......");
  try {
    const images = [];
    for (let i = 0; i < 2; i++)
      images.push(await playScene({ ids: ["box@1"], session: dying, load: sampleOf(blob, blob) }));
    const reasons = images.map(({ rows }) => rows.map((row) => ("reason" in row ? row.reason : row.status)));
    const lost = "the image embedding is lost: the runtime's worker that kept it ended";
    expect(reasons).toEqual([
      [lost, lost],
      ["ok", "ok"],
    ]);
  } finally {
    await session.close();
  }
});

/** Takes minutes: SEGBENCH_LONG=1. A process of its own, where nothing else lives that grows. */
test.runIf(process.env.SEGBENCH_LONG === "1")(
  "200 models opened, run and closed: what the process holds stays as it is",
  () => {
    const script = `
      import { openFixture, tinyImage } from ${JSON.stringify(path("test/models/cases.ts"))};
      const click = { clicks: [{ x: 5, y: 5, label: 1 }], multimask: true };
      const held = [];
      for (let i = 0; i < 200; i++) {
        const session = await openFixture("decoder-4");
        const embedding = await session.encode(tinyImage(5, 60, 30));
        await session.decode(embedding, [click]);
        await session.release(embedding);
        await session.close();
        gc();
        const { heapUsed, rss } = process.memoryUsage();
        held.push([heapUsed, rss]);
      }
      console.log(JSON.stringify(held));
    `;
    const args = ["--expose-gc", "--import", "tsx", "--input-type=module", "--eval", script];
    const { stdout } = spawnSync(process.execPath, args, { cwd: path("."), encoding: "utf8" });
    const held = JSON.parse(stdout) as [number, number][];
    const low = (kind: 0 | 1, from: number) =>
      Math.min(...held.slice(from, from + 20).map((one) => one[kind])) / 2 ** 20;
    const memory = ([0, 1] as const).map((kind) => [low(kind, 40), low(kind, 180)] as const);
    process.stderr.write(
      `MiB at a quarter and at the end: ${memory.map((pair) => pair.map((n) => n.toFixed(1)).join(" -> ")).join(", ")}\n`,
    );
    for (const [quarter, end] of memory) expect(end).toBeLessThan(1.1 * quarter);
  },
  1_800_000,
);
