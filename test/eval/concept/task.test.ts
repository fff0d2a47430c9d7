// The task of concepts against a model that answers as it is told: what is sent, what is kept of the answers, and what fails.
import { expect, test } from "vitest";
import type { ScoredRow } from "../../../src/core/rows.ts";
import type {
  ConceptAbilities,
  ConceptAnswer,
  ConceptPrompt,
  ConceptSession,
} from "../../../src/core/types.ts";
import { concept } from "../../../src/eval/concept/index.ts";
import { conceptMeasures } from "../../../src/eval/concept/measures.ts";
import { protocols } from "../../../src/eval/concept/protocols.ts";
import { evaluateSample } from "../../../src/eval/index.ts";
import { createMask, setPixel } from "../../../src/masks/bit-mask.ts";
import { rleOf } from "../../../src/masks/rle.ts";

const size = { width: 20, height: 10 };

/** A square of 4 pixels a side from a column on. */
function square(x0: number) {
  const mask = createMask(size.width, size.height);
  for (let y = 2; y < 6; y++) for (let x = x0; x < x0 + 4; x++) setPixel(mask, x, y);
  return mask;
}

const query = (id: string, phrase: string, ...columns: number[]) =>
  ({
    ...({ status: "ok", id, category: phrase } as const),
    annotators: [{ masks: columns.map(square), crowds: 0 }],
  }) as const;

const queries = [
  query("1", "duck", 1, 8),
  query("2", "goose"),
  query("3", "<|bad|>", 1),
  { status: "dropped", id: "4", category: "swan", reason: "not exhaustive" } as const,
  query("5", "bird", 8),
];

const all: ConceptAbilities = {
  ...{ phrases: true, exemplars: "many", presence: true, scoresFrom: 0, answers: "instances" },
};

interface Call {
  readonly prompts: readonly ConceptPrompt[];
  readonly floor: number;
  readonly best: boolean | undefined;
}

/** Finds the square of column 1 for ducks and birds, one mask of little weight besides. */
function fake(abilities: Partial<ConceptAbilities> = {}) {
  const calls: Call[] = [];
  let encoded = 0;
  const concepts = { ...all, ...abilities };
  const answer = ({ phrase }: ConceptPrompt, floor: number, best: boolean | undefined): ConceptAnswer => {
    if (phrase === "<|bad|>") return { status: "failed", reason: "no such token" };
    const scores = phrase === "goose" ? [0.02] : [0.02, 0.9, 0.3];
    const most = Math.max(...scores);
    const instances = scores.flatMap((score) =>
      score >= floor || (best && score === most)
        ? [{ score, mask: rleOf(square(score === 0.9 ? 1 : 14)) }]
        : [],
    );
    return { status: "ok", presence: phrase === "goose" ? 0.1 : 0.95, instances };
  };
  const session = {
    ...{ concepts, facts: {}, capabilities: { batch: 2 } },
    encode: async () => {
      encoded++;
      return size;
    },
    find: async (_: unknown, prompts: readonly ConceptPrompt[], { floor, best }: Omit<Call, "prompts">) => {
      calls.push({ prompts, floor, best });
      return prompts.map((prompt) => answer(prompt, floor, best));
    },
    release: async () => undefined,
    close: async () => undefined,
  } as unknown as ConceptSession;
  return { session, calls, encoded: () => encoded };
}

async function play(
  ids: readonly string[],
  session: ConceptSession,
  only?: ReadonlySet<string>,
  width = size.width,
) {
  const image = { width, height: size.height, data: new Uint8Array(3 * width * size.height) };
  const load = async () => ({ kind: "concept" as const, size, queries, image: async () => image });
  const ref = { id: "pond", cluster: "pond", load, ...(only && { only }) };
  const unit = { index: 0, model: "m", benchmark: "b", sample: "pond" };
  const own = ids.map((id) => protocols[id]!);
  const settings = { metrics: [], seed: "0", masks: true, clock: () => 0, protocols: own };
  return evaluateSample(concept, { unit, ref }, session, settings);
}

