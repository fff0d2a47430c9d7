// How long a very large annotation file takes, and how much memory.
//   npx tsx scripts/bench/large-coco.ts make FILE [ANNOTATIONS]   writes one the size of LVIS (1.2 million: 1.1 GB)
//   npx tsx scripts/bench/large-coco.ts list FOLDER NAME          lists it as a data set, reads the first sample, then 200 others
//   npx tsx scripts/bench/large-coco.ts parse FILE [PART]         JSON.parse of its first PART (0.25) annotations, for comparison

import { once } from "node:events";
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { coco } from "../../src/datasets/coco.ts";
import { readCoco } from "../../src/datasets/shared/coco-images.ts";
import { jpg } from "../miniatures/files.ts";
import { randomOf } from "../miniatures/random.ts";
import { makeScene } from "../miniatures/scene.ts";

const [action = "", path = "", more = ""] = process.argv.slice(2);
const began = performance.now();
const seconds = () => ((performance.now() - began) / 1000).toFixed(1);
let peak = 0;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 20);
const report = (what: string) => {
  peak = Math.max(peak, process.memoryUsage.rss());
  console.log(`${what}: ${seconds()} s, at most ${Math.round(peak / 2 ** 20)} MiB resident`);
};

if (action === "make") await make(path, Number(more || 1_200_000));
else if (action === "list") await list(path, more);
else if (action === "parse") parse(path, Number(more || 0.25));
clearInterval(watch);

async function make(file: string, count: number): Promise<void> {
  const images = Math.ceil(count / 12);
  const random = randomOf("large-coco");
  const out = createWriteStream(file);
  const put = async (text: string) => {
    if (!out.write(text)) await once(out, "drain");
  };
  await put('{"info":{"description":"made up"},"images":[');
  for (let i = 0; i < images; i += 1000) {
    const part = [];
    for (let id = i; id < Math.min(images, i + 1000); id++)
      part.push(
        JSON.stringify({
          ...{ id, width: 640, height: 480, license: 3, date_captured: "2013-11-14 17:02:52" },
          coco_url: `http://images.cocodataset.org/train2017/${String(id).padStart(12, "0")}.jpg`,
          file_name: `COCO_train2014_${String(id).padStart(12, "0")}.jpg`,
          ...{ neg_category_ids: [1, 2, 3, 4, 5, 6, 7], not_exhaustive_category_ids: [8] },
        }),
      );
    await put((i > 0 ? "," : "") + part.join(","));
  }
  await put('],"annotations":[');
  for (let i = 0; i < count; i += 1000) {
    const part = [];
    for (let id = i; id < Math.min(count, i + 1000); id++) {
      const x = random.between(30, 500);
      const y = random.between(30, 400);
      const points = random.whole(6, 110);
      const polygon = [];
      for (let p = 0; p < points; p++) {
        const angle = (2 * Math.PI * p) / points;
        polygon.push(
          Math.round(100 * (x + 25 * Math.cos(angle))) / 100,
          Math.round(100 * (y + 25 * Math.sin(angle))) / 100,
        );
      }
      part.push(
        JSON.stringify({
          ...{
            id,
            image_id: random.whole(0, images - 1),
            category_id: random.whole(1, 1230),
            segmentation: [polygon],
          },
          ...{ area: 1963.5, bbox: [x - 25, y - 25, 50, 50] },
        }),
      );
    }
    await put((i > 0 ? "," : "") + part.join(","));
  }
  const categories = Array.from({ length: 1230 }, (_, i) => ({
    id: i + 1,
    name: `thing ${i + 1}`,
    synonyms: ["a", "b"],
  }));
  await put(`],"licenses":[],"categories":${JSON.stringify(categories)}}\n`);
  out.end();
  await once(out, "finish");
  report("written");
}

async function list(root: string, name: string): Promise<void> {
  mkdirSync(join(root, "train2017"), { recursive: true });
  const picture = await jpg(
    makeScene(640, 480, () => [0.3, 0.4, 0.5]),
    80,
  );
  const options = {
    ...{ ...coco.defaults, format: "coco", annotations: [name], images: ["."], fileName: "coco_url" },
  } as const;
  const pixels = { exif: "auto", range: [0, 65535] } as const;
  const entries = await coco.list(
    options as never,
    {
      card: "large",
      root,
      pixels,
      countMasks: true,
      wanted: () => true,
    } as never,
  );
  const masks = entries.reduce((sum, entry) => sum + (entry.masks ?? 0), 0);
  report(`listed ${entries.length} images, ${masks} masks`);
  writeFileSync(join(root, "train2017", `${entries[0]!.id}.jpg`), picture);
  const { targets } = await entries[0]!.load();
  report(`first sample, ${targets.length} targets`);
  const content = await readCoco({ root, name });
  report("listed again");
  for (let i = 0; i < 200; i++) await content.read(content.things[(i * 7919) % content.things.length]!.id);
  report("annotations of 200 images");
}

function parse(file: string, part: number): void {
  const bytes = readFileSync(file);
  const at = bytes.indexOf('"annotations":[');
  const end = bytes.indexOf("},{", at + Math.floor((bytes.length - at) * part));
  const text = `${bytes.toString("latin1", 0, end)}}]}`;
  report(`read, ${Math.round(text.length / 2 ** 20)} MiB of text`);
  const json = JSON.parse(text) as { annotations: unknown[] };
  report(`parsed ${json.annotations.length} annotations of ${dirname(file)}`);
}
