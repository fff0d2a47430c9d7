// Every port of a contract that can be run is explained.
import { expect, test } from "vitest";
import { portMeanings, videoFamilies } from "../../src/models/index.ts";
import { signatures } from "../../src/models/recognise/recognise.ts";

const floats = (shape: readonly number[]) => (name: string) => ({ name, type: "float32", shape });

test.each(
  signatures
    .filter(({ refused }) => refused === undefined)
    .map((one) => [`${one.family} ${one.part}, ${one.of}`, one]),
)("%s", (_, { family, part, inputs, optional = [], outputs }) => {
  const [image = ""] = inputs;
  const prompts = part === "decoder" ? [...inputs, ...optional] : [...inputs.slice(1), ...optional];
  const ports = {
    inputs: [
      ...(part === "decoder" ? [] : [floats([1, 3, 64, 64])(image)]),
      ...prompts.map(floats([1, 2, 2])),
    ],
    outputs: outputs.map(floats([1, 4, 16, 16])),
  };
  const meanings = portMeanings({ family, part }, ports);
  expect(Object.keys(meanings.inputs)).toEqual(ports.inputs.map(({ name }) => name));
  expect(Object.values(meanings.inputs)).not.toContain("not known");
  if (part !== "decoder") expect(meanings.inputs[image]).toBe("image, RGB, 64 x 64, nchw, normalised");
  if (part === "encoder") return;
  const masks = family === "clipseg" ? "logits of each phrase's map" : "logits of each mask";
  expect(Object.values(meanings.outputs)).toContain(masks);
  // SAM-Med2D's and SAM's own masks are enlarged by the graph, and the low resolution is read.
  const both = outputs.includes("low_res_masks") && outputs.includes("masks");
  if (both) expect(meanings.outputs.masks).toBe("not read");
});

test.each(
  Object.values(videoFamilies).flatMap(({ name, signatures }) =>
    signatures.map((one) => [`${name} ${one.part}`, name, one] as const),
  ),
)("%s", (_, family, { part, inputs, optional = [], outputs }) => {
  const shape = part === "image_encoder" ? [1, 3, 64, 64] : [1, 4, 16, 16];
  const ports = {
    inputs: [...inputs, ...optional].map(floats(shape)),
    outputs: outputs.map(floats([1, 4, 16, 16])),
  };
  const meanings = portMeanings({ family, part }, ports);
  expect(Object.keys(meanings.inputs)).toEqual(ports.inputs.map(({ name }) => name));
  const said = [...Object.values(meanings.inputs), ...Object.values(meanings.outputs)];
  expect(said).not.toContain("not known");
  expect(said).not.toContain("not read");
});

test("graphs of one family may call different things alike", () => {
  const meaning = (part: string) => {
    const one = [floats([1, 256])("x")];
    return portMeanings({ family: "sam2-video", part }, { inputs: one, outputs: [floats([1, 64])("x_out")] });
  };
  expect(meaning("mlp")).toEqual({
    inputs: { x: "token of the mask that is chosen" },
    outputs: { x_out: "object pointer" },
  });
  expect(meaning("obj_ptr_tpos_proj").inputs.x).toBe("sines and cosines of each pointer's distance in time");
});
