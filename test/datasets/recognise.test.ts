// Which format files are in: the miniatures of all benchmarks, and layouts as they are met on the web, drawn by hand.
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { recognisedText } from "../../src/cli/recognised-text.ts";
import { adapters, openDataset } from "../../src/datasets/index.ts";
import { nameOfPaths, recogniseData } from "../../src/datasets/recognise/index.ts";
import { type Folder, grey16Png, greyPng, makeFolder, palettePng } from "../formats/fixture.ts";
import { drawnCards, miniatures, readCard, rootOf } from "./cards.ts";
import { smallest } from "./drawn-files.ts";

const folders: Folder[] = [];
afterAll(() => {
  for (const folder of folders) folder.remove();
});

const rules = { formats: Object.keys(adapters), open: openDataset };
const made = drawnCards("image");

test("a path that does not exist, and an unknown format", async () => {
  await expect(recogniseData({ images: "/nowhere/photos" }, rules)).rejects.toThrow(
    "images: there is no such file or folder; got /nowhere/photos",
  );
  await expect(recogniseData({ others: [miniatures] }, { ...rules, format: "cocoo" })).rejects.toThrow(
    /^format: unknown format; expected one of .*coco, .*cvat, .*; got "cocoo"$/,
  );
});

test("images that a pattern or a file names, and no others beside them", async () => {
  const folder = makeFolder({
    ...Object.fromEntries(["a_left", "a_right", "b_left", "ab_left"].map((name) => [`p/${name}.jpg`, jpg])),
    ...Object.fromEntries(["a_left", "b_left", "ab_left"].map((name) => [`m/${name}.png`, mask])),
  });
  folders.push(folder);
  const of = async (images: string) => {
    const paths = { images: join(folder.root, images), masks: join(folder.root, "m") };
    const [reading] = (await recogniseData(paths, rules)).readings;
    const refs = await openDataset(reading!.card, reading!.root).list();
    return refs.map(({ id }) => id);
  };
  expect(await of("p/*_left.jpg")).toEqual(["a_left", "ab_left", "b_left"]);
  expect(await of("p/a*_left.jpg")).toEqual(["a_left", "ab_left"]);
  expect(await of("p/b_left.jpg")).toEqual(["b_left"]);
});

test("photographs of two formats are all images, and what is said the wrong way round is told", async () => {
  const folder = makeFolder({
    ...{ "p/a.jpg": jpg, "p/b.jpg": jpg, "p/c.png": photo },
    ...Object.fromEntries(["a", "b", "c"].map((name) => [`m/${name}.png`, mask])),
  });
  folders.push(folder);
  const [p, m] = ["p", "m"].map((name) => join(folder.root, name)) as [string, string];
  for (const paths of [{ others: [p, m] }, { images: p, masks: m }])
    expect((await recogniseData(paths, rules)).readings[0]).toMatchObject({
      images: 3,
      card: { adapter: { images: "p/{image}.{jpg,png}", masks: "m/{image}.png" } },
    });
  expect((await recogniseData({ images: m, masks: p }, rules)).missing.join()).toMatch(
    /photographs, not masks; what is said to be images looks like masks: the two may be swapped$/,
  );
  // Whose pixels are read is told before they are.
  const read: string[] = [];
  await recogniseData({ images: p, masks: m }, { ...rules, onFile: (name) => read.push(name) });
  expect(read).toEqual(["m/a.png", "m/b.png", "m/c.png", "a", "b", "c"]);
});

test("files that are broken stand in nobody's way", async () => {
  const folder = makeFolder({
    ...{
      "p/a.jpg": jpg,
      "p/b.jpg": "",
      "m/a.png": mask,
      "m/b.png": "",
      "m/notes.json": "{",
      "p/data.yaml": "a: [",
    },
    ...{ "m/c.jpg/x.png": mask, "m/empty.json": "", "m/table.csv": "a,b\n", "m/x.xml": "<annotations" },
  });
  folders.push(folder);
  symlinkSync(join(folder.root, "nowhere"), join(folder.root, "m", "d.png"));
  const { readings } = await recogniseData({ others: [folder.root] }, rules);
  expect(readings[0]).toMatchObject({ format: "mask-files", images: 3, looked: { images: 1, masks: 1 } });
  expect(readings[0]!.unseen.join("; ")).toMatch(/p\/b.jpg/);
});

