// Opens the graphs of a video model and tries each of them once; clips are then tracked by `track.ts`.
import { type FullModelCard, type VideoSettings, videoDefaults } from "../../core/defaults.ts";
import { complain } from "../../core/errors.ts";
import type { ModelCapabilities, VideoSession } from "../../core/types.ts";
import type { ModelFiles } from "../family.ts";
import type { GraphHost } from "../runtime/graph.ts";
import { openInputMaker } from "../runtime/input-maker.ts";
import { eachGraph, openGraphs, trialRunError } from "../runtime/session.ts";
import { stretched } from "../tensors/frames.ts";
import { encoderInput } from "../tensors/preprocess.ts";
import type { MemoryRules } from "./choice.ts";
import { readConstants, type VideoConstants } from "./constants.ts";
import { constantsPart, type VideoFamily } from "./contract.ts";
import { headConstants } from "./heads.ts";
import { openTracks, type Tracker } from "./track.ts";

export interface OpenVideoRequest {
  readonly card: FullModelCard;
  /** Path of each graph, and of the constants. */
  readonly files: ModelFiles;
  readonly host: GraphHost;
}

/**
 * Opens the graphs of a model on a host; rejects with a SegbenchError that names the file and what is wrong if graphs, constants and
 * card do not go together. The trial run takes a black frame through every graph.
 */
export async function openVideoSession(
  family: VideoFamily,
  { card, files, host }: OpenVideoRequest,
): Promise<VideoSession> {
  const { [constantsPart]: constantsFile, ...graphFiles } = files;
  const lacking = family.parts.filter((part) => files[part] === undefined);
  if (lacking.length > 0)
    throw complain(`model ${card.name}`, `a ${family.title} model needs more files`, {
      code: "model",
      expected: family.parts.join(", "),
      got: `no ${lacking.join(", no ")}`,
    });
  const constants = await readConstants(constantsFile!);
  const graphs = await openGraphs(family, { files: graphFiles, host });
  const contract = family.contract(graphs, constants, host);
  if (card.image.size !== contract.side)
    throw complain(constants.file, `"image_size" is not the side of the encoder's input`, {
      code: "model",
      expected: `${card.image.size}`,
      got: `${contract.side}`,
    });
  const settings: VideoSettings = { ...videoDefaults, ...card.video };
  const inputs = openInputMaker();
  const tracker: Tracker = {
    ...{ contract, settings },
    rules: rulesOf(constants, settings),
    heads: headConstants(constants, contract),
    noMemory: constants.required("no_mem_embed", contract.channels),
    threshold: card.mask.threshold,
    input: (image) => inputs.make(image, stretched(image, contract.side).image, card.image),
    free: (tensor) => host.free(tensor),
  };
  try {
    await trialRun(tracker, card).catch((cause: unknown) => {
      throw trialRunError(Object.values(graphs), contract.side, cause);
    });
    const { side, low } = contract;
    const facts = {
      contract: family.name,
      video: settings,
      lowResolution: [low, low],
      side,
      providers: await eachGraph(graphs, (graph) => graph.providersUsed()),
      ...(await eachGraph(graphs, async (graph) => ({ inputs: graph.inputs, outputs: graph.outputs }))),
    };
    return {
      ...{ capabilities, facts },
      open: (clip, options = {}) => openTracks(tracker, clip, options),
      async close() {
        await Promise.all([inputs.close(), host.close()]);
      },
    };
  } catch (error) {
    await inputs.close();
    throw error;
  }
}

/** All families decode four masks and take every kind of prompt. */
const capabilities: ModelCapabilities = {
  ...{ box: true, maskInput: true, multimask: true, singleMask: true },
  ...{ batch: 1, predictedIouIsIou: true },
};

function rulesOf(constants: VideoConstants, { distances }: VideoSettings): MemoryRules {
  const most = constants.number("max_cond_frames_in_attn", -1);
  const trained = constants.flag("use_signed_tpos_enc_to_obj_ptrs", true);
  return {
    memories: constants.number("num_maskmem"),
    pointers: constants.number("max_obj_ptrs_in_encoder"),
    stride: constants.number("memory_temporal_stride_for_eval", 1),
    conditioning: most < 0 ? undefined : most,
    ahead: !constants.flag("only_obj_ptrs_in_the_past_for_eval", true),
    signed: distances === undefined ? trained : distances === "signed",
  };
}

/** A black frame: prompted, remembered, and then tracked. */
async function trialRun({ contract, free }: Tracker, card: FullModelCard): Promise<void> {
  const { side, low, pointer } = contract;
  const black = { width: side, height: side, data: new Uint8Array(3 * side * side) };
  const features = await contract.encode(
    encoderInput(black, stretched(black, side).image, card.image),
    false,
  );
  const memory = await contract.remember(features, new Float32Array(side * side));
  const recalled = { rows: [0], distances: [0], memories: memory, pointers: new Float32Array(pointer) };
  const { tensor: conditioned, done } = await contract.attend(features, recalled);
  const decoding = contract.decode(conditioned, features, { points: [] });
  const [{ masks, pointer: pointerOf }] = await Promise.all([decoding, done]);
  if (masks.length !== 4 * low * low)
    throw new Error(`the decoder gives ${masks.length} logits, not four masks of ${low} x ${low}`);
  await pointerOf(1);
  for (const tensor of [features.raw, conditioned, ...Object.values(features.levels)]) await free(tensor);
}
