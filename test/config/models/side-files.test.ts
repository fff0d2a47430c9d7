// Weights beside a graph are part of the model: a run without them does not begin.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepare } from "../../../src/config/runs/prepare.ts";
import { sha256 } from "../../../src/core/hash.ts";
import { readOnnx, whole, writeOnnx } from "../../../src/formats/onnx-graph.ts";
import { temporaryFolder } from "../../helpers/synthetic.ts";
import { fixture, tinyFiles } from "../../models/cases.ts";
import { folder, home, registries } from "../fakes.ts";

/** The bundled encoder with its largest tensor in `encoder.onnx_data`. */
async function outsourced(at: string): Promise<Uint8Array> {
  const model = await readOnnx(tinyFiles.encoder);
  const size = (dims: readonly Parameters<typeof whole>[0][]) =>
    dims.reduce<number>((n, one) => n * whole(one), 1);
  const [largest] = [...model.graph.initializer].sort((a, b) => size(b.dims) - size(a.dims));
  const data = largest!.rawData!;
  Object.assign(largest!, {
    ...{ rawData: undefined, dataLocation: 1 },
    externalData: [{ key: "location", value: "encoder.onnx_data" }],
  });
  delete largest!.rawData;
  await writeOnnx(join(at, "encoder.onnx"), model);
  return data;
}

test("absent: said with the command that fetches it; there: part of the plan", async () => {
  const at = temporaryFolder();
  const data = await outsourced(at);
  const url = "https://example.org/x";
  const card = {
    ...{ name: "m", title: "M", family: "sam", image: { size: 256 } },
    files: { encoder: "encoder.onnx", decoder: fixture("decoder-4") },
    download: ["encoder.onnx", "encoder.onnx_data"].map((file) => ({ file, url })),
  };
  writeFileSync(join(at, "m.yaml"), JSON.stringify(card));
  const plan = () =>
    prepare({ cwd: folder, env: {}, home, overrides: { models: [join(at, "m.yaml")] } }, registries).then(
      ({ plan }) => plan.models[0]?.files.map(({ path, sha256 }) => [path, sha256]),
      (error: Error) => error.message.replaceAll(at, "AT"),
    );
  expect(await plan()).toMatch(
    /^AT\/m\.yaml:1:\d+ files: no such file, and the graph keeps weights in it; expected the side file of m at AT\/encoder\.onnx_data: segbench pull m fetches it$/,
  );
  writeFileSync(join(at, "encoder.onnx_data"), data);
  expect(await plan()).toContainEqual(["encoder.onnx_data", sha256(data)]);
});
