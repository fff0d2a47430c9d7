// A look into JSON, XML, YAML and text files: enough to tell what they are. Of many alike in a folder a few are read, of a
// large one its beginning.
import { open, stat } from "node:fs/promises";
import { parse } from "yaml";
import { reasonOf } from "../../core/errors.ts";
import { groupBy } from "../../core/group-by.ts";
import { pathOf, splitName, suffixOf } from "../../formats/files.ts";
import { isObject, readJson } from "../../formats/json-file.ts";
import { spread } from "../inspect.ts";
import type { Survey } from "./survey.ts";

export interface Document {
  readonly name: string;
  readonly suffix: string;
  /** The first characters. */
  readonly head: string;
  /** What JSON and YAML hold; undefined for large files, which `head` alone shows, and for broken ones. */
  readonly value?: unknown;
  /** Why it cannot be read. */
  readonly problem?: string;
  /** Files of its folder and suffix, for which it stands; itself where it stands alone. */
  readonly alike: readonly string[];
}

/** Bytes from which a file is not parsed here. */
const LARGE = 1 << 25;
const HEAD = 1 << 16;
/** So many files of a folder and suffix are each looked at; of more, `FEW`. */
const EACH = 8;
const FEW = 3;
const MOST = 120;

/** What the documents that may describe masks hold. */
export async function documentsOf(survey: Survey): Promise<readonly Document[]> {
  const { said, role, documents, root } = survey;
  const meant = said.annotations || said.masks;
  const names = documents.filter((name) => !meant || role(name) === "annotations" || role(name) === "masks");
  const groups = [...groupBy(names, (name) => `${splitName(name)[0]}\n${suffixOf(name)}`).values()];
  const chosen = groups.flatMap((group): { name: string; alike: readonly string[] }[] =>
    group.length <= EACH
      ? group.map((name) => ({ name, alike: [name] }))
      : spread(group.length, FEW).map((i) => ({ name: group[i]!, alike: group })),
  );
  const looked = spread(chosen.length, MOST).map((i) => chosen[i]!);
  const found: Document[] = [];
  for (const { name, alike } of looked) found.push({ ...(await lookInto(root, name)), alike });
  return found;
}

async function lookInto(root: string, name: string): Promise<Omit<Document, "alike">> {
  const file = { root, name };
  const suffix = suffixOf(name);
  try {
    const head = await headOf(pathOf(file));
    const { size } = await stat(pathOf(file));
    if (/^\.ya?ml$/.test(suffix)) return { name, suffix, head, value: parse(head) as unknown };
    if (!/json$/.test(suffix) || size > LARGE) return { name, suffix, head };
    return { name, suffix, head, value: await readJson(file) };
  } catch (error) {
    return { name, suffix, head: "", problem: reasonOf(error) };
  }
}

async function headOf(path: string): Promise<string> {
  const handle = await open(path);
  try {
    const bytes = Buffer.alloc(HEAD);
    const { bytesRead } = await handle.read(bytes, 0, HEAD, 0);
    return bytes.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The value's member of that name, where it is an object with a list there. */
export function listOf(value: unknown, key: string): readonly unknown[] | undefined {
  const list = isObject(value) ? value[key] : undefined;
  return Array.isArray(list) ? list : undefined;
}

/** All files for which documents stand. */
export function namesOf(documents: readonly Document[]): readonly string[] {
  return [...new Set(documents.flatMap(({ alike }) => alike))].sort();
}
