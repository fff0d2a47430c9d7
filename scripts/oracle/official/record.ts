// What the product sends and answers on pictures, for the judges beside this file to repeat with the authors' code:
//
//   npx tsx scripts/oracle/official/record.ts OUT CARD [--data DIR] [--benchmarks NAME,...]
//                                                   [--real 30] [--made 10] [--targets 3]
//
// CARD is a model card. Pictures are those of configs/real-samples.yaml, or of the benchmarks named, below DIR (default:
// SEGBENCH_DATA). OUT gets pictures.json (sizes and hashes), N.rgb (decoded pixels), N.jsonl (a target a
// line) and N.f32 (mask prompts as the decoder was fed them).

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { imagesOf } from "../../../src/config/runs/kinds.ts";
import { rleOf } from "../../../src/masks/rle.ts";
import { type Picture, picturesOf, realSamples } from "./pictures.ts";
import { openPlayer } from "./play.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: process.env.SEGBENCH_DATA ?? "datasets/data" },
    benchmarks: { type: "string" },
    real: { type: "string", default: "30" },
    made: { type: "string", default: "10" },
    targets: { type: "string", default: "3" },
  },
});
const [out, card] = positionals;
if (out === undefined || card === undefined) throw new Error("usage: record.ts OUT CARD [--data DIR] ...");
const asked = { real: Number(values.real), made: Number(values.made), targets: Number(values.targets) };
const { models, benchmarks } = await realSamples(card, values, { batch: 1 });
const model = models[0]!;
const player = await openPlayer(model.card, model.files);
mkdirSync(out, { recursive: true });
const listed: object[] = [];
for await (const picture of picturesOf(
  benchmarks.map((one) => ({ ...one, refs: imagesOf(one, "the record") })),
  asked,
))
  await record(picture);
const { name, image, family, prompt, mask } = model.card;
const files = Object.entries(model.files).map(([part, path]) => [
  part,
  { path, sha256: hashOf(readFileSync(path)) },
]);
const { paddingPoint } = prompt;
const from = benchmarks.map((benchmark) => benchmark.name);
const head = {
  model: name,
  family,
  side: image.size,
  paddingPoint,
  single: mask.single ?? "first",
  asked,
  benchmarks: from,
  files: Object.fromEntries(files),
  pictures: listed,
};
writeFileSync(join(out, "pictures.json"), `${JSON.stringify(head, null, 1)}\n`);
await player.close();

async function record(picture: Picture): Promise<void> {
  const number = listed.length;
  const { width, height, data } = picture.image;
  const played = await player.play(picture);
  const inputs: Float32Array[] = [];
  const lines = played.map((steps, i) =>
    JSON.stringify({
      target: picture.targets[i]!.id,
      steps: steps.map(({ kind, prompt, maskInput, candidates }) => ({
        kind,
        clicks: prompt.clicks.map(({ x, y, label }) => [x, y, label]),
        box: prompt.box === undefined ? null : [prompt.box.x0, prompt.box.y0, prompt.box.x1, prompt.box.y1],
        multimask: prompt.multimask,
        mask: prompt.mask === undefined ? null : prompt.mask.kind,
        input: maskInput === undefined ? null : inputs.push(maskInput) - 1,
        candidates: candidates.map(({ predicted, mask }) => ({ predicted, counts: rleOf(mask).counts })),
      })),
    }),
  );
  writeFileSync(join(out!, `${number}.rgb`), data);
  writeFileSync(join(out!, `${number}.jsonl`), `${lines.join("\n")}\n`);
  writeFileSync(join(out!, `${number}.f32`), Buffer.concat(inputs.map((one) => Buffer.from(one.buffer))));
  listed.push({ name: picture.name, width, height, sha256: hashOf(data), targets: played.length });
  console.log(number, picture.name, `${width}x${height}`, played.length);
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
