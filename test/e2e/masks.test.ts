// `masks`: all masks of anybody's pictures.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { runCli } from "../helpers/run-cli.ts";
import { sharedFolder, workPlace } from "../helpers/synthetic.ts";

const place = sharedFolder();
const words = (...more: string[]) => [
  ...["masks", "photos", "--model", "./constant.yaml", "--generator", "pointsPerSide=3"],
  ...["--generator", "predictedIou=0", "--generator", "stability=0", ...more],
];
const read = (out: string, name: string) => readFileSync(join(place, out, name), "utf8");
const filesOf = (out: string) =>
  Object.fromEntries(
    readdirSync(join(place, out), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name)).toString("base64")]),
  );

beforeAll(async () => {
  await workPlace({ images: 3, targets: 2 }, { place });
  for (const [from, to] of [
    ["img0000", "one/a.png"],
    ["img0001", "two/a.png"],
    ["img0002", "two/7.png"],
  ] as const) {
    mkdirSync(join(place, "photos", to, ".."), { recursive: true });
    cpSync(join(place, "data", from, "images", `${from}.png`), join(place, "photos", to));
  }
  const { code, err } = await runCli(words("--out", "whole"), { cwd: place });
  expect({ code, err }).toMatchObject({ code: 0 });
  expect(err).toContain(
    "one/a: its name alone is also another image's: the id has what tells them apart; so of 1 more\n",
  );
}, 60_000);

test("a COCO document, a line and a picture of each image; images of one name are told apart", () => {
  const { info, images, annotations, categories } = JSON.parse(read("whole", "masks.json"));
  expect(images.map(({ id, file_name }: { id: number; file_name: string }) => [id, file_name])).toEqual([
    [1, "two/7.png"],
    [2, "one/a.png"],
    [3, "two/a.png"],
  ]);
  expect(info).toMatchObject({ protocol: "everything@1", generator: { pointsPerSide: 3 }, failed: [] });
  expect(categories).toEqual([{ id: 1, name: "mask", supercategory: "mask" }]);
  expect(annotations.length).toBeGreaterThan(3);
  expect(annotations.map(({ id }: { id: number }) => id)).toEqual(
    annotations.map((_: unknown, i: number) => i + 1),
  );
  expect(Object.keys(annotations[0])).toEqual([
    ...["id", "image_id", "category_id", "iscrowd", "segmentation", "area", "bbox", "score"],
    ...["predicted_iou", "stability_score", "point_coords", "crop_box"],
  ]);
  const lines = read("whole", "images.jsonl")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  for (const { points, candidates, removed, annotations: masks } of lines) {
    expect([points, candidates]).toEqual([9, 27]);
    const gone = Object.values(removed as Record<string, number>).reduce((sum, count) => sum + count, 0);
    expect(masks.length + gone).toBe(27);
  }
  expect(readdirSync(join(place, "whole", "pictures")).sort()).toEqual([
    "7.jpg",
    "one%2Fa.jpg",
    "two%2Fa.jpg",
  ]);
});

test("the time is said first of a decoder that takes a click a call, where that takes longer than to find out", async () => {
  const [verb, , ...rest] = words("--batch", "1", "--limit", "1");
  const { err } = await runCli([verb!, "photos", ...rest, "--out", "timed"], { cwd: place });
  expect(err).toMatch(
    /^expected: about \d+ s: 9 points in 1 image, [\d.]+ s a point \([^,]+, 4 points of 7\)$/m,
  );
  // Named after its pictures, where no folder is.
  const images = ["photos/two/7.png", "photos/two/a.png"];
  const few = await runCli([verb!, ...images, ...rest, "--generator", "pointsPerSide=2"], { cwd: place });
  expect(few.err).not.toContain("expected:");
  expect(few.out).toContain("masks: reports/7-and-1-more-constant-masks/masks.json\n");
}, 60_000);

test("a folder whose last image was torn goes on, and comes to the same bytes with other workers", async () => {
  cpSync(join(place, "whole"), join(place, "torn"), { recursive: true });
  const lines = read("torn", "images.jsonl").split("\n");
  truncateSync(
    join(place, "torn", "images.jsonl"),
    Buffer.byteLength(`${lines[0]}\n${lines[1]!.slice(0, 50)}`),
  );
  for (const name of ["masks.json", "pictures/one%2Fa.jpg", "pictures/two%2Fa.jpg"])
    rmSync(join(place, "torn", name));
  const { code, err } = await runCli(words("--out", "torn", "--workers", "2"), { cwd: place });
  expect(code).toBe(0);
  expect(err).toContain("continuing torn: 1 of 3 images are done");
  expect(filesOf("torn")).toEqual(filesOf("whole"));
}, 60_000);

