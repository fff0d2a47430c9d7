// Protocols of phrases: what is asked, and which masks are the answer.
import type { AnyMeasure } from "../../core/measure.ts";
import { floorScore } from "../../core/query-facts.ts";
import { conceptProblems, factsOfQuery, type QueryProtocol } from "./match.ts";
import { conceptMeasures } from "./measures.ts";
import { referring, referringUnion } from "./referring.ts";

/** Judged mask by mask. */
const masksApart = {
  task: "concept",
  phrases: true,
  needs: {},
  answer: (found, annotators, _, where) => factsOfQuery(found, annotators, where),
  invariants: [conceptProblems],
} as const satisfies Partial<QueryProtocol>;

/** Answers of masks with scores, whoever made them. */
export const conceptProtocol: QueryProtocol = {
  ...masksApart,
  id: "concept@1",
  summary:
    "phrases asked of images, those that name nothing too: every mask with a score of 50 % or more is the answer, without suppression and without a limit",
  asks: { phrase: true, box: false, from: floorScore, apart: true },
  measures: () => conceptMeasures,
};

/** Measures that phrases which name something suffice for; pmF1 leads. */
const withoutNegatives = conceptMeasures
  .filter(({ id }) => !/^(cgf1|il-|presence|mask-f1$|mask-precision$)/.test(id))
  .map((measure): AnyMeasure => (measure.id === "pmf1" ? { ...measure, leads: true } : measure));

const boxes = { ...masksApart, measures: () => withoutNegatives } as const satisfies Partial<QueryProtocol>;

const shown =
  "the box of one mask of the truth, drawn at random; phrases that name nothing in their image are left out; every mask with a score of 50 % or more is the answer";

/** A phrase with an example of what it names (SAM 3 paper, appendix F.2: "both"). */
const conceptExemplar: QueryProtocol = {
  ...boxes,
  id: "concept-exemplar@1",
  summary: `phrases with ${shown}`,
  asks: { phrase: true, box: true, from: floorScore, apart: true },
};

/** The example alone (the same: "one box"). */
const exemplar: QueryProtocol = {
  ...boxes,
  id: "exemplar@1",
  summary: `in place of each phrase ${shown}`,
  asks: { phrase: false, box: true, from: floorScore, apart: true },
};

/** By id; the first is the usual one. */
export const protocols: Readonly<Record<string, QueryProtocol>> = Object.fromEntries(
  [conceptProtocol, referring, referringUnion, conceptExemplar, exemplar].map((one) => [one.id, one]),
);
