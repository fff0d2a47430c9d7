// The session of every family: encodes images, keeps embeddings with the host, decodes prompts, makes
// candidates and masks.
import { stabilityDefaults } from "../../core/defaults.ts";
import { complain, reasonOf } from "../../core/errors.ts";
import type {
  Candidate,
  Embedding,
  ImageSession,
  Logits,
  ModelCapabilities,
  Prediction,
  Prompt,
  RgbImage,
  Size,
} from "../../core/types.ts";
import { maskFromLogits, measureLogits } from "../../masks/mask-from-logits.ts";
import {
  type Answer,
  type Contract,
  type ContractRequest,
  type Family,
  type FamilyFacts,
  type Feeds,
  type Graphs,
  type OpenRequest,
  type Part,
  partsOf,
} from "../family.ts";
import { mismatchesOf } from "../recognise/ports.ts";
import { allFinite, castFeeds, toFloat32 } from "../tensors/cast.ts";
import type { Frame } from "../tensors/frames.ts";
import { encoderInput } from "../tensors/preprocess.ts";
import type { Graph, KeptTensor, Tensor } from "./graph.ts";
import { type InputMaker, openInputMaker } from "./input-maker.ts";
import { linker, ofTwoModels } from "./link.ts";

interface HeldEmbedding extends Embedding {
  readonly frame: Frame;
  readonly feeds: Readonly<Record<string, KeptTensor>>;
}

/**
 * Opens the graphs of a model on a host; rejects with a SegbenchError that names the file and the port if
 * they do not match the family's contract. The trial run decodes one click on a black image, which shows the
 * number of masks.
 */
export async function openSession(family: Family, request: OpenRequest): Promise<ImageSession> {
  const { card, host } = request;
  const contract = family.contract(await openGraphs(family, request), request);
  const { encoder, decoder, side } = contract;
  const graphs = { ...(encoder === undefined ? {} : { encoder }), decoder };
  checkSize(encoder ?? decoder, contract, card);
  const embed =
    encoder === undefined
      ? async (feeds: Feeds) => ({ [contract.imageInput]: await host.hold(feeds[contract.imageInput]!) })
      : linker(encoder, decoder, contract.links, host);

  async function encode(image: RgbImage, make: InputMaker["make"]): Promise<HeldEmbedding> {
    const frames = contract.frames(image);
    const input = await make(image, frames.image, card.image);
    const feeds = await embed(castFeeds({ [contract.imageInput]: input }, encoder ?? decoder));
    return { size: frames.prompt.original, frame: frames.prompt, feeds };
  }

  async function decodeRaw({ frame, feeds }: HeldEmbedding, prompts: readonly Prompt[]): Promise<Answer> {
    const sent = castFeeds(contract.feeds(prompts, frame), decoder);
    const outputs = (await decoder.run({ ...feeds, ...sent }, [], Object.keys(sent))) as Feeds;
    const { scores, masks } = contract.read(outputs, prompts.length);
    return { scores: toFloat32(scores), masks: toFloat32(masks) };
  }

  async function free({ feeds }: HeldEmbedding): Promise<void> {
    for (const tensor of Object.values(feeds)) await host.free(tensor);
  }

  const blackImage = (size: number) =>
    encode({ width: size, height: size, data: new Uint8Array(3 * size * size) }, async (...given) =>
      encoderInput(...given),
    );

  /** On a smaller square where possible: all black images have the same embedding, unless the image itself is kept. */
  async function triedBatch(embedding: HeldEmbedding, most: number): Promise<number> {
    const { probeSide = side } = contract;
    const kept = encoder !== undefined || probeSide === side;
    const square = { width: probeSide, height: probeSide };
    const small = kept
      ? { ...embedding, frame: contract.frames(square).prompt }
      : await blackImage(probeSide);
    const batch = await batchProbe((prompts) => decodeRaw(small, prompts), probeSide, most);
    if (!kept) await free(small);
    return batch;
  }

  async function trialRun() {
    const embedding = await blackImage(side);
    const { masks } = await decodeRaw(embedding, [{ clicks: [{ x: 0, y: 0, label: 1 }], multimask: true }]);
    const { most, how } = contract.batch;
    const batch = how === "probe" && most > 1 ? await triedBatch(embedding, most) : most;
    await free(embedding);
    return { masks, batch };
  }

  const trial = await trialRun().catch((cause: unknown) => {
    const apart = encoder && ofTwoModels(encoder, decoder, contract.links);
    throw apart ?? trialRunError(Object.values(graphs), side, cause);
  });
  const outputs = maskCount(decoder, trial.masks);
  const multi = card.mask.multimask && outputs >= 3;
  const capabilities: ModelCapabilities = {
    ...contract.takes,
    multimask: multi,
    singleMask: outputs !== 3,
    batch: trial.batch,
    predictedIouIsIou: card.mask.predictedIou === "iou",
  };
  const several = outputs === 4 ? [1, 2, 3] : [0, 1, 2];
  const single = capabilities.singleMask ? [0] : several;
  const stable = card.mask.single === "stable" && outputs === 4;

  const facts = {
    contract: family.name,
    masks: outputs,
    lowResolution: trial.masks.dims.slice(-2),
    providers: await eachGraph(graphs, (graph) => graph.providersUsed()),
    ...(await eachGraph(graphs, async (graph) => ({ inputs: graph.inputs, outputs: graph.outputs }))),
  };
  const inputs = openInputMaker();
  return {
    capabilities,
    facts,
    encode: (image) => encode(image, inputs.make),
    async decode(embedding, prompts) {
      const { scores, masks } = await decodeRaw(embedding as HeldEmbedding, prompts);
      const wanted = prompts.map(({ multimask }, prompt) =>
        multimask && multi ? several : stable ? [stableOr(scores, masks, prompt)] : single,
      );
      return predictionsOf(scores, masks, wanted);
    },
    mask: ({ lowResolution }: Candidate, size: Size) =>
      maskFromLogits(lowResolution, contract.geometry(lowResolution, size, card.mask.threshold)),
    measure: ({ lowResolution }: Candidate, size: Size, offset: number) =>
      measureLogits(lowResolution, contract.geometry(lowResolution, size, card.mask.threshold), offset),
    release: (embedding) => free(embedding as HeldEmbedding),
    async close() {
      await Promise.all([inputs.close(), host.close()]);
    },
  };
}

