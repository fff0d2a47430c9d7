import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { openOnnxHost } from "../../src/models/runtime/onnx.ts";
import { tinyFiles } from "./cases.ts";

test("what is given is handed over, the rest is copied", async () => {
  const host = openOnnxHost({ provider: "cpu", threads: 1 });
  try {
    const encoder = await host.open(tinyFiles.encoder);
    const { name, shape } = encoder.inputs[0]!;
    const dims = shape.map((size) => (typeof size === "number" ? size : 1));
    const image = () => ({
      ...{ type: "float32" as const, dims },
      data: new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.25),
    });
    const [kept, given] = [image(), image()];
    const first = await encoder.run({ [name]: kept });
    const second = await encoder.run({ [name]: given }, [], [name, "no such input"]);
    expect(kept.data.length).toBeGreaterThan(0);
    expect(given.data).toHaveLength(0);
    expect(isDeepStrictEqual(second, first)).toBe(true);
  } finally {
    await host.close();
  }
});
