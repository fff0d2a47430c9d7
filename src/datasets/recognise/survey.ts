// What lies below the paths that a user names, by the kind of its files: names alone, nothing is opened.
import { stat } from "node:fs/promises";
import { dirname, sep } from "node:path";
import { complain } from "../../core/errors.ts";
import {
  byCodeUnit,
  commonFolder,
  fromFolder,
  listFiles,
  suffixOf,
  withoutSuffix,
} from "../../formats/files.ts";
import { parsePattern } from "../../formats/pattern.ts";
import { framesCommand, isVideoFile } from "./video-files.ts";
import { benchmarkName, type Role, roleOfFolder } from "./words.ts";

/** Files or folders, absolute; names may have `*` and `**\/`. */
export interface DataPaths {
  readonly images?: string | undefined;
  readonly masks?: string | undefined;
  readonly annotations?: string | undefined;
  /** Whose role is not said. */
  readonly others?: readonly string[] | undefined;
}

export interface Survey {
  /** The lowest folder that all paths lie in, absolute. */
  readonly root: string;
  /** Names of all files below the paths, in code-unit order. */
  readonly files: readonly string[];
  /** Pictures, and arrays that hold label maps. */
  readonly pictures: readonly string[];
  readonly arrays: readonly string[];
  /** JSON, XML, text. */
  readonly documents: readonly string[];
  /** What the path says that a file lies below. */
  role(name: string): Role | "annotations" | undefined;
  /** What the ids of images match where a file or a pattern names them, and not a folder. */
  readonly ids: string | undefined;
  /** Hears of each file whose pixels are about to be read. */
  readonly onFile?: ((name: string) => void) | undefined;
  /** Whether one path says what it is. */
  readonly said: { readonly images: boolean; readonly masks: boolean; readonly annotations: boolean };
}

export const PICTURE = /^\.(?:jpe?g|jpe|png|bmp|tiff?|gif|webp)$/;
const ARRAY = /^\.(?:mat|h5|hdf5)$/;
const DOCUMENT = /^\.(?:json|geojson|ndjson|jsonl|xml|ya?ml|txt|csv|tsv)$/;

interface Given {
  readonly role: Role | "annotations" | undefined;
  /** Absolute folder, and a file in it or a pattern. */
  readonly folder: string;
  readonly file?: string;
  readonly pattern?: string;
}

