// A coordinator and its workers in this process, for tests: what computes is played by the real one or by one that reads its parts from a run.
import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunRequest } from "../../src/config/index.ts";
import type { FilesRead } from "../../src/formats/files-read.ts";
import type { Broker } from "../../src/queue/broker.ts";
import { type Context, contextOf } from "../../src/run/context.ts";
import { computeUnits, type Order, type PreparedWork, type Told } from "../../src/run/queue/compute-units.ts";
import { type Coordination, coordinate } from "../../src/run/queue/coordinate.ts";
import { type WorkOptions, work } from "../../src/run/queue/work.ts";
import type { Supervision } from "../../src/run/supervise.ts";
import { watched } from "../../src/run/supervised.ts";
import type { UnitText } from "../../src/store/journal.ts";

export const chainContext = (cwd: string, rest: Partial<Context> = {}): Context =>
  contextOf({ cwd, env: { SEGBENCH_DATA: "" }, ...rest });

export function runOnQueue(
  request: RunRequest & { readonly out: string; readonly fresh?: boolean; readonly pages?: boolean },
  how: Coordination,
  context: Context,
) {
  return coordinate({ pages: false, ...request }, { look: 50, ...how }, ofItsOwn(context));
}

export function workFor(
  broker: Broker,
  start: Supervision["start"],
  context: Context,
  rest: Partial<WorkOptions> = {},
) {
  const usual = {
    request: { file: "run.yaml", workers: 1 },
    untilDone: true,
    grace: 1000,
    extendEvery: 1000,
  };
  return work({ ...usual, broker, start, ...rest }, ofItsOwn(context));
}

/** As a process has it: nobody else listens to its signal. */
const ofItsOwn = (context: Context) => ({ ...context, signal: AbortSignal.any([context.signal]) });

/** The text of every unit of a run folder, in order. */
export function unitsOf(dir: string): readonly UnitText[] {
  const files = (["rows", "masks", "timing"] as const).map((key) => {
    return [key, readFileSync(join(dir, `${key}.jsonl`))] as const;
  });
  const lines = readFileSync(join(dir, "progress.jsonl"), "utf8").trim().split("\n");
  const entries = lines.map((line) => JSON.parse(line));
  return entries.map((entry, i) => {
    const texts = files.map(([key, bytes]) => {
      return [key, bytes.toString("utf8", entries[i - 1]?.[key] ?? 0, entry[key])];
    });
    return { ...Object.fromEntries(texts), count: entry.count };
  });
}

/** What computes in this process, as it would in another one. */
export function computerHere(context: Context): Supervision["start"] {
  return (handedOver) =>
    playing((child, hear) => {
      const say = (told: Told) => void queueMicrotask(() => child.emit("message", told));
      const attempts = watched(handedOver, async (message) => void child.emit("message", message));
      void computeUnits({ say, listen: hear }, attempts, context).then(() => child.emit("close", 0, null));
    });
}

export interface Played {
  readonly prepared: PreparedWork;
  /** By unit. */
  readonly texts: readonly UnitText[];
  /** That it says it read, of every unit but the first. */
  readonly files?: FilesRead;
  /** What becomes of a unit; default: its text, at once. */
  readonly act?: (unit: number, child: EventEmitter) => UnitText | "fails" | "nothing" | Promise<UnitText>;
}

/** One that computes nothing: it has the texts of all units. */
export function computerOf({
  prepared,
  texts,
  files = {},
  act = (unit) => texts[unit]!,
}: Played): Supervision["start"] {
  return () =>
    playing((child, hear) => {
      const say = (told: Told | object) => void setImmediate(() => child.emit("message", told));
      hear(async (order) => {
        if ("prepare" in order) return say({ prepared });
        if ("finish" in order) {
          say({ finished: true });
          return void setImmediate(() => child.emit("close", 0, null));
        }
        for (const unit of order.units) {
          say({ started: unit, name: `unit ${unit}` });
          say({ begun: unit });
          const made = await act(unit, child);
          if (made === "nothing") continue;
          say({ written: unit });
          const read = unit === 0 ? {} : files;
          say(made === "fails" ? { failed: unit, reason: "it cannot" } : { part: made, unit, files: read });
        }
      });
    });
}

/** Something that looks like a process. */
function playing(
  begin: (child: EventEmitter, hear: (act: (order: Order) => void) => void) => void,
): ChildProcess {
  const orders = new EventEmitter();
  const child = Object.assign(new EventEmitter(), {
    pid: process.pid,
    send: (order: Order) => void setImmediate(() => orders.emit("order", order)),
    kill: () => void setImmediate(() => child.emit("close", null, "SIGKILL")),
  });
  begin(child, (act) => void orders.on("order", act));
  return child as unknown as ChildProcess;
}
