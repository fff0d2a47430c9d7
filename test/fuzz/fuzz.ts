// Seeded mutation of small files: whatever a file contains, a reader gives what is in it or a clear error, soon, opens
// nothing outside its root, and loses nothing in silence. SEGBENCH_FUZZ is the number of mutated inputs for each reader
// (default 100; `npm run fuzz`: 20,000).
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect } from "vitest";
import { SegbenchError } from "../../src/core/errors.ts";
import { draw } from "../../src/core/random.ts";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { openDataset } from "../../src/datasets/index.ts";
import { type Folder, makeFolder } from "../formats/fixture.ts";

export const fuzzCount = Number(process.env.SEGBENCH_FUZZ ?? 100);
/** Limit for an input in milliseconds of processor time, which a busy machine does not affect. */
const LONGEST = 2000;

export type Files = Readonly<Record<string, string | Uint8Array>>;

export interface Fuzz {
  readonly name: string;
  readonly files: Files;
  /** Names of the files to mutate; default: all. */
  readonly mutate?: readonly string[];
  /** Paths that the readers opened, filled by the test that watches the file system. */
  readonly opened?: Set<string>;
  /** Applied to a mutated file, so that damage gets past checksums. */
  readonly repair?: (name: string, content: string | Uint8Array) => string | Uint8Array;
  /** Gives the reading's counts; what it throws must be an error with a sentence. */
  read(folder: Folder, files: Files): Promise<Reading>;
}

/** What came of an input, by kind: "ok", "dropped", "refused" ... */
export interface Reading {
  readonly counts: Readonly<Record<string, number>>;
  readonly errors?: readonly unknown[];
  /** What was lost in silence. */
  readonly lost?: string | undefined;
}

/** Of all inputs. */
export type FuzzTally = Readonly<Record<string, number>> & { readonly slowest: number };

/** Reads mutated inputs one after the other; each must give counts or clear errors within its time. */
export async function fuzz({ name, files, mutate, opened, repair, read }: Fuzz): Promise<FuzzTally> {
  const folder = makeFolder(files);
  const tally: Record<string, number> & { slowest: number } = { slowest: 0 };
  const names = mutate ?? Object.keys(files);
  const watchdog = await watch();
  try {
    for (let i = 0; i < fuzzCount; i++) {
      const random = randomOf(name, i);
      const file = pick(random, names);
      const damaged = mutateFile(files[file]!, random);
      const mutated = repair?.(file, damaged) ?? damaged;
      folder.write(file, mutated);
      opened?.clear();
      const about = `${name} ${i}, ${file}`;
      watchdog.begin(i);
      const begin = process.cpuUsage();
      const {
        counts,
        errors = [],
        lost,
      } = await read(folder, { ...files, [file]: mutated }).catch(
        (error: unknown): Reading => ({ counts: { refused: 1 }, errors: [error] }),
      );
      const { user, system } = process.cpuUsage(begin);
      const took = Math.round((user + system) / 1000);
      expect(lost, about).toBeUndefined();
      for (const error of errors) checkSentence(error, about);
      for (const [key, count] of Object.entries(counts)) tally[key] = (tally[key] ?? 0) + count;
      tally.slowest = Math.max(tally.slowest, took);
      expect(took, about).toBeLessThan(LONGEST);
      const outside = [...(opened ?? [])].filter(
        (path) => !join(path, "/").startsWith(join(folder.root, "/")),
      );
      expect(outside, about).toEqual([]);
      folder.write(file, files[file]!);
    }
  } finally {
    await watchdog.end();
    folder.remove();
  }
  if (process.env.SEGBENCH_FUZZ !== undefined)
    process.stdout.write(`${name}: ${fuzzCount} inputs, ${JSON.stringify(tally)}\n`);
  return tally;
}

