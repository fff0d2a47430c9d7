// Gates as files: which measures they may name, and which limits suit a measure.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadGate, loadParityGate } from "../../src/config/gate.ts";
import { registries } from "../../src/config/index.ts";
import { packageFolder } from "../../src/config/paths.ts";
import { parityDefaults } from "../../src/core/defaults.ts";
import type { Gate } from "../../src/core/schema-types.ts";

const metrics = Object.values(registries.metrics);
const protocols = ["sam1-d1@1", "box@1", "mask@1", "ritm-noc@1"].map((id) => ({
  id,
  measures: registries.protocols[id]!.measures(metrics),
}));
const scope = { benchmarks: ["cells"], domains: ["microscopy"], protocols };

async function load(...limits: readonly string[]): Promise<Gate | string[]> {
  const cwd = mkdtempSync(join(tmpdir(), "segbench-gate-"));
  const lines = ["name: g", "limits:", ...limits.map((limit) => `  - ${limit}`)];
  writeFileSync(join(cwd, "g.yaml"), `${lines.join("\n")}\n`);
  return loadGate("g.yaml", scope, cwd).catch((error: Error) => error.message.split("\n"));
}

test("any measure of a protocol compared may be limited", async () => {
  const limits = [
    "{ metric: iou@1, min: 1 }",
    "{ metric: iou@box, protocol: box@1, minShare: 99 }",
    "{ metric: noc@90, maxUpperBound: 1 }",
    "{ metric: ece@1, max: 10, maxLost: { by: 10, share: 1 }, maxMoved: { by: 10, share: 1 } }",
    "{ metric: spearman@1, minDifference: -0.1 }",
    "{ metric: failures, max: 0 }",
    "{ metric: iou@1, minImages: 30, min: 1 }",
  ];
  expect(await load(...limits)).toMatchObject({ name: "g", limits: { length: limits.length } });
});

test("a name of old is told its new one", async () => {
  expect(
    await load(
      "{ metric: miou@1, min: 1 }",
      "{ metric: miou@0, min: 1 }",
      "{ metric: miou@0, protocol: box@1, min: 1 }",
      "{ metric: noc@0.9, max: 1 }",
      "{ metric: dice@0, protocol: mask@1, min: 1 }",
      "{ metric: selected@5, min: 1 }",
    ),
  ).toEqual([
    'g.yaml:3:15 limits[0].metric: was renamed; expected iou@1; got "miou@1"',
    'g.yaml:4:15 limits[1].metric: was renamed; expected one of iou@box, iou@mask; got "miou@0"',
    'g.yaml:5:15 limits[2].metric: was renamed; expected iou@box; got "miou@0"',
    'g.yaml:6:15 limits[3].metric: was renamed; expected noc@90; got "noc@0.9"',
    'g.yaml:7:15 limits[4].metric: was renamed; expected dice@mask; got "dice@0"',
    'g.yaml:8:15 limits[5].metric: was renamed; expected iou@5; got "selected@5"',
  ]);
});

test("an unknown name is held against all there are; the main ones are listed", async () => {
  expect(
    await load("{ metric: boundery@box, protocol: box@1, min: 1 }", "{ metric: dise@5, min: 1 }"),
  ).toEqual([
    'g.yaml:3:15 limits[0].metric: not measured; expected one of iou@box, oracle@box, failures, unpaired, time@image, time@frame, time@encode, time@decode; got "boundery@box" (did you mean "boundary@box"?)',
    expect.stringMatching(/^g\.yaml:4:15 .*; got "dise@5" \(did you mean "dice@5"\?\)$/),
  ]);
});

test("no share is asked of what should be low, no lost targets of a ranking", async () => {
  const limits = "min, max, minDifference, maxDifference, minLowerBound, maxUpperBound";
  expect(
    await load(
      "{ metric: noc@90, minShare: 99 }",
      "{ metric: ece@1, minShare: 99 }",
      "{ metric: spearman@1, maxLost: { by: 1, share: 1 } }",
      "{ metric: unpaired, maxDifference: 1 }",
    ),
  ).toEqual([
    `g.yaml:3:33 limits[0].minShare: not a limit of noc@90; expected one of ${limits}, maxLost, maxMoved; got minShare`,
    `g.yaml:4:32 limits[1].minShare: not a limit of ece@1; expected one of ${limits}, maxLost, maxMoved; got minShare`,
    `g.yaml:5:36 limits[2].maxLost: not a limit of spearman@1; expected one of ${limits}, minShare; got maxLost`,
    "g.yaml:6:40 limits[3].maxDifference: not a limit of unpaired; expected max; got maxDifference",
  ]);
});

