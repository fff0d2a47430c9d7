// The verbs that compare models: compare, baseline, parity.

import { plural } from "../core/words.ts";
import type { CompareOptions } from "../run/compare/compare.ts";
import type { ParityOptions } from "../run/parity/parity.ts";
import { exitCodes } from "./exit.ts";
import { count, list, setting, type Verbs, withRemarks, withRuntime } from "./options.ts";
import { say } from "./terminal.ts";

/** Adds them to the program. */
export function addCompareVerbs({ root, terminal, act, step }: Verbs): void {
  root
    .command("compare <base> [candidate...]")
    .description(
      "paired differences of models on the same targets; each is a run folder, RUN:MODEL or a baseline",
    )
    .option("--base <name>", "model of the run that the others are compared with (default: the first)")
    .option("--gate <file>", "limits to keep; exit code 100 when one is broken, 101 when one is undecided")
    .option("--metrics <names>", "metrics to compare too (see list metrics)", list)
    .option("--out <dir>", "folder of the reports (default: reports/compare-A-vs-B)")
    .option("--data <dir>", "folder of the benchmarks' data, for pictures of what changed most")
    .option("--force", "compare runs that are not comparable, and say so in the report")
    .option("--json", "print the comparison as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  segbench compare reports/mine --gate configs/gates/smoke.yaml\n\nPattern:\n  segbench compare BASE CANDIDATE --gate configs/gates/export.yaml\n  segbench compare RUN --base MODEL",
    )
    .action(
      act(async (base: string, candidates: string[], flags: CompareOptions & { readonly json?: boolean }) => {
        const { json = false, ...options } = flags;
        const { compare } = await import("../run/compare/compare.ts");
        const { printComparison } = await import("./verdicts.ts");
        const compared = await step((context) => compare([base, ...candidates], options, context));
        return printComparison(compared, json, terminal);
      }),
    );

  root
    .command("baseline <run>")
    .description("one model of a finished run as a small file that compare takes in place of BASE")
    .requiredOption("--out <file>", "file to write, e.g. baselines/tiny.jsonl.gz")
    .addHelpText("after", "\nExample:\n  segbench baseline reports/mine:tiny --out baselines/tiny.jsonl.gz")
    .action(
      act(async (run: string, { out }: { out: string }) => {
        const { baseline } = await import("../run/compare/sides.ts");
        const { shownPath } = await import("../run/context.ts");
        const { file, model, targets, noun } = await step((context) => baseline(run, out, context));
        terminal.stdout.write(`${shownPath(file, terminal)}: ${plural(targets, noun)} of ${model}\n`);
        return exitCodes.fine;
      }),
    );

  withRemarks(
    withRuntime(
      root
        .command("parity <reference> <candidate>")
        .description(
          "the same prompts through two exports: what differs, which stage causes it, and the usual mistakes by name",
        )
        .option(
          "--config <file>",
          "run file with the benchmarks and protocols (default: configs/export-gate.yaml; of models of clips configs/export-gate-clips.yaml; everything mode has configs/export-gate-everything.yaml)",
        )
        .option(
          "--gate <file>",
          "limits to keep (default: configs/gates/parity.yaml, of models of clips configs/gates/parity-clips.yaml, of all masks of images configs/gates/parity-everything.yaml); exit code 100 when one is broken, 101 when one is undecided",
        )
        .option("--benchmarks <names>", "benchmark cards, by name or path", list)
        .option("--protocols <ids>", "protocol ids", list)
        .option(
          "--generator <setting=value>",
          "of protocols that make all masks, a setting in place of theirs on both sides, such as pointsPerSide=16; again for another one: see docs/masks.md",
          setting,
        )
        .option("--limit <n>", "images or clips per benchmark", count)
        .option("--batch <n>", "prompts per decoder call", count),
    ),
  )
    .option("--seed <text>", "seed of every draw")
    .option("--data <dir>", "folder of the benchmarks' data")
    .option("--out <dir>", "folder to write (default: reports/parity-REFERENCE-vs-CANDIDATE)")
    .option("--json", "print the summary as JSON")
    .addHelpText(
      "after",
      `
Models are cards by name or path, folders, or ENCODER.onnx,DECODER.onnx; the candidate's files are used as the reference says.
Of models of clips, stages are encoder, decoder, pointers, memory encoder and memory attention, and what is done between them.

Example:
  segbench parity tiny models/tiny --benchmarks doors --limit 1`,
    )
    .action(
      act(
        async (reference: string, candidate: string, flags: ParityOptions & { readonly json?: boolean }) => {
          const { json = false, ...options } = flags;
          const { parity } = await import("../run/parity/parity.ts");
          const result = await step((context) => parity({ reference, candidate }, options, context), {
            words: "stopping; press Ctrl-C again to stop at once",
          });
          if (result === undefined) {
            say(terminal, "stopped before the end: there is no verdict");
            return terminal.stopCode();
          }
          const { printParity } = await import("./verdicts.ts");
          return printParity(result, json, terminal);
        },
      ),
    );
}
