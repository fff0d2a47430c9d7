// A part: what a worker found out about one unit, as it travels to the coordinator. A gzip of a head (a line of JSON) and three texts: the
// lines of rows, masks and times, byte for byte as they come into the run folder.
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { complain, reasonOf } from "../core/errors.ts";
import type { FilesRead } from "../formats/files-read.ts";

const FORMAT = "segbench/part@1";
/** More than any unit takes: what claims to be larger is not unpacked. */
const MOST_BYTES = 2 ** 30;

/** A unit's lines: each text ends with a newline, or is empty. */
export interface PartText {
  readonly rows: string;
  readonly masks: string;
  readonly timing: string;
  /** Lines of `rows`. */
  readonly count: number;
}

export interface PartHead {
  /** SHA-256 of the plan. */
  readonly plan: string;
  /** Of the plan, from 0. */
  readonly unit: number;
  /** What decides the last bits of the worker's numbers. */
  readonly numerics: string;
  /** Who computed it. */
  readonly worker: string;
  /** SHA-256 of rows and masks: two parts of a unit must agree in it. Times are chance. */
  readonly sha256: string;
  /** Data files that were read for it. */
  readonly files: FilesRead;
}

export interface Part extends PartHead {
  readonly text: PartText;
}

type Lengths = Pick<PartText, "count"> & Readonly<Record<"rows" | "masks" | "timing", number>>;

/** What two parts of a unit must agree in. */
export function hashOfText({ rows, masks }: Pick<PartText, "rows" | "masks">): string {
  return createHash("sha256").update(rows).update("\n").update(masks).digest("hex");
}

export function encodePart({ plan, unit, numerics, worker, sha256, files, text }: Part): Buffer {
  const { rows, masks, timing, count } = text;
  const lengths: Lengths = {
    count,
    rows: Buffer.byteLength(rows),
    masks: Buffer.byteLength(masks),
    timing: Buffer.byteLength(timing),
  };
  const head = { format: FORMAT, plan, unit, numerics, worker, sha256, files, ...lengths };
  return gzipSync(`${JSON.stringify(head)}\n${rows}${masks}${timing}`, { level: 6 });
}

/** Reads a part; throws where it is damaged, or not as long as it says, or its texts are not those of its hash. */
export function decodePart(bytes: Uint8Array, where: string): Part {
  const damaged = (got: string, cause?: unknown) =>
    complain(where, "is damaged", { expected: `format ${FORMAT}, as a worker wrote it`, got, cause });
  let data: Buffer;
  let head: Partial<PartHead & Lengths & { readonly format: string }>;
  let start: number;
  try {
    data = gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
    start = data.indexOf(10) + 1;
    head = JSON.parse(data.toString("utf8", 0, start));
  } catch (cause) {
    throw damaged(reasonOf(cause), cause);
  }
  const { format, plan, unit, numerics, worker, sha256, files = {}, count, rows, masks, timing } = head ?? {};
  if (format !== FORMAT) throw damaged(`format ${format ?? "unknown"}`);
  const names = [plan, numerics, worker, sha256];
  const numbers = [unit, count, rows, masks, timing];
  const read = typeof files === "object" && files !== null && Object.values(files).every(isText);
  if (!names.every(isText) || !numbers.every(isCount) || !read)
    throw damaged("a head without all its fields");
  const [ofRows, ofMasks, ofTiming] = [rows, masks, timing] as [number, number, number];
  if (start + ofRows + ofMasks + ofTiming !== data.length)
    throw damaged(`${data.length} bytes in place of ${start + ofRows + ofMasks + ofTiming}`);
  const text: PartText = {
    rows: data.toString("utf8", start, start + ofRows),
    masks: data.toString("utf8", start + ofRows, start + ofRows + ofMasks),
    timing: data.toString("utf8", start + ofRows + ofMasks),
    count: count!,
  };
  if (hashOfText(text) !== sha256) throw damaged("texts of another hash");
  const [ofPlan, of] = [
    { plan: plan!, unit: unit! },
    { numerics: numerics!, worker: worker! },
  ];
  return { ...ofPlan, ...of, sha256: sha256!, files, text };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Where two parts of one unit first differ, in words: "rows, line 3: steps[1].candidates[0].iou is 0.71 and 0.73". */
export function firstDifference(
  first: Pick<PartText, "rows" | "masks">,
  second: Pick<PartText, "rows" | "masks">,
): string | undefined {
  for (const key of ["rows", "masks"] as const) {
    const [a, b] = [first[key].split("\n"), second[key].split("\n")];
    for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
      if (a[i] === b[i]) continue;
      const found = fieldThatDiffers(parsedLine(a[i]), parsedLine(b[i]), "");
      return `${key}, line ${i + 1}: ${found ?? "the spelling"}`;
    }
  }
  return undefined;
}

function parsedLine(line: string | undefined): unknown {
  try {
    return line === undefined || line === "" ? undefined : JSON.parse(line);
  } catch {
    return line;
  }
}

function fieldThatDiffers(a: unknown, b: unknown, path: string): string | undefined {
  if (isTree(a) && isTree(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const name = Array.isArray(a) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
      const found = fieldThatDiffers(a[key], b[key], name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (Object.is(a, b)) return undefined;
  return `${path === "" ? "the line" : path} is ${brief(a)} and ${brief(b)}`;
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? "absent";
  return text.length > 40 ? `${text.slice(0, 40)} ...` : text;
}
