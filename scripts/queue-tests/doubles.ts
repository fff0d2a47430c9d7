// Work that is done twice, and workers that do not agree.
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Case, fine, sameBytes, unitsIn, until } from "./stage.ts";

/** A worker is stopped for longer than its lease with blocks in hand: others do them, and then it delivers its own. */
export const duplicates: Case = async (stage) => {
  const cwd = await stage.data({ images: 40, targets: 2 });
  const reference = await stage.reference("run.yaml", cwd);
  const broker = await stage.broker();
  const out = join(stage.folder, "out");
  const lease = 2000;
  const coordinator = stage.coordinator(broker, "run.yaml", cwd, ["--out", out, "--block", "4"], { lease });
  const first = stage.worker(broker, "run.yaml", cwd, [], { lease, faults: { slow: 400 } });
  await until("some units", 60, () => unitsIn(out) >= 3);
  // What computes goes on; what it found out waits for the one that is stopped.
  first.child.kill("SIGSTOP");
  const second = stage.worker(broker, "run.yaml", cwd, [], { lease, faults: { slow: 300 } });
  const there = unitsIn(out);
  await until("the block of the one that is stopped", 60, () => unitsIn(out) >= there + 8);
  first.child.kill("SIGCONT");
  const { err } = await fine(coordinator);
  for (const one of [first, second]) await fine(one);
  sameBytes(reference, out);
  const twice = Number(/(\d+) parts came twice/.exec(err)?.[1] ?? 0);
  assert.ok(twice > 0, err);
  return { duplicates: twice };
};

/** One bit of one row is wrong, and the unit is computed by another worker too. */
export const liar: Case = async (stage) => {
  const cwd = await stage.data({ images: 24, targets: 2 });
  const broker = await stage.broker();
  const out = join(stage.folder, "out");
  const lease = 2000;
  const coordinator = stage.coordinator(broker, "run.yaml", cwd, ["--out", out, "--block", "4"], { lease });
  // The first unit is the one by which workers are compared: it is right.
  const wrong = stage.worker(broker, "run.yaml", cwd, [], { lease, faults: { slow: 400, lie: 3 } });
  await until("some units", 60, () => unitsIn(out) >= 1);
  wrong.child.kill("SIGSTOP");
  const right = stage.worker(broker, "run.yaml", cwd, [], { lease, faults: { slow: 300 } });
  const there = unitsIn(out);
  await until("the block of the one that is stopped", 60, () => unitsIn(out) >= there + 6);
  wrong.child.kill("SIGCONT");
  const { code, err } = await coordinator.finished;
  assert.equal(code, 1, err);
  const said = /(\S+) and (\S+) disagree: (.*?);/.exec(err);
  assert.ok(said, err);
  const pids = [wrong, right].map(({ child }) => child.pid!);
  for (const pid of pids)
    assert.ok(
      said.slice(1, 3).some((name) => name.includes(`-${pid}-`)),
      `${pid} is not named: ${said[0]}`,
    );
  return { said: said[3]! };
};

/** The first unit of the model is the wrong one: the second worker is refused before its first block. */
export const liarAtFirst: Case = async (stage) => {
  const cwd = await stage.data({ images: 60, targets: 2 });
  const reference = await stage.reference("run.yaml", cwd);
  const broker = await stage.broker();
  const out = join(stage.folder, "out");
  const coordinator = stage.coordinator(broker, "run.yaml", cwd, ["--out", out]);
  const right = stage.worker(broker, "run.yaml", cwd, [], { faults: { slow: 500 } });
  await until("a unit", 60, () => unitsIn(out) >= 1);
  const wrong = stage.worker(broker, "run.yaml", cwd, [], { faults: { lie: 1 } });
  const { code, err } = await wrong.finished;
  assert.equal(code, 1, err);
  assert.match(err, /computes other rows or masks than/);
  await fine(coordinator);
  await fine(right);
  sameBytes(reference, out);
  return {};
};

/** Clocks that are an hour off. */
export const clocks: Case = async (stage) => {
  const cwd = await stage.data({ images: 40, targets: 2 });
  const reference = await stage.reference("run.yaml", cwd);
  const broker = await stage.broker();
  const out = join(stage.folder, "out");
  const hour = 3_600_000;
  const coordinator = stage.coordinator(broker, "run.yaml", cwd, ["--out", out, "--block", "2"]);
  const skewed = [hour, -hour, 0].map((skew) =>
    stage.worker(broker, "run.yaml", cwd, [], { faults: { skew, slow: 150 } }),
  );
  await until("some units", 60, () => unitsIn(out) >= 5);
  // The blocks of one that dies come back whatever clocks say.
  skewed[0]!.child.kill("SIGKILL");
  const began = Date.now();
  await fine(coordinator);
  for (const one of skewed.slice(1)) await fine(one);
  sameBytes(reference, out);
  return { secondsToTheEnd: Math.round((Date.now() - began) / 1000) };
};

/** A slow worker among fast ones holds nobody up for longer than its own last blocks take. */
export const slowWorker: Case = async (stage) => {
  const images = 1000;
  const cwd = await stage.data({ images, targets: 1 });
  const reference = await stage.reference("run.yaml", cwd);
  const broker = await stage.broker();
  const out = join(stage.folder, "out");
  const coordinator = stage.coordinator(broker, "run.yaml", cwd, ["--out", out, "--block", "1"]);
  const times = [50, 50, 1000];
  const workers = times.map((slow) => stage.worker(broker, "run.yaml", cwd, [], { faults: { slow } }));
  const secondsUntil = async (units: number) => {
    await until(`${units} units`, 120, () => unitsIn(out) >= units);
    return performance.now() / 1000;
  };
  const [first, some, most, all] = [
    ...[await secondsUntil(1), await secondsUntil(images / 10)],
    ...[await secondsUntil((9 * images) / 10), await secondsUntil(images)],
  ] as const;
  const seconds = all - first;
  // Of the last tenth, at the pace of the others.
  const late = all - most - (most - some) / 8;
  await fine(coordinator);
  for (const one of workers) await fine(one);
  sameBytes(reference, out);
  const ideal = images / times.reduce((sum, one) => sum + 1000 / one, 0);
  assert.ok(seconds < 1.5 * ideal + 3, `${seconds} s, and ${ideal} s if nobody ever waited`);
  assert.ok(late < 0.1 * ideal, `the last worker was ${late} s late`);
  const figures = Object.entries({ seconds, ideal, late });
  return Object.fromEntries(figures.map(([name, value]) => [name, Number(value.toFixed(1))]));
};
