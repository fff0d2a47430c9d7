// What decides how a processor rounds: the runtime chooses its kernels by the instruction sets that it finds.
import { readFileSync } from "node:fs";

/** Those that onnxruntime's kernels ask for (core/mlas/lib/platform.cpp). */
const asked = ["avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_tile", "asimddp", "i8mm", "bf16"];

/** Instruction sets of this processor that kernels are chosen by; empty where the system does not tell (not Linux). */
export function instructionSets(): readonly string[] {
  let text: string;
  try {
    text = readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return [];
  }
  const flags = new Set(text.split("\n\n")[0]!.split(/\s+/));
  return asked.filter((name) => flags.has(name));
}

/** The numerics class: runs of one class give the same bytes. "cpu | onnxruntime-node 1.30.0 | linux-x64 avx2 avx512f". */
export function numericsClass(provider: string, runtime: string, platform: string): string {
  return [provider, `onnxruntime-node ${runtime}`, [platform, ...instructionSets()].join(" ")].join(" | ");
}