test("an image is encoded once and each phrase asked once for all protocols; each keeps what is its own", async () => {
  const { session, calls, encoded } = fake();
  const ids = ["concept@1", "referring@1", "referring-union@1"];
  const together = await play(ids, session);
  expect([encoded(), calls.map(({ prompts }) => prompts.map(({ phrase }) => phrase))]).toEqual([
    1,
    [
      ["duck", "goose"],
      ["<|bad|>", "bird"],
    ],
  ]);
  expect(calls[0]).toMatchObject({ floor: 0.05, best: true });
  const rows = together.rows.map((row) => [row.protocol, row.target, row.status]);
  expect(rows.slice(0, 5)).toEqual([
    ["concept@1", "1", "ok"],
    ["concept@1", "2", "ok"],
    ["concept@1", "3", "failed"],
    ["concept@1", "4", "dropped"],
    ["concept@1", "5", "ok"],
  ]);
  expect(together.rows[0]).toMatchObject({
    facts: { scores: [0.9, 0.3], below: 0, presence: 0.95, truths: [2] },
  });
  expect(together.rows[2]).toMatchObject({ reason: "no such token" });
  // The best mask of "goose" is below every floor; the union has none.
  expect(together.rows[6]).toMatchObject({ facts: { masks: 1 } });
  expect(together.rows[11]).toMatchObject({ facts: { masks: 0 } });
  const alone = [];
  for (const id of ids) alone.push(await play([id], fake().session));
  expect(alone.flatMap((one) => one.rows)).toEqual(together.rows);
  expect(alone.flatMap((one) => one.masks)).toEqual(together.masks);
});

test("of some phrases only the calls that they are in are made, whole", async () => {
  const { session, calls } = fake();
  const { rows } = await play(["concept@1"], session, new Set(["5"]));
  expect(calls.map(({ prompts }) => prompts.length)).toEqual([2]);
  expect(rows.map(({ target }) => target)).toEqual(["5"]);
  const whole = (await play(["concept@1"], fake().session)).rows;
  expect(rows[0]).toEqual(whole[4]);
});

test("an example is the box of one mask of the truth; phrases that name nothing get none", async () => {
  const { session, calls } = fake();
  const { rows } = await play(["concept-exemplar@1", "exemplar@1"], session);
  const sent = calls.flatMap(({ prompts }) => prompts);
  expect(sent.map(({ phrase }) => phrase)).toEqual([
    "duck",
    "<|bad|>",
    "bird",
    undefined,
    undefined,
    undefined,
  ]);
  const { exemplars } = sent[2]!;
  expect(exemplars).toEqual([{ box: { x0: 8, y0: 2, x1: 11, y1: 5 }, positive: true }]);
  expect(sent[5]!.exemplars).toEqual(exemplars);
  expect(rows[1]).toMatchObject({ target: "2", status: "dropped", reason: "names nothing" });
  expect(rows[4]).toMatchObject({ facts: { exemplar: [8, 2, 11, 5] } });
});

test("what a model leaves out itself is not known, and its curves begin where it does", async () => {
  const { session } = fake({ scoresFrom: 0.5 });
  const { rows } = await play(["concept@1"], session);
  const row = rows[0] as ScoredRow;
  expect(row).toMatchObject({ facts: { from: 0.5, scores: [0.9, 0.3] } });
  expect(protocols["concept@1"]!.invariants[0]!(row)).toEqual(["from is not a share that all scores reach"]);
  const honest = { ...row, facts: { ...row.facts, scores: [0.9], twins: [], "overlaps-0": [[0, 0, 1]] } };
  expect(protocols["concept@1"]!.invariants[0]!(honest)).toEqual([]);
  const known = conceptMeasures.filter((one) => !("items" in one) && one.parts(honest) !== undefined);
  const ids = known.map(({ id }) => id);
  expect(ids).toContain("cgf1-from@50");
  expect(ids).toContain("cgf1-from@60");
  expect(ids).toContain("presence-ece");
  for (const id of ["cgf1-from@40", "pmf1-from@5", "il-mcc-from@10", "score-ece"])
    expect(ids).not.toContain(id);
});

