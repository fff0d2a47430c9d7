import { readFile, rename, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";
import { canonicalJson } from "../core/hash.ts";
import type { Manifest } from "../core/plan.ts";
import { isObject } from "../formats/json-file.ts";
import { manifestFile } from "./files.ts";

const FORMAT = "segbench/manifest@2";
const OLDER = "segbench/manifest@1";

/** Writes `manifest.json` whole or not at all: a temporary file in the same folder takes its place. */
export async function writeManifest(dir: string, manifest: Manifest, durable = false): Promise<void> {
  const path = join(dir, manifestFile);
  const temporary = `${path}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(manifest, undefined, 2)}\n`, { flush: durable });
    await rename(temporary, path);
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw complain(path, "cannot be written", { got: reasonOf(cause), cause });
  }
}

/** Reads a run folder's manifest; undefined where there is none. */
export async function findManifest(dir: string): Promise<Manifest | undefined> {
  const path = join(dir, manifestFile);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw complain(path, "cannot be read", { got: reasonOf(cause), cause });
  }
  let manifest: Partial<Manifest> | null;
  try {
    manifest = JSON.parse(text);
  } catch (cause) {
    throw complain(path, "is damaged", { expected: "JSON", got: reasonOf(cause), cause });
  }
  if ((manifest?.format as string | undefined) === OLDER) throw olderRun(dir, manifest);
  if (manifest?.format === FORMAT && manifest.plan !== undefined) return manifest as Manifest;
  throw complain(path, "is not the manifest of a run", {
    expected: `format ${FORMAT}`,
    got: manifest?.format === undefined ? "no format" : String(manifest.format),
  });
}

/** Rows of the first format do not say what was sent: such a run is made again, not converted. */
function olderRun(dir: string, manifest: Partial<Manifest> | null): Error {
  const { plan, shard } = manifest ?? {};
  const models = (plan?.models ?? []).map(({ name }) => name).join(",");
  const part = shard === undefined || shard === null ? "" : ` --shard ${shard.index}/${shard.count}`;
  const external = plan?.models?.some(({ card }) => card.family === "external") === true;
  const command = external
    ? `score BENCHMARK MASKS --out ${dir} --fresh`
    : plan?.replay === undefined
      ? `run FILE --out ${dir}${part} --fresh`
      : `replay RUN --models ${models} --out ${dir} --fresh`;
  return complain(
    dir,
    "was made by an earlier version of segbench, whose rows have another format (docs/files.md lists the keys)",
    { expected: `${FORMAT}: \`segbench ${command}\` makes the run again`, got: OLDER },
  );
}

/** Reads a run folder's manifest. */
export async function readManifest(dir: string): Promise<Manifest> {
  const manifest = await findManifest(dir);
  if (manifest === undefined)
    throw complain(dir, "is not a run folder", {
      code: "not-found",
      expected: manifestFile,
      got: "no such file",
    });
  return manifest;
}

/**
 * One manifest for work done in several places (a continued run, merged shards). Plan and shard are the first's; facts
 * about software, hardware and models that differ are all kept: "20.9.0 | 22.1.0".
 */
export function blendManifests(first: Manifest, ...others: readonly Manifest[]): Manifest {
  const all = [first, ...others];
  const drawn = [...new Set(all.flatMap((manifest) => manifest.drawn ?? []))];
  return {
    ...first,
    ...(drawn.length === 0 ? {} : { drawn }),
    software: all.map(({ software }) => software).reduce(blendFacts),
    hardware: all.map(({ hardware }) => hardware).reduce(blendFacts),
    models: all.map(({ models }) => models).reduce(blendFacts),
  };
}

/** Facts of two machines: what differs is all kept. */
export function blendFacts<T>(a: T, b: T): T {
  return blend(a, b) as T;
}

function blend(a: unknown, b: unknown): unknown {
  if (a === undefined || b === undefined) return a ?? b;
  if (canonicalJson(a) === canonicalJson(b)) return a;
  if (Array.isArray(a) && Array.isArray(b)) {
    const known = new Set(a.map(canonicalJson));
    return [...a, ...b.filter((entry) => !known.has(canonicalJson(entry)))];
  }
  if (isObject(a) && isObject(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return Object.fromEntries(keys.map((key) => [key, blend(a[key], b[key])]));
  }
  const parts = String(isObject(a) ? JSON.stringify(a) : a).split(" | ");
  const more = String(isObject(b) ? JSON.stringify(b) : b);
  return parts.includes(more) ? a : [...parts, more].join(" | ");
}

/** Adds facts to a run folder's manifest; to be called by whoever writes the folder. */
export async function addFacts(
  dir: string,
  facts: Pick<Manifest, "software" | "hardware" | "models">,
): Promise<void> {
  const before = await readManifest(dir);
  const now = blendManifests(before, { ...before, ...facts });
  if (canonicalJson(before) !== canonicalJson(now)) await writeManifest(dir, now);
}
