// What the generator makes of pictures, with every answer of the decoder, for everything.py to give the authors' generators:
//
//   npx tsx scripts/oracle/official/everything.ts OUT CARD [--data DIR] [--benchmarks NAME,...] [--pictures 12]
//                                                 [--settings '{"pointsPerSide": 16}']
//
// CARD is a model card; settings are laid over SAM's. OUT gets everything.json (settings, pictures and their masks), N.rgb (decoded pixels)
// and N.f32 (for each call of the decoder the predicted IoUs of its masks, then their logits): 200 MB a picture of 16 x 16 points.
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { imagesOf } from "../../../src/config/runs/kinds.ts";
import type { GeneratorSettings } from "../../../src/core/mask-sets.ts";
import type { ImageSession } from "../../../src/core/types.ts";
import { generateMasks } from "../../../src/eval/everything/generate.ts";
import { samGenerator } from "../../../src/eval/everything/protocols.ts";
import { Stopwatch } from "../../../src/eval/stopwatch.ts";
import { rleOf } from "../../../src/masks/rle.ts";
import { families, openModel } from "../../../src/models/index.ts";
import { picturesOf, realSamples } from "./pictures.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: process.env.SEGBENCH_DATA ?? "datasets/data" },
    benchmarks: { type: "string" },
    pictures: { type: "string", default: "12" },
    settings: { type: "string", default: "{}" },
    batch: { type: "string", default: "1" },
  },
});
const [out, card] = positionals;
if (out === undefined || card === undefined)
  throw new Error("usage: everything.ts OUT CARD [--data DIR] ...");
const settings: GeneratorSettings = {
  ...samGenerator,
  ...(JSON.parse(values.settings) as Partial<GeneratorSettings>),
};
const { models, benchmarks } = await realSamples(card, values);
const model = models[0]!;
const batch = Number(values.batch);
const session = await openModel(
  families[model.card.family]!,
  { card: model.card, files: model.files, batch },
  { provider: "cpu", threads: 1 },
);
mkdirSync(out, { recursive: true });
const pictures: object[] = [];
const listed = benchmarks.map((one) => ({ ...one, refs: imagesOf(one, "the record") }));
for await (const { name, image } of picturesOf(listed, {
  real: Number(values.pictures),
  made: 0,
  targets: 1,
})) {
  const number = pictures.length;
  const { width, height, data } = image;
  const answers = openSync(join(out, `${number}.f32`), "w");
  const set = await generateMasks(image, settings, {
    ...{ session: recorded(session, answers), watch: new Stopwatch(() => 0), batch },
  });
  closeSync(answers);
  writeFileSync(join(out, `${number}.rgb`), data);
  const masks = set.masks.map(({ candidate, point, predictedIou, stability, area, box, crop, mask }) => ({
    ...{ candidate, point: [point.x, point.y], predictedIou, stability, area, counts: rleOf(mask()).counts },
    ...{ box: [box.x0, box.y0, box.x1, box.y1], crop: [crop.x0, crop.y0, crop.x1, crop.y1] },
  }));
  pictures.push({ name, width, height, sha256: createHash("sha256").update(data).digest("hex"), masks });
  console.log(number, name, `${width}x${height}`, set.fates.length, masks.length);
}
const low = (session.facts.lowResolution as readonly number[]).at(-1);
const head = {
  ...{
    model: model.card.name,
    side: model.card.image.size,
    low,
    masks: session.capabilities.multimask ? 3 : 1,
  },
  ...{ benchmarks: listed.map(({ name }) => name), settings, batch, pictures },
};
writeFileSync(join(out, "everything.json"), `${JSON.stringify(head)}\n`);
await session.close();

/** The session, whose answers are written as they come. */
function recorded(inner: ImageSession, file: number): ImageSession {
  return {
    ...inner,
    async decode(...given) {
      const answers = await inner.decode(...given);
      const candidates = answers.flatMap((answer) => (answer.status === "ok" ? answer.candidates : []));
      writeSync(
        file,
        Float32Array.from(candidates, ({ predictedIou }) => predictedIou),
      );
      for (const { lowResolution } of candidates) writeSync(file, lowResolution.data);
      return answers;
    },
  };
}
