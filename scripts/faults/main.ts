// Writes every faulty variant of a model below a folder, for `segbench parity`: OUT/NAME/encoder.onnx and decoder.onnx.
//
//   npx tsx scripts/faults/main.ts [OUT] [ENCODER DECODER]
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type OnnxModel, readOnnx, writeOnnx } from "../../src/formats/onnx-graph.ts";
import { faults, pruned, reordered } from "../../test/helpers/faults.ts";

const [out = "faults", encoder = "models/tiny/encoder.onnx", decoder = "models/tiny/decoder.onnx"] =
  process.argv.slice(2);
const sources = { encoder, decoder };
const prune = (model: OnnxModel) => pruned(model, 0.3);
const variants = [
  ...faults.map(({ name, stage, plant }) => ({ name, plants: { [stage]: plant } })),
  { name: "pruned", plants: { encoder: prune, decoder: prune } },
  { name: "same", plants: {} },
  { name: "reordered", plants: { encoder: reordered, decoder: reordered } },
];
for (const { name, plants } of variants) {
  const folder = join(out, name);
  mkdirSync(folder, { recursive: true });
  for (const stage of ["encoder", "decoder"] as const) {
    const plant = (plants as Partial<Record<typeof stage, (typeof faults)[number]["plant"]>>)[stage];
    const file = join(folder, `${stage}.onnx`);
    if (plant === undefined) copyFileSync(sources[stage], file);
    else await writeOnnx(file, plant(await readOnnx(sources[stage])));
  }
  console.log(name);
}
