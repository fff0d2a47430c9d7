// What is told of phrases beside the numbers of all parities.
import { mean } from "../../core/numbers.ts";
import type { ParityStep } from "../../core/parity.ts";
import type { ParityPhrases, PhraseDifference } from "../../core/parity-phrases.ts";

/** One says that there is something, and the other that there is nothing: by its presence, or where one has none by its masks. */
export function isFlip({ presence, kept }: Pick<PhraseDifference, "presence" | "kept">): boolean {
  return presence === undefined
    ? kept.reference > 0 !== kept.candidate > 0
    : presence.reference >= 0.5 !== presence.candidate >= 0.5;
}

/** A mask of either answer has no partner in the other. */
export function hasLoneMask({ reference, candidate, pairs }: PhraseDifference["kept"]): boolean {
  return reference > pairs || candidate > pairs;
}

/** undefined where no phrase was compared. */
export function phrasesOf(steps: readonly ParityStep[]): ParityPhrases | undefined {
  const all = steps.flatMap(({ paths: { candidate } }) => candidate?.phrase ?? []);
  if (all.length === 0) return undefined;
  const count = (is: (one: PhraseDifference) => boolean) => all.filter(is).length;
  const total = (of: keyof PhraseDifference["kept"]) => all.reduce((sum, { kept }) => sum + kept[of], 0);
  const texts = all.flatMap((one) => one.text ?? []);
  const text = Math.max(...texts);
  const classes = all.flatMap((one) => one.classes ?? []);
  return {
    asked: all.length,
    otherTokens: count(({ sameTokens }) => !sameTokens),
    ...(texts.length === 0 ? {} : { textSnr: text === 0 ? null : -20 * Math.log10(text) }),
    classes: classes.length === 0 ? 0 : mean(classes),
    flips: count(isFlip),
    otherMasks: count(({ kept }) => hasLoneMask(kept)),
    kept: { reference: total("reference"), candidate: total("candidate"), pairs: total("pairs") },
    identical: all.every(
      ({ identical, sameTokens, text: error = 0 }) => identical && sameTokens && error === 0,
    ),
  };
}
