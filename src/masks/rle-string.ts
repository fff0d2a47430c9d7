// The compressed form of COCO RLE counts: like LEB128 with 6 bits a character (ASCII 48 to 111), signed, and from the
// fourth count on the difference to the count two before. Source: rleToString / rleFrString in cocoapi maskApi.c.
import { complain } from "../core/errors.ts";
import type { RleCounts } from "./rle.ts";

/** Counts -> compressed string. Example: `encodeCounts([6, 1, 40, 4, 5])` is "61X13mN". */
export function encodeCounts(counts: RleCounts): string {
  const codes: number[] = [];
  for (let i = 0; i < counts.length; i++) {
    let rest = i > 2 ? counts[i]! - counts[i - 2]! : counts[i]!;
    for (let more = true; more; ) {
      const five = rest & 0x1f;
      rest >>= 5;
      more = (five & 0x10) !== 0 ? rest !== -1 : rest !== 0;
      codes.push((more ? five | 0x20 : five) + 48);
    }
  }
  // In pieces: an argument list has a limited length.
  let text = "";
  for (let i = 0; i < codes.length; i += 8192) text += String.fromCharCode(...codes.slice(i, i + 8192));
  return text;
}

/** Compressed string -> counts; `where` names the annotation when the string is damaged. */
export function decodeCounts(text: string, where: string): number[] {
  const counts: number[] = [];
  let at = 0;
  while (at < text.length) {
    let value = 0;
    let shift = 0;
    for (let more = true; more; ) {
      if (at >= text.length) {
        throw complain({ where, what: "compressed RLE ends inside a count", got: quote(text) });
      }
      const code = text.charCodeAt(at++) - 48;
      if (code < 0 || code > 63) {
        throw complain({
          where,
          what: `compressed RLE has a bad character at position ${at - 1}`,
          expected: 'characters from "0" to "o"',
          got: JSON.stringify(text[at - 1]),
        });
      }
      // Beyond 30 bits a picture would have more than 10^9 pixels.
      if (shift > 30)
        throw complain({ where, what: "compressed RLE has a count that is too long", got: quote(text) });
      value += (code & 0x1f) * 2 ** shift;
      shift += 5;
      more = (code & 0x20) !== 0;
      if (!more && (code & 0x10) !== 0) value -= 2 ** shift;
    }
    if (counts.length > 2) value += counts[counts.length - 2]!;
    if (value < 0)
      throw complain({ where, what: "compressed RLE has a negative run length", got: String(value) });
    counts.push(value);
  }
  return counts;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text);
}
