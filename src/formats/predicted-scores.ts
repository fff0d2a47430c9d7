// The scores of a folder of predicted masks: scores.json, {"IMAGE/TARGET.0": 0.9, ...}, or scores.csv, a line each.
import { complain } from "../core/errors.ts";
import { readBytes, withoutSuffix } from "./files.ts";
import { readJson } from "./json-file.ts";

/** Score by file name below the folder, without suffix; empty where there is no file of scores. */
export async function readPredictedScores(
  root: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const scores = new Map<string, number>();
  const add = (where: string, name: string, score: unknown) => {
    if (typeof score !== "number" || !Number.isFinite(score))
      throw complain({
        where,
        what: "the score is not a number",
        got: `${JSON.stringify(score)} for ${name}`,
      });
    scores.set(/\.png$/i.test(name) ? withoutSuffix(name) : name, score);
  };
  if (names.includes("scores.json")) {
    const file = { root, name: "scores.json" };
    const value = await readJson(file);
    if (value === null || typeof value !== "object" || Array.isArray(value))
      throw complain({ where: file.name, what: "is no object", expected: '{"IMAGE/TARGET": score}' });
    for (const [name, score] of Object.entries(value)) add(file.name, name, score);
  } else if (names.includes("scores.csv")) {
    const text = (await readBytes({ root, name: "scores.csv" })).toString("utf8").replace(/^\uFEFF/, "");
    for (const [i, line] of text.split(/\r?\n/).entries()) {
      if (line.trim() === "" || (i === 0 && /^file\s*,\s*score\s*$/i.test(line))) continue;
      const comma = line.lastIndexOf(",");
      const score =
        comma < 0 || line.slice(comma + 1).trim() === "" ? undefined : Number(line.slice(comma + 1));
      add(
        `scores.csv:${i + 1}`,
        line
          .slice(0, comma)
          .trim()
          .replace(/^"(.*)"$/, "$1"),
        score,
      );
    }
  }
  return scores;
}
