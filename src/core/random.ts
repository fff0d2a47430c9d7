// Randomness that depends on texts alone: a hash where a few numbers are drawn, a stream where millions are.
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

/**
 * A stream of random 32-bit words: each call refills `words`. Numbers are sfc32 of Chris Doty-Humphrey's PractRand, its
 * state filled from the first 16 bytes (big-endian) of the SHA-256 of `seed`: the same on every machine, and about a
 * nanosecond each, where a hash per number (`draw`) would take a thousand. The state lives in local variables
 * during a call, which halves its time.
 *
 * @example const words = new Int32Array(3); randomWords("a seed")(words);
 */
export function randomWords(seed: string): (words: Int32Array) => void {
  const digest = createHash("sha256").update(seed, "utf8").digest();
  const state = Int32Array.from([0, 4, 8, 12], (offset) => digest.readInt32BE(offset));
  return (words) => {
    let [a, b, c, counter] = state as unknown as [number, number, number, number];
    for (let i = 0; i < words.length; i += 1) {
      const random = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + random) | 0;
      words[i] = random;
    }
    state.set([a, b, c, counter]);
  };
}

/**
 * Draws with replacement, as counts: each call draws n = `times.length` of n items and leaves in `times` how often each came
 * up. The item drawn is floor(r * n / 2^32) for a 32-bit r: for n below 100,000 the chances differ by less than 1 in 40,000.
 *
 * @example const times = new Float64Array(3); resampler("a seed")(times); // their sum is 3
 */
export function resampler(seed: string): (times: Float64Array) => void {
  const next = randomWords(seed);
  let words = new Int32Array(0);
  return (times) => {
    if (words.length !== times.length) words = new Int32Array(times.length);
    next(words);
    const scale = times.length / 2 ** 32;
    times.fill(0);
    for (let i = 0; i < words.length; i += 1) {
      const thing = ((words[i]! >>> 0) * scale) | 0;
      times[thing] = times[thing]! + 1;
    }
  };
}