/** Opens every file of a model; rejects if they do not match the family's contract. */
export async function openGraphs(
  family: FamilyFacts & Pick<Family, "mismatches">,
  { files, host }: Pick<OpenRequest, "files" | "host">,
): Promise<Graphs> {
  const graphs: Record<Part, Graph> = {};
  for (const part of partsOf(files)) graphs[part] = await host.open(files[part]!);
  const mismatches = family.mismatches?.(graphs) ?? mismatchesOf(family, graphs);
  if (mismatches.length > 0)
    throw complain(
      Object.values(graphs)
        .map(({ file }) => file)
        .join(", "),
      `not the ${family.title} contract: ${mismatches.join("; ")}`,
    );
  return graphs;
}

export async function eachGraph<T>(
  graphs: Readonly<Record<string, Graph>>,
  work: (graph: Graph) => Promise<T>,
): Promise<Record<string, T>> {
  const results: Record<string, T> = {};
  for (const [role, graph] of Object.entries(graphs)) results[role] = await work(graph);
  return results;
}

/** The error of graphs with the right ports that do not accept what the card says. */
export function trialRunError(graphs: readonly Graph[], side: number, cause: unknown) {
  return complain(graphs.map(({ file }) => file).join(", "), "a trial run failed", {
    expected: `graphs that accept what the card says (image size ${side})`,
    got: reasonOf(cause).replace(/^Got /, ""),
    cause,
  });
}

/** A graph of fixed size takes pictures of no other: told before one of another size is made. */
function checkSize(
  { file, inputs }: Graph,
  { imageInput, side, frames }: Contract,
  { image }: ContractRequest["card"],
): void {
  const shape = inputs.find(({ name }) => name === imageInput)?.shape ?? [];
  const sides = shape.slice(-3);
  const [channels] = sides.splice(image.layout.endsWith("chw") ? 0 : 2, 1);
  if (channels !== 3) return;
  const [height, width] = sides;
  const { resized, side: padded } = frames({ width: side, height: side }).image;
  const made = image.padding === "bottom-right" ? { width: padded, height: padded } : resized;
  const isOther = (stated: unknown, own: number) => typeof stated === "number" && stated !== own;
  if (!isOther(height, made.height) && !isOther(width, made.width)) return;
  throw complain(file, `takes pictures of ${width} x ${height}`, {
    code: "model",
    expected: `an image size of ${height === width ? height : "that"} on the card`,
    got: `${side}`,
  });
}

