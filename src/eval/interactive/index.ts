// Interactive segmentation: points, boxes and masks about one target of an image.
import { runDefaults } from "../../core/defaults.ts";
import { complain, reasonOf, SegbenchError } from "../../core/errors.ts";
import type { Metric, MetricSettings } from "../../core/measure.ts";
import { draw } from "../../core/random.ts";
import type { BitMask, Embedding, ImageSample, ImageSession, Target } from "../../core/types.ts";
import { refusals } from "../refusals.ts";
import type { Opened, Task, TaskContext } from "../task.ts";
import { invariants, missingScore } from "./invariants.ts";
import { type Contestant, playProtocol } from "./play.ts";
import type { Protocol } from "./protocol.ts";
import { protocols } from "./protocols/index.ts";
import type { Scorer } from "./step.ts";

export const interactive: Task<ImageSample, ImageSession, Protocol> = {
  name: "interactive",
  kind: "image",
  protocols,
  metrics: ["iou"],
  defaultMetrics: runDefaults.metrics,
  invariants,
  lacks: missingScore,
  refuses: (model, { capabilities }, protocol) => refusals(model, capabilities, protocol),
  entries: ({ targets }) => targets,
  async open(sample, session, context): Promise<Opened<Protocol>> {
    const { watch, masks } = context;
    const contestants = contestantsOf(sample, context);
    let embedding: Embedding;
    try {
      embedding = await watch.model("encode", "preprocess", (cost) => session.encode(sample.image, cost));
    } catch (error) {
      const failure = `image encoder: ${reasonOf(error)}`;
      return { evaluate: async () => contestants.map(() => ({ failure })) };
    }
    return {
      evaluate: (protocol) => playProtocol(protocol, contestants, { session, embedding, watch, masks }),
      // An embedding that cannot be given back costs no score: a host that is gone fails the next image.
      close: () => session.release(embedding).catch(() => undefined),
    };
  },
};

/** The targets of an image that are to be scored, in order. */
export function contestantsOf(
  { image, targets }: ImageSample,
  {
    benchmark,
    sample,
    seed,
    metrics,
    scoring,
  }: Pick<TaskContext, "benchmark" | "sample" | "seed" | "metrics" | "scoring">,
): Contestant[] {
  const size = { width: image.width, height: image.height };
  return targets.flatMap((target) =>
    target.status === "ok"
      ? [
          {
            context: {
              ...{ benchmark, sample, target, size },
              draw: (purpose, number) => draw(seed, benchmark, sample, target.id, purpose, number),
            },
            scorer: scorerOf(target, metrics, scoring),
          },
        ]
      : [],
  );
}

/** What depends on the target alone is prepared once, for all protocols, when the first mask is scored. */
function scorerOf(target: Target, metrics: readonly Metric[], scoring: MetricSettings): Scorer {
  let scorers: readonly (readonly [string, ReturnType<Metric["against"]>])[] | undefined;
  return (mask) => {
    scorers ??= metrics
      .filter(({ name }) => name !== "iou") // of every candidate, in scoreStep
      .map((metric) => [metric.name, checked(metric, target, scoring)] as const);
    return Object.fromEntries(scorers.map(([name, score]) => [name, score(mask)]));
  };
}

/** A metric that throws, or gives what is no score, costs its target and nothing else. */
function checked(metric: Metric, target: Target, scoring: MetricSettings): (mask: BitMask) => number {
  const where = `metric ${metric.name}`;
  const asked = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof SegbenchError) throw cause;
      throw complain({ where, what: reasonOf(cause), cause });
    }
  };
  const score = asked(() => metric.against(target, scoring));
  return (mask) => {
    const value = asked(() => score(mask));
    const share = metric.unit === "share";
    if (Number.isFinite(value) && !(share && (value < 0 || value > 1))) return value;
    throw complain({
      where,
      what: "gave no score",
      expected: share ? "a number from 0 to 1" : "a finite number",
      got: String(value),
    });
  };
}
