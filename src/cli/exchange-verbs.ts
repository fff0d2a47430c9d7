// The verbs that exchange prompts and masks with other frameworks: export, replay, score.
import { complain } from "../core/errors.ts";
import { plural } from "../core/words.ts";
import { type Context, shownPath } from "../run/context.ts";
import type { ExportOptions } from "../run/export/export.ts";
import type { ReplayOptions } from "../run/replay.ts";
import type { ScoreOptions } from "../run/score/score.ts";
import { exitCodes } from "./exit.ts";
import {
  count,
  list,
  repeated,
  type Verbs,
  withMaxFailures,
  withRemarks,
  withRuntime,
  withSaveMasks,
} from "./options.ts";
import { say, type Terminal } from "./terminal.ts";

interface RunFlags {
  readonly fresh?: boolean;
  readonly json?: boolean;
}

interface ExportFlags extends Omit<ExportOptions, "out" | "plugins"> {
  readonly out?: string;
}

async function exportPrompts(
  run: string,
  out: string | undefined,
  terminal: Terminal,
  context: Context,
): Promise<void> {
  const { promptLines, writePrompts } = await import("../run/recorded.ts");
  if (out === undefined)
    for await (const line of promptLines(run, context)) terminal.stdout.write(`${line}\n`);
  else say(terminal, `${await writePrompts(run, out, context)} targets' prompts in ${out}`);
}

/** Adds them to the program. */
export function addExchangeVerbs({ root, terminal, act, step }: Verbs): void {
  root
    .command("export <what> <run>")
    .description(
      "a run (or RUN:MODEL, or a comparison's folder) for other tools: fiftyone, huggingface, dvc, wandb, mlflow; or its prompts",
    )
    .option("--out <path>", "folder to write; of prompts the file (default: standard output)")
    .option("--metrics <names>", "measures to export beside the main ones, by name or id", list)
    .option("--hub <benchmark=id>", "its id on the Hugging Face Hub; again for another one", repeated)
    .option("--data <dir>", "folder of the benchmarks' data, for images (default: as for run)")
    .addHelpText(
      "after",
      "\nExample:\n  segbench export fiftyone reports/mine --data datasets/samples --out exported/fiftyone\n  segbench export prompts reports/mine:tiny --out prompts.jsonl\n\nThe files and how to use them: docs/export.md",
    )
    .action(
      act(async (what: string, run: string, { out, ...options }: ExportFlags) => {
        if (what === "prompts") await step((context) => exportPrompts(run, out, terminal, context));
        else
          await step(async (context) => {
            const { exportTo, listExports } = await import("../run/export/export.ts");
            const names = ["prompts", ...listExports().map(({ name }) => name)];
            if (!names.includes(what))
              throw complain("segbench export", "unknown export", {
                code: "unknown-name",
                expected: `one of ${names.join(", ")}`,
                got: JSON.stringify(what),
              });
            if (out === undefined)
              throw complain("segbench export", "has nowhere to write", { expected: "--out DIR" });
            const { dir, files, next } = await exportTo(what, run, { out, ...options }, context);
            say(terminal, `${plural(files, "file")} in ${shownPath(dir, context)}\n${next}`);
          });
        return exitCodes.fine;
      }),
    );

  const replay = root
    .command("replay <prompts>")
    .description("run models on exactly the prompts of a run, RUN:MODEL or a file of `export prompts`")
    .option(
      "--model <path>",
      "a model: a folder, ENCODER.onnx,DECODER.onnx, a card or a name; again for another one",
      repeated,
    )
    .option("--models <names>", "model cards, by name or path", list)
    .requiredOption("--out <dir>", "run folder to write")
    .option("--benchmarks <names>", "benchmark cards, by name or path (default: the record's)", list)
    .option("--images <path>", "your own images, where the record is of such")
    .option("--masks <path>", "their masks")
    .option("--annotations <path>", "or their annotations")
    .option("--format <name>", "their format, where several fit")
    .option("--root <dir>", "root folder of the benchmark, where there is one benchmark")
    .option("--data <dir>", "folder of the benchmarks' data")
    .option("--limit <n>", "images per benchmark (default: the record's)", count)
    .option("--batch <n>", "prompts per decoder call (default: the record's)", count)
    .option("--workers <n>", "model workers", count);
  withRemarks(withSaveMasks(withMaxFailures(withRuntime(replay, "the record's"))))
    .option("--fresh", "replace what the run folder holds")
    .option("--json", "print where the results are as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  segbench replay reports/mine:tiny --models mine --data datasets/samples --out reports/mine-replay\n  segbench compare reports/mine:tiny reports/mine-replay",
    )
    .action(
      act(async (prompts: string, flags: ReplayOptions & RunFlags) => {
        const { json = false, fresh = false, ...options } = flags;
        return terminal.supervised(async (attempts) => {
          const { replay: replayStep } = await import("../run/replay.ts");
          const { printRun } = await import("./results.ts");
          const result = await step((context) =>
            replayStep(prompts, { ...options, fresh, attempts }, context),
          );
          return printRun(result, { json, pages: true }, terminal);
        });
      }),
    );

  const score = root
    .command("score <benchmark> <predictions>")
    .description(
      "score masks made elsewhere: a folder of PNGs, COCO RLE in JSON, COCO results, or a run; of clips, a tracker's PNGs; no model is opened",
    )
    .option("--model <name>", "name of the model in the rows")
    .option(
      "--protocol <id>",
      "the prompts they answer (default: from the file, else external@1; of clips external-vos@1)",
    )
    .option(
      "--match <rule>",
      "COCO results name no targets; coco: AR and AP of all of them, without categories; best: each target takes the best-scored detection with IoU >= 0.5, or counts as 0",
    )
    .option(
      "--prompts <record>",
      "the recorded prompts they answer: a run, RUN:MODEL or a file of export prompts",
    )
    .option("--from <model>", "take this model's masks from a file that holds several")
    .option("--seed <text>", "seed of the prompts, where they were drawn")
    .option("--metrics <names>", "metrics, by name (see list metrics)", list)
    .option("--root <dir>", "root folder of the benchmark")
    .option("--data <dir>", "folder of the benchmarks' data")
    .option("--limit <n>", "the first n images, like a run with this limit", count)
    .option("--out <dir>", "run folder (default: reports/score-MODEL-BENCHMARK)");
  withRemarks(withSaveMasks(withMaxFailures(score)))
    .option("--fresh", "replace what the run folder holds")
    .option("--json", "print where the results are as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  segbench score trashcan datasets/samples/trashcan-results.json --match best --data datasets/samples --out reports/detections\n  segbench score davis2017-val datasets/samples/davis2017/Annotations/480p --protocol vos-mask@1 --data datasets/samples --out reports/tracker\n\nPattern:\n  segbench score BENCHMARK PREDICTIONS --model NAME --protocol box@1 --data FOLDER --out DIR\n\nThe formats: docs/external-predictions.md",
    )
    .action(
      act(async (benchmark: string, predictions: string, flags: ScoreOptions & RunFlags) => {
        const { json = false, fresh = false, ...options } = flags;
        const { score: scoreStep } = await import("../run/score/score.ts");
        const { printRun } = await import("./results.ts");
        const result = await step((context) =>
          scoreStep(benchmark, predictions, { ...options, fresh }, context),
        );
        return printRun(result, { json, pages: true }, terminal);
      }),
    );
}
