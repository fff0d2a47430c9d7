// Workers that must not take part, and a queue into which anybody may have written.
import assert from "node:assert/strict";
import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Queue } from "bullmq";
import { writeDiskModel } from "../../test/helpers/synthetic.ts";
import { type Case, fine, type Stage, sameBytes, unitsIn, until } from "./stage.ts";

/** A run of which a little is there; its worker has left. `finish`: another one comes, and all is well. */
async function underWay(stage: Stage, words: readonly string[] = []) {
  const cwd = await stage.data({ images: 30, targets: 2 });
  const reference = await stage.reference("run.yaml", cwd);
  const broker = await stage.broker();
  const out = join(stage.folder, "out");
  const coordinator = stage.coordinator(broker, "run.yaml", cwd, ["--out", out, "--block", "2", ...words]);
  const first = stage.worker(broker, "run.yaml", cwd, words, { faults: { slow: 500 } });
  await until("a unit", 60, () => unitsIn(out) >= 1);
  first.child.kill("SIGTERM");
  await fine(first);
  const [id] = await broker.client.smembers("segbench:runs");
  const finish = async (slow = 0) => {
    const last = stage.worker(broker, "run.yaml", cwd, words, { faults: { slow } });
    const { err } = await fine(coordinator);
    await fine(last);
    sameBytes(reference, out);
    return err;
  };
  return { cwd, reference, broker, id: id!, finish };
}

/** Each is refused before its first block, with what differs; the run goes on. */
export const identity: Case = async (stage) => {
  const { cwd, reference, broker, id, finish } = await underWay(stage);
  const other = (name: string, change: (place: string) => void) => {
    const place = join(stage.folder, name);
    cpSync(cwd, place, { recursive: true });
    change(place);
    return place;
  };
  const images = (place: string) => readdirSync(join(place, "data")).sort();
  // By the first sample machines are compared before they begin; by each other one when they have computed it.
  const lines = readFileSync(join(reference, "rows.jsonl"), "utf8").trim().split("\n");
  const samples = [...new Set(lines.map((line): string => JSON.parse(line).sample))];
  const [first, later] = [samples[0]!, samples.at(-1)!];
  const another = (place: string) => images(place).find((name) => name !== first)!;
  // What the model of these tests answers does not depend on pixels.
  const mask = (place: string, name: string) => join(place, "data", name, "masks", "t0.png");
  const places: readonly (readonly [string, string, RegExp])[] = [
    [
      "other weights",
      other("weights", (place) => writeDiskModel(place, "constant", {}, "decoder-3")),
      /other plan/,
    ],
    [
      "another card",
      other("card", (place) => writeDiskModel(place, "constant", { mask: { threshold: 0.25 } })),
      /other plan/,
    ],
    [
      "a sample less",
      other("less", (place) => rmSync(join(place, "data", images(place)[7]!), { recursive: true })),
      /other plan/,
    ],
    [
      "other masks of the first image",
      other("image", (place) => copyFileSync(mask(place, another(place)), mask(place, first))),
      /has another file than/,
    ],
    [
      "other masks of a later image",
      other("later", (place) => copyFileSync(mask(place, another(place)), mask(place, later))),
      /delivered a part that cannot be used.* is another file for/,
    ],
  ];
  let count = 0;
  const refused = async (name: string, place: string, sentence: RegExp) => {
    const { code, err } = await stage.worker(broker, "run.yaml", place).finished;
    assert.equal(code, 1, `${name}: ${err}`);
    assert.match(err, sentence, name);
    count += 1;
  };
  for (const [name, place, sentence] of places) await refused(name, place, sentence);
  const facts = `segbench:run:${id}:facts`;
  const numerics = (await broker.client.hget(facts, "numerics"))!;
  for (const [name, changed] of [
    ["another runtime", numerics.replace(/onnxruntime [\d.]+/, "onnxruntime 1.20.1")],
    ["another processor", numerics.replace(/x64|arm64/, "riscv64")],
  ] as const) {
    assert.notEqual(changed, numerics);
    await broker.client.hset(facts, "numerics", changed);
    await refused(name, cwd, /rounds in another way/);
    await broker.client.hset(facts, "numerics", numerics);
  }
  await finish();
  return { refused: count };
};

