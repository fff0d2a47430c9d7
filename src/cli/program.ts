// The verbs and their options. What a verb does is loaded when it is called.
import { Command, CommanderError } from "commander";
import { SegbenchError } from "../core/errors.ts";
import { version } from "../run/surroundings.ts";
import { addCompareVerbs } from "./compare-verbs.ts";
import { addDataVerbs } from "./data-verbs.ts";
import { addExchangeVerbs } from "./exchange-verbs.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { addMasksVerb } from "./masks-verb.ts";
import { addModelVerbs } from "./model-verbs.ts";
import { refuseMissingValues, type Verbs, wrongUsage } from "./options.ts";
import { addQueueVerbs } from "./queue-verbs.ts";
import { addRowsVerb } from "./rows-verb.ts";
import { addRunVerbs } from "./run-verbs.ts";
import { announced, failed, messageOf, type Terminal } from "./terminal.ts";
import { addViewVerb } from "./view-verb.ts";

/** Runs a command line, and returns the exit code. */
export async function main(words: readonly string[], given: Terminal): Promise<ExitCode> {
  let outcome: ExitCode = exitCodes.fine;
  const { terminal: shown, announce, end } = announced(given);
  try {
    const root = new Command("segbench")
      .description("Zero-shot benchmark of promptable segmentation models in ONNX.")
      .version(version)
      .showHelpAfterError("(see --help)")
      .addHelpText(
        "after",
        "\nExample:\n  segbench run configs/quickstart.yaml --limit 1 --benchmarks doors --out reports/first\n\nWithout a verb the quickstart runs.",
      );
    const verbs: Verbs = {
      ...{ root, terminal: { ...shown, command: commandText(words) } },
      act:
        (action) =>
        async (...words) => {
          announce();
          outcome = await action(...words);
        },
      step: async (work, stopping) =>
        (await import("./event-text.ts")).withContext(verbs.terminal, work, stopping),
    };
    for (const add of [
      addRunVerbs,
      addQueueVerbs,
      addCompareVerbs,
      addViewVerb,
      addRowsVerb,
      addExchangeVerbs,
      addMasksVerb,
      addModelVerbs,
      addDataVerbs,
    ])
      add(verbs);
    const { stdout, stderr } = shown;
    for (const command of [root, ...root.commands])
      command.exitOverride().configureOutput({
        writeOut: (text) => void stdout.write(text),
        writeErr: (text) => void stderr.write(text),
        getOutHelpWidth: () => (stdout.isTTY === true ? (stdout.columns ?? 80) : 80),
        getErrHelpWidth: () => (stderr.isTTY === true ? (stderr.columns ?? 80) : 80),
      });
    const names = root.commands.map((command) => command.name());
    const [verb, ...rest] = await withVerb(words, names);
    const command = root.commands.find((one) => one.name() === verb);
    if (command !== undefined) refuseMissingValues(command, rest);
    await root.parseAsync([verb!, ...rest], { from: "user" });
    return outcome;
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      const code = failed(shown, messageOf(error, shown));
      return isPassing(error) ? exitCodes.tryAgain : code;
    }
    if (error.exitCode === 0) return exitCodes.fine;
    if (error.code === "segbench.verb") failed(shown, error.message);
    return exitCodes.usage;
  } finally {
    end();
  }
}

/** As it can be pasted into a shell. */
function commandText(words: readonly string[]): string {
  const quoted = (word: string) =>
    /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  return ["segbench", ...words].map(quoted).join(" ");
}

/** What may go well when the same command is given again. */
function isPassing(error: unknown): boolean {
  return error instanceof SegbenchError && ["busy", "unfinished"].includes(error.code);
}

/** Without a verb it is `run`; a word that is neither a verb nor a run file is wrong usage. */
async function withVerb(words: readonly string[], verbs: readonly string[]): Promise<string[]> {
  const [first] = words;
  if (first === undefined) return ["run"];
  if (verbs.includes(first) || ["help", "-h", "--help", "-V", "--version"].includes(first)) return [...words];
  if (first.startsWith("-") || /\.ya?ml$/.test(first)) return ["run", ...words];
  const { nearest } = await import("../config/problems.ts");
  const near = nearest(first, verbs).nearest;
  throw wrongUsage(
    `unknown verb "${first}"; expected one of ${verbs.join(", ")}${near === undefined ? "" : ` (did you mean "${near}"?)`}`,
  );
}
