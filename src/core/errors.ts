// The one shape of every error: in a file, on the command line, in an image, in a model's output.

/**
 * The kind of error. Programs decide by it, since messages may change.
 *
 * - `invalid`: what was given or stored is wrong; also whatever has no code of its own.
 * - `malformed`: a file or a text cannot be read as what it should be.
 * - `unknown-key`, `missing-key`, `duplicate-key`: in a settings file.
 * - `unknown-name`: a name that is not known.
 * - `not-found`: a named file, folder or variable does not exist.
 * - `no-samples`: a benchmark's data hold nothing to evaluate.
 * - `refused`: it would replace something, or compare what is not comparable; an option allows it.
 * - `too-many-failures`: more targets failed than the run allows.
 * - `model`: a model cannot be opened, or its output cannot be used.
 * - `system`: the machine or the network fails: disk full, permission denied, unreachable.
 * - `crashed`: the process that did the work died.
 * - `busy`: another process writes the folder, or has taken it over; later, the same call may do.
 * - `unfinished`: shards of a run are missing or not finished yet.
 */
export type ErrorCode =
  | "invalid"
  | "malformed"
  | "unknown-key"
  | "missing-key"
  | "duplicate-key"
  | "unknown-name"
  | "not-found"
  | "no-samples"
  | "refused"
  | "too-many-failures"
  | "model"
  | "system"
  | "crashed"
  | "busy"
  | "unfinished";

/** Where something is written: in a file, or (without one) among the options of a call, where `path` begins with the option's name. */
export interface Place {
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
  /** Keys and indices, as in `benchmarks[0].root`; empty for the whole file. */
  readonly path: string;
}

export interface Problem {
  /** Absent: that of the cause, or `invalid`. */
  readonly code?: ErrorCode;
  /** A place in settings; or a file, card, image or target in words. "" where the message says it. */
  readonly where: Place | string;
  readonly what: string;
  readonly expected?: string;
  readonly got?: string;
  /** The valid value nearest to what was written. */
  readonly nearest?: string;
  readonly cause?: unknown;
}

/** The one error class of the library: one problem, or all of several files at once. The message is a line for each. */
export class SegbenchError extends Error {
  override readonly name = "SegbenchError";
  /** Of the first problem. */
  readonly code: ErrorCode;
  /** Settings from top to bottom. */
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const ordered = inOrder(problems);
    const cause = ordered.length === 1 ? ordered[0]!.cause : undefined;
    super(ordered.map(renderProblem).join("\n"), cause === undefined ? undefined : { cause });
    this.problems = ordered;
    this.code = ordered[0]?.code ?? codeOf(cause) ?? "invalid";
  }
}

/** The error of one problem: `complain("a.png", "the mask and its image differ in size", { expected: "4x3", got: "3x4" })`. */
export function complain(problem: Problem): SegbenchError;
export function complain(
  where: Problem["where"],
  what: string,
  rest?: Omit<Problem, "where" | "what">,
): SegbenchError;
export function complain(
  first: Problem | Problem["where"],
  what?: string,
  rest?: Omit<Problem, "where" | "what">,
): SegbenchError {
  return new SegbenchError([
    what === undefined ? (first as Problem) : { where: first as Place, what, ...rest },
  ]);
}

/**
 * A problem as one line. In words: `where: what; expected ..., got ...`. In settings:
 * `configs/run.yaml:7:3 protocols[1]: unknown protocol; expected one of box@1, mask@1; got "box@2" (did you mean "box@1"?)`
 */
export function renderProblem({ where, what, expected, got, nearest }: Problem): string {
  const details = [
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(got === undefined ? [] : [`got ${got}`]),
  ];
  const texts = typeof where === "string" ? [what, details.join(", ")] : [what, ...details];
  return [
    ...[whereText(where)].filter((text) => text !== "").map((text) => `${text}: `),
    texts.filter((part, i) => i === 0 || part !== "").join("; "),
    ...(nearest === undefined ? [] : [` (did you mean "${nearest}"?)`]),
  ].join("");
}

function whereText(where: Place | string): string {
  if (typeof where === "string") return where;
  const { file, line, column, path } = where;
  const position = [file, line, column].filter((part) => part !== undefined).join(":");
  return [position, path].filter((part) => part !== "").join(" ");
}

/** The code of anything thrown: ours, or one for a system error; undefined for anything else. */
export function codeOf(thrown: unknown): ErrorCode | undefined {
  if (thrown instanceof SegbenchError) return thrown.code;
  const code = (thrown as { readonly code?: unknown } | undefined)?.code;
  if (typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code)) return undefined;
  return code === "ENOENT" || code === "ENOTDIR" ? "not-found" : "system";
}

/** What was met where the system refuses something, by its code: "a file" (at a path). */
const met: Readonly<Record<string, readonly [what: string, where: string]>> = {
  EACCES: ["no permission", "for"],
  EPERM: ["no permission", "for"],
  EROFS: ["a read-only disk", "for"],
  ENOSPC: ["no space left on the disk", "for"],
  EEXIST: ["a file", "at"],
  EISDIR: ["a folder", "at"],
  ENOENT: ["nothing", "at"],
  ENOTDIR: ["a file", "on the way to"],
};

/** The message of anything thrown, for failed rows: one line, never a stack. Of a refusal of the system what was met; `path` says where. */
export function reasonOf(thrown: unknown, { path = true } = {}): string {
  const message = (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s+/g, " ").trim();
  const [, code = "", words, place] = /^(E[A-Z]+): (.*?), \w+(?: '(.*?)'(?: -> '.*')?)?$/.exec(message) ?? [];
  const [what, where] = met[code] ?? [];
  if (what === undefined) return path || words === undefined ? message : `${code}: ${words}`;
  return path && place !== undefined ? `${what} ${where} ${place}` : what;
}

/** Words and the command line first, then files as they came up, each from top to bottom. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const placeOf = ({ where }: Problem): Place => (typeof where === "string" ? { path: "" } : where);
  const files = [...new Set([undefined, ...problems.map((problem) => placeOf(problem).file)])];
  return [...problems].sort((first, second) => {
    const [a, b] = [placeOf(first), placeOf(second)];
    return (
      files.indexOf(a.file) - files.indexOf(b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0)
    );
  });
}

/** A choice that reading made where the files leave it open, or something it left out; `validate` counts them. */
export interface Note {
  /** The same text wherever the same was done: "turned as its EXIF orientation says". */
  readonly what: string;
  /** The image's id or the file that it was done with. */
  readonly where: string;
  /** The key of the card that decides: "pixels.exif". */
  readonly key?: string;
}
