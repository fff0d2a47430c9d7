// The models of a run: cards found, families known or recognised, files there and hashed; and how one is opened.
import { basename, dirname, join, posix } from "node:path";
import { type FullModelCard, fullModelCard } from "../core/defaults.ts";
import { complain, type Problem, reasonOf } from "../core/errors.ts";
import type { Plan, PlannedModel } from "../core/plan.ts";
import type { ImageContract, ModelCard } from "../core/schema-types.ts";
import type { ImageSession } from "../core/types.ts";
import { fileFact, notAFile } from "../formats/files.ts";
import { type OnnxFile, readOnnxFile } from "../formats/onnx-file.ts";
import {
  families,
  foreignSentence,
  type ModelFiles,
  openModel,
  type Part,
  partsOf,
  type Recognised,
  recogniseModel,
  usualParts,
} from "../models/index.ts";
import type { GraphHost } from "../models/runtime/graph.ts";
import { takeCard } from "./cards.ts";
import { isFile, resolvePath, shownPath } from "./paths.ts";
import type { Preparation } from "./plugins.ts";
import { unknownName } from "./problems.ts";
import { readPublished } from "./published.ts";
import type { RunSource } from "./request.ts";
import type { YamlFile } from "./yaml-file.ts";

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
  for (const [i, text] of (run.value.models ?? []).entries()) {
    const place = run.place(["models", i]);
    const found = await takeCard("model", text, { place, base: run.base("models") }, names, preparation);
    if (found === undefined) continue;
    const card = run.value.provider === undefined ? found.value : withoutProvider(found.value);
    const plan = await planModel(card, batch, found.path, found.yaml, preparation);
    if (plan !== undefined) plans.push(plan);
  }
  return plans;
}

/** The run's choice wins over the card's. */
function withoutProvider({ provider: _, ...card }: ModelCard): ModelCard {
  return card;
}

