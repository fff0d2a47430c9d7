// A YAML file as plain data, with the position of every key and value kept for messages.
import { readFile } from "node:fs/promises";
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { type Place, type Problem, reasonOf } from "../../core/errors.ts";
import { mustBeFile } from "../../formats/files.ts";
import { shownPath } from "../paths.ts";

export type Path = readonly (string | number)[];

export interface YamlFile {
  /** As shown in messages. */
  readonly file: string;
  /** Plain data; undefined when the text is not YAML. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Place of the value at a path, or of its key; where there is none, of the nearest thing around it. */
  place(path: Path, part?: "key" | "value"): Place;
}

export async function readYaml(path: string, cwd: string): Promise<YamlFile> {
  const file = shownPath(path, { cwd });
  try {
    await mustBeFile(path, "");
    return parseYaml(await readFile(path, "utf8"), file);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const what = missing ? "no such file" : reasonOf(error);
    const problem: Problem = { where: { file, path: "" }, what, cause: error };
    return { file, value: undefined, problems: [problem], place: () => ({ file, path: "" }) };
  }
}

function parseYaml(text: string, file: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const found = [...document.errors, ...document.warnings].map(
    (error): Problem => ({
      code: error.code === "DUPLICATE_KEY" ? "duplicate-key" : "malformed",
      where: { file, ...at(error.pos[0]), path: "" },
      what: messages[error.code] ?? `malformed YAML: ${error.message}`,
    }),
  );
  // One syntax error causes further ones: only the first counts.
  const duplicates = found.filter(({ code }) => code === "duplicate-key");
  const problems = [...duplicates, ...found.filter(({ code }) => code !== "duplicate-key").slice(0, 1)];
  const { value, problem } = problems.length === 0 ? dataOf(document) : {};
  return {
    file,
    value,
    problems:
      problem === undefined ? problems : [{ code: "malformed", where: { file, path: "" }, what: problem }],
    place: (path, part = "value") => ({
      file,
      ...at(offsetOf(document, path, part)),
      path: showKeys(path),
    }),
  };
}

const messages: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "duplicate key",
  MULTIPLE_DOCS: "more than one document",
};

/** An alias without its anchor, or too many of them, show only here. */
function dataOf(document: Document): { readonly value?: unknown; readonly problem?: string } {
  try {
    return { value: document.toJS() };
  } catch (error) {
    return { problem: `malformed YAML: ${reasonOf(error)}` };
  }
}

/** `["benchmarks", 0, "root"]` as `benchmarks[0].root`. */
export function showKeys(path: Path): string {
  return path.map((key, i) => (/^\d+$/.test(String(key)) ? `[${key}]` : i === 0 ? key : `.${key}`)).join("");
}

function offsetOf(document: Document, path: Path, part: "key" | "value"): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [i, key] of path.entries()) {
    if (isSeq(node)) {
      node = node.items[Number(key)];
    } else if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      if (part === "key" && i === path.length - 1) return offset;
      node = pair.value;
    }
    offset = startOf(node) ?? offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