test("an answer that can be in no row is its phrase's failure, not the run's end", async () => {
  const { session, calls } = fake();
  const find: ConceptSession["find"] = async (image, prompts, how) => {
    const answers = await session.find(image, prompts, how);
    return answers.map((one, i): ConceptAnswer => {
      const other = rleOf(createMask(size.height, size.width));
      const odd = calls.length > 1 ? { score: 0.8, mask: other } : { score: 1.2, mask: rleOf(square(1)) };
      return one.status === "ok" && i === 0 ? { ...one, instances: [...one.instances, odd] } : one;
    });
  };
  const { rows } = await play(["concept@1", "referring@1"], { ...session, find });
  const failures = rows.flatMap((row) => (row.status === "failed" ? [[row.target, row.reason]] : []));
  const each = [
    ["1", "a score is not in [0, 1]: 1.2"],
    ["3", "no such token"],
  ];
  expect(failures.slice(0, 2)).toEqual(each);
  expect(rows.filter(({ target }) => target === "2")).toMatchObject([{ status: "ok" }, { status: "ok" }]);
});

test("an image of another size than its annotations is a failure of all its phrases", async () => {
  const { rows } = await play(["concept@1"], fake().session, undefined, 30);
  expect(rows).toMatchObject([{ target: "*", status: "failed" }]);
  expect(rows[0]).toMatchObject({ reason: expect.stringContaining("expected 20x10, got 30x10") });
});

test("a protocol that needs more than the model has is refused by name", () => {
  const refusals = (id: string, abilities: Partial<ConceptAbilities>) =>
    concept.refuses("m", fake(abilities).session, protocols[id]!);
  for (const id of Object.keys(protocols)) expect(refusals(id, {})).toEqual([]);
  expect(refusals("concept@1", { scoresFrom: 0.5 })).toEqual([]);
  expect(refusals("concept@1", { answers: "map" })[0]).toContain("needs a mask for each thing");
  expect(refusals("referring@1", { answers: "map" })).toEqual([]);
  expect(refusals("referring@1", { scoresFrom: 0.5 })[0]).toContain("leaves out those below 0.5");
  expect(refusals("referring-union@1", { scoresFrom: 0.5 })).toEqual([]);
  expect(refusals("exemplar@1", { exemplars: "none" })[0]).toContain("sends a box");
  expect(refusals("exemplar@1", { phrases: false })).toEqual([]);
  expect(refusals("concept@1", { phrases: false })[0]).toContain("asks phrases");
});

test("a trial sends what the protocols send: boxes alone where they send no phrase, nothing where there is none", async () => {
  const image = { ...size, data: new Uint8Array(3 * size.width * size.height) };
  const sample = { kind: "concept" as const, size, queries, image: async () => image };
  let now = 0;
  const timed = async (...ids: string[]) => {
    const { session, calls } = fake();
    const slow = {
      ...session,
      encode: async (...words: Parameters<typeof session.encode>) => {
        now += 8;
        return session.encode(...words);
      },
      find: async (...words: Parameters<typeof session.find>) => {
        // Milliseconds a prompt: one, or ten with a box.
        for (const { exemplars } of words[1]) now += exemplars.length > 0 ? 10 : 1;
        return session.find(...words);
      },
    };
    const own = ids.map((id) => protocols[id]!);
    const trial = await concept.trial!(sample, slow, own, { clock: () => now, steps: 4 });
    return { ...trial, sent: calls.flatMap(({ prompts }) => prompts) };
  };
  // Four queries are asked, and three of them have a box.
  expect(await timed("concept@1")).toMatchObject({ perStep: 8 / 4 + 1, steps: 4 });
  const boxes = await timed("exemplar@1");
  expect(boxes).toMatchObject({ perStep: (8 + 3 * 10) / 4, steps: 3 });
  expect(boxes.sent.every(({ phrase, exemplars }) => phrase === undefined && exemplars.length === 1)).toBe(
    true,
  );
  expect(await timed("concept@1", "exemplar@1")).toMatchObject({ perStep: (8 + 4 + 30) / 8, steps: 4 });
});
