// Paths in YAML files and on the command line.
//
// A path may hold environment variables, `${NAME}` or `${NAME:-default}` (an empty variable counts as unset).
// A relative path in a YAML file is relative to that file. A path that begins with a substituted variable, or with
// its default, and one that comes from the command line or from the project's defaults, is relative to the working folder.
import { existsSync, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { runDefaults } from "../core/defaults.ts";
import type { Problem } from "../core/errors.ts";

/** Folder of the package, from the sources and from the build alike: both lie two folders below it. */
export const packageFolder = fileURLToPath(new URL("../../", import.meta.url));

export type Env = Readonly<Record<string, string | undefined>>;

export interface Folders {
  /** Folder of the file the path is written in; the working folder for the command line and for defaults. */
  readonly base: string;
  readonly cwd: string;
  readonly env: Env;
}

export type Resolved = { readonly path: string } | Omit<Problem, "where">;

const variable = /\$\{([^}]*)\}/g;
const inside = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([^$]*))?$/;

/** The absolute path that a text means, or why it means none. */
export function resolvePath(text: string, { base, cwd, env }: Folders): Resolved {
  const problems: Resolved[] = [];
  const path = text.replace(variable, (whole, content: string) => {
    const match = inside.exec(content);
    const [, name = "", fallback] = match ?? [];
    const value = env[name] || fallback;
    if (match === null) problems.push(malformed(whole));
    else if (value === undefined)
      problems.push({
        code: "not-found",
        what: `environment variable ${name} is not set`,
        expected: `${name} in the environment, or a default as in \${${name}:-folder}`,
        got: JSON.stringify(text),
      });
    return value ?? "";
  });
  if (text.replace(variable, "").includes("${")) problems.push(malformed(text));
  return problems[0] ?? { path: resolve(text.startsWith("${") ? cwd : base, path) };
}

/** The same of what is only read: where nothing is there, what the package has at the same place, if anything. */
export function resolveInput(
  text: string,
  folders: Folders & { readonly home?: string | undefined },
): Resolved {
  const found = resolvePath(text, folders);
  return "path" in found ? { path: orPackaged(found.path, folders) } : found;
}

/** The drawn miniatures of benchmarks that come with the package. */
export function samplesFolder(home = packageFolder): string {
  return join(home, runDefaults.samples);
}

/** The folder of the benchmarks' data where nobody names one: SEGBENCH_DATA's, the working folder's, or, where neither is there, that of the miniatures. */
export function usualData({
  cwd,
  env,
  home,
}: Omit<Folders, "base"> & { readonly home?: string | undefined }): Resolved {
  const usual = resolvePath(runDefaults.data, { cwd, env, base: cwd });
  const there =
    env.SEGBENCH_DATA || !("path" in usual) || statSync(usual.path, { throwIfNoEntry: false })?.isDirectory();
  return there ? usual : { path: samplesFolder(home) };
}

function malformed(text: string): Resolved {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: shown to the user as it is
  const expected = "${NAME} or ${NAME:-default}";
  return { code: "malformed", what: "malformed environment variable", expected, got: JSON.stringify(text) };
}

/** A path as messages show it: relative to the working folder where it lies below. */
export function shownPath(path: string, { cwd }: Pick<Folders, "cwd">): string {
  return belowFolder(cwd, path)?.split(sep).join("/") ?? path;
}

/** Relative to the folder, "." for itself; undefined where it does not lie below. */
function belowFolder(folder: string, path: string): string | undefined {
  const below = relative(folder, path);
  if (below === ".." || below.startsWith(`..${sep}`) || isAbsolute(below)) return undefined;
  return below === "" ? "." : below;
}

/** Whether what is written in the folder would lie among somebody's pictures: it is an input, or its files are (`photos/{image}.jpg`). All absolute. */
export function holdsInput(folder: string, inputs: readonly string[]): boolean {
  return inputs.some((path) => path === folder || (path.includes("{") && dirname(path) === folder));
}

/** An absolute path; where nothing is there, what the package has at the same place below its own folder, if anything. */
export function orPackaged(
  path: string,
  { cwd, home = packageFolder }: { readonly cwd: string; readonly home?: string | undefined },
): string {
  const below = existsSync(path) ? undefined : belowFolder(cwd, path);
  const packaged = below === undefined ? path : join(home, below);
  return existsSync(packaged) ? packaged : path;
}

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
