// A run of the size of the whole suite, made up: 23 benchmarks x 10,000 masks x 3 protocols x 5 click counts x 2 models.
//   tsx bench/full-size.ts OUT [MASKS]      then: segbench report OUT; segbench compare OUT --base tiny

import { randomOf } from "../scripts/miniatures/random.ts";
import { preparePlan } from "../src/config/index.ts";
import { packageFolder } from "../src/config/paths.ts";
import { hashOf } from "../src/core/hash.ts";
import type { Manifest, Plan } from "../src/core/plan.ts";
import type { RowStep, ScoredRow } from "../src/core/rows.ts";
import { openRunFolder } from "../src/store/run-folder.ts";

const [out = "", masks = "10000"] = process.argv.slice(2);
const targets = 10;
const images = Math.ceil(Number(masks) / targets);
const clicks = [1, 2, 3, 5, 9];
const protocols = ["sam1-d1@1", "sam1-d1-random@1", "sam1-d1-nofeedback@1"];

const { plan: small } = await preparePlan({
  file: undefined,
  overrides: { out, protocols, saveMasks: false },
  cwd: packageFolder,
  env: process.env,
});
const tiny = small.models[0]!;
const other = { ...tiny, name: "other", card: { ...tiny.card, name: "other", title: "Other" } };
const { limit: _, ...whole } = small;
const plan: Plan = {
  ...whole,
  models: [tiny, other],
  benchmarks: small.benchmarks.map((benchmark) => ({ ...benchmark, images })),
};
const manifest: Manifest = {
  ...{ format: "segbench/manifest@2", plan, planHash: hashOf(plan), shard: null },
  ...{ software: {}, hardware: {}, models: {} },
};
const folder = await openRunFolder(out, manifest, { check: () => [], fresh: true });
let index = 0;
for (const { name: model } of plan.models)
  for (const { name: benchmark } of plan.benchmarks)
    for (let i = 0; i < images; i++) {
      // Names as suites have them: of a sample in one benchmark alone, of a target in one sample.
      const sample = `${benchmark}_train_${String(i).padStart(8, "0")}`;
      const rows = protocols.flatMap((protocol) =>
        Array.from({ length: targets }, (_, t) => rowOf(model, benchmark, protocol, sample, i, t)),
      );
      const text = {
        rows: rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
        masks: "",
        timing: "{}\n",
      };
      await folder.appendText({ index: index++, model, benchmark, sample }, { ...text, count: rows.length });
    }
await folder.close();
console.log(
  `${index * targets * protocols.length} rows, ${index * targets * protocols.length * clicks.length} scores in ${out}`,
);

function rowOf(
  model: string,
  benchmark: string,
  protocol: string,
  sample: string,
  i: number,
  t: number,
): ScoredRow {
  // The same difficulty for both models, each with its own luck.
  const hard = randomOf(`${benchmark} ${sample} ${t}`).next();
  const luck = randomOf(`${model} ${benchmark} ${protocol} ${sample} ${t}`);
  const [width, height, side] = [640, 480, 20 + Math.floor(200 * hard)];
  const [x, y] = [luck.whole(0, 300), luck.whole(0, 200)];
  const all = Array.from({ length: 9 }, (_, k) => [x + k, y + 5, 1] as const);
  const steps = clicks.map((count): RowStep => {
    const iou = Math.min(1, Math.max(0, 1 - (0.2 + 0.6 * hard) / count ** 0.7 + 0.08 * luck.bell()));
    const ious = count === 1 ? [iou, iou * luck.next(), Math.min(1, iou + 0.1 * luck.next())] : [iou];
    const candidates = ious.map((one, k) => ({
      ...{ predicted: k === 0 ? 0.95 : 0.5 + 0.4 * luck.next(), iou: one },
    }));
    const oracle = count === 1 ? { oracle: Math.max(...ious) } : {};
    return {
      at: { clicks: count },
      sent: { clicks: all.slice(0, count), multimask: count === 1 },
      ...{ chosen: 0, candidates },
      scores: { iou, ...oracle, dice: (2 * iou) / (1 + iou), boundary: iou * 0.7 },
    };
  });
  return {
    ...{ model, benchmark, protocol, sample, cluster: `video-${i >> 2}`, status: "ok" },
    target: `instance_${String(t).padStart(3, "0")}_${sample}`,
    ...{ size: { width, height }, area: side * side, box: [x, y, x + side - 1, y + side - 1] as const },
    category: `kind-${t % 7}`,
    steps,
  };
}
