// Small pictures inside annotation files: base64 of a PNG, plain (LabelMe) or packed by zlib (Supervisely).
import { inflateSync } from "node:zlib";
import { complain, reasonOf } from "../core/errors.ts";
import { type Patch, textOf } from "./drawn-object.ts";
import { decodeLabelPng } from "./label-map.ts";

/** No patch of an annotation is larger unpacked; more is damage or mischief. */
const LARGEST = 1 << 28;

/** The object is where alpha is above 0 in a picture that has alpha, else where any sample is. */
export function readPatch(base64: unknown, x: number, y: number, where: string): Patch {
  if (typeof base64 !== "string")
    throw complain({ where, what: "the bitmap has no data", expected: "base64", got: textOf(base64) });
  try {
    const bytes = Buffer.from(base64, "base64");
    // A zlib stream begins with 0x78, a PNG with 0x89.
    const png = bytes[0] === 0x78 ? inflateSync(bytes, { maxOutputLength: LARGEST }) : bytes;
    const { width, height, channels, data } = decodeLabelPng(png);
    const samples = new Uint8Array(width * height);
    const alpha = channels === 2 || channels === 4;
    for (let i = 0; i < samples.length; i++) {
      const pixel = data.subarray(i * channels, (i + 1) * channels);
      samples[i] = (alpha ? pixel[channels - 1] !== 0 : pixel.some((sample) => sample !== 0)) ? 1 : 0;
    }
    return { x: Math.round(x), y: Math.round(y), width, height, data: samples };
  } catch (cause) {
    throw complain({
      where,
      what: "the bitmap cannot be decoded",
      expected: "base64 of a PNG",
      got: reasonOf(cause),
      cause,
    });
  }
}
