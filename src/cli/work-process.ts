// The two processes of a worker, as processes: this command line once more, without what lets one into the broker.
import { type ChildProcess, spawn } from "node:child_process";
import { secretVariables } from "../queue/address.ts";
import { computeUnits, type Hand, type Order } from "../run/queue/compute-units.ts";
import { type HandedOver, type Message, watched } from "../run/supervised.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { heapFlags, supervisedVariable } from "./supervision.ts";
import type { Terminal } from "./terminal.ts";

/** Starts the process that computes. */
export function startComputer(handedOver: HandedOver): ChildProcess {
  const env: NodeJS.ProcessEnv = { ...process.env, [supervisedVariable]: JSON.stringify(handedOver) };
  for (const name of secretVariables) delete env[name];
  return spawn(process.execPath, [...heapFlags, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
    env,
  });
}

/** This is the process that computes. */
export function computes({ env }: Pick<Terminal, "env">): boolean {
  return process.send !== undefined && env[supervisedVariable]?.startsWith("{") === true;
}

/** Computes until it is told to finish; it ends with the process that started it. */
export async function compute({ cwd, env, clock }: Terminal): Promise<ExitCode> {
  const orphaned = () => process.kill(process.pid, "SIGKILL");
  process.on("disconnect", orphaned);
  if (process.connected === false) orphaned();
  // A terminal sends these to both processes: the other one says what is to be done.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
  const send = (message: object) =>
    new Promise<void>((resolve) => void process.send?.(message, undefined, undefined, () => resolve()));
  const hand: Hand = {
    say: (told) => void send(told),
    listen: (act) => process.on("message", (order: Order) => act(order)),
  };
  const attempts = watched(JSON.parse(env[supervisedVariable]!), (message: Message) => send(message));
  const { signal } = new AbortController();
  await computeUnits(hand, attempts, { cwd, env, clock, signal, onEvent: () => undefined });
  await send({ outcome: exitCodes.fine } satisfies Message);
  process.off("disconnect", orphaned);
  process.exit(exitCodes.fine);
}
