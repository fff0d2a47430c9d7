// Workers that come, leave and are lost at random; all kinds of tasks; workers with a file and without.
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { packageFolder } from "../../src/config/paths.ts";
import { draw } from "../../src/core/random.ts";
import { type Case, fine, type Program, type Stage, sameBytes, unitsIn, until } from "./stage.ts";

const SEEDS = 10;

/** 1 to 4 workers, each of which stays for a while (some are gone before they begin), and then leaves (SIGTERM) or is lost (SIGKILL). */
export const joins: Case = async (stage) => {
  const cwd = await stage.data({ images: 40, targets: 2 });
  const reference = await stage.reference("run.yaml", cwd);
  const counts = { came: 0, left: 0, lost: 0 };
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const broker = await stage.broker();
    const out = join(stage.folder, `out-${seed}`);
    const random = (...key: (string | number)[]) => draw("joins", seed, ...key);
    const block = String([1, 3, 8, 100][seed % 4]!);
    const around = { lease: 1500 };
    const coordinator = stage.coordinator(broker, "run.yaml", cwd, ["--out", out, "--block", block], around);
    let over = false;
    void coordinator.finished.then(() => {
      over = true;
    });
    const seat = async (name: number) => {
      for (let turn = 0; !over; turn += 1) {
        const faults = { slow: 50 + 100 * random("slow", name, turn) };
        const worker = stage.worker(broker, "run.yaml", cwd, [], { ...around, faults });
        counts.came += 1;
        const stay = 2000 * random("stay", name, turn);
        const ended = [worker.finished, coordinator.finished];
        if (stay > 400) await Promise.race([...ended, says(worker, "working on")]);
        await Promise.race([...ended, setTimeout(stay)]);
        // One that comes too late waits for a while, whether the run begins again.
        if (over) worker.child.kill("SIGTERM");
        if (over || worker.child.exitCode !== null) continue;
        const lost = random("how", name, turn) < 0.5;
        counts[lost ? "lost" : "left"] += 1;
        worker.child.kill(lost ? "SIGKILL" : "SIGTERM");
        await worker.finished;
      }
    };
    await Promise.all(Array.from({ length: 1 + (seed % 4) }, (_, name) => seat(name)));
    await fine(coordinator);
    sameBytes(reference, out);
    await broker.close();
  }
  return { seeds: SEEDS, ...counts };
};

function says({ child }: Program, text: string): Promise<void> {
  return new Promise((resolve) => {
    child.stderr?.on("data", (said) => String(said).includes(text) && resolve());
  });
}

/** Shipped samples by the names of their cards: workers have no file, and one of them is lost. */
async function byNames(stage: Stage, words: readonly string[]): Promise<void> {
  const data = ["--data", join(packageFolder, "datasets", "samples"), "--no-pages"];
  const cwd = packageFolder;
  const [plain, out] = ["plain", "many"].map((name) => join(stage.folder, name)) as [string, string];
  await fine(stage.segbench(["run", ...words, ...data, "--out", plain], { cwd }));
  const broker = await stage.broker();
  const around = { cwd, env: { SEGBENCH_QUEUE: broker.url }, lease: 3000 };
  const coordinator = stage.segbench(
    ["run", ...words, ...data, "--out", out, "--queue", "--block", "1"],
    around,
  );
  const worker = (): Program =>
    stage.segbench(["work", "--until-done", "--workers", "1", ...data.slice(0, 2)], around);
  const [lost, left] = [worker(), worker()];
  await until("a unit", 120, () => unitsIn(out) > 0);
  lost.child.kill("SIGKILL");
  await fine(coordinator);
  await fine(left);
  sameBytes(plain, out);
}

export const images: Case = async (stage) => {
  await byNames(stage, ["--models", "tiny", "--benchmarks", "streets,doors", "--limit", "4"]);
  return {};
};
export const clips: Case = async (stage) => {
  await byNames(stage, ["configs/quickstart-clips.yaml"]);
  return {};
};
export const phrases: Case = async (stage) => {
  await byNames(stage, ["--models", "tiny-concept", "--benchmarks", "drawn-phrases"]);
  return {};
};
export const everything: Case = async (stage) => {
  await byNames(stage, ["configs/everything.yaml", "--limit", "2"]);
  return {};
};
