import { createHash } from "node:crypto";
import type { Prompt } from "../core/types.ts";

/** The same text for decoder calls that send the same: prompts in order, mask prompts by their content. */
export function callKey(prompts: readonly Prompt[]): string {
  const hash = createHash("sha256");
  for (const { mask, ...prompt } of prompts) {
    hash.update(`${JSON.stringify(prompt)}\n`);
    if (mask === undefined) continue;
    const { width, height } = mask.kind === "logits" ? mask.logits : mask.shape;
    const data = mask.kind === "logits" ? mask.logits.data : mask.shape.words;
    const magnitude = mask.kind === "shape" ? mask.magnitude : 0;
    hash.update(`${mask.kind} ${width} ${height} ${magnitude}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("base64");
}
