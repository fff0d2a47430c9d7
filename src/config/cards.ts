// Finds model and benchmark cards, run files and gates, by name or by path: below the working folder first, then in the package.
import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Place, Problem } from "../core/errors.ts";
import type { DatasetCard, ModelCard } from "../core/schema-types.ts";
import { type Env, orPackaged, packageFolder, resolvePath, shownPath } from "./paths.ts";
import { nearest, oneOf, unknownCard, unknownName } from "./problems.ts";
import { readYaml, type YamlFile } from "./yaml/file.ts";
import { type Loaded, loadYaml } from "./yaml/schema.ts";

export type Kind = "model" | "benchmark";

export interface CardOf {
  readonly model: ModelCard;
  readonly benchmark: DatasetCard;
}

/** Where cards are looked for: below the working folder first, then in the package. */
export interface CardFolders {
  readonly cwd: string;
  readonly env: Env;
  /** The package's own folder. */
  readonly home?: string;
}

export interface FoundCard<K extends Kind> extends Loaded<CardOf[K]> {
  /** The file's stem. */
  readonly name: string;
  readonly path: string;
}

const kinds = {
  model: { folder: join("configs", "models"), schema: "model-card" },
  benchmark: { folder: "datasets", schema: "dataset-card" },
} as const;

/** Every card that can be named, by name; those with problems carry them. */
export async function listCards<K extends Kind>(kind: K, folders: CardFolders): Promise<FoundCard<K>[]> {
  const files = await yamlFiles(kinds[kind].folder, folders);
  return Promise.all([...files.values()].map((path) => loadCard(kind, path, folders.cwd)));
}

/** Where run files and gates are looked for by name. */
const settings = { "run file": "configs", gate: join("configs", "gates") } as const;

/** The absolute path of the run file or gate that a text names: its path, or its stem. */
export async function findSettings(
  kind: keyof typeof settings,
  text: string,
  folders: CardFolders,
): Promise<string | Problem> {
  const path = orPackaged(resolve(folders.cwd, text), folders);
  const there = existsSync(path);
  if (there && statSync(path).isFile()) return path;
  const files = await yamlFiles(settings[kind], folders);
  const named = files.get(text);
  if (named !== undefined) return named;
  if (there)
    return {
      where: { file: shownPath(path, folders), path: "" },
      what: `is a folder, not a ${kind}`,
      ...(kind === "run file" ? { expected: "`images` before a folder of images" } : {}),
    };
  const known = [...files.keys()];
  return {
    code: "not-found",
    where: { file: shownPath(path, folders), path: "" },
    what: `no such ${kind}`,
    ...(known.length === 0 ? {} : { expected: `a path, or ${oneOf(known)}` }),
    got: JSON.stringify(text),
    ...nearest(stemOf(text), known),
  };
}

/** The card that a text names: a path where it holds a slash or ends in .yaml, otherwise a name. */
export async function findCard<K extends Kind>(
  kind: K,
  text: string,
  written: { readonly place: Place; readonly base: string },
  folders: CardFolders,
): Promise<FoundCard<K> | Problem> {
  if (text.includes("/") || text.endsWith(".yaml") || text.endsWith(".yml")) {
    const resolved = resolvePath(text, { ...folders, base: written.base });
    if (!("path" in resolved)) return { where: written.place, ...resolved };
    const path = orPackaged(resolved.path, folders);
    const other = notACard(kind, path, text, written.place);
    if (other !== undefined) return other;
    if (existsSync(path)) return loadCard(kind, path, folders.cwd);
    const expected = `a ${kind} card at ${shownPath(path, folders)}`;
    return {
      code: "not-found",
      where: written.place,
      what: "no such file",
      expected,
      got: JSON.stringify(text),
    };
  }
  const files = await yamlFiles(kinds[kind].folder, folders);
  const path = files.get(text);
  if (path !== undefined) return loadCard(kind, path, folders.cwd);
  const other = notACard(kind, resolve(written.base, text), text, written.place);
  if (other !== undefined) return other;
  const problem = unknownCard(written.place, [kind], text, [...files.keys()]);
  return files.size > 0 ? problem : { ...problem, expected: `the path of a ${kind} card (YAML)` };
}

/** What to do with data and models themselves: words that name them, or a card. Not every verb has the words. */
const instead = {
  model: "`model` (a folder, or ENCODER.onnx,DECODER.onnx) for a model without a card",
  benchmark:
    "a card, as segbench inspect --write-card datasets/NAME.yaml makes one of your files; or, of run, `images` with `masks` or `annotations` (of clips `video` with `masks`)",
} as const;

