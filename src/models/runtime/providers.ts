// Execution providers: what they need, and whether they did the work.
import { complain } from "../../core/errors.ts";

interface Provider {
  /** Name in onnxruntime's profile. */
  readonly profiled: string;
  readonly needs: string;
}

export const providers: Readonly<Record<string, Provider>> = {
  cpu: { profiled: "CPUExecutionProvider", needs: "nothing else" },
  webgpu: { profiled: "WebGpuExecutionProvider", needs: "a GPU with a Vulkan, Metal or Direct3D 12 driver" },
  cuda: {
    profiled: "CUDAExecutionProvider",
    needs:
      "Linux x64 with an NVIDIA GPU, CUDA 12, cuDNN 9 and onnxruntime's CUDA libraries: npm rebuild onnxruntime-node --ignore-scripts=false --foreground-scripts",
  },
  tensorrt: {
    profiled: "TensorrtExecutionProvider",
    needs:
      "what cuda needs, and TensorRT 10: npm rebuild onnxruntime-node --ignore-scripts=false --foreground-scripts",
  },
  coreml: { profiled: "CoreMLExecutionProvider", needs: "macOS" },
  dml: { profiled: "DmlExecutionProvider", needs: "Windows with a Direct3D 12 driver" },
};

/** What a provider needs, for the error when a graph could not be opened on it. */
export function providerNeeds(provider: string): string {
  const known = providers[provider];
  return known === undefined
    ? `one of ${Object.keys(providers).join(", ")}`
    : `${provider}, which needs ${known.needs}; or another of ${Object.keys(providers)
        .filter((name) => name !== provider)
        .join(", ")}`;
}

/**
 * Graphs of which the provider ran no node: onnxruntime silently gives what a provider cannot run to the CPU. Some nodes
 * on the CPU are usual. `used`: graph -> nodes per provider, as profiled.
 */
export function fallenBack(
  provider: string,
  used: Readonly<Record<string, Readonly<Record<string, number>>>>,
): readonly string[] {
  const profiled = providers[provider]?.profiled;
  if (provider === "cpu" || profiled === undefined) return [];
  return Object.entries(used)
    .filter(([, counts]) => (counts[profiled] ?? 0) === 0)
    .map(([graph]) => graph);
}

export function fallbackError(
  files: readonly string[],
  provider: string,
  used: Readonly<Record<string, Readonly<Record<string, number>>>>,
) {
  const idle = fallenBack(provider, used).map((graph) => {
    const counts = Object.entries(used[graph]!).map(([name, nodes]) => `${nodes} nodes on ${name}`);
    return `${graph}: ${counts.length === 0 ? "no node profiled" : counts.join(", ")}`;
  });
  return complain(files.join(", "), `provider "${provider}" ran no node in the trial run`, {
    code: "model",
    expected: `nodes on ${providers[provider]?.profiled}, or permission to use the CPU (\`allowCpuFallback\`)`,
    got: idle.join("; "),
  });
}
