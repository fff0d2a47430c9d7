// Models that are named by where they are: what is recognised, how they are called, and what is said where that is not possible.
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { preparePlan } from "../../../src/config/index.ts";
import { kindOfModel, preparePair } from "../../../src/config/runs/pair.ts";
import { writeSplitModel } from "../../helpers/split-model.ts";
import { packageFolder, sharedFolder } from "../../helpers/synthetic.ts";

const cwd = sharedFolder();
const fixture = (name: string) => join(packageFolder, "test/fixtures/models", `${name}.onnx`);
const put = (name: string, path: string) => {
  mkdirSync(dirname(join(cwd, path)), { recursive: true });
  copyFileSync(fixture(name), join(cwd, path));
};

beforeAll(() => {
  put("encoder", "My Export/net-a.onnx");
  put("decoder-4", "My Export/net-b.onnx");
  put("encoder", "hub/sam-x/onnx/vision_encoder.onnx");
  put("decoder-4", "hub/sam-x/onnx/prompt_encoder_mask_decoder.onnx");
  put("encoder", "variants/encoder.onnx");
  put("encoder", "variants/encoder_int8.onnx");
  put("decoder-4", "variants/decoder.onnx");
  put("decoder-4", "variants/decoder_int8.onnx");
  put("encoder", "a/same/encoder.onnx");
  put("decoder-4", "a/same/decoder.onnx");
  put("encoder", "b/same/encoder.onnx");
  put("decoder-4", "b/same/decoder.onnx");
  put("encoder", "carded/e.onnx");
  put("decoder-3", "carded/d.onnx");
  put("encoder", "only/encoder.onnx");
  mkdirSync(join(cwd, "empty"));
  writeFileSync(join(cwd, "checkpoint.pt"), "PK");
  writeFileSync(
    join(cwd, "carded/fancy.yaml"),
    "name: fancy\ntitle: A fancy one\nfamily: sam\nfiles: { encoder: e.onnx, decoder: d.onnx }\nimage: { size: 64 }\n",
  );
});

const samples = join(packageFolder, "datasets/samples");
const planned = async (...model: string[]) =>
  (
    await preparePlan({
      own: true,
      overrides: { model, benchmarks: ["ppdls"], data: samples, limit: 1 },
      ...{ cwd, env: {} },
    })
  ).plan.models;
const problemOf = (...model: string[]) =>
  planned(...model).then(
    () => "no problem",
    (error: Error) => error.message,
  );

test.each([
  ["My Export", "my-export", ["net-a.onnx", "net-b.onnx"]],
  ["My Export/net-b.onnx,My Export/net-a.onnx", "net", ["net-a.onnx", "net-b.onnx"]],
  ["hub/sam-x/", "sam-x", ["onnx/vision_encoder.onnx", "onnx/prompt_encoder_mask_decoder.onnx"]],
  ["hub/sam-x/onnx", "sam-x", ["vision_encoder.onnx", "prompt_encoder_mask_decoder.onnx"]],
  ["variants/encoder.onnx, variants/decoder.onnx", "variants", ["encoder.onnx", "decoder.onnx"]],
  [
    "variants/encoder_int8.onnx,variants/decoder_int8.onnx",
    "variants-int8",
    ["encoder_int8.onnx", "decoder_int8.onnx"],
  ],
  ["variants/decoder.onnx,a/same/encoder.onnx", undefined, ["a/same/encoder.onnx", "variants/decoder.onnx"]],
  ["carded", "fancy", ["e.onnx", "d.onnx"]],
  ["carded/fancy.yaml", "fancy", ["e.onnx", "d.onnx"]],
])("%s", async (word, name, files) => {
  const [model] = await planned(word);
  if (name !== undefined) expect(model!.name).toBe(name);
  expect(model!.name).toMatch(/^[a-z0-9][a-z0-9._-]*$/);
  expect(model!.files.map(({ path }) => path)).toEqual(files);
  expect(model!.card).toMatchObject({ family: "sam", files: { encoder: files[0], decoder: files[1] } });
  expect(JSON.stringify(model)).not.toContain(cwd);
});

