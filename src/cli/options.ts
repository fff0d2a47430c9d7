// What verbs have in common: what they are added to, and how the values of options are read.
import { type Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { Shard } from "../core/plan.ts";
import type { Context } from "../run/context.ts";
import { failureLimit } from "../run/failure-limit.ts";
import type { Stopping } from "./event-text.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
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

/** A command line that no verb takes. */
export function wrongUsage(text: string): CommanderError {
  return new CommanderError(exitCodes.usage, "segbench.verb", text);
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

/** An option that may be given several times. */
export function repeated(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** The same where each value is a line of one text. */
export function repeatedLine(text: string, before?: string): string {
  return before === undefined ? text : `${before}\n${text}`;
}

/** An option that needs a value, and has another option behind it: what is missing would be taken for a value. */
export function refuseMissingValues({ options }: Command, words: readonly string[]): void {
  const named = (word: string | undefined) =>
    options.find(({ long, short }) => word === long || word === short);
  for (let i = 0; i < words.length && words[i] !== "--"; i++) {
    const option = named(words[i]);
    if (option?.required !== true) continue;
    const next = words[++i];
    if (named(next) === undefined) continue;
    const value = /<(.*?)>/.exec(option.flags)?.[1] ?? "a value";
    const noun = /^[aeiou]/.test(value) ? `an ${value}` : `a ${value}`;
    const text = `${words[i - 1]} needs ${noun}, got the option ${next}`;
    throw wrongUsage(text);
  }
}

/** A whole number from 1. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("Expected a whole number from 1.");
  return value;
}

/** "1,3,5" -> [1, 3, 5]; in any order. */
export function counts(text: string): number[] {
  const numbers = text.split(",").map(Number);
  if (numbers.some((number) => !Number.isInteger(number) || number < 1))
    throw new InvalidArgumentError("Expected numbers of clicks from 1, separated by commas, e.g. 1,3,5.");
  return numbers;
}

/** Where clusters say which task of an array this is. */
const indexVariables = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"];

/** "0/3" -> the first of three shards; "auto/3" -> the one that the cluster says. */
export function shard(text: string, env: Terminal["env"]): Shard {
  const match = /^(\d+|auto)\/(\d+)$/.exec(text);
  const total = Number(match?.[2]);
  const index = match?.[1] === "auto" ? arrayIndex(total, env) : Number(match?.[1]);
  if (match === null || total < 1 || index >= total)
    throw new InvalidArgumentError(
      "Expected i/n with i from 0 to n - 1, e.g. 0/3; or auto/n in a job array of a cluster.",
    );
  return { index, count: total };
}

/** How many tasks there are is never taken from the cluster: an array that is sent again has only those that failed. */
function arrayIndex(total: number, env: Terminal["env"]): number {
  const found = indexVariables.flatMap((name) => (env[name] ? [{ name, value: env[name] }] : []));
  const [first] = found;
  const shown = found.map(({ name, value }) => `${name}=${value}`).join(", ");
  if (first === undefined)
    throw new InvalidArgumentError(
      `auto takes the index of a job array from one of ${indexVariables.join(", ")}; none is set.`,
    );
  if (found.some(({ value }) => value !== first.value))
    throw new InvalidArgumentError(`auto expects one index of a job array, got ${shown}: write i/n.`);
  if (!/^\d+$/.test(first.value) || Number(first.value) >= total)
    throw new InvalidArgumentError(
      `auto/${total} expects an index from 0 to ${total - 1} (number the array from 0), got ${shown}.`,
    );
  return Number(first.value);
}

/** "90s", "10m", "3h30m" -> milliseconds. */
export function duration(text: string): number {
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  const [days, hours, minutes, seconds] = (match ?? []).slice(1).map((digits) => Number(digits ?? 0));
  const total = (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
  if (match === null || total === 0)
    throw new InvalidArgumentError("Expected a duration such as 90s, 10m or 3h30m.");
  return total * 1000;
}

/** Adds what a call of a verb that writes a run folder says about itself in its history. */
export function withRemarks(command: Command): Command {
  return command
    .option("--tag <word>", "a word for this call in the run folder's history.jsonl")
    .option("--note <text>", "a sentence about it, for the same file");
}

/** Adds the limit of failures. A number is given on as one: only shares in percent are text. */
export function withMaxFailures(command: Command, otherwise = "5% or 2, whichever is more"): Command {
  return command.option(
    "--max-failures <limit>",
    `how much of a benchmark may fail before the exit code is 1: a share (5%, 0.05) or, from 2, a number of targets (default: ${otherwise})`,
    (text) => {
      const value = text.trim() === "" ? text : Number(text);
      const limit = Number.isNaN(value) ? text : value;
      try {
        failureLimit(limit);
      } catch {
        throw new InvalidArgumentError("Expected a share (5%, 0.05) or a number of targets from 2.");
      }
      return limit;
    },
  );
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

/** Adds the choice not to keep masks; its older name is an error that says the new one. */
export function withSaveMasks(command: Command): Command {
  command
    .option("--no-save-masks", "do not write masks.jsonl")
    .addOption(new Option("--no-masks").hideHelp())
    .on("option:no-masks", () => {
      throw wrongUsage("--no-masks is now --no-save-masks: --masks names the masks of your own data");
    });
  // Commander's default of an option that only takes away is true.
  return command.setOptionValueWithSource("masks", undefined, "default");
}

/** "nms=0.8" -> {nms: 0.8}, with those before it. */
export function setting(
  text: string,
  before: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const [, name, value] = /^\s*(\w+)\s*=\s*(.+?)\s*$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError("Expected SETTING=VALUE, e.g. pointsPerSide=16.");
  const number = Number(value);
  const word = value === "true" ? true : value === "false" ? false : value;
  return { ...before, [name]: Number.isNaN(number) ? word : number };
}
