// The names given to `segbench pull`: benchmarks and models, and where their files go.
import { dirname, join, posix, relative, sep } from "node:path";
import {
  type FoundCard,
  findCard,
  isFound,
  kindOfCard,
  listCards,
  registries,
  unknownCard,
} from "../../config/index.ts";
import { type Env, isFile, resolvePath } from "../../config/paths.ts";
import { type Problem, renderProblem, SegbenchError } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type { ModelCard } from "../../core/schema-types.ts";
import type { Wanted, WantedFile } from "../../fetch/index.ts";
import { shownPath } from "../context.ts";
import { type Around, dataFlag, howToGet, rootOf } from "../data-folder.ts";

/** Named after its folder, since cards may share one. */
export interface Job extends Wanted {
  readonly card: { readonly name: string; readonly title?: string };
  readonly kind: Kind;
  readonly licence: string;
  readonly source: string;
  /** Folder of the lock file, absolute. */
  readonly home: string;
  /** What to type afterwards. */
  readonly next: string;
  /** Absolute paths of files that a model needs. */
  readonly needs: readonly string[];
}

export type Kind = "benchmark" | "model";
type Cannot = { readonly problem: string };

const place = { path: "segbench pull" };

/** One for each name; unknown and ambiguous names are one error. */
export async function pullJobs(
  words: readonly string[],
  data: string,
  flag: string | undefined,
  around: Around,
): Promise<readonly (Job | Cannot)[]> {
  const known = {
    benchmark: (await listCards("benchmark", around)).map(({ name }) => name),
    model: (await listCards("model", around)).map(({ name }) => name),
  };
  const meant = await Promise.all(words.map((word) => meaning(word, known, around)));
  const problems = meant.filter((one): one is Problem => "what" in one);
  if (problems.length > 0) throw new SegbenchError(problems);
  return meant.map((one) => {
    if (!("kind" in one)) throw new Error("every other meaning is a problem");
    return one.kind === "benchmark" ? setJob(one.card, data, flag, around) : modelJob(one.card, around);
  });
}

type Meaning =
  | { readonly kind: "benchmark"; readonly card: FoundCard<"benchmark"> }
  | { readonly kind: "model"; readonly card: FoundCard<"model"> };

async function meaning(
  word: string,
  known: Readonly<Record<Kind, readonly string[]>>,
  around: Around,
): Promise<Meaning | Problem> {
  const [, prefix, text = word] = /^(?:(benchmark|model):)?(.*)$/.exec(word) ?? [];
  const isPath = text.includes("/") || /\.ya?ml$/.test(text);
  const kinds =
    prefix !== undefined
      ? [prefix as Kind]
      : isPath
        ? [await kindOfCard(text, around)]
        : (["benchmark", "model"] as const).filter((kind) => known[kind].includes(text));
  if (kinds.length > 1)
    return {
      ...{ where: place, what: "is both a benchmark and a model: say which" },
      ...{ expected: kinds.map((kind) => `${kind}:${text}`).join(" or "), got: JSON.stringify(text) },
    };
  const [kind] = kinds;
  if (kind === undefined)
    return unknownCard(place, ["benchmark", "model"], text, [...known.benchmark, ...known.model]);
  const found = await findCard(kind, text, { place, base: around.cwd }, around);
  return isFound(found) ? ({ kind, card: found } as Meaning) : found;
}

const unstated = "not stated";
const noSource = "source not stated";

function setJob(
  { value: card, problems }: FoundCard<"benchmark">,
  data: string,
  flag: string | undefined,
  around: Around,
): Job | Cannot {
  if (card === undefined) return { problem: problems.map(renderProblem).join("\n") };
  const folder = rootOf(card, data);
  if (card.download === undefined)
    return {
      problem: `${card.name} cannot be pulled${card.licence === undefined ? "" : ` (${card.licence})`}: ${howToGet(card, folder, undefined, around)}`,
    };
  return {
    ...{ card, kind: "benchmark", name: card.root ?? card.name, folder, home: data },
    ...{
      downloads: card.download,
      licence: card.licence ?? unstated,
      source: card.homepage ?? noSource,
      needs: [],
    },
    next: `segbench validate ${card.name}${dataFlag(flag)}`,
  };
}

