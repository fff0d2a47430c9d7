import { createHash } from "node:crypto";
import { join } from "node:path";
import { registries } from "../../src/config/index.ts";
import { prepare } from "../../src/config/runs/prepare.ts";
import { type OnnxModel, readOnnx, writeOnnx } from "../../src/formats/onnx-graph.ts";
import { families } from "../../src/models/index.ts";
import type { Graph, GraphHost, Tensor } from "../../src/models/runtime/graph.ts";
import { openOnnxHost } from "../../src/models/runtime/onnx.ts";
import { openSession } from "../../src/models/runtime/session.ts";
import { type Tensors, tapHost } from "../../src/models/runtime/tap.ts";
import type { ParityModel } from "../../src/parity/crossing.ts";
import { packageFolder } from "../helpers/synthetic.ts";

export type Stage = "encoder" | "decoder";
export type Plants = Partial<Record<Stage, (model: OnnxModel) => OnnxModel>>;

/** The bundled model on a few miniatures. */
export function prepared(benchmarks: readonly string[], protocols: readonly string[]) {
  const overrides = { models: ["tiny"], benchmarks, protocols, limit: 1 };
  const file = join(packageFolder, "configs", "export-gate.yaml");
  return prepare({ file, overrides, cwd: packageFolder, env: process.env, home: packageFolder }, registries);
}

type Run = Awaited<ReturnType<typeof prepared>>;

/** Opens the bundled model as it is, and with other files, all in one worker; what its own files gave once they need not compute again. */
export function openModels(run: Run) {
  const model = run.models[0]!;
  const worker = openOnnxHost({ provider: "cpu", threads: 1 });
  const own = new Map<string, Promise<Graph>>();
  const host: GraphHost = {
    ...worker,
    open(file) {
      if (!Object.values(model.files).includes(file)) return worker.open(file);
      const known = own.get(file) ?? worker.open(file).then(remembering);
      own.set(file, known);
      return known;
    },
    close: async () => undefined,
  };
  return {
    /** Files of `plants` are written into `folder`. */
    async open(
      plants: Plants,
      folder: string,
      prompt: { paddingPoint?: boolean } = {},
    ): Promise<ParityModel> {
      const file = async (stage: Stage) => {
        const path = model.files[stage]!;
        const plant = plants[stage];
        if (plant === undefined) return path;
        const planted = join(folder, `${stage}.onnx`);
        await writeOnnx(planted, plant(await readOnnx(path)));
        return planted;
      };
      const files = { encoder: await file("encoder"), decoder: await file("decoder") };
      const card = { ...model.card, prompt: { ...model.card.prompt, ...prompt } };
      const tapped = tapHost(host);
      const request = { card, files, batch: card.batch, host: tapped };
      return { name: model.name, session: await openSession(families[card.family]!, request), host: tapped };
    },
    close: () => worker.close(),
  };
}

/** A graph that runs once for the same feeds. */
function remembering(graph: Graph): Graph {
  const runs = new Map<string, Promise<Tensors>>();
  let providers: ReturnType<Graph["providersUsed"]> | undefined;
  return {
    ...graph,
    async run(feeds) {
      const key = keyOf(feeds as Tensors);
      const known = runs.get(key) ?? (graph.run(feeds) as Promise<Tensors>);
      runs.set(key, known);
      const copied = Object.entries(await known).map(([name, tensor]) => [
        name,
        { ...tensor, data: tensor.data.slice() } as Tensor,
      ]);
      return Object.fromEntries(copied);
    },
    providersUsed() {
      providers ??= graph.providersUsed();
      return providers;
    },
  };
}

function keyOf(feeds: Tensors): string {
  const hash = createHash("sha256");
  for (const [name, { type, dims, data }] of Object.entries(feeds)) {
    hash.update(`${name} ${type} ${dims.join()}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
