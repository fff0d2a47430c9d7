// Masks made elsewhere as JSON records: an array, or one per line, like a run's masks.jsonl.
import { basename, dirname } from "node:path";
import { complain } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import type { PredictedMask, StepName } from "../core/predictions.ts";
import { maskFromSegmentation } from "./coco-segmentation.ts";
import { isResult } from "./detections.ts";
import { readBytes, suffixOf } from "./files.ts";
import { decodeText, type Json, objectIn, parseJson, textOf } from "./json-file.ts";

/** Which records of a file to take; a record without the field is taken. */
export interface RecordChoice {
  readonly benchmark: string;
  readonly model?: string;
  readonly protocol?: string;
}

/** An image's id as the benchmark has it, of the names that it may go by, the likeliest first; the last one if there is none. */
export type FindImage = (names: readonly string[]) => string;

export function imageFinderIn(ids: readonly string[]): FindImage {
  const idOf = idFinder(ids);
  return (names) => names.map(idOf).find((id) => id !== undefined) ?? names.at(-1)!;
}

/** Finds the id that a name means: the name itself, else the one with the same letters composed (NFC). */
export function idFinder(ids: readonly string[]): (name: string) => string | undefined {
  const known = new Map([
    ...ids.map((id) => [id.normalize("NFC"), id] as const),
    ...ids.map((id) => [id, id] as const),
  ]);
  return (name) => known.get(name) ?? known.get(name.normalize("NFC"));
}

interface PredictedRecord extends StepName {
  readonly sample: string;
  readonly target: string;
  readonly segmentation: unknown;
  readonly score?: number;
  /** Of a clip. */
  readonly frame?: string;
  readonly model?: string;
  readonly protocol?: string;
}

/** A mask from a file, of one image. */
export interface FoundMask extends PredictedMask, StepName {
  readonly image: string;
  /** Possible ids of its target, the likeliest first; its `clicks` belong to the last two. */
  readonly targets: readonly string[];
  /** Of a clip. */
  readonly frame?: string;
}

/**
 * Reads `{sample, target, rle | segmentation, score?, at?: {clicks?, draw?}, benchmark?, model?, protocol?}`
 * records, where a segmentation is COCO RLE (counts as text or as a list) or polygons; `image` in place of
 * `sample`, and `clicks` and `draw` beside it, are accepted as well. Rejects a file that is not a list of
 * such records; a segmentation that cannot be decoded fails its target alone.
 */
export async function readPredictedRecords(path: string, choice: RecordChoice, find: FindImage) {
  const file = { root: dirname(path), name: basename(path) };
  const bytes = await readBytes(file);
  const records = recordsOf(bytes, file.name).filter((record) => isOf(record.value, choice));
  // The models and protocols that the taken records name.
  const [models, protocols] = [new Set<string>(), new Set<string>()];
  const masks = records.map(({ where, value }): FoundMask => {
    const { sample, target, frame, segmentation, score, clicks, draw, model, protocol } = checkRecord(
      value,
      where,
    );
    if (model !== undefined) models.add(model);
    if (protocol !== undefined) protocols.add(protocol);
    const name = `${where}, sample ${sample}, target ${target}`;
    return {
      ...{ image: find([sample]), targets: [target], name: where },
      ...(frame !== undefined && { frame: String(frame) }),
      ...(score !== undefined && { score }),
      ...(clicks !== undefined && { clicks }),
      ...(draw !== undefined && { draw }),
      read: async (size) => maskFromSegmentation(segmentation, size, name),
    };
  });
  const fact = { path: file.name, bytes: bytes.length, sha256: sha256(bytes) };
  return { masks, file: fact, models: [...models], protocols: [...protocols] };
}

function recordsOf(bytes: Buffer, name: string): { readonly where: string; readonly value: unknown }[] {
  const text = decodeText(bytes, name);
  if (suffixOf(name) === ".jsonl")
    return text
      .split("\n")
      .map((line, i) => ({ where: `${name}:${i + 1}`, line }))
      .filter(({ line }) => line.trim() !== "")
      .map(({ where, line }) => ({ where, value: parseJson(line, where) }));
  const value = parseJson(text, name);
  if (Array.isArray(objectIn(value).annotations)) throw detected(`${name}, annotations[0]`);
  if (!Array.isArray(value)) {
    const [expected, got] = ["an array of {sample, target, rle}", value === null ? "null" : typeof value];
    throw complain(name, "is not a list of predictions", { expected, got });
  }
  return value.map((entry, i) => ({ where: `${name}[${i}]`, value: entry as unknown }));
}

function isOf(value: unknown, choice: RecordChoice): boolean {
  const record = objectIn(value);
  return Object.entries(choice).every(
    ([key, wanted]) => wanted === undefined || record[key] === undefined || record[key] === wanted,
  );
}

/** What names no target can only be matched. */
function detected(where: string): Error {
  return complain(where, "is a detection of COCO results, which names no target", {
    expected:
      "`match` coco for average recall and precision, or best, which gives each target the best-scored detection with IoU >= 0.5; or {sample, target, rle}",
  });
}

function checkRecord(value: unknown, where: string): PredictedRecord {
  const record = objectIn(value);
  if (isResult(record)) throw detected(where);
  const wrong = (what: string, expected: string, got: unknown) =>
    complain(where, what, { expected, got: textOf(got) });
  const id = (...keys: string[]) => {
    const found = keys.map((key) => record[key]).find((value) => value !== undefined);
    if (typeof found === "number" || (typeof found === "string" && found !== "")) return String(found);
    throw wrong(`${keys[0]} is missing`, "the id that the benchmark has", found);
  };
  const [sample, target] = [id("sample", "image"), id("target")];
  const { at = record } = record;
  if (at === null || typeof at !== "object") throw wrong("at is not an object", "{clicks, draw?}", at);
  const step = at as Json;
  for (const key of ["clicks", "draw"] as const) {
    const count = step[key];
    if (count !== undefined && !(Number.isSafeInteger(count) && (count as number) >= 0))
      throw wrong(`${key} is not a count`, "a whole number from 0", count);
  }
  if (record.score !== undefined && !Number.isFinite(record.score))
    throw wrong("score is not a number", "a finite number", record.score);
  const segmentation = record.rle ?? record.segmentation;
  if (segmentation == null) throw wrong("there is no mask", "rle or segmentation", Object.keys(record));
  const named = Object.fromEntries(
    Object.entries(step).filter(([key]) => key === "clicks" || key === "draw"),
  );
  return { ...(record as object), ...named, sample, target, segmentation } as PredictedRecord;
}
