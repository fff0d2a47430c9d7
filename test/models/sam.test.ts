// What the SAM family sends to its graphs, seen from a host that runs nothing.
import { describe, expect, test } from "vitest";
import type { ModelCard } from "../../src/core/schema-types.ts";
import type { Click, Prompt } from "../../src/core/types.ts";
import { families } from "../../src/models/index.ts";
import type { Graph, GraphHost, GraphPort, KeptTensor, Tensor } from "../../src/models/runtime/graph.ts";
import { openSession } from "../../src/models/runtime/session.ts";
import { cardOf } from "./cases.ts";

type Feeds = Readonly<Record<string, Tensor | KeptTensor>>;

interface FakeHost extends GraphHost {
  /** Feeds of every run, by file. */
  readonly runs: Record<string, Feeds[]>;
  readonly kept: Set<number>;
  closed: number;
}

const port = (name: string, ...shape: (number | string)[]): GraphPort => ({ name, type: "float32", shape });

/** Graphs named "encoder" and "decoder"; the decoder answers with `masks` masks of 2 x 2. */
function fakeHost(masks: number, extra: readonly GraphPort[] = [], prompts: number | string = "n"): FakeHost {
  const runs: Record<string, Feeds[]> = { encoder: [], decoder: [] };
  const kept = new Set<number>();
  const encoder = { inputs: [port("images", 1, 3, 8, 8)], outputs: [port("image_embeddings", 1, 1, 2, 2)] };
  const decoder = {
    inputs: [
      port("image_embeddings", 1, 1, 2, 2),
      port("point_coords", prompts, "", 2),
      port("point_labels", prompts, ""),
      port("mask_input", prompts, 1, 2, 2),
      port("has_mask_input", prompts),
      ...extra,
    ],
    outputs: [port("iou_predictions", "", ""), port("low_res_masks", "", "", 2, 2)],
  };
  let next = 1;
  const run = (file: string, feeds: Feeds, keep: readonly string[] = []) => {
    runs[file]!.push(feeds);
    if (file === "encoder") {
      expect(keep).toEqual(["image_embeddings"]);
      kept.add(next);
      return { image_embeddings: { kept: next++ } };
    }
    const embedding = feeds.image_embeddings as KeptTensor;
    expect(kept).toContain(embedding.kept);
    const n = (feeds.point_coords as Tensor).dims[0]!;
    const numbers = (length: number) => Float32Array.from({ length }, (_, i) => i);
    return {
      iou_predictions: { type: "float32" as const, dims: [n, masks], data: numbers(n * masks) },
      low_res_masks: { type: "float32" as const, dims: [n, masks, 2, 2], data: numbers(n * masks * 4) },
    };
  };
  const host: FakeHost = {
    runs,
    kept,
    closed: 0,
    async open(file): Promise<Graph> {
      return {
        file,
        ...(file === "encoder" ? encoder : decoder),
        run: async (feeds, keep) => run(file, feeds, keep),
        start: () => expect.unreachable(),
        providersUsed: async () => ({ fake: 1 }),
      };
    },
    async hold() {
      kept.add(next);
      return { kept: next++ };
    },
    async free({ kept: number }) {
      kept.delete(number);
    },
    async close() {
      host.closed += 1;
    },
  };
  return host;
}

const files = { encoder: "encoder", decoder: "decoder" };
const image = { width: 16, height: 8, data: new Uint8Array(3 * 16 * 8) };
const click: Click = { x: 4, y: 6, label: 1 };
const open = (host: FakeHost, card: Partial<ModelCard> = {}, batch = 3) =>
  openSession(families.sam!, { card: cardOf(8, card), files, host, batch });
const data = (feeds: Feeds, name: string) => [...((feeds[name] as Tensor).data as Float32Array)];

/** Feeds of the decoder for these prompts about the image. */
async function feedsOf(prompts: readonly Prompt[], card: Partial<ModelCard> = {}, host = fakeHost(4)) {
  const session = await open(host, card);
  await session.decode(await session.encode(image), prompts);
  return host.runs.decoder!.at(-1)!;
}