function modelJob({ value: card, problems, path, name }: FoundCard<"model">, around: Around): Job | Cannot {
  if (card === undefined) return { problem: problems.map(renderProblem).join("\n") };
  if (card.download === undefined)
    return {
      problem: `${name} cannot be pulled: its card has no download list${card.source === undefined ? "" : `; it comes from ${card.source}`}`,
    };
  const found = modelDownloads(card, path, around);
  if ("what" in found)
    return {
      problem: renderProblem({ where: { file: shownPath(path, around), path: "download" }, ...found }),
    };
  const needs = Object.values(card.files).flatMap((file) => {
    const resolved = resolvePath(file as string, { ...around, base: dirname(path) });
    return "path" in resolved ? [resolved.path] : [];
  });
  const { folder, downloads } = found;
  const clips = registries.families[card.family ?? ""]?.kind === "clip";
  const inCards = dirname(path) === join(dirname(dirname(dirname(path))), "configs", "models");
  return {
    ...{ card, kind: "model", name, folder, home: folder, downloads, whole: true, needs },
    ...{ licence: card.licence ?? unstated, source: card.source ?? noSource },
    next: `segbench run --model ${inCards ? name : shownPath(path, around)} ${clips ? "--video FRAMES/" : "--images PHOTOS/"} --masks MASKS/`,
  };
}

export interface ModelDownloads {
  /** Absolute: the folder of the variable that all paths begin with, otherwise the one that holds them all. */
  readonly folder: string;
  /** Placed below that folder. */
  readonly downloads: readonly WantedFile[];
  /** Absolute paths of the same files. */
  readonly paths: readonly string[];
}

type Trouble = Exclude<ReturnType<typeof resolvePath>, { readonly path: string }>;

/** `path`: that of the card. */
export function modelDownloads(
  card: Pick<ModelCard, "download">,
  path: string,
  folders: { readonly cwd: string; readonly env: Env },
): ModelDownloads | Trouble {
  const download = card.download ?? [];
  const base = { ...folders, base: dirname(path) };
  const paths: string[] = [];
  for (const { file } of download) {
    const resolved = resolvePath(file, base);
    if (!("path" in resolved)) return resolved;
    paths.push(resolved.path);
  }
  const variables = new Set(download.map(({ file }) => /^\$\{[^}]*\}(?=\/)/.exec(file)?.[0]));
  const [variable] = variables;
  const shared = variables.size === 1 && variable !== undefined ? resolvePath(variable, base) : undefined;
  const folder = shared !== undefined && "path" in shared ? shared.path : commonFolder(paths);
  const below = paths.map((path) => relative(folder, path).split(sep).join("/"));
  const downloads: WantedFile[] = [];
  for (const [i, one] of download.entries()) {
    const { dir, base: file } = posix.parse(below[i]!);
    const { sha256, size } = one;
    const placed = { file, ...given({ into: dir === "" ? undefined : dir }) };
    if ("url" in one)
      downloads.push({
        ...{ url: one.url, ...placed, unpack: one.unpack ?? "none" },
        ...given({ sha256, bytes: size }),
      });
    else {
      const stated = { ...placed, sha256: one.sha256, bytes: one.size };
      if ("npm" in one) downloads.push({ ...stated, npm: one.npm, member: one.member });
      else {
        const sources = download.filter((other) => !("allMasksOf" in other));
        const source = download.findIndex(
          (other) => sources.includes(other) && other.file === one.allMasksOf,
        );
        if (source === -1)
          return {
            what: "allMasksOf names no fetched file of this list",
            expected: `one of ${sources.map((other) => other.file).join(", ")}`,
            got: one.allMasksOf,
          };
        downloads.push({ ...stated, madeOf: below[source]!, make: withAllMasks });
      }
    }
  }
  return { folder, downloads, paths };
}

async function withAllMasks(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  const { allMasks } = await import("../../models/all-masks.ts");
  return allMasks(bytes, name);
}

/** The files that are missing. */
export async function absentFiles(paths: readonly string[]): Promise<readonly string[]> {
  const there = await Promise.all(paths.map(isFile));
  return paths.filter((_, i) => !there[i]);
}

function commonFolder(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => dirname(path).split(sep));
  const differs = first.findIndex((name, i) => others.some((other) => other[i] !== name));
  return (differs === -1 ? first : first.slice(0, differs)).join(sep) || sep;
}
