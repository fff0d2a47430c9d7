// Is this value a row at all? Says the same as schemas/row.schema.json, fast enough for millions of lines.

/** What keeps a value from having the fields of a row; empty when it has them. Unknown extra fields are fine. */
export function shapeProblems(value: unknown): string[] {
  if (!isObject(value)) return ["is not an object"];
  const problems = texts(value, ["model", "benchmark", "protocol", "sample", "target"]);
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
  const problems = texts(value, ["model", "benchmark", "protocol", "sample", "target"]);
  problems.push(...atProblems(value.at), ...rleProblems("rle", value.rle));
  if (value.frame !== undefined && typeof value.frame !== "string") problems.push("frame is not a text");
  return problems;
}

function scoredProblems(row: Record<string, unknown>): string[] {
  const problems: string[] = [];
  const { size, area, box, facts } = row;
  if (size !== undefined && (!isObject(size) || !isCount(size.width) || !isCount(size.height)))
    problems.push("size is not {width, height}");
  if (area !== undefined && !isCount(area)) problems.push("area is not a count");
  if (box !== undefined && !isNumbers(box, 4)) problems.push("box is not four numbers");
  if (facts !== undefined) problems.push(...factsProblems(facts));
  if (!Array.isArray(row.steps)) problems.push("steps is not a list");
  else
    for (const [i, step] of row.steps.entries())
      problems.push(...stepProblems(step).map((problem) => `step ${i}: ${problem}`));
  return problems;
}

/** What a task's own measures read: numbers, lists and matrices by name. */
function factsProblems(facts: unknown): string[] {
  if (!isObject(facts)) return ["facts is not an object"];
  return Object.entries(facts)
    .filter(([, fact]) => !(Number.isFinite(fact) || isNumbers(fact) || isMatrix(fact)))
    .map(([name]) => `facts: ${name} is neither a number nor a list or matrix of numbers`);
}

function isMatrix(fact: unknown): boolean {
  return Array.isArray(fact) && fact.every((row) => isNumbers(row));
}

function stepProblems(step: unknown): string[] {
  if (!isObject(step)) return ["is not an object"];
  const problems = atProblems(step.at);
  if (step.sent !== undefined) problems.push(...sentProblems(step.sent));
  const { candidates, chosen, scores } = step;
  if (!Array.isArray(candidates)) problems.push("candidates is not a list");
  else {
    for (const [i, candidate] of candidates.entries()) {
      const wrong = scoreProblem(candidate);
      if (wrong !== undefined) problems.push(`candidate ${i}: ${wrong}`);
      else if (candidate.predicted === undefined) problems.push(`candidate ${i}: predicted is missing`);
    }
    if (!isCount(chosen) || chosen >= candidates.length) problems.push("chosen is none of the candidates");
  }
  const wrong = scoreProblem(scores);
  if (wrong !== undefined) problems.push(`scores: ${wrong}`);
  return problems;
}

function atProblems(at: unknown): string[] {
  if (!isObject(at)) return ["at is missing"];
  const problems: string[] = [];
  if (!isCount(at.clicks)) problems.push("at.clicks is not a count");
  if (at.draw !== undefined && !isCount(at.draw)) problems.push("at.draw is not a count");
  return problems;
}

function sentProblems(sent: unknown): string[] {
  if (!isObject(sent)) return ["sent is not an object"];
  const problems: string[] = [];
  const { clicks, box, mask, multimask } = sent;
  if (!Array.isArray(clicks) || !clicks.every(isClick))
    problems.push("sent.clicks holds something else than [x, y, label]");
  if (box !== undefined && !isNumbers(box, 4)) problems.push("sent.box is not four numbers");
  if (mask !== undefined && mask !== "previous") {
    if (!isObject(mask) || !Number.isFinite(mask.magnitude))
      problems.push('sent.mask is neither "previous" nor a shape');
    else problems.push(...rleProblems("sent.mask.rle", mask.rle));
  }
  if (typeof multimask !== "boolean") problems.push("sent.multimask is not true or false");
  return problems;
}

function rleProblems(name: string, rle: unknown): string[] {
  if (!isObject(rle)) return [`${name} is missing`];
  const problems: string[] = [];
  if (!isNumbers(rle.size, 2) || !rle.size.every(isCount))
    problems.push(`${name}.size is not [height, width]`);
  if (typeof rle.counts !== "string") problems.push(`${name}.counts is not a text`);
  return problems;
}

/** Scores are numbers by name. */
function scoreProblem(scores: unknown): string | undefined {
  if (!isObject(scores)) return "are missing";
  for (const name in scores) if (!Number.isFinite(scores[name])) return `${name} is not a number`;
  return undefined;
}

function isClick(click: unknown): boolean {
  return isNumbers(click, 3) && (click[2] === 0 || click[2] === 1);
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
