#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { closest } from "fastest-levenshtein";
import type { Shard } from "../core/plan.ts";
import type { CompareOptions } from "../run/compare.ts";
import type { ParityOptions } from "../run/parity.ts";
import { version } from "../run/surroundings.ts";
import { addDataVerbs } from "./data-verbs.ts";
import { addExchangeVerbs } from "./exchange-verbs.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { count, list, shard, withRuntime } from "./options.ts";
import { addTune } from "./tune-command.ts";

interface RunFlags {
  out?: string;
  models?: string[];
  benchmarks?: string[];
  protocols?: string[];
  limit?: number;
  shard?: Shard;
  batch?: number;
  workers?: number;
  threads?: number;
  provider?: string;
  optimisation?: string;
  allowCpuFallback?: boolean;
  seed?: string;
  data?: string;
  cache?: string;
  cacheSize?: string;
  cachePrecision?: string;
  profile?: boolean;
  masks: boolean;
  fresh?: boolean;
  json?: boolean;
}

let outcome: ExitCode = exitCodes.fine;

function program(): Command {
  const root = new Command("segbench")
    .description("Zero-shot benchmark of promptable segmentation models in ONNX.")
    .version(version)
    .showHelpAfterError("(see --help)")
    .addHelpText(
      "after",
      "\nExample:\n  segbench run configs/quickstart.yaml --limit 2\n\nWithout a verb the quickstart runs.",
    );

  const run = withRuntime(
    root
      .command("run [file]")
      .description("evaluate; without FILE the quickstart. The same command continues where it stopped")
      .option("--out <dir>", "run folder (default: reports/NAME)")
      .option("--models <names>", "model cards, by name or path", list)
      .option("--benchmarks <names>", "data set cards, by name or path", list)
      .option("--protocols <ids>", "protocol ids", list)
      .option("--limit <n>", "images per benchmark", count)
      .option("--shard <i/n>", "do part i (from 0) of n, by image", shard)
      .option("--batch <n>", "prompts per decoder call", count)
      .option("--workers <n>", "model workers (results do not depend on it)", count),
  )
    .option("--seed <text>", "seed of every draw")
    .option("--data <dir>", "folder of the data sets")
    .option("--cache <dir>", "keep image embeddings in this folder, and use those that are there")
    .option("--cache-size <size>", "what they may take (default 10GB); those not used for longest go first")
    .option("--cache-precision <type>", "float32, or float16: half the size, moves results a little")
    .option("--profile", "write onnxruntime's trace of encoder and decoder into the run folder")
    .option("--no-masks", "do not write masks.jsonl")
    .option("--fresh", "replace what the run folder holds")
    .option("--json", "print where the results are as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  segbench run configs/real-samples.yaml --data ~/data --limit 10 --out reports/try",
    );
  run.action(async (file: string | undefined, flags: RunFlags) => {
    const { supervise } = await import("../run/supervise.ts");
    const { shard: part, fresh, json, masks, profile, ...overrides } = flags;
    const noMasks = run.getOptionValueSource("masks") === "cli" ? { masks } : {};
    outcome = await supervise(async () => {
      const { runVerb } = await import("../run/run.ts");
      return runVerb(file, {
        overrides: { ...overrides, ...noMasks },
        shard: part ?? null,
        fresh: fresh === true,
        profile: profile === true,
        json: json === true,
      });
    });
  });

  root
    .command("report <run...>")
    .description(
      "write the reports of finished or unfinished runs again, from their rows; no model is opened",
    )
    .option("--json", "print the summary as JSON")
    .option("--rows", "write rows.csv and rows.parquet even where they have millions of lines")
    .addHelpText("after", "\nExample:\n  segbench report reports/quickstart")
    .action(async (runs: string[], { json, rows }: { json?: boolean; rows?: boolean }) => {
      const { reportVerb } = await import("../run/report.ts");
      outcome = await reportVerb(runs, { json: json === true, rows: rows === true });
    });

  root
    .command("merge <run...>")
    .description("shards of one run -> one run folder; refuses overlaps, gaps and differing plans")
    .requiredOption("--out <dir>", "run folder to write")
    .addHelpText("after", "\nExample:\n  segbench merge reports/shard-0 reports/shard-1 --out reports/whole")
    .action(async (runs: string[], { out }: { out: string }) => {
      const { mergeVerb } = await import("../run/merge.ts");
      outcome = await mergeVerb(runs, out);
    });

  root
    .command("compare <base> [candidate...]")
    .description(
      "paired differences of models on the same targets; each is a run folder, RUN:MODEL or a baseline",
    )
    .option("--base <name>", "model of the run that the others are compared with (default: the first)")
    .option("--gate <file>", "limits to keep; exit code 100 when one is broken")
    .option("--metrics <names>", "compare these too: dice, boundary", list)
    .option("--out <dir>", "folder of the reports (default: reports/compare-A-vs-B)")
    .option("--data <dir>", "folder of the data sets, for pictures of what changed most")
    .option("--force", "compare what should not be compared, and say so in the report")
    .option("--json", "print the comparison as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  segbench compare reports/fp32 reports/int8 --gate configs/gates/export.yaml\n  segbench compare reports/checkpoints --base sam-vit-b",
    )
    .action(async (base: string, candidates: string[], flags: CompareOptions) => {
      const { compareVerb } = await import("../run/compare.ts");
      outcome = await compareVerb([base, ...candidates], flags);
    });

  root
    .command("baseline <run>")
    .description("one model of a finished run as a small file that compare takes in place of BASE")
    .requiredOption("--out <file>", "file to write, e.g. baselines/tiny.jsonl.gz")
    .addHelpText("after", "\nExample:\n  segbench baseline reports/fp32 --out baselines/fp32.jsonl.gz")
    .action(async (run: string, { out }: { out: string }) => {
      const { baselineVerb } = await import("../run/baseline.ts");
      outcome = await baselineVerb(run, out);
    });

  addExchangeVerbs(root, (code) => {
    outcome = code;
  });
  addTune(root, (code) => {
    outcome = code;
  });

  withRuntime(
    root
      .command("parity <reference> <candidate>")
      .description(
        "the same prompts through two exports: what differs, which stage is to blame, and the usual mistakes by name",
      )
      .option(
        "--config <file>",
        "run file with the benchmarks and protocols (default: configs/export-gate.yaml)",
      )
      .option(
        "--gate <file>",
        "limits to keep (default: configs/gates/parity.yaml); exit code 100 when one is broken",
      )
      .option("--benchmarks <names>", "data set cards, by name or path", list)
      .option("--protocols <ids>", "protocol ids", list)
      .option("--limit <n>", "images per benchmark", count)
      .option("--batch <n>", "prompts per decoder call", count),
  )
    .option("--seed <text>", "seed of every draw")
    .option("--data <dir>", "folder of the data sets")
    .option("--out <dir>", "folder to write (default: reports/parity-REFERENCE-vs-CANDIDATE)")
    .option("--json", "print the summary as JSON")
    .addHelpText(
      "after",
      `
Models are cards by name or path; the candidate may also be a folder, or ENCODER.onnx,DECODER.onnx, used as the reference's
card says.

Example:
  segbench parity tiny exports/int8 --limit 1`,
    )
    .action(async (reference: string, candidate: string, flags: ParityOptions) => {
      const { parityVerb } = await import("../run/parity.ts");
      outcome = await parityVerb({ reference, candidate }, flags);
    });

  addDataVerbs(root, (code) => {
    outcome = code;
  });

  for (const command of [root, ...root.commands]) command.exitOverride();
  return root;
}