/** The error names a place below the root and says what is wrong. */
function checkSentence(error: unknown, about: string): void {
  expect(error, about).toBeInstanceOf(SegbenchError);
  const { message } = error as SegbenchError;
  expect(message, about).toMatch(/^\S.*: \S/s);
  expect(message, about).not.toMatch(/\[object |is not a function|Cannot read prop/);
}

/** Ends the process when an input blocks it for 30 seconds: no timeout of the test runner would be noticed then. */
async function watch() {
  const state = new Int32Array(new SharedArrayBuffer(4));
  const source = `const { workerData: state } = require("node:worker_threads");
    let [last, since] = [-1, Date.now()];
    setInterval(() => {
      if (state[0] !== last) [last, since] = [state[0], Date.now()];
      else if (Date.now() - since > 30_000) {
        require("node:fs").writeSync(2, \`input \${last} blocks its reader\\n\`);
        process.kill(process.pid, "SIGKILL");
      }
    }, 1000);`;
  const worker = new Worker(source, { eval: true, workerData: state });
  return { begin: (i: number) => Atomics.store(state, 0, i), end: () => worker.terminate() };
}

export interface DatasetFuzz extends Omit<Fuzz, "read"> {
  readonly card: DatasetCard;
  /** How many targets the files announce; undefined where that cannot be read from them. */
  readonly announced?: (files: Files) => number | undefined;
}

/**
 * Lists and loads a benchmark. Where its files announce how many targets there are, and no image fails, so many are read, dropped
 * or failed.
 */
export function fuzzDataset({ card, announced, ...about }: DatasetFuzz): Promise<FuzzTally> {
  return fuzz({
    ...about,
    async read(folder, files) {
      const counts = { refused: 0, images: 0, imagesFailed: 0, ok: 0, dropped: 0, failed: 0, counted: 0 };
      const errors: unknown[] = [];
      const refs = await openDataset(card, folder.root)
        .list()
        .catch((error: unknown) => {
          errors.push(error);
          counts.refused++;
          return [];
        });
      for (const ref of refs) {
        counts.images++;
        const sample = await ref.load().catch((error: unknown) => {
          errors.push(error);
          counts.imagesFailed++;
        });
        for (const target of sample?.targets ?? []) {
          counts[target.status]++;
          if (target.status === "failed" && !target.reason.includes(": "))
            errors.push(new Error(target.reason));
        }
      }
      for (const error of errors)
        if (!namesPlace(error, [...Object.keys(files), card.name]))
          return { counts, errors, lost: `no place is named: ${String(error)}` };
      const wanted = counts.refused + counts.imagesFailed > 0 ? undefined : announced?.(files);
      if (wanted === undefined) return { counts, errors };
      const seen = counts.ok + counts.dropped + counts.failed;
      if (seen !== wanted)
        return { counts, errors, lost: `${wanted} targets, ${seen} seen, in ${changed(about.files, files)}` };
      return { counts: { ...counts, counted: 1 }, errors };
    },
  });
}

function namesPlace(error: unknown, places: readonly string[]): boolean {
  const { message } = error as Error;
  const said = ["there is no such file", "the file cannot be read"];
  return [...places, ...said].some(
    (place) => message.includes(place) || message.includes(place.replace(/^.*\//, "")),
  );
}

function changed(before: Files, after: Files): string {
  const files = Object.keys(after).filter((file) => after[file] !== before[file]);
  return files.map((file) => `${file}: ${after[file]}`).join("\n");
}

/** JSON of a file; undefined where it is none. */
export function jsonOf(content: string | Uint8Array | undefined): unknown {
  try {
    return JSON.parse(String(content));
  } catch {
    return undefined;
  }
}

export type RandomNumber = () => number;

/** mulberry32, seeded with a name and a number. */
export function randomOf(name: string, number: number): RandomNumber {
  let state = Math.floor(draw("fuzz", name, number) * 2 ** 32);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One to three mutations: of bytes, and of values and numbers where the file is text. */
export function mutateFile(content: string | Uint8Array, random: RandomNumber): string | Uint8Array {
  let mutated = content;
  for (let left = 1 + Math.floor(3 * random() ** 2); left > 0; left--) {
    const text = typeof mutated === "string" ? mutated : undefined;
    const way = random();
    if (text !== undefined && way < 0.5) mutated = mutateJson(text, random) ?? mutateNumber(text, random);
    else if (text !== undefined && way < 0.75) mutated = mutateNumber(text, random);
    else {
      const bytes = mutateBytes(typeof mutated === "string" ? Buffer.from(mutated) : mutated, random);
      mutated = text === undefined ? bytes : Buffer.from(bytes).toString("utf8");
    }
  }
  return mutated;
}

const VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    0.5,
    1e9,
    -1e9,
    1e308,
    2 ** 31,
    4294967296,
    "",
    "0",
    "x",
    "../../../etc/passwd",
    "..",
    "/etc/passwd",
  ],
  ...[
    "C:\\a.png",
    "a\u0000b",
    "polygon",
    "__proto__",
    "1e999",
    [],
    {},
    [[]],
    [null],
    [[1, 2]],
    [
      [
        [0, 0],
        [9, 9],
        [0, 9],
      ],
    ],
    { name: "rect" },
  ],
  "é\n".repeat(50),
];

function mutateJson(text: string, random: RandomNumber): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const walk = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    for (const key of Object.keys(value)) {
      places.push({ holder: value as Record<string, unknown>, key });
      walk((value as Record<string, unknown>)[key]);
    }
  };
  walk(json);
  if (places.length === 0) return JSON.stringify(pick(random, VALUES));
  const { holder, key } = pick(random, places);
  const way = random();
  if (way < 0.6) holder[key] = pick(random, VALUES);
  else if (way < 0.75) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  } else if (way < 0.9) holder[key] = structuredClone(pick(random, places).holder);
  else if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
  else holder[`${key}2`] = holder[key];
  try {
    return JSON.stringify(json);
  } catch {
    return text;
  }
}

const NUMBERS = [
  "-1",
  "0",
  "1e308",
  "NaN",
  "99999999999",
  "-0.0001",
  "1e-320",
  "4294967297",
  "",
  "x",
  "3",
  "1000000",
  "65536",
  "0x10",
  "1,5",
];

function mutateNumber(text: string, random: RandomNumber): string {
  const found = [...text.matchAll(/-?\d+(\.\d+)?/g)];
  if (found.length === 0) return text + pick(random, NUMBERS);
  const { index, 0: number } = pick(random, found);
  return text.slice(0, index) + pick(random, NUMBERS) + text.slice(index + number.length);
}

export function mutateBytes(content: Uint8Array, random: RandomNumber): Uint8Array {
  const bytes = Buffer.from(content);
  const at = Math.floor(random() * bytes.length);
  const length = Math.ceil(random() ** 3 * (bytes.length - at));
  const way = Math.floor(random() * 5);
  if (way === 0) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
  if (way === 1) return bytes.subarray(0, at);
  if (way === 2) return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
  for (let i = at; i < Math.min(bytes.length, at + (way === 3 ? 1 : 4)); i++)
    bytes[i] = Math.floor(random() * 256);
  return bytes;
}

function pick<T>(random: RandomNumber, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}
