// Where the files of a model card's `download` list belong.
import { dirname, relative, sep } from "node:path";
import { given } from "../core/given.ts";
import type { Download, ModelCard } from "../core/schema-types.ts";
import { type Env, isFile, resolvePath } from "./paths.ts";

export interface ModelDownloads {
  /** Absolute: the folder of the variable that all paths begin with, otherwise the one that holds them all. */
  readonly folder: string;
  /** Placed below that folder. */
  readonly downloads: readonly Download[];
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
  const downloads = download.map(({ url, sha256, size, unpack }, i): Download => {
    const below = relative(folder, paths[i]!).split(sep);
    const into = below.slice(0, -1).join("/");
    return {
      url,
      file: below.at(-1)!,
      unpack: unpack ?? "none",
      ...given({ into: into === "" ? undefined : into, sha256, bytes: size }),
    };
  });
  return { folder, downloads, paths };
}

/** Those of the files that are not there. */
export async function absentFiles(paths: readonly string[]): Promise<readonly string[]> {
  const there = await Promise.all(paths.map(isFile));
  return paths.filter((_, i) => !there[i]);
}

function commonFolder(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => dirname(path).split(sep));
  const differs = first.findIndex((name, i) => others.some((other) => other[i] !== name));
  return (differs === -1 ? first : first.slice(0, differs)).join(sep) || sep;
}
