// What is written of times: a unit's line with its calls, and one line of a unit that was played in parts.
import { expect, test } from "vitest";
import type { UnitTiming } from "../../src/eval/index.ts";
import { sittingOf } from "../../src/run/surroundings.ts";
import { timedWriter } from "../../src/run/units.ts";
import { joinTexts } from "../../src/store/join-unit.ts";

const timing: UnitTiming = {
  ...{
    read: 1.23456,
    preprocess: 0,
    encode: 210.43219,
    decode: 9,
    postprocess: 0,
    score: 0,
    click: 0,
    idle: 0,
  },
  ...{ targets: 2, prompts: 4, clicks: 4, encoded: 1, cached: 0, decoded: 2 },
  calls: { encode: [210.43219], decode: [0.0123456, 8.98765], first: ["encode"] },
};
const sitting = sittingOf({ provider: "cpu", threads: 1, workers: 2 });

async function lineOf(...facts: [{ readonly sitting: typeof sitting; readonly batch: number }?]) {
  const lines: Record<string, unknown>[] = [];
  await timedWriter(() => 0)(timing, async (line) => void lines.push({ ...line }), ...facts);
  return lines[0]!;
}

test("calls to four digits, where they were made, and none where no model is called", async () => {
  const { calls, ...rest } = await lineOf({ sitting, batch: 16 });
  expect(calls).toEqual([
    {
      ...{ encode: [210.4], decode: [0.01235, 8.988], first: ["encode"], sitting, batch: 16 },
      load: expect.any(Number),
    },
  ]);
  expect(rest).toMatchObject({ read: 1.235, encode: 210.432, decoded: 2, passed: 0 });
  expect(sitting).toMatchObject({ os: `${process.platform}-${process.arch}`, provider: "cpu", threads: 1 });
  expect(sitting.runtime).toMatch(/^onnxruntime-node \d+\.\d+/);
  expect(await lineOf()).not.toHaveProperty("calls");
});

test("a unit played in parts: times add up, calls follow one another with their own circumstances", async () => {
  const texts = await Promise.all(
    [1, 4].map(async (threads) => {
      const line = await lineOf({ sitting: { ...sitting, threads }, batch: 16 });
      const parts = { encoder: { runs: threads, ms: 0.5 } };
      const timing = `${JSON.stringify({ ...line, frames: 3, parts })}\n`;
      return { rows: "", masks: "", timing, count: 0 };
    }),
  );
  const joined = JSON.parse(joinTexts([], texts[0]!, texts[1]!).timing);
  expect(joined).toMatchObject({ encode: 420.864, targets: 2, encoded: 2, decoded: 4 });
  expect([joined.frames, joined.parts]).toEqual([6, { encoder: { runs: 5, ms: 1 } }]);
  expect(joined.calls.map((own: { sitting: { threads: number } }) => own.sitting.threads)).toEqual([1, 4]);
});
