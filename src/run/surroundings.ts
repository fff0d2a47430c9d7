import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import { packageFolder } from "../config/paths.ts";
import type { PreparedRun } from "../config/runs/prepare.ts";
import { given } from "../core/given.ts";
import type { Manifest, Shard } from "../core/plan.ts";
import type { Sitting } from "../core/timing.ts";

export const version: string = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")).version;

/** The manifest of a run folder; `models`: facts about each open model, by name. */
export async function manifestOf(
  { plan, planHash, drawn = [] }: Pick<Manifest, "plan" | "planHash" | "drawn">,
  models: Manifest["models"],
  shard: Shard | null = null,
): Promise<Manifest> {
  const around = { software: await software(), hardware: { ...hardware() } };
  const facts = drawn.length === 0 ? {} : { drawn };
  return { format: "segbench/manifest@2", plan, planHash, shard, ...around, ...facts, models };
}

/** Versions of what can change a number. */
async function software(): Promise<Record<string, string>> {
  const require = createRequire(import.meta.url);
  // As the rest of the program loads it: `require` would load a second one. The command line's version needs none.
  const { default: sharp } = await import("sharp");
  return {
    segbench: version,
    node: process.versions.node,
    "onnxruntime-node": versionOf(require, "onnxruntime-node"),
    sharp: sharp.versions.sharp ?? versionOf(require, "sharp"),
    libvips: sharp.versions.vips ?? "unknown",
    platform: `${process.platform}-${process.arch}`,
  };
}

function versionOf(require: NodeJS.Require, name: string): string {
  const main = require.resolve(name);
  const root = main.slice(
    0,
    main.lastIndexOf(`${join("node_modules", name)}`) + join("node_modules", name).length,
  );
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
}

export function runtimeVersion(): string {
  return versionOf(createRequire(import.meta.url), "onnxruntime-node");
}

/** What times of calls depend on beside the model. */
export function sittingOf(run: Pick<Sitting, "provider" | "threads" | "workers">): Sitting {
  return {
    ...hardware(),
    os: `${process.platform}-${process.arch}`,
    ...given({ gpu: run.provider === "cpu" ? undefined : graphicsCards() }),
    ...{ runtime: `onnxruntime-node ${runtimeVersion()}`, ...run },
  };
}

/** NVIDIA's cards as its driver on Linux names them; undefined where there are none, or none that can be seen. */
export function graphicsCards(folder = "/proc/driver/nvidia/gpus"): string | undefined {
  try {
    const models = readdirSync(folder)
      .sort()
      .map((card) => readFileSync(join(folder, card, "information"), "utf8"))
      .flatMap((text) => /^Model:\s*(.+)$/m.exec(text)?.[1]?.trim() ?? []);
    return models.length === 0 ? undefined : models.join(", ");
  } catch {
    return undefined;
  }
}

function hardware(): Pick<Sitting, "processor" | "cores" | "memoryGiB"> {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}

/** Extensions by which the runtime chooses its kernels, each of which rounds sums in its own order. */
const extensions = [
  ...["fma", "avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16"],
  ...["asimddp", "i8mm", "bf16", "sve", "sve2"],
];

/**
 * "cpu, onnxruntime 1.30.0, x64 fma avx2 avx512f": provider and version of the runtime, and of the processor architecture and extensions, or the
 * graphics cards and their driver. Sums are rounded in another order elsewhere, and a tie, or a click, may flip.
 */
export function numericsOf({
  models,
  plan,
}: Pick<PreparedRun, "models"> & { readonly plan: Pick<PreparedRun["plan"], "provider"> }): string {
  const providers = [...new Set(models.map(({ card }) => card.provider ?? plan.provider))].sort();
  const device = providers.every((one) => one === "cpu") ? "" : `, ${graphics() ?? "an unknown device"}`;
  return `${providers.join(" and ")}, onnxruntime ${runtimeVersion()}, ${processor()}${device}`;
}

function processor(): string {
  const text = textOf("/proc/cpuinfo");
  const flags = new Set(/^(?:flags|Features)\s*:\s*(.*)$/m.exec(text ?? "")?.[1]?.split(" "));
  const known = extensions.filter((name) => flags.has(name));
  return [process.arch, ...(text === undefined ? [cpus()[0]?.model.trim() ?? "unknown"] : known)].join(" ");
}

/** NVIDIA's cards and driver as Linux tells them. */
function graphics(): string | undefined {
  const cards = graphicsCards();
  if (cards === undefined) return undefined;
  const driver = /(\d+\.[\d.]+)/.exec(textOf("/proc/driver/nvidia/version") ?? "")?.[1];
  return `${[...new Set(cards.split(", "))].sort().join(", ")}, driver ${driver ?? "unknown"}`;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