/** The problem of a path that leads to something else than a card; undefined where it may be one. */
function notACard(kind: Kind, path: string, text: string, where: Place): Problem | undefined {
  const file = /\.(onnx|json|zip|h5|hdf5|png|jpe?g)$/i.exec(text)?.[1];
  const folder = existsSync(path) && statSync(path).isDirectory();
  if (!folder && file === undefined) return undefined;
  return {
    where,
    what: `is ${folder ? "a folder" : `a file (.${file})`}, not a ${kind} card`,
    expected: instead[kind],
    got: JSON.stringify(text),
  };
}

/** The valid card that a choice names, unless an earlier choice names the same; problems are added to the list. */
export async function takeCard<K extends Kind>(
  kind: K,
  text: string,
  written: { readonly place: Place; readonly base: string },
  taken: Set<string>,
  preparation: CardFolders & {
    readonly problems: Problem[];
    readonly registries: { readonly families: Readonly<Record<string, unknown>> };
  },
): Promise<(FoundCard<K> & { readonly value: CardOf[K] }) | undefined> {
  const found = await findCard(kind, text, written, preparation);
  const { problems, registries } = preparation;
  if (!isFound(found)) {
    problems.push(found);
    return undefined;
  }
  if (taken.has(found.name)) {
    problems.push({ where: written.place, what: "listed twice", got: JSON.stringify(found.name) });
    return undefined;
  }
  taken.add(found.name);
  problems.push(...found.problems, ...(kind === "model" ? familyProblem(found.yaml, registries) : []));
  return found.value === undefined ? undefined : { ...found, value: found.value };
}

export async function loadCard<K extends Kind>(kind: K, path: string, cwd: string): Promise<FoundCard<K>> {
  const name = stemOf(path);
  const loaded = await loadYaml<CardOf[K]>(path, kinds[kind].schema, cwd);
  const { yaml, value } = loaded;
  const problems = [...loaded.problems, ...nameProblem(yaml, name)];
  return problems.length > 0 || value === undefined
    ? { yaml, name, path, problems }
    : { ...loaded, value: rooted(value, path), name, path };
}

/** What the file says under a key, whatever else is wrong with it. */
function written({ value }: YamlFile, key: string): unknown {
  return typeof value === "object" ? (value as Readonly<Record<string, unknown>> | null)?.[key] : undefined;
}

function nameProblem(yaml: YamlFile, name: string): readonly Problem[] {
  const got = written(yaml, "name");
  if (typeof got !== "string" || got === name) return [];
  const what = "not the name of the file";
  return [{ where: yaml.place(["name"]), what, expected: JSON.stringify(name), got: JSON.stringify(got) }];
}

function familyProblem(
  yaml: YamlFile,
  { families }: { readonly families: Readonly<Record<string, unknown>> },
): readonly Problem[] {
  const got = written(yaml, "family");
  if (typeof got !== "string" || got === "auto" || Object.hasOwn(families, got)) return [];
  return [unknownName(yaml.place(["family"]), "unknown family", got, Object.keys(families))];
}

/** A benchmark's root that begins with a dot is relative to its card, wherever all other benchmarks lie. */
function rooted<Card extends ModelCard | DatasetCard>(card: Card, path: string): Card {
  if (!("root" in card) || card.root === undefined || !/^\.\.?(?:[/\\]|$)/.test(card.root)) return card;
  return { ...card, root: resolve(dirname(path), card.root) };
}

/** Which kind of card a file is: a model's names `files`. What cannot be read counts as a benchmark's, and is reported there. */
export async function kindOfCard(text: string, folders: CardFolders): Promise<Kind> {
  const { cwd } = folders;
  const resolved = resolvePath(text, { ...folders, base: cwd });
  const path = "path" in resolved ? orPackaged(resolved.path, folders) : "";
  if (!existsSync(path)) return "benchmark";
  const { value } = await readYaml(path, cwd);
  return typeof value === "object" && value !== null && "files" in value && !("adapter" in value)
    ? "model"
    : "benchmark";
}

/** Path of each YAML file by its stem, in code-unit order: of the working folder's `below`, then of the package's. */
async function yamlFiles(
  below: string,
  { cwd, home = packageFolder }: CardFolders,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of [cwd, home].map((root) => join(root, below)))
    for (const file of (await readdir(folder).catch(() => [])).sort())
      if (/\.ya?ml$/.test(file) && !found.has(stemOf(file))) found.set(stemOf(file), join(folder, file));
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function stemOf(path: string): string {
  return basename(path).replace(/\.ya?ml$/, "");
}

export function isFound<K extends Kind>(card: FoundCard<K> | Problem): card is FoundCard<K> {
  return "yaml" in card;
}
