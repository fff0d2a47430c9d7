// `inspect`: what it tells of the bundled model, that the card it writes is as good as the one by hand, and that masks which a
// decoder hides are brought back.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { parse } from "yaml";
import { runCli } from "../helpers/run-cli.ts";
import { writeSplitModel } from "../helpers/split-model.ts";
import { packageFolder, temporaryFolder, workPlace } from "../helpers/synthetic.ts";

vi.setConfig({ testTimeout: 240_000 });

const [encoder, decoder] = ["encoder", "decoder"].map((name) =>
  join(packageFolder, "models", "tiny", `${name}.onnx`),
) as [string, string];

test("a written card loads, and gives the same rows as the card by hand", async () => {
  const at = await workPlace({ images: 1, targets: 2 });
  const cli = (...words: string[]) => runCli(words, { cwd: at });
  // The order of the files does not matter.
  const written = await cli("inspect", decoder, encoder, "--write-card", "cards/tiny.yaml");
  expect(written).toMatchObject({
    code: 0,
    err: "card: cards/tiny.yaml; next: segbench run --model cards/tiny.yaml --images PHOTOS/ --masks MASKS/\n",
  });
  expect(written.out).toContain(
    "    images  float32  [1, 3, 256, 256]  image, RGB, 256 x 256, nchw, normalised\n",
  );
  expect(written.out).toContain(
    "    low_res_masks  float32  [num_prompts, 4, 128, 128]  logits of each mask\n",
  );
  const [first] = readFileSync(join(at, "cards", "tiny.yaml"), "utf8").split("\n");
  const address = join(packageFolder, "schemas/model-card.schema.json");
  expect(first).toBe(`# yaml-language-server: $schema=${address}`);
  expect(parse(readFileSync(join(at, "cards", "tiny.yaml"), "utf8"))).toMatchObject({
    ...{ name: "tiny", title: "tiny", family: "sam", image: { size: 256, layout: "nchw" } },
  });
  // The card by hand asks for one prompt a call, which moves last digits.
  for (const [card, out] of [
    ["cards/tiny.yaml", "written"],
    [join(packageFolder, "configs", "models", "tiny.yaml"), "by-hand"],
  ] as const)
    expect(
      await cli("run", "run.yaml", "--no-pages", "--models", card, "--batch", "1", "--out", out),
    ).toMatchObject({
      code: 0,
    });
  const rows = (out: string) => readFileSync(join(at, out, "rows.jsonl"), "utf8");
  expect(rows("written").split("\n")).toHaveLength(5);
  expect(rows("written")).toBe(rows("by-hand"));
});

test("cards that cannot be written, and everything as JSON", async () => {
  const at = await workPlace({ images: 1, targets: 1 });
  const cli = (...words: string[]) => runCli(words, { cwd: at });
  const alone = await cli("inspect", encoder, "--write-card", "alone.yaml", "--json");
  expect(alone).toMatchObject({
    code: 1,
    err: `error: ${encoder}: no card can be written: no contract fits these files together; expected an encoder and a decoder, or one file that does both\n`,
  });
  expect(existsSync(join(at, "alone.yaml"))).toBe(false);
  expect(JSON.parse(alone.out)).toMatchObject({
    files: [
      {
        ...{ opset: 17, producer: "pytorch", quantised: 0, parameters: 1_884_108 },
        weights: { float32: { tensors: 60, elements: 1_884_088, bytes: 7_536_352 }, int64: { tensors: 16 } },
        nodes: { Conv: 30, Relu: 24 },
        meanings: { outputs: { image_embeddings: "stays with the runtime, for the decoder" } },
      },
    ],
    // Of the files there are none: what is wrong is the card.
    problems: [alone.err.replace(/^error: (.*)\n$/, "$1")],
  });
  // A folder stands for its files.
  const folder = await cli("inspect", join(packageFolder, "models", "tiny"), "--json");
  expect(JSON.parse(folder.out).files.map(({ file }: { file: string }) => file)).toEqual([decoder, encoder]);
  writeFileSync(join(at, "mine.yaml"), "mine");
  expect(await cli("inspect", encoder, decoder, "--write-card", "mine.yaml")).toMatchObject({
    code: 1,
    err: "error: mine.yaml: exists already; expected a file that does not exist yet\n",
  });
  expect(readFileSync(join(at, "mine.yaml"), "utf8")).toBe("mine");
});