test("other settings are refused by name, and --fresh replaces", async () => {
  const other = words("--out", "whole", "--generator", "nms=0.5");
  const { code, err } = await runCli(other, { cwd: place });
  expect(code).toBe(1);
  expect(err).toContain(
    `error: whole: holds masks that were made with something else; expected another folder, or --fresh to replace them, got nms was 0.7, now 0.5\n`,
  );
  cpSync(join(place, "whole"), join(place, "replaced"), { recursive: true });
  const fresh = await runCli(
    [...words("--out", "replaced"), "--generator", "nms=0.5", "--limit", "1", "--fresh", "--json"],
    { cwd: place },
  );
  expect(fresh.code).toBe(0);
  expect(JSON.parse(fresh.out)).toMatchObject({ out: join(place, "replaced"), images: 1, failed: [] });
  expect(JSON.parse(read("replaced", "settings.json")).generator.nms).toBe(0.5);
  expect(readdirSync(join(place, "replaced", "pictures"))).toHaveLength(1);
}, 60_000);

test("the same files by another name are the same model; another card of theirs is not", async () => {
  const card = JSON.parse(readFileSync(join(place, "constant.yaml"), "utf8"));
  const write = (name: string, more: object) =>
    writeFileSync(join(place, `${name}.yaml`), JSON.stringify({ ...card, name, ...more }));
  write("renamed", { description: "The same." });
  write("other", { mask: { ...card.mask, threshold: 1 } });
  cpSync(join(place, "whole"), join(place, "known"), { recursive: true });
  const by = (model: string, ...more: string[]) =>
    runCli([...words("--out", "known", ...more), "--model", model], { cwd: place });
  const { code, err } = await by("./renamed.yaml", "--limit", "2");
  expect({ code, err }).toMatchObject({ code: 0 });
  expect(err).toContain(
    "known also holds 1 image of other commands: masks.json leaves out what this one does not name",
  );
  const { info } = JSON.parse(read("known", "masks.json"));
  expect(info).toMatchObject({ model: { name: "renamed" }, points: 18, candidates: 54 });
  expect(Object.keys(info.model.card)).not.toContain("description");
  expect((await by("./other.yaml")).err).toContain("got model mask threshold was 0, now 1\n");
}, 60_000);

test("limits that leave nothing are named, those that cannot leave anything refused; what fails leaves no folder", async () => {
  const strict = words("--out", "strict", "--limit", "1", "--generator", "predictedIou=0.999");
  expect((await runCli(strict, { cwd: place })).err).toContain(
    "note: no mask passed the filters; a model that is unsure of itself needs lower limits: --generator predictedIou=0 --fresh keeps all",
  );
  const percent = await runCli(words("--out", "none", "--generator", "predictedIou=88"), { cwd: place });
  expect(percent.code).toBe(1);
  expect(percent.err).toContain("keeps masks whose predicted IoU is greater than 88, and no IoU is");
  expect(existsSync(join(place, "none"))).toBe(false);
}, 60_000);

test("somebody else's pictures are never written over", async () => {
  mkdirSync(join(place, "holiday", "pictures"), { recursive: true });
  cpSync(join(place, "photos", "two", "7.png"), join(place, "holiday", "pictures", "7.jpg"));
  const before = readFileSync(join(place, "holiday", "pictures", "7.jpg"));
  const [verb, , ...rest] = words("--out", "holiday", "--fresh");
  const { code, err } = await runCli([verb!, "holiday/pictures", ...rest], { cwd: place });
  expect(code).toBe(1);
  expect(err).toContain(
    "error: holiday: holds files that are not of masks made here; expected a folder of its own, got pictures\n",
  );
  expect(readFileSync(join(place, "holiday", "pictures", "7.jpg"))).toEqual(before);
  const among = "error: --out: holds the pictures that are read; expected a folder of its own; got";
  for (const pictures of ["holiday/pictures", "holiday/pictures/7.jpg", "holiday/pictures/*.jpg"])
    expect(
      (await runCli([verb!, pictures, ...rest, "--out", "holiday/pictures"], { cwd: place })).err,
    ).toContain(`${among} "holiday/pictures"\n`);
});

