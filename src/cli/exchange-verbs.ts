// The verbs that exchange prompts and masks with other frameworks: export, replay, score.
import type { Command } from "commander";
import type { ReplayOptions } from "../run/replay.ts";
import type { ScoreOptions } from "../run/score.ts";
import type { ExitCode } from "./exit.ts";
import { count, list, share, withRuntime } from "./options.ts";

/** Adds them to the program; `done` takes the exit code. */
export function addExchangeVerbs(root: Command, done: (code: ExitCode) => void): void {
  root
    .command("export <what> <run>")
    .description(
      "prompts: what a run (or RUN:MODEL) sent, a JSON line for each target, to send from anywhere",
    )
    .option("--out <file>", "file to write (default: standard output)")
    .addHelpText("after", "\nExample:\n  segbench export prompts reports/run:tiny --out prompts.jsonl")
    .action(async (what: string, run: string, { out }: { out?: string }) => {
      const { exportVerb } = await import("../run/export-prompts.ts");
      done(await exportVerb(what, run, out));
    });

  const replay = root
    .command("replay <prompts>")
    .description("models on exactly the prompts of a run, RUN:MODEL or a file of `export prompts`")
    .requiredOption("--models <names>", "model cards, by name or path", list)
    .requiredOption("--out <dir>", "run folder to write")
    .option("--benchmarks <names>", "data set cards, by name or path (default: the record's)", list)
    .option("--root <dir>", "root folder of the data set, where there is one benchmark")
    .option("--data <dir>", "folder of the data sets")
    .option("--limit <n>", "images per benchmark (default: the record's)", count)
    .option("--batch <n>", "prompts per decoder call (default: the record's)", count)
    .option("--workers <n>", "model workers", count);
  withRuntime(replay, "the record's")
    .option("--no-masks", "do not write masks.jsonl")
    .option("--fresh", "replace what the run folder holds")
    .option("--json", "print where the results are as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  segbench replay reports/fp32 --models sam-int8 --data ~/data --out reports/int8-replay\n  segbench compare reports/fp32 reports/int8-replay",
    )
    .action(async (prompts: string, flags: ReplayOptions) => {
      const { supervise } = await import("../run/supervise.ts");
      const { fresh, json, ...rest } = flags;
      done(
        await supervise(async () => {
          const { replayVerb } = await import("../run/replay.ts");
          return replayVerb(prompts, { ...rest, fresh: fresh === true, json: json === true });
        }),
      );
    });

  root
    .command("score <benchmark> <predictions>")
    .description(
      "score masks made elsewhere: a folder of PNGs, COCO RLE in JSON, or a run; no model is opened",
    )
    .option("--model <name>", "what the rows call whoever made the masks")
    .option("--protocol <id>", "the prompts they answer (default: as the file says, else external@1)")
    .option(
      "--prompts <record>",
      "the recorded prompts they answer: a run, RUN:MODEL or a file of export prompts",
    )
    .option("--from <model>", "take this model's masks of a file that holds several")
    .option("--seed <text>", "seed of the prompts, where they were drawn")
    .option("--root <dir>", "root folder of the data set")
    .option("--data <dir>", "folder of the data sets")
    .option("--limit <n>", "the first n images, as a run with this limit", count)
    .option("--out <dir>", "run folder (default: reports/score-MODEL-BENCHMARK)")
    .option(
      "--max-failures <share>",
      "targets that may fail before the exit code says so (default 0.05)",
      share,
    )
    .option("--no-masks", "do not write masks.jsonl")
    .option("--fresh", "replace what the run folder holds")
    .option("--json", "print where the results are as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  segbench score trashcan predictions.json --model my-sam --protocol box@1 --data ~/data --out reports/my-sam\n  segbench compare reports/run:tiny reports/my-sam\n\nThe formats: docs/external-predictions.md",
    )
    .action(async (benchmark: string, predictions: string, flags: ScoreOptions) => {
      const { scoreVerb } = await import("../run/score.ts");
      const { fresh, json, ...rest } = flags;
      done(
        await scoreVerb(benchmark, predictions, {
          ...rest,
          fresh: fresh === true,
          json: json === true,
        }),
      );
    });
}
