// Is this value a row at all? Says the same as schemas/row.schema.json, fast enough for millions of lines.

/** What keeps a value from having the fields of a row; empty when it has them. Unknown extra fields are fine. */
export function shapeProblems(value: unknown): string[] {
  if (!isObject(value)) return ["is not an object"];
  const problems = texts(value, ["model", "benchmark", "protocol", "image", "target"]);
  if (typeof value.cluster !== "string") problems.push("cluster is missing");
  if (value.category !== undefined && typeof value.category !== "string")
    problems.push("category is not a text");
  if (value.status === "ok") problems.push(...scoredProblems(value));
  else if (value.status === "dropped" || value.status === "failed")
    problems.push(...texts(value, ["reason"]));
  else problems.push(`status is ${JSON.stringify(value.status)}, not ok, dropped or failed`);
  return problems;
}

/** The same for a line of masks.jsonl. */
export function maskShapeProblems(value: unknown): string[] {
  if (!isObject(value)) return ["is not an object"];
  const problems = texts(value, ["model", "benchmark", "protocol", "image", "target"]);
  if (!isCount(value.clicks)) problems.push("clicks is not a count");
  if (value.draw !== undefined && !isCount(value.draw)) problems.push("draw is not a count");
  const { rle } = value;
  if (!isObject(rle)) problems.push("rle is missing");
  else {
    if (!isNumbers(rle.size, 2) || !rle.size.every(isCount)) problems.push("rle.size is not [height, width]");
    if (typeof rle.counts !== "string") problems.push("rle.counts is not a text");
  }
  return problems;
}

function scoredProblems(row: Record<string, unknown>): string[] {
  const problems: string[] = [];
  if (!isObject(row.size) || !isCount(row.size.width) || !isCount(row.size.height))
    problems.push("size is not {width, height}");
  if (!isCount(row.area)) problems.push("area is not a count");
  if (!isNumbers(row.box, 4)) problems.push("box is not four numbers");
  if (!Array.isArray(row.prompts)) problems.push("prompts is not a list");
  else if (!row.prompts.every(isPrompt))
    problems.push("prompts holds something else than clicks, boxes and masks");
  if (!Array.isArray(row.rounds)) problems.push("rounds is not a list");
  else
    for (const [i, round] of row.rounds.entries())
      problems.push(...roundProblems(round).map((problem) => `round ${i}: ${problem}`));
  return problems;
}

function roundProblems(round: unknown): string[] {
  if (!isObject(round)) return ["is not an object"];
  const problems: string[] = [];
  if (!isCount(round.clicks)) problems.push("clicks is not a count");
  if (round.draw !== undefined && !isCount(round.draw)) problems.push("draw is not a count");
  for (const key of ["selected", "dice", "boundary"])
    if (!Number.isFinite(round[key])) problems.push(`${key} is not a number`);
  if (round.oracle !== undefined && !Number.isFinite(round.oracle)) problems.push("oracle is not a number");
  for (const key of ["predicted", "candidates"])
    if (!isNumbers(round[key])) problems.push(`${key} is not a list of numbers`);
  return problems;
}

function isPrompt(prompt: unknown): boolean {
  if (!isObject(prompt)) return false;
  if ("box" in prompt) return isNumbers(prompt.box, 4);
  if ("mask" in prompt) return typeof prompt.mask === "string";
  return Number.isFinite(prompt.x) && Number.isFinite(prompt.y) && (prompt.label === 0 || prompt.label === 1);
}

function texts(value: Record<string, unknown>, keys: readonly string[]): string[] {
  return keys
    .filter((key) => typeof value[key] !== "string" || value[key] === "")
    .map((key) => `${key} is missing`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isNumbers(value: unknown, length?: number): value is number[] {
  return (
    Array.isArray(value) && (length === undefined || value.length === length) && value.every(Number.isFinite)
  );
}
