// Phrases as a call says them.
import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { complain, type Problem, reasonOf } from "../../core/errors.ts";
import { mustBeFile } from "../../formats/files.ts";
import { resolvePath } from "../paths.ts";
import type { Preparation } from "../plugins.ts";

const where = { path: "phrases" };

/** Each once, spaces around them cut; what is wrong with them is added to the problems. Each line of a text is a list with commas, or @FILE. */
export async function readPhrases(
  asked: string | readonly string[],
  around: Pick<Preparation, "cwd" | "env">,
  problems: Problem[],
): Promise<readonly string[]> {
  const listed = typeof asked === "string" ? [] : [...asked];
  for (const line of typeof asked === "string" ? asked.split("\n") : [])
    if (line.startsWith("@")) {
      const file = line.slice(1);
      const lines = await linesOf(file, around).catch((cause: NodeJS.ErrnoException) => {
        const what = cause.code === "ENOENT" ? "no such file" : reasonOf(cause);
        const expected = "a text file in UTF-8 with a phrase on each line";
        problems.push({ where, what, expected, got: JSON.stringify(file), cause });
      });
      if (lines === undefined) return [];
      listed.push(...lines);
    } else listed.push(...line.split(","));
  const phrases = [...new Set(listed.map((one) => one.trim()).filter((one) => one !== ""))];
  if (phrases.length === 0)
    problems.push({
      where,
      what: "there is no phrase",
      expected: 'phrases with commas between them, "red circle,dog", or @FILE with one on each line',
      got: JSON.stringify(asked),
    });
  return phrases;
}

async function linesOf(
  file: string,
  { cwd, env }: Pick<Preparation, "cwd" | "env">,
): Promise<readonly string[]> {
  const resolved = resolvePath(file, { cwd, env, base: cwd });
  if (!("path" in resolved)) throw complain({ where, ...resolved });
  await mustBeFile(resolved.path, "");
  const bytes = await readFile(resolved.path);
  // Text in UTF-16 is UTF-8 as well where it is English: each second byte is 0.
  if (!isUtf8(bytes) || bytes.includes(0)) throw new Error("is not text in UTF-8");
  return bytes
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/);
}
