import type { Candidate, Embedding, ModelCapabilities, ModelSession, Prompt, Size } from "../core/types.ts";
import { maskFromLogits } from "../masks/mask-from-logits.ts";
import type { Family, OpenRequest } from "./shared/family.ts";
import type { KeptTensor, Tensor } from "./shared/graph.ts";
import { maskTensors } from "./shared/mask-tensors.ts";
import { pointTensors } from "./shared/point-tensors.ts";
import { portSize } from "./shared/ports.ts";
import { predictionsOf } from "./shared/predictions.ts";
import { encoderInput, type Frame, frameOf } from "./shared/preprocess.ts";
import {
  hasBatchAxis,
  maskCount,
  outputSize,
  refuseOtherContracts,
  samMismatches,
  trialRunError,
} from "./shared/sam-contract.ts";

interface SamEmbedding extends Embedding {
  readonly frame: Frame;
  readonly tensor: KeptTensor;
}

/** Any image encoder with the decoder of the official SAM export (facebookresearch/segment-anything, utils/onnx.py). */
export const sam: Family = {
  name: "sam",
  summary:
    "image encoder + the official SAM decoder (point_coords, point_labels, mask_input, has_mask_input)",
  mismatches: samMismatches,
  open,
};

async function open({ card, files, host, batch }: OpenRequest): Promise<ModelSession> {
  const encoder = await host.open(files.encoder);
  const decoder = await host.open(files.decoder);
  refuseOtherContracts(encoder, decoder);
  const { prompt, mask } = card;
  const side = card.image.size;
  const low = portSize(decoder, "mask_input");
  const embeddingPort = encoder.outputs[0]!.name;

  async function encode(image: Parameters<ModelSession["encode"]>[0]): Promise<SamEmbedding> {
    const frame = frameOf(image, side);
    const input = encoderInput(image, frame, card.image);
    const outputs = await encoder.run({ [encoder.inputs[0]!.name]: input }, [embeddingPort]);
    return { size: frame.original, frame, tensor: outputs[embeddingPort] as KeptTensor };
  }

  async function decodeRaw({ frame, tensor }: SamEmbedding, prompts: readonly Prompt[]) {
    const points = pointTensors(prompts, frame, prompt.paddingPoint);
    const { masks, flags } = maskTensors(prompts, frame, low);
    const outputs = await decoder.run({
      image_embeddings: tensor,
      point_coords: points.coords,
      point_labels: points.labels,
      mask_input: masks,
      has_mask_input: flags,
      ...outputSize(decoder),
    });
    return { scores: outputs.iou_predictions as Tensor, masks: outputs.low_res_masks as Tensor };
  }

  async function trialRun() {
    const embedding = await encode({ width: side, height: side, data: new Uint8Array(3 * side * side) });
    const probed = await decodeRaw(embedding, [{ clicks: [{ x: 0, y: 0, label: 1 }], multimask: true }]);
    await host.free(embedding.tensor);
    return probed;
  }

  const probed = await trialRun().catch((cause: unknown) => {
    throw trialRunError(encoder, decoder, side, cause);
  });
  const outputs = maskCount(decoder, probed.masks);
  const multi = mask.multimask && outputs >= 3;
  const capabilities: ModelCapabilities = {
    box: prompt.box,
    maskInput: true,
    multimask: multi,
    singleMask: outputs !== 3,
    batch: hasBatchAxis(decoder) ? batch : 1,
    predictedIouIsIou: mask.predictedIou === "iou",
  };
  const several = outputs === 4 ? [1, 2, 3] : [0, 1, 2];
  const single = capabilities.singleMask ? [0] : several;

  return {
    capabilities,
    facts: {
      contract: "sam",
      masks: outputs,
      lowResolution: [low.height, low.width],
      providers: { encoder: await encoder.providersUsed(), decoder: await decoder.providersUsed() },
      encoder: { inputs: encoder.inputs, outputs: encoder.outputs },
      decoder: { inputs: decoder.inputs, outputs: decoder.outputs },
    },
    encode,
    async decode(embedding, prompts) {
      const { scores, masks } = await decodeRaw(embedding as SamEmbedding, prompts);
      return predictionsOf(
        scores,
        masks,
        prompts.map(({ multimask }) => (multimask && multi ? several : single)),
      );
    },
    mask: ({ lowResolution }: Candidate, size: Size) =>
      maskFromLogits(lowResolution, {
        frame: side,
        resized: frameOf(size, side).resized,
        original: size,
        threshold: mask.threshold,
      }),
    release: (embedding) => host.free((embedding as SamEmbedding).tensor),
    close: () => host.close(),
  };
}
