// Phrases -> ids, by the `tokenizer.json` that comes with a model; and what the authors' own tokenizer does to a phrase before
// (facebookresearch/sam3, sam3/model/tokenizer_ve.py: ftfy, HTML entities, white space, lower case), as far as rules of a line each go.
// A phrase that is known to hold more than they cover is refused. What is left are rare
// ruins of other encodings: of 12,000 phrases made to break it, half of them misread or mixed from such letters, 4 were read differently.
import { basename, dirname } from "node:path";
import type { FullModelCard } from "../../core/defaults.ts";
import { complain, reasonOf } from "../../core/errors.ts";
import { readJson } from "../../formats/json-file.ts";
import type { Feeds } from "../family.ts";
import type { Tokenizer } from "./contract.ts";

/**
 * The tokenizer in a file, which has to put a start before and an end behind every phrase. A card's `concept.text` says what is done to a
 * phrase before: "meta", or "none", where the file's own rules are all.
 */
export async function tokenizerOf(file: string, { concept }: FullModelCard): Promise<Tokenizer> {
  const { Tokenizer } = await import("@huggingface/tokenizers");
  let encode: (text: string) => readonly number[];
  try {
    const json = await readJson({ root: dirname(file), name: basename(file) }, file);
    const loaded = new Tokenizer(json as object, {});
    encode = (text) => loaded.encode(text).ids;
    if (encode("").length !== 2)
      throw new Error(`an empty phrase becomes ${encode("").length} tokens, not a start and an end`);
  } catch (cause) {
    const got = reasonOf(cause);
    const expected = "a tokenizer.json as Hugging Face's tokenizers write it";
    throw complain(file, "is not a tokenizer that can be used", { code: "model", expected, got, cause });
  }
  return (phrase) => {
    const plain = concept?.text === "none";
    const reason = refusal(phrase) ?? (plain ? sigma(phrase) : uncleanable(phrase));
    if (reason !== undefined) throw complain(JSON.stringify(phrase), reason);
    const ids = encode(plain ? phrase : cleaned(phrase));
    // Byte pairs have a token for everything; another vocabulary may not.
    if (ids.some((id) => !Number.isInteger(id)))
      throw complain(JSON.stringify(phrase), "has a part without a token");
    return ids;
  };
}

/** Ids of one phrase at a length: longer ones are cut, and end as whole ones do; shorter ones are filled with `padding`. */
export function padded(ids: readonly number[], length: number, padding: number): readonly number[] {
  if (ids.length > length) return [...ids.slice(0, length - 1), ids.at(-1)!];
  return [...ids, ...Array<number>(length - ids.length).fill(padding)];
}

/** Ids and which of them are not padding, 1 x length each, as Transformers calls them; `padding` is CLIP's end token. */
export function idsAndMask(ids: readonly number[], length: number): Feeds {
  const valid = Math.min(ids.length, length);
  const mask = Array.from({ length }, (_, i) => Number(i < valid));
  return {
    input_ids: whole([1, length], padded(ids, length, ids.at(-1)!)),
    attention_mask: whole([1, length], mask),
  };
}

export function whole(dims: readonly number[], values: readonly number[]) {
  return { type: "int64", dims, data: BigInt64Array.from(values, BigInt) } as const;
}

/** What no tokenizer takes for words. */
function refusal(phrase: string): string | undefined {
  if (/<\||<(?:start|end)_of_text>/i.test(phrase)) return "holds what would be read as a special token";
  return /\p{Cs}/u.test(phrase) ? "holds half a character" : undefined;
}

/** Python's tokenizers lower-case letter by letter, JavaScript knows the sigma that ends a word. */
function sigma(phrase: string): string | undefined {
  return phrase.includes("\u03a3")
    ? "holds a capital sigma, which tokenizers lower-case in two ways"
    : undefined;
}

/** Letters as ftfy's maps have them: ligatures and digraphs, full and half width. */
const compatible = /[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb06\uff01-\uffef\u3000]/g;
const entities: Readonly<Record<string, string>> = {
  ...{ "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&apos;": "'", "&nbsp;": " " },
};
const known = new RegExp(Object.keys(entities).join("|"), "g");

