// Decoders that select in their graph, written with all candidates: what is found, by which rule, the bytes that follow from it, and
// what is refused. The files in test/fixtures/models/hidden are exported by the authors' code (scripts/oracle/families/hidden_masks.py).
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/core/hash.ts";
import { type OnnxModel, onnxBytes, parseOnnx, readOnnx, writeOnnx } from "../../src/formats/onnx-graph.ts";
import { allMasks, chosenBy, selectionIn, withAllMasks } from "../../src/models/all-masks.ts";
import type { Tensor } from "../../src/models/runtime/graph.ts";
import { openOnnxHost } from "../../src/models/runtime/onnx.ts";
import { writeAllMasks } from "../../src/run/inspect/all-masks.ts";
import { packageFolder, temporaryFolder } from "../helpers/synthetic.ts";

const models = join(packageFolder, "test/fixtures/models");
const pathOf = (name: string) => join(models, `${name}.onnx`);
const fixture = (name: string) => readFileSync(pathOf(name));
const found = (name: string) => selectionIn(fixture(name), name);
const messageOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing thrown";
};

/** SAM's own export: best of the last three for up to two points, the first for more. */
const sam = [
  "the largest of predicted IoU + (points - 2.5) x 1000 on candidate 0",
  "up to 2 points, the padding point counted: the best of candidates 1 to 3 by predicted IoU; more: candidate 0",
  "a box counts as two points; SamPredictor(multimask_output=False) and segbench's protocols take candidate 0 for a box",
];
const stability = [
  "candidate 0 where its stability score (offset 0.05) is at least 0.98, otherwise the best of candidates 1 to 3 by predicted IoU",
];
const dropped = ["always candidates 1 to 3; candidate 0 is dropped"];

describe.each([
  // name, family, rule, nodes that select the masks and the scores, what the old file returns for a click, two, a box, SHA-256
  {
    ...{ name: "hidden/sam", family: "sam", rule: sam, gone: ["masks", "orig_im_size"] },
    ...{ masks: ["Gather /Gather_4"], scores: ["Gather /Gather_6"], returned: [[1], [0], [1]] },
    hash: "d0c1ac4479df25345aeb6f0070294bb91416e1ca71d5581be69473e40357eba3",
  },
  {
    ...{ name: "sam/decoder-single", family: "sam", rule: sam, gone: ["masks", "orig_im_size"] },
    ...{ masks: ["Gather -> JK"], scores: ["Gather -> K8"], returned: [[3], [0], [3]] },
    hash: "697330c3a651dd83c725e67627f29af5f3e8c4be617328952ebd2d60b842d1ef",
  },
  {
    ...{ name: "hidden/efficientvit-sam", family: "efficientvit-sam", gone: [] },
    rule: ["the candidate with the largest predicted IoU, candidate 0 included"],
    ...{ masks: ["Gather /Gather_8"], scores: ["Gather /Gather_10"], returned: [[0], [1], [1]] },
    hash: "782366b05e7160381f313cb66a09cf3879bf1ffe52cd6275998c45a1ce1c9f18",
  },
  {
    ...{ name: "hidden/sam2-stability", family: "sam2", rule: stability, gone: [] },
    masks: ["Slice /Slice_2", "Slice /Slice", "Gather /Gather_8", "Where /Where_1"],
    scores: ["Slice /Slice_3", "Slice /Slice_1", "Gather /Gather_10", "Where /Where_2"],
    returned: [[1], [1], [1]],
    hash: "86f9deef033bdb0708ebe5bd8f509b44c10553a1e0e1d3e192f6f7155ef0f5c0",
  },
  {
    // samexporter with multimask_output=False: one mask, but all scores.
    ...{ name: "hidden/sam2-samexporter", family: "sam2", rule: stability, gone: [] },
    masks: ["Slice /Slice_2", "Slice /Slice", "Gather /Gather_8", "Where /Where_1"],
    ...{ scores: [], returned: [[1], [1], [1]] },
    hash: "747eebe9b053ea2acbacbb38346c215fb8f3d9b5f3dbae721c1ba479199afe50",
  },
  {
    ...{ name: "hidden/sam2-first", family: "sam2", rule: ["always candidate 0"], gone: [] },
    ...{ masks: ["Slice /Slice"], scores: ["Slice /Slice_1"], returned: [[0], [0], [0]] },
    hash: "b9d4b14ef512fbb91179e9d5575d1c55883b1a9a3bc4cf2707ba20dc522f0bd6",
  },
  {
    ...{ name: "sam2/decoder", family: "sam2", rule: dropped, gone: [] },
    ...{ masks: ["Slice -> F1"], scores: ["Slice -> FM"], returned: Array(3).fill([1, 2, 3]) },
    hash: "f7efda0e7148d5423ce664754cca31bb41e7c2dc0abbc3996d8bcf774417e93f",
  },
  {
    // Masks of five axes: prompts of one image have an axis of their own.
    ...{ name: "hf-sam/prompt_encoder_mask_decoder", family: "hf-sam", rule: dropped, gone: [] },
    ...{
      masks: ["Slice -> pred_masks"],
      scores: ["Slice -> iou_scores"],
      returned: Array(3).fill([1, 2, 3]),
    },
    hash: "5b1f633237b68fc368a4749952c7c1209a952fc095fe8075313b9c6ca4d06228",
  },
])("$name", ({ name, family, rule, masks, scores, returned, gone, hash }) => {
  test("what hides candidates, and the rule", () => {
    const { selection } = found(name);
    expect(selection).toMatchObject({ candidates: 4, masks: { nodes: masks }, scores: { nodes: scores } });
    expect(selection!.says).toEqual(rule);
  });

  test("written: the same bytes every time, checked in bits against the old file, nothing hidden any more", async () => {
    const out = join(temporaryFolder(), "all.onnx");
    const written = await writeAllMasks(pathOf(name), out, family, { cwd: "/" });
    expect(written.checked.map(({ prompt, candidates }) => [prompt, candidates])).toEqual(
      ["a click", "two clicks", "a box"].map((prompt, i) => [prompt, returned[i]]),
    );
    expect(written).toMatchObject({ sha256: hash, bytes: readFileSync(out).length, dropped: gone });
    expect(sha256(readFileSync(out))).toBe(hash);
    expect(sha256(allMasks(fixture(name), name))).toBe(hash);
    expect(found_(out)).toEqual({});
    expect(readdirSync(join(out, ".."))).toEqual(["all.onnx"]);
  });
});

