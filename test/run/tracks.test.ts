// Reports of clips: film strips from masks and frames, scores over time from rows, and what is said where frames are gone.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Plan } from "../../src/core/plan.ts";
import type { MaskRow, Row, ScoredRow } from "../../src/core/rows.ts";
import type { Clip } from "../../src/core/types.ts";
import { evaluateSample } from "../../src/eval/index.ts";
import { video } from "../../src/eval/video/index.ts";
import { chooseStrips, stripFrames } from "../../src/report/strips.ts";
import { drawGallery } from "../../src/run/report/gallery.ts";
import { report } from "../../src/run/report/reports.ts";
import { clipOf, fakeModel, type Place, type Script } from "../eval/video/fake-clip.ts";
import { manifestOf, plan as samplePlan, sharedFolder } from "../store/sample-run.ts";

const protocols = [video.protocols["vos-mask@1"]!, video.protocols["vos-1-click@1"]!];
const count = 24;
const at = (i: number): Place => [2 + i, 4, 8, 8];
/** Moves right, is gone in frames 9 to 11, and is back. */
const fish: readonly Place[] = Array.from({ length: count }, (_, i) => (i > 8 && i < 12 ? undefined : at(i)));
/** Stays, and is first seen in frame 3. */
const late: readonly Place[] = fish.map((_, i) => (i < 3 ? undefined : [30, 10, 6, 6]));

/** By the first word of a name, to which a protocol may be added. Sees the fish also where it is gone first, and loses it at the end; the late one it sees as it is. */
const script: Script = {
  prompted: (target) => (target.startsWith("fish") ? fish[0] : late[3]),
  tracked: (target, frame) => {
    if (!target.startsWith("fish")) return late[frame];
    return frame === 9 ? at(9) : frame === 20 ? undefined : fish[frame];
  },
};
const clips: Readonly<Record<string, Clip>> = {
  pond: clipOf({ fish, late }),
  still: clipOf({ stone: late.map(() => [3, 3, 9, 9]) }),
};
const dir = sharedFolder();
const planned = samplePlan.benchmarks[0]!;
const plan: Plan = {
  ...{ ...samplePlan, name: "clips", title: "Clips", metrics: [], protocols: protocols.map(({ id }) => id) },
  models: samplePlan.models.slice(0, 1),
  benchmarks: [{ ...planned, images: Object.keys(clips).length }],
};
const rows: Row[] = [];
const masks: MaskRow[] = [];

function drawable(load: (name: string) => Promise<Clip> = async (name) => clips[name]!) {
  const refs = Object.keys(clips).map((id) => ({ id, cluster: id, load: () => load(id) }));
  const benchmark = { name: planned.name, kind: "clip", card: planned.card, root: "", refs };
  return { out: dir, plan, benchmarks: [benchmark], metrics: [], protocols } as unknown as Parameters<
    typeof drawGallery
  >[0];
}
const draw = (run = drawable()) => drawGallery(run, () => []);
const text = (name: string) => readFileSync(join(dir, name), "utf8");
const context = { cwd: dir, env: {}, onEvent: () => {}, signal: new AbortController().signal };
const reported = () => report(dir, {}, context as unknown as Parameters<typeof report>[2]);

beforeAll(async () => {
  const settings = { protocols, metrics: [], seed: "s", masks: true, clock: () => 0 };
  for (const [index, [sample, clip]] of Object.entries(clips).entries()) {
    const unit = { index, model: "m1", benchmark: planned.name, sample };
    const ref = { id: sample, cluster: sample, load: async () => clip };
    const stone: Script = { prompted: () => [3, 3, 9, 9], tracked: () => [3, 3, 9, 9] };
    const { session } = fakeModel(sample === "pond" ? script : stone);
    const job = { unit, ref, scoring: { evaluator: "davis2017" as const } };
    const done = await evaluateSample(video, job, session, settings);
    rows.push(...done.rows);
    masks.push(...done.masks);
  }
  const lines = (all: readonly unknown[]) => all.map((one) => `${JSON.stringify(one)}\n`).join("");
  writeFileSync(join(dir, "rows.jsonl"), lines(rows));
  writeFileSync(join(dir, "masks.jsonl"), lines(masks));
  writeFileSync(join(dir, "manifest.json"), JSON.stringify({ ...manifestOf(), plan }));
  await draw();
});

