// What goes wrong with one target, one call or one image stays with it, and becomes a row with a reason.
import { describe, expect, test } from "vitest";
import type { TargetEntry } from "../../src/core/types.ts";
import { protocols } from "../../src/eval/interactive/protocols/index.ts";
import { createMask } from "../../src/masks/bit-mask.ts";
import { ascii } from "../helpers/ascii-mask.ts";
import { fakeSession } from "./fake-session.ts";
import { playScene, sampleOf, sentClicks } from "./play.ts";

const upper = ascii("##..", "##..", "....", "....");
const lower = ascii("....", "....", "####", "####");
const column = ascii("...#", "...#", "...#", "...#");
const answer = () => [{ mask: upper, predicted: 0.5 }];
const statuses = (rows: readonly { readonly target: string; readonly status: string }[]) =>
  rows.map(({ target, status }) => `${target} ${status}`);
const reasons = (rows: readonly object[]) => rows.map((row) => ("reason" in row ? row.reason : undefined));

describe("one target", () => {
  test("a failed prediction in step 3 fails its target alone, with its reason", async () => {
    let step = 0;
    const session = fakeSession({
      capabilities: { batch: 3 },
      answer: (prompt, index) => {
        step = prompt.clicks.length;
        return step === 3 && index === 1
          ? { failed: "predicted IoU of mask 0 is not finite: NaN" }
          : answer();
      },
    });
    const { rows, masks } = await playScene({
      ids: ["sam1-d1@1"],
      session,
      load: sampleOf(upper, lower, column),
    });
    expect(statuses(rows)).toEqual(["1 ok", "2 failed", "3 ok"]);
    expect(reasons(rows)[1]).toBe("predicted IoU of mask 0 is not finite: NaN");
    expect(new Set(masks.map(({ target }) => target))).toEqual(new Set(["1", "3"]));
    expect(session.calls.map((prompts) => prompts.length)).toEqual([3, 3, 3, 2, 2, 2, 2, 2, 2]);
    expect(session.released).toHaveLength(1);
  });

  test("a predicted IoU that is not finite is never a score, even where a session lets it through", async () => {
    for (const predicted of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const session = fakeSession({
        answer: (prompt) => [
          { mask: upper, predicted: prompt.clicks[0]?.y === 2 ? predicted : 0.5 },
          { mask: lower, predicted: 0.4 },
        ],
      });
      const { rows } = await playScene({ ids: ["sam1-d1@1"], session, load: sampleOf(upper, lower) });
      expect(statuses(rows)).toEqual(["1 ok", "2 failed"]);
      expect(reasons(rows)[1]).toBe(
        `model: a predicted IoU is not finite; expected numbers, got ${predicted}, 0.4`,
      );
    }
  });

  test("no mask at all, or fewer predictions than prompts", async () => {
    const none = await playScene({
      ids: ["box@1"],
      session: fakeSession({ answer: () => [] }),
      load: sampleOf(upper),
    });
    expect(reasons(none.rows)).toEqual(["model: returned no mask; expected at least one, got none"]);
    const short = { ...fakeSession({ answer }), decode: async () => [] };
    const { rows } = await playScene({ ids: ["box@1"], session: short, load: sampleOf(upper) });
    expect(reasons(rows)).toEqual(["the model returned fewer predictions than prompts"]);
  });

  test("a mask of another size than the target's", async () => {
    const wrong = fakeSession({
      answer: (prompt) => [{ mask: prompt.box?.y0 === 2 ? ascii("##") : upper, predicted: 1 }],
    });
    const { rows } = await playScene({ ids: ["box@1"], session: wrong, load: sampleOf(upper, lower) });
    expect(statuses(rows)).toEqual(["1 ok", "2 failed"]);
    expect(reasons(rows)[1]).toMatch(/differ in size/);
  });

  test.each(Object.keys(protocols))("%s: an empty target that no adapter dropped", async (id) => {
    const empty: TargetEntry = { status: "ok", id: "empty", mask: createMask(4, 4) };
    const { rows } = await playScene({
      ids: [id],
      session: fakeSession({ answer }),
      load: sampleOf(upper, empty, lower),
    });
    expect(statuses(rows)).toEqual(["1 ok", "empty failed", "2 ok"].map((text) => text.replace("2", "3")));
  });

  test("a target wholly inside the ignored region has nothing to click", async () => {
    const hidden: TargetEntry = { status: "ok", id: "hidden", mask: upper, ignore: upper };
    for (const id of [
      "sam1-d1@1",
      "sam1-d1-random@1",
      "points-random@1",
      "points-farthest@1",
      "ritm-noc@1",
    ]) {
      const session = fakeSession({ answer });
      const { rows } = await playScene({ ids: [id], session, load: sampleOf(hidden, lower) });
      expect(statuses(rows)).toEqual(["hidden failed", "2 ok"]);
    }
  });

  test("nothing left to correct is a negative click at pixel 0, ignored or not", async () => {
    const ignore = ascii("#...", "....", "....", "....");
    const target: TargetEntry = { status: "ok", id: "t", mask: lower, ignore };
    const session = fakeSession({ answer: () => [{ mask: lower, predicted: 0.9 }] });
    const { row } = await playScene({ ids: ["sam1-d1@1"], session, load: sampleOf(target) });
    expect(sentClicks(row("t")).at(-1)!.slice(1)).toEqual(Array(8).fill({ x: 0, y: 0, label: 0 }));
  });
});

