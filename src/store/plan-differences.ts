// What differs between two plans, and whether the numbers of both can be compared all the same.
import { datasetCardDefaults } from "../core/defaults.ts";
import { hashOf } from "../core/hash.ts";
import type { Plan } from "../core/plan.ts";
import { isObject } from "../formats/json-file.ts";

/** What the two sides are called in a line. */
type Sides = readonly [string, string];

/** One field that differs. */
export interface PlanDifference {
  /** Where: keys of the plan, and names of what a list holds. */
  readonly keys: readonly string[];
  /** In which plan alone something of a list is; absent where both have it. */
  readonly only?: Sides[number];
  /** "16 in the run folder, 8 now". */
  readonly text: string;
}

/** As a line: "batch: 16 in the run folder, 8 now". */
export function differenceLine({ keys, text }: PlanDifference): string {
  return `${keys.join(".")}: ${text}`;
}

/** What differs between two plans, a line each; empty when they are the same. */
export function planDifferences(a: Plan, b: Plan, sides: Sides = ["in the run folder", "now"]): string[] {
  return differencesOf(a, b, sides).map(differenceLine);
}

/**
 * What differs between two plans. Lists of things with names are matched by name, so that an added model is one difference. A
 * benchmark's `cardHash` is mentioned only when no field of the card differs.
 */
export function differencesOf(a: Plan, b: Plan, sides: Sides): readonly PlanDifference[] {
  const all = differences([], a, b, sides);
  const covered = ({ keys }: PlanDifference) =>
    keys.at(-1) === "cardHash" &&
    all.some(
      (other) => other.keys.length > keys.length && startsWith(other.keys, [...keys.slice(0, -1), "card"]),
    );
  return all.filter((one) => !covered(one));
}

function startsWith(keys: readonly string[], head: readonly string[]): boolean {
  return head.every((key, i) => keys[i] === key);
}

function differences(keys: readonly string[], a: unknown, b: unknown, sides: Sides): PlanDifference[] {
  if (a === b) return [];
  if (Array.isArray(a) && Array.isArray(b)) return listDifferences(keys, a, b, sides);
  if (isObject(a) && isObject(b))
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
      differences([...keys, key], a[key], b[key], sides),
    );
  return [{ keys, text: `${show(a)} ${sides[0]}, ${show(b)} ${sides[1]}` }];
}

function listDifferences(
  keys: readonly string[],
  a: readonly unknown[],
  b: readonly unknown[],
  sides: Sides,
): PlanDifference[] {
  const namesA = a.map(nameOf);
  const namesB = b.map(nameOf);
  const onlyIn = (names: string[], others: string[], only: string) =>
    names
      .filter((name) => !others.includes(name))
      .map((name) => ({ keys, only, text: `${name} only ${only}` }));
  const found: PlanDifference[] = [...onlyIn(namesA, namesB, sides[0]), ...onlyIn(namesB, namesA, sides[1])];
  for (const [i, name] of namesA.entries()) {
    const j = namesB.indexOf(name);
    if (j !== -1) found.push(...differences([...keys, name], a[i], b[j], sides));
  }
  if (found.length === 0 && namesA.join("\n") !== namesB.join("\n")) {
    const text = `in the order ${namesA.join(", ")} ${sides[0]}, ${namesB.join(", ")} ${sides[1]}`;
    found.push({ keys, text });
  }
  return found;
}

