// Data without a card: from a folder of images, their masks or annotations and two ONNX files, one command to a report; and the
// card that `inspect` writes for them.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { makeFolder } from "../formats/fixture.ts";
import { runCli } from "../helpers/run-cli.ts";
import { gray, packageFolder, writeDiskModel } from "../helpers/synthetic.ts";

vi.setConfig({ testTimeout: 240_000 });

const model = ["encoder", "decoder"]
  .map((part) => join(packageFolder, "models", "tiny", `${part}.onnx`))
  .join();
const [WIDTH, HEIGHT] = [64, 48];
const square = [10, 14, 30, 14, 30, 34, 10, 34];
const points = [0, 2, 4, 6].map((i) => [square[i]!, square[i + 1]!]);
const folder = makeFolder();
const at = folder.root;
afterAll(() => folder.remove());
const cli = (...words: string[]) => runCli(words, { cwd: at });
const quick = ["--model", model, "--protocols", "box@1", "--limit", "1", "--no-pages"];

/** A bright square on a dark ground: as masks, COCO, YOLO and LabelMe. */
beforeAll(async () => {
  for (const folder of ["photos", "masks", "yolo/images/val", "yolo/labels/val", "shapes"])
    mkdirSync(join(at, folder), { recursive: true });
  const mask = Buffer.alloc(WIDTH * HEIGHT);
  for (let y = 14; y < 34; y++) mask.fill(255, y * WIDTH + 10, y * WIDTH + 30);
  const file_names = ["A.JPG", "B.JPG", "C.JPG"];
  for (const [n, name] of file_names.entries()) {
    const pixels = Buffer.from(
      Array.from(mask).flatMap((value, i) => [value === 0 ? (i * 7 + n) % 60 : 210, (i + n) % 50, 40]),
    );
    const image = await sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .jpeg()
      .toBuffer();
    for (const path of [`photos/${name}`, `yolo/images/val/${n}.jpg`, `shapes/${n}.jpg`])
      writeFileSync(join(at, path), image);
    if (n > 0) await gray(mask, WIDTH, HEIGHT).toFile(join(at, "masks", `${name[0]}_mask.png`));
    writeFileSync(
      join(at, `yolo/labels/val/${n}.txt`),
      `0 ${points.map(([x, y]) => `${x! / WIDTH} ${y! / HEIGHT}`).join(" ")}\n`,
    );
    const shapes = [{ label: "ball", points, shape_type: "polygon" }];
    writeFileSync(
      join(at, `shapes/${n}.json`),
      JSON.stringify({ imagePath: `${n}.jpg`, imageWidth: WIDTH, imageHeight: HEIGHT, shapes }),
    );
  }
  writeFileSync(
    join(at, "yolo/data.yaml"),
    "path: /somewhere/else\ntrain: images/train\nval: images/val\nnames: [ball]\n",
  );
  const images = file_names.map((file_name, id) => ({ id, file_name, width: WIDTH, height: HEIGHT }));
  const annotations = images.map(({ id }) => ({
    id,
    image_id: id,
    category_id: 1,
    iscrowd: 0,
    segmentation: [square],
  }));
  writeFileSync(
    join(at, "instances.json"),
    JSON.stringify({ images, annotations, categories: [{ id: 1, name: "ball" }] }),
  );
});

const rowsOf = (run: string) => readFileSync(join(at, "reports", run, "rows.jsonl"), "utf8");

describe("one command to a report", () => {
  test("a folder of images and one of masks", async () => {
    const { code, err } = await cli(
      "run",
      "--images",
      "photos",
      "--masks",
      "masks",
      "--model",
      model,
      "--limit",
      "1",
    );
    expect(code).toBe(0);
    expect(err).toContain(
      "photos: one mask for each image (mask-files), photos/{image}.JPG and masks/{image}_mask.png, values 0, 255 in 2 files: 3 images, 2 masks\n" +
        "photos: 1 image without a mask (photos/A.JPG)\n",
    );
    const page = readFileSync(join(at, "reports", "photos-tiny", "report.html"), "utf8");
    expect(page).toContain("<title>photos: tiny</title>");
    const { plan } = JSON.parse(readFileSync(join(at, "reports", "photos-tiny", "manifest.json"), "utf8"));
    expect(plan.benchmarks[0].card).toMatchObject({
      ...{ name: "photos", root: "photos" },
      adapter: { format: "mask-files", images: "photos/{image}.JPG", masks: "masks/{image}_mask.png" },
    });
    expect(JSON.stringify(plan)).not.toContain(at);
  });

  test.each([
    [
      "COCO",
      ["--images", "photos", "--annotations", "instances.json"],
      "photos",
      "photos: COCO JSON (coco), instances.json: 3 images with segmentations: 3 images, 3 masks\n",
      "ball",
    ],
    [
      "YOLO",
      ["--annotations", "yolo/data.yaml"],
      "yolo",
      "yolo: YOLO segmentation (yolo-seg), data.yaml (val: 3 images, 1 class): 3 images, 3 masks\n",
      "ball",
    ],
    [
      "LabelMe",
      ["--annotations", "shapes"],
      "shapes",
      "shapes: LabelMe JSON (labelme), 3 files, 0.json first: 3 images, 3 masks\n",
      "ball",
    ],
  ])("%s", async (_, words, name, line, category) => {
    const out = join("reports", `${name}-own`);
    const { code, err } = await cli("run", ...words, ...quick, "--out", out);
    expect(err).toContain(line);
    expect(code).toBe(0);
    expect(JSON.parse(rowsOf(`${name}-own`))).toMatchObject({ benchmark: name, status: "ok", category });
  });
});

