import { expect, test } from "vitest";
import { refusals } from "../../src/eval/index.ts";
import { protocols } from "../../src/eval/interactive/protocols/index.ts";
import { fourMasks } from "./fake-session.ts";

const refused = (capabilities: Partial<typeof fourMasks>) =>
  Object.values(protocols).flatMap((protocol) =>
    refusals("tiny", { ...fourMasks, ...capabilities }, protocol),
  );

test("a model that can do everything plays everything", () => {
  expect(refused({})).toEqual([]);
  expect(refused({ multimask: false, singleMask: false, batch: 1, predictedIouIsIou: false })).toEqual([]);
});

test("without boxes or mask prompts, each protocol that needs them is named", () => {
  expect(refused({ box: false })).toEqual(
    ["box@1", "box-jitter@1", "box+clicks@1"].map(
      (id) => `tiny: ${id} needs box prompts, which this export does not have`,
    ),
  );
  expect(refused({ maskInput: false })).toEqual(
    ["sam1-d1@1", "sam1-d1-random@1", "box+clicks@1", "ritm-noc@1", "mask@1"].map(
      (id) => `tiny: ${id} needs a mask prompt, which this export does not have`,
    ),
  );
});