/** Metadata of traced decoders often does not state the number of masks; a run shows it. */
function maskCount(decoder: Graph, masks: Tensor): 1 | 3 | 4 {
  const count = masks.dims[1];
  if (masks.dims.length === 4 && (count === 1 || count === 3 || count === 4)) return count;
  throw complain(decoder.file, "low_res_masks has an unknown shape", {
    expected: "P x M x h x w with 1, 3 or 4 masks",
    got: masks.dims.join(" x "),
  });
}

/** Largest difference, as a share of the largest logit, that another order of computation may cause. */
const TOLERANCE = 1e-3;

/**
 * How many prompts a decoder takes at once: traced graphs declare batch axes that they do not honour. Two
 * different clicks are decoded alone and together; `most` if the answers agree, otherwise 1.
 */
async function batchProbe(
  decode: (prompts: readonly Prompt[]) => Promise<{ readonly masks: Tensor }>,
  side: number,
  most: number,
): Promise<number> {
  const click = (at: number): Prompt => ({
    clicks: [{ x: Math.floor(at * side), y: Math.floor(side / 2), label: 1 }],
    multimask: true,
  });
  const prompts = [click(0.25), click(0.75)];
  const alone: Float32Array[] = [];
  for (const prompt of prompts) alone.push((await decode([prompt])).masks.data as Float32Array);
  const together = await decode(prompts).catch(() => undefined);
  if (together === undefined) return 1;
  return agree(together.masks.data as Float32Array, alone) ? most : 1;
}

/** Whether both are equal, part by part; compares megapixel masks in place. */
function agree(got: Float32Array, expected: readonly Float32Array[]): boolean {
  if (got.length !== expected.reduce((sum, { length }) => sum + length, 0)) return false;
  let largest = 0;
  for (const part of expected) for (const value of part) largest = Math.max(largest, Math.abs(value));
  let at = 0;
  for (const part of expected)
    for (const value of part) if (!(Math.abs(value - got[at++]!) <= TOLERANCE * largest)) return false;
  return true;
}

/**
 * The first of a prompt's four masks if its size hardly hangs on the threshold, otherwise the most confident of the others: MaskDecoder's
 * `_dynamic_multimask_via_stability` (facebookresearch/sam2, sam2/modeling/sam/mask_decoder.py), around the logit 0 as there.
 */
function stableOr(scores: Tensor, masks: Tensor, prompt: number): number {
  const { delta, least } = stabilityDefaults;
  const cells = masks.dims[2]! * masks.dims[3]!;
  const logits = (masks.data as Float32Array).subarray(4 * prompt * cells, (4 * prompt + 1) * cells);
  const above = (limit: number) =>
    logits.reduce((count, logit) => count + (logit > Math.fround(limit) ? 1 : 0), 0);
  const [inside, outside] = [above(delta), above(-delta)];
  if (outside === 0 || Math.fround(inside / outside) >= Math.fround(least)) return 0;
  const others = (scores.data as Float32Array).subarray(4 * prompt + 1, 4 * prompt + 4);
  return 1 + others.indexOf(Math.max(...others));
}

/**
 * Splits `iou_predictions` (P x M) and `low_res_masks` (P x M x h x w) into one prediction per prompt, with the
 * candidates that `indices` names, in that order. A value that is not finite makes its prompt's prediction failed.
 */
export function predictionsOf(
  scores: Tensor,
  masks: Tensor,
  indices: readonly (readonly number[])[],
): Prediction[] {
  const [, outputs = 0, height = 0, width = 0] = masks.dims;
  const values = scores.data as Float32Array;
  const logits = masks.data as Float32Array;
  const cells = height * width;
  return indices.map((wanted, prompt) => {
    const candidates: Candidate[] = [];
    for (const index of wanted) {
      const at = prompt * outputs + index;
      const predictedIou = values[at]!;
      const lowResolution: Logits = { width, height, data: logits.subarray(at * cells, (at + 1) * cells) };
      if (!Number.isFinite(predictedIou))
        return { status: "failed", reason: `predicted IoU of mask ${index} is not finite: ${predictedIou}` };
      if (!allFinite(lowResolution.data))
        return { status: "failed", reason: `logits of mask ${index} are not finite` };
      candidates.push({ predictedIou, lowResolution });
    }
    return { status: "ok", candidates };
  });
}
