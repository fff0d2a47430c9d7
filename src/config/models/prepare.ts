// The models of a run: cards found, families known or recognised, files there and hashed; and how one is opened.
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type FullModelCard, fullModelCard } from "../../core/defaults.ts";
import { type Place, SegbenchError } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { sum } from "../../core/numbers.ts";
import type { PlannedModel } from "../../core/plan.ts";
import type { ModelCard } from "../../core/schema-types.ts";
import { bytesText, inWords } from "../../core/words.ts";
import { fileFact, notAFile } from "../../formats/files.ts";
import { type ModelFiles, type Part, partsOf, usualParts } from "../../models/index.ts";
import { listCards, takeCard } from "../cards.ts";
import { type OwnModel, ownModel } from "../own/model.ts";
import { nearPath } from "../own/model-problems.ts";
import { isFile, resolvePath, shownPath } from "../paths.ts";
import type { Preparation } from "../plugins.ts";
import { unknownName } from "../problems.ts";
import { inlineRun, type RunSource } from "../request.ts";
import type { YamlFile } from "../yaml/file.ts";
import { findInFiles, isAuto } from "./files.ts";
import { readPublished } from "./published.ts";

export interface PreparedModel {
  readonly name: string;
  readonly card: FullModelCard;
  /** Absolute. */
  readonly files: ModelFiles;
}

export interface ModelPlan {
  readonly ready: PreparedModel;
  readonly planned: PlannedModel;
}

export async function prepareModels(
  run: RunSource,
  batch: number,
  preparation: Preparation,
): Promise<readonly ModelPlan[]> {
  const names = new Set<string>();
  const plans: ModelPlan[] = [];
  const add = async (card: ModelCard, path: string, yaml: Located) => {
    const own = run.value.provider === undefined ? card : withoutProvider(card);
    const plan = await planModel(own, batch, path, yaml, preparation);
    if (plan !== undefined) plans.push(plan);
  };
  const addCard = async (text: string, written: { readonly place: Place; readonly base: string }) => {
    const found = await takeCard("model", text, written, names, preparation);
    if (found !== undefined) await add(found.value, found.path, found.yaml);
  };
  for (const [i, text] of (run.value.models ?? []).entries())
    await addCard(text, { place: run.place(["models", i]), base: run.base("models") });
  const { cwd, problems } = preparation;
  for (const [i, text] of (run.words.model ?? []).entries()) {
    const place = run.place(["model", ...((run.words.model?.length ?? 0) > 1 ? [i] : [])]);
    const named = existsSync(resolve(cwd, text)) && !text.includes("/") && (await isCard(text, preparation));
    const own = named ? undefined : await ownModel(text, { ...preparation, place, base: cwd }, names);
    if (own === undefined) {
      await addCard(text, { place, base: cwd });
      const last = problems.at(-1);
      if (last?.code === "unknown-name" && last.where === place)
        problems.splice(-1, 1, {
          ...last,
          expected: `a folder, ENCODER.onnx,DECODER.onnx, or ${last.expected}`,
          ...(last.nearest === undefined ? nearPath(text, resolve(cwd, text)) : {}),
        });
    } else if ("what" in own) problems.push(own);
    else if ("path" in own) await addCard(own.path, { place, base: cwd });
    else if (plans.some(({ ready }) => sameFiles(ready.files, own)))
      problems.push({ where: place, what: "listed twice", got: JSON.stringify(text) });
    else {
      names.add(own.card.name);
      await add(own.card, join(own.base, "card"), { place: () => place });
    }
  }
  return plans;
}

/** One model without a run, by the name of its card or by where it is, as `model` of a run says it; rejects with a SegbenchError that lists every problem. */
export async function resolveModel(
  text: string,
  batch: number,
  around: Pick<Preparation, "cwd" | "env" | "home" | "registries">,
): Promise<ModelPlan> {
  const preparation: Preparation = { ...around, problems: [], notes: [] };
  const run = { ...inlineRun({}, around.cwd), words: { model: [text] } };
  const [found] = await prepareModels(run, batch, preparation);
  if (found === undefined || preparation.problems.length > 0) throw new SegbenchError(preparation.problems);
  return found;
}

function sameFiles(files: ModelFiles, { card, base }: OwnModel): boolean {
  const own = Object.entries(card.files).map(([part, path]) => [part, resolve(base, path!)]);
  return isDeepStrictEqual(files, Object.fromEntries(own));
}

/** A folder does not take the place of a card of its name. */
async function isCard(text: string, preparation: Preparation): Promise<boolean> {
  const [first] = (await listCards("model", preparation)).filter(({ name }) => name === text);
  return first !== undefined;
}

/** Where a card's values are written. */
type Located = Pick<YamlFile, "place">;

/** The run's choice wins over the card's. */
function withoutProvider({ provider: _, ...card }: ModelCard): ModelCard {
  return card;
}

