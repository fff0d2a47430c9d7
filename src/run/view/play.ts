// Playing by hand: prompts about an image, or about one target of a benchmark with the truth, the scores and the simulated user of a
// run. What is played is a list of steps from the first prompt on, so that nothing has to be remembered between two calls; the last
// answers are, so that one more step is one call of the decoder.

import type { Plugins } from "../../config/index.ts";
import { withPlugins } from "../../config/index.ts";
import { runDefaults } from "../../core/defaults.ts";
import { complain } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type { MetricSettings } from "../../core/measure.ts";
import type { Plan } from "../../core/plan.ts";
import { floorScore } from "../../core/query-facts.ts";
import { originOf } from "../../core/recorded.ts";
import type { Rle, SentPrompt } from "../../core/rows.ts";
import type {
  ConceptAbilities,
  ConceptInstance,
  ConceptPrompt,
  ImageSample,
  ModelCapabilities,
  Size,
} from "../../core/types.ts";
import {
  firstTurn,
  isInteractive,
  nextTurn,
  type PlayedStep,
  type Protocol,
  promptFrom,
  Stopwatch,
  scoredTargets,
  type Turn,
  type UserStep,
  userPrompt,
  userStep,
  withPoints,
} from "../../eval/index.ts";
import { rleOf } from "../../masks/rle.ts";
import type { Context } from "../context.ts";
import { checked } from "../recorded.ts";
import { type PlayedAgain, playAgain, type RowPlace } from "./play-again.ts";
import { type HeldModel, holdModels } from "./play-models.ts";

export interface PlayOptions {
  /** Models without a card, as `model` of a run names them. */
  readonly models?: readonly string[] | undefined;
  /** Most models that stay open; default: three. */
  readonly most?: number | undefined;
  /** Protocols and metrics beside the project's. */
  readonly plugins?: Plugins | undefined;
}

/** What is played with: an image of a benchmark, or one of the caller's. */
export interface PlayImage {
  /** Names the image: the same key is the same pixels. */
  readonly key: string;
  /** Of an image without targets, an empty list of them. */
  load(): Promise<ImageSample>;
}

/** One target of it, and how a run plays and scores it. */
export interface PlayTarget {
  readonly benchmark: string;
  readonly sample: string;
  readonly target: string;
  readonly protocol: string;
  /** The benchmark card's options for metrics. */
  readonly scoring?: MetricSettings | undefined;
}

/** A prompt by hand, as rows have it, with the candidate that counts where it is not that of the highest estimate; "user": the simulated user's. */
export type HandStep = (SentPrompt & { readonly choice?: number | undefined }) | "user";

export interface PlayRequest {
  readonly model: string;
  readonly image: PlayImage;
  readonly target?: PlayTarget | undefined;
  /** Played as in this run: model, seed, metrics, numbers of clicks. Absent: as a run is by default. */
  readonly plan?: Plan | undefined;
  readonly steps: readonly HandStep[];
}

export interface PlayAnswer {
  readonly size: Size;
  readonly capabilities: ModelCapabilities;
  readonly steps: readonly PlayedStep[];
  /** Masks of the last step's candidates. */
  readonly candidates: readonly Rle[];
  /** Of a target alone. */
  readonly user?: UserStep;
  /** Milliseconds of this call: the encoder where the image was new, the decoder for each step that was new, and the whole. */
  readonly times: Readonly<Record<"encode" | "decode" | "whole", number>>;
}

export interface PhraseRequest extends Pick<PlayRequest, "model" | "image" | "plan"> {
  readonly prompt: ConceptPrompt;
}

export interface PhraseAnswer extends Pick<PlayAnswer, "times"> {
  readonly abilities: ConceptAbilities;
  readonly presence?: number;
  readonly instances: readonly Pick<ConceptInstance, "score" | "mask">[];
}

/** Most steps of one game. */
const MOST = 64;
/** Answers that are remembered. */
const REMEMBERED = 48;

