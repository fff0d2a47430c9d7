// Masks made elsewhere as a folder of PNGs: IMAGE/TARGET.png, TARGET@CLICKS.png, TARGET.0.png beside TARGET.1.png.
import { join } from "node:path";
import { complain } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import type { BitMask } from "../core/types.ts";
import { decoded } from "../core/words.ts";
import { fromBytes } from "../masks/bit-mask.ts";
import {
  type DataFile,
  fileFact,
  listFiles,
  readBytes,
  splitName,
  suffixOf,
  withoutSuffix,
} from "./files.ts";
import { decodeText, isObject, readJson } from "./json-file.ts";
import { readMask } from "./label-map.ts";
import type { FindImage, FoundMask } from "./predicted-records.ts";

const RULE = /^(.+?)(?:@(\d+))?(?:\.(\d+))?$/;

/** Reads the names of a folder of PNGs, and its scores.json or scores.csv; images are opened when they are scored. */
export async function readPredictedPngs(root: string, name: string, find: FindImage) {
  const names = await listFiles(root, "");
  const pngs = names.filter((file) => suffixOf(file) === ".png");
  if (pngs.length === 0) {
    const what = "holds no predictions";
    throw complain(name, what, { expected: "IMAGE/TARGET.png", got: "no PNG" });
  }
  const scores = await readPredictedScores(root, names);
  const stems = new Set(pngs.map(withoutSuffix));
  for (const file of scores.keys())
    if (!stems.has(file)) {
      const what = "there is no such file";
      throw complain(`${name}: scores`, what, { code: "not-found", got: `${file}.png` });
    }
  const masks: FoundMask[] = [];
  const facts: string[] = [];
  let bytes = 0;
  for (const file of names) {
    const fact = await fileFact(join(root, file));
    bytes += fact.bytes;
    facts.push(`${fact.sha256} ${file}`);
    if (suffixOf(file) !== ".png") continue;
    const [image, base] = splitName(file);
    if (image === "") throw complain(file, "is not in an image's folder", { expected: "IMAGE/TARGET.png" });
    const stem = withoutSuffix(base);
    const [, target = stem, clicks] = RULE.exec(stem) ?? [];
    const score = scores.get(withoutSuffix(file));
    masks.push({
      ...{ image: find([image, decoded(image)]), name: file },
      targets: [stem, decoded(stem), target, decoded(target)],
      ...(clicks !== undefined && { clicks: Number(clicks) }),
      ...(score !== undefined && { score }),
      read: () => readBinaryPng({ root, name: file }),
    });
  }
  return { masks, file: { path: name, bytes, sha256: sha256(facts.join("\n")) }, scored: scores.size > 0 };
}

/** A binary mask: 0 and one other value; colour channels must agree. */
async function readBinaryPng(file: DataFile): Promise<BitMask> {
  const { width, height, channels, data, alpha } = await readMask(file);
  const object = new Uint8Array(width * height);
  let foreground = 0;
  for (let i = 0, at = 0; i < object.length; i++, at += channels) {
    const value = data[at]!;
    if (alpha !== undefined && alpha[i]! > 0 !== value > 0)
      throw complain(file.name, "the mask's alpha and its values differ", {
        expected: "one of them, or both alike",
      });
    if (channels === 3 && (data[at + 1] !== value || data[at + 2] !== value))
      throw complain(file.name, "the mask is a colour image", { expected: "grey values" });
    if (value === 0) continue;
    if (foreground !== 0 && value !== foreground)
      throw complain(file.name, "the mask is not binary", {
        expected: "0 and one other value",
        got: `0, ${foreground} and ${value}`,
      });
    foreground = value;
    object[i] = 1;
  }
  return fromBytes(object, width, height);
}

/**
 * Score by file name below the folder, without suffix, from scores.json ({"IMAGE/TARGET.0": 0.9, ...}) or
 * scores.csv; empty if there is neither.
 */
async function readPredictedScores(
  root: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const scores = new Map<string, number>();
  const add = (where: string, name: string, score: unknown) => {
    if (typeof score !== "number" || !Number.isFinite(score)) {
      const got = `${JSON.stringify(score)} for ${name}`;
      throw complain(where, "the score is not a number", { got });
    }
    scores.set(/\.png$/i.test(name) ? withoutSuffix(name) : name, score);
  };
  if (names.includes("scores.json")) {
    const file = { root, name: "scores.json" };
    const value = await readJson(file);
    if (!isObject(value))
      throw complain(file.name, "is not an object", { expected: '{"IMAGE/TARGET": score}' });
    for (const [name, score] of Object.entries(value)) add(file.name, name, score);
  } else if (names.includes("scores.csv")) {
    const text = decodeText(await readBytes({ root, name: "scores.csv" }), "scores.csv");
    for (const [i, line] of text.split(/\r?\n/).entries()) {
      if (line.trim() === "" || (i === 0 && /^file\s*,\s*score\s*$/i.test(line))) continue;
      const comma = line.lastIndexOf(",");
      const [file, score] = [line.slice(0, comma).trim(), line.slice(comma + 1).trim()];
      const number = comma < 0 || score === "" ? undefined : Number(score);
      add(`scores.csv:${i + 1}`, file.replace(/^"(.*)"$/, "$1"), number);
    }
  }
  return scores;
}
