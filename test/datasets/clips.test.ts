// Clips in folders: the cards' layouts, what frames and targets there are, and what is wrong in a folder. Frames are 1x1 or empty files: only their
// names are read until one is asked for.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { jpg, labelPng, maskPng } from "../../scripts/miniatures/files.ts";
import { makeScene } from "../../scripts/miniatures/scene.ts";
import type { Note } from "../../src/core/errors.ts";
import type { ClipFoldersOptions, DatasetCard } from "../../src/core/schema-types.ts";
import type { Clip } from "../../src/core/types.ts";
import { openClips } from "../../src/datasets/index.ts";
import { checkDataset } from "../../src/datasets/inspect.ts";
import { evaluators } from "../../src/eval/video/evaluators.ts";
import { ascii, draw } from "../helpers/ascii-mask.ts";
import { miniatures, realData } from "./cards.ts";

const home = mkdtempSync(join(tmpdir(), "segbench-clips-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const palette = Array.from({ length: 256 }, (_, i) => [i, i, 0]);
const labels = (...values: number[]) => labelPng(values.length, 1, Uint8Array.from(values), palette);

type Files = Readonly<Record<string, string | Uint8Array>>;
let folders = 0;

function folder(files: Files): string {
  folders++;
  const root = join(home, String(folders));
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), bytes);
  }
  return root;
}

const usual = {
  format: "clip-folders",
  frames: "f/{clip}/{frame}.jpg",
  masks: "m/{clip}/{frame}.png",
} as const;

async function clipsOf(
  files: Files,
  options: Partial<ClipFoldersOptions> = {},
  rest: Partial<DatasetCard> = {},
) {
  const notes: Note[] = [];
  const card = { name: "mine", adapter: { ...usual, ...options }, ...rest };
  const refs = await openClips(card, folder({ "f/read.me": "", "m/read.me": "", ...files }), (note) =>
    notes.push(note),
  ).list();
  return { refs, notes, first: () => refs[0]!.load() };
}

/** Targets as id and masks of one row, frame by frame: "." where it is absent. */
async function tracksOf({ tracks }: Clip): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { id, labelled, mask } of tracks) {
    const rows = await Promise.all(labelled.map(async (frame) => [frame, await mask(frame)] as const));
    found[id] = rows
      .map(([frame, one]) => `${frame}:${one === undefined ? "absent" : draw(one).join("/")}`)
      .join(" ");
  }
  return found;
}

function readClipCard(name: string): DatasetCard {
  return parse(readFileSync(new URL(`../../datasets/${name}.yaml`, import.meta.url), "utf8")) as DatasetCard;
}