test("counts have no minImages, nothing has fewer than one, and it is no limit itself", async () => {
  expect(
    await load("{ metric: failures, minImages: 30, max: 0 }", "{ metric: iou@1, minImages: 30 }"),
  ).toEqual([
    "g.yaml:3:36 limits[0].minImages: failures are a count, which holds on any number of images; expected one of max, maxDifference; got minImages",
    expect.stringMatching(/^g\.yaml:4:5 limits\[1\]: no limit; expected one of min, max, /),
  ]);
  expect(await load("{ metric: iou@1, minImages: 0, min: 1 }")).toEqual([
    expect.stringMatching(/^g\.yaml:3:3\d limits\[0\]\.minImages: /),
  ]);
});

test("time has one limit of its own, which is of all benchmarks and protocols together", async () => {
  const limits = [
    "{ metric: time@image, maxSlowdown: 1.1 }",
    "{ metric: time@encode, minImages: 30, maxSlowdown: 1 }",
  ];
  expect(await load(...limits)).toMatchObject({ limits: { length: 2 } });
  expect(
    await load(
      "{ metric: time@image, max: 1 }",
      "{ metric: time@decode, on: each-benchmark, maxSlowdown: 1.1 }",
      "{ metric: iou@box, protocol: box@1, maxSlowdown: 1.1 }",
    ),
  ).toEqual([
    "g.yaml:3:32 limits[0].max: not a limit of time@image; expected maxSlowdown; got max",
    "g.yaml:4:32 limits[1].on: times are of all benchmarks and protocols together; expected no on; got on",
    "g.yaml:5:54 limits[2].maxSlowdown: not a limit of iou@box; expected one of min, max, minDifference, maxDifference, minLowerBound, maxUpperBound, minShare, maxLost, maxMoved; got maxSlowdown",
  ]);
});

test("the package's gate of all masks of images names what such runs measure", async () => {
  const own = Object.entries(registries.protocols).flatMap(([id, { task, measures }]) =>
    task === "everything" ? [{ id, measures: measures(metrics) }] : [],
  );
  expect(own.length).toBeGreaterThan(3);
  const gate = loadGate("configs/gates/everything.yaml", { ...scope, protocols: own }, packageFolder);
  expect(await gate).toMatchObject({ name: "everything", minImages: 30 });
  await expect(
    loadGate("configs/gates/export.yaml", { ...scope, protocols: own }, packageFolder),
  ).rejects.toThrow("limits[0].metric: not measured; expected one of ar@10, ar@100, ar@1000,");
});

test("parity: fewer images are a matter of benchmarks; the gate of the package is sound", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "segbench-gate-"));
  const lines = ["name: g", "limits:", "  - { measure: agreement, min: 97, fewer: skip }"];
  writeFileSync(join(cwd, "g.yaml"), `${lines.join("\n")}\n`);
  const message = await loadParityGate("g.yaml", cwd).catch((error: Error) => error.message);
  expect(message).toBe(
    "g.yaml:3:43 limits[0].fewer: is about benchmarks with few images; expected on: each-benchmark; got overall, the default",
  );
  const limitsOf = (...lines: readonly string[]) => {
    writeFileSync(
      join(cwd, "g.yaml"),
      ["name: g", "limits:", ...lines.map((line) => `  - ${line}`)].join("\n"),
    );
    return loadParityGate("g.yaml", cwd).then(
      (gate) => gate.limits as readonly unknown[],
      (error: Error) => error.message.split("\n"),
    );
  };
  expect(await limitsOf("{ measure: time@decode, maxSlowdown: 0.8, minImages: 30 }")).toEqual([
    { measure: "time@decode", maxSlowdown: 0.8, minImages: 30 },
  ]);
  expect(
    await limitsOf(
      "{ measure: time@decode, max: 1.5 }",
      "{ measure: agreement, maxSlowdown: 1.5 }",
      "{ measure: time@encode, on: each-benchmark, maxSlowdown: 1.5 }",
      "{ measure: time@encode }",
    ),
  ).toEqual([
    "g.yaml:3:34 limits[0].max: not a limit of time@decode; expected maxSlowdown; got max",
    "g.yaml:4:40 limits[1].maxSlowdown: not a limit of agreement; expected one of min, max; got maxSlowdown",
    "g.yaml:5:33 limits[2].on: time@encode is one number; expected overall; got each-benchmark",
    "g.yaml:6:5 limits[3]: no limit; expected maxSlowdown",
  ]);
  const { limits } = await loadParityGate(parityDefaults.gate, packageFolder);
  expect(limits.filter(({ on }) => on === "each-benchmark")).toEqual([
    { measure: "agreement", on: "each-benchmark", min: 93, minImages: 10, fewer: "skip" },
  ]);
});
