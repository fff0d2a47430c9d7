// Phrases to tokens, held against SAM 3's own tokenizer and Hugging Face's (scripts/oracle/phrases.py).
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { FullModelCard } from "../../../src/core/defaults.ts";
import { idsAndMask, padded, tokenizerOf } from "../../../src/models/concept/tokens.ts";
import { held, readOracle } from "../../helpers/oracle.ts";

const file = fileURLToPath(new URL("../../fixtures/models/tokenizer.json", import.meta.url));
const { cases } = readOracle<{
  cases: [phrase: string, own: number[], other: number[], cut?: number[]][];
}>("concept/phrases");
const cardOf = (text: "meta" | "none") => ({ concept: { text } }) as FullModelCard;

/** Ids, or the sentence why there are none. */
async function answers(text: "meta" | "none") {
  const tokenizer = await tokenizerOf(file, cardOf(text));
  return (phrase: string) => {
    try {
      return tokenizer(phrase);
    } catch (error) {
      return (error as Error).message.slice(JSON.stringify(phrase).length + 2);
    }
  };
}

const special = "holds what would be read as a special token";
const encoding = "looks like UTF-8 that was read as another encoding";
const entities = "holds HTML entities besides &amp; &lt; &gt; &quot; &apos; &nbsp;";
const control = "holds control characters";

describe("tokens", () => {
  test("as SAM 3's authors have them, or a reason; cut and filled to 32", async () => {
    const answer = await answers("meta");
    const refused: string[][] = [];
    for (const [phrase, own, , cut] of cases) {
      const ids = answer(phrase);
      if (typeof ids === "string") refused.push([phrase, ids]);
      else {
        expect([phrase, ids]).toEqual([phrase, own]);
        expect(padded(ids, 32, 0)).toEqual(cut ?? padded(own, 32, 0));
      }
    }
    expect(refused).toEqual([
      ["<|endoftext|>", special],
      ["a <|startoftext|> b", special],
      ["<|x|>", special],
      ["<end_of_text>", special],
      ["schÃ¶n", encoding],
      ["Ã©clair", encoding],
      ["â€œquotedâ€\u009d", control],
      ["&eacute;clair", entities],
      ["&rsquo;s", entities],
      ["&#8217;s", entities],
      ["&#x27;", entities],
      ["&copy 2020", entities],
      ["&notit;", entities],
      ["caf&eacute", entities],
      ["\u001b[31mred\u001b[0m", control],
      ["nul\u0000l", control],
      ["bell\u0007", control],
      ["\ufeffbom", control],
      ["c1 \u0085 \u0093x\u0094", control],
    ]);
    held("concept/phrases", cases.length - refused.length);
  });

  test("uncleaned, as Hugging Face has them", async () => {
    const answer = await answers("none");
    const wrong = cases.filter(([phrase, , other]) => {
      const ids = answer(phrase);
      return typeof ids !== "string" && String(ids) !== String(other);
    });
    expect(wrong).toEqual([]);
    expect(cases.map(([phrase]) => answer(phrase)).filter((ids) => typeof ids === "string")).toEqual([
      "holds a capital sigma, which tokenizers lower-case in two ways",
      ...[special, special, special, special],
    ]);
    expect(answer("\ud800x")).toBe("holds half a character");
  });

  test("letters and signs of misread text are refused, accents with dashes and quotes are not", async () => {
    const [answer, plain] = [await answers("meta"), await answers("none")];
    for (const phrase of ["Ã n", "Â n", "â‚¬5", "Ł¼", "œÉ", "√©t√©", "€Å"])
      expect(answer(phrase)).toBe(encoding);
    expect(answer("dog'\u017f")).toBe("holds a long s behind an apostrophe");
    for (const [phrase, clean] of [
      ["CAFÉ—bar", "café—bar"],
      ["É’s", "é's"],
      ["«été»", "«été»"],
      ["Łódź, 50° N", "łódź, 50° n"],
    ] as const)
      expect(answer(phrase)).toEqual(plain(clean));
  });

  test("the mask is 1 for tokens of the phrase; what is longer ends as whole phrases do", () => {
    const { input_ids: ids, attention_mask: mask } = idsAndMask([49406, 320, 49407], 5);
    expect([ids!.dims, [...(ids!.data as BigInt64Array)]]).toEqual([
      [1, 5],
      [49406n, 320n, 49407n, 49407n, 49407n],
    ]);
    expect([...(mask!.data as BigInt64Array)]).toEqual([1n, 1n, 1n, 0n, 0n]);
    const long = idsAndMask([49406, 1, 2, 3, 49407], 3);
    expect([...(long.input_ids!.data as BigInt64Array)]).toEqual([49406n, 1n, 49407n]);
    expect([...(long.attention_mask!.data as BigInt64Array)]).toEqual([1n, 1n, 1n]);
  });

  test.each([
    ["[]", /tokenizer\.json: is not a tokenizer that can be used; expected a tokenizer\.json as/],
    ['{"words": []}', /is not a tokenizer that can be used/],
    ["{", /tokenizer\.json/],
  ])("a file that is none: %s", async (text, message) => {
    const path = join(mkdtempSync(join(tmpdir(), "segbench-tokens-")), "tokenizer.json");
    writeFileSync(path, text);
    await expect(tokenizerOf(path, cardOf("meta"))).rejects.toThrow(message);
  });
});
