import { protocolFacts, type Registries } from "../config/index.ts";
import type { Manifest, Plan } from "../core/plan.ts";
import { estimateMeasures } from "../eval/index.ts";
import type { SummaryFacts } from "../stats/summarize.ts";

/** What a summary says beside numbers: titles, licences, remarks on exports, from the manifest alone. */
export function summaryFacts(
  { plan, planHash, models }: Manifest,
  complete: boolean,
  known: Registries,
): SummaryFacts {
  return {
    run: plan.name,
    title: plan.title,
    plan: planHash,
    complete,
    models: plan.models.map(({ name, card }) => ({
      name,
      title: card.title,
      remarks: remarksOn(models[name]),
      without: meaningless(card),
    })),
    benchmarks: plan.benchmarks.map(({ name, card }) => ({
      name,
      title: card.title,
      domain: card.domain,
      licence: card.licence,
      homepage: card.homepage,
      ...(card.description === undefined ? {} : { description: card.description }),
    })),
    protocols: plan.protocols.map((id) => protocolFacts(id, plan.metrics, known)),
  };
}

/** Names of measures that mean nothing for a model: what comes under the name of an estimate may be something else. */
export function meaningless({ mask }: Pick<Plan["models"][number]["card"], "mask">): readonly string[] {
  return (mask?.predictedIou ?? "iou") === "iou" ? [] : estimateMeasures;
}

/** What a reader must know about an export to read its numbers. */
function remarksOn(facts: unknown): string[] {
  const capabilities = (facts as { capabilities?: { multimask?: boolean; singleMask?: boolean } } | undefined)
    ?.capabilities;
  return [
    ...(capabilities?.singleMask === false
      ? ["no single-mask output: the mask with the highest predicted IoU counts in every step"]
      : []),
    ...(capabilities?.multimask === false ? ["one mask only: no oracle"] : []),
  ];
}