describe("cards", () => {
  const dot = maskPng(ascii(".#"));
  const none = maskPng(ascii(".."));

  test("davis2017-val: listed sequences, objects of the first frame, void as background", async () => {
    const root = folder({
      "ImageSets/2017/val.txt": "bike\ncows\n",
      ...Object.fromEntries(
        ["bike", "cows", "train"].flatMap((clip) =>
          [0, 1, 2].map((n) => [`JPEGImages/480p/${clip}/0000${n}.jpg`, ""]),
        ),
      ),
      "Annotations/480p/bike/00000.png": labels(1, 3, 255),
      "Annotations/480p/bike/00001.png": labels(0, 2, 4),
      "Annotations/480p/bike/00002.png": labels(0, 0, 3),
    });
    const refs = await openClips(readClipCard("davis2017-val"), root).list();
    expect(refs.map(({ id, cluster }) => [id, cluster])).toEqual([
      ["bike", "bike"],
      ["cows", "cows"],
    ]);
    const bike = await refs[0]!.load();
    expect(bike.frames.map(({ id }) => id)).toEqual(["00000", "00001", "00002"]);
    expect(await tracksOf(bike)).toEqual({
      1: "00000:#.. 00001:absent 00002:absent",
      2: "00000:absent 00001:.#. 00002:absent",
      3: "00000:.#. 00001:absent 00002:..#",
    });
    expect((await refs[1]!.load()).tracks).toEqual([]);
  });

  test.each(["sa-v-val", "sa-v-test"])(
    "%s: a folder for each object, every fourth frame labelled",
    async (name) => {
      const card = readClipCard(name);
      const root = folder({
        [`${card.root}.txt`]: "sav_000001\n",
        ...Object.fromEntries(
          Array.from({ length: 9 }, (_, n) => [`JPEGImages_24fps/sav_000001/0000${n}.jpg`, ""]),
        ),
        "Annotations_6fps/sav_000001/000/00000.png": dot,
        "Annotations_6fps/sav_000001/000/00004.png": none,
        "Annotations_6fps/sav_000001/000/00008.png": dot,
        "Annotations_6fps/sav_000001/001/00004.png": dot,
      });
      const [ref, ...more] = await openClips(card, root).list();
      expect([more, ref!.masks]).toEqual([[], 2]);
      const clip = await ref!.load();
      expect(clip.frames).toHaveLength(9);
      expect(await tracksOf(clip)).toEqual({ "000": "00000:.# 00004:absent 00008:.#", "001": "00004:.#" });
    },
  );

  test("davis2016-video: all that is not 0 is one object", async () => {
    const clip = await (
      await openClips(
        readClipCard("davis2016-video"),
        folder({
          "JPEGImages/480p/swan/00000.jpg": "",
          "Annotations/480p/swan/00000.png": labels(0, 38, 255),
        }),
      ).list()
    )[0]!.load();
    expect(await tracksOf(clip)).toEqual({ 1: "00000:.##" });
  });

  test("name an evaluator that there is", () => {
    const names = ["davis2016-video", "davis2017-val", "sa-v-val", "sa-v-test"].map(
      (name) => readClipCard(name).evaluator!,
    );
    expect(names.filter((name) => !Object.hasOwn(evaluators, name))).toEqual([]);
  });

  test.each([
    ["davis2016-video", { ladybird: "10: 1 10/10", "toy-boat": "8: 1 8/8" }],
    ["davis2017-val", { marbles: "6: 1 6/6, 2 6/6, 3 6/6", "two-fish": "10: 1 7/10, 2 10/10" }],
    ["sa-v-test", { sav_000912: "13: 000 4/4, 001 4/4", sav_000925: "13: 000 4/4" }],
    ["sa-v-val", { sav_000901: "13: 000 4/4, 001 4/4", sav_000907: "17: 000 4/5, 001 4/5" }],
  ])("%s: the miniature's frames and, of each target, masks of labelled frames", async (name, expected) => {
    const card = readClipCard(name);
    const found: Record<string, string> = {};
    for (const ref of await openClips(card, join(miniatures, card.root!)).list()) {
      const { frames, tracks } = await ref.load();
      const { width, height } = await frames[0]!.load();
      const counted: string[] = [];
      for (const { id, labelled, mask } of tracks) {
        let there = 0;
        for (const frame of labelled) {
          const one = await mask(frame);
          if (one === undefined) continue;
          there++;
          expect([one.width, one.height]).toEqual([width, height]);
        }
        counted.push(`${id} ${there}/${labelled.length}`);
      }
      found[ref.id] = `${frames.length}: ${counted.join(", ")}`;
    }
    expect(found).toEqual(expected);
  });

  test.skipIf(realData === undefined)("davis2016-video: two real sequences", async () => {
    const refs = await openClips(readClipCard("davis2016-video"), join(realData!, "davis2016")).list();
    expect(refs.map(({ id, masks }) => [id, masks])).toEqual([
      ["blackswan", 1],
      ["libby", 1],
    ]);
    const clips = await Promise.all(refs.map((ref) => ref.load()));
    expect(clips.map(({ frames, tracks }) => [frames.length, tracks[0]!.labelled.length])).toEqual([
      [50, 50],
      [49, 49],
    ]);
    const { width, height } = await clips[1]!.frames.at(-1)!.load();
    const mask = await clips[1]!.tracks[0]!.mask("00000");
    expect([width, height, mask!.width, mask!.height]).toEqual([854, 480, 854, 480]);
  });
});

