import type { Command } from "commander";
import type { ExitCode } from "./exit.ts";
import { count, withProvider } from "./options.ts";

interface Flags {
  prompts: number;
  seconds: number;
  provider?: string;
  optimisation?: string;
  allowCpuFallback?: boolean;
  write?: string;
  json?: boolean;
}

/** Adds `tune` to the program; `done` takes the exit code. */
export function addTune(root: Command, done: (code: ExitCode) => void): void {
  withProvider(root.command("tune <model>"))
    .description("the fastest number of threads, prompts per call and workers on this machine, measured")
    .option("--prompts <n>", "prompts that an image is taken to get", count, 32)
    .option("--seconds <n>", "about how long to measure", count, 45)
    .option("--write <file>", "set the keys in this run file")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExample:\n  segbench tune tiny --write configs/mine.yaml")
    .action(async (model: string, { json, ...rest }: Flags) => {
      const { tuneVerb } = await import("../run/tune.ts");
      done(await tuneVerb(model, { ...rest, json: json === true }));
    });
}