/** The survey, and a name for the benchmark. */
export async function surveyOf(paths: DataPaths): Promise<Survey> {
  const given: Given[] = [];
  for (const role of ["images", "masks", "annotations"] as const)
    if (paths[role] !== undefined) given.push(await givenPath(paths[role], role));
  for (const path of paths.others ?? []) given.push(await givenPath(path, undefined));
  const guessed = guessRoles(given);
  const root = commonFolder(guessed.map(({ folder }) => folder));
  const below = (folder: string) => fromFolder(root, folder);
  const roles = new Map<string, Survey["role"] extends (name: string) => infer R ? R : never>();
  for (const { role, folder, file, pattern } of guessed) {
    const start = below(folder);
    const matched = pattern === undefined ? undefined : parsePattern(named(start, pattern), pattern);
    const names = file === undefined ? await listFiles(root, matched?.folder ?? start) : [named(start, file)];
    for (const name of names)
      if (matched === undefined || matched.match(name) !== undefined)
        if (!roles.has(name) || role !== undefined)
          // The more exact path wins: masks/ within the folder of the images.
          roles.set(name, role);
  }
  const nested = guessed.filter(
    ({ role, pattern, file }) => role !== undefined && pattern === undefined && file === undefined,
  );
  // A file that is named is what it is said to be: annotations in the folder of the images.
  const files = new Set(
    guessed.flatMap(({ role, folder, file }) =>
      role === undefined || file === undefined ? [] : [named(below(folder), file)],
    ),
  );
  for (const { role, folder } of nested.sort((a, b) => a.folder.length - b.folder.length)) {
    const start = `${below(folder)}/`.replace(/^\//, "");
    for (const name of roles.keys()) if (name.startsWith(start) && !files.has(name)) roles.set(name, role);
  }
  const names = [...roles.keys()].sort(byCodeUnit);
  const ofKind = (kind: RegExp) => names.filter((name) => kind.test(suffixOf(name)));
  const has = (role: Role | "annotations") => guessed.some((one) => one.role === role);
  return {
    ...{ root, files: names, pictures: ofKind(PICTURE), arrays: ofKind(ARRAY), documents: ofKind(DOCUMENT) },
    role: (name) => roles.get(name),
    ids: idsOf(guessed),
    said: { images: has("images"), masks: has("masks"), annotations: has("annotations") },
  };
}

/** A regular expression of the last part without its suffix, `(^|/)IMG_[^/]*$` of `photos/IMG_*.jpg`; undefined for a folder or `*`. */
function idsOf(given: readonly Given[]): string | undefined {
  const one = given.find(({ role }) => role === "images");
  const last = one?.file ?? one?.pattern?.split("/").at(-1);
  const stem = last === undefined ? "*" : withoutSuffix(last);
  if (/^\*+$/.test(stem)) return undefined;
  const escaped = stem.replace(/[\\^$.|?+()[\]{}]/g, "\\$&");
  return `(^|/)${escaped.replaceAll("*", "[^/]*")}$`;
}

function named(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

async function givenPath(path: string, role: Given["role"]): Promise<Given> {
  const found = await stat(path).catch(() => undefined);
  const wild = path.search(/[^/\\]*[*{]/);
  if (found === undefined && wild >= 0) {
    const [folder, pattern] = [path.slice(0, Math.max(0, wild - 1)) || sep, path.slice(wild)];
    return { role, folder, pattern: pattern.split(sep).join("/") };
  }
  if (found === undefined)
    throw complain(role === undefined ? path : { path: role }, "there is no such file or folder", {
      code: "not-found",
      ...(role !== undefined && { got: path }),
    });
  if (found.isDirectory()) return { role, folder: path };
  if (isVideoFile(path) && role !== "annotations")
    throw complain(role === undefined ? path : { path: role }, "is a video file, and they are not decoded", {
      expected: `${framesCommand(path)}; then --video tracks targets through the frames, and --images takes each as an image`,
    });
  return { role, folder: dirname(path), file: path.slice(dirname(path).length).replace(/^[/\\]/, "") };
}

/** `photos/ masks/`: which is which, by what the last parts of the paths say. One path alone may hold both. */
function guessRoles(given: readonly Given[]): readonly Given[] {
  const open = given.filter(({ role }) => role === undefined);
  if (open.length < 2 || open.length < given.length) return given;
  const said = open.map((one) =>
    DOCUMENT.test(suffixOf(one.file ?? ""))
      ? { ...one, role: "annotations" as const }
      : { ...one, role: roleOfFolder(one.folder.split(sep).at(-1) ?? "") },
  );
  const some = (role: Given["role"]) => said.some((one) => one.role === role);
  if (some("masks") && !some("images"))
    return said.map((one) => ({ ...one, role: one.role ?? ("images" as const) }));
  if (some("images") && !some("masks") && !some("annotations"))
    return said.map((one) => ({ ...one, role: one.role ?? ("masks" as const) }));
  if (some("annotations") && !some("images"))
    return said.map((one) => ({ ...one, role: one.role ?? ("images" as const) }));
  return said;
}

/** A name for the benchmark: of the images, else of the annotations, else of what is there. */
export function nameOfPaths({ images, annotations, others = [], masks }: DataPaths): string {
  const isMasks = (path: string) => roleOfFolder(path.split(sep).at(-1) ?? "") === "masks";
  const open = [...others.filter((path) => !isMasks(path)), ...others.filter(isMasks)];
  const [path = ""] = [images, annotations, ...open, masks].filter((one) => one !== undefined);
  return benchmarkName(path.replace(/[/\\][^/\\]*[*{].*$/, ""));
}
