// Folders of PNGs of made-up clips, scored object by object, against vos-benchmark and the rules of davis2017-evaluation and SA-V's evaluator
// (scripts/oracle/tracks.py); then the rules, frame by frame.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { encode } from "fast-png";
import { afterAll, describe, expect, test } from "vitest";
import { labelPng, maskPng } from "../../../scripts/miniatures/files.ts";
import type { Measure } from "../../../src/core/measure.ts";
import { mean } from "../../../src/core/numbers.ts";
import type { ScoredRow } from "../../../src/core/rows.ts";
import type { ClipFoldersOptions } from "../../../src/core/schema-types.ts";
import { factProblems, type TrackFacts, trackFacts } from "../../../src/core/track-facts.ts";
import type { Clip } from "../../../src/core/types.ts";
import { openClips } from "../../../src/datasets/index.ts";
import type { Outcome } from "../../../src/eval/task.ts";
import { evaluators, trackScorer } from "../../../src/eval/video/evaluators.ts";
import { trackMeasures } from "../../../src/eval/video/measures.ts";
import { scoreClip, scoreTracks } from "../../../src/eval/video/score-clip.ts";
import { openPredictedClips, type PredictedClip } from "../../../src/formats/predicted-clips.ts";
import { createMask, not } from "../../../src/masks/bit-mask.ts";
import { ascii } from "../../helpers/ascii-mask.ts";
import { farthest, held, readOracle } from "../../helpers/oracle.ts";
import { shape, shapeBytes } from "../../masks/cases.ts";

type Thing = readonly [object: number, kind: number, seed: number];
type Results = Readonly<Record<string, readonly [j: number, f: number]>>;

interface Drawn {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly frames: readonly (readonly [truth: readonly Thing[], predicted: readonly Thing[]])[];
  readonly results: Readonly<Record<keyof typeof evaluators, Results>>;
}

const { cases } = readOracle<{ readonly cases: readonly Drawn[] }>("metrics/tracks");
const root = mkdtempSync(join(tmpdir(), "segbench-tracks-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const palette = Array.from({ length: 256 }, (_, i) => [i, 255 - i, (7 * i) % 256]);

function save(name: string, bytes: string | Uint8Array): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), bytes);
}

/** One row of 8-bit RGB. */
const rgb = (data: readonly number[]) =>
  encode({ width: data.length / 3, height: 1, channels: 3, depth: 8, data: Uint8Array.from(data) });

/** Both layouts; frames are never decoded. */
for (const { id, width, height, frames } of cases) {
  const objects = [...new Set(frames.flatMap(([truth]) => truth.map(([object]) => object)))].filter(
    (one) => one < 255,
  );
  for (const [t, [truth, predicted]] of frames.entries()) {
    const frame = String(t).padStart(5, "0");
    save(`frames/${id}/${frame}.jpg`, "");
    for (const [folder, things] of [
      ["truth", truth],
      ["predicted", predicted],
    ] as const) {
      const labels = new Uint8Array(width * height);
      for (const [object, kind, seed] of things)
        for (const [i, bit] of shapeBytes(kind, width, height, seed).entries())
          if (bit === 1) labels[i] = object;
      save(`${folder}/${id}/${frame}.png`, labelPng(width, height, labels, palette));
      for (const object of objects) {
        const own = things.find(([number]) => number === object);
        const mask = own === undefined ? createMask(width, height) : shape(own[1], width, height, own[2]);
        save(`${folder}-alone/${id}/${String(object).padStart(3, "0")}/${frame}.png`, maskPng(mask));
      }
    }
  }
}

const frames = "frames/{clip}/{frame}.jpg";
const cards: Readonly<Record<keyof typeof evaluators, ClipFoldersOptions>> = {
  davis2017: {
    format: "clip-folders",
    frames,
    masks: "truth/{clip}/{frame}.png",
    background: [0, 255],
    appear: "first",
  },
  "vos-benchmark": {
    format: "clip-folders",
    frames,
    masks: "truth/{clip}/{frame}.png",
    background: [0, 255],
  },
  "sa-v": { format: "clip-folders", frames, masks: "truth-alone/{clip}/{target}/{frame}.png" },
};

/** Of a target's rows or outcomes, where they have numbers. */
const meansOf = (facts: TrackFacts) => [mean(facts.j), mean(facts.f)] as const;
const settings = { metrics: [], seed: "s", clock: () => 0, protocols: [{ id: "vos-mask@1", clicks: 0 }] };

