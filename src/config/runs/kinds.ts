// Runs are of images, of clips or of phrases: benchmarks, protocols and models have to go together.

import { join, sep } from "node:path";
import { complain, type Problem } from "../../core/errors.ts";
import { groupBy } from "../../core/group-by.ts";
import type { Kind } from "../../core/plan.ts";
import type { SampleRef } from "../../core/types.ts";
import { inWords } from "../../core/words.ts";
import type { Task } from "../../eval/index.ts";
import type { BenchmarkPlan, PreparedBenchmark } from "../benchmarks/prepare.ts";
import type { ModelPlan, PreparedModel } from "../models/prepare.ts";
import { packageFolder } from "../paths.ts";
import type { Preparation } from "../plugins.ts";
import type { RunSource } from "../request.ts";

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

/** A model of each kind that knows photographs, and how it is had. */
const examples: Readonly<Record<Kind, string>> = {
  image: "mobile-sam-npm (segbench pull mobile-sam-npm)",
  clip: "an export of SAM 2 or EdgeTAM (docs/models.md, Models of clips)",
  concept: "clipseg-rd64-refined (segbench pull clipseg-rd64-refined)",
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
      expected: `a model of a family of ${samples[kind]} (${known.join(", ")}), such as ${examples[kind]}`,
      got: card.family,
    },
  ];
}

/** Whether all of a model's files are those that come with the package. */
function isBundled({ files }: Pick<PreparedModel, "files">, home: string): boolean {
  const below = join(home, "models", sep);
  return Object.values(files).every((file) => file?.startsWith(below) === true);
}

/** Said where models that come with the package are asked about anything but its own miniatures; none: nothing to say. */
export function bundledNote(
  models: readonly { readonly ready: Pick<PreparedModel, "name" | "files"> }[],
  kind: Kind,
  home = packageFolder,
): readonly string[] {
  const names = models.filter(({ ready }) => isBundled(ready, home)).map(({ ready }) => ready.name);
  if (names.length === 0) return [];
  const [come, trained] = names.length === 1 ? ["comes", "was"] : ["come", "were"];
  return [
    `${inWords(names)} ${come} with the package to try things out and ${trained} trained on drawings alone, so that answers here say little; for photographs take ${examples[kind]}`,
  ];
}
