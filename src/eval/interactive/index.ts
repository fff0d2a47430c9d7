// Interactive segmentation: points, boxes and masks about one target of an image.
import { runDefaults } from "../../core/defaults.ts";
import { reasonOf } from "../../core/errors.ts";
import type { Embedding, ImageSample, ImageSession } from "../../core/types.ts";
import { type Opened, refusals, type Task } from "../task.ts";
import { invariants, missingScore } from "./invariants.ts";
import { playProtocol, scoredTargets } from "./play.ts";
import type { Protocol } from "./protocol.ts";
import { protocols } from "./protocols/index.ts";

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
    const { watch, masks, only } = context;
    const ok = sample.targets.filter(({ status }) => status === "ok");
    const wanted = only === undefined ? undefined : ok.map(({ id }) => only.has(id));
    const targets = scoredTargets(sample, context);
    let embedding: Embedding;
    try {
      embedding = await watch.model("encode", "preprocess", (cost) => session.encode(sample.image, cost));
    } catch (error) {
      const failure = `image encoder: ${reasonOf(error)}`;
      return { evaluate: async () => targets.map(() => ({ failure })) };
    }
    return {
      evaluate: (protocol) => playProtocol(protocol, targets, { session, embedding, watch, masks }, wanted),
      // An embedding that cannot be released costs no score: a host that is gone fails the next image.
      close: () => session.release(embedding).catch(() => undefined),
    };
  },
};
