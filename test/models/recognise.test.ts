// Telling contracts from ports: every documented export, whole models, and files that are something else.
import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { readOnnxFile } from "../../src/formats/onnx-file.ts";
import {
  conceptFamilies,
  families,
  foreignSentence,
  recognise,
  recogniseModel,
} from "../../src/models/index.ts";
import { signatures } from "../../src/models/recognise/recognise.ts";
import { path } from "./cases.ts";
import { sentences, shared } from "./foreign.ts";
import { documented, ports, type Row } from "./signatures.ts";

const portsOf = ({ inputs, outputs }: Pick<Row, "inputs" | "outputs">) => ({
  inputs: ports(inputs),
  outputs: ports(outputs),
});
const row = (of: string, part: string) => documented.find((one) => one.of === of && one.part === part)!;

describe("documented exports", () => {
  test.each(documented.map((one) => [`${one.of}, ${one.part}`, one] as const))("%s", (_name, one) => {
    const found = recognise(portsOf(one));
    expect([...new Set(found.map(({ part }) => part))]).toEqual([one.part]);
    expect(found.map(({ family }) => family).sort()).toEqual([...one.families].sort());
    for (const { family, refused } of found)
      expect([family, refused === undefined]).toEqual([
        family,
        family in families || family in conceptFamilies,
      ]);
    if (one.image !== undefined) expect(found[0]!.image).toEqual(one.image);
  });

  test("no signature is left without one", () => {
    const known = new Set(documented.flatMap((one) => one.families.map((family) => `${family} ${one.part}`)));
    const all = new Set(signatures.map(({ family, part }) => `${family} ${part}`));
    expect([...all].filter((key) => !known.has(key))).toEqual([]);
  });
});

describe("models of two files", () => {
  const familiesOf = (encoder: Row, decoder: Row) =>
    recogniseModel({ encoder: portsOf(encoder), decoder: portsOf(decoder) }).candidates.map(
      ({ family }) => family,
    );

  test("the decoder decides", () => {
    const encoder = row("EdgeSAM, RepViT-SAM, NanoSAM", "encoder");
    expect(familiesOf(encoder, row("segment-anything", "decoder"))).toEqual(["sam"]);
    expect(familiesOf(encoder, row("EdgeSAM", "decoder"))).toEqual(["edge-sam"]);
    expect(familiesOf(encoder, row("EfficientViT-SAM", "decoder"))).toEqual(["efficientvit-sam"]);
  });

  test("an encoder of another contract fits no decoder", () => {
    expect(familiesOf(row("samexporter SAM 2", "encoder"), row("segment-anything", "decoder"))).toEqual([]);
  });

  test("a model of 256 pixels with a mask prompt of 64 could be two things", () => {
    expect(familiesOf(row("samexporter", "encoder"), row("SAM-Med2D", "decoder")).sort()).toEqual([
      "sam",
      "sam-med2d",
    ]);
  });

  test("the image facts of the encoder are included", () => {
    const files = {
      encoder: portsOf(row("samexporter, bytes", "encoder")),
      decoder: portsOf(row("segment-anything", "decoder")),
    };
    expect(recogniseModel(files).image).toEqual({
      layout: "hwc",
      dtype: "uint8",
      normalise: "inside",
      padding: "none",
    });
  });
});

describe("foreign files", () => {
  const folder = path("test/fixtures/models/foreign");

  test.each(readdirSync(folder))("%s", async (name) => {
    const read = await readOnnxFile(`${folder}/${name}`);
    expect(recognise(read)).toEqual([]);
    const [before, after] = sentences[basename(name, ".onnx")]!;
    expect(foreignSentence(read)).toBe(`${before}${shared}${after}`);
  });
});