const found_ = (path: string) => selectionIn(readFileSync(path), path);

test("the masks brought back are those of the export that never hid them", async () => {
  const out = join(temporaryFolder(), "all.onnx");
  writeFileSync(out, allMasks(fixture("sam/decoder-single"), "single"));
  const host = openOnnxHost({ provider: "cpu", threads: 1 });
  try {
    const [brought, open] = [await host.open(out), await host.open(pathOf("sam/decoder"))];
    const tensor = (dims: readonly number[], value: (i: number) => number): Tensor => ({
      ...{ type: "float32", dims },
      data: Float32Array.from({ length: dims.reduce((product, size) => product * size, 1) }, (_, i) =>
        value(i),
      ),
    });
    const feeds = {
      image_embeddings: tensor([1, 16, 8, 8], (i) => Math.sin(i)),
      point_coords: tensor([1, 3, 2], (i) => 20 * i),
      point_labels: tensor([1, 3], (i) => [1, 0, -1][i]!),
      mask_input: tensor([1, 1, 32, 32], (i) => Math.cos(i)),
      has_mask_input: tensor([1], () => 1),
    };
    const ours = await brought.run(feeds);
    const theirs = await open.run({ ...feeds, orig_im_size: tensor([2], () => 64) });
    expect(brought.outputs.map(({ name, shape }) => [name, ...shape.slice(1)])).toEqual([
      ["iou_predictions", 4],
      ["low_res_masks", 4, 32, 32],
    ]);
    for (const port of ["iou_predictions", "low_res_masks"]) expect(ours[port]).toEqual(theirs[port]);
  } finally {
    await host.close();
  }
});

