// An image of 10,000 objects: what is kept of them grows with their pixels, not with the image.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { expect, test } from "vitest";
import { grey16Png } from "../formats/fixture.ts";
import { startCli } from "../helpers/run-cli.ts";
import { temporaryFolder, writeDiskModel, writeRunFile } from "../helpers/synthetic.ts";

const side = 4000;
const perRow = 100;
const cell = side / perRow;
const most = 600;

async function place(adapter: object): Promise<string> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "data"));
  const facts = { title: "Dots", version: 1, domain: ["objects"], homepage: "https://example.org" };
  const card = { name: "dots", ...facts, licence: "CC0", maskType: "instance", adapter };
  writeFileSync(join(folder, "dots.yaml"), JSON.stringify(card));
  writeDiskModel(folder, "constant");
  writeRunFile(folder, "constant", ["box@1"]);
  await sharp({ create: { width: side, height: side, channels: 3, background: "#345" } })
    .png()
    .toFile(join(folder, "data/a.png"));
  return folder;
}

async function labels(): Promise<string> {
  const folder = await place({
    ...{ format: "label-png", images: "{image}.png", labels: "l/{image}.png", values: "instance" },
  });
  const values = Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    if (x % cell >= 30 || y % cell >= 30) return 0;
    return 1 + Math.floor(x / cell) + perRow * Math.floor(y / cell);
  });
  mkdirSync(join(folder, "data/l"));
  writeFileSync(join(folder, "data/l/a.png"), grey16Png(side, side, values));
  return folder;
}

async function polygons(): Promise<string> {
  const folder = await place({ format: "coco", annotations: ["a.json"], images: ["."] });
  const annotations = Array.from({ length: perRow * perRow }, (_, i) => {
    const [x, y] = [cell * (i % perRow), cell * Math.floor(i / perRow)];
    const segmentation = [[x, y, x + 30, y, x + 30, y + 30, x, y + 30]];
    return { id: i + 1, image_id: 1, category_id: 1, iscrowd: 0, segmentation };
  });
  const images = [{ id: 1, file_name: "a.png", width: side, height: side }];
  const categories = [{ id: 1, name: "cell" }];
  writeFileSync(join(folder, "data/a.json"), JSON.stringify({ images, annotations, categories }));
  return folder;
}

/** The process's own peak, in MiB. */
function peak(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

test.skipIf(!existsSync("/proc/self/status")).each([
  ["label-png", labels],
  ["coco", polygons],
] as const)(
  `10,000 objects of ${side} x ${side} pixels, %s: within ${most} MiB`,
  async (name, files) => {
    const cwd = await files();
    const { child, finished } = startCli(["run", "run.yaml", "--out", "out", "--workers", "1"], {
      cwd,
      env: { SEGBENCH_SUPERVISED: "off" },
    });
    let mib = 0;
    while (child.exitCode === null) {
      mib = Math.max(mib, peak(child.pid!));
      await sleep(50);
    }
    const { code, err } = await finished;
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    process.stderr.write(`${name}: ${mib.toFixed(0)} MiB\n`);
    const rows = readFileSync(join(cwd, "out/rows.jsonl"), "utf8").trimEnd().split("\n");
    expect(rows.filter((line) => line.includes('"area":900,'))).toHaveLength(perRow * perRow);
    expect(mib).toBeLessThan(most);
  },
  1_200_000,
);
