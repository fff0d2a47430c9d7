// Clips without a card: where frames and masks lie, how they are called, and what values mean.
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { labelPng, maskPng } from "../../scripts/miniatures/files.ts";
import { openClips } from "../../src/datasets/index.ts";
import { recogniseClips, recogniseData } from "../../src/datasets/recognise/index.ts";
import { type Folder, makeFolder } from "../formats/fixture.ts";
import { ascii } from "../helpers/ascii-mask.ts";

const folders: Folder[] = [];
afterAll(() => {
  for (const folder of folders) folder.remove();
});

const palette = Array.from({ length: 256 }, (_, i) => [i, 255 - i, 0]);
const labels = (...values: number[]) => labelPng(values.length, 1, Uint8Array.from(values), palette);
const colours = await sharp(Uint8Array.of(0, 0, 0, 9, 0, 0, 0, 9, 7), {
  raw: { width: 3, height: 1, channels: 3 },
})
  .png()
  .toBuffer();
const one = maskPng(ascii(".#"));

function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = makeFolder(files);
  folders.push(folder);
  return folder.root;
}

async function found(
  files: Readonly<Record<string, string | Uint8Array>>,
  video: string,
  masks: string | undefined,
) {
  const root = folderOf(files);
  return recogniseClips({ video: join(root, video), masks: masks && join(root, masks) });
}

const frames = (pattern: (n: number) => string, count = 4) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [pattern(n), "jpeg"]));
const masks = (pattern: (n: number) => string, content: Uint8Array | string, count = 4) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [pattern(n), content]));

describe("layouts", () => {
  test.each([
    {
      name: "a folder of frames, a mask each",
      files: { ...frames((n) => `my-dog/f/${n}.jpg`), ...masks((n) => `my-dog/m/${n}.png`, one) },
      paths: ["my-dog/f", "my-dog/m"],
      adapter: { frames: "f/{frame}.jpg", masks: "m/{frame}.png", targets: "foreground" },
    },
    {
      name: "masks in the frames' folder, of other names",
      files: {
        ...frames((n) => `dog/frame_${n}.jpg`),
        ...masks((n) => `dog/masks/frame_${n}_mask.png`, one, 3),
      },
      paths: ["dog", "dog/masks"],
      adapter: { frames: "frame_{frame}.jpg", masks: "masks/frame_{frame}_mask.png", targets: "foreground" },
    },
    {
      name: "masks in the frames' folder, of the same names",
      files: { ...frames((n) => `dog/${n}.jpg`), ...masks((n) => `dog/masks/${n}.png`, one) },
      paths: ["dog", "dog/masks"],
      adapter: { frames: "{frame}.jpg", masks: "masks/{frame}.png", targets: "foreground" },
      notes: [
        "dog: 1 clip with 4 frames, {frame}.jpg and masks/{frame}.png: one target, values 0, 255; masks of 4 of 4 frames",
      ],
    },
    {
      name: "colours",
      files: { ...frames((n) => `dog/JPEG/${n}.jpg`), ...masks((n) => `dog/m/${n}.png`, colours) },
      paths: ["dog/JPEG", "dog/m"],
      adapter: { frames: "JPEG/{frame}.jpg", masks: "m/{frame}.png", colours: "id" },
      notes: [
        "dog: 1 clip with 4 frames, JPEG/{frame}.jpg and m/{frame}.png: each colour is a target, 3 colours; masks of 4 of 4 frames",
      ],
    },
    {
      name: "numbers alone in the masks' names",
      files: { ...frames((n) => `dog/f/img00${n}.jpg`), ...masks((n) => `dog/m/00${n}.png`, one) },
      paths: ["dog/f", "dog/m"],
      adapter: { frames: "f/img{frame}.jpg", masks: "m/{frame}.png", targets: "foreground" },
    },
    {
      name: "DAVIS: folders of clips, label maps with void",
      files: {
        ...frames((n) => `JPEGImages/480p/a/0000${n}.jpg`),
        ...frames((n) => `JPEGImages/480p/b/0000${n}.jpg`),
        ...masks((n) => `Annotations/480p/a/0000${n}.png`, labels(0, 1, 2, 255)),
        ...masks((n) => `Annotations/480p/b/0000${n}.png`, labels(0, 1, 1, 0)),
      },
      paths: ["JPEGImages/480p", "Annotations/480p"],
      adapter: {
        frames: "JPEGImages/480p/{clip}/{frame}.jpg",
        masks: "Annotations/480p/{clip}/{frame}.png",
        background: [0, 255],
      },
    },
    {
      name: "SA-V: a folder for each target, every second frame labelled",
      files: {
        ...frames((n) => `f/v/0000${n}.jpg`, 5),
        ...masks((n) => `m/v/000/0000${2 * n}.png`, one, 3),
        ...masks((n) => `m/v/001/0000${2 * n}.png`, one, 3),
      },
      paths: ["f", "m"],
      adapter: { frames: "f/{clip}/{frame}.jpg", masks: "m/{clip}/{target}/{frame}.png" },
    },
  ])("$name", async ({ files, paths: [video, truth], adapter, ...said }) => {
    const { card, root, notes } = await found(
      files as Readonly<Record<string, string | Uint8Array>>,
      video!,
      truth,
    );
    expect(card.adapter).toEqual({ format: "clip-folders", ...adapter });
    if ("notes" in said) expect(notes).toEqual(said.notes);
    const clips = await Promise.all((await openClips(card, root).list()).map((ref) => ref.load()));
    for (const clip of clips) {
      expect(clip.frames.length).toBeGreaterThan(3);
      expect(clip.tracks.length).toBeGreaterThan(0);
      for (const { labelled, mask } of clip.tracks) expect(await mask(labelled[0]!)).toBeDefined();
    }
  });

  test("what was taken is said, and what was not read", async () => {
    const files = {
      ...frames((n) => `trip/frames/${n}.jpg`),
      ...{ "trip/frames/cover.png": "", "trip/m/9.png": one },
      ...masks((n) => `trip/m/${n}.png`, labels(0, 1), 3),
    };
    const { name, notes } = await found(files, "trip/frames", "trip/m");
    expect(name).toBe("trip");
    expect(notes).toEqual([
      "trip: 1 clip with 4 frames, frames/{frame}.jpg and m/{frame}.png: one target, values 0, 1; masks of 3 of 4 frames",
      "trip: 1 picture of another type than .jpg: not read",
      "trip: 1 picture among the masks without a frame of that name",
    ]);
  });
});

