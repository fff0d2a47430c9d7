// A protocol that is played no further than a run asks, and whose reported steps are those that it names. Steps do not know how many
// follow, so that they are the first steps of the whole protocol.
import type { TaskProtocol } from "../task.ts";
import type { Protocol } from "./protocol.ts";

type Reported = Pick<TaskProtocol, "id" | "reported" | "points">;

/** What a run reports of a protocol: these numbers of clicks, after a step without clicks where it opens with one. */
export function reportedAt({ reported = [], points }: Reported, asked: readonly number[] | undefined) {
  if (asked === undefined || points === undefined) return reported;
  return [...reported.filter((clicks) => clicks === 0), ...asked];
}

/** Played up to the last of these numbers of clicks; as it is where it has no choice of them. */
export function withPoints<P extends TaskProtocol>(protocol: P, asked: readonly number[] | undefined): P {
  if (asked === undefined || protocol.points === undefined || !isPlayed(protocol)) return protocol;
  const reported = reportedAt(protocol, asked);
  const [last, whole] = [Math.max(...asked), Math.max(...protocol.reported)];
  const { needs, next, measures } = protocol;
  const cut: Protocol = {
    ...protocol,
    reported,
    needs: needs.points === undefined ? needs : { ...needs, points: needs.points - whole + last },
    measures: (metrics) => measures(metrics, reported),
    next: (context, done, before) =>
      before !== undefined && before.prompt.clicks.length >= last ? undefined : next(context, done, before),
  };
  return cut as TaskProtocol as P;
}

function isPlayed(protocol: TaskProtocol): protocol is Protocol {
  return "next" in protocol && (protocol.reported ?? []).length > 0;
}

/** Why a protocol cannot be asked for a number of clicks: what it has instead; undefined where it can. */
export function pointsProblem({ id, reported = [], points }: Reported, clicks: number): string | undefined {
  const most = Math.max(...reported);
  const sets = reported.filter((one) => one > 0);
  if (points === "any") return clicks <= most ? undefined : `${id} has at most ${most} clicks`;
  return sets.includes(clicks) ? undefined : `${id} has ${sets.join(", ")} points`;
}