describe("validate", () => {
  const check = async (files: Files, options: Partial<ClipFoldersOptions> = {}) => {
    const card = { name: "mine", adapter: { ...usual, ...options }, expected: { clips: 2, masks: 9 } };
    return checkDataset(card, openClips(card, folder(files)), { full: true });
  };

  test("counts clips, frames, tracks and masks, and says what is wrong with a frame or a mask by its name", async () => {
    const frame = await jpg(
      makeScene(2, 1, () => [0.5, 0.5, 0.5]),
      80,
    );
    const wide = await jpg(
      makeScene(3, 1, () => [0.5, 0.5, 0.5]),
      80,
    );
    const found = await check({
      ...{ "f/a/0.jpg": frame, "f/a/1.jpg": frame, "f/a/2.jpg": wide, "f/a/3.jpg": "no JPEG" },
      ...{
        "m/a/0.png": labels(1, 2),
        "m/a/1.png": labels(1),
        "m/a/2.png": "no PNG",
        "m/a/3.png": labels(2, 2),
      },
      ...{ "f/b/0.jpg": frame, "f/b/1.jpg": frame, "m/b/0.png": labels(7, 0), "m/b/1.png": labels(7, 0) },
    });
    expect(found.found).toEqual({ clips: 2, frames: 6, tracks: 3, masks: 6, labelled: 2 });
    expect([found.loaded, found.targets, found.part]).toEqual([2, { ok: 3 }, false]);
    const shown = found.problems.map(
      ({ where, what }) => `${where}: ${what.replace(/(no (?:JPEG|PNG)|: ).*$/s, "$1")}`,
    );
    expect(shown).toEqual([
      "mine: wrong number of masks; expected 9, got 6",
      "a: frame 1: ",
      "a: frame 2 differs in size from the first; expected 2x1, got 3x1",
      "a: m/a/2.png: ",
      "a: f/a/3.jpg: ",
    ]);
    expect(found.notes).toEqual([
      {
        what: "clips with targets labelled in fewer than three frames: the first and the last do not count",
        ...{ where: "b", count: 1 },
      },
    ]);
  });

  test("a part of it, and a target that is never seen", async () => {
    const frame = await jpg(
      makeScene(2, 1, () => [0.5, 0.5, 0.5]),
      80,
    );
    const found = await check(
      {
        "f/a/0.jpg": frame,
        "m/a/0.png": labels(0, 2),
        "f/a/1.jpg": frame,
        "f/a/2.jpg": frame,
        "m/a/1.png": labels(2, 0),
        "m/a/2.png": labels(2, 0),
      },
      { appear: "first" },
    );
    expect([found.part, found.targets, found.found]).toEqual([
      ...[true, { failed: 1, ok: 1 }],
      { clips: 1, frames: 3, tracks: 1, masks: 3, labelled: 1 },
    ]);
    expect(found.problems).toEqual([
      { where: "a", what: "target 1: it is in none of the clip's labelled frames" },
    ]);
  });
});

