// Runs are of images or of clips: benchmarks, protocols and models have to go together.

import { complain } from "../core/errors.ts";
import type { Kind } from "../core/plan.ts";
import type { SampleRef } from "../core/types.ts";
import type { Task } from "../eval/index.ts";
import type { Preparation } from "./plugins.ts";
import type { BenchmarkPlan, PreparedBenchmark } from "./prepare-benchmarks.ts";
import type { ModelPlan } from "./prepare-models.ts";
import type { RunSource } from "./request.ts";

/** The images of a benchmark; throws for one of clips, naming who asks: "parity". */
export function imagesOf({ name, kind, refs }: PreparedBenchmark, who: string): readonly SampleRef[] {
  if (kind === "image") return refs as readonly SampleRef[];
  throw complain({
    where: name,
    what: `${who} takes images`,
    expected: "a benchmark of images",
    got: kind === "concept" ? "one of phrases" : `one of ${kind}s`,
  });
}

/** Clips where all benchmarks are of clips. */
export function kindAmong(benchmarks: readonly BenchmarkPlan[]): Kind {
  return benchmarks.length > 0 && benchmarks.every(({ ready }) => ready.kind === "clip") ? "clip" : "image";
}

/** A task evaluates samples of one kind, with models that take them. */
export function checkKinds(
  run: RunSource,
  task: Task,
  {
    models,
    benchmarks,
  }: { readonly models: readonly ModelPlan[]; readonly benchmarks: readonly BenchmarkPlan[] },
  { problems, registries: { families, tasks } }: Preparation,
): void {
  const asked = benchmarks.find(({ ready }) => ready.kind === "concept");
  if (asked !== undefined) {
    problems.push({
      where: run.place(["benchmarks"]),
      what: `${asked.ready.name} is of phrases, which no family of models answers`,
      expected: `benchmarks of images or clips; answers made elsewhere are scored by segbench score ${asked.ready.name} FILE`,
    });
    return;
  }
  const named = (kind: Kind) => benchmarks.flatMap(({ ready }) => (ready.kind === kind ? [ready.name] : []));
  const [images, clips] = [named("image"), named("clip")];
  if (images.length > 0 && clips.length > 0) {
    const got = `of images ${images.join(", ")}; of clips ${clips.join(", ")}`;
    const what = "are of images and of clips";
    problems.push({ where: run.place(["benchmarks"]), what, expected: "a run for each", got });
    return;
  }
  if (task.kind === "concept" || benchmarks.length === 0) return;
  const kind = clips.length > 0 ? "clip" : "image";
  if (kind !== task.kind) {
    const usual = Object.values(tasks).find((one) => one.kind === kind);
    problems.push({
      where: run.place(["protocols"]),
      what: `are of ${task.kind}s, and the benchmarks of ${kind}s`,
      expected: Object.keys(usual?.protocols ?? {}).join(", "),
    });
    return;
  }
  for (const { ready } of models) {
    const takes = families[ready.card.family]?.kind ?? "image";
    if (takes === kind) continue;
    const others = Object.entries(families).flatMap(([name, one]) =>
      (one.kind ?? "image") === kind ? [name] : [],
    );
    problems.push({
      code: "model",
      where: `model ${ready.name}`,
      what: `is a model of ${takes}s, which does not take ${kind}s`,
      expected: `a model of a family of ${kind}s (${others.join(", ")}), such as ${kind === "clip" ? "tiny-video" : "tiny"}`,
      got: ready.card.family,
    });
  }
}
