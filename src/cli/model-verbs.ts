// The verbs that look at files and measure: inspect, tune.
import { Option } from "commander";
import type { OwnData } from "../config/index.ts";
import { complain } from "../core/errors.ts";
import type { InspectOptions } from "../run/inspect/inspect.ts";
import type { TuneOptions } from "../run/tune.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { count, type Verbs, withProvider } from "./options.ts";
import { failed, say, type Terminal } from "./terminal.ts";

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
        const { print, screenOf } = await import("./screen.ts");
        const tuning = await step((context) => tune(model, options, context));
        if (json) terminal.stdout.write(`${JSON.stringify(tuning, undefined, 2)}\n`);
        else print(tuneText(tuning, screenOf(terminal)).trimEnd(), terminal);
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
    .command("inspect [path...]")
    .description(
      "what files are: of ONNX files names, shapes, types and contract; of images, masks and annotations the format, with counts and categories; of clips how they lie; of masks of everything what must hold for them",
    )
    .addOption(new Option("--provider <name>", "execution provider").default("cpu"))
    .option(
      "--write-card <file>",
      "write a card for these files; its stem is the model's or the benchmark's name",
    )
    .option("--family <name>", "the model card's family, where several fit")
    .option(
      "--all-masks <file>",
      "write the decoder without the selection of masks in its graph: all candidates as outputs, checked on three prompts",
    )
    .option("--images <path>", "data: which of them are the images")
    .option("--video <path>", "data: which are the frames of clips")
    .option("--masks <path>", "data: which are the masks")
    .option("--annotations <path>", "data: which are the annotations")
    .option("--format <name>", "data: the format, where several fit: see list formats")
    .option(
      "--full",
      "masks of everything (of `segbench masks`, or SA-1B): check every image, not 16 of them",
    )
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  segbench inspect models/tiny/encoder.onnx models/tiny/decoder.onnx\n\nPattern:\n  segbench inspect IMAGES MASKS --write-card datasets/NAME.yaml\n  segbench inspect DECODER --all-masks OUT",
    )
    .action(
      act(async (paths: string[], { json = false, ...options }: InspectOptions & OwnData & Json) => {
        const { onnxFiles } = await import("../run/inspect/data.ts");
        const found = await Promise.all(paths.map((path) => onnxFiles(path, terminal)));
        const models = found.filter((files) => files.length > 0);
        if (models.length === 0 && options.allMasks !== undefined)
          throw complain("segbench inspect --all-masks", "there is no decoder", {
            expected: "an ONNX file, or a folder with one",
            got: paths.join(" ") || "nothing",
          });
        if (models.length === 0) return inspectFiles(paths, options, json, terminal);
        if (models.length < paths.length)
          throw complain("segbench inspect", "ONNX files and data are looked at one after the other", {
            expected: "either",
            got: paths.join(" "),
          });
        const { inspect } = await import("../run/inspect/inspect.ts");
        const { allMasksText, inspectedText } = await import("./model-text.ts");
        const { print } = await import("./screen.ts");
        const {
          files,
          problems,
          remarks = [],
          card,
          allMasks,
        } = await inspect(found.flat(), options, terminal);
        if (json)
          terminal.stdout.write(`${JSON.stringify({ files, problems, remarks, allMasks }, undefined, 2)}\n`);
        else for (const file of files) print(inspectedText(file, allMasks !== undefined), terminal);
        if (!json && card === undefined) for (const remark of remarks) print(remark, terminal);
        if (!json && allMasks !== undefined) print(allMasksText(allMasks), terminal);
        if (card !== undefined)
          say(
            terminal,
            `card: ${options.writeCard}; next: segbench run --model ${cardPath(options.writeCard!)} ${files.length > 2 ? "--video FRAMES/" : "--images PHOTOS/"} --masks MASKS/`,
          );
        for (const problem of problems) failed(terminal, problem);
        return problems.length === 0 ? exitCodes.fine : exitCodes.error;
      }),
    );
}

/** `inspect` of data. */
async function inspectFiles(
  paths: readonly string[],
  options: InspectOptions & OwnData,
  json: boolean,
  terminal: Terminal,
): Promise<ExitCode> {
  const { inspectData } = await import("../run/inspect/data.ts");
  const { clipsText, recognisedText } = await import("./recognised-text.ts");
  const { print } = await import("./screen.ts");
  const { recognised, clips, quality, card, problem } = await inspectData(paths, options, terminal);
  const found = { ...recognised, clips, quality };
  if (json) terminal.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  else {
    for (const layout of clips) print(clipsText(layout, terminal), terminal);
    if (recognised !== undefined && (recognised.readings.length > 0 || clips.length === 0))
      print(recognisedText(recognised, terminal), terminal);
    if (quality !== undefined) {
      const { qualityText } = await import("./quality-text.ts");
      const { screenOf } = await import("./screen.ts");
      print(qualityText(quality, screenOf(terminal)), terminal);
    }
  }
  if (card !== undefined)
    say(
      terminal,
      `card: ${options.writeCard}; next: segbench run --benchmarks ${cardPath(options.writeCard!)} --model FOLDER`,
    );
  if (problem !== undefined) failed(terminal, problem);
  return problem === undefined ? exitCodes.fine : exitCodes.error;
}

/** As a card is named by its path. */
function cardPath(file: string): string {
  return file.includes("/") || /\.ya?ml$/.test(file) ? file : `./${file}`;
}
