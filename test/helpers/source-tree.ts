// Sources as text: imports of a file, import cycles, and code without comments or strings.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

/** Path below src/ -> text. */
export type Tree = Readonly<Record<string, string>>;

export interface Import {
  readonly from: string;
  /** A path below src/, or the name of a package. */
  readonly to: string;
  /** A dynamic import. */
  readonly later: boolean;
}

/** Comments and quoted strings. */
const commentOrText =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
const statement = /^[ \t]*(?:import|export)\b[^;'"]*?\bfrom\s*["']([^"']+)["']/gm;
const bare = /(?:^[ \t]*import|\b(?:import|require)\s*\()\s*["']([^"']+)["']/gm;

export function readTree(): Tree {
  const src = fileURLToPath(new URL("../../src/", import.meta.url));
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.tsx?$/.test(name),
  );
  return Object.fromEntries(
    files.map((name) => [name.replaceAll("\\", "/"), readFileSync(join(src, name), "utf8")]),
  );
}

/** The first folder of a path; a file directly below src/ is its own. */
export const folderOf = (file: string) => file.split("/")[0] ?? "";

export function withoutComments(text: string): string {
  return text.replace(commentOrText, (part) => (part.startsWith("/") ? " " : part));
}

/** Without quoted strings too; templates stay, since they contain code. */
export function codeOf(text: string): string {
  return text.replace(commentOrText, (part) =>
    part.startsWith("/") ? " " : part.startsWith("`") ? part : '""',
  );
}

/** Without imports and re-exports, whose names belong to other files, and without comments. */
export function withoutImports(text: string): string {
  return withoutComments(text).replace(statement, "").replace(bare, "");
}

/** Quoted strings and templates, as written. */
export function textsOf(text: string): readonly string[] {
  return [...text.matchAll(commentOrText)]
    .map(([part]) => part)
    .filter((part) => !part.startsWith("/"))
    .map((part) => part.slice(1, -1));
}

/** Type-only imports included. */
export function importsOf(tree: Tree): readonly Import[] {
  return Object.entries(tree).flatMap(([from, text]) => {
    const source = withoutComments(text);
    return [...source.matchAll(statement), ...source.matchAll(bare)].map(([whole, name = ""]) => ({
      from,
      to: name.startsWith(".") ? posix.join(dirname(from), name) : name,
      later: /^import\s*\(/.test(whole),
    }));
  });
}

/** Each set of files that import each other (Tarjan), its files in code-unit order. */
export function cyclesOf(imports: readonly Import[]): readonly (readonly string[])[] {
  const edges = new Map<string, Import[]>();
  for (const one of imports) edges.set(one.from, [...(edges.get(one.from) ?? []), one]);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string) => {
    index.set(file, index.size);
    low.set(file, index.get(file)!);
    stack.push(file);
    for (const { to } of edges.get(file) ?? []) {
      if (!index.has(to)) visit(to);
      if (stack.includes(to)) low.set(file, Math.min(low.get(file)!, low.get(to)!));
    }
    if (low.get(file) !== index.get(file)) return;
    const knot = stack.splice(stack.indexOf(file)).sort();
    const selfish = edges.get(file)?.some(({ to }) => to === file) ?? false;
    if (knot.length > 1 || selfish) found.push(knot);
  };
  for (const file of [...edges.keys()].sort()) if (!index.has(file)) visit(file);
  return found;
}
