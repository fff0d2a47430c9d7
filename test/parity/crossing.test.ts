// A fault in one stage alone: the path that avoids the stage is the reference bit for bit, the other one the candidate.

import { expect, test } from "vitest";
import { imagesOf } from "../../src/config/runs/kinds.ts";
import type { ParityTargetRow } from "../../src/core/parity.ts";
import type { StepAt } from "../../src/core/rows.ts";
import { isInteractive, type UnitJob } from "../../src/eval/index.ts";
import { playImage } from "../../src/parity/play-image.ts";
import { faults } from "../helpers/faults.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";
import { openModels, prepared } from "./open-pair.ts";

test.each([
  ["channel-order", "decoder", "encoder"],
  ["xy-swapped", "encoder", "decoder"],
] as const)(
  "%s",
  async (name, sound, broken) => {
    const run = await prepared(["doors"], ["sam1-d1@1", "box@1"]);
    const { stage, plant } = faults.find((fault) => fault.name === name)!;
    const models = openModels(run);
    try {
      const reference = await models.open({}, "");
      const candidate = await models.open({ [stage]: plant }, temporaryFolder());
      const [one] = run.benchmarks as [(typeof run.benchmarks)[number]];
      const [benchmark, refs] = [one.name, imagesOf(one, "the test")];
      const job = (model: string): UnitJob => ({
        unit: { index: 0, model, benchmark, sample: refs[0]!.id },
        ref: refs[0]!,
      });
      const played = await playImage(
        { reference: job("reference"), candidate: job("candidate") },
        // Even where a decoder is the same file the crossing is run.
        { reference, candidate, sameDecoder: false },
        {
          protocols: run.protocols.filter(isInteractive),
          metrics: run.metrics,
          seed: "s",
          masks: false,
          clock: () => 0,
        },
      );
      const targets = played.rows.filter((row): row is ParityTargetRow => row.kind === "target");
      const steps = targets.flatMap((row) => row.steps);
      expect(steps.length).toBe(10);
      for (const { paths, reference: own } of steps) {
        expect(paths[broken]).toEqual(paths.candidate);
        expect(paths[sound]).toMatchObject({ scores: own.scores, chosen: own.chosen, agreement: 1 });
        expect(paths[sound]?.logits).toEqual({ max: 0, mean: 0, signs: 0 });
      }
      expect(Math.max(...steps.map(({ paths }) => paths.candidate!.logits!.max))).toBeGreaterThan(1);
      // The trajectory is the reference's own run.
      const own = played.reference.rows.flatMap((row) => (row.status === "ok" ? row.steps : []));
      const first = run.protocols[0]!.measures(run.metrics)[0]!.name;
      expect(own.map(({ scores }) => scores[first])).toEqual(
        steps.map((step) => step.reference.scores[first]),
      );
      expect(own.map(({ chosen }) => chosen)).toEqual(steps.map((step) => step.reference.chosen));
      // One click and one box are prompts that do not depend on the model: running freely gives the same.
      const free = played.candidate.rows.flatMap((row) => (row.status === "ok" ? row.steps : []));
      const single = (list: readonly { at: StepAt }[]) => list.findIndex(({ at }) => at.clicks === 1);
      expect(free[single(free)]!.scores[first]).toBe(steps[single(steps)]!.paths.candidate!.scores[first]);
    } finally {
      await models.close();
    }
  },
  300_000,
);
