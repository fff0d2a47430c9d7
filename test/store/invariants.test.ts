import { describe, expect, it } from "vitest";
import type { RowRound, ScoredRow } from "../../src/core/rows.ts";
import { violations } from "../../src/store/invariants.ts";
import { scored } from "./sample-run.ts";

const round = scored.rounds[0]!;
const of = (changed: Record<string, unknown>) => violations({ ...scored, ...changed });
const ofRound = (...changed: Partial<RowRound>[]) =>
  of({
    prompts: Array.from({ length: 9 }, () => scored.prompts[0]),
    rounds: changed.map((change) => ({ ...round, ...change })),
  });

describe("violations", () => {
  it("has nothing against sound rows", () => {
    expect(violations(scored)).toEqual([]);
    const { model, benchmark, protocol, image, cluster, target } = scored;
    const key = { model, benchmark, protocol, image, cluster, target };
    expect(violations({ ...key, status: "failed", reason: "no", extra: 1 })).toEqual([]);
    const prompts: ScoredRow["prompts"] = [{ box: [0, 0, 39, 29] }, { mask: "shape" }];
    const { oracle: _, ...plain } = round;
    const rounds = [0, 1].map((draw) => ({ ...plain, clicks: 0, draw }));
    expect(of({ prompts, rounds })).toEqual([]);
  });

  it.each<[string, string[], string]>([
    ["a text", violations("row"), "is not an object"],
    ["no status", of({ status: "fine" }), 'status is "fine", not ok, dropped or failed'],
    ["no image", of({ image: "" }), "image is missing"],
    ["no reason", of({ status: "failed" }), "reason is missing"],
    ["no rounds", of({ rounds: [], prompts: [] }), "a scored target has no rounds"],
    ["a number that is null", ofRound({ dice: Number.NaN }), "round 0: dice is not a number"],
    ["a box past the border", of({ box: [3, 4, 40, 9] }), "box is not inside the image"],
    [
      "a box upside down",
      of({ box: [9, 4, 3, 9] }),
      "box is not inside the image; area is larger than its box",
    ],
    ["an area larger than its box", of({ area: 43 }), "area is larger than its box"],
    [
      "a click past the border",
      of({ prompts: [{ x: 40, y: 0, label: 1 }] }),
      "click 1 lies outside the image",
    ],
    [
      "a prompt that is none",
      of({ prompts: [{ x: 1, y: 1, label: -1 }] }),
      "prompts holds something else than clicks, boxes and masks",
    ],
    ["clicks that are not listed", of({ prompts: [] }), "1 clicks were sent, 0 are listed"],
    [
      "an IoU above 1",
      ofRound({ candidates: [1.5, round.selected, 0.5], predicted: [1, 1, 1], oracle: 1.5 }),
      "round 0: a candidate's IoU is not in [0, 1]",
    ],
    ["an unknown selected", ofRound({ selected: 0.4 }), "round 0: selected is none of the candidates"],
    ["unequal lists", ofRound({ predicted: [0.9] }), "round 0: 2 candidates, 1 predicted"],
    [
      "IoU above Dice",
      ofRound({ dice: 0.2 }),
      "round 0: selected 0.30000000000000004 is larger than dice 0.2",
    ],
    [
      "an oracle below selected",
      ofRound({ oracle: 0.1 }),
      "round 0: oracle 0.1 is smaller than selected 0.30000000000000004; round 0: oracle is not the best candidate",
    ],
    [
      "an oracle that is not the best",
      ofRound({ oracle: round.selected }),
      "round 0: oracle is not the best candidate",
    ],
    ["clicks that shrink", ofRound({ clicks: 2 }, { clicks: 1 }), "round 1: 1 clicks after 2"],
    ["a round twice", ofRound({}, {}), "round 1: repeats 1 clicks"],
    ["a draw twice", ofRound({ draw: 3 }, { draw: 3 }), "round 1: repeats 1 clicks, draw 3"],
  ])("complains about %s", (_name, problems, expected) => {
    expect(problems.join("; ")).toBe(expected);
  });
});
