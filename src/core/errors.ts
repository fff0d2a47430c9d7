/**
 * The one error class of the library. The message is one sentence of the shape
 * "where: what; expected ..., got ..." and names file, image and target where there are any.
 */
export class SegbenchError extends Error {
  override readonly name = "SegbenchError";
}

export interface Complaint {
  /** File, card, image or target the complaint is about. */
  readonly where: string;
  readonly what: string;
  readonly expected?: string;
  readonly got?: string;
  readonly cause?: unknown;
}

/** Builds the error of a complaint: `complain({where: "a.png", what: "mask has another size than its image", expected: "4x3", got: "3x4"})`. */
export function complain({ where, what, expected, got, cause }: Complaint): SegbenchError {
  const details = [
    expected === undefined ? [] : `expected ${expected}`,
    got === undefined ? [] : `got ${got}`,
  ]
    .flat()
    .join(", ");
  const message = `${where}: ${what}${details === "" ? "" : `; ${details}`}`;
  return new SegbenchError(message, cause === undefined ? undefined : { cause });
}

/** The message of anything thrown, for failed rows: one line, never a stack. */
export function reasonOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.replace(/\s+/g, " ").trim();
}
