// The verbs that look at what there is and fetch it: validate, list, init, pull, inspect.
import { Argument, type Command, Option } from "commander";
import type { ExitCode } from "./exit.ts";

/** What `list` lists. */
const listed = ["benchmarks", "models", "families", "protocols", "metrics", "formats"] as const;
export type Listed = (typeof listed)[number];

interface ValidateFlags {
  data?: string;
  full?: boolean;
  model?: string;
  samples?: boolean;
  json?: boolean;
}

interface InspectFlags {
  provider: string;
  writeCard?: string;
  family?: string;
  json?: boolean;
}

/** Adds them to the program; `done` takes the exit code. */
export function addDataVerbs(root: Command, done: (code: ExitCode) => void): void {
  root
    .command("validate [name...]")
    .description(
      "data set cards against what is on disk: found and expected images and masks, first problems",
    )
    .option("--data <dir>", "folder of the data sets")
    .option("--full", "decode every image and mask, not a few")
    .option("--model <name>", "time a few targets with this model: how long a run takes")
    .option("--samples", "the bundled miniatures against the exact counts of their cards")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExample:\n  segbench validate bbbc038v1 --data ~/data --full")
    .action(async (names: string[], flags: ValidateFlags) => {
      const { validateVerb } = await import("../run/validate.ts");
      done(await validateVerb(names, flags));
    });

  root
    .command("list")
    .description("what there is")
    .addArgument(new Argument("<what>").choices(listed))
    .option("--data <dir>", "folder of the data sets (benchmarks: what is there)")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExample:\n  segbench list benchmarks --data ~/data")
    .action(async (what: Listed, flags: { data?: string; json?: boolean }) => {
      const { listVerb } = await import("./list.ts");
      done(await listVerb(what, flags));
    });

  root
    .command("init")
    .description("the folder skeleton of the data sets: what goes where, and from where")
    .argument("<what>", "data")
    .option("--data <dir>", "folder of the data sets")
    .addHelpText("after", "\nExample:\n  segbench init data --data ~/data")
    .action(async (what: string, flags: { data?: string }) => {
      const { initVerb } = await import("../run/init-data.ts");
      done(await initVerb(what, flags));
    });

  root
    .command("pull <name...>")
    .description(
      "fetch data sets and models that anybody may fetch; resumable, verified, behind proxies. A name of both: model:NAME",
    )
    .option("--data <dir>", "folder of the data sets")
    .option("--yes", "agree to the licences shown")
    .option("--keep", "keep archives once they are unpacked")
    .addHelpText("after", "\nExample:\n  segbench pull bbbc038v1 slimsam-77 --data ~/data --yes")
    .action(async (names: string[], flags: { data?: string; yes?: boolean; keep?: boolean }) => {
      const { pullVerb } = await import("../run/pull.ts");
      done(await pullVerb(names, flags));
    });

  root
    .command("inspect <model.onnx...>")
    .description("names, shapes and types of ONNX files, and which contract they speak")
    .addOption(new Option("--provider <name>", "execution provider").default("cpu"))
    .option("--write-card <file>", "write a model card for these files; its stem is the model's name")
    .option("--family <name>", "the card's family, where several fit")
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  segbench inspect models/tiny/encoder.onnx models/tiny/decoder.onnx --write-card configs/models/mine.yaml",
    )
    .action(async (files: string[], flags: InspectFlags) => {
      const { inspectVerb } = await import("../run/inspect.ts");
      done(await inspectVerb(files, flags));
    });
}