test("a file that only some models of a family have is one of its files", async () => {
  const parts = ["image_encoder", "mask_decoder", "memory_attention", "memory_encoder", "mlp"];
  const graphs = [...parts, "obj_ptr_tpos_proj", "prompt_encoder"];
  for (const part of graphs) put("encoder", `clips/${part}.onnx`);
  writeFileSync(join(cwd, "clips/constants.json"), "{}");
  const files = {
    ...Object.fromEntries(graphs.map((part) => [part, `${part}.onnx`])),
    constants: "constants.json",
  };
  const card = { name: "clips", title: "Clips", family: "sam2-video", files, image: { size: 64 } };
  writeFileSync(join(cwd, "clips/clips.yaml"), JSON.stringify(card));
  const overrides = { model: ["clips/clips.yaml"], benchmarks: ["davis2016-video"], data: samples };
  const { plan } = await preparePlan({ own: true, overrides, cwd, env: {} });
  expect(plan.models[0]!.files.map(({ path }) => path).sort()).toEqual(Object.values(files).sort());
});

test("a name is that of a card, also beside paths, and every model has a name of its own", async () => {
  const names = (await planned("a/same", "b/same", "tiny", "variants/encoder.onnx,a/same/decoder.onnx")).map(
    ({ name }) => name,
  );
  expect(names.slice(0, 3)).toEqual(["same", "b-same", "tiny"]);
  expect(new Set(names).size).toBe(4);
  expect((await planned("tiny"))[0]!.card.title).toBe("Tiny");
});

test("a folder that has the name of a card does not take its place", async () => {
  put("encoder", "tiny/encoder.onnx");
  put("decoder-4", "tiny/decoder.onnx");
  expect((await planned("tiny"))[0]!.card.title).toBe("Tiny");
  expect((await planned("./tiny"))[0]!.card.title).toBe("tiny");
});

test.each<[string, string | RegExp]>([
  [
    "variants",
    "model: holds several models; expected one of variants/encoder.onnx,variants/decoder.onnx or variants/encoder_int8.onnx,variants/decoder_int8.onnx; got variants",
  ],
  [
    "empty",
    "model: holds no ONNX file; expected an encoder and a decoder (.onnx), one file that does both, or a model card; got empty",
  ],
  [
    "nowhere/encoder.onnx,variants/decoder.onnx",
    'model: no such file; expected an ONNX file at nowhere/encoder.onnx; got "nowhere/encoder.onnx"',
  ],
  [
    "./nowhere",
    "model: there is no such file or folder; expected a folder, ENCODER.onnx,DECODER.onnx, or a card; got nothing at nowhere",
  ],
  [
    "./a/smae",
    'model: there is no such file or folder; expected a folder, ENCODER.onnx,DECODER.onnx, or a card; got nothing at a/smae (did you mean "./a/same"?)',
  ],
  [
    "a/same/decoder.onnx",
    "model: is a decoder without its encoder; expected both: a/same/encoder.onnx,a/same/decoder.onnx, or the folder a/same; got a/same/decoder.onnx",
  ],
  [
    "only",
    "model: is an encoder without its decoder; expected ENCODER.onnx,DECODER.onnx: no decoder that fits lies beside it; got only/encoder.onnx",
  ],
  ["varaints", /or one of .*; got "varaints" \(did you mean "variants"\?\)$/],
  [
    "checkpoint.pt",
    'model: is not a model that can be run; expected an ONNX file, a folder of them, or a card (YAML); got "checkpoint.pt"',
  ],
  [
    "tiny,mine",
    'model: takes one model; expected a folder, ENCODER.onnx,DECODER.onnx, a card or a name; `model` again for another model; got "tiny,mine"',
  ],
])("%s is refused", async (word, problem) => {
  if (typeof problem === "string") expect(await problemOf(word)).toBe(problem);
  else expect(await problemOf(word)).toMatch(problem);
});

test("an unknown name is answered with what can be said, and the nearest", async () => {
  expect(await problemOf("tyni")).toMatch(
    /^model: unknown model; expected a folder, ENCODER\.onnx,DECODER\.onnx, or one of .*; got "tyni" \(did you mean "tiny"\?\)$/,
  );
});

test("files that are no model together say what they are", async () => {
  expect(await problemOf("a/same/encoder.onnx,b/same/encoder.onnx")).toMatch(
    /^model: no known contract fits; expected an encoder and a decoder of one family, or one file that does both \(segbench list families\); got a\/same\/encoder\.onnx fits as encoder of sam/,
  );
  writeFileSync(join(cwd, "empty", "text.onnx"), "not a model");
  expect(await problemOf("empty/text.onnx")).toMatch(/^model: empty\/text\.onnx cannot be used; got /);
});