async function planModel(
  card: ModelCard,
  batch: number,
  path: string,
  yaml: Located,
  preparation: Preparation,
): Promise<ModelPlan | undefined> {
  await checkPublished(card, yaml, preparation);
  const files: Record<Part, string> = {};
  const absent: { readonly part: Part; readonly path: string }[] = [];
  for (const part of knownParts(card, yaml, preparation)) {
    const file = await modelFile(part, card, path, yaml, preparation);
    if (typeof file === "string") files[part] = file;
    else if (file !== undefined) absent.push({ part, path: file.absent });
  }
  // Files that one command fetches are one problem.
  for (const some of card.download === undefined
    ? absent.map((one) => [one])
    : absent.length > 0
      ? [absent]
      : []) {
    const paths = some.map((one) => one.path);
    preparation.problems.push({
      ...{ code: "not-found", what: `no such file${some.length === 1 ? "" : "s"}` },
      where: yaml.place(["files", ...(some.length === 1 ? [some[0]!.part] : [])]),
      expected: expectedFiles(paths, card, preparation),
    });
  }
  if (Object.keys(files).length < Object.keys(card.files).length) return undefined;
  const found = await findInFiles(card, files);
  if ("what" in found) {
    preparation.problems.push({ where: yaml.place(isAuto(card.family) ? ["files"] : ["family"]), ...found });
    return undefined;
  }
  const family = { ...preparation.registries.families[found.family], name: found.family };
  const full = fullModelCard(card, family, { batch, found: found.image });
  const facts = [];
  const hashed = (file: string) =>
    fileFact(file, (done, total) =>
      preparation.onStep?.({ what: "hashes", name: basename(file), done, total }),
    );
  for (const part of partsOf(files)) facts.push({ path: card.files[part]!, ...(await hashed(files[part]!)) });
  for (const { stated, actual } of found.sideFiles)
    if (await isFile(actual)) facts.push({ path: stated, ...(await hashed(actual)) });
    else
      preparation.problems.push({
        code: "not-found",
        where: yaml.place(["files"]),
        what: "no such file, and the graph keeps weights in it",
        expected: expectedFiles([actual], card, preparation),
      });
  return {
    ready: { name: card.name, card: full, files },
    planned: { name: card.name, card: full, files: facts },
  };
}

/** The parts of a card, which names them as its family does. */
function knownParts(
  { family, files }: ModelCard,
  yaml: Located,
  { registries, problems }: Preparation,
): readonly Part[] {
  const { parts = usualParts, optionalParts = [] } = registries.families[family ?? ""] ?? {};
  const known = [...parts, ...optionalParts];
  for (const part of Object.keys(files))
    if (!known.includes(part))
      problems.push({
        ...unknownName(yaml.place(["files", part], "key"), "unknown key", part, known),
        code: "unknown-key",
      });
  return partsOf(files).filter((part) => known.includes(part));
}

/** A key without published numbers would silently drop the comparison that was meant. */
async function checkPublished(
  { published }: ModelCard,
  yaml: Located,
  preparation: Preparation,
): Promise<void> {
  if (published === undefined) return;
  const { numbers, problems } = await readPublished(preparation);
  const known = Object.keys(numbers.models).sort();
  const reported = new Set(preparation.problems.map((problem) => JSON.stringify(problem)));
  preparation.problems.push(...problems.filter((problem) => !reported.has(JSON.stringify(problem))));
  if (!known.includes(published))
    preparation.problems.push(unknownName(yaml.place(["published"]), "unknown key", published, known));
}

/** The absolute path of a model's file; where there is none it is absent, or there is a problem. */
async function modelFile(
  part: Part,
  card: ModelCard,
  path: string,
  yaml: Located,
  preparation: Preparation,
): Promise<string | { readonly absent: string } | undefined> {
  const resolved = resolvePath(card.files[part]!, { ...preparation, base: dirname(path) });
  if ("path" in resolved && (await isFile(resolved.path))) return resolved.path;
  const place = yaml.place(["files", part]);
  const got = "path" in resolved ? await notAFile(resolved.path) : undefined;
  if ("path" in resolved && got === undefined) return { absent: resolved.path };
  preparation.problems.push(
    "path" in resolved
      ? {
          ...{ where: place, what: "is not a file", ...given({ got }) },
          expected: expectedFiles([resolved.path], card, preparation),
        }
      : { where: place, ...resolved },
  );
  return undefined;
}

/** How much is fetched; undefined where that is not known, or nothing is. */
export function bytesOf(download: ModelCard["download"]): number | undefined {
  const sizes = download?.map((one) => ("allMasksOf" in one ? 0 : one.size)) ?? [];
  return sizes.every((size) => size !== undefined) && sizes.length > 0 ? sum(sizes) : undefined;
}

/** Which files, from where, and the command that fetches them: how much, under which licence. */
function expectedFiles(
  paths: readonly string[],
  { name, source, download, licence }: ModelCard,
  { cwd }: Preparation,
): string {
  const them = paths.length === 1 ? "it" : "them";
  const noun = `${paths[0]!.endsWith(".onnx") ? "ONNX file" : "side file"}${paths.length === 1 ? "" : "s"}`;
  const places = inWords(paths.map((path) => shownPath(path, { cwd })));
  const from = source === undefined ? "" : `, from ${source}`;
  const all = bytesOf(download);
  const facts = [...(all === undefined ? [] : [bytesText(all)]), ...(licence === undefined ? [] : [licence])];
  const how = `: segbench pull ${name} fetches ${them}${facts.length === 0 ? "" : ` (${facts.join("; ")})`}`;
  return `the ${noun} of ${name} at ${places}${from}${download === undefined ? "" : how}`;
}
