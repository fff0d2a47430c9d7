import { describe, expect, test } from "vitest";
import { firstTargets, hasAll, trialHash, trialTargets } from "../../src/run/queue/trials.ts";

const line = (
  protocol: string,
  target: string,
  more: object = { status: "ok", steps: [{ scores: { iou: 0.5 } }] },
) => `${JSON.stringify({ protocol, target, ...more })}\n`;
const dropped = { status: "dropped", reason: "empty" };
const mask = (target: string, rle = "a") => `${JSON.stringify({ protocol: "p", target, rle })}\n`;

/** Of four targets, the first of which is not scored. */
const whole = {
  rows: ["p", "q"]
    .flatMap((of) => [line(of, "0", dropped), line(of, "1"), line(of, "2"), line(of, "3")])
    .join(""),
  masks: ["1", "2", "3"].map((target) => mask(target)).join(""),
};
/** As computed for the trial alone: two targets that are scored. */
const few = {
  rows: ["p", "q"].flatMap((of) => [line(of, "1"), line(of, "2")]).join(""),
  masks: ["1", "2"].map((target) => mask(target)).join(""),
};

describe("what machines compare in a trial", () => {
  test("the first two targets that are scored, with the others or alone", () => {
    expect(trialHash(whole, 2)).toBe(trialHash(few, 2));
    expect(trialHash(whole, undefined)).not.toBe(trialHash(few, undefined));
  });

  test("those that are computed alone are those that are compared: dropped ones are passed over, failed ones count", () => {
    const entries = ["dropped", "failed", "ok", "ok"].map((status, n) => ({
      status,
      id: `${n}`,
      reason: "r",
    }));
    const rows = (only?: ReadonlySet<string>) => ({
      rows: entries
        .filter(({ id }) => only?.has(id) ?? true)
        .map(({ id, ...more }) => line("p", id, more))
        .join(""),
      masks: "",
    });
    for (const ids of [undefined, new Set(["1", "2"]), new Set(["2", "3"]), new Set(["0"])]) {
      const first = firstTargets(entries as Parameters<typeof firstTargets>[0], ids, 2);
      expect(trialHash(rows(first), 2)).toBe(trialHash(rows(ids), 2));
    }
    expect([...firstTargets(entries as Parameters<typeof firstTargets>[0], undefined, 2)]).toEqual([
      "1",
      "2",
    ]);
  });

  test("every protocol's rows and every mask of theirs to the last byte, and nothing of others", () => {
    const other = (text: typeof whole, from: string, to: string) => ({
      rows: text.rows.replace(from, to),
      masks: text.masks,
    });
    const last = whole.rows.trimEnd().split("\n").at(-1)!;
    expect(trialHash(other(whole, last, last.replace("0.5", "0.6")), 2)).toBe(trialHash(whole, 2));
    const second = line("q", "2");
    expect(trialHash(other(whole, second, second.replace("0.5", "0.50001")), 2)).not.toBe(
      trialHash(whole, 2),
    );
    expect(trialHash({ ...whole, masks: whole.masks.replace(mask("2"), mask("2", "b")) }, 2)).not.toBe(
      trialHash(whole, 2),
    );
  });

  test("a sample that cannot be read, one without a target that is scored, and one with a single one", () => {
    const unread = { rows: line("p", "*", { status: "failed", reason: "no such file" }), masks: "" };
    expect(trialHash(unread, 2)).not.toBe(
      trialHash({ rows: line("p", "*", { status: "failed", reason: "cut off" }), masks: "" }, 2),
    );
    expect(trialHash({ rows: line("p", "0", dropped), masks: "" }, 2)).toBe(
      trialHash({ rows: "", masks: "" }, 2),
    );
    const single = { rows: line("p", "0", dropped) + line("p", "1"), masks: mask("1") };
    expect(trialHash(single, 2)).toBe(trialHash({ rows: line("p", "1"), masks: mask("1") }, 2));
  });

  test("clips, phrases and sets of masks are compared whole", () => {
    expect(trialTargets({ kind: "image" })).toBe(2);
    expect(trialTargets({ kind: "image", whole: true })).toBeUndefined();
    expect(trialTargets({ kind: "clip" })).toBeUndefined();
    expect(trialTargets({ kind: "concept" })).toBeUndefined();
  });

  test("lines that lack a protocol are no trial's", () => {
    expect(hasAll(whole, { protocols: ["p", "q"] })).toBe(true);
    expect(hasAll(whole, { protocols: ["p", "q", "r"] })).toBe(false);
  });
});
