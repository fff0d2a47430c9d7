// The tensors of a prompt, whatever an export calls them.

import type { Tensor } from "../../models/runtime/graph.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { floatsOf } from "../../models/tensors/cast.ts";
import { mapValues, withValues } from "./arrays.ts";

/** The feeds with one of them changed; `least`: it must hold a value other than 0 that often to be worth it. */
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

export const labelsOf = (feeds: Tensors) => Object.keys(feeds).find((name) => /label/i.test(name));
export const flagOf = (feeds: Tensors) =>
  Object.keys(feeds).find((name) => /has_mask|masks?_enable/i.test(name));
export const maskOf = (feeds: Tensors) =>
  Object.keys(feeds).find((name) => /mask/i.test(name) && feeds[name]!.dims.length >= 3);

export function coordsOf(feeds: Tensors): string | undefined {
  const labels = labelsOf(feeds);
  if (labels === undefined) return undefined;
  const wanted = [...feeds[labels]!.dims, 2].join();
  return Object.keys(feeds).find((name) => feeds[name]!.dims.join() === wanted);
}

export function isEmbedding(feeds: Tensors, name: string): boolean {
  return feeds[name]!.dims.length === 4 && name !== maskOf(feeds) && name !== coordsOf(feeds);
}

/** undefined where no label changes. */
export function relabelled(feeds: Tensors, change: (label: number) => number): Tensors | undefined {
  const name = labelsOf(feeds);
  if (name === undefined) return undefined;
  const before = floatsOf(feeds[name]!);
  return before.every((label) => change(label) === label)
    ? undefined
    : changed(feeds, labelsOf, (one) => mapValues(one, change));
}

export function withoutPadding(feeds: Tensors): Tensors | undefined {
  return resized(feeds, (points) =>
    points.at(-1)?.[2] === -1 && points.length > 1 ? points.slice(0, -1) : undefined,
  );
}

export function withPadding(feeds: Tensors): Tensors | undefined {
  return resized(feeds, (points) =>
    points.some(([, , label]) => label >= 2) ? undefined : [...points, [0, 0, -1]],
  );
}

type PointRow = readonly [x: number, y: number, label: number];

/** Points of every prompt, lengthened or shortened alike. */
function resized(feeds: Tensors, change: (points: readonly PointRow[]) => readonly PointRow[] | undefined) {
  const [labels, coords] = [labelsOf(feeds), coordsOf(feeds)];
  if (labels === undefined || coords === undefined) return undefined;
  const length = feeds[labels]!.dims.at(-1)!;
  const [l, c] = [floatsOf(feeds[labels]!), floatsOf(feeds[coords]!)];
  const rows: (readonly PointRow[])[] = [];
  for (let from = 0; from < l.length; from += length) {
    const points = Array.from(
      { length },
      (_, i): PointRow => [c[2 * (from + i)]!, c[2 * (from + i) + 1]!, l[from + i]!],
    );
    const found = change(points);
    if (found === undefined) return undefined;
    rows.push(found);
  }
  const flat = rows.flat();
  const dims = [...feeds[labels]!.dims.slice(0, -1), rows[0]!.length];
  return {
    ...feeds,
    [labels]: withValues(
      feeds[labels]!,
      Float32Array.from(flat, ([, , label]) => label),
      dims,
    ),
    [coords]: withValues(feeds[coords]!, Float32Array.from(flat.flatMap(([x, y]) => [x, y])), [...dims, 2]),
  };
}
