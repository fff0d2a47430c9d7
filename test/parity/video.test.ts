// Two models of clips: usual mistakes planted into graphs, constants and card are named with their stage, and show in no other stage.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fullModelCard } from "../../src/core/defaults.ts";
import type { ParityTargetRow } from "../../src/core/parity.ts";
import type { Clip } from "../../src/core/types.ts";
import { video } from "../../src/eval/video/index.ts";
import { readOnnx, writeOnnx } from "../../src/formats/onnx-graph.ts";
import { fromBytes } from "../../src/masks/bit-mask.ts";
import { videoFamilies } from "../../src/models/index.ts";
import type { GraphHost } from "../../src/models/runtime/graph.ts";
import { openOnnxHost } from "../../src/models/runtime/onnx.ts";
import { tapHost } from "../../src/models/runtime/tap.ts";
import { openVideoSession } from "../../src/models/video/session.ts";
import { clipCauses, relativeError } from "../../src/parity/video/causes.ts";
import { hostDifferences } from "../../src/parity/video/host-choices.ts";
import type { ClipModel } from "../../src/parity/video/pair.ts";
import { playClipPair } from "../../src/parity/video/play-clip.ts";
import { writeSplitModel } from "../helpers/split-model.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";
import { faults, type VideoFault } from "../helpers/video-faults.ts";
import { tinyFiles } from "../models/video/player.ts";

const side = 32;
/** A square that moves over noise, for so many frames. */
function clipOf(count: number): Clip {
  const inside = (frame: number, i: number) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    return x >= 4 + frame && x < 16 + frame && y >= 8 && y < 22;
  };
  const frames = Array.from({ length: count }, (_, n) => ({
    id: `f${n}`,
    load: async () => {
      const data = Uint8Array.from({ length: 3 * side * side }, (_, i) =>
        inside(n, Math.floor(i / 3)) ? 200 : (i * 2654435761 + n * 40503) % 97,
      );
      return { width: side, height: side, data };
    },
  }));
  const mask = async (id: string) => {
    const frame = Number(id.slice(1));
    return fromBytes(
      Uint8Array.from({ length: side * side }, (_, i) => Number(inside(frame, i))),
      side,
      side,
    );
  };
  return { kind: "clip", frames, tracks: [{ id: "1", labelled: frames.map(({ id }) => id), mask }] };
}

/** A made model in seven modules, and the bundled one. */
type Kind = keyof typeof faults;
const kinds = {
  split: { family: videoFamilies["sam2-video"]!, size: side, files: () => files },
  tiny: { family: videoFamilies["tiny-video"]!, size: 256, files: () => tinyFiles as Record<string, string> },
};
let files: Record<string, string>;
let worker: GraphHost;

/** All graphs share a worker: a runtime takes longer to load than these take to run. */
async function opened(
  name: string,
  own: Record<string, string>,
  choices = {},
  kind: Kind = "split",
): Promise<ClipModel> {
  const { family, size } = kinds[kind];
  const host = tapHost({ ...worker, close: async () => undefined });
  const card = fullModelCard(
    { name, family: family.name, files: own, image: { size }, video: choices },
    family,
  );
  const session = await openVideoSession(family, { card, files: own, host });
  return { name, card, files: own, session, host, family };
}

type Constants = Parameters<NonNullable<VideoFault["constants"]>>[0];

async function pairWith({ part, plant, constants, card, base }: Partial<VideoFault>, kind: Kind = "split") {
  const files = kinds[kind].files();
  const folder = temporaryFolder();
  const patched = (name: string, from: string, change: (all: Constants) => void) => {
    const all = JSON.parse(readFileSync(from, "utf8"));
    change(all);
    writeFileSync(join(folder, name), JSON.stringify(all));
    return join(folder, name);
  };
  const own = { ...files };
  if (base !== undefined) own.constants = patched("base.json", files.constants!, base);
  const theirs = { ...own };
  if (part !== undefined) {
    theirs[part] = join(folder, `${part}.onnx`);
    await writeOnnx(theirs[part], plant!(await readOnnx(files[part]!)));
  }
  if (constants !== undefined) theirs.constants = patched("theirs.json", own.constants!, constants);
  const reference = await opened("reference", own, {}, kind);
  return { folder, pair: { reference, candidate: await opened("candidate", theirs, card, kind) } };
}

async function causesOf(fault: Partial<VideoFault>, frames = 9, kind: Kind = "split") {
  const { folder, pair } = await pairWith(fault, kind);
  return clipCauses({ pair, clips: [async () => clipOf(frames)], folder, seen: new Map() });
}

beforeAll(async () => {
  worker = openOnnxHost({ provider: "cpu", threads: 1 });
  files = await writeSplitModel(mkdtempSync(join(tmpdir(), "segbench-test-")));
});
afterAll(async () => {
  await worker.close();
  rmSync(dirname(files.constants!), { recursive: true });
});

describe("a planted mistake is named first, with its stage, where it changes answers", () => {
  test.each(faults.split.map((fault) => [fault.name, fault] as const))("%s", async (_name, fault) => {
    const { diagnoses, alone, whole, remarks } = await causesOf(fault);
    expect(diagnoses.map(({ id, stage, mistake }) => [id, stage, mistake])).toEqual([
      [fault.diagnosis, fault.stage, true],
    ]);
    expect(alone.size).toBe(1);
    expect(whole).toBeLessThan(1);
    expect(remarks).toEqual([]);
  });
});

describe.skipIf(process.env.SEGBENCH_LONG === undefined)("of the bundled model too", () => {
  test.each(faults.tiny.map((fault) => [fault.name, fault] as const))(
    "%s",
    async (_name, fault) => {
      // On so small frames not every one of them moves a pixel; it moves what is fed.
      const { diagnoses } = await causesOf(fault, 9, "tiny");
      expect(diagnoses.map(({ id, stage, mistake }) => [id, stage, mistake])).toEqual([
        [fault.diagnosis, fault.stage, true],
      ]);
    },
    300_000,
  );
});

