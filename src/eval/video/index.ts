// Video: targets that are prompted in a frame of a clip and tracked through the others.

import { factProblems } from "../../core/track-facts.ts";
import type { Clip, VideoSession } from "../../core/types.ts";
import { type Opened, refusals, type Task } from "../task.ts";
import { failedClip, playClip } from "./play.ts";
import type { VideoProtocol } from "./protocol.ts";
import { protocols } from "./protocols/index.ts";
import { survey } from "./tracks.ts";
import { tryClip } from "./trial.ts";

export const video: Task<Clip, VideoSession, VideoProtocol> = {
  name: "video",
  kind: "clip",
  protocols,
  metrics: [],
  defaultMetrics: [],
  invariants: [factProblems],
  refuses: (model, { capabilities }, protocol) => refusals(model, capabilities, protocol),
  entries: ({ tracks }) =>
    tracks.map(({ id, category }) => ({ status: "ok", id, ...(category && { category }) })),
  step: "frame",
  trial: tryClip,
  async open(clip, session, context): Promise<Opened<VideoProtocol>> {
    const surveyed = await context.watch.wait("read", () => survey(clip));
    const play = (protocols: readonly VideoProtocol[]) =>
      playClip(protocols, clip, surveyed, session, context).catch((error: unknown) => {
        const outcomes = failedClip(clip, error);
        return new Map(protocols.map((protocol) => [protocol, outcomes]));
      });
    let all: ReturnType<typeof play> | undefined;
    return {
      async evaluate(protocol) {
        all ??= play(context.protocols as readonly VideoProtocol[]);
        return (await all).get(protocol) ?? (await play([protocol])).get(protocol)!;
      },
    };
  },
};