describe("what cannot be read", () => {
  test("no masks, none of these names, nothing there, a video file", async () => {
    const files = { ...frames((n) => `f/${n}.jpg`), "m/x.png": one, "clip.mp4": "", "empty/read.me": "" };
    const movies = { ...files, "movies/day/a.mov": "", "movies/day/b.txt": "" };
    await expect(found({ ...frames((n) => `f/${n}.jpg`), "m/0.png": one }, "f", "m")).rejects.toThrow(
      "masks: too few frames have masks for a score: a clip's first and last labelled frame do not count; expected masks of at least three frames of a clip; got masks of 1 frame",
    );
    await expect(found(files, "f", undefined)).rejects.toThrow(
      "video: without masks there is nothing to prompt with, and nothing to score; expected --masks with",
    );
    await expect(found(files, "f", "m")).rejects.toThrow(
      "masks: no mask is named like a frame; expected 0.png, or a folder for each target with such files (1/0.png); got x.png",
    );
    await expect(found(files, "empty", "m")).rejects.toThrow("video: no frame is there");
    await expect(found(files, "f", "empty")).rejects.toThrow("masks: no mask is there");
    await expect(found(files, "clip.mp4", "m")).rejects.toThrow(
      /^video: video files are not decoded; expected a folder of frames: mkdir 'clip' && ffmpeg -i '.*clip\.mp4' -q:v 2 -start_number 0 'clip\/%05d\.jpg'; got clip\.mp4$/,
    );
    await expect(found(movies, "movies", "m")).rejects.toThrow(
      /^video: video files are not decoded; .* -i '.*movies\/day\/a\.mov' .*; got a\.mov$/,
    );
    await expect(found({ ...files, "f/deep/0.jpg": "" }, "f", "m")).rejects.toThrow(
      "video: frames lie in folders of different depths; expected a folder of frames, or a folder of such folders; got 0 deep and 1 deep",
    );
  });

  test("as images: a video file is sent to --video, and numbered frames are images of which it is said", async () => {
    const jpg = await photograph();
    const root = folderOf({
      ...Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`f/0${n}.jpg`, jpg])),
      ...masks((n) => `m/0${n}.png`, maskPng(ascii("##......", "##......")), 9),
      "clip.mov": "",
    });
    const rules = {
      formats: ["mask-files", "label-png"],
      open: (await import("../../src/datasets/index.ts")).openDataset,
    };
    await expect(
      recogniseData({ images: join(root, "clip.mov"), masks: join(root, "m") }, rules),
    ).rejects.toThrow(
      /^images: is a video file, and they are not decoded; expected a folder of frames: .*then --video tracks/,
    );
    const { readings } = await recogniseData({ images: join(root, "f"), masks: join(root, "m") }, rules);
    expect(readings[0]!.notes).toContain(
      "images are numbered as the frames of a video are: --video in place of --images tracks targets through them",
    );
  });
});

async function photograph(): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const raw = { width: 8, height: 2, channels: 3 } as const;
  return sharp(Buffer.alloc(48, 90), { raw }).jpeg().toBuffer();
}