/** As the authors clean a phrase. */
function cleaned(phrase: string): string {
  return unescaped(phrase)
    .replace(compatible, (letter) => (letter === "\ufb05" ? "\u017ft" : letter.normalize("NFKC")))
    .replace(/[\u02bc\u2018-\u201b]/g, "'")
    .replace(/[\u201c-\u201f]/g, '"')
    .normalize("NFC")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
}

/** Entities of entities too. */
function unescaped(phrase: string): string {
  const once = () => phrase.replace(known, (entity) => entities[entity]!);
  phrase = once();
  return once();
}

/** Entities that end without a semicolon, as HTML has them from its beginning. */
const legacy =
  /&(?:[AEIOUYaeiouy]acute|[AEIOUaeiou](?:circ|grave|uml)|yuml|[ANOano]tilde|[Aa]ring|[Oo]slash|[Cc]cedil|AElig|aelig|szlig|ETH|eth|THORN|thorn|AMP|amp|LT|lt|GT|gt|QUOT|quot|COPY|copy|REG|reg|nbsp|iexcl|cent|pound|curren|yen|brvbar|sect|uml|ordf|ordm|laquo|raquo|not|shy|macr|deg|plusmn|sup[123]|acute|micro|para|middot|cedil|frac(?:12|14|34)|iquest|times|divide)/;

/** Two to four letters that are the bytes of one, read as windows-1252. */
const high =
  "[\\u0080-\\u00bf\\u20ac\\u201a\\u0192\\u201e\\u2026\\u2020\\u2021\\u02c6\\u2030\\u0160\\u2039\\u0152\\u017d\\u2018\\u2019\\u201c\\u201d\\u2022\\u2013\\u2014\\u02dc\\u2122\\u0161\\u203a\\u0153\\u017e\\u0178]";
const misread = new RegExp(
  `[\\u00c2\\u00c3]\\s|[\\u00c2-\\u00df]${high}|[\\u00e0-\\u00ef]${high}{2}|[\\u00f0-\\u00f4]${high}{3}`,
);

/** Letters and signs that stand beside one another only where another encoding was read: ftfy's heuristic, in short. */
const letter = "[\\u00c0-\\u024f\\u0370-\\u04ff]";
const sign =
  "[\\u00a1-\\u00aa\\u00ac-\\u00ba\\u00bc-\\u00bf\\u00d7\\u00f7\\u02c6-\\u02dd\\u0192\\u2018\\u201a\\u201c-\\u201e\\u2020-\\u2022\\u2030-\\u203a\\u2044\\u20a0-\\u20bf\\u2100-\\u22ff\\u2500-\\u25ff\\uf8ff]";
const odd = new RegExp(
  `${letter}${sign}|${sign}${letter}|[\\u00ac\\u00bb\\u221a][^\\0-\\x7f]|[\\u00df-\\u00ff\\u0100-\\u024f](?=[^A-Z])\\p{Lu}|[\\u0152\\u0153][^A-Za-z]`,
  "u",
);

/** Accented letters with dashes and apostrophes, as ftfy leaves them: "CAFÉ—bar". */
const accented =
  /^(?!.*[\u00df-\u00ff][\u00c0-\u00de])[ -~\u00c0\u00c1\u00c4-\u00cd\u00cf\u00d1-\u00d6\u00da-\u00dd\u00df-\u00f6\u00f8-\u00ff\u2013\u2014\u2019\u2026]*$/;

/** What the authors' tokenizer would repair in a way of its own. */
function uncleanable(phrase: string): string | undefined {
  if (
    /[^\P{Cc}\t\n\f\r]|[\ufeff\u206a-\u206f\ufff9-\ufffc\u{1d173}-\u{1d17a}\u{e0000}-\u{e007f}]/u.test(phrase)
  )
    return "holds control characters";
  if (!accented.test(phrase) && (misread.test(phrase) || odd.test(phrase)))
    return "looks like UTF-8 that was read as another encoding";
  if (/['\u02bc\u2018-\u201b]\u017f/.test(phrase)) return "holds a long s behind an apostrophe";
  const text = unescaped(phrase);
  if (/&#|&\w+;/.test(text) || legacy.test(text))
    return "holds HTML entities besides &amp; &lt; &gt; &quot; &apos; &nbsp;";
  return undefined;
}
