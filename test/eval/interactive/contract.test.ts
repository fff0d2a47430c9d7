import { expect, test } from "vitest";
import type { BitMask } from "../../../src/core/types.ts";
import { protocols } from "../../../src/eval/interactive/protocols/index.ts";
import { protocolContract, type Traits } from "../../contracts/protocol.ts";
import { ascii } from "../../helpers/ascii-mask.ts";
import { shape } from "../../masks/cases.ts";

const masks: Readonly<Record<string, BitMask>> = {
  "a blob": shape(1, 40, 30, 7),
  "one pixel": ascii("...", "..#", "..."),
  "a whole picture": ascii("####", "####", "####"),
  "two diagonal pixels": ascii("#.", ".#"),
  "a line along the border": ascii("#####", ".....", "....."),
};

const clicks: Traits = { singleClickStart: true, dialogue: true, multimask: "one-click", feedback: true };
const alone: Traits = { singleClickStart: false, dialogue: false, multimask: "never", feedback: false };
const traits: Readonly<Record<string, Traits>> = {
  "sam1-d1@1": clicks,
  "sam1-d1-random@1": clicks,
  "sam1-d1-nofeedback@1": { ...clicks, feedback: false },
  "box@1": alone,
  "box-jitter@1": alone,
  "box+clicks@1": { ...alone, dialogue: true, feedback: true },
  "ritm-noc@1": clicks,
  "points-random@1": { ...alone, singleClickStart: true, multimask: "one-click" },
  "points-farthest@1": { ...alone, singleClickStart: true, multimask: "one-click" },
  "mask@1": alone,
  "efficientvit-click@1": { ...clicks, multimask: "always", feedback: false },
  "edgesam-center@1": { ...alone, dialogue: true },
  "saf-center-of-mass@1": { ...alone, singleClickStart: true, multimask: "always" },
  "efficientsam-random@1": { ...alone, singleClickStart: true, multimask: "always" },
};

test("every protocol has its traits here", () => {
  expect(Object.keys(traits).sort()).toEqual(Object.keys(protocols).sort());
});

for (const protocol of Object.values(protocols)) {
  const own = traits[protocol.id];
  if (own !== undefined) protocolContract(protocol, own, masks);
}
