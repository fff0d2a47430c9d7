// `inspect` of folders of clips: the layouts of DAVIS, SA-V, YouTube-VOS and MOSE, plain ones, and pictures that are none.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { jpg as jpgOf, labelPng, maskPng } from "../../scripts/miniatures/files.ts";
import { makeScene } from "../../scripts/miniatures/scene.ts";
import { inspectData } from "../../src/run/inspect/data.ts";
import { type Folder, makeFolder } from "../formats/fixture.ts";
import { ascii } from "../helpers/ascii-mask.ts";
import { runCli } from "../helpers/run-cli.ts";
import { packageFolder } from "../helpers/synthetic.ts";

const samples = join(packageFolder, "datasets", "samples");
const around = { cwd: packageFolder, env: {} };
const palette = Array.from({ length: 256 }, (_, i) => [i, 0, 255 - i]);
const label = labelPng(3, 1, Uint8Array.of(0, 1, 2), palette);
const mask = maskPng(ascii(".##"));
const folders: Folder[] = [];
let jpg: Uint8Array;

beforeAll(async () => {
  jpg = await jpgOf(
    makeScene(3, 1, (x) => [x / 3, 0.5, 0.2]),
    80,
  );
});
afterAll(() => {
  for (const folder of folders) folder.remove();
});

const frames = (folder: string, count: number, bytes: Uint8Array, every = 1, suffix = "jpg") =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => i)
      .filter((i) => i % every === 0)
      .map((i) => [`${folder}/${String(i).padStart(5, "0")}.${suffix}`, bytes]),
  );

function folder(files: Parameters<typeof makeFolder>[0]): string {
  const made = makeFolder(files);
  folders.push(made);
  return made.root;
}

async function told(root: string) {
  const { clips, problem } = await inspectData([root], {}, around);
  return [
    ...clips.map(({ card, benchmark, check: { found, each } }) => [
      ...[card.adapter.frames, card.adapter.masks, benchmark],
      ...[found.clips, found.frames, found.tracks ?? each.tracks],
    ]),
    ...(problem === undefined ? [] : [problem]),
  ];
}

test.each([
  ["davis2016", "davis2016-video", "480p/{clip}/{frame}.png", [2, 18, 2]],
  ["davis2017", "davis2017-val", "480p/{clip}/{frame}.png", [3, 18, 2.5]],
  ["sav_test", "sa-v-test", "{clip}/{target}/{frame}.png", [2, 26, 3]],
  ["sav_val", "sa-v-val", "{clip}/{target}/{frame}.png", [2, 30, 4]],
])("%s: the miniature is %s", async (name, benchmark, masks, counts) => {
  const [frames, folder] = name.startsWith("sav")
    ? ["JPEGImages_24fps/{clip}/{frame}.jpg", "Annotations_6fps"]
    : ["JPEGImages/480p/{clip}/{frame}.jpg", "Annotations"];
  expect(await told(join(samples, name))).toEqual([[frames, `${folder}/${masks}`, benchmark, ...counts]]);
});

test("YouTube-VOS and MOSE: label maps of some frames; nobody's benchmark", async () => {
  const root = folder({
    ...{ "valid/meta.json": "{}", ...frames("valid/JPEGImages/0062f6", 9, jpg) },
    ...{
      ...frames("valid/JPEGImages/00f88c", 4, jpg),
      ...frames("valid/Annotations/0062f6", 9, label, 4, "png"),
    },
    ...frames("valid/Annotations/00f88c", 1, label, 1, "png"),
  });
  expect(await told(root)).toEqual([
    ["JPEGImages/{clip}/{frame}.jpg", "Annotations/{clip}/{frame}.png", undefined, 2, 13, 4],
  ]);
  const { out } = await runCli(["inspect", "."], { cwd: root });
  expect(out).toContain(
    "clips with a label map for each frame, as DAVIS 2017, YouTube-VOS and MOSE have them",
  );
  expect(out).toContain("  found       2 clips, 13 frames, 4 tracks\n");
  expect(out).toContain(
    "  note        clips with targets labelled in fewer than three frames: the first and the last do not count (00f88c)\n",
  );
  expect(out).toContain(
    "  run         segbench run --video valid/JPEGImages --masks valid/Annotations --model FOLDER\n",
  );
});

