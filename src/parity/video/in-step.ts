// Two plays of one clip that keep step: the candidate gets the reference's prompts, and both come to a frame before either goes on.
import { isDeepStrictEqual } from "node:util";
import type { CostListener } from "../../core/cost.ts";
import type { ParitySideName } from "../../core/parity-sets.ts";
import type { FramePrediction, Prompt, TrackSession, VideoSession } from "../../core/types.ts";
import type { VideoProtocol } from "../../eval/video/protocol.ts";

export type Answers = ReadonlyMap<string, FramePrediction>;

/** The reference's prompts, which the candidate gets too. */
export function newPrompts() {
  const sent = new Map<string, Prompt[]>();
  const strayed = new Set<string>();
  const said = ({ clicks, box, multimask }: Prompt) => ({ clicks, box, multimask });
  return {
    strayed,
    watched: (protocol: VideoProtocol): VideoProtocol => ({
      ...protocol,
      next(target, done) {
        const prompt = protocol.next(target, done);
        const key = `${protocol.id}\n${target.id}`;
        if (prompt !== undefined) sent.set(key, [...(sent.get(key) ?? []), prompt]);
        return prompt;
      },
    }),
    repeated: (protocol: VideoProtocol): VideoProtocol => ({
      ...protocol,
      next(target, done) {
        const prompt = sent.get(`${protocol.id}\n${target.id}`)?.[done.length];
        const own = protocol.next(target, done);
        const same =
          prompt === undefined
            ? own === undefined
            : own !== undefined && isDeepStrictEqual(said(own), said(prompt));
        if (!same) strayed.add(protocol.id);
        return prompt;
      },
    }),
  };
}

export interface Meeting {
  /** The reference has sent its prompts. */
  readonly prompted: Promise<void>;
  arrive(side: ParitySideName, frame: number, answers: Answers): Promise<void>;
  begin(): void;
  leave(): void;
}

/** Both come to a frame before either goes on, so that no masks are kept; alone where the other has left. */
export function newMeeting(meet: (frame: number, reference: Answers, candidate: Answers) => void): Meeting {
  let begin: () => void = () => undefined;
  const prompted = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let waiting: { side: ParitySideName; frame: number; answers: Answers; go: () => void } | undefined;
  let left = false;
  return {
    ...{ prompted, begin },
    async arrive(side, frame, answers) {
      const other = waiting;
      if (other !== undefined && other.side !== side) {
        waiting = undefined;
        if (other.frame === frame)
          meet(
            frame,
            ...(side === "reference"
              ? ([answers, other.answers] as const)
              : ([other.answers, answers] as const)),
          );
        other.go();
      } else if (!left)
        await new Promise<void>((go) => {
          waiting = { side, frame, answers, go };
        });
    },
    leave() {
      left = true;
      begin();
      waiting?.go();
      waiting = undefined;
    },
  };
}

interface Around {
  readonly around: <T>(work: () => Promise<T>) => Promise<T>;
  readonly settle?: () => Promise<void>;
  readonly heard?: (listener: CostListener | undefined) => CostListener;
}

/** A session whose clip keeps step with the other side's. */
export function metSession(
  session: VideoSession,
  meeting: Meeting,
  side: ParitySideName,
  { around, settle = async () => undefined, heard }: Around,
): VideoSession {
  return {
    ...session,
    async open(clip, options = {}) {
      if (side === "candidate") await meeting.prompted;
      let tracks: TrackSession;
      try {
        const cost = heard === undefined ? {} : { cost: heard(options.cost) };
        tracks = await around(() => session.open(clip, { ...options, ...cost }));
      } catch (error) {
        meeting.leave();
        throw error;
      }
      return {
        ...tracks,
        async prompt(...asked) {
          const answer = await around(() => tracks.prompt(...asked));
          await settle();
          return answer;
        },
        async *propagate(pass) {
          meeting.begin();
          const steps = tracks.propagate(pass)[Symbol.asyncIterator]();
          try {
            for (;;) {
              const step = await around(() => steps.next());
              await settle();
              if (step.done === true) return;
              await meeting.arrive(side, step.value.frame, step.value.answers);
              yield step.value;
            }
          } finally {
            meeting.leave();
            await steps.return?.();
          }
        },
        async close() {
          meeting.leave();
          await settle();
          await tracks.close();
        },
      };
    },
  };
}
