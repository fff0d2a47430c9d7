import type { PublishedNumber, PublishedScore, PublishedVerdict } from "../core/published.ts";
import type { Estimate } from "../core/summary.ts";

/** Does a number belong beside scores of a protocol: as the same, or as a near one? */
export function usesProtocol({ protocol, near }: PublishedNumber, id: string): boolean {
  return protocol === id || near.includes(id);
}

/** A number beside ours under one of our protocols; the caller adds the name. */
export function besideOurs(
  number: PublishedNumber,
  protocol: string,
  ours: Estimate,
): Omit<PublishedScore, "name"> {
  const { on, measure, value, differs, source, url, kind, error, stated, split, masks } = number;
  const same = number.protocol === protocol;
  return {
    ...{ protocol, on: on.kind, measure, value, source, url, kind, stated },
    ...(error === undefined ? {} : { error }),
    ...(split === undefined ? {} : { split }),
    ...(masks === undefined ? {} : { masks }),
    ...(same || differs === undefined ? {} : { differs }),
    ours,
    difference: ours.value - value,
    verdict: same ? verdictOf(value, error ?? 0, ours) : "other",
  };
}

/** Where a published value lies with respect to our interval; borders belong to it. */
export function verdictOf(value: number, error: number, { low, high }: Estimate): PublishedVerdict {
  if (low === undefined || high === undefined) return "open";
  if (low <= value && value <= high) return "inside";
  return low - error <= value && value <= high + error ? "error" : "outside";
}
