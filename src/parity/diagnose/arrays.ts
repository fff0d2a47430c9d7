// Tensor operations that make or undo a usual mistake on an image, an embedding, a prompt or a mask.

import type { Tensor } from "../../models/runtime/graph.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { castTo, floatsOf } from "../../models/tensors/cast.ts";

/** The tensor with other values, in its own type. */
export function withValues(
  tensor: Tensor,
  data: Float32Array,
  dims: readonly number[] = tensor.dims,
): Tensor {
  return castTo({ type: "float32", dims, data }, tensor.type);
}

/** Maps every value; the function gets the value and its index. */
export function mapValues(tensor: Tensor, change: (value: number, index: number) => number): Tensor {
  return withValues(tensor, floatsOf(tensor).map(change));
}

type Plane = "transposed" | "mirrored" | "upside down";

/** The last two axes swapped or one of them reversed; undefined where that is not possible (not square). */
export function turned(tensor: Tensor, how: Plane): Tensor | undefined {
  const [height = 0, width = 0] = tensor.dims.slice(-2);
  if (tensor.dims.length < 3 || height < 2 || (how === "transposed" && height !== width)) return undefined;
  const from = floatsOf(tensor);
  const to = new Float32Array(from.length);
  const plane = height * width;
  for (let start = 0; start < from.length; start += plane)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [u, v] =
          how === "transposed" ? [y, x] : how === "mirrored" ? [width - 1 - x, y] : [x, height - 1 - y];
        to[start + y * width + x] = from[start + v * width + u]!;
      }
  return withValues(tensor, to);
}

/** An image's axes: [1,] 3 x H x W or [1,] H x W x 3; undefined for anything else. */
function imageAxes({ dims }: Tensor): { readonly planar: boolean; readonly plane: number } | undefined {
  const own = dims.length === 4 && dims[0] === 1 ? dims.slice(1) : dims;
  if (own.length !== 3) return undefined;
  if (own[0] === 3) return { planar: true, plane: own[1]! * own[2]! };
  return own[2] === 3 ? { planar: false, plane: own[0]! * own[1]! } : undefined;
}

/** Maps every value of an image; the function also gets the pixel's three values. */
export function mapPixels(
  tensor: Tensor,
  change: (value: number, channel: number, at: (channel: number) => number) => number,
): Tensor | undefined {
  const axes = imageAxes(tensor);
  if (axes === undefined) return undefined;
  const from = floatsOf(tensor);
  const place = (pixel: number, channel: number) =>
    axes.planar ? channel * axes.plane + pixel : pixel * 3 + channel;
  const to = new Float32Array(from.length);
  for (let pixel = 0; pixel < axes.plane; pixel++)
    for (let channel = 0; channel < 3; channel++)
      to[place(pixel, channel)] = change(
        from[place(pixel, channel)]!,
        channel,
        (c) => from[place(pixel, c)]!,
      );
  return withValues(tensor, to);
}

/** An image with height and width swapped. */
export function transposedImage(tensor: Tensor): Tensor | undefined {
  const axes = imageAxes(tensor);
  if (axes?.planar === true) return turned(tensor, "transposed");
  const side = Math.sqrt(axes?.plane ?? 0.5);
  if (axes === undefined || !Number.isInteger(side)) return undefined;
  const from = floatsOf(tensor);
  const to = from.map((_, i) => {
    const [pixel, channel] = [Math.floor(i / 3), i % 3];
    return from[((pixel % side) * side + Math.floor(pixel / side)) * 3 + channel]!;
  });
  return withValues(tensor, to);
}

/** Tensors with one of them changed; with `least` above 0 only if that tensor has a nonzero value. */
export function changed(
  feeds: Tensors,
  find: (feeds: Tensors) => string | undefined,
  change: (tensor: Tensor) => Tensor | undefined,
  least = 0,
): Tensors | undefined {
  const name = find(feeds);
  const tensor = name === undefined ? undefined : feeds[name];
  if (name === undefined || tensor === undefined) return undefined;
  if (least > 0 && !floatsOf(tensor).some((value) => value !== 0)) return undefined;
  const found = change(tensor);
  return found === undefined ? undefined : { ...feeds, [name]: found };
}
