// Centers of a mask, as other projects' protocols define them.
import { peerDefaults } from "../core/prompt-defaults.ts";
import type { BitMask, Point } from "../core/types.ts";
import { popcount, toBytes } from "./bit-mask.ts";

/** The mean of the set pixels' coordinates, as scipy's `center_of_mass`; undefined for an empty mask. One pass. */
export function centerOfMass(mask: BitMask): Point | undefined {
  const { words, stride, height } = mask;
  let [n, sumX, sumY] = [0, 0, 0];
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < 32 * stride; x += 32, i++) {
      const word = words[i]!;
      if (word === 0) continue;
      const set = popcount(word);
      n += set;
      sumX += x * set;
      sumY += y * set;
      for (let left = word; left !== 0; left &= left - 1) sumX += 31 - Math.clz32(left & -left);
    }
  return n === 0 ? undefined : { x: sumX / n, y: sumY / n };
}

/**
 * For each set pixel the steps it can go up, right, down and left without leaving the mask, the fewest of the four; -1
 * for a pixel that is not set. Row-major. Two passes. Example: the middle of a full 3x3 mask has 1, its other pixels 0.
 */
export function clearance(mask: BitMask): Int32Array {
  const { width, height } = mask;
  const pixels = toBytes(mask);
  const fewest = new Int32Array(width * height).fill(-1);
  const column = new Int32Array(width);
  column.fill(-1);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0, row = -1; x < width; x++, i++) {
      const set = pixels[i] !== 0;
      row = set ? row + 1 : -1;
      column[x] = set ? column[x]! + 1 : -1;
      fewest[i] = Math.min(row, column[x]!);
    }
  column.fill(-1);
  for (let y = height - 1, i = width * height - 1; y >= 0; y--)
    for (let x = width - 1, row = -1; x >= 0; x--, i--) {
      const set = pixels[i] !== 0;
      row = set ? row + 1 : -1;
      column[x] = set ? column[x]! + 1 : -1;
      fewest[i] = Math.min(fewest[i]!, row, column[x]!);
    }
  return fewest;
}

/**
 * Where kornia's `distance_transform` (Pham et al. 2021: 3x3 convolutions of exp(-distance / h), h = 0.35) of a mask is
 * greatest: the first such pixel in row-major order, its index; 0 for an empty mask. The border of the image counts
 * as background.
 *
 * Each of its convolutions peels one layer of 8-neighbours off, and gives a pixel of layer n the value
 * n - h ln(sum of the weights of its neighbours peeled before). That logarithm spans less than one layer for any
 * neighbours, so the maximum lies in the last layer to go, where the pixel with the least sum has it. Whole numbers
 * of side and corner neighbours are compared, so that ties are ties. Cost: three passes.
 */
export function peeledCenter(mask: BitMask): number {
  const { width, height } = mask;
  const { layers, stride } = layersOf(mask);
  const last = layers.reduce((most, layer) => Math.max(most, layer), 0);
  if (last === 0) return 0;
  // exp(-1 / h) against exp(-sqrt(2) / h): how many corners a side is worth.
  const side = Math.exp((Math.SQRT2 - 1) / peerDefaults.edgesam.temperature);
  let found = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const i = (y + 1) * stride + x + 1;
      if (layers[i] !== last) continue;
      const peeled = (at: number) => (layers[at] === last - 1 ? 1 : 0);
      const sides = peeled(i - stride) + peeled(i - 1) + peeled(i + 1) + peeled(i + stride);
      const corners =
        peeled(i - stride - 1) + peeled(i - stride + 1) + peeled(i + stride - 1) + peeled(i + stride + 1);
      const sum = sides * side + corners;
      if (sum >= least) continue;
      least = sum;
      found = y * width + x;
    }
  return found;
}

/** Chessboard distance of each set pixel to the nearest that is not, in a frame one pixel wider on every side. */
function layersOf(mask: BitMask): { readonly layers: Int32Array; readonly stride: number } {
  const { width, height } = mask;
  const pixels = toBytes(mask);
  const stride = width + 2;
  const layers = new Int32Array(stride * (height + 2));
  for (let y = 0, from = 0; y < height; y++)
    for (let x = 0, i = (y + 1) * stride + 1; x < width; x++, i++) {
      if (pixels[from++] === 0) continue;
      const up = i - stride;
      layers[i] = 1 + Math.min(layers[i - 1]!, layers[up - 1]!, layers[up]!, layers[up + 1]!);
    }
  for (let y = height - 1; y >= 0; y--)
    for (let x = width - 1, i = (y + 1) * stride + width; x >= 0; x--, i--) {
      const down = i + stride;
      const nearest = 1 + Math.min(layers[i + 1]!, layers[down - 1]!, layers[down]!, layers[down + 1]!);
      if (layers[i]! > nearest) layers[i] = nearest;
    }
  return { layers, stride };
}
