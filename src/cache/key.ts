import { createHash } from "node:crypto";
import { canonicalJson } from "../core/hash.ts";
import { bytesOf, type CachedTensors } from "./tensor.ts";

/**
 * The name of what a graph gives for these feeds: SHA-256 of everything that the result depends on and of every byte that is
 * fed. Pictures, sizes and pre-processing need no mention: they are in those bytes.
 */
export function keyOf(identity: object, feeds: CachedTensors): string {
  const names = Object.keys(feeds).sort();
  const ports = names.map((name) => ({ name, type: feeds[name]!.type, dims: feeds[name]!.dims }));
  const hash = createHash("sha256")
    .update(canonicalJson({ ...identity, ports }))
    .update("\n");
  for (const name of names) hash.update(bytesOf(feeds[name]!));
  return hash.digest("hex");
}