test("a folder of frames and one of masks, where there are many in equal steps", async () => {
  const plain = (count: number) => ({
    ...frames("shots/frames", count, jpg),
    ...frames("shots/masks", count, mask, 1, "png"),
  });
  expect(await told(folder(plain(9)))).toEqual([
    ["frames/{frame}.jpg", "masks/{frame}.png", undefined, 1, 9, 1],
  ]);
  expect(await told(folder(plain(5)))).toEqual([]);
});

test("frames in a folder whose name says nothing, beside one of masks", async () => {
  const root = folder({
    ...frames("My Clips/swan one", 9, jpg),
    ...frames("My Clips/swan masks", 9, mask, 1, "png"),
    ...frames("several/JPEG/a", 4, jpg),
    ...frames("several/Masks/a", 4, mask, 1, "png"),
  });
  const swan = ["swan one/{frame}.jpg", "swan masks/{frame}.png", undefined, 1, 9, 1];
  expect(await told(join(root, "My Clips"))).toEqual([swan]);
  const several = ["JPEG/{clip}/{frame}.jpg", "Masks/{clip}/{frame}.png", undefined, 1, 4, 1];
  expect(await told(join(root, "several"))).toEqual([several]);
  const named = await inspectData(
    [join(root, "several", "JPEG"), join(root, "several", "Masks")],
    {},
    around,
  );
  expect(named.clips.map(({ name, card }) => [name, card.adapter.frames])).toEqual([
    ["several", "JPEG/{clip}/{frame}.jpg"],
  ]);
});

test("no card is written of what may be images or clips before it is said which", async () => {
  const root = folder({
    ...frames("shots/frames", 9, jpg),
    ...frames("shots/masks", 9, mask, 1, "png"),
  });
  const inspect = (...words: string[]) =>
    runCli(["inspect", ...words, "--write-card", "cards/mine.yaml"], { cwd: root });
  expect(await inspect("shots/frames", "shots/masks")).toMatchObject({
    ...{ code: 1, out: expect.stringContaining("clips with one mask for each frame") },
    err: "error: cards/mine.yaml: is not written: these may be clips, or images; expected --video shots/frames --masks shots/masks for clips, --images shots/frames --masks shots/masks for images\n",
  });
  expect(await inspect("--images", "shots/frames", "--masks", "shots/masks")).toMatchObject({
    ...{ code: 0, err: expect.stringContaining("card: cards/mine.yaml; next: ") },
  });
  expect(parse(readFileSync(join(root, "cards", "mine.yaml"), "utf8"))).toMatchObject({
    adapter: { format: "mask-files" },
  });
});

test("of which it is said that they are clips: a card, and what is missing", async () => {
  const root = folder({ ...frames("a", 4, jpg), ...frames("b", 4, mask, 1, "png") });
  const inspect = (...words: string[]) => runCli(["inspect", ...words], { cwd: root });
  const written = await inspect("--video", "a", "--masks", "b", "--write-card", "cards/mine.yaml");
  expect([written.code, written.out.split("\n")[0]]).toEqual([
    ...[0, "a: clips with one mask for each frame, as DAVIS 2016 has them (clip-folders)"],
  ]);
  expect(parse(readFileSync(join(root, "cards", "mine.yaml"), "utf8"))).toEqual({
    ...{ name: "mine", root: ".." },
    adapter: {
      format: "clip-folders",
      frames: "a/{frame}.jpg",
      masks: "b/{frame}.png",
      targets: "foreground",
    },
  });
  // Beside the data themselves.
  const rootOf = async (card: string) => {
    expect(await inspect("--video", "a", "--masks", "b", "--write-card", card)).toMatchObject({ code: 0 });
    return parse(readFileSync(join(root, card), "utf8")).root;
  };
  expect(await rootOf("beside.yaml")).toBe("./");
  expect((await inspect("--video", "a")).err).toContain(
    "--video: without masks there is nothing to prompt with",
  );
});
