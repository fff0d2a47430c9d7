// The verbs that make run folders and their reports: run, report, merge.
import type { RunRequest } from "../config/index.ts";
import type { Remarks } from "../run/history.ts";
import type { RunOptions } from "../run/run.ts";
import { exitCodes } from "./exit.ts";
import {
  count,
  counts,
  duration,
  list,
  repeated,
  repeatedLine,
  setting,
  shard,
  type Verbs,
  withMaxFailures,
  withRemarks,
  withRuntime,
  withSaveMasks,
  wrongUsage,
} from "./options.ts";
import { type QueueWords, withQueue } from "./queue-verbs.ts";
import { say } from "./terminal.ts";

interface RunFlags extends RunRequest, RunOptions, QueueWords {
  readonly writeRun?: string;
  readonly pages: boolean;
  readonly json?: boolean;
}

interface MergeFlags extends Remarks {
  readonly out?: string;
  readonly status?: boolean;
  readonly takeOver?: boolean;
}

/** Words with which the quickstart goes on to clips and phrases: those that are not about what it runs. */
const goOn: readonly string[] = ["workers", "threads", "fresh", "maxFailures", "durable", "tag", "note"];

/** Adds them to the program. */
export function addRunVerbs({ root, terminal, act, step }: Verbs): void {
  const run = withMaxFailures(
    withRuntime(
      root
        .command("run [file]")
        .description("evaluate; without FILE the quickstart. The same command continues where it stopped")
        .option("--out <dir>", "run folder (default: reports/NAME)")
        .option(
          "--model <path>",
          "a model: a folder, ENCODER.onnx,DECODER.onnx, a card or a name; again for another one",
          repeated,
        )
        .option("--models <names>", "model cards, by name or path", list)
        .option("--images <path>", "your own images: a folder or a pattern such as 'photos/*.jpg'")
        .option(
          "--video <path>",
          "or your own clips, with --masks: a folder of frames, or a folder of such folders",
        )
        .option("--masks <path>", "their masks: a folder or a pattern; pictures of masks, or label maps")
        .option("--annotations <path>", "or their annotations: a file or a folder; COCO, YOLO, LabelMe, ...")
        .option(
          "--phrases <list>",
          'ask phrases of your own images: "red circle,dog", or @FILE with one on each line; again for others; without --annotations the answers are written, not scored',
          repeatedLine,
        )
        .option("--format <name>", "their format, where several fit: see list formats")
        .option("--benchmarks <names>", "benchmark cards, by name or path", list)
        .option(
          "--points <n,...>",
          "numbers of clicks to report; clicks end with the last (without --protocols: sam1-d1@1)",
          counts,
        )
        .option("--box", "a box for each target too (box@1)")
        .option(
          "--protocols <ids>",
          "protocol ids (default: those of the file; without a file sam1-d1@1,box@1; of clips vos-mask@1)",
          list,
        )
        .option(
          "--generator <setting=value>",
          "of protocols that make all masks, a setting in place of theirs, such as pointsPerSide=16; again for another one: see docs/masks.md",
          setting,
        )
        .option("--metrics <names>", "metrics, by name; see list metrics (default: those of the file)", list)
        .option("--limit <n>", "images (or clips) per benchmark", count)
        .option(
          "--ids <file>",
          "only these: lines `benchmark sample [target]`; of a single benchmark its name may be left out",
        )
        .option("--available", "run the benchmarks that are on disk, and say which are not")
        .option(
          "--shard <i/n>",
          "do part i (from 0) of n, by image; auto/n: the part that a job array of SLURM, Kubernetes or AWS Batch says",
          (text) => shard(text, terminal.env),
        )
        .option("--batch <n>", "prompts per decoder call", count)
        .option("--workers <n>", "model workers (results do not depend on it)", count),
    ),
    "the file's, else 5% or 2, whichever is more",
  )
    .option("--seed <text>", "seed of every draw")
    .option("--data <dir>", "folder of the benchmarks' data")
    .option("--cache <dir>", "keep image embeddings in this folder, and use those already there")
    .option("--cache-size <size>", "size limit of the cache (default 10GB); the least recently used go first")
    .option("--cache-precision <type>", "float32, or float16: half the size, changes results slightly")
    .option("--profile", "write onnxruntime's trace of encoder and decoder into the run folder")
    .option("--no-pages", "write only summary.json of the report; `segbench report` writes the rest")
    .option(
      "--stop-after <duration>",
      "begin no image after so long (90s, 10m, 3h30m) and end with exit code 75: the same command continues",
      duration,
    )
    .option("--durable", "wait for the disk after every image (default on network file systems)")
    .option("--no-durable", "do not wait for it")
    .option("--fresh", "replace what the run folder holds")
    .option("--take-over", "take the run folder from the process that holds it, which then stops")
    .option(
      "--write-run <file>",
      "evaluate nothing: write a run file, and cards for files without one, that give the very same run",
    )
    .option("--json", "print where the results are as JSON");
  withSaveMasks(withRemarks(withQueue(run))).addHelpText(
    "after",
    "\nExample:\n  segbench run --models tiny --benchmarks doors --limit 1 --out reports/try\n\nPattern:\n  segbench run --images FOLDER --masks FOLDER --model FOLDER\n  segbench run --images FOLDER --annotations FILE --model ENCODER.onnx,DECODER.onnx\n  segbench run --video FRAMES --masks FOLDER --model FOLDER\n  segbench run --images FOLDER --phrases 'red car,dog' --model FOLDER",
  );
  /** Options that go with phrases which nothing is known of. */
  const alone = ["images", "model", "phrases", "out", "limit", "batch", "workers", "threads", "provider"];
  const also = ["optimisation", "allowCpuFallback", "fresh", "json"];
  /** Without annotations there is nothing to score: what the model says is written. */
  const answer = async ({ images, model, phrases, json = false, ...flags }: RunFlags) => {
    const said = Object.keys(flags).filter((key) => run.getOptionValueSource(key) === "cli");
    const other = said.find((key) => ![...alone, ...also].includes(key));
    if (other !== undefined || images === undefined || model?.length !== 1)
      throw wrongUsage(
        other === undefined
          ? "--phrases needs --images PATH and one --model; with --annotations FILE the answers are scored"
          : `--phrases without --annotations scores nothing: it does not go with --${other.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`)}`,
      );
    const { masks } = await import("../run/masks/masks.ts");
    const { printMasks } = await import("./masks-verb.ts");
    const { out, limit, batch, workers, threads, provider, optimisation, allowCpuFallback, fresh } = flags;
    const running = { batch, workers, threads, provider, optimisation, allowCpuFallback };
    const options = { model: model[0]!, phrases, out, limit, fresh, ...running };
    return printMasks(await step((context) => masks([images], options, context)), json, terminal);
  };
  run.action(
    act(async (file: string | undefined, flags: RunFlags) => {
      const {
        json = false,
        saveMasks,
        pages,
        takeOver = false,
        queue,
        parts,
        block,
        failStuck,
        mixed,
        writeRun,
        class: of,
        ...rest
      } = flags;
      if (rest.phrases !== undefined && rest.annotations === undefined) return answer(flags);
      const noMasks = run.getOptionValueSource("saveMasks") === "cli" ? { saveMasks } : {};
      if (writeRun !== undefined) {
        const { writeRun: writeRunFile } = await import("../run/write-run.ts");
        const request = { ...rest, ...noMasks, file: file ?? null };
        const { printWrittenRun } = await import("./results.ts");
        const written = await writeRunFile(writeRun, request, terminal);
        return printWrittenRun(written, { json }, terminal);
      }
      if (queue !== undefined) {
        const { runOnQueue } = await import("./on-queue.ts");
        const request = { ...rest, ...noMasks, file: file ?? null, pages, takeOver };
        const url = queue === true ? undefined : queue;
        return runOnQueue(
          request,
          { url, parts, block, failStuck, mixed, class: of },
          { json, pages },
          { terminal, step },
        );
      }
      return terminal.supervised(async (attempts) => {
        const { run: runStep } = await import("../run/run.ts");
        const { printRun } = await import("./results.ts");
        const request = { ...rest, ...noMasks, file: file ?? null, pages, takeOver, attempts };
        const result = await step((context) => runStep(request, context));
        let code = printRun(result, { json, pages }, terminal);
        const { models, model, benchmarks, ids, images, video } = flags;
        const subjects = [file, models, model, benchmarks, ids, images, video];
        if (subjects.some((one) => one !== undefined) || json || code !== exitCodes.fine) return code;
        const { quickstartRest } = await import("../config/index.ts");
        const said = Object.keys(rest).filter((key) => run.getOptionValueSource(key) === "cli");
        for (const file of said.every((key) => goOn.includes(key)) ? quickstartRest(terminal.cwd) : []) {
          if (code !== exitCodes.fine) break;
          terminal.stdout.write("\n");
          const next = await step((context) => runStep({ ...request, file }, context));
          code = printRun(next, { json, pages }, terminal);
        }
        if (code === exitCodes.fine) say(terminal, "next, a real model: segbench pull mobile-sam-npm");
        return code;
      });
    }),
  );

  root
    .command("report <run...>")
    .description(
      "write the reports of finished or unfinished runs again, from their rows; no model is opened",
    )
    .option("--json", "print the summary as JSON")
    .option("--rows", "write rows.csv and rows.parquet even where they have millions of lines")
    .addHelpText("after", "\nExample:\n  segbench report reports/mine")
    .action(
      act(async (runs: string[], { json = false, rows = false }: { json?: boolean; rows?: boolean }) => {
        const { report } = await import("../run/report/reports.ts");
        const { printReport } = await import("./results.ts");
        for (const run of runs) {
          const reported = await step((context) => report(run, { rows }, context));
          if (json) terminal.stdout.write(`${JSON.stringify(reported.summary)}\n`);
          else printReport(reported, terminal);
        }
        return exitCodes.fine;
      }),
    );

  withRemarks(
    root
      .command("merge <run...>")
      .description(
        "merge the shards of one run into one run folder; refuses overlaps, gaps and differing plans; opens no model, reads no data",
      )
      .option("--out <dir>", "run folder to write")
      .option(
        "--status",
        "write nothing: which shards are whole, unfinished or missing, and which to start again",
      )
      .option("--take-over", "take the run folder from the process that holds it, which then stops"),
  )
    .addHelpText(
      "after",
      "\nPattern:\n  segbench merge RUNS/shard-* --out RUN\n  segbench merge RUNS/shard-* --status",
    )
    .action(
      act(async (runs: string[], { out, status = false, ...options }: MergeFlags) => {
        const { merge, shardStatus } = await import("../run/report/reports.ts");
        const { printMerged, printShards } = await import("./results.ts");
        if (status) return printShards(await shardStatus(runs, terminal), terminal);
        if (out === undefined) throw wrongUsage("merge needs --out DIR (or --status, which writes nothing)");
        const merged = await step((context) => merge(runs, out, context, options));
        printMerged(merged, runs.length, terminal);
        return exitCodes.fine;
      }),
    );
}
