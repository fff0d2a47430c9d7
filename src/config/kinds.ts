// Runs are of images, of clips or of phrases: benchmarks, protocols and models have to go together.

import { complain, type Problem } from "../core/errors.ts";
import { groupBy } from "../core/group-by.ts";
import type { Kind } from "../core/plan.ts";
import type { SampleRef } from "../core/types.ts";
import { inWords } from "../core/words.ts";
import type { Task } from "../eval/index.ts";
import type { Preparation } from "./plugins.ts";
import type { BenchmarkPlan, PreparedBenchmark } from "./prepare-benchmarks.ts";
import type { ModelPlan, PreparedModel } from "./prepare-models.ts";
import type { RunSource } from "./request.ts";

/** The images of a benchmark; throws for one of clips, naming who asks: "parity". */
export function imagesOf({ name, kind, refs }: PreparedBenchmark, who: string): readonly SampleRef[] {
  if (kind === "image") return refs as readonly SampleRef[];
  throw complain(name, `${who} takes images`, {
    expected: "a benchmark of images",
    got: `one of ${samples[kind]}`,
  });
}

/** What all benchmarks are of; images where they differ, which is said later. */
export function kindAmong(benchmarks: readonly BenchmarkPlan[]): Kind {
  const [first, ...others] = new Set(benchmarks.map(({ ready }) => ready.kind));
  return first === undefined || others.length > 0 ? "image" : first;
}

/** What the samples of a kind are called beside the others. */
const samples: Readonly<Record<Kind, string>> = { image: "images", clip: "clips", concept: "phrases" };

/** A model of each kind that comes with the package. */
const bundled: Readonly<Record<Kind, string>> = {
  image: "tiny",
  clip: "tiny-video",
  concept: "tiny-concept",
};

/** How phrases of a caller's own annotations are asked. */
const asked =
  "`protocols` concept@1, which asks the phrases of annotations, or all names of categories; or `phrases`";

/** A task evaluates samples of one kind, with models that take them. */
export function checkKinds(
  run: RunSource,
  task: Task,
  {
    models,
    benchmarks,
  }: { readonly models: readonly ModelPlan[]; readonly benchmarks: readonly BenchmarkPlan[] },
  { problems, made, registries: { families, tasks } }: Preparation,
): void {
  const kinds = groupBy(benchmarks, ({ ready }) => ready.kind) as ReadonlyMap<Kind, readonly BenchmarkPlan[]>;
  const [kind, ...others] = kinds.keys();
  if (kind === undefined) return;
  if (others.length > 0) {
    const named = [...kinds].map(
      ([one, own]) => `of ${samples[one]} ${own.map(({ ready }) => ready.name).join(", ")}`,
    );
    problems.push({
      where: run.place(["benchmarks"]),
      what: `are ${inWords([...kinds.keys()].map((one) => `of ${samples[one]}`))}`,
      expected: "a run for each",
      got: named.join("; "),
    });
    return;
  }
  if (kind !== task.kind) {
    const usual = Object.values(tasks).find((one) => one.kind === kind);
    problems.push({
      where: run.place(["protocols"]),
      what: `are of ${samples[task.kind]}, and the benchmarks of ${samples[kind]}`,
      expected: Object.keys(usual?.protocols ?? {}).join(", "),
    });
    return;
  }
  // A caller's own annotations are of images until their phrases are asked for.
  const isOwn = kind === "image" && benchmarks.some(({ ready }) => made?.get(ready.name) !== undefined);
  for (const { ready } of models)
    problems.push(
      ...otherKind(ready, kind, families).map((problem) =>
        isOwn && families[ready.card.family]?.kind === "concept" ? { ...problem, expected: asked } : problem,
      ),
    );
}

/** What is wrong with a model where samples of a kind are to be evaluated. */
export function otherKind(
  { name, card }: PreparedModel,
  kind: Kind,
  families: Preparation["registries"]["families"],
): readonly Problem[] {
  const takes = families[card.family]?.kind ?? "image";
  if (takes === kind) return [];
  const known = Object.entries(families).flatMap(([own, one]) =>
    (one.kind ?? "image") === kind ? [own] : [],
  );
  return [
    {
      code: "model",
      where: `model ${name}`,
      what: `is a model of ${samples[takes]}, which does not take ${samples[kind]}`,
      expected: `a model of a family of ${samples[kind]} (${known.join(", ")}), such as ${bundled[kind]}`,
      got: card.family,
    },
  ];
}
