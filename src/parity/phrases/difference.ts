// What two answers to one prompt differ by, as the graphs gave them.
import { createHash } from "node:crypto";
import { given } from "../../core/given.ts";
import type { PhraseDifference } from "../../core/parity-phrases.ts";
import type { ConceptAnswer, ConceptPrompt } from "../../core/types.ts";
import type { RawAnswer } from "../../models/concept/contract.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { logitError, ratio } from "../crossing.ts";
import { wordError, wordsIn } from "./fed.ts";
import { type PhrasePair, presenceOf, scoresOf, wordsOf } from "./pair.ts";

/** What came back for a prompt. */
export interface Asked {
  readonly prompt: ConceptPrompt;
  readonly answer: ConceptAnswer;
  /** What the graph says of candidates; absent where no graph did. Masks are not kept: a call of SAM 3 answers with 66 MB. */
  readonly raw?: Pick<RawAnswer, "scored">;
  /** Of all outputs of the decoder. */
  readonly digest?: string;
}

/** Class logits and scores, candidate by candidate, where both have as many. */
export function numbersOf({ raw: own }: Asked, { raw: other }: Asked) {
  if (own === undefined || other === undefined) return {};
  const [scores, others] = [scoresOf(own), scoresOf(other)];
  if (scores.length === 0 || scores.length !== others.length) return {};
  const max = scores.reduce((most, score, i) => Math.max(most, Math.abs(score - others[i]!)), 0);
  const logits =
    own.scored.kind === "logits" && other.scored.kind === "logits"
      ? logitError(own.scored.classes, other.scored.classes)
      : undefined;
  return { predicted: { max }, ...given({ logits }) };
}

export async function differenceOf(
  own: Asked,
  other: Asked,
  { reference, candidate }: PhrasePair,
): Promise<Omit<PhraseDifference, "kept">> {
  const [text, theirs] = await Promise.all([
    reference.text(wordsOf(own.prompt, reference.contract)),
    candidate.text(wordsOf(other.prompt, candidate.contract)),
  ]);
  const sameTokens = wordsIn(text.fed).join() === wordsIn(theirs.fed).join();
  const [port, otherPort] = [reference, candidate].map(({ contract }) => contract.stages.text?.port ?? "");
  const [features, others] = [text.outputs?.[port!], theirs.outputs?.[otherPort!]];
  const comparable = features !== undefined && others?.dims.join() === features.dims.join() && sameTokens;
  const says = (asked: Asked) =>
    asked.raw?.scored.kind === "logits" && asked.raw.scored.presence !== undefined;
  return {
    sameTokens,
    ...given({
      text: comparable ? wordError(features, others, text.fed) : undefined,
      presence:
        says(own) && says(other)
          ? { reference: presenceOf(own.raw!), candidate: presenceOf(other.raw!) }
          : undefined,
      classes: classError(own, other),
    }),
    identical: own.digest !== undefined && own.digest === other.digest,
  };
}

function classError({ raw: own }: Asked, { raw: other }: Asked): number | undefined {
  if (own?.scored.kind !== "logits" || other?.scored.kind !== "logits") return undefined;
  const [a, b] = [own.scored.classes, other.scored.classes];
  if (a.length === 0 || a.length !== b.length) return undefined;
  const middle = a.reduce((sum, value) => sum + value, 0) / a.length;
  let [noise, spread] = [0, 0];
  a.forEach((value, i) => {
    noise += (value - b[i]!) ** 2;
    spread += (value - middle) ** 2;
  });
  return ratio(noise, spread);
}

/** Shapes and bits of all tensors. */
export function digestOf(outputs: Tensors): string {
  const hash = createHash("sha256");
  for (const [name, { type, dims, data }] of Object.entries(outputs)) {
    hash.update(`${name} ${type} ${dims.join()}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
