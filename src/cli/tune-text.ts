import { textTable } from "../report/table.ts";
import type { Tuning } from "../run/tune.ts";
import { bestBatch, estimatedRate } from "../run/tune-measure.ts";

/** What `tune` prints: what was measured, the fastest setting, and the lines for the run file. */
export function tuneText({ model, provider, cores, prompts, alone, together, best, cut }: Tuning): string {
  const batches = alone[0]?.decode.map(({ batch }) => batch) ?? [];
  const right = (title: string) => ({ title, align: "right" as const });
  const single = {
    columns: [
      right("threads"),
      right("encode ms"),
      ...batches.map((batch) => right(`decode ms, batch ${batch}`)),
      right("best batch"),
      right("images/s"),
    ],
    rows: alone.map((times) => [
      String(times.threads),
      times.encode.toFixed(1),
      ...batches.map(
        (batch) => times.decode.find((entry) => entry.batch === batch)?.perPrompt.toFixed(2) ?? "-",
      ),
      String(bestBatch(times)),
      estimatedRate(times, prompts).toFixed(2),
    ]),
  };
  const several = {
    columns: [
      right("workers"),
      right("threads"),
      right("batch"),
      right("images/s"),
      { title: "", align: "left" as const },
    ],
    rows: together.map((setting) => [
      ...[setting.workers, setting.threads, setting.batch].map(String),
      setting.imagesPerSecond.toFixed(2),
      setting === best ? "<- fastest" : "",
    ]),
  };
  return [
    `${model} on ${provider}, ${cores} cores; an image is taken to get ${prompts} prompts`,
    "",
    "one worker alone (decode: milliseconds per prompt)",
    ...textTable(single, 200),
    "",
    "workers together, without scoring, which one thread does beside them",
    ...textTable(several, 200),
    ...(cut ? ["", "there was no time for everything: --seconds gives more"] : []),
    ...(best === undefined
      ? []
      : [
          "",
          "for the run file (threads and batch are part of a run's identity, since they can change last bits):",
          `threads: ${best.threads}`,
          `batch: ${best.batch}`,
          `workers: ${best.workers}`,
        ]),
    "",
  ].join("\n");
}
