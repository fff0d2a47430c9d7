// Parts in a folder that all machines see, as networks show one: answers that are lost, files that others see late, handles that are stale.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Case, type Faults, type Figures, fine, type Stage, sameBytes } from "./stage.ts";

async function withFolder(
  stage: Stage,
  seen: Omit<NonNullable<Faults["folder"]>, "below">,
): Promise<Figures> {
  const cwd = await stage.data({ images: 40, targets: 2 });
  const reference = await stage.reference("run.yaml", cwd);
  const broker = await stage.broker();
  const [out, parts] = [join(stage.folder, "out"), join(stage.folder, "parts")];
  mkdirSync(parts);
  const words = ["--parts", parts];
  const around = { faults: { folder: { below: parts, ...seen } } };
  const began = Date.now();
  const coordinator = stage.coordinator(
    broker,
    "run.yaml",
    cwd,
    ["--out", out, "--block", "2", ...words],
    around,
  );
  const workers = [0, 1].map(() => stage.worker(broker, "run.yaml", cwd, words, around));
  const { err } = await fine(coordinator);
  for (const one of workers) await fine(one);
  sameBytes(reference, out);
  assert.deepEqual(existsSync(parts) ? readdirSync(parts) : [], [], "something is left in the folder");
  return {
    seconds: Math.round((Date.now() - began) / 1000),
    refused: err.match(/a part was refused/g)?.length ?? 0,
    twice: Number(/(\d+) parts came twice/.exec(err)?.[1] ?? 0),
  };
}

export const folderPlain: Case = (stage) => withFolder(stage, {});
export const folderLost: Case = (stage) => withFolder(stage, { lost: 2 });
export const folderStale: Case = (stage) => withFolder(stage, { stale: 3 });
export const folderLate: Case = (stage) => withFolder(stage, { late: 10_000 });
/** Later than a coordinator waits: what it does not see is done again, and is the same. */
export const folderTooLate: Case = (stage) => withFolder(stage, { late: 70_000 });
