// A run without a run file: what it has to be told, and its name and title, which are made of what it runs, so that the same words go on
// with the same run folder.

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { runDefaults } from "../../core/defaults.ts";
import type { Plan } from "../../core/plan.ts";
import { inWords, safeName } from "../../core/words.ts";
import { orPackaged, packageFolder } from "../paths.ts";
import type { Preparation } from "../plugins.ts";
import type { RunSource } from "../request.ts";

/** Without a model or without data there is nothing to run: says what can be given. */
export function checkSubjects(
  { own, value, words, problems: known, place }: RunSource,
  { problems, named }: Preparation,
) {
  if (!own || known.length > 0) return;
  if (value.models === undefined && words.model === undefined)
    problems.push({
      code: "missing-key",
      where: place(["model"]),
      what: "no model is named",
      expected: "`model` with a folder, ENCODER.onnx,DECODER.onnx, a card or a name; or a run file",
    });
  if (value.benchmarks === undefined && named === undefined)
    problems.push({
      code: "missing-key",
      where: place(["benchmarks"]),
      what: "no data is named",
      expected:
        "`images` with `masks` or `annotations` for your own files (`video` with `masks` for clips), `benchmarks` with names or cards (segbench list benchmarks), or a run file (configs/sam-23.yaml; with `available` what is on disk of it)",
    });
}

type Named = Pick<Plan, "models" | "benchmarks">;

/** "photos-my-export": of the first model, so that further ones come into the same folder. */
export function nameOfRun(benchmarks: readonly string[], model: string): string {
  const data = benchmarks.length > 2 ? `${benchmarks.length}-benchmarks` : benchmarks.join("-");
  return safeName(`${data}-${model}`);
}

/** "photos: my-export and tiny". */
export function titleOfRun({ models, benchmarks }: Named): string {
  return `${listed(benchmarks, "benchmarks")}: ${listed(models, "models")}`;
}

/** The title of a run file says what all of it is; of a part that is said too. */
export function titleOfPart(title: string, all: number, { benchmarks }: Pick<Plan, "benchmarks">): string {
  const names = benchmarks.length <= MOST ? ` (${benchmarks.map(({ name }) => name).join(", ")})` : "";
  return benchmarks.length < all ? `${title}: ${benchmarks.length} of ${all}${names}` : title;
}

const MOST = 3;

function listed(named: readonly { readonly name: string }[], plural: string): string {
  const names = named.map(({ name }) => name);
  if (names.length > MOST) return `${names.length} ${plural}`;
  return inWords(names);
}

/** Said of miniatures that stand beside real data. */
export function mixedNote(drawn: readonly string[], real: readonly string[]): string {
  const one = drawn.length === 1;
  const means = `, nor do means over ${one ? "it" : "them"} and ${real.join(", ")}`;
  const [are, their] = one ? ["is a drawn miniature", "its"] : ["are drawn miniatures", "their"];
  return `${drawn.join(", ")} ${are} of the package: ${their} numbers mean nothing about real data${means}`;
}

/** Said where no folder of data is named, and there is none. */
export function drawnNote(names: readonly string[]): string {
  return `no folder of data is named (--data, SEGBENCH_DATA): ${names.join(", ")} from the drawn miniatures of the package, whose numbers mean nothing about real data`;
}

/** The runs of clips and of phrases that follow the quickstart, absolute: those beside the one that is run. */
export function quickstartRest(cwd: string, home = packageFolder): readonly string[] {
  const folder = dirname(orPackaged(join(cwd, runDefaults.file), { cwd, home }));
  return runDefaults.furtherFiles
    .map((file) => join(folder, basename(file)))
    .filter((path) => existsSync(path));
}
