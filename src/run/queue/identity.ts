// What decides the last bits of a machine's numbers, and by which units that is tried out: machines that work on one run must agree.
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import type { PreparedRun } from "../../config/index.ts";
import type { Sample } from "../../core/types.ts";
import type { UnitJob } from "../../eval/index.ts";
import { graphicsCards, runtimeVersion } from "../surroundings.ts";

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

/**
 * By model, the unit that every machine computes before its first block, and must agree with the others in to the last byte: the first one; of
 * clips the first of the shortest.
 */
export function trialUnits(jobs: readonly UnitJob<Sample>[]): Readonly<Record<string, number>> {
  const trials: Record<string, { readonly unit: number; readonly frames: number }> = {};
  for (const { unit, ref } of jobs) {
    const { frames = 0 } = ref;
    const found = trials[unit.model];
    if (found === undefined || frames < found.frames) trials[unit.model] = { unit: unit.index, frames };
  }
  return Object.fromEntries(Object.entries(trials).map(([model, { unit }]) => [model, unit]));
}