async function planModel(
  card: ModelCard,
  batch: number,
  path: string,
  yaml: YamlFile,
  preparation: Preparation,
): Promise<ModelPlan | undefined> {
  const families = Object.keys(preparation.registries.families);
  if (!isAuto(card.family) && !families.includes(card.family))
    preparation.problems.push(unknownName(yaml.place(["family"]), "unknown family", card.family, families));
  await checkPublished(card, yaml, preparation);
  const files: Record<Part, string> = {};
  for (const part of knownParts(card, yaml, preparation)) {
    const file = await modelFile(part, card, path, yaml, preparation);
    if (file !== undefined) files[part] = file;
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
  for (const part of partsOf(files))
    facts.push({ path: card.files[part]!, ...(await fileFact(files[part]!)) });
  for (const { stated, actual } of found.sideFiles)
    if (await isFile(actual)) facts.push({ path: stated, ...(await fileFact(actual)) });
    else
      preparation.problems.push({
        code: "not-found",
        where: yaml.place(["files"]),
        what: "no such file, and the graph keeps weights in it",
        expected: expectedFile(actual, card, preparation),
      });
  return {
    ready: { name: card.name, card: full, files },
    planned: { name: card.name, card: full, files: facts },
  };
}

/** The parts of a card, which names them as its family does. */
function knownParts(
  { family, files }: ModelCard,
  yaml: YamlFile,
  { registries, problems }: Preparation,
): readonly Part[] {
  const known = (family === undefined ? undefined : registries.families[family]?.parts) ?? usualParts;
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
  yaml: YamlFile,
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

/** The absolute path of a model's file, or undefined and a problem. */
async function modelFile(
  part: Part,
  card: ModelCard,
  path: string,
  yaml: YamlFile,
  preparation: Preparation,
): Promise<string | undefined> {
  const resolved = resolvePath(card.files[part]!, { ...preparation, base: dirname(path) });
  if ("path" in resolved && (await isFile(resolved.path))) return resolved.path;
  const place = yaml.place(["files", part]);
  const got = "path" in resolved ? await notAFile(resolved.path) : undefined;
  const problem: Problem =
    "path" in resolved
      ? {
          ...(got === undefined
            ? { code: "not-found", what: "no such file" }
            : { what: "is not a file", got }),
          where: place,
          expected: expectedFile(resolved.path, card, preparation),
        }
      : { where: place, ...resolved };
  preparation.problems.push(problem);
  return undefined;
}

function expectedFile(path: string, { name, source, download }: ModelCard, { cwd }: Preparation): string {
  const from = source === undefined ? "" : `, from ${source}`;
  const how = download === undefined ? "" : `: segbench pull ${name} fetches it`;
  return `the ${path.endsWith(".onnx") ? "ONNX file" : "side file"} of ${name} at ${shownPath(path, { cwd })}${from}${how}`;
}

/** As the card would state it, and where it is. */
interface SideFile {
  readonly stated: string;
  readonly actual: string;
}

/** What was read from a model's files. */
interface FoundInFiles {
  readonly family: string;
  readonly image?: Partial<ImageContract>;
  readonly sideFiles: readonly SideFile[];
}

type Complaint = Omit<Problem, "where">;

/** A card leaves the family open without one, or with "auto". */
function isAuto(family: string | undefined): family is undefined | "auto" {
  return family === undefined || family === "auto";
}

/** The contract of a model's files. Files that cannot be read matter only where the card leaves the family open: opening them reports it. */
async function findInFiles(card: ModelCard, files: ModelFiles): Promise<FoundInFiles | Complaint> {
  const read: Record<Part, OnnxFile> = {};
  for (const [part, path] of Object.entries(files)) {
    try {
      read[part] = await readOnnxFile(path);
    } catch (error) {
      if (isAuto(card.family)) return { what: reasonOf(error), cause: error };
    }
  }
  const sideFiles = Object.entries(read).flatMap(([part, { sideFiles }]) =>
    sideFiles.map((name) => ({
      stated: posix.join(posix.dirname(card.files[part]!), name),
      actual: join(dirname(files[part]!), name),
    })),
  );
  const { candidates, image } = recogniseModel(read);
  if (!isAuto(card.family)) {
    const known = card.image?.size === undefined ? { image } : {};
    return { family: card.family, ...known, sideFiles };
  }
  const [only, ...others] = candidates;
  if (only === undefined)
    return { what: "contract not recognised", expected: "files of one known family", got: seen(read, files) };
  if (others.length > 0)
    return {
      what: "the contract is ambiguous: the card must say the family",
      expected: `family: ${candidates.map(({ family }) => family).join(" or ")}`,
      got: listed(candidates),
    };
  if (only.refused !== undefined)
    return { what: `${only.family}, which cannot be run: ${only.refused}`, got: only.why };
  return { family: only.family, image, sideFiles };
}

function listed(candidates: readonly Recognised[]): string {
  return candidates.map(({ family, why }) => `${family} (${why})`).join("; ");
}

function seen(read: Readonly<Record<Part, OnnxFile>>, files: ModelFiles): string {
  return Object.entries(read)
    .map(([part, ports]) => `${basename(files[part]!)}, which ${foreignSentence(ports)}`)
    .join("; ");
}

/** Where a run keeps image embeddings. */
export interface CacheChoice {
  /** Absolute; it may not exist yet. */
  readonly dir: string;
  /** Bytes. */
  readonly limit: number;
  readonly precision: "float32" | "float16";
}

/** How a prepared model is opened. */
export interface Opening
  extends Pick<Plan, "provider" | "threads" | "models" | "optimisation" | "allowCpuFallback"> {
  readonly cache?: CacheChoice | undefined;
  /** Files for the runtime's own traces. */
  readonly traces?: ((part: Part) => string) | undefined;
}

/** Opens a prepared model in a worker of its own. */
export async function openPrepared(
  model: PreparedModel,
  opening: Opening,
  wrap?: (host: GraphHost) => GraphHost,
): Promise<ImageSession> {
  const { name, card, files } = model;
  const { threads, traces, optimisation, allowCpuFallback } = opening;
  const provider = card.provider ?? opening.provider;
  const family = families[card.family];
  if (family === undefined)
    throw complain({
      where: `model ${name}`,
      what: "unknown family",
      expected: `one of ${Object.keys(families).join(", ")}`,
      got: `"${card.family}"`,
    });
  const traced = traces === undefined ? [] : partsOf(files);
  const runtime = {
    ...{ provider, threads, ...cacheOf(model, opening) },
    ...(optimisation === undefined ? {} : { optimisation }),
    allowCpuFallback: allowCpuFallback === true,
    traces: Object.fromEntries(traced.map((part) => [files[part]!, traces!(part)])),
  };
  return openModel(family, { card, files, batch: card.batch }, runtime, wrap);
}

/** An encoder is all its files: one that is not the decoder's may hold its weights. */
function cacheOf({ name, card, files: { encoder } }: PreparedModel, { cache, models }: Opening) {
  const facts = models.find((model) => model.name === name)?.files;
  if (cache === undefined || facts === undefined || encoder === undefined) return {};
  const graph = facts.filter(({ path }) => path !== card.files.decoder).map(({ sha256 }) => sha256);
  return { cache: { ...cache, graphs: { [encoder]: graph.join(" ") } } };
}