/** What identifies an entry of a list: its name, its path, or itself. */
function nameOf(entry: unknown): string {
  if (isObject(entry)) {
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

/** One model of a plan, as far as comparing it needs. */
export interface ComparedPlan {
  readonly plan: Plan;
  readonly model: string;
}

export interface Comparability {
  /** What makes the numbers of two plans incomparable, one line each. */
  readonly refused: readonly string[];
  /** What may differ, since it is what one compares: models, batch, threads, provider, kept embeddings. */
  readonly allowed: readonly string[];
}

/** Fields of a benchmark card that can move a number; the others are prose. */
const scoringFields = ["version", "adapter", "select", "subset", "cluster", "pixels", "surfaceTolerance"];
/** Fields of a model card that are prose for readers, or are about where its files come from. */
const proseFields = [
  ...["name", "title", "description", "published", "data", "training", "scores", "limits"],
  ...["download", "licence", "source"],
];
/** Leaving one out is the same as writing it. */
const metricDefaults = { surfaceTolerance: datasetCardDefaults.surfaceTolerance };
const free = [
  "model",
  "points",
  "batch",
  "threads",
  "provider",
  "optimisation",
  "allowCpuFallback",
  "cachePrecision",
];
const fixed = ["seed", "protocols", "generators", "metrics", "replay"];

/** Whether the numbers of a model of one plan can be compared with those of a model of another. */
export function comparability(a: ComparedPlan, b: ComparedPlan, sides: Sides): Comparability {
  const found = differencesOf(comparable(a), comparable(b), sides).map(ofTheModel);
  const of = (names: readonly string[]) => found.filter(({ keys }) => names.includes(keys[0]!));
  const refused = of([...fixed, "benchmarks"]);
  const external = [a, b].map(isExternal);
  if (!external.includes(true))
    return { refused: refused.map(differenceLine), allowed: of(free).map(differenceLine) };
  // Masks made elsewhere are of one benchmark and protocol: what else the other side has is ignored.
  const more = sides.filter((_, n) => !external[n]);
  const besides = ({ keys, only }: PlanDifference) =>
    keys.length === 1 &&
    ["protocols", "benchmarks"].includes(keys[0]!) &&
    only !== undefined &&
    more.includes(only);
  const made = sides.flatMap((side, n) => (external[n] ? [`model: masks made elsewhere ${side}`] : []));
  return {
    refused: refused.filter((one) => !besides(one)).map(differenceLine),
    allowed: [...made, ...refused.filter(besides).map(differenceLine)],
  };
}

const theModel = "the model";

/** Each plan has one model here, whatever it is called. */
function ofTheModel({ keys, ...rest }: PlanDifference): PlanDifference {
  return { ...rest, keys: keys[0] === "models" && keys[1] === theModel ? ["model", ...keys.slice(2)] : keys };
}

function isExternal({ plan, model }: ComparedPlan): boolean {
  return plan.models.find(({ name }) => name === model)?.card.family === "external";
}

/** A model's card without what is there for readers. */
export function withoutProse(card: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(card).filter(([key]) => !proseFields.includes(key)));
}

/** A plan with its words taken out, so that what is left differs only where numbers may. */
function comparable({ plan, model }: ComparedPlan): Plan {
  const models = plan.models
    .filter(({ name }) => name === model)
    .map((entry) => ({
      ...{ ...entry, name: theModel },
      card: withoutProse(entry.card),
    }));
  const benchmarks = plan.benchmarks.map(({ name, card, images, subsetHash }) => ({
    ...{ name, images, subsetHash, cardHash: "" },
    card: scoringOf(card),
  }));
  return { ...plan, models, benchmarks } as unknown as Plan;
}

/** What the numbers of a benchmark are of: in two runs they can be set beside each other where both are the same. */
export interface Scope {
  /** Of its images (and targets), and of how they are prompted and scored: short hashes. */
  readonly samples: string;
  readonly settings: string;
}

export function scopeOf(plan: Plan, benchmark: Plan["benchmarks"][number]): Scope {
  const { ids, targets, seed, replay, generators } = plan;
  const { images, subsetHash, card } = benchmark;
  const short = (of: unknown) => hashOf(of).slice(0, 12);
  return {
    samples: short({ images, subsetHash, ...(targets === true ? { ids } : {}) }),
    settings: short({ seed, generators, replay: replay?.prompts, card: scoringOf(card) }),
  };
}

function scoringOf(card: Plan["benchmarks"][number]["card"]) {
  return Object.fromEntries(
    Object.entries({ ...metricDefaults, ...card }).filter(([key]) => scoringFields.includes(key)),
  );
}
