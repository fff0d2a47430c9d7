import { complain } from "../../core/errors.ts";
import type { Family } from "../family.ts";
import type { Graph } from "../runtime/graph.ts";
import { samContract, samDecoder, samPhrases } from "./shared/point-contract.ts";

/**
 * SAM-HQ and Light HQ-SAM (SysCV/sam-hq, seginw/segment_anything/utils/onnx.py): the official SAM contract and
 * `interm_embeddings`, features of the encoder's earlier blocks. Decoders give one mask.
 */
export const samHq: Family = {
  name: "sam-hq",
  title: "SAM-HQ",
  summary: "as sam, with the encoder's intermediate features (SAM-HQ, Light HQ-SAM)",
  signatures: [
    {
      ...samDecoder,
      of: "SysCV/sam-hq",
      inputs: [...samDecoder.inputs, "interm_embeddings"],
      optional: ["orig_im_size"],
    },
    {
      part: "encoder",
      of: "X-AnyLabeling, usls",
      inputs: ["*"],
      outputs: ["image_embeddings", "interm_embeddings"],
    },
    {
      part: "encoder",
      of: "X-AnyLabeling, features one by one",
      inputs: ["*"],
      outputs: ["image_embeddings"],
      moreOutputs: true,
    },
  ],
  ports: {
    ...samPhrases,
    fed: {
      ...samPhrases.fed,
      interm_embeddings: "intermediate features of the encoder, kept with the runtime",
    },
  },
  contract: (graphs, request) => samContract(samHq, graphs, request, { links, batch: "probe" }),
};

/**
 * `interm_embeddings` comes under its name, or as several outputs, one for each of the encoder's blocks of
 * global attention, which are stacked.
 */
function links({ outputs, file }: Graph, decoder: Graph) {
  const names = outputs.map(({ name }) => name);
  const last = names.includes("image_embeddings") ? "image_embeddings" : names[0]!;
  const others = names.filter((name) => name !== last);
  if (others.length === 0)
    throw complain(file, `does not return the intermediate features that ${decoder.file} takes`, {
      expected: 'an output "interm_embeddings" beside the embedding',
      got: names.join(", "),
    });
  const features = others.includes("interm_embeddings") ? ["interm_embeddings"] : others;
  return { image_embeddings: [last], interm_embeddings: features };
}
