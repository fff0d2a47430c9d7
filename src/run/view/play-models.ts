// Models that stay open for whoever plays with them: the last few that were asked for, each with the last images that it encoded.
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { packageFolder } from "../../config/index.ts";
import {
  abilitiesOf,
  type ModelAbilities,
  openPrepared,
  openPreparedConcept,
} from "../../config/models/open.ts";
import { type ModelPlan, type PreparedModel, resolveModel } from "../../config/models/prepare.ts";
import { registries } from "../../config/registries.ts";
import { type FullModelCard, runDefaults } from "../../core/defaults.ts";
import { complain, reasonOf } from "../../core/errors.ts";
import { hashOf } from "../../core/hash.ts";
import type { Kind, Plan, PlannedModel } from "../../core/plan.ts";
import type { ConceptSession, Embedding, ImageSession, RgbImage } from "../../core/types.ts";
import type { Stopwatch } from "../../eval/index.ts";
import type { Context } from "../context.ts";
import { listModels } from "../data/list.ts";

/** A model whose files are on this machine. */
export interface PlayableModel {
  readonly name: string;
  readonly title: string;
  /** What it takes. */
  readonly kind: Kind;
  /** How its caller named it, where it has no card here. */
  readonly path?: string;
}

/** A run with its model's place in it: a model is opened as the run opened it. */
export type AsIn = Pick<Plan, "models" | "provider" | "threads" | "optimisation" | "allowCpuFallback">;

/** An open model. One thing is asked of it at a time. */
export interface HeldModel<Session = ImageSession> {
  /** Differs where numbers may: the same for the same files, opened the same way. */
  readonly key: string;
  readonly card: FullModelCard;
  readonly session: Session;
  /** Encodes an image once, while it is among the last ones; `image` names it. */
  encoded(image: string, load: () => Promise<RgbImage>, watch: Stopwatch): Promise<Embedding>;
}

/** Images of a model whose embeddings are kept. */
const IMAGES = 4;

interface Held {
  readonly model: Promise<HeldModel<ImageSession | ConceptSession>>;
  /** What is done and waiting, one after the other. */
  work: Promise<unknown>;
  readonly images: Map<string, Promise<Embedding>>;
  /** When it was asked for last, in milliseconds of the caller's clock. */
  used: number;
}

