// Seeded mutation of small benchmarks: whatever a file contains, a reader gives a sample or a clear error,
// quickly, and opens nothing outside its root. SEGBENCH_FUZZ is the number of mutated inputs per format
// (default 20; `npm run fuzz`: 400).
import { join } from "node:path";
import { expect } from "vitest";
import { SegbenchError } from "../../src/core/errors.ts";
import { draw } from "../../src/core/random.ts";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { openDataset } from "../../src/datasets/index.ts";
import { makeFolder } from "../formats/fixture.ts";

export const fuzzCount = Number(process.env.SEGBENCH_FUZZ ?? 20);
/** Limit per input in milliseconds of processor time, which a busy machine does not affect. */
const LONGEST = 2000;

export interface Fuzz {
  readonly name: string;
  readonly card: DatasetCard;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Names of the files to mutate; default: all. */
  readonly mutate?: readonly string[];
  /** Paths that the readers opened, filled by the test that watches the file system. */
  readonly opened?: Set<string>;
  /** Applied to a mutated file, so that damage gets past checksums. */
  readonly repair?: (name: string, content: string | Uint8Array) => string | Uint8Array;
}

/** Results of all inputs: benchmarks rejected, images rejected, targets by status. */
export type FuzzTally = Readonly<
  Record<"refused" | "imagesFailed" | "ok" | "dropped" | "failed" | "slowest", number>
>;

export async function fuzzDataset({ name, card, files, mutate, opened, repair }: Fuzz): Promise<FuzzTally> {
  const folder = makeFolder(files);
  const tally = { refused: 0, imagesFailed: 0, ok: 0, dropped: 0, failed: 0, slowest: 0 };
  const names = mutate ?? Object.keys(files);
  try {
    for (let i = 0; i < fuzzCount; i++) {
      const random = randomOf(name, i);
      const file = pick(random, names);
      const damaged = mutateFile(files[file]!, random);
      const mutated = repair?.(file, damaged) ?? damaged;
      folder.write(file, mutated);
      opened?.clear();
      const about = `${name} ${i}, ${file}`;
      const sayWell = (error: unknown) => {
        expect(error, about).toBeInstanceOf(SegbenchError);
        const { message } = error as SegbenchError;
        expect(message, about).toMatch(/^\S.*: \S/s);
        // Where nothing is found at all, the message names the place.
        if (!/: (no image was found|its data is missing)/.test(message))
          expect(message, about).not.toContain(folder.root);
        const places = [...Object.keys(files), card.name, "there is no such file", "the file cannot be read"];
        expect(
          places.some((place) => message.includes(place) || message.includes(place.replace(/^.*\//, ""))),
          `${about}: ${message}`,
        ).toBe(true);
      };
      const readAll = async () => {
        const begin = process.cpuUsage();
        const refs = await openDataset(card, folder.root)
          .list()
          .catch((error: unknown) => {
            sayWell(error);
            tally.refused++;
            return [];
          });
        for (const ref of refs) {
          const sample = await ref.load().catch((error: unknown) => {
            sayWell(error);
            tally.imagesFailed++;
          });
          for (const target of sample?.targets ?? []) {
            tally[target.status]++;
            if (target.status === "failed") expect(target.reason, about).toMatch(/: /);
          }
        }
        const { user, system } = process.cpuUsage(begin);
        return (user + system) / 1000;
      };
      const took = await readAll();
      tally.slowest = Math.max(tally.slowest, Math.round(took));
      expect(took, about).toBeLessThan(LONGEST);
      for (const path of opened ?? []) expect(join(path, "/"), about).toContain(join(folder.root, "/"));
      folder.write(file, files[file]!);
    }
  } finally {
    folder.remove();
  }
  return tally;
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
