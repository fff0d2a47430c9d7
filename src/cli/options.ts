// What verbs have in common: what they are added to, and how the values of options are read.
import { type Command, InvalidArgumentError } from "commander";
import type { Shard } from "../core/plan.ts";
import type { Context } from "../run/context.ts";
import type { Stopping } from "./event-text.ts";
import type { ExitCode } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

export interface Verbs {
  readonly root: Command;
  readonly terminal: Terminal;
  /** A verb's result is the exit code. */
  act<Words extends unknown[]>(
    action: (...words: Words) => Promise<ExitCode>,
  ): (...words: Words) => Promise<void>;
  /** Does a verb's step with a context of the terminal, and shows its events. */
  step<T>(work: (context: Context) => Promise<T>, stopping?: Stopping): Promise<T>;
}

/** "a,b , c" -> ["a", "b", "c"]. */
export function list(text: string): string[] {
  const items = text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
  if (items.length === 0) throw new InvalidArgumentError("Expected names separated by commas.");
  return items;
}

/** A whole number from 1. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("Expected a whole number from 1.");
  return value;
}

/** "0/3" -> the first of three shards. */
export function shard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const index = Number(match?.[1]);
  const total = Number(match?.[2]);
  if (match === null || total < 1 || index >= total)
    throw new InvalidArgumentError("Expected i/n with i from 0 to n - 1, e.g. 0/3.");
  return { index, count: total };
}

/** A number from 0 to 1. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError("Expected a number from 0 to 1.");
  return value;
}

/** The options that say how graphs are run; `otherwise`: where values come from that are not given. */
export function withRuntime(command: Command, otherwise?: string): Command {
  const defaults = otherwise === undefined ? "(default 1)" : `(default: ${otherwise})`;
  return withProvider(
    command.option("--threads <n>", `threads of the runtime ${defaults}`, count),
    otherwise,
  );
}

/** Those of them that say where and how, and not on how many threads. */
export function withProvider(command: Command, otherwise?: string): Command {
  const [where, how] =
    otherwise === undefined
      ? ["", "all (default), extended, basic or disabled"]
      : [` (default: ${otherwise})`, `all, extended, basic or disabled (default: ${otherwise})`];
  return command
    .option("--provider <name>", `execution provider: cpu, webgpu, cuda, tensorrt, coreml or dml${where}`)
    .option("--optimisation <level>", `graph optimisation of the runtime: ${how}`)
    .option("--allow-cpu-fallback", "go on where the provider leaves a whole graph to the CPU");
}
