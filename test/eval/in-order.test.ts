import { describe, expect, test } from "vitest";
import { inOrder } from "../../src/eval/index.ts";
import { collect } from "../helpers/records.ts";
import { random } from "../masks/cases.ts";

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);
const never = () => false;
const turns = async (n: number) => {
  for (let i = 0; i < n; i++) await new Promise<void>((resolve) => setImmediate(resolve));
};

describe("inOrder", () => {
  test.each([
    [1, 1],
    [1, 4],
    [2, 4],
    [3, 7],
    [5, 2],
  ])("%i lanes, %i ahead: results in the order of the jobs, within the bounds", async (lanes, ahead) => {
    const r = random(lanes * 100 + ahead);
    const busy = new Set<number>();
    let started = 0;
    let taken = 0;
    const results = inOrder(
      numbers(60),
      numbers(lanes),
      async (job, lane) => {
        expect(busy.has(lane)).toBe(false);
        busy.add(lane);
        expect(++started - taken).toBeLessThanOrEqual(ahead + 1); // one is in the consumer's hands
        await turns(r.below(6));
        busy.delete(lane);
        return job;
      },
      { ahead, stop: never },
    );
    const seen: number[] = [];
    for await (const job of results) {
      seen.push(job);
      taken++;
      if (job % 7 === 0) await turns(3);
    }
    expect(seen).toEqual(numbers(60));
  });

  test("the lanes are all used", async () => {
    const used = new Set<string>();
    await collect(
      inOrder(
        numbers(20),
        ["a", "b", "c"],
        async (_job, lane) => {
          used.add(lane);
          await turns(2);
        },
        { ahead: 6, stop: never },
      ),
    );
    expect([...used].sort()).toEqual(["a", "b", "c"]);
  });

  test("one slow job holds back the results behind it, and no more than `ahead` jobs", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const started: number[] = [];
    const results = inOrder(
      numbers(50),
      numbers(4),
      async (job) => {
        started.push(job);
        if (job === 0) await gate;
        return job;
      },
      { ahead: 10, stop: never },
    );
    const all = collect(results);
    await turns(20);
    expect(started).toEqual(numbers(10));
    release();
    expect(await all).toEqual(numbers(50));
  });

  test("stop: what runs is finished and yielded, and nothing else is started", async () => {
    const started: number[] = [];
    let stopped = false;
    const results = inOrder(
      numbers(50),
      numbers(2),
      async (job) => {
        started.push(job);
        await turns(1);
        if (job === 5) stopped = true;
        return job;
      },
      { ahead: 8, stop: () => stopped },
    );
    const seen = await collect(results);
    expect(seen).toEqual(started);
    expect(seen.length).toBeGreaterThanOrEqual(6);
    expect(seen.length).toBeLessThanOrEqual(7);
  });

  test("stop before the start: nothing", async () => {
    const work = async () => {
      throw new Error("not to be called");
    };
    expect(await collect(inOrder(numbers(5), [0], work, { ahead: 2, stop: () => true }))).toEqual([]);
    expect(await collect(inOrder([], [0], work, { ahead: 2, stop: never }))).toEqual([]);
  });

  test("a job that rejects: earlier results come first, then its reason; no job is started or running after that", async () => {
    const started: number[] = [];
    let running = 0;
    const results = inOrder(
      numbers(50),
      numbers(3),
      async (job) => {
        started.push(job);
        running++;
        await turns(job === 4 ? 1 : 4);
        running--;
        if (job === 4) throw new Error("job 4");
        return job;
      },
      { ahead: 9, stop: never },
    );
    const seen: number[] = [];
    await expect(
      (async () => {
        for await (const job of results) seen.push(job);
      })(),
    ).rejects.toThrow("job 4");
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(running).toBe(0);
    const then = started.length;
    await turns(20);
    expect(started).toHaveLength(then);
  });

  test("a consumer that leaves early waits for what runs, and nothing else is started", async () => {
    let running = 0;
    const started: number[] = [];
    const results = inOrder(
      numbers(50),
      numbers(2),
      async (job) => {
        started.push(job);
        running++;
        await turns(3);
        running--;
      },
      { ahead: 8, stop: never },
    );
    for await (const _ of results) break;
    expect(running).toBe(0);
    const then = started.length;
    await turns(20);
    expect(started).toHaveLength(then);
    expect(then).toBeLessThan(6);
  });

  test("a lane that comes late is used from then on, and the order stays", async () => {
    const used: string[] = [];
    const late = turns(20).then(() => "late");
    const results = await collect(
      inOrder(
        numbers(40),
        ["early", late],
        async (job, lane) => {
          used.push(lane);
          await turns(3);
          return job;
        },
        { ahead: 4, stop: never },
      ),
    );
    expect(results).toEqual(numbers(40));
    expect(used.slice(0, 3)).toEqual(["early", "early", "early"]);
    expect(used.filter((lane) => lane === "late").length).toBeGreaterThan(10);
  });

  const none = () => Promise.reject<string>(new Error("no second lane"));
  test.each([
    ["one of two lanes", (): (string | Promise<string>)[] => ["fine", none()]],
    ["every lane", () => [none(), none()]],
  ])("%s cannot be had: the results before are yielded, then it rejects", async (_, lanes) => {
    const seen: number[] = [];
    const consume = async () => {
      const work = async (job: number) => turns(2).then(() => job);
      for await (const job of inOrder<number, string, number>(numbers(30), lanes(), work, {
        ahead: 6,
        stop: never,
      }))
        seen.push(job);
    };
    await expect(consume()).rejects.toThrow("no second lane");
    expect(seen).toEqual(numbers(seen.length));
    expect(seen.length).toBeLessThan(6);
  });
});