/** Opens no model yet; `close` ends what was opened. */
export function openPlay(options: PlayOptions, context: Pick<Context, "cwd" | "env" | "clock">) {
  const { plugins = {} } = options;
  const known = withPlugins(plugins);
  const models = holdModels(given({ own: options.models, most: options.most }), context);
  const turns = new Map<string, Turn>();
  const remember = (key: string, turn: Turn): Turn => {
    turns.delete(key);
    turns.set(key, turn);
    for (const old of [...turns.keys()].slice(0, -REMEMBERED)) turns.delete(old);
    return turn;
  };

  const protocolOf = (id: string, plan: Plan | undefined): Protocol => {
    const origin = originOf(id);
    const protocol = Object.hasOwn(known.protocols, origin) ? known.protocols[origin] : undefined;
    if (protocol === undefined || !isInteractive(protocol))
      throw complain(`protocol ${id}`, "cannot be played by hand", {
        expected: "one of prompts about one target of an image",
      });
    return withPoints(protocol, plan?.points);
  };

  const targetOf = ({ targets, image }: ImageSample, wanted: PlayTarget, plan: Plan | undefined) => {
    const { benchmark, sample, target, scoring = {} } = wanted;
    const names = plan?.metrics ?? runDefaults.metrics;
    const metrics = names.flatMap((name) => known.metrics[name] ?? []);
    const [open] = scoredTargets(
      { kind: "image", image, targets: targets.filter(({ id }) => id === target) },
      { benchmark, sample, seed: plan?.seed ?? runDefaults.seed, metrics, scoring },
    );
    if (open !== undefined) return open();
    throw complain(`sample ${sample} of ${benchmark}`, "has no target to play with", {
      code: "not-found",
      got: JSON.stringify(target),
    });
  };

  const play = async (request: PlayRequest, model: HeldModel, begin: number): Promise<PlayAnswer> => {
    const { image, target, plan, steps } = request;
    const { session } = model;
    const watch = new Stopwatch(context.clock);
    let loaded: Promise<ImageSample> | undefined;
    const load = () => {
      loaded ??= image.load();
      return loaded;
    };
    const embedding = await model.encoded(image.key, async () => (await load()).image, watch);
    const { size } = embedding;
    const protocol = target === undefined ? undefined : protocolOf(target.protocol, plan);
    const about = [model.key, image.key, target, plan && [plan.seed, plan.metrics, plan.points]];
    const keyOf = (count: number) => JSON.stringify([about, steps.slice(0, count)]);
    const answered = async (before: Turn, step: HandStep): Promise<Turn> => {
      const { choice, ...sent } = step === "user" ? ({} as Exclude<HandStep, "user">) : step;
      if (step !== "user") checkShape(sent, size);
      const next = step === "user" ? userPrompt(before, protocol) : promptFrom(sent, before, size);
      const [prediction] = await watch.model("decode", "postprocess", (cost) =>
        session.decode(embedding, [next.prompt], cost),
      );
      return nextTurn(before, next, prediction, { session, watch, embedding }, choice);
    };
    let turn = turns.get(keyOf(0));
    turn ??= remember(keyOf(0), firstTurn(target && targetOf(await load(), target, plan)));
    for (const [i, step] of steps.entries()) {
      const before = turn;
      const known = turns.get(keyOf(i + 1));
      turn = remember(keyOf(i + 1), known ?? (await answered(before, step)));
    }
    const user = userStep(turn, protocol, { name: request.model, ...session });
    const { encode, decode } = watch.timing();
    return {
      ...{ size: { width: size.width, height: size.height }, capabilities: session.capabilities },
      ...{ steps: turn.steps, candidates: turn.masks.map(rleOf) },
      ...given({ user }),
      times: { encode, decode, whole: context.clock() - begin },
    };
  };

  return {
    /** Models whose files are here. */
    models: models.list,
    /** What a prompt to a model may have, without opening it. */
    abilities: models.abilities,
    /** Protocols that have a simulated user for a target of an image. */
    protocols: () =>
      Object.values(known.protocols)
        .filter(isInteractive)
        .map(({ id, summary }) => ({ id, summary })),
    /** Metrics, and what protocols measure besides, by name: for what steps are scored by. */
    metrics: () => {
      const metrics = Object.values(known.metrics);
      const own = metrics.map(({ name, title, unit, better }) => ({ name, title, unit, better }));
      const measures = Object.values(known.protocols)
        .filter(isInteractive)
        .flatMap((one) => one.measures(metrics));
      const others = measures.map(({ name, of: title, unit, better }) => ({ name, title, unit, better }));
      return [...new Map([...others, ...own].map((one) => [one.name, one] as const)).values()];
    },
    /**
     * Plays all steps, those anew that are not among the last answers, and tells what the last one led to. Rejects where a prompt is not one,
     * or the model does not answer; with the signal's reason where that is aborted before its turn.
     */
    async answer(request: PlayRequest, signal?: AbortSignal): Promise<PlayAnswer> {
      const begin = context.clock();
      checkSteps(request);
      return models.use(request.model, request.plan, (model) => play(request, model, begin), signal);
    },
    /** Everything that a phrase, boxes or both ask for; the highest score first. Rejects where the model cannot be asked that. */
    async find({ model, image, plan, prompt }: PhraseRequest, signal?: AbortSignal): Promise<PhraseAnswer> {
      const begin = context.clock();
      return models.useConcept(
        model,
        plan,
        async ({ session, encoded }) => {
          const watch = new Stopwatch(context.clock);
          const embedding = await encoded(image.key, async () => (await image.load()).image, watch);
          const [answer] = await watch.model("decode", "postprocess", (cost) =>
            session.find(embedding, [prompt], { floor: floorScore, cost }),
          );
          if (answer?.status !== "ok")
            throw complain(`model ${model}`, "has no answer", { got: answer?.reason ?? "nothing" });
          const { encode, decode } = watch.timing();
          return {
            abilities: session.concepts,
            ...given({ presence: answer.presence }),
            instances: answer.instances
              .map(({ score, mask }) => ({ score, mask }))
              .sort((a, b) => b.score - a.score),
            times: { encode, decode, whole: context.clock() - begin },
          };
        },
        signal,
      );
    },
    /** All candidates of a step of a row, whose run folder keeps one of them or none. */
    again: (place: RowPlace, signal?: AbortSignal): Promise<PlayedAgain> =>
      playAgain(place, models, known, context.clock, signal),
    closeIdle: models.closeIdle,
    close: models.close,
  };
}

export type Play = ReturnType<typeof openPlay>;

/** A prompt is what a prompts file could hold. */
function checkShape(sent: SentPrompt, size: Size): void {
  const names = { benchmark: "", protocol: "", sample: "", target: "" };
  const { width, height } = size;
  const steps = [{ at: { clicks: sent.clicks?.length ?? 0 }, sent }];
  checked({ ...names, size: { width, height }, steps }, "prompt");
}

function checkSteps({ steps }: PlayRequest): void {
  if (steps.length <= MOST) return;
  throw complain("steps", "are too many", { expected: `at most ${MOST}`, got: String(steps.length) });
}