test.each(Object.values(evaluators))("$name: every object of every clip", async (evaluator) => {
  const card = { name: "drawn", adapter: cards[evaluator.name] };
  const folder = evaluator.name === "sa-v" ? "predicted-alone" : "predicted";
  const predictions = await openPredictedClips(join(root, folder), folder);
  expect(predictions.clips).toEqual(cases.map(({ id }) => id));
  const refs = await openClips(card, root).list();
  let [worst, count] = [0, 0];
  const rows: ScoredRow[] = [];
  for (const [i, ref] of refs.entries()) {
    const expected = cases[i]!.results[evaluator.name];
    const unit = { index: i, model: "tracker", benchmark: "drawn", sample: ref.id };
    const scoring = { evaluator: evaluator.name };
    const made = { ...settings, masks: false, predictions, reading: {} };
    const scored = await scoreClip({ unit, ref, scoring }, made);
    const own = scored.rows.filter((row): row is ScoredRow => row.status === "ok");
    expect(own.map(({ target }) => target)).toEqual(Object.keys(expected).sort());
    expect(own.flatMap(factProblems)).toEqual([]);
    for (const row of own) worst = Math.max(worst, farthest(meansOf(trackFacts(row)), expected[row.target]!));
    rows.push(...own);
    count += own.length;
  }
  held("metrics/tracks", count, worst, 1e-12);
  const theirs = cases.flatMap(({ results }) => Object.values(results[evaluator.name]));
  const [jf] = trackMeasures as readonly Measure[];
  const parts = rows.map((row) => jf!.parts(row)!);
  const sums = parts[0]!.map((_, k) => parts.reduce((sum, one) => sum + one[k]!, 0));
  expect(jf!.value(sums)).toBeCloseTo(mean(theirs.map(([j, f]) => (j + f) / 2)), 12);
});

test("what the three say of the same masks differs where an object comes late or never", () => {
  const [late] = cases.filter(({ id }) => id === "clip7");
  expect(late!.results.davis2017["2"]).not.toEqual(late!.results["vos-benchmark"]["2"]);
});

describe("an object's frames", () => {
  const dot = ascii("....", ".##.", "....");
  const none = createMask(4, 3);
  const labelled = ["0", "1", "2", "3", "4", "5"];
  const play = (
    name: keyof typeof evaluators,
    frames: readonly (readonly [typeof dot | undefined, typeof dot])[],
  ) => {
    const scorer = trackScorer(evaluators[name], labelled);
    frames.forEach(([truth, predicted], i) => {
      scorer.add(labelled[i]!, truth, predicted);
    });
    return scorer.scores();
  };

  test("the first and the last do not count", () => {
    const scorer = trackScorer(evaluators.davis2017, labelled);
    expect(labelled.filter(scorer.wants)).toEqual(["1", "2", "3", "4"]);
    const few = trackScorer(evaluators.davis2017, ["0", "8"]).scores();
    expect(few).toEqual({ reason: "short" });
  });

  const late = [
    [undefined, none],
    [undefined, none],
    [undefined, none],
    [dot, dot],
    [undefined, dot],
    [dot, dot],
  ] as const;

  test("before it was seen they count for davis2017 alone", () => {
    expect(play("davis2017", late)).toEqual({
      ...{
        frames: ["1", "2", "3", "4"],
        j: [1, 1, 1, 0],
        f: [1, 1, 1, 0],
        present: [false, false, true, false],
      },
    });
    const short = { frames: ["3", "4"], j: [1, 0], f: [1, 0], present: [true, false] };
    expect([play("vos-benchmark", late), play("sa-v", late)]).toEqual([short, short]);
  });

  test("a prediction where nothing is makes frames count from there on", () => {
    const early = late.map((pair, i) => (i === 1 ? ([undefined, dot] as const) : pair));
    expect(play("sa-v", early)).toMatchObject({ frames: ["1", "2", "3", "4"], j: [0, 1, 1, 0] });
  });

  test("an object that never shows is 1 throughout for davis2017, and nothing for the others", () => {
    const never = labelled.map(() => [undefined, none] as const);
    expect(play("davis2017", never)).toMatchObject({ j: [1, 1, 1, 1], f: [1, 1, 1, 1] });
    expect(play("vos-benchmark", never)).toEqual({ reason: "absent" });
  });

  test("a prediction that fills the image has no outline, as nothing has", () => {
    const full = labelled.map(() => [undefined, not(none)] as const);
    expect(play("davis2017", full)).toMatchObject({ j: [0, 0, 0, 0], f: [1, 1, 1, 1] });
  });

  test("come in order", () => {
    const scorer = trackScorer(evaluators.davis2017, labelled);
    scorer.add("2", dot, dot);
    expect(() => scorer.add("1", dot, dot)).toThrow("frame 1: comes after a later one, or twice");
  });
});

