// `inspect`: what it tells of the bundled model, and that the card it writes is as good as the one by hand.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { parse } from "yaml";
import { runCli } from "../helpers/run-cli.ts";
import { packageFolder, workPlace } from "../helpers/synthetic.ts";

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
    err: "card: cards/tiny.yaml; next: segbench run --model cards/tiny.yaml --benchmarks ppdls\n",
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
