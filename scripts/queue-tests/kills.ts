// Processes that are killed at named steps, again and again: the result is that of one process that nobody disturbed.
import assert from "node:assert/strict";
import { join } from "node:path";
import { draw } from "../../src/core/random.ts";
import type { Step } from "./line.ts";
import { type Case, fine, type Program, sameBytes } from "./stage.ts";

/** How often, where nobody says otherwise. */
const asked = (usual: number) => Number(process.env.SEGBENCH_QUEUE_KILLS ?? usual);
const ofWorkers: readonly Step[] = [
  ...([
    "block taken",
    "before a part",
    "part delivered",
    "before a block is completed",
    "block completed",
  ] as const),
];
const ofCoordinators: readonly Step[] = [
  ...([
    "run announced",
    "before the queue is filled",
    "parts read",
    "before a part is dropped",
    "part dropped",
  ] as const),
];
/** Files of a run folder at whose writes a coordinator is killed. */
const files = ["rows.jsonl", "masks.jsonl", "progress.jsonl", ".part"] as const;

export const killWorkers: Case = async (stage) => {
  const kills = asked(200);
  const cwd = await stage.data({ images: 2 * kills, targets: 2 });
  const reference = await stage.reference("run.yaml", cwd);
  const broker = await stage.broker();
  const out = join(stage.folder, "out");
  const words = ["--out", out, "--block", "2"];
  let over = false;
  let listed = 0;
  // Where hardly any worker survives, one image may be lost with twelve of them: that is taken to be the image's fault, and the same
  // command tries again.
  const coordinated = async () => {
    for (; ; listed += 1) {
      const { code, err } = await stage.coordinator(broker, "run.yaml", cwd, words).finished;
      if (code === 0) break;
      assert.match(err, /no worker could evaluate it;.*lost again and again/);
    }
    over = true;
  };
  const ended = coordinated();
  const killed: Record<string, number> = {};
  let started = 0;
  // Four lanes, on each of which a worker follows the one that was killed.
  const lane = async () => {
    while (!over && started < kills) {
      const number = started++;
      const step = ofWorkers[number % ofWorkers.length]!;
      const nth = 1 + Math.floor(3 * draw("kill", step, number));
      const { program } = await stage.dying(broker, { step, nth }, (around) =>
        stage.worker(broker, "run.yaml", cwd, [], around),
      );
      const { signal } = await program.finished;
      if (signal === "SIGKILL") killed[step] = (killed[step] ?? 0) + 1;
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  const last: Program[] = [0, 1].map(() => stage.worker(broker, "run.yaml", cwd));
  await ended;
  for (const one of last) {
    one.child.kill("SIGTERM");
    await one.finished;
  }
  sameBytes(reference, out);
  const sum = Object.values(killed).reduce((a, b) => a + b, 0);
  assert.ok(sum >= 0.9 * kills, `only ${sum} of ${kills} were killed`);
  return { kills: sum, coordinators: 1 + listed, ...killed };
};

export const killCoordinators: Case = async (stage) => {
  const kills = asked(50);
  const cwd = await stage.data({ images: 8 * kills, targets: 2 });
  const reference = await stage.reference("run.yaml", cwd);
  const broker = await stage.broker();
  const out = join(stage.folder, "out");
  const words = ["--out", out, "--block", "2"];
  // Slow enough that the run outlasts the kills.
  const workers = [0, 1].map(() => stage.worker(broker, "run.yaml", cwd, [], { faults: { slow: 500 } }));
  const killed: Record<string, number> = {};
  const places = [
    ...ofCoordinators,
    ...files.flatMap((file) => (["before", "after"] as const).map((when) => ({ file, when }))),
  ];
  let code: number | null = null;
  for (let number = 0; number < 4 * kills && code === null; number += 1) {
    const place = places[number % places.length]!;
    const once = place === "run announced" || place === "before the queue is filled";
    const nth = once ? 1 : 1 + Math.floor(4 * draw("kill", "coordinator", number));
    const enough = Object.values(killed).reduce((a, b) => a + b, 0) >= kills;
    const program = enough
      ? stage.coordinator(broker, "run.yaml", cwd, words)
      : typeof place === "string"
        ? (
            await stage.dying(broker, { step: place, nth }, (around) =>
              stage.coordinator(broker, "run.yaml", cwd, words, around),
            )
          ).program
        : stage.coordinator(broker, "run.yaml", cwd, words, { faults: { end: { ...place, nth } } });
    const done = await program.finished;
    if (done.signal !== "SIGKILL") code = (await fine(program)).code;
    else {
      const name = typeof place === "string" ? place : `${place.when} a write of ${place.file}`;
      killed[name] = (killed[name] ?? 0) + 1;
    }
  }
  for (const one of workers) await fine(one);
  sameBytes(reference, out);
  const sum = Object.values(killed).reduce((a, b) => a + b, 0);
  assert.ok(sum >= 0.9 * kills, `only ${sum} of ${kills} were killed`);
  return { kills: sum, ...killed };
};
