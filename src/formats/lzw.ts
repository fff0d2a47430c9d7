// LZW of TIFF (TIFF 6.0, section 13): codes of 9 to 12 bits, highest bit first, one bit longer a code early. geotiff's own follows a
// damaged table in circles until the process ends, so damaged blocks are an error here.

const CLEAR = 256;
const END = 257;
const FIRST = 258;
/** Codes have at most 12 bits, and the last one is never given. */
const LAST = 4095;

/**
 * How many bytes one byte of a block may become, rounded up: the longest string has some 3,840 bytes, and its code 12 bits. A size beyond it
 * is refused before memory is taken.
 */
export const mostOfLzw = 2800;

/**
 * The bytes of a block, `most` at most: what would come after them is left. Fewer where the block ends early. Throws at a code that is not
 * in the table yet.
 *
 * @example unpackLzw(Buffer.from("8010605010", "hex"), 3).toString() // "AAA": clear, 65, 258, end
 */
export function unpackLzw(block: Uint8Array, most: number): Buffer {
  const bytes = Buffer.alloc(most);
  // A string of the table is one before it and a byte: it lies in the output as it stands.
  const starts = new Uint32Array(LAST + 1);
  const lengths = new Uint32Array(LAST + 1);
  let next = FIRST;
  let width = 9;
  /** Length of the string before. */
  let before = 0;
  let end = 0;
  let held = 0;
  let bits = 0;
  for (const byte of block) {
    held = (held << 8) | byte;
    bits += 8;
    if (bits < width) continue;
    bits -= width;
    const code = held >>> bits;
    held &= (1 << bits) - 1;
    if (code === END || end >= most) break;
    if (code === CLEAR) {
      next = FIRST;
      width = 9;
      before = 0;
      continue;
    }
    if (before > 0 && next < LAST) {
      // Its last byte is the first of the string that comes now.
      starts[next] = end - before;
      lengths[next] = before + 1;
      next += 1;
    }
    if (code >= next) throw new Error(`damaged LZW: code ${code}, of a table that ends before ${next}`);
    if (code < CLEAR) bytes[end] = code;
    else for (let i = 0, from = starts[code]!; i < lengths[code]!; i += 1) bytes[end + i] = bytes[from + i]!;
    before = code < CLEAR ? 1 : lengths[code]!;
    end += before;
    if (next + 1 >= 2 ** width && width < 12) width += 1;
  }
  return bytes.subarray(0, Math.min(end, most));
}
