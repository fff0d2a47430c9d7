// Concepts: phrases and boxes asked of an image, answered by everything that they mean. A row is a query.
import { complain, reasonOf } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { floorScore, type ModelFacts } from "../../core/query-facts.ts";
import { draw, indexOf } from "../../core/random.ts";
import type { RowBox } from "../../core/rows.ts";
import type {
  ConceptAnswer,
  ConceptPrompt,
  ConceptSample,
  ConceptSession,
  Embedding,
} from "../../core/types.ts";
import { tightBox } from "../../masks/bit-mask.ts";
import { maskOfRle } from "../../masks/rle.ts";
import type { Opened, Outcome, Task, TaskContext, Trial } from "../task.ts";
import type { QueryAsks, QueryProtocol } from "./match.ts";
import { protocols } from "./protocols.ts";
import { outcomeOf, type ScoredQuery } from "./score-queries.ts";

export const concept: Task<ConceptSample, ConceptSession, QueryProtocol> = {
  name: "concept",
  kind: "concept",
  protocols,
  metrics: [],
  defaultMetrics: [],
  refuses,
  entries: ({ queries }) => queries,
  step: "phrase",
  steps: (own, { queries, only }) =>
    queries && kindsAmong(own).length * (only === undefined ? queries.length : only.size),
  trial: tryQueries,
  async open(sample, session, context): Promise<Opened<QueryProtocol>> {
    const { watch } = context;
    const embedding = await encoded(sample, session, context);
    const queries = sample.queries.filter((query) => query.status === "ok");
    const asked = new Map<string, Promise<readonly (Asked | undefined)[]>>();
    return {
      async evaluate(protocol) {
        const kind = kindOf(protocol);
        const answers =
          asked.get(kind) ?? askAll({ queries, embedding, session, asks: protocol.asks }, context);
        asked.set(kind, answers);
        const outcomes: Outcome[] = [];
        for (const [i, one] of (await answers).entries())
          outcomes.push(
            watch.time("score", () => judged(protocol, queries[i]!, one, sample, context, session)),
          );
        return outcomes;
      },
      /** An embedding that cannot be released costs no score. */
      close: () => session.release(embedding).catch(() => undefined),
    };
  },
};

/** Why a model cannot run a protocol, one sentence each. */
function refuses(
  model: string,
  { concepts }: ConceptSession,
  { id, asks }: QueryProtocol,
): readonly string[] {
  const { phrases, exemplars, scoresFrom, answers } = concepts;
  return [
    ...(asks.phrase && !phrases ? [`${model}: ${id} asks phrases, which this model does not take`] : []),
    ...(asks.box && exemplars === "none"
      ? [`${model}: ${id} sends a box, which this model does not take`]
      : []),
    ...(asks.apart && answers === "map"
      ? [
          `${model}: ${id} needs a mask for each thing, and this model answers with one of everything together (referring@1 and referring-union@1 take that)`,
        ]
      : []),
    // A curve without its lower part is still a curve; a best mask that was left out is a wrong answer.
    ...(asks.from === "best" && scoresFrom > 0
      ? [
          `${model}: ${id} takes the mask with the highest score whatever it is, and this export leaves out those below ${scoresFrom} (referring-union@1 does without them)`,
        ]
      : []),
  ];
}

/** Protocols of one kind send the same, and share the answers. */
function kindOf({ asks }: Pick<QueryProtocol, "asks">): string {
  return `${asks.phrase} ${asks.box}`;
}

/** What each kind sends. */
function kindsAmong(own: readonly QueryProtocol[]): readonly QueryAsks[] {
  return [...new Map(own.map((one) => [kindOf(one), one.asks])).values()];
}

async function encoded(
  { image: load, size }: ConceptSample,
  session: ConceptSession,
  { sample, watch }: Pick<TaskContext, "sample" | "watch">,
): Promise<Embedding> {
  const image = await watch.wait("read", load);
  if (image.width !== size.width || image.height !== size.height)
    throw complain(sample, "the image has another size than its annotations say", {
      expected: `${size.width}x${size.height}`,
      got: `${image.width}x${image.height}`,
    });
  return watch.model("encode", "preprocess", (cost) => session.encode(image, cost));
}

/** What was sent for a query, and what came back. */
interface Asked {
  readonly box?: RowBox;
  readonly answer: ConceptAnswer;
}

interface Asking {
  readonly queries: readonly ScoredQuery[];
  readonly embedding: Embedding;
  readonly session: ConceptSession;
  readonly asks: QueryAsks;
}