test("the same files twice are one model too many", async () => {
  expect(await problemOf("a/same", "./a/same/decoder.onnx,a/same/encoder.onnx")).toBe(
    'model[1]: listed twice; got "./a/same/decoder.onnx,a/same/encoder.onnx"',
  );
});

test("where cards are named, files and folders are errors that say the word for them", async () => {
  const about = { own: true, ...{ cwd, env: {} } };
  const overrides = { models: ["a/same/encoder.onnx", "variants"], benchmarks: ["a"], data: samples };
  await expect(preparePlan({ ...about, overrides })).rejects.toThrow(
    [
      'models[0]: is a file (.onnx), not a model card; expected `model` (a folder, or ENCODER.onnx,DECODER.onnx) for a model without a card; got "a/same/encoder.onnx"',
      'models[1]: is a folder, not a model card; expected `model` (a folder, or ENCODER.onnx,DECODER.onnx) for a model without a card; got "variants"',
      'benchmarks[0]: is a folder, not a benchmark card; expected a card, as segbench inspect --write-card datasets/NAME.yaml makes one of your files; or, of run, `images` with `masks` or `annotations` (of clips `video` with `masks`); got "a"',
    ].join("\n"),
  );
});

test("parity takes a reference by its path too", async () => {
  const overrides = { benchmarks: ["ppdls"], data: samples, limit: 1 };
  const request = { file: join(packageFolder, "configs/export-gate.yaml"), overrides, ...{ cwd, env: {} } };
  const { reference, candidate } = await preparePair({ reference: "a/same", candidate: "b/same" }, request);
  expect([reference, candidate].map(({ plan }) => plan.models[0]!.name)).toEqual(["same", "same-candidate"]);
  expect(reference.plan.models[0]!.files.map(({ path }) => path)).toEqual(["encoder.onnx", "decoder.onnx"]);
});

test("a folder of the graphs of a model of clips: the side is the encoder's, and what is missing is named", async () => {
  mkdirSync(join(cwd, "split"));
  await writeSplitModel(join(cwd, "split"));
  cpSync(join(cwd, "split"), join(cwd, "no-mlp"), { recursive: true });
  rmSync(join(cwd, "no-mlp/mlp.onnx"));
  const overrides = { benchmarks: ["davis2016-video"], data: samples };
  const { plan } = await preparePlan({
    ...{ own: true, cwd, env: {} },
    overrides: { ...overrides, model: ["split"] },
  });
  const [{ card }] = plan.models as [(typeof plan.models)[0]];
  expect(card).toMatchObject({ family: "sam2-video", image: { size: 32 } });
  expect(await problemOf("no-mlp")).toMatch(
    /^model: has 6 graphs of sam2-video without mlp; expected mlp\.onnx in the same folder; got no-mlp\/image_encoder\.onnx, /,
  );
  expect(await problemOf("split/memory_attention.onnx")).toBe(
    "model: is one graph of a model of clips: memory_attention of sam2-video; expected the folder of all its graphs, such as split; got split/memory_attention.onnx",
  );
  const bundled = join(packageFolder, "models/tiny-video");
  expect(await problemOf(bundled)).toMatch(
    /has 3 graphs of tiny-video without image_encoder; expected image_encoder\.onnx in the same folder, or the card tiny-video \(.*tiny-video\.yaml\); got /,
  );
});

test("what a reference takes is known by its card, or by its files", async () => {
  const kinds = ["split", "split/own.yaml", "clips", "tiny-video", "tiny", "a/same", "nowhere/at-all"];
  writeFileSync(
    join(cwd, "split/own.yaml"),
    "name: own\nfamily: sam2-video\nfiles: { image_encoder: image_encoder.onnx }\n",
  );
  const found = kinds.map((word) => kindOfModel(word, { cwd, env: {} }));
  expect(await Promise.all(found)).toEqual(["clip", "clip", "clip", "clip", "image", "image", "image"]);
  rmSync(join(cwd, "split/own.yaml"));
  expect(await kindOfModel("split", { cwd, env: {} })).toBe("clip");
});
