import { phrases, unitScale } from "../../family.ts";
import type { Tensor } from "../../runtime/graph.ts";
import { floatsOf } from "../../tensors/cast.ts";
import { floats, run, type VideoFamily, videoContract, videoPhrases } from "../contract.ts";

/**
 * The bundled tiny video model: SAM 2's roles in four graphs. The decoder holds the prompt encoder and the pointers' network, memory attention
 * the encodings of time; there are no further levels of features (models/tiny-video).
 */
export const tinyVideo: VideoFamily = {
  ...{ name: "tiny-video", kind: "clip" },
  title: "tiny video",
  summary:
    "image encoder, mask decoder, memory encoder and memory attention, a file each (the bundled video model)",
  parts: ["image_encoder", "mask_decoder", "memory_encoder", "memory_attention", "constants"],
  /** load_video_frames of sam2/utils/misc.py: Pillow's bicubic filter on bytes. */
  defaults: { image: { ...unitScale, filter: "bicubic" } },
  signatures: [
    {
      part: "image_encoder",
      of: "segbench",
      inputs: ["images"],
      outputs: ["image_embeddings"],
      ranks: { images: 4 },
    },
    {
      part: "mask_decoder",
      of: "segbench",
      inputs: ["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input"],
      outputs: ["low_res_masks", "iou_predictions", "object_score_logits", "object_pointers"],
      ranks: { image_embeddings: 4, point_coords: 3, point_labels: 2, mask_input: 4 },
    },
    {
      part: "memory_encoder",
      of: "segbench",
      inputs: ["pix_feat", "masks"],
      outputs: ["vision_features"],
      ranks: { pix_feat: 4, masks: 4, vision_features: 4 },
    },
    {
      part: "memory_attention",
      of: "segbench",
      inputs: ["curr", "memory_1", "memory_2", "memory_pos_1", "memory_pos_2"],
      outputs: ["pix_feat"],
      ranks: { curr: 4, memory_1: 4, memory_2: 2, memory_pos_1: 1, memory_pos_2: 1 },
    },
  ],
  ports: {
    fed: {
      image_embeddings: videoPhrases.attended,
      ...{ point_coords: phrases.coordinates, point_labels: phrases.labels },
      ...{ mask_input: videoPhrases.drawn, has_mask_input: videoPhrases.flag },
      ...{ pix_feat: videoPhrases.frame, masks: videoPhrases.remembered },
      ...{ curr: videoPhrases.frame, memory_1: videoPhrases.memories, memory_2: videoPhrases.pointers },
      memory_pos_1: "each memory's place in time: a row of encodings in the graph",
      memory_pos_2: "each pointer's distance in time",
    },
    read: {
      ...{ low_res_masks: phrases.logits, iou_predictions: phrases.scores },
      object_score_logits: videoPhrases.object,
      object_pointers: "object pointer of each mask",
      ...{ vision_features: videoPhrases.memory, pix_feat: videoPhrases.attended },
    },
  },
  contract(graphs, constants, host) {
    const decoder = graphs.mask_decoder!;
    const low = constants.number("low_res_size");
    return videoContract(graphs, constants, host, {
      features: "image_embeddings",
      places: async ({ rows, distances }) => ({
        memory_pos_1: { type: "int64", dims: [rows.length], data: BigInt64Array.from(rows, BigInt) },
        memory_pos_2: floats([distances.length], Float32Array.from(distances)),
      }),
      async decode(conditioned, _, { points, mask }) {
        const all = [...(points.length === 0 ? [nothing] : points), nothing];
        const feeds = {
          point_coords: floats([1, all.length, 2], Float32Array.from(all.flatMap(({ x, y }) => [x, y]))),
          point_labels: floats(
            [1, all.length],
            Float32Array.from(all, ({ label }) => label),
          ),
          mask_input: floats([1, 1, low, low], mask ?? new Float32Array(low * low)),
          has_mask_input: floats([1], Float32Array.of(mask === undefined ? 0 : 1)),
        };
        const got = (await run(decoder, feeds, [], { image_embeddings: conditioned })) as Record<
          string,
          Tensor
        >;
        const pointers = floatsOf(got.object_pointers!);
        const size = pointers.length / 4;
        return {
          masks: floatsOf(got.low_res_masks!),
          ious: floatsOf(got.iou_predictions!),
          score: floatsOf(got.object_score_logits!)[0]!,
          pointer: async (number) => pointers.slice(number * size, (number + 1) * size),
        };
      },
    });
  },
};

/** The padding point. */
const nothing = { x: 0, y: 0, label: -1 };
