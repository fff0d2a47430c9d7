import { join } from "node:path";
import { registries } from "../../src/config/index.ts";
import { openPrepared } from "../../src/config/open-model.ts";
import { prepare } from "../../src/config/prepare.ts";
import { type OnnxModel, readOnnx, writeOnnx } from "../../src/formats/onnx-graph.ts";
import { type TappedHost, tapHost } from "../../src/models/runtime/tap.ts";
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

/** The bundled model with other files: those of `plants` are written into `folder`. */
export async function openPlanted(
  run: Run,
  plants: Plants,
  folder: string,
  prompt: { paddingPoint?: boolean } = {},
): Promise<ParityModel> {
  const model = run.models[0]!;
  const file = async (stage: Stage, path: string) => {
    const plant = plants[stage];
    if (plant === undefined) return path;
    const planted = join(folder, `${stage}.onnx`);
    await writeOnnx(planted, plant(await readOnnx(path)));
    return planted;
  };
  const { encoder, decoder } = model.files;
  const files = { encoder: await file("encoder", encoder!), decoder: await file("decoder", decoder!) };
  const card = { ...model.card, prompt: { ...model.card.prompt, ...prompt } };
  let host: TappedHost | undefined;
  const session = await openPrepared({ ...model, card, files }, run.plan, (inner) => {
    host = tapHost(inner);
    return host;
  });
  return { name: model.name, session, host: host! };
}
