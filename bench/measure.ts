// What the parts of the benchmark share: medians, scratch folders, and the Python of the other side.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** One line of the result. `ratio` = ours / theirs; `goal` is what ratio will do. */
export interface Line {
  readonly part: string;
  readonly what: string;
  readonly ours: string;
  readonly theirs: string;
  readonly ratio: string;
  readonly goal: string;
}

export interface Surroundings {
  /** A Python with numpy, OpenCV, pycocotools, torch, onnx and onnxruntime: SEGBENCH_PYTHON, else python3. */
  readonly python: string;
  /** The folder of real samples: SEGBENCH_DATA. */
  readonly data: string | undefined;
  readonly repeats: number;
}

export function surroundings(): Surroundings {
  return {
    python: process.env.SEGBENCH_PYTHON ?? "python3",
    data: process.env.SEGBENCH_DATA,
    repeats: Number(process.env.SEGBENCH_REPEATS ?? 5),
  };
}

/** Until the engine has compiled what is called over and over, as it is in a run. */
const WARM_MS = 1000;

/** Milliseconds of `repeats` calls, after others that are not counted. */
export function times(repeats: number, work: () => unknown): number[] {
  for (const start = performance.now(); performance.now() - start < WARM_MS; ) work();
  return Array.from({ length: repeats }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
}

/** One runtime thread everywhere: what a library would start by itself is switched off too. */
export const oneThread = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };

/** Runs a script that lies beside this file and reads what it prints last as JSON. */
export function python<T>({ python: command }: Surroundings, script: string, args: readonly string[]): T {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const text = execFileSync(command, [file, ...args], {
    env: { ...process.env, ...oneThread },
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(text.trimEnd().split("\n").at(-1)!) as T;
}

export function withFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "segbench-bench-"));
  const clean = () => rmSync(folder, { recursive: true, force: true });
  const result = work(folder);
  if (result instanceof Promise) return result.finally(clean) as T;
  clean();
  return result;
}

export function skipped(part: string, why: string): Line[] {
  return [{ part, what: `not measured: ${why}`, ours: "", theirs: "", ratio: "", goal: "" }];
}

export function ms(value: number): string {
  return value >= 100
    ? `${value.toFixed(0)} ms`
    : value >= 1
      ? `${value.toFixed(1)} ms`
      : `${value.toFixed(3)} ms`;
}
