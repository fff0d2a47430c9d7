// biome-ignore-all lint/style/noRestrictedGlobals: the one clock outside src/cli, for threads that none can be handed to

/**
 * Milliseconds since 1970, with fractions, the same in every thread: how long a run of a graph took, and when
 * an entry of the cache was used. No result may depend on it.
 */
export function milliseconds(): number {
  return performance.timeOrigin + performance.now();
}

/** The date and time as ISO 8601 has it, for history.jsonl alone. */
export function dateAndTime(): string {
  return new Date().toISOString();
}
