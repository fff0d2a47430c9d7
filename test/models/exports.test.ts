// What scripts/export measured (results.json), the table of it in docs/models.md, and segbench's side of its comparison.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recognise, recogniseModel } from "../../src/models/index.ts";
import type { GraphPort } from "../../src/models/runtime/graph.ts";
import { packageFolder } from "../helpers/synthetic.ts";

interface Ports {
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

interface Result {
  readonly model: string;
  readonly cases: number;
  readonly bound: number;
  readonly largestDifference: number;
  readonly differentPixels: number;
  readonly differences: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly files: Readonly<Record<string, Readonly<Record<string, { readonly size: number }>>>>;
  readonly milliseconds: Readonly<Record<string, { readonly encode: number; readonly click: number }>>;
  readonly opened: {
    readonly family: string;
    readonly masks: number;
    readonly oracle: boolean;
    readonly ports: Readonly<Record<"encoder" | "decoder", Ports>>;
  };
}

const text = (path: string) => readFileSync(join(packageFolder, path), "utf8");
const results: readonly Result[] = JSON.parse(text("scripts/export/results.json"));

test("SAM, MobileSAM, SAM 2 and EdgeTAM were exported", () => {
  expect(results.map(({ model }) => model)).toEqual(["edgetam", "sam2.1-tiny", "vit_b", "vit_t"]);
});

describe.each(results)("$model", ({ model, differences, opened, ...result }) => {
  test("float32 and segbench are within the bound in every stage", () => {
    const { float32 = {}, segbench = {} } = differences;
    const features = opened.family === "sam" ? 1 : 3;
    expect([Object.keys(float32).length, Object.keys(segbench).length]).toEqual([
      features + 11,
      features + 16,
    ]);
    const stages = [...Object.entries(float32), ...Object.entries(segbench)];
    const counted = stages.filter(([stage]) => stage.endsWith("pixels of masks"));
    const apart = stages.filter((stage) => !counted.includes(stage)).map(([, value]) => value);
    expect(apart.every(Number.isFinite)).toBe(true);
    expect(Math.max(...apart)).toBe(result.largestDifference);
    expect(result.largestDifference).toBeLessThanOrEqual(1e-4);
    expect([counted.map(([, count]) => count), result.differentPixels]).toEqual([[0, 0, 0, 0, 0], 0]);
  });

  test("is recognised, with all candidates", () => {
    const { encoder, decoder } = opened.ports;
    expect(recogniseModel({ encoder, decoder }).candidates.map(({ family }) => family)).toEqual([
      opened.family,
    ]);
    // An encoder's input may have any name: the decoder decides.
    expect(recognise(decoder).map(({ confidence }) => confidence)).toEqual(["certain"]);
    expect([opened.masks, opened.oracle]).toEqual([4, true]);
    const named = new Map([...decoder.inputs, ...decoder.outputs].map(({ name, shape }) => [name, shape]));
    expect(named.get("point_coords")).toEqual(["prompts", "points", 2]);
    expect((named.get("low_res_masks") ?? named.get("masks"))!.slice(1)).toEqual([4, 256, 256]);
  });

  test("docs/models.md has its numbers", () => {
    const row = text("docs/models.md")
      .split("\n")
      .find((line) => line.includes(`| ${model} |`));
    const mb = ["float32", "float16", "int8"].map((form) => {
      const bytes = Object.values(result.files[form] ?? {}).reduce((sum, { size }) => sum + size, 0);
      return bytes === 0 ? "–" : Math.round(bytes / 1e6);
    });
    const { float32, int8 } = result.milliseconds;
    const seconds = [float32, int8].map((one) => (one!.encode / 1000).toFixed(1));
    const clicks = [float32, int8].map((one) => one!.click);
    const shown = [
      mb.join(" / "),
      seconds.join(" / "),
      clicks.join(" / "),
      result.largestDifference.toExponential(1),
    ];
    expect(row?.replace(/ \|$/, "").split(" | ").slice(2)).toEqual(shown);
  });
});

describe("segbench's side", () => {
  let place: string;
  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), "segbench-answers-"));
  });
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  test("tensors of the bundled model for a picture of its own size", async () => {
    const side = 256;
    const pixels = Uint8Array.from({ length: 3 * side * side }, (_, i) => (i * 7) % 251);
    writeFileSync(join(place, "0.rgb"), pixels);
    const prompts = [{ points: [[100, 80]], labels: [1] }, { box: [20, 30, 200, 180] }];
    const images = [{ pixels: "0.rgb", width: side, height: side, prompts }];
    writeFileSync(join(place, "asked.json"), JSON.stringify({ model: "models/tiny", images }));
    const script = ["--import", "tsx", "scripts/export/shared/answers.ts", place];
    await promisify(execFile)(process.execPath, script, { cwd: packageFolder });
    const answered = JSON.parse(readFileSync(join(place, "answered.json"), "utf8"));
    const bytes = (file: string) => readFileSync(join(place, file));
    const floats = (file: string) => new Float32Array(new Uint8Array(bytes(file)).buffer);
    const [{ input, prompts: answers }] = answered.images;
    expect([answered.opened.family, answered.opened.masks, answered.opened.oracle]).toEqual(["sam", 4, true]);
    expect(input.dims).toEqual([1, 3, side, side]);
    const red = Array.from({ length: side * side }, (_, i) =>
      Math.fround((pixels[3 * i]! - 123.675) / 58.395),
    );
    const fed = floats(input.file);
    expect(red.reduce((most, value, i) => Math.max(most, Math.abs(value - fed[i]!)), 0)).toBeLessThan(1e-6);
    for (const { logits, scores, masks } of answers) {
      expect([logits.dims, scores.dims, masks.dims]).toEqual([
        [1, 4, 128, 128],
        [1, 4],
        [4, side, side],
      ]);
      const low = floats(logits.file);
      const high = bytes(masks.file);
      // The corner pixel of a mask doubled in size is the corner logit.
      for (let k = 0; k < 4; k++) expect(high[k * side * side]! > 0).toBe(low[k * 128 * 128]! > 0);
      const share = (values: ArrayLike<number>) =>
        Array.from(values).filter((value) => value > 0).length / values.length;
      expect(Math.abs(share(low) - share(high))).toBeLessThan(0.01);
    }
  });
});
