// A replay and the run whose prompts it sent: the same protocol, since that run's own clicks are the recorded ones.

import type { Manifest } from "../core/plan.ts";
import { originOf, replayId } from "../core/recorded.ts";

interface Replayable {
  readonly model: string;
  readonly manifest: Manifest;
  /** Of a baseline; undefined for a run folder. */
  readonly baseline?: object | undefined;
  /** Its own prompts are what another side replays: its protocols go by the name of the replay. */
  readonly replayed?: true;
}

/** Calls the protocols of a run `replay:...` where another side replays it; other sides stay as they are. */
export function alignReplays<Side extends Replayable>(sides: readonly Side[]): Side[] {
  return sides.map((side) => {
    const { plan, planHash } = side.manifest;
    const replay = sides
      .map((other) => other.manifest.plan)
      .find((other) => other.replay?.plan === planHash && other.replay.model === side.model);
    if (side.baseline !== undefined || plan.replay !== undefined || replay === undefined) return side;
    const protocols = plan.protocols.map(replayId).filter((id) => replay.protocols.includes(id));
    const aligned = { ...plan, protocols, ...(replay.replay === undefined ? {} : { replay: replay.replay }) };
    return { ...side, replayed: true, manifest: { ...side.manifest, plan: aligned } };
  });
}

/** The name of a row's protocol on a side. */
export function protocolOn({ replayed }: Pick<Replayable, "replayed">, id: string): string {
  return replayed === true ? replayId(id) : id;
}

/** The other way: what rows of the side call it. */
export function storedProtocol({ replayed }: Pick<Replayable, "replayed">, id: string): string {
  return replayed === true ? originOf(id) : id;
}
