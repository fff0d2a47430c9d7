// Phrases as a call says them.
import { readFile } from "node:fs/promises";
import { complain, type Problem, reasonOf } from "../core/errors.ts";
import { mustBeFile } from "../formats/files.ts";
import { resolvePath } from "./paths.ts";
import type { Preparation } from "./plugins.ts";

/** Each once, spaces around them cut; what is wrong with them is added to the problems. */
export async function readPhrases(
  asked: string | readonly string[],
  { cwd, env }: Pick<Preparation, "cwd" | "env">,
  problems: Problem[],
): Promise<readonly string[]> {
  const where = { path: "phrases" };
  const file = typeof asked === "string" && asked.startsWith("@") ? asked.slice(1) : undefined;
  let listed = typeof asked === "string" ? asked.split(",") : asked;
  if (file !== undefined) {
    const resolved = resolvePath(file, { cwd, env, base: cwd });
    try {
      if (!("path" in resolved)) throw complain({ where, ...resolved });
      await mustBeFile(resolved.path, "");
      listed = (await readFile(resolved.path, "utf8")).replace(/^\uFEFF/, "").split(/\r?\n/);
    } catch (cause) {
      const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
      const what = missing ? "no such file" : reasonOf(cause);
      problems.push({
        where,
        what,
        expected: "a text file with a phrase on each line",
        got: JSON.stringify(file),
        cause,
      });
      return [];
    }
  }
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