test("a decoder that hides masks: said, brought back, and as good as the export that never hid them", async () => {
  const at = await workPlace({ images: 1, targets: 2 });
  const cli = (...words: string[]) => runCli(words, { cwd: at });
  const fixture = (name: string) => join(packageFolder, "test/fixtures/models/sam", `${name}.onnx`);
  copyFileSync(fixture("decoder-single"), join(at, "single.onnx"));
  copyFileSync(fixture("encoder"), join(at, "encoder.onnx"));
  const hidden = [
    "  candidates  the graph returns one of its 4 candidates: low_res_masks by Gather -> JK; iou_predictions by Gather -> K8",
    "    rule  the largest of predicted IoU + (points - 2.5) x 1000 on candidate 0",
    "          up to 2 points, the padding point counted: the best of candidates 1 to 3 by predicted IoU; more: candidate 0",
    "          a box counts as two points; SamPredictor(multimask_output=False) and segbench's protocols take candidate 0 for a box",
  ];
  const looked = await cli("inspect", "single.onnx");
  expect(looked.out).toMatch(/^single\.onnx {2}5\d kB, opset /);
  expect(looked.out.trimEnd().split("\n").slice(-5)).toEqual([
    ...hidden,
    "    all  segbench inspect single.onnx --all-masks OUT.onnx writes a file that returns them all",
  ]);
  const words = ["inspect", "encoder.onnx", "single.onnx", "--all-masks", "new/all.onnx"];
  const written = await cli(...words, "--write-card", "new/m.yaml");
  expect(written).toMatchObject({
    code: 0,
    err: "card: new/m.yaml; next: segbench run --model new/m.yaml --images PHOTOS/ --masks MASKS/\n",
  });
  expect(written.out.trimEnd().split("\n").slice(-7)).toEqual([
    ...hidden,
    "all masks: new/all.onnx, 50 kB, sha256 697330c3a651dd83c725e67627f29af5f3e8c4be617328952ebd2d60b842d1ef",
    "  593 nodes became 535; removed with the selection: masks, orig_im_size",
    "  checked: the old file's answers are, bit for bit, the candidates that its rule selects (a click: 3; two clicks: 0; a box: 3)",
  ]);
  expect(parse(readFileSync(join(at, "new/m.yaml"), "utf8"))).toMatchObject({
    files: { encoder: "../encoder.onnx", decoder: "all.onnx" },
  });
  // Both places are looked at before anything is written.
  const taken = await cli(...words.slice(0, -1), "new/other.onnx", "--write-card", "new/m.yaml");
  expect(taken).toMatchObject({ code: 1, err: expect.stringContaining("new/m.yaml: exists already") });
  expect(existsSync(join(at, "new/other.onnx"))).toBe(false);
  // Again, and as JSON: what is there stays.
  const again = await cli(...words, "--json");
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining("new/all.onnx: exists already") });
  expect(JSON.parse(again.out)).toMatchObject({
    files: [{}, { selection: { candidates: 4, rule: { kind: "best", bias: [-2500, 0, 0, 0] } } }],
    problems: [expect.stringContaining("exists already")],
  });
  expect(
    await cli("inspect", "encoder.onnx", fixture("decoder"), "--write-card", "open/m.yaml"),
  ).toMatchObject({
    code: 0,
  });
  for (const card of ["new", "open"])
    expect(
      await cli("run", "run.yaml", "--no-pages", "--models", `${card}/m.yaml`, "--out", `run-${card}`),
    ).toMatchObject({ code: 0 });
  const rows = (card: string) => readFileSync(join(at, `run-${card}`, "rows.jsonl"), "utf8");
  expect(rows("new")).toContain('"oracle"');
  expect(rows("new")).toBe(rows("open"));
});

test("all masks of what has none to bring back", async () => {
  const at = await workPlace({ images: 1, targets: 1 });
  const cli = (...words: string[]) => runCli([...words, "--all-masks", "out.onnx"], { cwd: at });
  expect(await cli("inspect", encoder, decoder)).toMatchObject({
    code: 1,
    err: `error: ${decoder}: has no hidden masks to bring back: it returns all that it computes\n`,
  });
  expect(await cli("inspect", "photos")).toMatchObject({
    code: 1,
    err: "error: segbench inspect --all-masks: there is no decoder; expected an ONNX file, or a folder with one, got photos\n",
  });
  const hq = join(packageFolder, "test/fixtures/models/sam-hq/decoder.onnx");
  const why = "its mask is a sum of masks (Add -> L1), none of which is an answer by itself";
  const refused = await cli("inspect", hq);
  expect(refused).toMatchObject({
    code: 1,
    err: `error: ${hq}: has no hidden masks to bring back: ${why}\n`,
  });
  expect(refused.out).toContain(`\n  candidates  hidden ones cannot be brought back: ${why}\n`);
  expect(existsSync(join(at, "out.onnx"))).toBe(false);
});

test("graphs of a model of clips: which part of which family, what is missing, and how it is run", async () => {
  const at = temporaryFolder();
  mkdirSync(join(at, "split"));
  await writeSplitModel(join(at, "split"));
  const lines = async (path: string) => {
    const { code, out, err } = await runCli(["inspect", path], { cwd: at, env: { COLUMNS: "500" } });
    expect([code, err]).toEqual([0, ""]);
    return out;
  };
  const end = (text: string) => text.trimEnd().split("\n").at(-1);
  const alone = await lines("split/memory_attention.onnx");
  expect(alone).toContain("  contract sam2-video: fits as memory_attention, likely");
  expect(alone.replace(/\s+/g, " ")).toContain(
    "split/memory_attention.onnx is one graph of a model of clips: memory_attention of sam2-video; all of them in one folder, with constants.json: segbench inspect split",
  );
  const run = "segbench run --model split --video FRAMES/ --masks MASKS/";
  const whole = (text: string) => text.replace(/\s+/g, " ");
  expect(whole(await lines("split"))).toContain(`all graphs of sam2-video, with constants.json: ${run}`);
  const files = [
    "image_encoder",
    "prompt_encoder",
    "mask_decoder",
    "mlp",
    "memory_encoder",
    "memory_attention",
  ];
  const listed = files.map((part) => `  ${part}: split/${part}.onnx`);
  writeFileSync(join(at, "own.yaml"), ["name: own", "family: sam2-video", "files:", ...listed].join("\n"));
  expect(whole(await lines("own.yaml"))).toContain("all graphs of sam2-video, with constants.json");
  rmSync(join(at, "split/constants.json"));
  expect(whole(await lines("split"))).toContain(
    "sam2-video also needs constants.json in split, which is not there",
  );
  rmSync(join(at, "split/mlp.onnx"));
  expect(end(await lines("split"))).toMatch(/^6 graphs of sam2-video without mlp; /);
});
