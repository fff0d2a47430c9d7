// What the split of SAM 2 into modules does whatever is in them: graphs without a model, which note every run.
import { expect, test } from "vitest";
import type { Graph, GraphHost, KeptTensor } from "../../../src/models/runtime/graph.ts";
import { LostTensor } from "../../../src/models/runtime/graph.ts";
import type { VideoConstants } from "../../../src/models/video/constants.ts";
import { splitContract } from "../../../src/models/video/split.ts";

test("what no prompt is embedded as is made once, and again only where it is lost", async () => {
  const calls: string[] = [];
  const failures: Error[] = [];
  let next = 0;
  const graph = (file: string, inputs: readonly string[]): Graph => {
    const start: Graph["start"] = (_, names = []) => {
      calls.push(file);
      const kept = Object.fromEntries(names.map((name): [string, KeptTensor] => [name, { kept: next++ }]));
      const failure = file === "decoder" ? failures.shift() : undefined;
      const values = { type: "float32", dims: [1, 4], data: Float32Array.of(1, 2, 3, 4) } as const;
      const own = { masks: values, iou_pred: values, sam_tokens_out: values, object_score_logits: values };
      return {
        kept,
        outputs: failure === undefined ? Promise.resolve({ ...own, ...kept }) : Promise.reject(failure),
      };
    };
    const port = (name: string) => ({ name, type: "float32", shape: ["n", 1, 1, 1] });
    const run: Graph["run"] = (...call) => start(...call).outputs;
    return { file, inputs: inputs.map(port), outputs: [], start, run, providersUsed: async () => ({}) };
  };
  const graphs = {
    prompt_encoder: graph("prompts", ["coords", "labels", "masks", "masks_enable"]),
    mask_decoder: graph("decoder", []),
    memory_attention: graph("attention", ["curr", "memory_1", "memory_2"]),
  };
  const constants = { number: () => 2 } as unknown as VideoConstants;
  const contract = splitContract(graphs, constants, {} as GraphHost);
  const decode = async (...fails: readonly Error[]) => {
    calls.length = 0;
    failures.push(...fails);
    const end = await contract.decode({ kept: -1 }, { raw: { kept: -2 }, levels: {} }, { points: [] }).then(
      ({ score }) => `${score}`,
      ({ message }: Error) => message,
    );
    return [end, ...calls];
  };
  expect(await decode()).toEqual(["1", "prompts", "decoder"]);
  expect(await decode(new Error("no memory"))).toEqual(["no memory", "decoder"]);
  expect(await decode()).toEqual(["1", "decoder"]);
  expect(await decode(new LostTensor())).toEqual(["1", "decoder", "prompts", "decoder"]);
  // It was not the prompt's that was lost.
  const lost = new LostTensor();
  expect(await decode(lost, lost)).toEqual([lost.message, "decoder", "prompts", "decoder"]);
  expect(await decode()).toEqual(["1", "prompts", "decoder"]);
});
