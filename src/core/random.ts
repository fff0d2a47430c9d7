import { createHash } from "node:crypto";

/**
 * A uniform number in [0, 1) that depends on its fields alone: the first 8 bytes, big-endian, of the SHA-256 of the
 * UTF-8 fields joined by newlines, divided by 2^64. The same for every model, order, shard and worker.
 * The division is rounded once to a double; a value that would round to 1 is the largest double below 1.
 */
export function draw(...fields: readonly (string | number)[]): number {
  const digest = createHash("sha256").update(fields.join("\n"), "utf8").digest();
  const u = Number(digest.readBigUInt64BE(0)) / 2 ** 64;
  return u < 1 ? u : 1 - Number.EPSILON / 2;
}

/** Index in [0, n) of a uniform u. */
export function indexOf(u: number, n: number): number {
  return Math.floor(u * n);
}

/** Standard Gaussian by Box-Muller from two uniforms; 1 - u keeps the logarithm finite. */
export function gaussian(u1: number, u2: number): number {
  return Math.sqrt(-2 * Math.log(1 - u1)) * Math.cos(2 * Math.PI * u2);
}
