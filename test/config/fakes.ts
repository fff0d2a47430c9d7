// Plug-ins that cost nothing: a data set is a text file of image ids.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Registries } from "../../src/config/plugins.ts";
import { runDefaults } from "../../src/core/defaults.ts";
import { complain } from "../../src/core/errors.ts";
import { sha256 } from "../../src/core/hash.ts";
import type { Metric } from "../../src/core/measure.ts";
import type { SampleRef } from "../../src/core/types.ts";
import { fullDatasetCard } from "../../src/datasets/index.ts";
import type { Needs, Task, TaskProtocol } from "../../src/eval/task.ts";

export const folder = fileURLToPath(new URL("./", import.meta.url));
export const home = join(folder, "home");

function protocol(id: string, needs: Needs = {}): TaskProtocol {
  return { id, summary: id, needs, reported: [1], measures: () => [] };
}

function metric(name: string): Metric {
  return {
    ...{ name, title: name, meaning: name, unit: "share", better: "higher", cost: "nothing" },
    against: () => () => 1,
  };
}

const protocols = {
  "sam1-d1@1": protocol("sam1-d1@1"),
  "box@1": protocol("box@1", { box: true }),
  "mask@1": protocol("mask@1", { maskInput: true }),
};

const interactive: Task = {
  ...{ name: "interactive", kind: "image", protocols, metrics: ["iou"], defaultMetrics: runDefaults.metrics },
  refuses: () => [],
  entries: () => [],
  open: () => Promise.reject(new Error("no image is opened before the run")),
};

async function list(card: string, root: string): Promise<SampleRef[]> {
  const text = await readFile(join(root, "images.txt"), "utf8").catch((cause: unknown) => {
    throw complain({
      where: card,
      what: "no list of images",
      expected: "images.txt in its root folder",
      cause,
    });
  });
  const load = () => Promise.reject(new Error("no image is opened before the run"));
  return text
    .trim()
    .split("\n")
    .map((id) => ({ id, cluster: id, load }));
}

export const registries: Registries = {
  adapters: { coco: {}, "mask-files": {}, "label-png": {} },
  fullDatasetCard,
  openDataset: ({ name }, root) => ({ list: () => list(name, root) }),
  openSamples: ({ name }, root) => ({ list: () => list(name, root) }),
  selectImages: (refs, { limit }) => {
    const images = refs.slice(0, limit ?? refs.length);
    return { images, hash: sha256(images.map(({ id }) => id).join("\n")) };
  },
  tasks: { interactive },
  protocols,
  metrics: { iou: metric("iou"), dice: metric("dice"), boundary: metric("boundary") },
  families: { sam: { summary: "SAM" } },
};