/** Answers in the order of the queries; undefined where there is nothing to send, or the query is not wanted. */
async function askAll(
  { queries, embedding, session, asks }: Asking,
  context: TaskContext,
): Promise<readonly (Asked | undefined)[]> {
  const { watch, only, onSteps, protocols: all } = context;
  const sharing = (all as readonly QueryProtocol[]).filter((one) => kindOf(one) === kindOf({ asks }));
  const levels = sharing.flatMap(({ asks: { from } }) => (from === "best" ? [] : [from]));
  const [best, floor] = [sharing.some((one) => one.asks.from === "best"), Math.min(1, ...levels)];
  const sent = queries.map((query) => promptOf(query, asks, context));
  const answers: (Asked | undefined)[] = queries.map(() => undefined);
  const places = [...sent.keys()].filter((i) => sent[i] !== undefined);
  const { batch } = session.capabilities;
  for (let at = 0; at < places.length; at += batch) {
    // Who shares a call depends on nothing but the sample, so that a part of it has the bytes of the whole.
    const group = places.slice(at, at + batch);
    if (only !== undefined && !group.some((i) => only.has(queries[i]!.id))) continue;
    const prompts = group.map((i) => sent[i]!.prompt);
    watch.prompts += prompts.length;
    const found = await watch
      .model("decode", "postprocess", (cost) => session.find(embedding, prompts, { floor, best, cost }))
      .catch((error: unknown) =>
        prompts.map((): ConceptAnswer => ({ status: "failed", reason: reasonOf(error) })),
      );
    for (const [k, i] of group.entries())
      answers[i] = {
        ...given({ box: sent[i]!.box }),
        answer: found[k] ?? { status: "failed", reason: "there is no answer" },
      };
    onSteps?.(group.length);
  }
  return answers;
}

interface Sent {
  readonly prompt: ConceptPrompt;
  readonly box?: RowBox;
}

/** undefined: a box is to be sent, and nothing has one. */
function promptOf(
  { id, category: phrase, annotators }: ScoredQuery,
  asks: QueryAsks,
  { seed, benchmark, sample }: Pick<TaskContext, "seed" | "benchmark" | "sample">,
): Sent | undefined {
  const words = asks.phrase ? { phrase } : {};
  if (!asks.box) return { prompt: { ...words, exemplars: [] } };
  for (const { masks } of annotators) {
    const boxes = masks.flatMap((mask) => {
      const box = tightBox("words" in mask ? mask : maskOfRle(mask, `query ${id}`));
      return box === undefined ? [] : [box];
    });
    if (boxes.length === 0) continue;
    const box = boxes[indexOf(draw(seed, benchmark, sample, id, "exemplar", 0), boxes.length)]!;
    const { x0, y0, x1, y1 } = box;
    return { prompt: { ...words, exemplars: [{ box, positive: true }] }, box: [x0, y0, x1, y1] };
  }
  return undefined;
}

/** A query's row; of an answer only what this protocol needs, whatever others asked for. */
function judged(
  protocol: QueryProtocol,
  query: ScoredQuery,
  asked: Asked | undefined,
  { size }: ConceptSample,
  { masks: kept }: TaskContext,
  { concepts: { scoresFrom } }: ConceptSession,
): Outcome {
  if (asked === undefined) return { dropped: "names nothing" };
  const { answer, box } = asked;
  if (answer.status === "failed") return { failure: answer.reason };
  const { from, apart } = protocol.asks;
  const found = from === "best" ? answer.instances : answer.instances.filter(({ score }) => score >= from);
  const facts: ModelFacts = given({
    presence: answer.presence,
    from: scoresFrom > floorScore ? scoresFrom : undefined,
    exemplar: box,
  });
  try {
    const wrong = answer.instances.find(({ score }) => !(score >= 0 && score <= 1));
    if (wrong !== undefined) throw new Error(`a score is not in [0, 1]: ${wrong.score}`);
    const other = answer.instances.find(
      ({ mask: { size: own } }) => own[0] !== size.height || own[1] !== size.width,
    );
    if (other !== undefined)
      throw new Error(
        `a mask is ${other.mask.size[1]}x${other.mask.size[0]}, and the image ${size.width}x${size.height}`,
      );
    return outcomeOf(protocol, query, found, size, { kept, ...(apart && { facts }) });
  } catch (error) {
    return { failure: reasonOf(error) };
  }
}

/**
 * Asks the first queries of a sample, as each kind of protocol sends them; undefined where that fails. The first call, in which the decoder is set up,
 * does not count, and what has nothing to send takes no time.
 */
async function tryQueries(
  sample: ConceptSample,
  session: ConceptSession,
  protocols: readonly QueryProtocol[],
  { clock, steps }: { readonly clock: () => number; readonly steps: number },
): Promise<Trial | undefined> {
  const queries = sample.queries.filter((query) => query.status === "ok");
  const kinds = kindsAmong(protocols);
  // Which of several boxes is sent is all the same to the clock.
  const about = { seed: "", benchmark: "", sample: "" };
  const sent = kinds
    .map((asks) => queries.flatMap((query) => promptOf(query, asks, about)?.prompt ?? []))
    .filter((prompts) => prompts.length > 0);
  if (sent.length === 0) return undefined;
  const each = Math.max(1, Math.floor(steps / kinds.length));
  try {
    const image = await sample.image();
    const start = clock();
    const embedding = await session.encode(image);
    let time = clock() - start;
    let tried = 0;
    for (const prompts of sent) {
      const some = prompts.slice(0, each);
      await session.find(embedding, some.slice(0, 1), { floor: floorScore });
      const begun = clock();
      await session.find(embedding, some, { floor: floorScore });
      time += ((clock() - begun) * prompts.length) / some.length;
      tried += some.length;
    }
    await session.release(embedding);
    return { perStep: time / (queries.length * kinds.length), steps: tried };
  } catch {
    return undefined;
  }
}
