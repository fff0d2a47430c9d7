// The split of SAM 2 into modules that families share: image encoder, prompt encoder, mask decoder, memory encoder, memory attention, the
// network of object pointers (mlp) and the projection of their places in time (obj_ptr_tpos_proj).
import { complain } from "../../core/errors.ts";
import { type Graphs, type PortPhrases, phrases, type Signature, unitScale } from "../family.ts";
import { type Graph, type GraphHost, type KeptTensor, LostTensor, type Tensor } from "../runtime/graph.ts";
import { floatsOf } from "../tensors/cast.ts";
import type { VideoConstants } from "./constants.ts";
import { type Asked, floats, run, type VideoContract, videoContract, videoPhrases } from "./contract.ts";

const modules = [
  "image_encoder",
  "prompt_encoder",
  "mask_decoder",
  "memory_encoder",
  "memory_attention",
  "mlp",
];

/** What a family of this split has besides its name. */
export function splitFacts(of: string, memory: Pick<Signature, "ranks">, timed: boolean) {
  const levels = ["backbone_fpn_0", "backbone_fpn_1", "backbone_fpn_2"];
  const places = timed ? { optional: ["memory_pos_2"] } : {};
  const signatures: readonly Signature[] = [
    { part: "image_encoder", of, inputs: ["input_image"], outputs: levels, ranks: { input_image: 4 } },
    {
      part: "prompt_encoder",
      of,
      inputs: ["coords", "labels", "masks", "masks_enable"],
      outputs: prompted,
      ranks: { coords: 3 },
    },
    {
      part: "mask_decoder",
      of,
      inputs: decoderInputs,
      outputs: decoderOutputs,
      ranks: { image_embeddings: 4 },
    },
    {
      part: "memory_encoder",
      of,
      inputs: ["pix_feat", "masks"],
      outputs: ["vision_features"],
      ...ranksOf(memory, "vision_features"),
    },
    {
      part: "memory_attention",
      of,
      inputs: ["curr", "memory_1", "memory_2", "memory_pos_1"],
      ...places,
      outputs: ["pix_feat"],
      ...ranksOf(memory, "memory_1"),
    },
    { part: "mlp", of, inputs: ["x"], outputs: ["x_out"], ranks: { x: 2 } },
    ...(timed ? [{ part: "obj_ptr_tpos_proj", of, inputs: ["x"], outputs: ["x_out"], ranks: { x: 2 } }] : []),
  ];
  return {
    parts: [...modules, "constants"],
    ...(timed ? { optionalParts: ["obj_ptr_tpos_proj"] } : {}),
    /** load_video_frames of sam2/utils/misc.py: Pillow's bicubic filter on bytes. */
    defaults: { image: { ...unitScale, filter: "bicubic" } },
    ...{ signatures, ports },
  } as const;
}

const ranksOf = ({ ranks = {} }: Pick<Signature, "ranks">, port: string) => ({
  ranks: { [port]: ranks.memory! },
});
const prompted = ["sparse_embeddings", "dense_embeddings", "dense_pe"];
const highResolution = { high_res_features1: "backbone_fpn_0", high_res_features2: "backbone_fpn_1" };
const decoderInputs = [
  ...["image_embeddings", "image_pe", "sparse_prompt_embeddings", "dense_prompt_embeddings"],
  ...Object.keys(highResolution),
];
const decoderOutputs = ["masks", "iou_pred", "sam_tokens_out", "object_score_logits"];

const ports: PortPhrases = {
  fed: {
    coords: phrases.coordinates,
    labels: phrases.labels,
    masks: videoPhrases.drawn,
    masks_enable: videoPhrases.flag,
    image_embeddings: videoPhrases.attended,
    image_pe: "dense_pe of the prompt encoder",
    sparse_prompt_embeddings: "sparse_embeddings of the prompt encoder",
    dense_prompt_embeddings: "dense_embeddings of the prompt encoder",
    ...{ high_res_features1: phrases.features, high_res_features2: phrases.features },
    ...{ curr: videoPhrases.frame, pix_feat: videoPhrases.frame },
    "memory_encoder.masks": videoPhrases.remembered,
    memory_1: videoPhrases.memories,
    memory_2: videoPhrases.pointers,
    memory_pos_1: "encoding of each memory's place in time",
    memory_pos_2: "encoding of each pointer's distance in time",
    "mlp.x": "token of the mask that is chosen",
    "obj_ptr_tpos_proj.x": "sines and cosines of each pointer's distance in time",
  },
  read: {
    sparse_embeddings: "encoded clicks, for the mask decoder",
    dense_embeddings: "encoded mask, for the mask decoder",
    dense_pe: "encoding of places, for the mask decoder",
    masks: phrases.logits,
    iou_pred: phrases.scores,
    sam_tokens_out: "tokens of the masks, for object pointers",
    object_score_logits: videoPhrases.object,
    vision_features: videoPhrases.memory,
    pix_feat: videoPhrases.attended,
    "mlp.x_out": "object pointer",
    "obj_ptr_tpos_proj.x_out": "encoding of each pointer's distance, for memory attention",
  },
};

