// The playground's routes: models answer prompts about targets, images and pictures in memory; what is posted comes from the page alone.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contextOf, type MaskRow, packageFolder, type Row, run } from "../../src/index.ts";
import { viewApp } from "../../src/view/index.ts";

const root = mkdtempSync(join(tmpdir(), "segbench-playground-"));
const data = join(packageFolder, "datasets", "samples");
const context = contextOf({ cwd: root });
const token = "what-was-printed";
const { app, close } = viewApp(root, { token, data }, context);
const home = "http://localhost:8765";
let cookie = "";

/** Whatever the server says. */
// biome-ignore lint/suspicious/noExplicitAny: as loose as what a page sees
type Answer = any;
const ask = (path: string, init: RequestInit = {}, headers: Record<string, string> = {}) =>
  app.request(`${home}${path}`, { ...init, headers: { host: "localhost:8765", cookie, ...headers } });
const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  ask(path, { method: "POST", body }, { origin: home, "content-type": "application/json", ...headers });
const json = async (reply: Response | Promise<Response>): Promise<Answer> => {
  const got = await reply;
  expect(got.status, await got.clone().text()).toBe(200);
  return got.json();
};
const answer = (asked: object) => json(post("/api/play/answer", JSON.stringify(asked)));
const refused = async (reply: Response | Promise<Response>) => {
  const got = await reply;
  return [got.status, await got.text()];
};

let row: Extract<Row, { status: "ok" }>;
let masks: MaskRow[];

