// Whatever workers come and go, a run has the bytes of one process.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { planRequest, preparePlan } from "../../src/config/index.ts";
import { draw } from "../../src/core/random.ts";
import { brokerAddress } from "../../src/queue/address.ts";
import { type Leases, usualLeases } from "../../src/queue/broker.ts";
import { openBroker } from "../../src/queue/bullmq.ts";
import { run } from "../../src/run/run.ts";
import type { UnitText } from "../../src/store/journal.ts";
import { runProgram, startCli } from "../helpers/run-cli.ts";
import { packageFolder, sharedFolder, temporaryFolder, workPlace } from "../helpers/synthetic.ts";
import { chainContext, computerOf, runOnQueue, unitsOf, workFor } from "../queue/chain.ts";
import { type Server, startServer } from "../queue/redis.ts";

const IMAGES = 40;
const leases: Leases = { ...usualLeases, lock: 1000, check: 500, lost: 100 };
const samples = join(packageFolder, "datasets", "samples");
const place = sharedFolder();
const request = { file: "run.yaml" };
let server: Server;
let texts: readonly UnitText[] = [];
let prepared: Parameters<typeof computerOf>[0]["prepared"];

beforeAll(async () => {
  server = await startServer();
  await workPlace({ images: IMAGES, targets: 1, width: 40, height: 30 }, { place });
  await run({ ...request, out: "plain", workers: 2, pages: false }, chainContext(place));
  texts = unitsOf(join(place, "plain"));
  const { plan, planHash } = await preparePlan({
    ...planRequest(request),
    ...{ cwd: place, env: { SEGBENCH_DATA: "" } },
  });
  const machine = { software: { segbench: "1" }, hardware: { cores: 2 } };
  prepared = { plan, planHash, ...machine, numerics: "cpu", trials: { constant: 0 }, lanes: 2, notes: [] };
});
afterAll(() => server?.stop());

const bytesOf = (dir: string) =>
  ["rows", "masks"].map((name) => readFileSync(join(dir, `${name}.jsonl`), "utf8"));

const connected = async () => openBroker(await brokerAddress(server.url, { cwd: "/", env: {} }), { leases });

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test.each(Array.from({ length: 10 }, (_, seed) => seed))(
  "1 to 4 workers that come, leave and are lost at random: seed %i",
  async (seed) => {
    const dir = temporaryFolder();
    const random = (...key: (string | number)[]) => draw("joins", seed, ...key);
    const act = (unit: number) =>
      new Promise<UnitText>((resolve) =>
        setTimeout(() => resolve(texts[unit]!), 20 + 60 * random("unit", unit)),
      );
    const coordinating = await connected();
    let over = false;
    const block = [1, 3, 8, 100][seed % 4]!;
    const running = runOnQueue(
      { ...request, out: dir },
      { broker: coordinating, block },
      chainContext(place),
    );
    const ended = running.finally(() => {
      over = true;
    });
    /** One place at the work: a worker comes, does something, and leaves or is lost; then another comes. */
    const seat = async (name: number) => {
      for (let turn = 0; !over; turn += 1) {
        const broker = await connected();
        const stop = new AbortController();
        const context = chainContext(place, { signal: stop.signal });
        const working = workFor(broker, computerOf({ prepared, texts, act }), context, { extendEvery: 300 });
        const settled = working.then(
          () => undefined,
          () => undefined,
        );
        await Promise.race([settled, pause(200 + 1500 * random("stay", name, turn))]);
        if (random("how", name, turn) < 0.5) stop.abort();
        else await broker.close();
        await Promise.race([settled, pause(5000)]);
        await broker.close();
        await pause(300 * random("gone", name, turn));
      }
    };
    const seats = Array.from({ length: 1 + (seed % 4) }, (_, name) => seat(name));
    await ended;
    await Promise.all(seats);
    await coordinating.close();
    expect(bytesOf(dir)).toEqual(bytesOf(join(place, "plain")));
  },
);

test.each([
  ["image", ["--models", "tiny", "--benchmarks", "streets,doors", "--limit", "4"]],
  ["clip", ["configs/quickstart-clips.yaml"]],
  ["everything", ["configs/everything.yaml", "--limit", "2"]],
])("task %s: processes that compute, one of them killed", async (_task, words) => {
  const dir = temporaryFolder();
  const env = { SEGBENCH_DATA: samples, SEGBENCH_QUEUE_LEASE: "3000", SEGBENCH_QUEUE: server.url };
  const cwd = packageFolder;
  const rest = ["--no-pages", "--data", samples];
  const plain = await runProgram(["run", ...words, ...rest, "--out", join(dir, "plain")], { cwd, env });
  expect(plain.code).toBe(0);
  const coordinator = startCli(
    ["run", ...words, ...rest, "--out", join(dir, "many"), "--queue", "--block", "1"],
    {
      ...{ cwd, env },
    },
  );
  const worker = () => startCli(["work", "--until-done", "--workers", "1"], { cwd, env });
  const lost = worker();
  const left = worker();
  while ((await unitsDone(dir)) === 0) await pause(50);
  lost.child.kill("SIGKILL");
  const ends = await Promise.all([coordinator.finished, left.finished]);
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  expect(bytesOf(join(dir, "many"))).toEqual(bytesOf(join(dir, "plain")));
});

async function unitsDone(dir: string): Promise<number> {
  try {
    return readFileSync(join(dir, "many", "progress.jsonl"), "utf8").split("\n").length - 1;
  } catch {
    return 0;
  }
}