describe("which frames", () => {
  const measures = protocols[0]!.measures([]);
  test("the prompted one, the worst, the first one gone, the first one back, and others far from these", () => {
    const chosen = chooseStrips(rows as ScoredRow[], [{ id: "vos-mask@1", measures }]);
    expect(chosen.map(({ kind, target, scores }) => [kind, target, scores[0].of])).toEqual([
      ["worst", "fish", "J&F"],
      ["median", "late", "J&F"],
      ["best", "stone", "J&F"],
    ]);
    const [worst, median] = chosen;
    expect(worst!.frames).toEqual([
      { place: 0, present: true },
      { place: 2, j: 1, present: true },
      { place: 4, j: 1, present: true },
      { place: 6, j: 1, present: true },
      { place: 9, j: 0, present: false },
      { place: 12, j: 1, present: true },
      { place: 16, j: 1, present: true },
      { place: 20, j: 0, present: true },
    ]);
    expect(worst!.sent!.mask).toMatchObject({ magnitude: 10 });
    // Frames before the prompted one show nothing; that one is scored, as it is not the clip's first.
    expect(median!.frames[0]).toEqual({ place: 3, j: 1, present: true });
    expect(median!.frames.map(({ place }) => place)).toEqual([3, 4, 6, 8, 10, 13, 17, 22]);
  });

  test("no more than there are", () => {
    const facts = { first: 0, scored: [1, 2], j: [0.5, 0], area: [9, 0] };
    expect(stripFrames(facts, [1]).map(({ place }) => place)).toEqual([0, 1, 2]);
    expect(stripFrames({ first: 5, scored: [], j: [], area: [] }, [])).toEqual([{ place: 5, present: true }]);
  });
});

test("the page has a strip of each kind and protocol, with frames by name, and J over time; all the same every time", async () => {
  await reported();
  const page = text("report.html");
  const [open = "", folded = ""] = page.split("<summary>Film strips of vos-1-click@1</summary>");
  for (const part of [open, folded]) {
    expect(part.match(/<figure class="strip/g)).toHaveLength(3);
    expect(part.match(/src="data:image\/webp;base64/g)).toHaveLength(24);
  }
  const film = page.slice(
    page.indexOf('<ol class="film"'),
    page.indexOf("</ol>", page.indexOf('<ol class="film"')),
  );
  const captions = [...film.matchAll(/<span>(.*?)<\/span>/g)].map(([, caption]) =>
    caption!.replace(/<\/?b>/g, ""),
  );
  expect(captions).toEqual([
    ...["f0 prompt", "f2 J 100.0", "f4 J 100.0", "f6 J 100.0", "f9 gone, J 0.0"],
    ...["f12 J 100.0", "f16 J 100.0", "f20 J 0.0"],
  ]);
  expect(page).toContain(
    "object fish in cells clip pond, frame f20: outlines of ground truth and prediction, J 0.0 %",
  );
  // A line for each protocol, its mean and its lowest frame in words; where the object is gone, shaded.
  expect(page).toContain(
    "J over the frames of pond · object fish, prompted in frame 0. vos-mask@1: mean 90.9 %, lowest 0.0 % in frame 9. vos-1-click@1: mean",
  );
  expect(page).toContain("<title>gone in frames 9 to 11</title>");
  expect(page).toContain("2 clips, 3 objects");
  expect(page).toContain("Before a target is gone, and once it is back");
  const markdown = text("report.md");
  expect(markdown).toContain("1 model, 1 benchmark, 2 protocols: 2 clips, 3 objects");
  expect(markdown).toContain("| benchmark | clip | object | J&F | J | F | frames | gone in |");
  expect(markdown).toMatch(/\| cells \| pond \| fish \| [\d.]+ \| 90\.9 \| [\d.]+ \| 22 \| 3 \|/);
  expect(markdown).toMatch(/\| cells \| [\d.]+ \(2 clips\) \|/);
  expect(text("table.tex")).toContain("2 clips, 3 objects");
  expect(JSON.parse(text("summary.json")).protocols[0].samples).toBe("clips");
  const before = readdirSync(join(dir, "overlays")).map((name) => readFileSync(join(dir, "overlays", name)));
  await draw();
  await reported();
  expect(text("report.html")).toBe(page);
  expect(readdirSync(join(dir, "overlays")).map((name) => readFileSync(join(dir, "overlays", name)))).toEqual(
    before,
  );
});

test("frames that are gone: the report is made without strips, and says so", async () => {
  await draw(drawable(async (name) => (name === "pond" ? Promise.reject(new Error("gone")) : clips[name]!)));
  await reported();
  expect(text("report.html").match(/<figure class="strip/g)).toHaveLength(2); // one of each protocol
  rmSync(join(dir, "overlays"), { recursive: true });
  await reported();
  const page = text("report.html");
  expect(page).toContain("There are no film strips here: they are drawn when a run ends");
  expect(page).toContain("J over time: 3 objects");
  mkdirSync(join(dir, "overlays"));
  writeFileSync(join(dir, "overlays", "strips.json"), "[{");
  await expect(reported()).rejects.toThrow(
    "the film strips of the run cannot be read; expected those that the run drew",
  );
});
