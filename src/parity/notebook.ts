import type { ParityPath, ParityPlace, ParityRound, ParityTargetRow, PathRound } from "../core/parity.ts";
import type {
  Ask,
  BitMask,
  ModelSession,
  Prediction,
  Prompt,
  Protocol,
  TargetContext,
} from "../core/types.ts";
import type { UnitJob } from "../eval/index.ts";
import { type Answer, chosenOf, compareRound } from "./compare-round.ts";
import type { ParityPair } from "./pair.ts";

interface Asked {
  readonly ask: Ask;
  readonly context: TargetContext;
  readonly protocol: string;
}

/** The round of a target in which the candidate is farthest from the reference, for its picture. */
export interface WorstRound extends ParityPlace {
  readonly prompt: Prompt;
  readonly reference: BitMask;
  readonly candidate: BitMask;
}

interface Page {
  readonly row: ParityTargetRow;
  readonly rounds: ParityRound[];
  readonly failed: Partial<Record<ParityPath, string>>;
  worst?: WorstRound;
}

/** Writes down what every path answered to the prompts of one image. `mask`: of the reference. */
export function newNotebook({ unit, ref }: UnitJob, pair: ParityPair, mask: ModelSession["mask"]) {
  const { reference, candidate } = pair;
  const asked = new WeakMap<Prompt, Asked>();
  const pages = new Map<string, Page>();

  function pageOf(protocol: string, target: string): Page {
    const key = `${protocol}\n${target}`;
    const known = pages.get(key);
    if (known !== undefined) return known;
    const { benchmark, image } = unit;
    const { cluster } = ref;
    const page: Page = {
      row: { kind: "target", benchmark, protocol, image, cluster, target, rounds: [] },
      ...{ rounds: [], failed: {} },
    };
    pages.set(key, page);
    return page;
  }

  /** The decoder of a path gives its masks their size. */
  const decoderOf = (path: ParityPath) => (path === "encoder" ? reference : candidate).session;

  return {
    /** The protocol, its prompts remembered: a session sees prompts alone. */
    watched: (protocol: Protocol): Protocol => ({
      ...protocol,
      next(context, done, last) {
        const ask = protocol.next(context, done, last);
        if (ask !== undefined) asked.set(ask.prompt, { ask, context, protocol: protocol.id });
        return ask;
      },
    }),
    note(
      prompt: Prompt,
      answer: Prediction | undefined,
      paths: readonly (readonly [ParityPath, Prediction])[],
    ) {
      const found = asked.get(prompt);
      if (found === undefined || answer?.status !== "ok") return;
      const { ask, context, protocol } = found;
      const { target, size } = context;
      const about = { ask, target, size, oracle: reference.session.capabilities.multimask };
      const { candidates } = answer;
      const chosen = chosenOf(candidates);
      const mine: Answer = { candidates, chosen, mask: mask(candidates[chosen]!, size) };
      const page = pageOf(protocol, target.id);
      const compared: Partial<Record<ParityPath, PathRound>> = {};
      for (const [path, prediction] of paths)
        if (prediction.status !== "ok") page.failed[path] ??= prediction.reason;
        else compared[path] = compareRound(mine, prediction.candidates, decoderOf(path), about);
      const own = compareRound(mine, candidates, { mask }, about);
      const { selected, oracle } = own;
      page.rounds.push({
        clicks: ask.clicks,
        ...(ask.draw === undefined ? {} : { draw: ask.draw }),
        reference: { selected, ...(oracle === undefined ? {} : { oracle }), chosen },
        paths: compared,
      });
      const direct = paths.find(([path]) => path === "candidate")?.[1];
      if (direct?.status !== "ok" || compared.candidate === undefined) return;
      const { agreement, chosen: theirs } = compared.candidate;
      if (agreement === 1 || agreement >= (page.worst?.agreement ?? 1)) return;
      const { benchmark, image } = unit;
      page.worst = {
        ...{ benchmark, protocol, image, target: target.id, clicks: ask.clicks, agreement, prompt },
        ...{ reference: mine.mask, candidate: candidate.session.mask(direct.candidates[theirs]!, size) },
      };
    },
    worst: (): WorstRound[] => [...pages.values()].flatMap(({ worst }) => worst ?? []),
    rows: (): ParityTargetRow[] =>
      [...pages.values()].map(({ row, rounds, failed }) => ({
        ...row,
        rounds,
        ...(Object.keys(failed).length === 0 ? {} : { failed }),
      })),
  };
}