test("the card that inspect writes gives the same rows, and the same run", async () => {
  const written = await cli("inspect", "masks", "photos", "--write-card", "cards/photos.yaml");
  expect(written.err).toBe(
    "card: cards/photos.yaml; next: segbench run --benchmarks cards/photos.yaml --model FOLDER\n",
  );
  expect(written.out).toContain("photos: one mask for each image (mask-files)\n");
  const text = readFileSync(join(at, "cards", "photos.yaml"), "utf8");
  expect(parse(text)).toEqual({
    ...{ name: "photos", root: ".." },
    adapter: { format: "mask-files", images: "photos/{image}.JPG", masks: "masks/{image}_mask.png" },
  });
  const schema = /^# yaml-language-server: \$schema=(.*)\n/.exec(text)![1]!;
  expect(existsSync(join(schema.startsWith("/") ? "" : join(at, "cards"), schema))).toBe(true);
  const run = (...words: string[]) => cli("run", ...words, ...quick);
  expect(await run("--images", "photos", "--masks", "masks", "--out", "reports/paths")).toMatchObject({
    code: 0,
  });
  expect(await run("--benchmarks", "cards/photos.yaml", "--out", "reports/card")).toMatchObject({ code: 0 });
  expect(JSON.parse(rowsOf("paths"))).toMatchObject({ sample: "C", status: "ok" });
  expect(rowsOf("card")).toBe(rowsOf("paths"));
  const hash = (name: string) =>
    JSON.parse(readFileSync(join(at, "reports", name, "manifest.json"), "utf8")).planHash;
  expect(hash("card")).toBe(hash("paths"));
  expect(await cli("inspect", "masks", "photos", "--write-card", "cards/photos.yaml")).toMatchObject({
    code: 1,
    err: "error: cards/photos.yaml: exists already; expected a file that does not exist yet\n",
  });
});

test("a replay takes the same words", async () => {
  const words = ["--images", "photos", "--masks", "masks"];
  expect(await cli("run", ...words, ...quick, "--out", "reports/first")).toMatchObject({ code: 0 });
  const replayed = await cli("replay", "reports/first", ...words, "--model", model, "--out", "reports/again");
  expect(replayed).toMatchObject({ code: 0 });
  const steps = (run: string) => JSON.parse(rowsOf(run)).steps;
  expect(steps("again")[0].scores).toEqual(steps("first")[0].scores);
});

test("a comparison finds the images from the working folder", async () => {
  writeDiskModel(at, "constant");
  const run = (model: string, out: string) =>
    cli("run", "--images", "photos", "--masks", "masks", "--model", model, ...quick.slice(2), "--out", out);
  expect(await run(model, "reports/base")).toMatchObject({ code: 0 });
  expect(await run("constant.yaml", "reports/candidate")).toMatchObject({ code: 0 });
  const words = ["reports/base", "reports/candidate", "--out", "reports/compared"];
  expect(await cli("compare", ...words)).toMatchObject({ code: 0 });
  expect(readFileSync(join(at, "reports", "compared", "comparison.html"), "utf8")).toContain("data:image/");
});

describe("what is said where it cannot be read", () => {
  const error = async (...words: string[]) => (await cli("run", ...words, "--model", model)).err;

  test("several formats", async () => {
    writeFileSync(join(at, "again.json"), readFileSync(join(at, "instances.json")));
    mkdirSync(join(at, "both"), { recursive: true });
    for (const name of ["one", "two"])
      writeFileSync(join(at, "both", `${name}.json`), readFileSync(join(at, "instances.json")));
    expect(await error("--images", "photos", "--annotations", "both")).toBe(
      "error: --annotations: can be read in several ways; expected one of them: --annotations FILE; got COCO JSON (coco), both/one.json: 3 images with segmentations; COCO JSON (coco), both/two.json: 3 images with segmentations\n",
    );
  });

  test.each([
    [
      ["--images", "photos"],
      "error: --images: no format fits; expected images with masks named like them, or annotations: segbench list formats has all of them (models of phrases are asked without them: --phrases); got 3 images (A.JPG) and no mask;",
    ],
    [
      ["--images", "photos", "--masks", "masks", "--format", "coco"],
      "error: --masks: no format fits (coco was asked for); expected images with masks named like them, or annotations: segbench list formats has all of them; got one mask for each image (mask-files:",
    ],
    [
      ["--images", "photos", "--masks", "masks", "--format", "foo"],
      'error: --format: unknown format; expected one of coco, cvat, geojson, label-png, labelme, mask-files, sa-1b, supervisely, via, visor, woodscape, yolo-seg, youtube-vis; got "foo"',
    ],
    [["--images", "photo", "--masks", "masks"], "error: --images: there is no such file or folder; got "],
    [
      ["--images", "photos", "--masks", "masks", "--data", "photos"],
      "error: --data: is the folder of all benchmarks that have a card, and none is named; expected --images, --masks and --annotations without it",
    ],
    [
      ["--images", "photos", "--masks", "masks", "--out", "photos"],
      'error: --out: holds the data that are read; expected a folder of its own; got "photos"',
    ],
  ])("%j", async (words, message) => {
    expect(await error(...words)).toContain(message);
  });
});
