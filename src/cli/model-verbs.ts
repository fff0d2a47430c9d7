// The verbs about models: inspect, tune.
import { Option } from "commander";
import type { InspectOptions } from "../run/inspect.ts";
import type { TuneOptions } from "../run/tune.ts";
import { exitCodes } from "./exit.ts";
import { count, type Verbs, withProvider } from "./options.ts";
import { failed, say } from "./terminal.ts";

interface Json {
  readonly json?: boolean;
}

/** Adds them to the program. */
export function addModelVerbs({ root, terminal, act, step }: Verbs): void {
  withProvider(root.command("tune <model>"))
    .description("the fastest number of threads, prompts per call and workers on this machine, measured")
    .option("--prompts <n>", "prompts per image to assume (default 32)", count)
    .option("--seconds <n>", "about how long to measure (default 45)", count)
    .option("--write <file>", "set the keys in this run file")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExample:\n  segbench tune tiny --write configs/mine.yaml")
    .action(
      act(async (model: string, { json = false, ...options }: TuneOptions & Json) => {
        const { tune } = await import("../run/tune.ts");
        const { tuneText } = await import("./model-text.ts");
        const tuning = await step((context) => tune(model, options, context));
        terminal.stdout.write(json ? `${JSON.stringify(tuning, undefined, 2)}\n` : tuneText(tuning));
        const { best } = tuning;
        if (options.write !== undefined && best !== undefined)
          say(
            terminal,
            `${options.write}: threads ${best.threads}, batch ${best.batch}, workers ${best.workers}`,
          );
        return exitCodes.fine;
      }),
    );

  root
    .command("inspect <model.onnx...>")
    .description("names, shapes and types of ONNX files, and which contract they fit")
    .addOption(new Option("--provider <name>", "execution provider").default("cpu"))
    .option("--write-card <file>", "write a model card for these files; its stem is the model's name")
    .option("--family <name>", "the card's family, where several fit")
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  segbench inspect models/tiny/encoder.onnx models/tiny/decoder.onnx --write-card configs/models/mine.yaml",
    )
    .action(
      act(async (paths: string[], { json = false, ...options }: InspectOptions & Json) => {
        const { inspect } = await import("../run/inspect.ts");
        const { inspectedText } = await import("./model-text.ts");
        const { files, problems, card } = await inspect(paths, options, terminal);
        if (json) terminal.stdout.write(`${JSON.stringify({ files, problems }, undefined, 2)}\n`);
        else for (const file of files) terminal.stdout.write(`${inspectedText(file)}\n`);
        if (card !== undefined)
          say(
            terminal,
            `card: ${options.writeCard}; next: segbench run --models ${cardPath(options.writeCard!)}`,
          );
        for (const problem of problems) failed(terminal, problem);
        return problems.length === 0 ? exitCodes.fine : exitCodes.error;
      }),
    );
}

/** As a card is named by its path. */
function cardPath(file: string): string {
  return file.includes("/") || /\.ya?ml$/.test(file) ? file : `./${file}`;
}