describe("sent to the decoder", () => {
  test("clicks in the frame, the padding point, no mask", async () => {
    const feeds = await feedsOf([{ clicks: [click], multimask: true }]);
    expect(Object.keys(feeds).sort()).toEqual(
      ["has_mask_input", "image_embeddings", "mask_input", "point_coords", "point_labels"].sort(),
    );
    expect(feeds.image_embeddings).toHaveProperty("kept");
    expect([data(feeds, "point_coords"), data(feeds, "point_labels")]).toEqual([
      [2, 3, 0, 0],
      [1, -1],
    ]);
    expect([data(feeds, "mask_input"), data(feeds, "has_mask_input")]).toEqual([[0, 0, 0, 0], [0]]);
  });

  test("logits as they came, with the flag", async () => {
    const logits = { width: 2, height: 2, data: Float32Array.of(-99, 1, 2, 99) };
    const feeds = await feedsOf([{ clicks: [click], mask: { kind: "logits", logits }, multimask: false }]);
    expect([data(feeds, "mask_input"), data(feeds, "has_mask_input")]).toEqual([[-99, 1, 2, 99], [1]]);
  });

  test("logits cut off where the card says so", async () => {
    const logits = { width: 2, height: 2, data: Float32Array.of(-99, 1, 2, 99) };
    const prompts: Prompt[] = [{ clicks: [click], mask: { kind: "logits", logits }, multimask: false }];
    const feeds = await feedsOf(prompts, { prompt: { clamp: 32 } });
    expect(data(feeds, "mask_input")).toEqual([-32, 1, 2, 32]);
  });

  test("no padding point where the card says that the graph pads", async () => {
    const feeds = await feedsOf([{ clicks: [click], multimask: true }], { prompt: { paddingPoint: false } });
    expect([data(feeds, "point_coords"), data(feeds, "point_labels")]).toEqual([[2, 3], [1]]);
  });

  test("a mask alone with the padding point, or with no point where the card says that only clicks get one", async () => {
    const logits = { width: 2, height: 2, data: Float32Array.of(-99, 1, 2, 99) };
    const alone: Prompt[] = [{ clicks: [], mask: { kind: "logits", logits }, multimask: false }];
    expect(data(await feedsOf(alone), "point_labels")).toEqual([-1]);
    const card = { prompt: { paddingPoint: "clicks" } } as const;
    const { point_coords, point_labels } = (await feedsOf(alone, card)) as Readonly<Record<string, Tensor>>;
    expect([point_coords!.dims, point_labels!.dims]).toEqual([
      [1, 0, 2],
      [1, 0],
    ]);
    expect(data(await feedsOf([{ clicks: [click], multimask: true }], card), "point_labels")).toEqual([
      1, -1,
    ]);
  });

  test("orig_im_size where the graph has it", async () => {
    const prompts: Prompt[] = [{ clicks: [click], multimask: true }];
    const feeds = await feedsOf(prompts, {}, fakeHost(4, [port("orig_im_size", 2)]));
    expect((feeds.orig_im_size as Tensor).dims).toEqual([2]);
  });
});

describe("asked of the answer", () => {
  const both = (multimask: boolean): Prompt[] => [
    { clicks: [click], multimask },
    { clicks: [click], multimask },
  ];
  const scores = async (masks: number, multimask: boolean, card: Partial<ModelCard> = {}) => {
    const session = await open(fakeHost(masks), card);
    const predictions = await session.decode(await session.encode(image), both(multimask));
    return predictions.map((one) =>
      one.status === "ok" ? one.candidates.map((c) => c.predictedIou) : one.reason,
    );
  };

  test.each([
    [1, true, [[0], [1]]],
    [1, false, [[0], [1]]],
    [
      3,
      true,
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    [
      3,
      false,
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    [
      4,
      true,
      [
        [1, 2, 3],
        [5, 6, 7],
      ],
    ],
    [4, false, [[0], [4]]],
  ])("%i masks, multimask %s", async (masks, multimask, expected) => {
    expect(await scores(masks, multimask)).toEqual(expected);
  });

  test("four masks whose last three the card does not trust", async () => {
    expect(await scores(4, true, { mask: { multimask: false } })).toEqual([[0], [4]]);
  });

  test("a first mask that is not stable, where the card looks at that: the most confident of the others", async () => {
    // Logits 0, 1, 2, 3 of the first prompt's: one in four is within 0.05 of the threshold. Those of the second are all above it.
    expect(await scores(4, false, { mask: { single: "stable" } })).toEqual([[3], [4]]);
    expect(await scores(3, false, { mask: { single: "stable" } })).toEqual(await scores(3, false));
  });

  test("two masks are no known export", async () => {
    await expect(open(fakeHost(2))).rejects.toThrow(
      "decoder: low_res_masks has an unknown shape; expected P x M x h x w with 1, 3 or 4 masks, got 1 x 2 x 2 x 2",
    );
  });
});

describe("life", () => {
  test("embeddings stay with the host until they are released; the trial run's is freed", async () => {
    const host = fakeHost(4);
    const session = await open(host);
    expect([host.kept.size, host.runs.encoder!.length, host.runs.decoder!.length]).toEqual([0, 1, 1]);
    const [a, b] = [await session.encode(image), await session.encode(image)];
    expect(host.kept.size).toBe(2);
    await session.release(a);
    expect(host.kept.size).toBe(1);
    await session.release(b);
    await session.close();
    expect([host.kept.size, host.closed]).toEqual([0, 1]);
  });

  test("a decoder without a batch axis takes one prompt a call, whatever the card says", async () => {
    expect((await open(fakeHost(4, [], 1))).capabilities.batch).toBe(1);
    expect((await open(fakeHost(4))).capabilities.batch).toBe(3);
    expect((await open(fakeHost(4, [], ""))).capabilities.batch).toBe(3);
  });
});