test("an image that cannot be read is named, the others are done, and the exit code is 1", async () => {
  cpSync(join(place, "photos"), join(place, "damaged"), { recursive: true });
  writeFileSync(join(place, "damaged", "b.png"), "no picture");
  const [verb, , ...rest] = words("--out", "some");
  const { code, err, out } = await runCli([verb!, "damaged", ...rest], { cwd: place });
  expect(code).toBe(1);
  expect(err).toMatch(/b: no masks: b\.png: .*\n/);
  expect(err).toContain("error: 1 image of 4 could not be done");
  expect(out).toMatch(/^\d+ masks of 3 images/);
  expect(JSON.parse(read("some", "masks.json")).info.failed).toEqual([
    { image: "b", reason: expect.stringContaining("b.png") },
  ]);
  expect(existsSync(join(place, "some", "pictures", "b.jpg"))).toBe(false);
}, 60_000);

test("an image that changed and cannot be read now keeps none of its old masks", async () => {
  cpSync(join(place, "photos"), join(place, "changing", "photos"), { recursive: true });
  cpSync(join(place, "whole"), join(place, "changed"), { recursive: true });
  const [verb, , ...rest] = words("--out", "changed");
  const again = () => runCli([verb!, "changing/photos", ...rest], { cwd: place });
  const image = join(place, "changing", "photos", "two", "7.png");
  writeFileSync(image, "broken");
  const { code, err, out } = await again();
  expect(code).toBe(1);
  expect(err).toContain("error: 1 image of 3 could not be done");
  expect(out).toMatch(/^\d+ masks of 2 images/);
  const { info, images } = JSON.parse(read("changed", "masks.json"));
  expect(info.failed).toMatchObject([{ image: "7" }]);
  expect(images.map(({ file_name }: { file_name: string }) => file_name)).toEqual(["one/a.png", "two/a.png"]);
  expect(read("changed", "images.jsonl").match(/"image":"[^"]*"/g)).toEqual([
    '"image":"one/a"',
    '"image":"two/a"',
  ]);
  expect(existsSync(join(place, "changed", "pictures", "7.jpg"))).toBe(false);
  // As it was: the same masks, its line last.
  cpSync(join(place, "photos", "two", "7.png"), image);
  expect((await again()).code).toBe(0);
  const { "images.jsonl": lines, ...others } = filesOf("changed");
  const { "images.jsonl": before, ...same } = filesOf("whole");
  expect(others).toEqual(same);
  expect(lines).toHaveLength(before!.length);
}, 60_000);

test("the document loads in `score` as it is", async () => {
  const [verb, , ...rest] = words("--out", "dots");
  await runCli([verb!, "data/*/images/*.png", ...rest], { cwd: place });
  const score = [
    "score",
    "./dots.yaml",
    "dots/masks.json",
    ...["--match", "best"],
    "--root",
    "data",
    "--no-save-masks",
  ];
  const { code, err } = await runCli([...score, "--out", "scored"], { cwd: place });
  expect({ code, err }).toMatchObject({ code: 0 });
  const manifest = JSON.parse(read("scored", "manifest.json"));
  const { annotations } = JSON.parse(read("dots", "masks.json"));
  expect(Object.values(manifest.models)).toMatchObject([
    { detections: { entries: annotations.length, leftOut: 0, elsewhere: 0 } },
  ]);
  // The folder stands for it; unmatched, it is told what is missing.
  const more = ["--root", "data", "--no-save-masks", "--out", "sets"];
  const sets = await runCli(["score", "./dots.yaml", "dots", "--match", "coco", ...more], { cwd: place });
  expect({ code: sets.code, err: sets.err }).toMatchObject({ code: 0 });
  expect(read("sets", "rows.jsonl").trim().split("\n")).toHaveLength(3);
  const unmatched = await runCli(["score", "./dots.yaml", "dots/masks.json", ...more], { cwd: place });
  expect(unmatched.err).toContain("masks.json, annotations[0]: is a detection of COCO results");
  expect(unmatched.err).toContain("expected --match coco for average recall");
}, 60_000);

test("what a setting may be is said for all of them at once", async () => {
  const wrong = ["nms=2", "rank=best", "pointPerSide=4"].flatMap((text) => ["--generator", text]);
  const { code, err } = await runCli(words("--out", "none", ...wrong, "--protocol", "box@1"), { cwd: place });
  expect(code).toBe(1);
  expect(err).toContain("--protocol: makes no masks of everything; expected one of everything@1,");
  expect(err).toContain("--generator.nms: out of range; expected a number <= 1; got 2");
  expect(err).toContain("--generator.rank: unknown rank; expected one of predicted, predicted-stability");
  expect(err).toContain("--generator.pointPerSide: unknown key");
  expect(existsSync(join(place, "none"))).toBe(false);
});
