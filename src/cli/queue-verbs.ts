// The verbs of runs on many machines: work, queue. `run --queue` is among those of runs.
import type { Command } from "commander";
import type { QueueFlags, WorkFlags } from "./on-queue.ts";
import { count, duration, list, type Verbs } from "./options.ts";

const broker = "redis://HOST:PORT, or a file that holds the URL (default: SEGBENCH_QUEUE)";

/** What `run` is told of a queue. */
export interface QueueWords {
  /** true: the one that the environment names. */
  readonly queue?: string | true;
  readonly parts?: string;
  readonly block?: number;
  readonly failStuck?: boolean;
  readonly mixed?: boolean;
  readonly class?: string;
}

/** Adds what makes a run one of many machines. */
export function withQueue(command: Command): Command {
  return command
    .option("--queue [url]", `have it evaluated by workers (segbench work): ${broker}`)
    .option("--parts <dir>", "with --queue: a folder that all machines see, for what workers deliver")
    .option("--block <n>", "with --queue: images that a worker takes at a time (default 8)", count)
    .option("--mixed", "with --queue: machines may take part that round in different ways")
    .option("--class <name>", "with --queue: only for machines that work with the same --class")
    .option("--fail-stuck", "with --queue: images that no worker can evaluate count as failed");
}

/** Adds them to the program. */
export function addQueueVerbs({ root, terminal, act, step }: Verbs): void {
  root
    .command("work [file]")
    .description(
      "take part in runs that `run --queue` plans, with this machine's models and data; without FILE the run comes by the names of its cards",
    )
    .option("--queue <url>", broker)
    .option("--data <dir>", "folder of the benchmarks' data")
    .option("--workers <n>", "model workers of this machine", count)
    .option("--parts <dir>", "the folder that the run has for parts, as this machine sees it")
    .option("--class <name>", "only runs of this --class")
    .option("--models <names>", "only runs of these models", list)
    .option("--provider <name>", "only runs of this provider")
    .option("--cache <dir>", "keep image embeddings in this folder, and use those already there")
    .option("--until-done", "end when no run is left; otherwise the next one is waited for")
    .option("--grace <duration>", "time for what is under way when asked to stop (default 20s)", duration)
    .addHelpText("after", "\nPattern:\n  segbench work --queue redis://HOST:6379 --until-done")
    .action(
      act(async (file: string | undefined, flags: WorkFlags) => {
        const { computes, compute } = await import("./work-process.ts");
        if (computes(terminal)) return compute(terminal);
        const { workOnQueue } = await import("./on-queue.ts");
        return workOnQueue(file, flags, { terminal, step });
      }),
    );

  root
    .command("queue [url] [run]")
    .description("what there is in a queue: its runs, how far they are, and who works on them")
    .option("--json", "print it as JSON")
    .option("--metrics", "print it as Prometheus reads it")
    .option("--retry", "blocks that failed wait again")
    .option("--remove", "take the run out of the queue; its run folder stays")
    .addHelpText(
      "after",
      "\nPattern:\n  segbench queue redis://HOST:6379\n  segbench queue redis://HOST:6379 NAME --retry",
    )
    .action(
      act(async (url: string | undefined, run: string | undefined, flags: QueueFlags) => {
        const { lookAtQueue } = await import("./on-queue.ts");
        const words = [url, run].filter((word): word is string => word !== undefined);
        return lookAtQueue(words, flags, { terminal });
      }),
    );
}