describe("nothing to bring back", () => {
  test.each([
    [
      "hidden/early",
      "it selects before the masks exist (Slice /Slice), so that only the chosen ones are computed",
    ],
    ["sam-hq/decoder", "its mask is a sum of masks (Add -> L1), none of which is an answer by itself"],
    [
      "decoder-1",
      "no selection among masks is found behind low_res_masks, which Expand -> constant_masks makes",
    ],
    ["efficient-sam/decoder", "output_masks, which efficient-sam needs, would go with the selection"],
  ])("%s: %s", (name, why) => {
    expect(found(name)).toEqual({ why });
    expect(messageOf(() => allMasks(fixture(name), "x.onnx"))).toBe(
      `x.onnx: has no hidden masks to bring back: ${why}`,
    );
  });

  test.each(["sam/decoder", "sam/decoder-extra", "sam2/macos-decoder", "edge-sam/decoder", "decoder-4"])(
    "%s returns all that it computes",
    (name) => {
      expect(found(name)).toEqual({});
      expect(messageOf(() => allMasks(fixture(name), "x.onnx"))).toBe(
        "x.onnx: has no hidden masks to bring back: it returns all that it computes",
      );
    },
  );

  test("an encoder; no ONNX file", () => {
    expect(messageOf(() => allMasks(fixture("sam/encoder"), "x.onnx"))).toBe(
      "x.onnx: has no hidden masks to bring back: it has no outputs of masks (four or five axes) and of scores (two or three)",
    );
    expect(messageOf(() => allMasks(Buffer.from("nothing"), "x.onnx"))).toMatch(
      /^x\.onnx: is not an ONNX file; /,
    );
  });
});

/** A changed copy of a fixture. */
async function changed(name: string, change: (model: OnnxModel) => void): Promise<string> {
  const path = join(temporaryFolder(), "changed.onnx");
  const model = await readOnnx(pathOf(name));
  change(model);
  await writeOnnx(path, model);
  return path;
}

const attempt = (from: string, out = `${from}.all.onnx`) =>
  writeAllMasks(from, out, "sam", { cwd: "/" }).catch((error: Error) => error.message.replaceAll(from, "IN"));

describe("what is not what it seems", () => {
  test("another answer than the rule's: said, and nothing is written", async () => {
    // The best prompt is found, not the best candidate.
    const from = await changed("hidden/sam", ({ graph }) => {
      const node = graph.node.find(({ opType }) => opType === "ArgMax")!;
      node.attribute.find(({ name }) => name === "axis")!.i = 0;
    });
    expect(await attempt(from)).toBe(
      "IN, a click: its answer is not the candidate that its rule selects; expected candidate 1, got candidate 0, candidate 0, candidate 0, candidate 0",
    );
    // A folder that was made for it goes too.
    expect(await attempt(from, join(dirname(from), "new", "folder", "all.onnx"))).toMatch(/^IN, a click: /);
    expect(readdirSync(dirname(from))).toEqual(["changed.onnx"]);
  });

  test("an unknown rule is said; what it returns is a candidate", async () => {
    const from = await changed("hidden/sam", ({ graph }) => {
      graph.node.find(({ opType }) => opType === "ArgMax")!.opType = "ArgMin";
    });
    const { selection } = selectionIn(readFileSync(from), from);
    expect(selection!.says).toEqual(["one that segbench does not know: see ArgMin /ArgMax"]);
    expect(await attempt(from)).toMatchObject({
      checked: [{ candidates: [0] }, { candidates: [2] }, { candidates: [0] }],
    });
  });

  test("the first mask of SAM 2, where it is stable enough", async () => {
    const from = await changed("hidden/sam2-stability", ({ graph }) => {
      const compare = graph.node.find(({ opType }) => opType === "GreaterOrEqual")!;
      const limit = graph.node.find(({ output }) => output[0] === compare.input[1])!;
      limit.attribute[0]!.t!.rawData = new Uint8Array(Float32Array.of(1e-6).buffer);
    });
    expect(await attempt(from)).toMatchObject({ checked: Array(3).fill({ candidates: [0] }) });
  });
});

test("rules choose as the graphs do", () => {
  const masks = [0.1, -0.01, 3, 3, 3, 3, 3, 3];
  const scores = [0.2, 0.7, 0.9, 0.9];
  const best = { kind: "best", first: 0, bias: [-2500, 0, 0, 0], perPoint: [1000, 0, 0, 0] } as const;
  expect([1, 2, 3].map((points) => chosenBy(best, scores, points, masks))).toEqual([[2], [2], [0]]);
  const stable = { kind: "stable", offset: 0.05, otherwise: { first: 1, bias: [], perPoint: [] } } as const;
  expect(chosenBy({ ...stable, threshold: 0.5 }, scores, 2, masks)).toEqual([0]);
  expect(chosenBy({ ...stable, threshold: 0.6 }, scores, 2, masks)).toEqual([2]);
  expect(chosenBy({ kind: "fixed", first: 1 }, scores, 2, masks)).toEqual([1, 2, 3]);
  expect(chosenBy({ kind: "unknown", node: "x" }, scores, 2, masks)).toBeUndefined();
});

