// Opening exports: what is found out about them, and what is said about those that cannot be used.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { ImageSession, Prompt } from "../../src/core/types.ts";
import { area } from "../../src/masks/bit-mask.ts";
import { families, openModel } from "../../src/models/index.ts";
import type { GraphHost, Tensor } from "../../src/models/runtime/graph.ts";
import { cardOf, fixture, type Opening, openFixture, path, tinyFiles, tinyImage } from "./cases.ts";

const image = tinyImage(5, 60, 30);
const click = (x: number, y: number): Prompt => ({ clicks: [{ x, y, label: 1 }], multimask: true });

async function using<T>(
  decoder: string,
  work: (session: ImageSession) => Promise<T>,
  opening?: Opening,
): Promise<T> {
  const session = await openFixture(decoder, opening);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

async function refusal(decoder: string, opening?: Opening): Promise<string> {
  const [error] = await Promise.all([
    openFixture(decoder, opening).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    ),
  ]);
  expect(error?.name).toBe("SegbenchError");
  return error!.message.replaceAll(fixture("encoder").replace(/encoder\.onnx$/, ""), "");
}

describe("exports", () => {
  /** Fixture decoders draw disks of radius 4, 5, 6, 7 and score them 0.9 to 0.6. */
  const scoresOf = async (session: ImageSession, prompt: Prompt) => {
    const embedding = await session.encode(image);
    const [prediction] = await session.decode(embedding, [prompt]);
    if (prediction?.status !== "ok") throw new Error(prediction?.reason);
    return prediction.candidates.map(({ predictedIou }) => Number(predictedIou.toFixed(2)));
  };
  const box: Prompt = { clicks: [], box: { x0: 1, y0: 1, x1: 9, y1: 9 }, multimask: false };

  test.each([
    ["decoder-1", { multimask: false, singleMask: true, batch: 4 }, [0.9], [0.9]],
    ["decoder-3", { multimask: true, singleMask: false, batch: 4 }, [0.9, 0.75, 0.6], [0.9, 0.75, 0.6]],
    ["decoder-4", { multimask: true, singleMask: true, batch: 4 }, [0.8, 0.7, 0.6], [0.9]],
    ["decoder-fixed", { multimask: true, singleMask: true, batch: 1 }, [0.8, 0.7, 0.6], [0.9]],
  ])("%s", async (name, capabilities, several, single) => {
    await using(name, async (session) => {
      expect(session.capabilities).toEqual({
        box: true,
        maskInput: true,
        predictedIouIsIou: true,
        ...capabilities,
      });
      expect(session.facts).toMatchObject({
        contract: "sam",
        masks: Number(/\d/.exec(name)?.[0] ?? 4),
        lowResolution: [16, 16],
        providers: {
          encoder: { CPUExecutionProvider: expect.any(Number) },
          decoder: { CPUExecutionProvider: expect.any(Number) },
        },
      });
      expect(await scoresOf(session, click(5, 5))).toEqual(several);
      expect(await scoresOf(session, box)).toEqual(single);
    });
  });

  test("the card has the last word: no multimask, no boxes, scores that are no IoU", async () => {
    const card = { mask: { multimask: false, predictedIou: "stability" }, prompt: { box: false } } as const;
    await using(
      "decoder-4",
      async (session) => {
        expect(session.capabilities).toMatchObject({
          multimask: false,
          box: false,
          predictedIouIsIou: false,
        });
        expect(await scoresOf(session, click(5, 5))).toEqual([0.9]);
      },
      { card },
    );
  });

  test("logits become a mask of the original image: stretched to the frame, cropped, stretched again", async () => {
    await using("decoder-4", async (session) => {
      const embedding = await session.encode(image);
      const [prediction] = await session.decode(embedding, [click(5, 5)]);
      if (prediction?.status !== "ok") throw new Error(prediction?.reason);
      const areas = prediction.candidates.map((candidate) => area(session.mask(candidate, embedding.size)));
      // Upper half of disks of radius 5, 6, 7 cells, a cell being 3.75 pixels.
      areas.forEach((pixels, i) => {
        expect(pixels / ((Math.PI / 2) * ((5 + i) * 3.75) ** 2)).toBeCloseTo(1, 1);
      });
    });
  });

  test("numbers that are not finite fail their prompt and no other", async () => {
    await using("decoder-nan", async (session) => {
      const embedding = await session.encode(image);
      // 60 x 30 in a frame of 64: x = 45 becomes 48, past the limit of 32.
      const got = await session.decode(embedding, [click(5, 5), click(45, 5), click(6, 6)]);
      expect(got.map(({ status }) => status)).toEqual(["ok", "failed", "ok"]);
      expect(got[1]).toEqual({ status: "failed", reason: "predicted IoU of mask 1 is not finite: NaN" });
    });
  });
});

