// Names of replayed protocols: the prompts of an earlier run, sent to another model.

const PREFIX = "replay:";

/** The id of rows that were made from the recorded prompts of `id`: "sam1-d1@1" -> "replay:sam1-d1@1". */
export function replayId(id: string): string {
  return id.startsWith(PREFIX) ? id : `${PREFIX}${id}`;
}

/** The protocol that made the prompts: "replay:sam1-d1@1" -> "sam1-d1@1"; other ids as they are. */
export function originOf(id: string): string {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id;
}

export function isReplay(id: string): boolean {
  return id.startsWith(PREFIX);
}