describe("a folder", () => {
  test("has its frames in the order of their numbers", async () => {
    const names = ["f/a/img_10.jpg", "f/a/img_9.jpg", "f/a/img_2.jpg", "f/a/img_100.jpg"];
    const { first } = await clipsOf(Object.fromEntries(names.map((name) => [name, ""])));
    expect((await first()).frames.map(({ id }) => id)).toEqual(["img_2", "img_9", "img_10", "img_100"]);
  });

  test("may be a single clip, which has the folder's name", async () => {
    const { refs } = await clipsOf(
      { "swan/0.jpg": "", "masks/0.png": labels(1) },
      { frames: "swan/{frame}.jpg", masks: "masks/{frame}.png" },
    );
    expect(refs.map(({ id }) => id)).toEqual(["swan"]);
  });

  test("has the targets of every labelled frame, unless the card says of the first", async () => {
    const files = { "f/a/0.jpg": "", "f/a/1.jpg": "", "m/a/0.png": labels(0, 2), "m/a/1.png": labels(11, 2) };
    const any = await (await clipsOf(files)).first();
    expect(any.tracks.map(({ id }) => id)).toEqual(["2", "11"]);
    const firstAlone = await (await clipsOf(files, { appear: "first" })).first();
    expect(firstAlone.tracks.map(({ id }) => id)).toEqual(["1", "2"]);
  });

  test("colours are values where the card says so; without it the clip fails", async () => {
    const [red, blue] = [
      [255, 0, 0],
      [0, 0, 255],
    ];
    const rgb = (...colours: number[][]) =>
      sharp(Uint8Array.from(colours.flat()), { raw: { width: colours.length, height: 1, channels: 3 } })
        .png()
        .toBuffer();
    const files = {
      ...{ "f/a/0.jpg": "", "f/a/1.jpg": "" },
      ...{ "m/a/0.png": await rgb(blue!, [0, 0, 0]), "m/a/1.png": await rgb([0, 0, 0], red!) },
    };
    const clip = await (await clipsOf(files, { colours: "id" })).first();
    expect(await tracksOf(clip)).toEqual({ "255": "0:absent 1:.#", "16711680": "0:#. 1:absent" });
    const first = await (await clipsOf(files, { colours: "id", appear: "first" })).first();
    expect(first.tracks.map(({ id }) => id)).toEqual(["16711680"]);
    await expect((await clipsOf(files)).first()).rejects.toThrow(
      "m/a/0.png: a label map has colours instead of values",
    );
  });

  test("a label map that is broken fails where it is read, and no other", async () => {
    const files = { "f/a/0.jpg": "", "f/a/1.jpg": "", "m/a/0.png": labels(1), "m/a/1.png": "no PNG" };
    const clip = await (await clipsOf(files)).first();
    expect(clip.tracks.map(({ id }) => id)).toEqual(["1"]);
    await expect(clip.tracks[0]!.mask("1")).rejects.toThrow("m/a/1.png");
    expect(await clip.tracks[0]!.mask("0")).toEqual(ascii("#"));
  });

  test("masks of another clip are told, a mask without its frame and a frame twice fail their clip", async () => {
    const { refs, notes, first } = await clipsOf({
      "f/a/0.jpg": "",
      "m/a/1.png": labels(1),
      "m/b/0.png": labels(1),
    });
    expect(refs).toHaveLength(1);
    expect(notes).toEqual([{ what: "masks of a clip without frames: not read", where: "m/b/0.png" }]);
    await expect(first()).rejects.toThrow("m/a/1.png: a mask without its frame; expected frame 1 of clip a");
    const beyond = { "f/a/0.jpg": "", "f/a/2.jpg": "", "m/a/0.png": labels(1), "m/a/10.png": labels(1) };
    const scored = await clipsOf(beyond);
    expect((await scored.first()).tracks[0]!.labelled).toEqual(["0"]);
    expect(scored.notes).toEqual([
      { what: "masks beyond the frames of their clip: not read", where: "m/a/10.png" },
    ]);
    const lost = await clipsOf({ ...beyond, "m/a/1.png": labels(1) });
    await expect(lost.first()).rejects.toThrow("m/a/1.png: a mask without its frame");
    const twice = await clipsOf({ "f/a/0.jpg": "", "f/a/0.JPG": "" });
    await expect(twice.first()).rejects.toThrow("two files are the same frame; expected one file a frame");
  });

  test("patterns say which part is the frame and which the clip", async () => {
    await expect(clipsOf({ "f/a.jpg": "" }, { frames: "f/{image}.jpg" })).rejects.toThrow(
      "mine: adapter.frames: the pattern does not say which part names a frame; expected {frame}, got f/{image}.jpg",
    );
    await expect(clipsOf({ "f/a/0.jpg": "" }, { masks: "m/{frame}.png" })).rejects.toThrow("expected {clip}");
  });

  test("without a clip, and a list that names one that is not there", async () => {
    await expect(clipsOf({ "x.txt": "" })).rejects.toThrow("mine: no clip was found");
    const { refs } = await clipsOf(
      { "f/a/0.jpg": "", "list.txt": "a\ncat\n" },
      {},
      { select: { lists: ["list.txt"] } },
    );
    expect(refs.map(({ id }) => id)).toEqual(["a", "cat"]);
    await expect(refs[1]!.load()).rejects.toThrow("list.txt, line 2: a listed image is missing");
  });
});