/** `own`: models that have no card where cards are looked for, as `model` of a run names them; `most`: how many stay open. */
export function holdModels(
  { own = [], most = 3 }: { readonly own?: readonly string[]; readonly most?: number },
  { cwd, env, clock }: Pick<Context, "cwd" | "env" | "clock">,
) {
  const around = { cwd, env, home: packageFolder, registries };
  const held = new Map<string, Held>();
  const resolved = new Map<string, { readonly plan: Promise<ModelPlan>; readonly stamps: string }>();
  const resolve = async (word: string): Promise<ModelPlan> => {
    const known = resolved.get(word);
    if (known !== undefined) {
      const plan = await known.plan.catch(() => undefined);
      if (plan !== undefined && (await stampsOf(plan.ready)) === known.stamps) return plan;
    }
    const plan = resolveModel(word, runDefaults.batch, around);
    // Files that are replaced later are others.
    const { ready } = await plan;
    resolved.set(word, { plan, stamps: await stampsOf(ready) });
    return plan;
  };
  /** What a name is: of the caller's own models, else of a card. */
  const find = async (name: string): Promise<ModelPlan> => {
    for (const word of own) {
      const plan = await resolve(word).catch(() => undefined);
      if (plan?.ready.name === name) return plan;
    }
    if (resolved.has(name)) return resolve(name);
    const card = (await listModels({ cwd, env })).find((one) => one.name === name);
    if (card?.present === true) return resolve(name);
    throw complain(`model ${name}`, "is not on this machine", {
      code: "not-found",
      ...(card === undefined
        ? { expected: "a card of this name, or the model itself: --model" }
        : { expected: "its files", got: card.summary }),
    });
  };
  const retire = async (key: string) => {
    const entry = held.get(key);
    held.delete(key);
    if (entry === undefined) return;
    await entry.work.catch(() => undefined);
    await entry.model.then(
      ({ session }) => session.close(),
      () => undefined,
    );
  };
  const open = (plan: ModelPlan, asIn: AsIn | undefined): Held => {
    const same = asIn === undefined ? undefined : asPlanned(plan, asIn);
    const { ready, planned } = same ?? plan;
    const { provider = runDefaults.provider, threads: wanted = runDefaults.threads } = asIn ?? {};
    // Of a run folder anything can be said, and a larger machine has more of them.
    const threads = Math.min(wanted, availableParallelism());
    const { optimisation, allowCpuFallback } = asIn ?? {};
    const settings = { provider, threads, optimisation, allowCpuFallback };
    const key = hashOf([planned, settings]);
    const there = held.get(key);
    if (there !== undefined) {
      held.delete(key);
      held.set(key, there);
      there.used = clock();
      return there;
    }
    const images = new Map<string, Promise<Embedding>>();
    const opening = {
      ...{ provider, threads, models: [planned] },
      ...(optimisation === undefined ? {} : { optimisation }),
      ...(allowCpuFallback === undefined ? {} : { allowCpuFallback }),
    };
    const isOfConcepts = registries.families[ready.card.family]?.kind === "concept";
    const session: Promise<ImageSession | ConceptSession> = isOfConcepts
      ? openPreparedConcept(ready, opening)
      : openPrepared(ready, opening);
    const model = session.then((opened) => ({
      ...{ key, card: ready.card, session: opened },
      encoded: (image: string, load: () => Promise<RgbImage>, watch: Stopwatch) =>
        encoded(opened, images, image, load, watch),
    }));
    const entry: Held = { model, work: Promise.resolve(), images, used: clock() };
    // One that does not open is tried again.
    model.catch(() => held.delete(key));
    held.set(key, entry);
    for (const other of [...held.keys()].slice(0, -most)) void retire(other);
    return entry;
  };
  const used = async <T>(
    name: string,
    asIn: AsIn | undefined,
    work: (model: AnyModel) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> => {
    const plan = await find(name);
    signal?.throwIfAborted();
    const entry = open(plan, asIn);
    const done = entry.work
      .catch(() => undefined)
      .then(async () => {
        signal?.throwIfAborted();
        return work(await entry.model);
      });
    entry.work = done;
    return done;
  };
  return {
    /** Those whose files are here, and how many cards have none; what a caller named and cannot be read is said. */
    async list(): Promise<{
      readonly models: readonly PlayableModel[];
      readonly absent: number;
      readonly problems: readonly string[];
    }> {
      const problems: string[] = [];
      const plans = await Promise.all(
        own.map((word) =>
          resolve(word).catch((error: unknown) => {
            problems.push(reasonOf(error));
            return undefined;
          }),
        ),
      );
      const named = plans.flatMap((plan, i) =>
        plan === undefined ? [] : [{ ...modelOf(plan.ready), path: own[i]! }],
      );
      const cards = await listModels({ cwd, env });
      const there = cards.filter(
        ({ name, present }) => present === true && !named.some((m) => m.name === name),
      );
      const known = there.map(
        ({ name, title = name, kind = "image" }): PlayableModel => ({ name, title, kind }),
      );
      const absent = cards.filter(({ present }) => present === false).length;
      return { models: [...named, ...known], absent, problems };
    },
    /** What a model takes, without opening it. */
    abilities: async (name: string): Promise<ModelAbilities> => abilitiesOf((await find(name)).ready),
    /**
     * Works with an open model, after what was asked of it before; nothing is begun where the signal is aborted by then. `asIn`: opened as in
     * that run; rejects where the files here are others than the run's.
     */
    use: <T>(
      name: string,
      asIn: AsIn | undefined,
      work: (model: HeldModel) => Promise<T>,
      signal?: AbortSignal,
    ) => used(name, asIn, (model) => work(clicked(name, model)), signal),
    /** The same with a model that is asked for phrases. */
    useConcept: <T>(
      name: string,
      asIn: AsIn | undefined,
      work: (model: HeldModel<ConceptSession>) => Promise<T>,
      signal?: AbortSignal,
    ) => used(name, asIn, (model) => work(asked(name, model)), signal),
    /** Closes models that nobody has asked for in so many milliseconds. */
    async closeIdle(patience: number): Promise<void> {
      const idle = [...held].filter(([, { used }]) => clock() - used > patience);
      await Promise.all(idle.map(([key]) => retire(key)));
    },
    async close(): Promise<void> {
      await Promise.all([...held.keys()].map(retire));
    },
  };
}

async function stampsOf({ files }: PreparedModel): Promise<string> {
  const stats = await Promise.all(Object.values(files).map((file) => stat(file).catch(() => undefined)));
  return JSON.stringify(stats.map((one) => [one?.size, one?.mtimeMs]));
}

function modelOf({ name, card }: PreparedModel): PlayableModel {
  const { kind = "image" } = registries.families[card.family] ?? {};
  return { name, title: card.title, kind };
}

/** The model as a run has it, with the files found here. */
function asPlanned({ ready, planned: here }: ModelPlan, { models }: AsIn): ModelPlan {
  const planned = models.find(({ name }) => name === ready.name);
  const where = `model ${ready.name}`;
  if (planned === undefined || !hasCard(planned)) throw complain(where, "is not a model of the run");
  const hashes = ({ files }: PlannedModel) => files.map(({ sha256 }) => sha256);
  if (hashOf(hashes(planned)) === hashOf(hashes(here)))
    return { ready: { ...ready, card: planned.card }, planned };
  const short = (model: PlannedModel) =>
    hashes(model)
      .map((hash) => hash.slice(0, 8))
      .join(", ");
  throw complain(where, "has other files here than in the run", {
    expected: `SHA-256 ${short(planned)}`,
    got: short(here),
  });
}

/** A model that was opened has a full card in its plan. */
function hasCard(planned: PlannedModel): planned is PlannedModel & { readonly card: FullModelCard } {
  return planned.card.family !== "external";
}

async function encoded(
  session: ImageSession | ConceptSession,
  images: Map<string, Promise<Embedding>>,
  image: string,
  load: () => Promise<RgbImage>,
  watch: Stopwatch,
): Promise<Embedding> {
  const known = images.get(image);
  const embedding =
    known ??
    load().then((pixels) => watch.model("encode", "preprocess", (cost) => session.encode(pixels, cost)));
  images.delete(image);
  images.set(image, embedding);
  embedding.catch(() => images.delete(image));
  for (const old of [...images.keys()].slice(0, -IMAGES)) {
    const gone = images.get(old)!;
    images.delete(old);
    void gone.then((one) => session.release(one)).catch(() => undefined);
  }
  return embedding;
}

type AnyModel = HeldModel<ImageSession | ConceptSession>;

/** A model of images, which takes clicks and boxes. */
function clicked(name: string, { session, ...model }: AnyModel): HeldModel {
  if (!("find" in session)) return { ...model, session };
  throw complain(`model ${name}`, "takes no clicks", { expected: "a phrase" });
}

/** A model that is asked for phrases. */
function asked(name: string, { session, ...model }: AnyModel): HeldModel<ConceptSession> {
  if ("find" in session) return { ...model, session };
  throw complain(`model ${name}`, "takes no phrases", { expected: "clicks or a box" });
}