/** Without a verb it is `run`; a word that is neither a verb nor a run file is wrong usage. */
function withVerb(words: readonly string[], verbs: readonly string[]): string[] {
  const [first] = words;
  if (first === undefined) return ["run"];
  if (verbs.includes(first) || ["help", "-h", "--help", "-V", "--version"].includes(first)) return [...words];
  if (first.startsWith("-") || /\.ya?ml$/.test(first)) return ["run", ...words];
  throw new CommanderError(
    exitCodes.usage,
    "segbench.verb",
    `unknown verb "${first}"; expected one of ${verbs.join(", ")} (did you mean "${closest(first, [...verbs])}"?)`,
  );
}

async function main(): Promise<ExitCode> {
  try {
    const root = program();
    const verbs = root.commands.map((command) => command.name());
    await root.parseAsync(withVerb(process.argv.slice(2), verbs), { from: "user" });
    return outcome;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.fine;
      if (error.code === "segbench.verb") process.stderr.write(`error: ${error.message}\n`);
      return exitCodes.usage;
    }
    process.stderr.write(`error: ${messageOf(error)}\n`);
    return exitCodes.error;
  }
}

/** One message for what people can mend; a stack for what only we can. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const known = error.name === "SegbenchError" || error.name === "ConfigError";
  return known && process.env.SEGBENCH_STACK === undefined ? error.message : (error.stack ?? error.message);
}

process.exitCode = await main();
