// What a case of the queue's tests has: a folder, data, a broker, processes of segbench, and the result of one process to compare with.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { type Finished, startCli } from "../../test/helpers/run-cli.ts";
import { packageFolder, type Synthetic, workPlace } from "../../test/helpers/synthetic.ts";
import { type Line, type Step, startLine } from "./line.ts";
import { type Server, type ServerOptions, startServer } from "./server.ts";

/** What a case found out, beside that it passed. */
export type Figures = Readonly<Record<string, number | string>>;
export type Case = (stage: Stage) => Promise<Figures>;

export interface Program {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

export interface Faults {
  readonly skew?: number;
  readonly end?: { readonly file: string; readonly when: "before" | "after"; readonly nth: number };
  readonly lie?: number;
  readonly slow?: number;
  readonly poison?: { readonly file: string; readonly kills: "computing" | "machine" };
  readonly folder?: {
    readonly below: string;
    readonly lost?: number;
    readonly late?: number;
    readonly stale?: number;
  };
}

export interface Around {
  readonly env?: Readonly<Record<string, string>>;
  readonly faults?: Faults;
  /** In place of the broker's own address. */
  readonly url?: string;
  /** Of the run file and of what its command writes; default: the stage's. */
  readonly cwd?: string;
  /** Milliseconds of a lease. */
  readonly lease?: number;
  /** A program that becomes segbench: in a network of its own, say. */
  readonly by?: readonly string[];
}

export interface Stage {
  readonly folder: string;
  /** Starts the case's broker. */
  broker(options?: ServerOptions): Promise<Server>;
  /** A folder with images and `run.yaml`. */
  data(synthetic: Synthetic, more?: Parameters<typeof workPlace>[1]): Promise<string>;
  /** The folder in which one process wrote the run. */
  reference(file: string, cwd: string): Promise<string>;
  segbench(words: readonly string[], around: Around): Program;
  coordinator(broker: Server, file: string, cwd: string, words?: readonly string[], around?: Around): Program;
  worker(broker: Server, file: string, cwd: string, words?: readonly string[], around?: Around): Program;
  /** A process that is ended at a named step, seen between it and the broker. */
  dying(
    broker: Server,
    at: { readonly step: Step; readonly nth: number },
    start: (around: Around) => Program,
  ): Promise<{ readonly program: Program; readonly line: Line }>;
  close(): Promise<void>;
}

const preload = pathToFileURL(join(packageFolder, "scripts", "queue-tests", "preload.mjs")).href;
/** Milliseconds of a lease, where a case does not say: short, so that the tests take minutes. */
const LEASE = 5000;

export function openStage(name: string): Stage {
  const folder = mkdtempSync(join(tmpdir(), `segbench-queue-${name.replace(/\W+/g, "-")}-`));
  const programs: Program[] = [];
  const servers: Server[] = [];
  const lines: Line[] = [];
  const references = new Map<string, string>();
  const stage: Stage = {
    folder,
    async broker(options) {
      const server = await startServer(join(folder, `broker-${servers.length}`), options);
      servers.push(server);
      return server;
    },
    async data(synthetic, more) {
      const place = join(folder, `data-${Object.values(synthetic).join("-")}`);
      if (!existsSync(place)) {
        mkdirSync(place);
        await workPlace(synthetic, { ...more, place });
      }
      return place;
    },
    async reference(file, cwd) {
      const found = references.get(join(cwd, file));
      if (found !== undefined) return found;
      const out = join(folder, `reference-${references.size}`);
      const { code, err } = await stage.segbench(["run", file, "--out", out, "--no-pages"], { cwd }).finished;
      assert.equal(code, 0, err);
      references.set(join(cwd, file), out);
      return out;
    },
    segbench(words, { env = {}, faults, cwd = folder, lease = LEASE, by = [] }) {
      const fault = faults === undefined ? {} : { SEGBENCH_FAULTS: JSON.stringify(faults) };
      const loaded = faults === undefined ? {} : { NODE_OPTIONS: `--import ${preload}` };
      const program = startCli(words, {
        ...{ cwd, by },
        env: { SEGBENCH_QUEUE_LEASE: String(lease), ...fault, ...loaded, ...env },
      });
      programs.push(program);
      return program;
    },
    coordinator(broker, file, cwd, words = [], around = {}) {
      const queue = ["--queue", around.url ?? broker.url];
      return stage.segbench(["run", file, ...queue, "--no-pages", ...words], { cwd, ...around });
    },
    worker(broker, file, cwd, words = [], around = {}) {
      const queue = ["--queue", around.url ?? broker.url];
      return stage.segbench(["work", file, ...queue, "--until-done", ...words], { cwd, ...around });
    },
    async dying(broker, { step, nth }, start) {
      const line = await startLine(broker.port);
      lines.push(line);
      const program = start({ url: `redis://127.0.0.1:${line.port}` });
      line.at(step, nth, () => void program.child.kill("SIGKILL"));
      void program.finished.then(() => line.close());
      return { program, line };
    },
    async close() {
      for (const { child } of programs)
        if (child.exitCode === null && child.signalCode === null) {
          child.kill("SIGCONT");
          child.kill("SIGKILL");
        }
      for (const server of servers) await server.close();
      for (const line of lines) await line.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
  return stage;
}

/** Rows and masks are those of the reference, byte for byte. */
export function sameBytes(reference: string, out: string): void {
  for (const name of ["rows.jsonl", "masks.jsonl"]) {
    const [wanted, got] = [reference, out].map((folder) => readFileSync(join(folder, name)));
    assert.ok(wanted!.equals(got!), `${name} of ${out} is not the reference's`);
  }
}

/** It ended well. */
export async function fine({ finished }: Program): Promise<Finished> {
  const done = await finished;
  assert.equal(done.code, 0, `${done.signal ?? `exit code ${done.code}`}\n${done.err}\n${done.out}`);
  return done;
}

export async function until(
  what: string,
  seconds: number,
  holds: () => Promise<boolean> | boolean,
): Promise<void> {
  for (const end = Date.now() + 1000 * seconds; !(await holds()); await setTimeout(100))
    assert.ok(Date.now() < end, `${what}: not within ${seconds} s`);
}

/** A run file of names alone, for workers that have no file. */
export function writeRun(folder: string, name: string, run: object): string {
  writeFileSync(join(folder, `${name}.yaml`), JSON.stringify({ name, ...run }));
  return `${name}.yaml`;
}

/** Units that are in a run folder. */
export function unitsIn(out: string): number {
  const path = join(out, "progress.jsonl");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
}