beforeAll(async () => {
  const sample = "vid_000017_frame0000058";
  const ids = [{ benchmark: "trashcan", sample, target: "32" }];
  const request = {
    models: ["tiny"],
    benchmarks: ["trashcan"],
    ids,
    data,
    protocols: ["sam1-d1@1"],
    pages: [],
  };
  await run({ ...request, out: join(root, "run") } as never, context);
  const lines = (file: string) =>
    readFileSync(join(root, "run", file), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  [row] = lines("rows.jsonl");
  masks = lines("masks.jsonl");
  cookie = (await ask(`/?token=${token}`)).headers.get("set-cookie")!.split(";")[0]!;
});
afterAll(async () => {
  await close();
  rmSync(root, { recursive: true });
});

test("what is here: models, benchmarks of images, protocols", async () => {
  const { models, benchmarks, protocols, metrics, absent } = await json(ask("/api/play/ground"));
  expect(models.map(({ name }: { name: string }) => name)).toContain("tiny");
  expect(absent).toBeGreaterThan(20);
  const names = benchmarks.map(({ name }: { name: string }) => name);
  expect(names).toContain("trashcan");
  expect(names).not.toContain("davis2017-val");
  expect(protocols.map(({ id }: { id: string }) => id)).toContain("sam1-d1@1");
  expect(metrics[0]).toEqual({ name: "iou", title: "IoU", unit: "share", better: "higher" });
  expect(await json(ask("/api/play/samples?benchmark=trashcan&words=0058"))).toEqual({
    total: 1,
    names: ["vid_000017_frame0000058"],
  });
});

test("a row's target: the simulated user plays the row again, the masks are those that the run kept", async () => {
  const subject = { run: "run", row: "0" };
  const told = await json(ask("/api/play/subject?run=run&row=0"));
  expect(told).toMatchObject({ benchmark: "trashcan", size: row.size, row: { target: "32" } });
  const asked = { subject, model: "tiny", target: "32", protocol: "sam1-d1@1" };
  const steps = row.steps.map(() => "user");
  const played = await answer({ ...asked, steps });
  expect(played.steps).toEqual(row.steps);
  expect(played.user).toEqual({ state: "ended" });
  expect(played.candidates[played.steps.at(-1).chosen]).toEqual(masks.at(-1)!.rle);
  const { truth } = await json(ask("/api/play/truth?run=run&row=0&target=32"));
  expect(truth.size).toEqual([row.size!.height, row.size!.width]);
  const picture = await ask("/api/play/picture?run=run&row=0");
  expect((await sharp(await picture.arrayBuffer()).metadata()).width).toBe(row.size!.width);
  // Step by step again, for the browser of masks.
  const again = await json(ask("/api/replay?run=run&row=0&step=0"));
  expect(again.candidates).toHaveLength(3);
  expect(again.candidates[again.chosen].rle).toEqual(masks[0]!.rle);
});

test("what a model takes is told before it is opened, as it says once it is", async () => {
  const told = (model: string) => json(ask(`/api/play/abilities?model=${model}`));
  const { capabilities } = await answer({ subject: { run: "run", row: "0" }, model: "tiny", steps: [] });
  expect(capabilities).toMatchObject({ maskInput: true, box: true });
  const { box, maskInput, points } = capabilities;
  expect(await told("tiny")).toEqual({ kind: "image", box, maskInput, points });
  expect(await told("tiny-concept")).toMatchObject({ kind: "concept", phrases: true, exemplars: "none" });
  expect(await refused(ask("/api/play/abilities?model=../tiny"))).toEqual([
    422,
    expect.stringContaining("is not on this machine"),
  ]);
});

test("a picture is taken into memory, turned as viewers show it, and forgotten", async () => {
  const raw = { width: 40, height: 24, channels: 3 as const };
  const bytes = await sharp(Buffer.alloc(3 * 40 * 24, 99), { raw })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const { picture, notes } = await json(post("/api/play/picture", new Uint8Array(bytes)));
  expect(notes).toEqual([expect.stringContaining("EXIF orientation was applied")]);
  expect(await json(ask(`/api/play/subject?picture=${picture}`))).toMatchObject({
    size: { width: 24, height: 40 },
    targets: [],
  });
  const click = { clicks: [[10, 10, 1]], multimask: true };
  const asked = { subject: { picture }, model: "tiny", steps: [click] };
  const { candidates, user } = await answer(asked);
  expect([candidates.length, candidates[0].size, user]).toEqual([3, [40, 24], undefined]);
  await json(post(`/api/play/forget?picture=${picture}`, ""));
  expect(await refused(post("/api/play/answer", JSON.stringify(asked)))).toEqual([
    422,
    expect.stringContaining("is not in memory any more"),
  ]);
});

const find = (asked: object) => post("/api/play/find", JSON.stringify(asked));

test("a phrase: what is found in an image of a benchmark of phrases, the highest score first", async () => {
  const { benchmarks } = await json(ask("/api/play/ground"));
  const kinds = benchmarks.map(({ kind }: { kind: string }) => kind);
  expect(benchmarks).toContainEqual(expect.objectContaining({ name: "drawn-phrases", kind: "concept" }));
  expect(kinds.lastIndexOf("image")).toBeLessThan(kinds.indexOf("concept"));
  const subject = { benchmark: "drawn-phrases", sample: "drawn_200000" };
  const about = await json(ask("/api/play/subject?benchmark=drawn-phrases&sample=drawn_200000"));
  expect([about.targets, about.phrases.length]).toEqual([[], 10]);
  expect(about.phrases).toContain("plain disc");
  const asked = { subject, model: "tiny-concept", phrase: "plain disc" };
  const { abilities, presence, instances } = await json(find(asked));
  expect(abilities).toMatchObject({ phrases: true, exemplars: "none" });
  expect(presence).toBeGreaterThan(0.5);
  const scores = instances.map(({ score }: { score: number }) => score);
  expect(scores.map((score: number) => score > 0.5)).toEqual([true, false]);
  expect(instances[0].mask.size).toEqual([about.size.height, about.size.width]);
  const exemplars = [{ box: [1, 1, 9, 9], positive: true }];
  for (const [change, status, said] of [
    [{ model: "tiny" }, 422, "takes no phrases"],
    [{ exemplars }, 422, "has no answer"],
    [{ exemplars: [{ box: [1, 2, 3] }] }, 400, "A box is four numbers"],
    [{ exemplars: 7 }, 400, "a subject, a model and a phrase"],
    [{ phrase: undefined }, 422, "has no answer"],
    [{ subject: { benchmark: "davis2017-val", sample: "bear" } }, 422, "has no images here"],
  ] as const)
    expect(await refused(find({ ...asked, ...change })), said).toEqual([
      status,
      expect.stringContaining(said),
    ]);
});

describe("refused", () => {
  const asked = JSON.stringify({ subject: { run: "run", row: "0" }, model: "tiny", steps: [] });
  test.each<[what: string, headers: Record<string, string>, status: number]>([
    ["from another site", { origin: "http://evil.example" }, 403],
    ["from nowhere", { origin: "null" }, 403],
    ["by another name", { host: "evil.example:8765" }, 403],
    ["without the cookie", { cookie: "" }, 401],
  ])("a prompt %s", async (_what, headers, status) => {
    expect((await post("/api/play/answer", asked, headers)).status).toBe(status);
  });

  test("a prompt that does not say where it comes from, and anything else that is posted", async () => {
    const plain = await ask(
      "/api/play/answer",
      { method: "POST", body: asked },
      { "content-type": "application/json" },
    );
    expect(plain.status).toBe(403);
    for (const path of ["/api/runs", "/api/play", "/", "/api/playing"])
      expect((await post(path, asked)).status, path).toBe(405);
    expect((await post("/api/play/ground", asked)).status).toBe(404);
  });

  test.each<[what: string, change: object, status: number, said: string]>([
    ["no steps", { steps: undefined }, 400, "a subject, a model and steps"],
    ["a step that is none", { steps: [7] }, 400, "A step is a prompt"],
    ["a model by its path", { model: "../tiny" }, 422, "is not on this machine"],
    ["a run by its path", { subject: { run: "../run", row: "0" } }, 422, "is not here"],
    ["a row that is not there", { subject: { run: "run", row: "99" } }, 422, "has no such row"],
    [
      "a sample by its path",
      { subject: { benchmark: "trashcan", sample: "../a" } },
      422,
      "has no such image",
    ],
    ["an unknown protocol", { target: "32", protocol: "constructor" }, 422, "cannot be played by hand"],
    ["an unknown target", { target: "no", protocol: "sam1-d1@1" }, 422, "has no target to play with"],
  ])("%s", async (_what, change, status, said) => {
    const whole = { ...JSON.parse(asked), ...change };
    expect(await refused(post("/api/play/answer", JSON.stringify(whole)))).toEqual([
      status,
      expect.stringContaining(said),
    ]);
  });

  test("what is not a picture, and what is too much", async () => {
    expect(await refused(post("/api/play/picture", new Uint8Array(9)))).toEqual([
      422,
      expect.stringContaining("picture"),
    ]);
    const large = new Uint8Array(5 * 2 ** 20);
    expect(await refused(post("/api/play/answer", large))).toEqual([
      413,
      expect.stringContaining("at most 4 MiB"),
    ]);
  });
});
