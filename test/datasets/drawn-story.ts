// What adapters of drawn objects make of their files, as text.
import { afterAll } from "vitest";
import type { Note } from "../../src/core/errors.ts";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import type { Dataset } from "../../src/core/types.ts";
import { openDataset } from "../../src/datasets/index.ts";
import { type Folder, makeFolder } from "../formats/fixture.ts";
import { draw } from "../helpers/ascii-mask.ts";
import { smallest } from "./drawn-files.ts";

const folders: Folder[] = [];
afterAll(() => {
  for (const folder of folders) folder.remove();
});

export type Format = keyof typeof smallest;
export type Files = Readonly<Record<string, string | Uint8Array | object>>;

/** The smallest files of a format, or others; `notes` is what was said while they were read, once a text and place. */
export function open(format: Format, files: Files = smallest[format].files, options: object = {}) {
  const folder = makeFolder(files);
  folders.push(folder);
  const card = { name: "mini", title: "Mini", version: 1, domain: ["objects"], maskType: "instance" };
  const adapter = { ...smallest[format].adapter, ...options };
  const more = { homepage: "x", licence: "x", subset: { seed: "s", masks: 99 } };
  const notes = new Set<string>();
  const say = ({ what, where, key }: Note) =>
    notes.add(`${where}: ${what}${key === undefined ? "" : `; ${key} decides`}`);
  const dataset = openDataset({ ...card, ...more, adapter } as DatasetCard, folder.root, say);
  return { ...dataset, notes: () => [...notes].sort() };
}

/** `image/target category` -> the rows of its mask that are not empty, or why there is none; the counts of the listing. */
export async function story(dataset: Dataset): Promise<Record<string, unknown>> {
  const told: Record<string, unknown> = {};
  for (const ref of await dataset.list()) {
    told[ref.id] = ref.masks;
    const sample = await ref.load().catch((error: Error) => error.message);
    if (typeof sample === "string") told[ref.id] = sample;
    else
      for (const target of sample.targets) {
        const name = `${ref.id}/${target.id}${target.category === undefined ? "" : ` ${target.category}`}`;
        told[name] = target.status === "ok" ? rows(draw(target.mask)) : `${target.status}: ${target.reason}`;
      }
  }
  return told;
}

function rows(mask: readonly string[]): string {
  const first = mask.findIndex((row) => row.includes("#"));
  const last = mask.findLastIndex((row) => row.includes("#"));
  return `${first}: ${mask
    .slice(first, last + 1)
    .map((row) => row.replace(/\.+$/, ""))
    .join(" ")}`;
}

export const edited = (format: Format, file: string, change: (text: string) => string): Files => {
  const { files } = smallest[format];
  return { ...files, [file]: change(files[file] as string) };
};
export const refusal = (dataset: Dataset) =>
  dataset.list().then(
    () => "accepted",
    (error: Error) => `${error.name}: ${error.message}`,
  );
