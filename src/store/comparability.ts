import { datasetCardDefaults } from "../core/defaults.ts";
import type { Plan } from "../core/plan.ts";
import { differenceLine, differencesOf, type PlanDifference, type Sides } from "./plan-differences.ts";

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

/** Fields of a data set card that can move a number; the others are words. */
const telling = ["version", "adapter", "select", "subset", "cluster", "pixels", "surfaceTolerance"];
/** What a card need not say: the same as saying it. */
const metricDefaults = { surfaceTolerance: datasetCardDefaults.surfaceTolerance };
const free = ["model", "batch", "threads", "provider", "optimisation", "allowCpuFallback", "cachePrecision"];
const fixed = ["seed", "protocols", "metrics", "replay"];

/** May the numbers of a model of one plan be compared with those of a model of another? */
export function comparability(a: ComparedPlan, b: ComparedPlan, sides: Sides): Comparability {
  const found = differencesOf(comparable(a), comparable(b), sides).map(ofTheModel);
  const of = (names: readonly string[]) => found.filter(({ keys }) => names.includes(keys[0]!));
  const refused = of([...fixed, "benchmarks"]);
  const external = [a, b].map(isExternal);
  if (!external.includes(true))
    return { refused: refused.map(differenceLine), allowed: of(free).map(differenceLine) };
  // Masks made elsewhere are of one benchmark and protocol: what the other side has besides is passed over.
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

/** A plan with its words taken out, so that what is left differs only where numbers may. */
function comparable({ plan, model }: ComparedPlan): Plan {
  const models = plan.models
    .filter(({ name }) => name === model)
    .map((entry) => ({ ...entry, name: theModel, card: { ...entry.card, name: "", title: "" } }));
  const benchmarks = plan.benchmarks.map(({ name, card, images, subsetHash }) => ({
    ...{ name, images, subsetHash, cardHash: "" },
    card: Object.fromEntries(
      Object.entries({ ...metricDefaults, ...card }).filter(([key]) => telling.includes(key)),
    ),
  }));
  return { ...plan, models, benchmarks } as unknown as Plan;
}