describe("refused", () => {
  const folder = mkdtempSync(join(tmpdir(), "segbench-open-"));
  const cut = join(folder, "cut.onnx");
  writeFileSync(cut, readFileSync(tinyFiles.encoder).subarray(0, 100_000));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("another name for the points", async () => {
    expect(await refusal("decoder-renamed")).toBe(
      "encoder.onnx, decoder-renamed.onnx: not the SAM contract: " +
        'decoder input "point_coords" is missing; got image_embeddings, points, point_labels, mask_input, has_mask_input',
    );
  });

  test("a decoder where the encoder should be", async () => {
    expect(await refusal("decoder-4", { encoder: fixture("decoder-4") })).toBe(
      "decoder-4.onnx, decoder-4.onnx: not the SAM contract: " +
        "encoder: expected one input, got image_embeddings, point_coords, point_labels, mask_input, has_mask_input; " +
        "encoder: expected one output, got iou_predictions, low_res_masks",
    );
  });

  test("a file that ends too early", async () => {
    expect(await refusal("decoder-4", { encoder: cut })).toBe(
      `${cut}: cannot be opened as an ONNX model; expected a whole ONNX file that onnxruntime can run on provider "cpu", ` +
        `got Load model from ${cut} failed:Protobuf parsing failed.`,
    );
  });

  test("a file that is not there", async () => {
    expect(await refusal("missing")).toMatch(
      /^missing\.onnx: cannot be opened as an ONNX model; .*File doesn't exist$/,
    );
  });

  test("a card of another size than the graph's", async () => {
    expect(await refusal("decoder-4", { card: { image: { size: 32 } } })).toBe(
      "encoder.onnx: takes pictures of 64 x 64; expected an image size of 64 on the card, got 32",
    );
  });

  test("encoder and decoder of two models", async () => {
    expect(await refusal("decoder-4", { encoder: tinyFiles.encoder, card: { image: { size: 256 } } })).toBe(
      `${tinyFiles.encoder}, decoder-4.onnx: are not of one model; expected "image_embeddings" of 3 x 16 x 16, as the decoder takes it, ` +
        "got 32 x 128 x 128 from the encoder",
    );
  });

  test("a provider that this machine has not: no silent fallback", async () => {
    const message = await refusal("decoder-4", {
      provider: process.platform === "darwin" ? "dml" : "coreml",
    });
    expect(message).toMatch(
      /^encoder\.onnx: cannot be opened on provider "(dml|coreml)"; expected \1, which needs (macOS|Windows with a Direct3D 12 driver); or another of cpu, webgpu, .*, got onnxruntime-node has no such provider here, only cpu, /,
    );
  });
});

describe("life of a session", () => {
  test("a closed session leaves no thread and no file behind, nor does one that could not be opened", () => {
    const folder = mkdtempSync(join(tmpdir(), "segbench-life-"));
    const script = `
      import { openFixture } from ${JSON.stringify(path("test/models/cases.ts"))};
      const session = await openFixture("decoder-4");
      await session.close();
      await openFixture("decoder-renamed").catch(({ name }) => console.log(name));
      await openFixture("missing").catch(({ name }) => console.log(name));
    `;
    const args = ["--import", "tsx", "--input-type=module", "--eval", script];
    const env = { ...process.env, TMPDIR: folder, TMP: folder, TEMP: folder };
    const ended = spawnSync(process.execPath, args, {
      cwd: path("."),
      env,
      encoding: "utf8",
      timeout: 40_000,
    });
    const left = readdirSync(folder).filter((name) => name.startsWith("segbench"));
    rmSync(folder, { recursive: true });
    expect([ended.status, ended.stdout.trim().split("\n"), ended.signal, left]).toEqual([
      0,
      ["SegbenchError", "SegbenchError"],
      null,
      [],
    ]);
  });

  test("calls made at once are answered each in its turn; releasing twice does no harm", async () => {
    await using("decoder-1", async (session) => {
      const embeddings = await Promise.all([1, 2, 3].map(() => session.encode(image)));
      const [first, ...others] = embeddings;
      await session.release(first!);
      await session.release(first!);
      await expect(session.decode(first!, [click(5, 5)])).rejects.toThrow(/released before it was used/);
      const answers = await Promise.all(others.map((one) => session.decode(one, [click(5, 5), click(6, 6)])));
      for (const answer of answers) expect(answer.map(({ status }) => status)).toEqual(["ok", "ok"]);
    });
  });
});

test.each([
  ["two files", { encoder: fixture("efficient-sam/encoder"), decoder: fixture("efficient-sam/decoder") }],
  ["one file", { model: fixture("efficient-sam/model") }],
])("EfficientSAM in %s: one click at the card's size, the batch on small images", async (_, files) => {
  const masks: (readonly number[])[] = [];
  const watched = (host: GraphHost): GraphHost => ({
    ...host,
    async open(file) {
      const graph = await host.open(file);
      return {
        ...graph,
        async run(...call) {
          const outputs = await graph.run(...call);
          if (outputs.output_masks !== undefined) masks.push((outputs.output_masks as Tensor).dims);
          return outputs;
        },
      };
    },
  });
  const request = { card: cardOf(128), files, batch: 4 };
  const runtime = { provider: "cpu", threads: 1 };
  const session = await openModel(families["efficient-sam"]!, request, runtime, watched);
  await session.close();
  expect([session.capabilities.batch, session.facts.lowResolution]).toEqual([4, [128, 128]]);
  expect(masks.map(([, prompts, , height, width]) => [prompts, height, width])).toEqual([
    [1, 128, 128],
    [1, 64, 64],
    [1, 64, 64],
    [2, 64, 64],
  ]);
});