/** Blocks and parts that no coordinator or worker of ours wrote: none does harm, each is listed or removed. */
export const poison: Case = async (stage) => {
  const { broker, id, finish } = await underWay(stage);
  const queue = new Queue(id, { connection: { host: "127.0.0.1", port: broker.port }, prefix: "segbench" });
  const blocks: readonly (readonly [string, unknown])[] = [
    ["unknown-unit", { from: 1_000_000, to: 1_000_001 }],
    ["backwards", { from: 5, to: 2 }],
    ["path", { from: "../../etc/passwd", to: 1 }],
    ["path-left-out", { from: 0, to: 1, except: ["../../etc/passwd"] }],
    ["protocol", { from: 0, to: 1, protocols: ["../../../bin/sh"] }],
    ["all", { from: 0, to: 2 ** 52 }],
    ["nothing", null],
    ["text", "rm -rf /"],
    ["prototype", JSON.parse('{"__proto__": {"from": 0}, "from": 1, "to": 2, "constructor": 1}')],
    ["large", { from: 0, to: 1, more: "x".repeat(10_000_000) }],
    ["large-wrong", { from: "x".repeat(10_000_000), to: 1 }],
  ];
  for (const [name, data] of blocks) await queue.add("block", data, { jobId: name, removeOnComplete: true });
  await queue.close();
  // Parts: rubbish, and a little that unpacks to much.
  const parts = `segbench:run:${id}:parts`;
  await broker.client.rpush(parts, Buffer.from("rubbish"));
  await broker.client.rpush(parts, gzipSync(Buffer.alloc(50_000_000)));
  // For as long as it takes to look at what failed.
  const err = await finish(300);
  assert.match(err, /a block was removed/);
  assert.match(err, /a part was refused/);
  assert.ok(err.length < 20_000, `${err.length} letters were said`);
  return { blocks: blocks.length, removed: err.match(/a block was removed/g)?.length ?? 0 };
};

/** A run whose head names a path in place of a card is not worked on. */
export const head: Case = async (stage) => {
  const { broker, id, finish } = await underWay(stage);
  const key = `segbench:run:${id}:head`;
  const right = JSON.parse((await broker.client.get(key))!);
  const words = ["work", "--queue", broker.url, "--until-done"];
  const wrong: readonly object[] = [
    { models: ["../../evil"], benchmarks: [], protocols: [] },
    { models: ["/etc/passwd"], benchmarks: [] },
    { models: ["tiny"], benchmarks: [{ name: "./dots.yaml", root: "/" }] },
    { models: ["tiny"], benchmarks: [{ name: "doors", root: "/etc", limit: "all" }] },
    { models: ["tiny"], benchmarks: ["doors"] },
    { models: 7 },
    [],
  ];
  for (const request of wrong) {
    await broker.client.set(key, JSON.stringify({ ...right, request }));
    const { code, err } = await stage.segbench(words, {}).finished;
    assert.notEqual(code, 0, err);
    assert.doesNotMatch(err, /TypeError|at .*\.js:\d+/, `${JSON.stringify(request)}: ${err}`);
  }
  for (const text of ["{", "null", '"text"', "[]", "{}"]) {
    await broker.client.set(key, text);
    // It is no run: workers wait for one.
    const { code, err } = await stage.segbench(["queue", broker.url], {}).finished;
    assert.equal(code, 0, `${text}: ${err}`);
    assert.doesNotMatch(err, /TypeError|SyntaxError|at .*\.js:\d+/, `${text}: ${err}`);
  }
  await broker.client.set(key, JSON.stringify(right));
  await finish();
  return { heads: wrong.length + 5 };
};

/** An image that takes the process, or the whole machine, down with it. */
export const deadlyImage: Case = async (stage) => {
  const cwd = await stage.data({ images: 24, targets: 2 });
  const reference = await stage.reference("run.yaml", cwd);
  const broker = await stage.broker();
  const out = join(stage.folder, "out");
  const lease = 1500;
  const coordinator = stage.coordinator(broker, "run.yaml", cwd, ["--out", out, "--block", "4"], { lease });
  let over = false;
  void coordinator.finished.then(() => {
    over = true;
  });
  let dead = 0;
  const faults = { poison: { file: "img0009.png", kills: "machine" } } as const;
  const machine = async () => {
    while (!over && dead < 40) {
      const { child, finished } = stage.worker(broker, "run.yaml", cwd, [], { lease, faults });
      // One that waits for the coordinator to come again would do so for minutes.
      void coordinator.finished.then(() => child.kill("SIGTERM"));
      const { signal } = await finished;
      if (signal === "SIGKILL") dead += 1;
    }
  };
  await Promise.all([machine(), machine()]);
  const { code, err } = await coordinator.finished;
  assert.equal(code, 1, err);
  assert.match(err, /img0009: no worker could evaluate it.*lost again and again/);
  // With a machine that survives it the same command ends well; and a worker whose computing process alone dies says so in rows.
  const again = stage.coordinator(broker, "run.yaml", cwd, ["--out", out], { lease });
  const worker = stage.worker(broker, "run.yaml", cwd, [], { lease });
  await fine(again);
  await fine(worker);
  sameBytes(reference, out);
  return { machinesLost: dead };
};
