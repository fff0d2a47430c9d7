import type { Ports } from "./match.ts";
import { pictureFacts } from "./picture-facts.ts";

/** What a graph seems to be that is no promptable segmenter; a guess from its ports, for messages. */
export function foreignKind({ inputs, outputs }: Ports): string {
  const names = inputs.map(({ name }) => name);
  const out = outputs.map(
    ({ name, shape }) => `${name} [${shape.map((size) => (size === "" ? "?" : size)).join(", ")}]`,
  );
  const gives = `gives ${out.slice(0, 3).join(", ")}${out.length > 3 ? ", ..." : ""}`;
  const picture = inputs.find((port) => pictureFacts(port) !== undefined);
  const prompts = names.some((name) => /point|label|box|mask_input|prompt|click/.test(name));
  if (names.some((name) => /^(input_ids|tokens|decoder_input_ids)$/.test(name)))
    return `looks like a language model (reads ${names.slice(0, 3).join(", ")})`;
  if (picture === undefined && !prompts)
    return `takes no picture and no prompt (reads ${names.slice(0, 4).join(", ")})`;
  if (prompts) return `takes prompts (${names.join(", ")}) in a way that is not known`;
  const [first] = outputs;
  if (outputs.length > 1 && outputs.some(({ name }) => /box|score|class|det/.test(name)))
    return `looks like a detector: a picture in, no prompt, ${gives}`;
  if (first?.shape.length === 2)
    return `looks like a classifier or a feature extractor: a picture in, no prompt, ${gives}`;
  if (first?.shape.length === 4 || /mask|seg/.test(first?.name ?? ""))
    return `looks like a network that labels pixels or makes pictures: a picture in, no prompt, ${gives}`;
  return `takes a picture and no prompt, ${gives}`;
}
