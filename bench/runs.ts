// Runs of the harness and of the bare runtime, each in a process of its own, so that no side finds a warm one.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Contender } from "./contenders.ts";
import { oneThread } from "./measure.ts";

/** What `harness.ts` prints. */
export interface HarnessTimes {
  readonly evaluation: number;
  readonly cpu: number;
  readonly base: number;
  readonly memory: readonly (readonly [done: number, mib: number])[];
}

/** What `floor.ts` prints. */
export interface FloorTimes {
  readonly calls: number;
  readonly encode: number;
  readonly decode: number;
  readonly encodings: number;
  readonly decodings: number;
}

/** What every child has in its surroundings: the heap that `segbench run` begins with. */
const HEAP = "--initial-old-space-size=256";

export interface RunFacts {
  readonly contender: Pick<Contender, "card" | "threads">;
  readonly benchmark: string;
  /** Folder of the data set folders. */
  readonly data: string;
  readonly protocol?: string;
  readonly workers?: number;
  readonly limit?: number | undefined;
  readonly cache?: string;
  /** Keep masks; as segbench does by itself. */
  readonly masks?: boolean;
}

/** Writes a run file; its rows will lie in `folder/run`. */
export function writeRun(
  folder: string,
  { contender, benchmark, data, protocol = "sam1-d1@1", ...rest }: RunFacts,
) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "bench.yaml");
  const facts = {
    name: "bench",
    data,
    models: [contender.card],
    benchmarks: [benchmark],
    protocols: [protocol],
  };
  writeFileSync(file, JSON.stringify({ ...facts, batch: 1, threads: contender.threads, ...rest }));
  return { file, rows: join(folder, "run") };
}

export function harness(
  { file, rows }: { file: string; rows: string },
  shard?: string,
): Promise<HarnessTimes> {
  const out = shard === undefined ? rows : `${rows}-${shard.replace("/", "-of-")}`;
  return child<HarnessTimes>("harness.ts", [file, out, ...(shard === undefined ? [] : [shard])]);
}

/** The calls of a run that is there, made bare. */
export function floor(
  rows: string,
  { encoder, decoder, threads }: Contender,
  shard = "0/1",
): Promise<FloorTimes> {
  return child<FloorTimes>("floor.ts", [rows, encoder, decoder, String(threads), shard]);
}

/** Runs a script that lies beside this file and reads what it prints last as JSON. */
export async function child<T>(script: string, args: readonly string[]): Promise<T> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [HEAP, "--import", "tsx", file, ...args], {
    env: { ...process.env, ...oneThread },
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as T;
}