test.each([
  [{ images: "/a/My Photos" }, "my-photos"],
  [{ images: "/a/Blätter/train/images" }, "blatter"],
  [{ annotations: "/a/cells/data.yaml" }, "cells"],
  [{ annotations: "/a/coco/annotations/instances_val2017.json" }, "a"],
  [{ annotations: "/a/pets.json" }, "pets"],
  [{ others: ["/a/pets/masks", "/a/pets/images"] }, "pets"],
  [{ images: "/a/frogs/*.jpg" }, "frogs"],
  [{ images: "/images" }, "data"],
])("the name of %j", (paths, name) => expect(nameOfPaths(paths)).toBe(name));

test("there are miniatures of 26 benchmarks", () => expect(made).toHaveLength(26));

test.each(made)("%s: the format of its card", async (name) => {
  const { adapter } = readCard(name);
  const formats = adapter.format === "any-of" ? adapter.forms.map(({ format }) => format) : [adapter.format];
  const { readings } = await recogniseData({ others: [rootOf(miniatures, name)] }, rules);
  expect(formats).toContain(readings[0]?.format);
  expect(readings[0]!.looked.masks).toBeGreaterThan(0);
});

const [WIDTH, HEIGHT] = [12, 8];
/** Of many colours, as photographs are. */
const samples = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 37) % 251);
const photo = encode({ width: WIDTH, height: HEIGHT, channels: 3, depth: 8, data: samples });
const jpg = await sharp(samples, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
  .jpeg()
  .toBuffer();
const rowsWith = (text: string) =>
  Array.from({ length: HEIGHT }, (_, y) => (y > 1 && y < 5 ? text : "").padEnd(WIDTH, "."));
/** Values 0 and 255. */
const mask = greyPng(...rowsWith("..####"));
/** Files of one content, by their names with spaces between. */
const alike = <T>(content: T, names: string) =>
  Object.fromEntries(names.split(" ").map((name) => [name, content]));
const objects = greyPng(...rowsWith(".11.22.33"));
const classes = greyPng(...rowsWith(".77.99.77"));
const palette = palettePng(...rowsWith(".11.22"));
const trimap = greyPng(
  ...Array.from({ length: HEIGHT }, (_, y) => (y > 1 && y < 5 ? "223113222222" : "222222222222")),
);
const tiff = await sharp(
  Buffer.from(Uint8Array.from({ length: 96 }, (_, i) => (i > 20 && i < 60 ? 255 : 0))),
  {
    raw: { width: WIDTH, height: HEIGHT, channels: 1 },
  },
)
  .tiff()
  .toBuffer();

const square = [1, 1, 5, 1, 5, 5, 1, 5];
const coco = (files: readonly string[], annotation: object = { segmentation: [square] }) => ({
  images: files.map((file_name, id) => ({ id, file_name, width: WIDTH, height: HEIGHT })),
  annotations: files.map((_, id) => ({
    id,
    image_id: id,
    category_id: 1,
    iscrowd: 0,
    bbox: [1, 1, 4, 4],
    ...annotation,
  })),
  categories: [{ id: 1, name: "leaf" }],
});

const yoloParts = {
  "y/data.yaml": "train: train/images\nval: val/images\nnames: [flower, leaf]\n",
  "y/train/images/a.jpg": jpg,
  "y/train/labels/a.txt": "1 0.1 0.1 0.5 0.1 0.5 0.5\n",
  "y/val/images/b.jpg": jpg,
  "y/val/labels/b.txt": "0 0.1 0.1 0.5 0.1 0.5 0.5\n",
  "z/c.jpg": jpg,
};

interface Layout {
  readonly what: string;
  readonly files: Readonly<Record<string, string | Uint8Array | object>>;
  /** Relative to the folder: images, masks, annotations; else the folder itself. */
  readonly paths?: {
    readonly images?: string;
    readonly masks?: string;
    readonly annotations?: string;
    readonly others?: readonly string[];
  };
  /** The card's adapter. */
  readonly adapter?: object;
  /** Images, and masks in those that were looked at. */
  readonly found?: readonly [images: number, masks: number];
  readonly says?: RegExp;
  readonly name?: string;
  readonly alike?: number;
  readonly why?: RegExp;
  /** All of them, seen or not. */
  readonly categories?: readonly string[];
}

/** Names as cameras give them: their first word is one for images. */
const camera = ["IMG_4007", "IMG-4014"];

const readable: readonly Layout[] = [
  {
    what: "a folder of masks for each image, named as cameras do",
    files: Object.fromEntries(
      camera.flatMap((name) => [
        [`pics/${name}.png`, photo],
        ...[1, 2].map((i) => [`gt/${name}/obj_${i}.png`, mask]),
      ]),
    ),
    adapter: { format: "mask-files", images: "pics/{image}.png", masks: "gt/{image}/obj_{mask}.png" },
    found: [2, 4],
    why: /^values 0, 255 in 4 files$/,
  },
  {
    what: "one image, and a folder of its masks",
    files: { "images/IMG_1.jpg": jpg, "masks/IMG_1/1.png": mask, "masks/IMG_1/2.png": mask },
    adapter: { format: "mask-files", images: "images/{image}.jpg", masks: "masks/{image}/{mask}.png" },
    found: [1, 2],
  },
  {
    what: "more classes than the images tried have",
    files: Object.fromEntries(
      Array.from({ length: 7 }, (_, i) => [
        [`images/${i}.jpg`, jpg],
        [`masks/${i === 3 ? "leaf" : "flower"}/${i}.png`, mask],
      ]).flat(),
    ),
    adapter: { format: "mask-files", images: "images/{image}.jpg", masks: "masks/{category}/{image}.png" },
    found: [7, 4],
    why: /^values 0, 255 in the 6 of 7 files looked at$/,
    categories: ["flower", "leaf"],
  },
  {
    what: "COCO whose file_name has folders that are not there",
    files: { "photos/a.jpg": jpg, "photos/b.jpg": jpg, "ann.json": coco(["train/a.jpg", "train/b.jpg"]) },
    paths: { images: "photos", annotations: "ann.json" },
    adapter: { format: "coco", annotations: ["ann.json"], images: ["photos"], fileName: "base_name" },
    found: [2, 2],
    says: /images are found by their names alone: none lies in the folders that file_name has/,
    categories: ["leaf"],
  },
  {
    what: "YOLO: the part whose images are named",
    files: yoloParts,
    paths: { images: "y/train/images", annotations: "y/data.yaml" },
    adapter: {
      format: "yolo-seg",
      images: "train/images/{image}.jpg",
      annotations: "train/labels/{image}.txt",
      names: { 0: "flower", 1: "leaf" },
    },
    found: [1, 1],
    says: /^$/,
  },
  {
    what: "YOLO: images and labels, whose classes a data.yaml above names",
    files: yoloParts,
    paths: { others: ["y/train/images", "y/train/labels"] },
    adapter: {
      format: "yolo-seg",
      images: "images/{image}.jpg",
      annotations: "labels/{image}.txt",
      names: { 0: "flower", 1: "leaf" },
    },
    found: [1, 1],
    says: /^the classes' names are those of \.\.\/data.yaml$/,
    categories: ["flower", "leaf"],
  },
  {
    what: "Kaggle: a folder for each image, a file for each object",
    files: {
      "stage1/ab/images/ab.png": photo,
      "stage1/ab/masks/0f.png": mask,
      "stage1/ab/masks/1c.png": mask,
      "stage1/cd/images/cd.png": photo,
      "stage1/cd/masks/77.png": mask,
    },
    adapter: {
      format: "mask-files",
      images: "stage1/{image}/images/{image}.png",
      masks: "stage1/{image}/masks/{mask}.png",
    },
    found: [2, 3],
  },
  {
    what: "Oxford pets: trimaps of 1, 2, 3",
    files: {
      "images/Abyssinian_1.jpg": jpg,
      "images/beagle_2.jpg": jpg,
      "annotations/trimaps/Abyssinian_1.png": trimap,
      "annotations/trimaps/beagle_2.png": trimap,
      "annotations/list.txt": "Abyssinian_1 1 1 1\n",
    },
    adapter: {
      format: "label-png",
      images: "images/{image}.jpg",
      labels: "annotations/trimaps/{image}.png",
      values: "class",
      background: [2],
      ignore: [3],
    },
    found: [2, 2],
  },
  {
    what: "CamVid: train and trainannot",
    files: {
      ...alike(photo, "CamVid/train/01.png CamVid/train/02.png"),
      ...alike(classes, "CamVid/trainannot/01.png CamVid/trainannot/02.png"),
    },
    adapter: {
      format: "label-png",
      images: "CamVid/train/{image}.png",
      labels: "CamVid/trainannot/{image}.png",
      values: "class",
    },
    found: [2, 4],
  },
  {
    what: "img and gt, JPEG and PNG",
    files: { "img/1.jpg": jpg, "img/2.jpg": jpg, "gt/1.png": mask, "gt/2.png": mask },
    adapter: { format: "mask-files", images: "img/{image}.jpg", masks: "gt/{image}.png" },
    found: [2, 2],
  },
  {
    what: "Roboflow COCO",
    files: {
      "train/a_jpg.rf.1.jpg": jpg,
      "train/_annotations.coco.json": coco(["a_jpg.rf.1.jpg"]),
      "valid/b_jpg.rf.2.jpg": jpg,
      "valid/_annotations.coco.json": coco(["b_jpg.rf.2.jpg"]),
      "README.roboflow.txt": "leaves",
    },
    adapter: {
      format: "coco",
      annotations: ["train/_annotations.coco.json", "valid/_annotations.coco.json"],
      images: ["{annotations}"],
    },
    found: [2, 2],
    says: /2 annotation files are taken together/,
  },
  {
    what: "Roboflow YOLO, whose data.yaml leads nowhere",
    files: {
      "data.yaml": "train: ../train/images\nval: ../valid/images\nnc: 1\nnames: ['leaf']\n",
      "train/images/a.jpg": jpg,
      "train/labels/a.txt": "0 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5\n",
      "valid/images/b.jpg": jpg,
      "valid/labels/b.txt": "0 0.1 0.1 0.5 0.1 0.5 0.5\n0 0.6 0.6 0.9 0.6 0.9 0.9\n",
    },
    paths: { annotations: "data.yaml" },
    adapter: {
      format: "yolo-seg",
      images: "valid/images/{image}.jpg",
      annotations: "valid/labels/{image}.txt",
      names: { 0: "leaf" },
    },
    found: [1, 2],
    says: /val \(1 image\) is taken; train has 1: --images FOLDER --annotations data.yaml takes another/,
  },
  {
    what: "YOLO without data.yaml",
    files: {
      "images/val/a.jpg": jpg,
      "images/val/b.jpg": jpg,
      "labels/val/a.txt": "3 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5\n",
    },
    adapter: { format: "yolo-seg", images: "images/val/{image}.jpg", annotations: "labels/val/{image}.txt" },
    found: [2, 1],
    says: /1 image without a label file: it has no objects/,
  },
  {
    what: "Cityscapes: several maps for each image",
    files: {
      "leftImg8bit/val/bonn/bonn_0_1_leftImg8bit.png": photo,
      "leftImg8bit/val/ulm/ulm_0_2_leftImg8bit.png": photo,
      ...Object.fromEntries(
        ["bonn/bonn_0_1", "ulm/ulm_0_2"].flatMap((name) => [
          [
            `gtFine/val/${name}_gtFine_instanceIds.png`,
            grey16Png(
              12,
              8,
              Array.from({ length: 96 }, (_, i) => (i < 40 ? 7 : 26000 + (i % 2))),
            ),
          ],
          [`gtFine/val/${name}_gtFine_labelIds.png`, classes],
          [`gtFine/val/${name}_gtFine_polygons.json`, { imgHeight: 8, imgWidth: 12, objects: [] }],
        ]),
      ),
    },
    adapter: {
      format: "label-png",
      images: "leftImg8bit/val/{folder}/{image}_leftImg8bit.png",
      labels: "gtFine/val/{folder}/{image}_gtFine_instanceIds.png",
      values: "instance",
    },
    found: [2, 6],
  },
  {
    what: "DAVIS: folders of frames, palettes",
    files: {
      ...alike(jpg, "JPEGImages/480p/bear/00000.jpg JPEGImages/480p/cat/00000.jpg"),
      ...alike(palette, "Annotations/480p/bear/00000.png Annotations/480p/cat/00000.png"),
    },
    adapter: {
      format: "label-png",
      images: "JPEGImages/480p/{folder}/{image}.jpg",
      labels: "Annotations/480p/{folder}/{image}.png",
      values: "instance",
    },
    found: [2, 4],
  },
  {
    what: "masks in a folder for each class",
    files: {
      ...alike(jpg, "images/1.jpg images/2.jpg"),
      ...alike(mask, "masks/cat/1.png masks/dog/1.png masks/dog/2.png"),
    },
    adapter: { format: "mask-files", images: "images/{image}.jpg", masks: "masks/{category}/{image}.png" },
    found: [2, 3],
  },
  {
    what: "suffixes in capitals, masks as TIFF",
    files: {
      ...alike(jpg, "photos/IMG_1.JPG photos/IMG_2.JPG"),
      ...alike(tiff, "masks/IMG_1.TIF masks/IMG_2.TIF"),
    },
    paths: { images: "photos", masks: "masks" },
    adapter: { format: "mask-files", images: "photos/{image}.JPG", masks: "masks/{image}.TIF" },
    found: [2, 2],
    name: "photos",
  },
  {
    what: "one folder, NAME_mask",
    files: { "a.jpg": jpg, "b.jpg": jpg, "a_mask.png": mask, "b_mask.png": mask },
    adapter: { format: "mask-files", images: "{image}.jpg", masks: "{image}_mask.png" },
    found: [2, 2],
  },
  {
    what: "one folder, JPEG and PNG of one name",
    files: { "a.jpg": jpg, "b.jpg": jpg, "a.png": objects, "b.png": objects },
    adapter: { format: "label-png", images: "{image}.jpg", labels: "{image}.png", values: "instance" },
    found: [2, 6],
    says: /each value of an image is one target; values are taken as objects, and as classes the targets would be the same/,
  },
  {
    what: "a folder for each image, with image.png and mask.png",
    files: { "7/image.png": photo, "7/mask.png": mask, "8/image.png": photo, "8/mask.png": mask },
    adapter: { format: "mask-files", images: "{image}/image.png", masks: "{image}/mask.png" },
    found: [2, 2],
  },
  {
    what: "img_001 and mask_001",
    files: { "x/img_001.png": photo, "x/img_002.png": photo, "y/mask_001.png": mask, "y/mask_002.png": mask },
    adapter: { format: "mask-files", images: "x/img_{image}.png", masks: "y/mask_{image}.png" },
    found: [2, 2],
  },
  {
    what: "numbered masks of several objects",
    files: {
      ...alike(photo, "in/a.png in/b.png"),
      ...alike(mask, "masks/a_0.png masks/a_1.png masks/b_0.png"),
    },
    paths: { images: "in", masks: "masks" },
    adapter: { format: "mask-files", images: "in/{image}.png", masks: "masks/{image}_{mask}.png" },
    found: [2, 3],
  },
  {
    what: "masks named by category and number",
    files: {
      ...alike(photo, "images/s1_7.png images/s2_9.png"),
      ...alike(mask, "masks/s1_7_hip_left_000.png masks/s1_7_hip_left_001.png masks/s2_9_rib_9_000.png"),
    },
    adapter: {
      format: "mask-files",
      images: "images/{image}.png",
      masks: "masks/{image}_{category}_{mask}.png",
    },
    found: [2, 3],
  },
  {
    what: "two videos, whose frames have the same names",
    files: Object.fromEntries(
      ["bear", "cat"].flatMap((video) =>
        ["00000", "00001"].flatMap((frame) => [
          [`rgb/${video}/${frame}.jpg`, jpg],
          [`gt/${video}/${frame}.png`, mask],
        ]),
      ),
    ),
    adapter: { format: "mask-files", images: "rgb/{folder}/{image}.jpg", masks: "gt/{folder}/{image}.png" },
    found: [4, 4],
    says: /as frames of videos have: intervals take each image as independent/,
  },
  {
    what: "LabelMe with what its own tools ignore",
    files: {
      "a.jpg": jpg,
      "a.json": {
        ...{ imagePath: "a.jpg", imageWidth: WIDTH, imageHeight: HEIGHT },
        shapes: ["dog", "__ignore__"].map((label, i) => ({
          label,
          points: [
            [1 + i, 1],
            [8, 1],
            [8, 6],
          ],
        })),
      },
    },
    adapter: { format: "labelme", annotations: "{image}.json", ignoreCategories: ["__ignore__"] },
    says: /as LabelMe has them/,
  },
  {
    what: "Pascal VOC: objects before classes, boxes left out",
    files: {
      "VOC/JPEGImages/2007_1.jpg": jpg,
      "VOC/JPEGImages/2007_2.jpg": jpg,
      "VOC/SegmentationObject/2007_1.png": palette,
      "VOC/SegmentationClass/2007_1.png": palette,
      "VOC/Annotations/2007_1.xml":
        "<annotation><object><bndbox><xmin>1</xmin></bndbox></object></annotation>",
    },
    adapter: {
      format: "label-png",
      images: "VOC/JPEGImages/{image}.jpg",
      labels: "VOC/SegmentationObject/{image}.png",
      values: "instance",
    },
    says: /1 image without a mask \(VOC\/JPEGImages\/2007_2.jpg\)/,
  },
  {
    what: "images of several kinds",
    files: { "photos/a.jpg": jpg, "photos/b.png": photo, "masks/a.png": mask, "masks/b.png": mask },
    paths: { images: "photos", masks: "masks" },
    adapter: { format: "mask-files", images: "photos/{image}.{jpg,png}", masks: "masks/{image}.png" },
    found: [2, 2],
  },
  {
    what: "images of folders of any depth",
    files: { "p/1.jpg": jpg, "p/a/2.jpg": jpg, "m/1.png": mask, "m/a/2.png": mask },
    paths: { images: "p", masks: "m" },
    adapter: { format: "mask-files", images: "p/**/{image}.jpg", masks: "m/**/{image}.png" },
    found: [2, 2],
  },
  {
    what: "two paths without a role, in any order",
    files: { "stuff/masks/1.png": mask, "stuff/shots/1.jpg": jpg },
    paths: { others: ["stuff/masks", "stuff/shots"] },
    adapter: { format: "mask-files", images: "shots/{image}.jpg", masks: "masks/{image}.png" },
    found: [1, 1],
  },
  {
    what: "COCO beside its images' folder, images not named",
    files: { "annotations/instances_val2017.json": coco(["000139.jpg"]), "val2017/000139.jpg": jpg },
    paths: { annotations: "annotations/instances_val2017.json" },
    adapter: { format: "coco", annotations: ["annotations/instances_val2017.json"], images: ["val2017"] },
    found: [1, 1],
  },
  {
    what: "COCO in the folder of the images, both named",
    files: { "own/ann.json": coco(["1.jpg"]), "own/1.jpg": jpg },
    paths: { images: "own", annotations: "own/ann.json" },
    adapter: { format: "coco", annotations: ["ann.json"], images: ["."] },
    found: [1, 1],
  },
  {
    what: "COCO with images that are not there, and images that it does not name",
    files: { "a.json": coco(["x/1.jpg", "x/2.jpg"]), "pics/x/1.jpg": jpg, "pics/x/3.jpg": jpg },
    paths: { images: "pics", annotations: "a.json" },
    adapter: { format: "coco", annotations: ["a.json"], images: ["pics"] },
    says: /1 image of the annotations that is not on disk \(x\/2.jpg\).*1 image that the annotations do not name \(pics\/x\/3.jpg\)/,
  },
  {
    what: "DRIVE: the field of view and the vessels, which are not told apart",
    files: {
      ...alike(jpg, "images/21_training.jpg images/22_training.jpg"),
      ...alike(
        mask,
        "1st_manual/21_manual1.png 1st_manual/22_manual1.png mask/21_training_mask.png mask/22_training_mask.png",
      ),
    },
    adapter: {
      format: "mask-files",
      images: "images/{image}_training.jpg",
      masks: "1st_manual/{image}_manual1.png",
    },
    alike: 2,
  },
  {
    what: "ISIC: words of folders, segmentation after the name",
    files: {
      ...alike(jpg, "Training_Input/ISIC_1.jpg Training_Input/ISIC_2.jpg"),
      ...alike(
        mask,
        "Training_GroundTruth/ISIC_1_segmentation.png Training_GroundTruth/ISIC_2_segmentation.png",
      ),
    },
    adapter: {
      format: "mask-files",
      images: "Training_Input/{image}.jpg",
      masks: "Training_GroundTruth/{image}_segmentation.png",
    },
    found: [2, 2],
  },
  {
    what: "nnU-Net's names, as pictures",
    files: {
      ...alike(jpg, "imagesTr/case_001_0000.jpg imagesTr/case_002_0000.jpg"),
      ...alike(mask, "labelsTr/case_001.png labelsTr/case_002.png"),
    },
    adapter: { format: "mask-files", images: "imagesTr/{image}_0000.jpg", masks: "labelsTr/{image}.png" },
    found: [2, 2],
  },
  {
    what: "two COCO files of the same images",
    files: { "a.jpg": jpg, "one.json": coco(["a.jpg"]), "two.json": coco(["a.jpg"]) },
    adapter: { format: "coco", annotations: ["one.json"], images: ["."] },
    alike: 2,
  },
  {
    what: "soft mattes",
    files: {
      "image/1.png": encode({
        ...{ width: 100, height: 40, channels: 3, depth: 8 },
        data: Uint8Array.from({ length: 12_000 }, (_, i) => (i * 37) % 251),
      }),
      "alpha/1.png": encode({
        ...{ width: 100, height: 40, channels: 1, depth: 8 },
        data: Uint8Array.from({ length: 4000 }, (_, i) => Math.min(255, Math.max(0, ((i % 100) - 40) * 12))),
      }),
    },
    adapter: {
      format: "mask-files",
      images: "image/{image}.png",
      masks: "alpha/{image}.png",
      threshold: 128,
    },
  },
];

const drawn: readonly Layout[] = [
  {
    what: "LabelMe",
    files: smallest.labelme.files,
    adapter: { format: "labelme", annotations: "{image}.json", ignoreCategories: ["__ignore__"] },
  },
  {
    what: "CVAT",
    files: smallest.cvat.files,
    adapter: { format: "cvat", annotations: "annotations.xml", images: ["images"] },
  },
  { what: "Supervisely", files: smallest.supervisely.files },
  { what: "WoodScape", files: smallest.woodscape.files },
  { what: "VISOR", files: smallest.visor.files },
  { what: "GeoJSON", files: smallest.geojson.files },
  { what: "VIA", files: smallest.via.files },
  { what: "YOLO", files: smallest["yolo-seg"].files },
];

const unreadable: readonly Layout[] = [
  {
    what: "run-length codes in CSV",
    files: { "train.csv": "ImageId,EncodedPixels\na.jpg,1 3 10 5\n", "train/a.jpg": jpg },
    says: /train.csv: run-length codes in a table are not read; expected a mask file for each object/,
  },
  {
    what: "Label Studio",
    files: {
      "export.json": [
        { id: 1, data: { image: "a.jpg" }, annotations: [{ result: [{ type: "brushlabels" }] }] },
      ],
      "a.jpg": jpg,
    },
    says: /export.json: a Label Studio export as JSON is not read; expected its export as COCO/,
  },
  {
    what: "COCO of boxes",
    files: { "a.json": coco(["a.jpg"], { segmentation: [] }), "a.jpg": jpg },
    says: /^a.json: COCO JSON without a segmentation, of boxes alone; expected polygons or RLE in annotations\[\]\.segmentation$/,
  },
  {
    what: "YOLO of boxes",
    files: { "images/a.jpg": jpg, "labels/a.txt": "0 0.5 0.5 0.2 0.2\n" },
    says: /labels\/a.txt: YOLO labels of boxes alone; expected outlines/,
  },
  {
    what: "volumes",
    files: { "ct/a.nii.gz": "x", "ct/b.nii.gz": "x" },
    says: /a.nii.gz and 1 more: .gz is not read; expected slices/,
  },
  {
    what: "referring expressions",
    files: {
      "a.jpg": jpg,
      "grefs(unc).json": [{ ref_id: 1, ann_id: [-1], sentences: [] }],
      "b/refs(umd).p": "].",
    },
    says: /grefs\(unc\).json and 1 more: referring expressions, .* a card of the format refer/,
  },
  {
    what: "phrases of SA-Co",
    files: {
      "a.jpg": jpg,
      "x.json": { images: [{ id: 1, file_name: "a.jpg", text_input: "cup" }], annotations: [] },
    },
    says: /x.json: SA-Co JSON, .* a card of the format sa-co/,
  },
  { what: "arrays of numpy", files: { "a.jpg": jpg, "a.npy": "x" }, says: /a.npy: .npy is not read/ },
  {
    what: "images alone",
    files: { "a.jpg": jpg, "b.jpg": jpg },
    says: /2 images \(a.jpg\) and no mask; expected masks that are named like them/,
  },
  {
    what: "masks alone, by their names",
    files: { "a_mask.png": mask, "b_mask.png": mask },
    says: /^2 masks \(a_mask.png\) and no image; expected --images FOLDER$/,
  },
  {
    what: "masks alone, by their folder",
    files: { "masks/1.png": mask, "masks/2.png": mask },
    paths: { others: ["masks"] },
    says: /^2 masks \(1.png\) and no image; expected --images FOLDER$/,
  },
  {
    what: "an empty folder",
    files: { "a/.hidden": "" },
    paths: { images: "a" },
    says: /^there is no file in it$/,
  },
  {
    what: "masks of several kinds, broken in the same way: said once",
    files: Object.fromEntries([
      ["photos/x1.jpg", jpg],
      ...["x1_mask", "x1_gt"].map((name) => [`masks/${name}.png`, greyPng("..11")]),
    ]),
    says: /^one mask for each image \(mask-files\): x1: target x1_\w+: masks\/x1_\w+.png: the mask and its image differ in size; expected 12x8, got 4x1 \(and 1 more like it\)$/,
  },
  {
    what: "YOLO: other images than those of data.yaml",
    files: yoloParts,
    paths: { images: "z", annotations: "y/data.yaml" },
    says: /^y\/data.yaml: the images lie in none of its folders; expected some of y\/val\/images \(val\), y\/train\/images \(train\)/,
  },
  {
    what: "masks named otherwise",
    files: { "photos/a.jpg": jpg, "photos/b.jpg": jpg, "masks/x1.png": mask, "masks/x2.png": mask },
    paths: { images: "photos", masks: "masks" },
    says: /2 images have no mask that is named like them; expected a.png or a_mask.png for photos\/a.jpg, got masks\/x1.png, masks\/x2.png/,
  },
  {
    what: "COCO without its images",
    files: { "a.json": coco(["a.jpg"]) },
    paths: { annotations: "a.json" },
    says: /a.json: none of its 1 images was found; expected a.jpg/,
  },
  {
    what: "masks that are photographs",
    files: { "photos/a.jpg": jpg, "masks/a.jpg": jpg },
    says: /photographs, not masks/,
  },
];

async function look({ files, paths = { others: ["."] } }: Layout) {
  const folder = makeFolder(files);
  folders.push(folder);
  const at = (path: string) => join(folder.root, path);
  const { others, ...named } = paths;
  const absolute = Object.fromEntries(Object.entries(named).map(([key, path]) => [key, at(path)]));
  return recogniseData({ ...absolute, ...(others && { others: others.map(at) }) }, rules);
}

describe("layouts that are recognised", () => {
  test.each(readable)("$what", async (layout) => {
    const { adapter, found, says = /^/, why = /^/, name, alike = 1, categories } = layout;
    const recognised = await look(layout);
    const [reading] = recognised.readings;
    expect([reading?.card.adapter, recognised.missing]).toEqual([adapter, expect.anything()]);
    expect(recognised.alike).toBe(alike);
    if (found !== undefined) expect([reading!.images, reading!.looked.masks]).toEqual(found);
    expect([...reading!.unseen, ...reading!.notes].join("; ")).toMatch(says);
    expect(reading!.why).toMatch(why);
    if (categories !== undefined)
      expect([reading!.categories, reading!.moreCategories]).toEqual([categories, false]);
    if (name !== undefined) expect(recognised.name).toBe(name);
  });
});

describe("formats of drawn objects", () => {
  test.each(drawn)("$what", async (layout) => {
    const { readings } = await look(layout);
    expect(readings[0]?.format).toBe(
      Object.values(smallest).find(({ files }) => files === layout.files)?.adapter.format,
    );
    if (layout.adapter !== undefined) expect(readings[0]!.card.adapter).toEqual(layout.adapter);
  });
});

test("inspect says what was tried, what cannot be read and what cannot be scored", async () => {
  const names = ["a", "b", "c", "d", "e", "f"];
  const folder = makeFolder(
    Object.fromEntries(
      names.flatMap((name) => [
        [`photos/${name}.JPG`, name === "f" ? "" : jpg],
        [`masks/${name}.png`, name === "c" ? greyPng(...rowsWith("")) : mask],
      ]),
    ),
  );
  folders.push(folder);
  const text = async (images: number) =>
    recognisedText(await recogniseData({ others: [folder.root] }, { ...rules, images }), { cwd: folder.root })
      .split("\n")
      .slice(1);
  const begins = ["  because     values 0, 255 in 6 files", "  folder      ."];
  const patterns = ["  images      photos/{image}.JPG", "  masks       masks/{image}.png"];
  const found = "  found       6 images, 6 masks";
  expect(await text(2)).toEqual([
    ...[...begins, ...patterns, found],
    "  tried       2 of 6 images, 1 could be read",
    "  sizes       12x8 in the 1 image read",
    "  categories  none",
    expect.stringMatching(/^ {2}not read {4}photos\/f.JPG: /),
  ]);
  expect((await text(6)).slice(5)).toEqual([
    "  tried       6 of 6 images, 5 could be read",
    "  sizes       12x8 in the 5 images read",
    "  categories  none",
    expect.stringMatching(/^ {2}not read {4}photos\/f.JPG: /),
    "  note        1 mask cannot be scored: empty (c)",
  ]);
});

test("categories of a few of many files may not be all", async () => {
  const points = [1, 1, 8, 1, 8, 6].flatMap((x, i, all) => (i % 2 === 0 ? [[x, all[i + 1]]] : []));
  const folder = makeFolder(
    Object.fromEntries(
      Array.from({ length: 9 }, (_, i) => [
        [`${i}.jpg`, jpg],
        [`${i}.json`, { imagePath: `${i}.jpg`, shapes: [{ label: i === 1 ? "leaf" : "dog", points }] }],
      ]).flat(),
    ),
  );
  folders.push(folder);
  const of = async (images: number) =>
    (await recogniseData({ others: [folder.root] }, { ...rules, images })).readings[0];
  expect(await of(2)).toMatchObject({ format: "labelme", categories: ["dog"], moreCategories: true });
  expect(await of(9)).toMatchObject({ categories: ["dog", "leaf"], moreCategories: false });
});

describe("layouts of which it is said what is missing", () => {
  test.each(unreadable)("$what", async (layout) => {
    const { readings, missing } = await look(layout);
    expect(readings).toEqual([]);
    expect(missing.join("; ")).toMatch(layout.says!);
  });
});