test("a copy under other file names differs in nothing, and every graph was run", async () => {
  const folder = temporaryFolder();
  const copies = Object.entries(files).map(([part, file]) => {
    const path = join(folder, `copy-of-${part}.${part === "constants" ? "json" : "onnx"}`);
    copyFileSync(file, path);
    return [part, path] as const;
  });
  const pair = {
    reference: await opened("a", files),
    candidate: await opened("b", Object.fromEntries(copies)),
  };
  const { diagnoses, alone, whole, parts, differences } = await clipCauses({
    ...{ pair, clips: [async () => clipOf(9)], folder, seen: new Map() },
  });
  expect([diagnoses, alone.size, whole, differences]).toEqual([[], 0, undefined, 0]);
  expect([...parts.keys()]).toEqual([
    ...["image_encoder", "prompt_encoder", "mask_decoder", "mlp"],
    ...["obj_ptr_tpos_proj", "memory_encoder", "memory_attention"],
  ]);
  for (const { calls, outputs } of parts.values()) {
    expect(calls).toBeGreaterThan(3);
    expect([...outputs.values()].map(({ max }) => max)).toEqual([...outputs.values()].map(() => 0));
  }
});

test("what has no place in a short clip is said; a setting that changes nothing is no mistake", async () => {
  const { diagnoses, remarks, whole } = await causesOf({ card: { distances: "absolute" } }, 2);
  expect(remarks).toEqual([
    "not tried: a target that is gone and comes back, and a pass back between prompts (the clip has 2 frames, 4 are needed)",
  ]);
  expect(diagnoses).toMatchObject([
    {
      ...{ id: "host-video-distances", stage: "host choice", mistake: false },
      evidence: ["It changes nothing in what was played."],
    },
  ]);
  expect(whole).toBeUndefined();
});

test("an error of the image encoder shows in no other stage, and masks drift apart over the clip", async () => {
  const { pair } = await pairWith({
    part: "image_encoder",
    plant: (model) => ({
      ...model,
      graph: {
        ...model.graph,
        node: model.graph.node
          .map((node) => ({
            ...node,
            input: node.input.map((name) => (name === "input_image" ? "flipped" : name)),
          }))
          .toSpliced(0, 0, {
            opType: "Neg",
            name: "n",
            input: ["input_image"],
            output: ["flipped"],
            attribute: [],
          }),
      },
    }),
  });
  const clip = clipOf(12);
  const job = (model: string) => ({
    unit: { index: 0, model, benchmark: "b", sample: "s" },
    ref: { id: "s", cluster: "s", load: async () => clip },
  });
  const protocols = [video.protocols["vos-mask@1"]!, video.protocols["vos-3-click@1"]!];
  const played = await playClipPair({ reference: job("reference"), candidate: job("candidate") }, pair, {
    protocols,
    metrics: [],
    seed: "",
    masks: false,
    clock: () => 0,
  });
  const errors = [...played.parts].map(([part, { outputs }]) => [
    part,
    Math.max(...[...outputs.values()].map(relativeError)) > 0.1,
  ]);
  expect(errors.filter(([, wrong]) => wrong)).toEqual([["image_encoder", true]]);
  const [sample, ...targets] = played.rows;
  expect(sample).toMatchObject({
    kind: "sample",
    embeddings: [{ identical: false }, { identical: false }, { identical: false }],
  });
  expect(played.reference.rows.map((row) => (row.status === "ok" ? "" : row.reason))).toEqual(["", ""]);
  const [masked, clicked] = targets as [ParityTargetRow, ParityTargetRow];
  expect([masked.steps.length, clicked.steps.length]).toEqual([12, 12]);
  // The mask that was sent is the answer in its frame.
  expect(masked.steps[0]).toMatchObject({
    at: { clicks: 0 },
    frame: "f0",
    paths: { candidate: { agreement: 1 } },
  });
  expect(Math.min(...masked.steps.map(({ paths }) => paths.candidate!.agreement))).toBeLessThan(0.9);
  // The reference is as it would be evaluated alone; the candidate, clicked on its own errors, gets other clicks than the reference.
  const alone = await import("../../src/eval/index.ts").then(({ evaluateSample }) =>
    evaluateSample(video, job("reference"), pair.reference.session, {
      ...{ protocols, metrics: [], seed: "", masks: false, clock: () => 0 },
    }),
  );
  expect(played.reference.rows).toEqual(alone.rows);
  const sentOf = (rows: typeof alone.rows) =>
    rows.flatMap((row) => (row.status === "ok" ? row.steps.map(({ sent }) => sent) : []));
  expect(sentOf(played.prompted)).toEqual(sentOf(alone.rows));
  expect(sentOf(played.candidate.rows)).not.toEqual(sentOf(alone.rows));
});

test("a setting of the card is compared with the other's default, which is named", async () => {
  const { family } = kinds.split;
  const model = (video?: object) => ({
    files,
    card: fullModelCard({ name: "a", files, image: { size: side }, ...(video && { video }) }, family),
  });
  const texts = async (a?: object, b?: object) => {
    const pair = { reference: model(a), candidate: model(b) } as never;
    return (await hostDifferences(pair)).map(({ text }) => text);
  };
  expect(await texts(undefined, { profile: "api-default", distances: "signed" })).toEqual([
    'Card: video.profile is "api-default", in the reference\'s "published" (the default)',
    'Card: video.distances is "signed", in the reference\'s left to the constants',
  ]);
  expect(await texts({ memory: "bfloat16" }, undefined)).toEqual([]);
});
