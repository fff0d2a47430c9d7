// Paths in YAML files and on the command line.
//
// A path may hold environment variables, `${NAME}` or `${NAME:-default}` (an empty variable counts as unset).
// A relative path in a YAML file is relative to that file. A path that begins with a substituted variable, or with
// its default, and one that comes from the command line or from the project's defaults, is relative to the working folder.
import { stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
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

function malformed(text: string): Resolved {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: shown to the user as it is
  const expected = "${NAME} or ${NAME:-default}";
  return { code: "malformed", what: "malformed environment variable", expected, got: JSON.stringify(text) };
}

/** A path as messages show it: relative to the working folder where it lies below. */
export function shownPath(path: string, { cwd }: Pick<Folders, "cwd">): string {
  const below = relative(cwd, path);
  if (below === "") return ".";
  return below === ".." || below.startsWith(`..${sep}`) || isAbsolute(below)
    ? path
    : below.split(sep).join("/");
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
