// What reports and comparisons say about a protocol, by the id in a row.
import { isReplay, originOf } from "../core/replay.ts";
import type { Protocol } from "../core/types.ts";
import { external } from "../eval/interactive/protocols/index.ts";
import { registries } from "./registries.ts";

export type ProtocolFacts = Pick<Protocol, "id" | "summary" | "reported" | "singleClickStart">;

/** A protocol that this version does not know still has rows worth reading. */
export function protocolFacts(id: string): ProtocolFacts {
  const { summary, reported, singleClickStart } = knownFacts(originOf(id)) ?? {
    summary: "not known to this version",
    reported: [],
    singleClickStart: false,
  };
  return {
    id,
    summary: isReplay(id) ? `recorded prompts of: ${summary}` : summary,
    reported,
    singleClickStart,
  };
}

/** undefined for an id that is neither a protocol nor what masks made elsewhere may be said to follow. */
export function knownFacts(id: string): ProtocolFacts | undefined {
  if (id === external.id) return external;
  return Object.hasOwn(registries.protocols, id) ? registries.protocols[id] : undefined;
}

/** Every id that masks made elsewhere may be said to follow. */
export function declarableProtocols(): string[] {
  return [external.id, ...Object.keys(registries.protocols)];
}
