import type { Plan } from "../core/plan.ts";

/** How the two sides are called in a line. */
export type Sides = readonly [string, string];

/**
 * What differs between two plans, one line each ("batch: 16 in the run folder, 8 now"); empty when they are the same.
 * Lists of things with names are matched by name, so that an added model is one line. A benchmark's `cardHash` is
 * mentioned only when no field of the card differs.
 */
export function planDifferences(a: Plan, b: Plan, sides: Sides = ["in the run folder", "now"]): string[] {
  const lines = differences("", a, b, sides);
  const cards = lines.filter((line) => line.includes(".card."));
  return lines.filter((line) => {
    const at = line.indexOf(".cardHash:");
    return at === -1 || !cards.some((card) => card.startsWith(`${line.slice(0, at)}.card.`));
  });
}

function differences(path: string, a: unknown, b: unknown, sides: Sides): string[] {
  if (a === b) return [];
  if (Array.isArray(a) && Array.isArray(b)) return listDifferences(path, a, b, sides);
  if (isRecord(a) && isRecord(b))
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
      differences(path === "" ? key : `${path}.${key}`, a[key], b[key], sides),
    );
  return [`${path}: ${show(a)} ${sides[0]}, ${show(b)} ${sides[1]}`];
}

function listDifferences(path: string, a: readonly unknown[], b: readonly unknown[], sides: Sides): string[] {
  const namesA = a.map(nameOf);
  const namesB = b.map(nameOf);
  const only = (names: string[], others: string[], side: string) =>
    names.filter((name) => !others.includes(name)).map((name) => `${path}: ${name} only ${side}`);
  const lines = [...only(namesA, namesB, sides[0]), ...only(namesB, namesA, sides[1])];
  for (const [i, name] of namesA.entries()) {
    const j = namesB.indexOf(name);
    if (j !== -1) lines.push(...differences(`${path}.${name}`, a[i], b[j], sides));
  }
  if (lines.length === 0 && namesA.join("\n") !== namesB.join("\n"))
    lines.push(`${path}: in the order ${namesA.join(", ")} ${sides[0]}, ${namesB.join(", ")} ${sides[1]}`);
  return lines;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** What identifies an entry of a list: its name, its path, or itself. */
function nameOf(entry: unknown): string {
  if (isRecord(entry)) {
    if (typeof entry.name === "string") return entry.name;
    if (typeof entry.path === "string") return entry.path;
  }
  return typeof entry === "string" ? entry : (JSON.stringify(entry) ?? "nothing");
}

/** Hashes are shortened: two that differ do so at once. */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return /^[0-9a-f]{64}$/.test(value) ? `${value.slice(0, 12)}...` : value;
  return JSON.stringify(value) ?? "nothing";
}