export function splitContract(graphs: Graphs, constants: VideoConstants, host: GraphHost): VideoContract {
  const {
    prompt_encoder: prompts,
    mask_decoder: decoder,
    mlp,
    memory_attention: attention,
  } = graphs as { readonly [part: string]: Graph };
  const low = constants.number("low_res_size");
  const timed = attention!.inputs.some(({ name }) => name === "memory_pos_2");
  const projection = graphs.obj_ptr_tpos_proj;
  if (timed && projection === undefined)
    throw complain(
      attention!.file,
      `takes distances of pointers ("memory_pos_2"), and nothing projects them`,
      { code: "model", expected: "a file obj_ptr_tpos_proj", got: Object.keys(graphs).join(", ") },
    );
  const withPrompts = promptEncoder(prompts!, host, low);
  const contract: VideoContract = videoContract(graphs, constants, host, {
    ...{ features: "backbone_fpn_2", levels: highResolution },
    async places({ rows, distances }) {
      const { memoryChannels: width, channels } = contract;
      const table = constants.required("maskmem_tpos_enc", constants.number("num_maskmem") * width);
      const times = Float32Array.from(
        rows.flatMap((row) => [...table.subarray(row * width, (row + 1) * width)]),
      );
      const places = { memory_pos_1: floats([rows.length, width], times) };
      if (!timed) return places;
      if (distances.length === 0) return { ...places, memory_pos_2: floats([0, width], new Float32Array(0)) };
      const x = floats([distances.length, channels], sines(distances, channels));
      return { ...places, memory_pos_2: (await run(projection!, { x })).x_out as Tensor };
    },
    async decode(conditioned, { levels }, asked) {
      const got = await withPrompts(asked, (fed) =>
        run(decoder!, {}, [], { image_embeddings: conditioned, ...fed, ...levels }),
      );
      const read = (name: string) => floatsOf(got[name] as Tensor);
      const tokens = read("sam_tokens_out");
      const width = tokens.length / 4;
      return {
        ...{ masks: read("masks"), ious: read("iou_pred"), score: read("object_score_logits")[0]! },
        async pointer(mask) {
          const x = floats([1, width], tokens.slice(mask * width, (mask + 1) * width));
          return floatsOf((await run(mlp!, { x })).x_out as Tensor);
        },
      };
    },
  });
  return contract;
}

type Fed = Readonly<Record<string, KeptTensor>>;

/** Calls `use` with the embeddings of a prompt, which are with the runtime; those of no prompt, which every tracked frame has, are made once. */
function promptEncoder(graph: Graph, host: GraphHost, low: number) {
  let none: Promise<Fed> | undefined;

  async function embedded({ points, mask }: Asked): Promise<Fed> {
    const all = points.length === 0 ? [{ x: 0, y: 0, label: -1 }] : points;
    const feeds = {
      coords: floats([1, all.length, 2], Float32Array.from(all.flatMap(({ x, y }) => [x, y]))),
      labels: floats(
        [1, all.length],
        Float32Array.from(all, ({ label }) => label),
      ),
      masks: floats([1, low, low], mask?.slice() ?? new Float32Array(low * low)),
      masks_enable: floats([1], Float32Array.of(mask === undefined ? 0 : 1)),
    };
    const got = (await run(graph, feeds, prompted)) as Fed;
    const [sparse, dense, places] = prompted.map((name) => got[name]!) as [
      KeptTensor,
      KeptTensor,
      KeptTensor,
    ];
    return { sparse_prompt_embeddings: sparse, dense_prompt_embeddings: dense, image_pe: places };
  }

  return async function withPrompts<T>(asked: Asked, use: (fed: Fed) => Promise<T>): Promise<T> {
    if (asked.points.length > 0 || asked.mask !== undefined) {
      const fed = await embedded(asked);
      try {
        return await use(fed);
      } finally {
        for (const tensor of Object.values(fed)) await host.free(tensor);
      }
    }
    const kept = none;
    none ??= embedded(asked);
    const fed = await none.catch((error: unknown) => {
      none = undefined;
      throw error;
    });
    try {
      return await use(fed);
    } catch (error) {
      if (!(error instanceof LostTensor)) throw error;
      // What was made for an earlier clip is lost where the runtime's worker ended since.
      none = undefined;
      if (kept === undefined) throw error;
      return withPrompts(asked, use);
    }
  };
}

/** `get_1d_sine_pe` (sam2_utils.py): sines, then cosines. */
function sines(distances: readonly number[], channels: number): Float32Array {
  const half = channels / 2;
  const out = new Float32Array(distances.length * channels);
  for (let i = 0; i < half; i++) {
    const wave = Math.fround(10_000 ** Math.fround((2 * Math.floor(i / 2)) / half));
    distances.forEach((distance, n) => {
      const angle = Math.fround(distance / wave);
      out[n * channels + i] = Math.sin(angle);
      out[n * channels + half + i] = Math.cos(angle);
    });
  }
  return out;
}