describe("folders of other people's trackers", () => {
  const clip = (): Pick<Clip, "frames" | "tracks"> => ({
    frames: ["0", "1", "2", "3"].map((id) => ({
      id,
      load: () => Promise.reject(new Error("never decoded")),
    })),
    tracks: ["1", "2"].map((id) => ({
      id,
      labelled: ["0", "1", "2", "3"],
      mask: async () => ascii("##", ".."),
    })),
  });

  const factsOf = (outcomes: readonly Outcome[]) =>
    outcomes.map((one) =>
      "row" in one ? trackFacts(one.row as ScoredRow) : "failure" in one ? one.failure : one.dropped,
    );

  test("files that are not there are counted and named, an object that was not predicted is empty", async () => {
    for (const frame of ["0", "1", "3"])
      save(`mine/a/${frame}.png`, labelPng(2, 2, Uint8Array.of(1, 1, 0, 0), palette));
    const tracker = (await openPredictedClips(join(root, "mine"), "mine")).of("a");
    const said = (target: string) =>
      `target ${target}: there is no mask of 1 of the 2 frames that count; expected a/2.png, got none`;
    expect(factsOf(await scoreTracks(clip(), tracker, evaluators.davis2017))).toEqual([said("1"), said("2")]);
    save("mine/a/2.png", labelPng(2, 2, Uint8Array.of(1, 1, 0, 0), palette));
    const whole = (await openPredictedClips(join(root, "mine"), "mine")).of("a");
    expect(factsOf(await scoreTracks(clip(), whole, evaluators.davis2017))).toMatchObject([
      { frames: 4, first: 0, scored: [1, 2], j: [1, 1], moved: [0, 0], predicted: [2, 2], objectScore: [] },
      { j: [0, 0], f: [0, 0], area: [2, 2], predicted: [0, 0] },
    ]);
    expect(await whole.strangers(["2"])).toEqual(["1"]);
    save("other/a/frame2.png", labelPng(2, 2, Uint8Array.of(1, 1, 0, 0), palette));
    const other = (await openPredictedClips(join(root, "other"), "other")).of("a");
    expect(factsOf(await scoreTracks(clip(), other, evaluators.davis2017))[0]).toBe(
      "target 1: there is no mask of any frame that counts; expected a/1.png, got masks like a/frame2.png",
    );
  });

  test("a mask of another size fails its target, by the file's name", async () => {
    for (const frame of ["1", "2"])
      save(`small/a/${frame}.png`, labelPng(1, 2, Uint8Array.of(1, 1), palette));
    const small = (await openPredictedClips(join(root, "small"), "small")).of("a");
    expect(factsOf(await scoreTracks(clip(), small, evaluators.davis2017))[1]).toBe(
      "a/1.png: the mask and its frame differ in size; expected 2x2, got 1x2",
    );
  });

  test("are found below other folders, by a target's number, and with masks of scored frames", async () => {
    for (const frame of ["0", "1", "2", "3"])
      for (const target of ["001", "007"])
        save(`deep/480p/a/${target}/${frame}.png`, maskPng(ascii("##", "..")));
    const deep = await openPredictedClips(join(root, "deep"), "deep", ["a", "b"]);
    expect(deep.clips).toEqual(["a"]);
    const kept = await scoreTracks(clip(), deep.of("a"), evaluators.davis2017, { clicks: 3 });
    expect(factsOf(kept)).toMatchObject([{ j: [1, 1] }, { j: [0, 0] }]);
    expect(kept.map((one) => "row" in one && one.masks.map(({ at, frame }) => [at.clicks, frame]))).toEqual([
      [
        [3, "1"],
        [3, "2"],
      ],
      [
        [3, "1"],
        [3, "2"],
      ],
    ]);
    expect(await deep.of("a").strangers(["1", "2"])).toEqual(["007"]);
  });

  test.each([
    ["nothing", {}, "holds no predictions; expected CLIP/FRAME.png, or CLIP/TARGET/FRAME.png, got no PNG"],
    [
      "no clips",
      { "0.png": "" },
      "is neither of the two layouts of tracks; expected CLIP/FRAME.png, or CLIP/TARGET/FRAME.png, got 0.png",
    ],
    [
      "both",
      { "a/0.png": "", "b/1/0.png": "" },
      "is neither of the two layouts of tracks; expected CLIP/FRAME.png, or CLIP/TARGET/FRAME.png, got b/1/0.png",
    ],
  ])("%s", async (name, files, message) => {
    mkdirSync(join(root, `odd-${name}`), { recursive: true });
    for (const [file, bytes] of Object.entries(files)) save(`odd-${name}/${file}`, bytes);
    await expect(openPredictedClips(join(root, `odd-${name}`), "tracks")).rejects.toThrow(
      `tracks: ${message}`,
    );
  });

  test("of one clip they need no folder of its name; of several the clips are named", async () => {
    const files = ["0", "1", "2", "3"].map((frame) => `flat/tracker/${frame}.png`);
    for (const file of files) save(file, labelPng(2, 2, Uint8Array.of(1, 1, 0, 0), palette));
    const open = (...ids: string[]) => openPredictedClips(join(root, "flat"), "flat", ids);
    const flat = await open("a");
    expect([flat.clips, flat.of("a").nameOf("1", "9")]).toEqual([["a"], "9.png"]);
    expect(factsOf(await scoreTracks(clip(), flat.of("a"), evaluators.davis2017))).toMatchObject([
      { j: [1, 1] },
      { j: [0, 0] },
    ]);
    await expect(open("a", "b")).rejects.toThrow(
      "expected CLIP/FRAME.png, or CLIP/TARGET/FRAME.png; CLIP is one of a, b, got tracker/0.png",
    );
  });

  test("maps drawn in colours: by a usual palette, by the benchmark's colours, and as one object", async () => {
    // 1 and 7 as Pascal VOC and DAVIS draw them, 9 as each does (the chair's red, which DAVIS has darker by one), 2 as YouTube-VOS does.
    const [one, seven, nines, two] = ["800000", "808080", ["c00000", "bf0000"], "f99157"] as const;
    const draw = (name: string, ...colours: readonly string[]) =>
      save(name, rgb(colours.flatMap((hex) => [...Buffer.from(hex, "hex")])));
    draw("drawn/a/0.png", one, seven, nines[0], nines[1], two, "000000");
    draw("drawn/a/1.png", "000000", seven);
    draw("drawn/a/2.png", "020202", "010101");
    draw("drawn/a/3.png", "ffffff", "000000");
    draw("drawn/a/4.png", "123456", "000000", "563412");
    draw("drawn-alone/a/1/0.png", "000000", "ffffff");
    const open = (name: string, reading = {}) =>
      openPredictedClips(join(root, name), name).then((all) => all.of("a", reading));
    const drawn = await open("drawn");
    const in_ = (clip: PredictedClip, target: number, frame: number) =>
      clip.mask(String(target), String(frame), { width: 6, height: 1 });
    expect(await Promise.all([1, 7, 9, 2, 3].map((target) => in_(drawn, target, 0)))).toEqual(
      ["#.....", ".#....", "..##..", "....#.", "......"].map((row) => ascii(row)),
    );
    expect(await drawn.strangers(["1", "7", "9"])).toEqual(["2"]);
    expect([await in_(drawn, 7, 1), await in_(drawn, 2, 2)]).toEqual([ascii(".#"), ascii("#.")]);
    const refused = (hex: string, frame: number) =>
      expect(in_(drawn, 1, frame)).rejects.toThrow(
        `a/${frame}.png: a colour of a label map is in none of the usual palettes; expected one of DAVIS, Pascal VOC or YouTube-VOS, got ${hex}`,
      );
    await refused("18, 52, 86", 4);
    const colours = await open("drawn", { colours: "id" });
    expect(await in_(colours, 0x563412, 4)).toEqual(ascii("#.."));
    expect(await in_(await open("drawn", { foreground: true }), 1, 4)).toEqual(ascii("#.#"));
    expect(await in_(await open("drawn-alone"), 1, 0)).toEqual(ascii(".#"));
  });

  test("a clip that is not there, a colour image, a mask of two objects", async () => {
    save("odd/a/1/0.png", labelPng(2, 1, Uint8Array.of(1, 2), palette));
    save("odd/a/1/1.png", labelPng(2, 1, Uint8Array.of(0, 7), palette));
    const odd = await openPredictedClips(join(root, "odd"), "odd");
    const labels = await openPredictedClips(join(root, "mine"), "mine");
    for (const target of ["000", "16711680"])
      await expect(labels.of("a").mask(target, "0", { width: 2, height: 1 })).rejects.toThrow(
        `a/0.png: a label map has no value for target ${target}; expected a/${target}/0.png`,
      );
    expect(() => odd.of("b")).toThrow("odd: a clip is missing; expected b/, got a");
    await expect(odd.of("a").mask("1", "0", { width: 2, height: 1 })).rejects.toThrow(
      "a/1/0.png: the mask is not binary; expected 0 and one other value, got 0, 1 and 2",
    );
    expect(await odd.of("a").mask("1", "1", { width: 2, height: 1 })).toEqual(ascii(".#"));
    expect(await odd.of("a").mask("2", "1", { width: 2, height: 1 })).toEqual(ascii(".."));
    expect((await odd.fact()).bytes).toBeGreaterThan(100);
  });
});
