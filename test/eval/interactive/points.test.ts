// Protocols of a few clicks: the first steps of the whole protocol, reported where a run asks.
import { expect, test } from "vitest";
import type { Protocol } from "../../../src/eval/index.ts";
import { pointsProblem, reportedAt, withPoints } from "../../../src/eval/interactive/points.ts";
import { protocols } from "../../../src/eval/interactive/protocols/index.ts";
import { playAlone } from "../../contracts/protocol.ts";
import { shape } from "../../masks/cases.ts";
import { contextOf } from "./cases.ts";

const target = { status: "ok", id: "1", mask: shape(1, 40, 30, 7) } as const;
/** A mask that differs from step to step, so that every click answers another one. */
const answer = (n: number) => shape(2 + n, 40, 30, 5);
const played = (protocol: Protocol) => playAlone(protocol, contextOf(target), answer).nexts;
const cuttable = Object.values(protocols).filter(({ points }) => points !== undefined);

test("protocols of clicks have the choice, others have not", () => {
  const without = Object.keys(protocols).filter((id) => protocols[id]!.points === undefined);
  expect(without.sort()).toEqual(["box-jitter@1", "box@1", "mask@1", "ritm-noc@1"]);
  for (const id of without) expect(withPoints(protocols[id]!, [1])).toBe(protocols[id]);
});

test.each(cuttable.map((protocol) => [protocol.id, protocol] as const))("%s", (_id, protocol) => {
  const whole = played(protocol);
  const clicks = protocol.reported.filter((one) => one > 0);
  for (let end = 1; end <= clicks.length; end++) {
    const asked = clicks.slice(0, end);
    const cut = withPoints(protocol, asked);
    const steps = played(cut);
    expect(steps).toEqual(whole.slice(0, steps.length));
    expect(steps.at(-1)!.prompt.clicks.length).toBe(asked.at(-1));
    expect(cut.reported).toEqual(reportedAt(protocol, asked));
    expect([cut.id, cut.summary, cut.check]).toEqual([protocol.id, protocol.summary, protocol.check]);
  }
  // All that are asked for is the protocol as it is.
  expect(withPoints(protocol, clicks).reported).toEqual(protocol.reported);
  expect(played(withPoints(protocol, clicks))).toEqual(whole);
});

test("a few clicks need fewer points of an export, and a box before them stays", () => {
  const needs = (id: string, asked: number[]) => withPoints(protocols[id]!, asked).needs;
  expect(needs("sam1-d1@1", [1, 3])).toEqual({ maskInput: true, points: 3 });
  expect(needs("box+clicks@1", [2])).toEqual({ box: true, maskInput: true, points: 4 });
  expect(withPoints(protocols["box+clicks@1"]!, [2]).reported).toEqual([0, 2]);
});

test("what a protocol cannot be asked for", () => {
  expect(pointsProblem(protocols["sam1-d1@1"]!, 9)).toBeUndefined();
  expect(pointsProblem(protocols["sam1-d1@1"]!, 10)).toBe("sam1-d1@1 has at most 9 clicks");
  expect(pointsProblem(protocols["edgesam-center@1"]!, 4)).toBe("edgesam-center@1 has at most 3 clicks");
  expect(pointsProblem(protocols["efficientsam-random@1"]!, 2)).toBe("efficientsam-random@1 has 1, 3 points");
});