describe("unscored targets", () => {
  const entries: readonly TargetEntry[] = [
    { status: "dropped", id: "a", reason: "empty" },
    { status: "ok", id: "b", mask: upper, category: "leaf" },
    { status: "failed", id: "c", reason: "c.png: cannot be read", category: "leaf" },
    { status: "dropped", id: "d", reason: "crowd" },
  ];

  test("keep their reason, in every protocol, in the order of the data set", async () => {
    const session = fakeSession({ answer });
    const { rows } = await playScene({ ids: ["box@1", "sam1-d1@1"], session, load: sampleOf(...entries) });
    expect(rows.map(({ protocol, target, status }) => `${protocol} ${target} ${status}`)).toEqual(
      ["box@1", "sam1-d1@1"].flatMap((id) => [
        `${id} a dropped`,
        `${id} b ok`,
        `${id} c failed`,
        `${id} d dropped`,
      ]),
    );
    expect(reasons(rows.slice(0, 4))).toEqual(["empty", undefined, "c.png: cannot be read", "crowd"]);
    expect(rows.slice(0, 4).map(({ category }) => category)).toEqual([undefined, "leaf", "leaf", undefined]);
  });

  test("an image without targets to score is not encoded", async () => {
    const session = fakeSession({ answer });
    const { rows } = await playScene({ ids: ["box@1"], session, load: sampleOf(entries[0]!, entries[2]!) });
    expect(statuses(rows)).toEqual(["a dropped", "c failed"]);
    expect([session.encoded, session.calls]).toEqual([[], []]);
  });

  test("an image without targets has no rows", async () => {
    expect(
      (await playScene({ ids: ["box@1"], session: fakeSession({ answer }), load: sampleOf() })).rows,
    ).toEqual([]);
  });
});

describe("one call", () => {
  const second = (_prompts: unknown, call: number) => {
    if (call === 1) throw new Error("out of\n memory");
  };

  test("a decoder call that throws fails the targets it was made for, and no others", async () => {
    const one = await playScene({
      ids: ["box@1"],
      session: fakeSession({ answer, onDecode: second }),
      load: sampleOf(upper, lower, column),
    });
    expect(statuses(one.rows)).toEqual(["1 ok", "2 failed", "3 ok"]);
    expect(reasons(one.rows)[1]).toBe("out of memory");
    const two = await playScene({
      ids: ["box@1"],
      session: fakeSession({ answer, onDecode: second, capabilities: { batch: 2 } }),
      load: sampleOf(upper, lower, column),
    });
    expect(statuses(two.rows)).toEqual(["1 ok", "2 ok", "3 failed"]);
  });

  test("an encoder that throws fails every target that was to be scored", async () => {
    const session = fakeSession({
      answer,
      onEncode: () => {
        throw new Error("no");
      },
    });
    const { rows, masks } = await playScene({
      ids: ["box@1", "mask@1"],
      session,
      load: sampleOf(upper, { status: "dropped", id: "d", reason: "empty" }),
    });
    expect(reasons(rows)).toEqual(["image encoder: no", "empty", "image encoder: no", "empty"]);
    expect([masks, session.calls, session.released]).toEqual([[], [], []]);
  });

  test("an embedding that cannot be released costs no score", async () => {
    const session = fakeSession({
      answer,
      onRelease: () => {
        throw new Error("gone");
      },
    });
    const { rows, masks } = await playScene({ ids: ["box@1"], session, load: sampleOf(upper) });
    expect([statuses(rows), masks.length]).toEqual([["1 ok"], 1]);
  });
});

describe("one image", () => {
  const everyProtocol = Object.keys(protocols);

  test("that cannot be read has one row for each protocol", async () => {
    const session = fakeSession({ answer });
    const load = () => Promise.reject(new Error("a.jpg: cannot be decoded"));
    const { rows, masks } = await playScene({ ids: everyProtocol, session, load });
    expect(rows.map(({ protocol }) => protocol)).toEqual(everyProtocol);
    expect(statuses(rows)).toEqual(everyProtocol.map(() => "* failed"));
    expect(new Set(reasons(rows))).toEqual(new Set(["a.jpg: cannot be decoded"]));
    expect([masks, session.encoded]).toEqual([[], []]);
  });

  test("with two targets of one id is not scored", async () => {
    const twin: TargetEntry = { status: "ok", id: "1", mask: lower };
    const { rows } = await playScene({
      ids: ["box@1"],
      session: fakeSession({ answer }),
      load: sampleOf(upper, twin),
    });
    expect(statuses(rows)).toEqual(["* failed"]);
    expect(reasons(rows)).toEqual(["target 1: this id occurs twice in the sample"]);
  });
});
