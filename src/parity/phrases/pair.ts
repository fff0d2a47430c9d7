// Two models of phrases whose graphs, tokens and pictures can be held against each other.
import type { FullModelCard } from "../../core/defaults.ts";
import type { ParityDiagnosis } from "../../core/parity.ts";
import type { BitMask, ConceptPrompt, ConceptSession, Size } from "../../core/types.ts";
import { maskFromLogits } from "../../masks/mask-from-logits.ts";
import {
  type ConceptContract,
  type ConceptFamily,
  type RawAnswer,
  type Tokenizer,
  tokenizerPart,
} from "../../models/concept/contract.ts";
import type { Feeds, ModelFiles } from "../../models/family.ts";
import type { Graph, GraphHost, Tensor } from "../../models/runtime/graph.ts";
import type { TappedHost, Tensors } from "../../models/runtime/tap.ts";
import { castFeeds, floatsOf } from "../../models/tensors/cast.ts";
import { direct } from "../../models/tensors/frames.ts";
import { withValues } from "../diagnose/arrays.ts";

/** A session whose graph calls can be tapped, and what it reads its graphs by. */
export interface PhraseModel {
  readonly name: string;
  readonly session: ConceptSession;
  readonly host: TappedHost;
  readonly card: FullModelCard;
  readonly contract: ConceptContract;
  /** What the text graph is fed for a phrase, and what it answers; the same promise for the same phrase. */
  text(phrase: string): Promise<PhraseText>;
  /** What was wrong with the files, and was corrected so that they go together. */
  readonly corrected?: ParityDiagnosis;
}

export interface PhraseText {
  readonly fed: Tensors;
  /** Undefined where the decoder takes the phrase itself. */
  readonly outputs?: Tensors;
}

export interface PhrasePair {
  readonly reference: PhraseModel;
  readonly candidate: PhraseModel;
}

export interface OpeningPhrases {
  readonly name: string;
  readonly card: FullModelCard;
  /** Absolute. */
  readonly files: ModelFiles;
  readonly family: ConceptFamily;
}

/**
 * Opens a model by `open`, which wraps its host as it is told and rejects where the files do not go together. Features of phrases with the token before the
 * phrase are no reason not to look at the rest: a model that opens with these axes exchanged is opened so, and says it.
 */
export async function openPhrases(
  { name, card, files, family }: OpeningPhrases,
  open: (wrap: (host: GraphHost) => GraphHost) => Promise<ConceptSession>,
  tap: (host: GraphHost) => TappedHost,
): Promise<PhraseModel> {
  let host: TappedHost | undefined;
  const attempt = (change: (host: GraphHost) => GraphHost = (own) => own) =>
    open((inner) => {
      host = tap(change(inner));
      return host;
    });
  let corrected: ParityDiagnosis | undefined;
  const session = await attempt().catch(async (error: unknown) => {
    for (const masks of [false, true]) {
      const found = await attempt((inner) => exchanging(inner, files.text, masks)).catch(() => undefined);
      if (found === undefined) continue;
      corrected = exchangedAxes(masks);
      return found;
    }
    throw error;
  });
  const tokenizer = await family.tokenizer(files[tokenizerPart]!, card);
  const graphs = Object.fromEntries(
    Object.entries(files).flatMap(([part, file]) => {
      const graph = host!.graphs.find((one) => one.file === file);
      return graph === undefined ? [] : [[part, graph] as const];
    }),
  );
  const contract = family.contract(graphs, card);
  return {
    ...{ name, session, host: host!, card, contract, text: textOf(contract, tokenizer) },
    ...(corrected === undefined ? {} : { corrected }),
  };
}

function textOf(contract: ConceptContract, tokenizer: Tokenizer): PhraseModel["text"] {
  const known = new Map<string, Promise<PhraseText>>();
  async function made(phrase: string): Promise<PhraseText> {
    const graph = contract.text ?? contract.decoder;
    const fed = castFeeds(contract.tokens(tokenizer(phrase)), graph) as Tensors;
    return contract.text === undefined ? { fed } : { fed, outputs: (await graph.run(fed)) as Tensors };
  }
  return (phrase) => {
    const found = known.get(phrase) ?? made(phrase);
    known.set(phrase, found);
    return found;
  };
}

/** What a prompt's words are: a model may have one that stands for boxes alone. */
export function wordsOf({ phrase }: ConceptPrompt, { boxesAlone = "" }: ConceptContract): string {
  return phrase ?? boxesAlone;
}

/** What the decoder is fed besides the image: `text` as the session keeps it. */
export function asText({ fed, outputs }: PhraseText): Feeds {
  return { ...fed, ...outputs };
}

/** A host whose text graph has the first two axes of its features, and of its mask, exchanged. */
function exchanging(host: GraphHost, file: string | undefined, masks: boolean): GraphHost {
  return {
    ...host,
    async open(path) {
      const graph = await host.open(path);
      if (path !== file) return graph;
      const changed = (outputs: Tensors) =>
        Object.fromEntries(
          Object.entries(outputs).map(([name, tensor]) => [
            name,
            tensor.dims.length === 3 || (masks && tensor.dims.length === 2) ? exchangedIn(tensor) : tensor,
          ]),
        );
      return { ...graph, run: async (feeds) => changed((await graph.run(feeds)) as Tensors) } as Graph;
    },
  };
}

function exchangedIn(tensor: Tensor): Tensor {
  const [first = 1, second = 1, ...rest] = tensor.dims;
  const size = rest.reduce((product, side) => product * side, 1);
  const from = floatsOf(tensor);
  const to = new Float32Array(from.length);
  for (let i = 0; i < first; i++)
    for (let j = 0; j < second; j++)
      to.set(from.subarray((i * second + j) * size, (i * second + j + 1) * size), (j * first + i) * size);
  return withValues(tensor, to, [second, first, ...rest]);
}

function exchangedAxes(masks: boolean): ParityDiagnosis {
  return {
    ...{ id: "text-axes", stage: "text", mistake: true },
    title: "Axes: features of phrases come with the axes of tokens and phrases exchanged",
    evidence: [
      `The files do not go together as they are; with the first two axes of the features${masks ? " and of the mask" : ""} exchanged between text encoder and decoder they do, and everything else was compared so.`,
    ],
    advice: "Export both graphs with one order: phrases first, then tokens.",
  };
}

const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));

/** Probability that there is anything; 1 where the model does not say. */
export function presenceOf({ scored }: Pick<RawAnswer, "scored">): number {
  return scored.kind === "logits" && scored.presence !== undefined ? sigmoid(scored.presence) : 1;
}

/** Scores of candidates, as the session makes them: `times` is the power of the presence in them. */
export function scoresOf(answer: Pick<RawAnswer, "scored">, times = 1): Float64Array {
  const { scored } = answer;
  if (scored.kind === "scores") return Float64Array.from(scored.scores);
  const presence = presenceOf(answer) ** times;
  return Float64Array.from(scored.classes, (logit) => sigmoid(logit) * presence);
}

/** A candidate's pixels; `change`: of its logits before they are resized. */
export function drawnOf(
  { mask }: RawAnswer,
  candidate: number,
  size: Size,
  change?: (logit: number) => number,
): BitMask {
  const found = mask(candidate);
  if (!("data" in found)) return found;
  const logits = change === undefined ? found : { ...found, data: found.data.map(change) };
  return maskFromLogits(logits, direct(logits, size, 0));
}