describe("files", () => {
  test("nothing is replaced", async () => {
    const at = temporaryFolder();
    const from = join(at, "sam.onnx");
    copyFileSync(pathOf("hidden/sam"), from);
    const before = readFileSync(from);
    expect(await attempt(from, from)).toBe(
      "IN: exists already; expected another file than the one that is read",
    );
    writeFileSync(join(at, "mine.onnx"), "mine");
    expect(await attempt(from, join(at, "mine.onnx"))).toMatch(
      /mine\.onnx: exists already; expected a file that/,
    );
    expect(await attempt(from, join(at, "all.txt"))).toMatch(
      /all\.txt: is not a name for a model; expected NAME\.onnx$/,
    );
    expect(readFileSync(from).equals(before)).toBe(true);
    expect(readdirSync(at).sort()).toEqual(["mine.onnx", "sam.onnx"]);
    writeFileSync(join(at, "all.onnx.1.part"), "mine");
    expect(await attempt(from, join(at, "all.onnx"))).toMatchObject({
      nodes: [expect.any(Number), expect.any(Number)],
    });
    expect(readdirSync(at).sort()).toEqual(["all.onnx", "all.onnx.1.part", "mine.onnx", "sam.onnx"]);
    expect(readFileSync(join(at, "all.onnx.1.part"), "utf8")).toBe("mine");
  });

  test("weights in side files: found from the same folder, refused from another", async () => {
    const name = "weights.data";
    let data: Uint8Array = Buffer.alloc(0);
    const from = await changed("hidden/sam", ({ graph }) => {
      const weight = graph.initializer.find(({ dims }) => dims.length === 4)!;
      data = weight.rawData!;
      delete weight.rawData;
      Object.assign(weight, { dataLocation: 1, externalData: [{ key: "location", value: name }] });
    });
    writeFileSync(join(from, "..", name), data);
    expect(withAllMasks(readFileSync(from), from).sideFiles).toEqual([name]);
    expect(await attempt(from)).toMatchObject({
      checked: [{ candidates: [1] }, { candidates: [0] }, { candidates: [1] }],
    });
    expect(await attempt(from, join(temporaryFolder(), "all.onnx"))).toMatch(
      /all\.onnx: would not find its weights, which lie in weights\.data; expected a file in the same folder as IN, got /,
    );
  });

  test("nothing is lost: what the schema does not know is refused, everything else is kept", () => {
    const model = parseOnnx(fixture("hidden/sam"), "x");
    const first = model.graph.node.find(({ opType }) => opType === "ConvTranspose");
    Object.assign(model, {
      docString: "a model",
      metadataProps: [{ key: "a", value: "b" }],
      configuration: [{ name: "c" }],
    });
    Object.assign(first!, {
      docString: "a node",
      deviceConfigurations: [{ configurationId: "c", pipelineStage: 1 }],
    });
    const bytes = onnxBytes(model);
    const kept = parseOnnx(allMasks(bytes, "x"), "x");
    expect(JSON.parse(JSON.stringify(kept))).toMatchObject({
      ...{ docString: "a model", metadataProps: [{ key: "a", value: "b" }], configuration: [{ name: "c" }] },
    });
    expect(
      kept.graph.node.filter((node) => "docString" in node && node.docString === "a node"),
    ).toMatchObject([
      { opType: "ConvTranspose", deviceConfigurations: [{ configurationId: "c", pipelineStage: 1 }] },
    ]);
    const unknown = Buffer.concat([bytes, Uint8Array.of(0xfa, 0x3e, 1, 65)]); // field 1007, one byte
    expect(messageOf(() => allMasks(unknown, "x.onnx"))).toBe(
      "x.onnx: holds something that would be lost if it were written again; expected the fields of ONNX up to IR version 14, got field 1007 of a ModelProto",
    );
    const training = onnxBytes({ ...model, trainingInfo: [{}] });
    expect(messageOf(() => allMasks(training, "x.onnx"))).toMatch(/^x\.onnx: holds training information/);
  });
});
