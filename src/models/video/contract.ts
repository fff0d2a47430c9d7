// The interface of families of video models: how graphs are fed and read. What is done with them, and when, is `track.ts`, alike for all.
import { complain } from "../../core/errors.ts";
import type { FamilyFacts, Feeds, Graphs, Part } from "../family.ts";
import type { Graph, GraphHost, KeptTensor, Outputs, Started, Tensor } from "../runtime/graph.ts";
import { castFeeds, floatsOf } from "../tensors/cast.ts";
import type { VideoConstants } from "./constants.ts";

export interface VideoFamily extends FamilyFacts {
  readonly kind: "clip";
  /** Names of its files: graphs, and the constants. */
  readonly parts: readonly Part[];
  contract(graphs: Graphs, constants: VideoConstants, host: GraphHost): VideoContract;
}

/** The part of a video model's files that is no graph. */
export const constantsPart: Part = "constants";

/** A frame's features. */
export interface Features {
  /** As the encoder gives them, with the runtime. */
  readonly raw: KeptTensor;
  /** Other levels, by the decoder's inputs. */
  readonly levels: Readonly<Record<string, KeptTensor>>;
  /** The values of `raw`, where they were asked for. */
  readonly values?: Tensor;
}

/** A point in pixels of the square that frames are resized to. */
export interface SquarePoint {
  readonly x: number;
  readonly y: number;
  /** 1 object, 0 background, 2 and 3 corners of a box, -1 none. */
  readonly label: number;
}

/** What the decoder is asked. */
export interface Asked {
  /** Empty on a tracked frame. */
  readonly points: readonly SquarePoint[];
  /** Low-resolution logits. */
  readonly mask?: Float32Array | undefined;
}

/** All four masks: the single one, then three of multimask. Not yet gated by the object score. */
export interface Decoded {
  readonly masks: Float32Array;
  readonly ious: Float32Array;
  readonly score: number;
  pointer(mask: number): Promise<Float32Array>;
}

/** What memory attention is given: memories one after the other with the rows of their encodings, pointers with their relative distances. */
export interface Recalled {
  readonly memories: Float32Array;
  readonly rows: readonly number[];
  readonly pointers: Float32Array;
  /** 1 is the reach of pointers. */
  readonly distances: readonly number[];
}

export interface Attended {
  readonly tensor: KeptTensor;
  readonly done: Promise<unknown>;
}

export interface VideoContract {
  /** Side of the square that frames are resized to, and of low-resolution masks. */
  readonly side: number;
  readonly low: number;
  /** Numbers of a pointer. */
  readonly pointer: number;
  /** Channels of features and of memories: what is added to them has one number for each. */
  readonly channels: number;
  readonly memoryChannels: number;
  encode(image: Tensor, values: boolean): Promise<Features>;
  /** Told once it is sent: what is sent then is done after it. */
  attend(features: Features, recalled: Recalled): Promise<Attended>;
  decode(conditioned: Tensor | KeptTensor, features: Features, asked: Asked): Promise<Decoded>;
  /** `mask`: scaled, at `side` x `side`. */
  remember(features: Features, mask: Float32Array): Promise<Float32Array>;
}

/** A family's ports, where they are called differently. */
export interface VideoPorts {
  /** The encoder's outputs: features, and further levels by the decoder's inputs. */
  readonly features: string;
  readonly levels?: Readonly<Record<string, string>>;
  /** Feeds of memory attention besides features, memories and pointers: their places. */
  places(recalled: Recalled): Promise<Feeds>;
  decode: VideoContract["decode"];
}

/** Phrases for ports that families share. */
export const videoPhrases = {
  frame: "features of the frame, as the image encoder gives them",
  attended: "features of the frame, with what memory attention added",
  memories: "memories of other frames",
  pointers: "object pointers of other frames",
  object: "logit of whether the target is in the frame",
  memory: "the memory of the frame",
  remembered: "mask to remember, scaled",
  drawn: "low-resolution logits of an earlier answer, or a mask that is given",
  flag: "1 where there are such logits, else 0",
} as const;

/** What families share: the encoder, memory attention and the memory encoder. */
export function videoContract(
  graphs: Graphs,
  constants: VideoConstants,
  host: GraphHost,
  ports: VideoPorts,
): VideoContract {
  const {
    image_encoder: encoder,
    memory_attention: attention,
    memory_encoder: memory,
  } = graphs as { readonly [part: string]: Graph };
  const side = constants.number("image_size");
  const shapes = { raw: fixed(attention!, "curr", 1), memory: fixed(attention!, "memory_1", 1) };
  const pointer = fixed(attention!, "memory_2", 1)[0]!;
  const levels = Object.entries(ports.levels ?? {});
  return {
    side,
    low: constants.number("low_res_size"),
    ...{ pointer, channels: shapes.raw[0]! },
    memoryChannels: shapes.memory.length === 3 ? shapes.memory[0]! : shapes.memory.at(-1)!,
    async encode(image, values) {
      const input = encoder!.inputs[0]!.name;
      const keep = [...levels.map(([, output]) => output), ...(values ? [] : [ports.features])];
      const got = await run(encoder!, { [input]: image }, keep);
      const raw = got[ports.features]!;
      const others = levels.map(([name, output]) => [name, got[output] as KeptTensor]);
      const found = { levels: Object.fromEntries(others) as Features["levels"] };
      return values
        ? { ...found, raw: await host.hold(raw as Tensor), values: raw as Tensor }
        : { ...found, raw: raw as KeptTensor };
    },
    async attend({ raw }, recalled) {
      const { memories, rows, pointers } = recalled;
      const feeds = {
        memory_1: floats([rows.length, ...shapes.memory], memories),
        memory_2: floats([pointers.length / pointer, pointer], pointers),
        ...(await ports.places(recalled)),
      };
      const { kept, outputs } = start(attention!, feeds, ["pix_feat"], { curr: raw });
      return { tensor: kept.pix_feat!, done: outputs };
    },
    decode: ports.decode,
    async remember({ raw }, mask) {
      const got = await run(memory!, { masks: floats([1, 1, side, side], mask) }, [], { pix_feat: raw });
      return floatsOf(got.vision_features as Tensor);
    },
  };
}

export function floats(dims: readonly number[], data: Float32Array): Tensor {
  return { type: "float32", dims, data };
}

/** Runs a graph with feeds that are given away, and others that stay. */
export async function run(...call: Parameters<typeof start>): Promise<Outputs> {
  return start(...call).outputs;
}

function start(graph: Graph, feeds: Feeds, keep: readonly string[] = [], held: Outputs = {}): Started {
  return graph.start({ ...held, ...castFeeds(feeds, graph) }, keep, Object.keys(feeds));
}

/** The sizes of an input from an axis on, which have to be fixed. */
function fixed(graph: Graph, name: string, from: number): readonly number[] {
  const shape = graph.inputs.find((port) => port.name === name)?.shape ?? [];
  const sizes = shape.slice(from);
  if (sizes.length > 0 && sizes.every((size) => typeof size === "number")) return sizes as number[];
  throw complain(graph.file, `input "${name}" has no fixed sizes after its first axis`, {
    code: "model",
    expected: "numbers",
    got: `[${shape.join(", ")}]`,
  });
}
