import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import { makeFolder } from "../formats/make-folder.ts";
import { type Around, chosenCards, dataFlag, dataFolder, holdsData, rootOf } from "./data-folder.ts";
import { firstLine, readmeOf } from "./data-readme.ts";

/** written, renewed, same: our README; data, foreign: a person's, left alone. */
export type FolderStatus = "written" | "renewed" | "same" | "data" | "foreign";

export interface DataSkeleton {
  /** Absolute. */
  readonly data: string;
  readonly folders: readonly {
    readonly folder: string;
    readonly readme: string;
    readonly status: FolderStatus;
  }[];
}

/** A folder for each benchmark, with a README of what goes into it. What a person put there stays as it is. */
export async function initData(given: string | undefined, around: Around): Promise<DataSkeleton> {
  const data = dataFolder(given, around);
  const folders = [];
  for (const [folder, cards] of await byRoot(data, around))
    folders.push({
      ...{ folder, readme: join(folder, "README.md") },
      status: await writeReadme(folder, cards, dataFlag(given)),
    });
  return { data, folders };
}

/** Several cards may look into one folder. */
async function byRoot(data: string, around: Around): Promise<Map<string, DatasetCard[]>> {
  const roots = new Map<string, DatasetCard[]>();
  for (const { value: card } of await chosenCards("init data", [], around)) {
    if (card === undefined) continue;
    const root = rootOf(card, data);
    roots.set(root, [...(roots.get(root) ?? []), card]);
  }
  return roots;
}

async function writeReadme(root: string, cards: readonly DatasetCard[], flag: string): Promise<FolderStatus> {
  if (cards.some((card) => holdsData(root, card))) return "data";
  const path = join(root, "README.md");
  const text = readmeOf(cards, flag);
  const before = existsSync(path) ? await readFile(path, "utf8") : undefined;
  if (before === text) return "same";
  if (before !== undefined && !before.startsWith(firstLine)) return "foreign";
  try {
    await makeFolder(root);
    await writeFile(path, text, { flag: before === undefined ? "wx" : "w" });
  } catch (cause) {
    throw complain({ where: path, what: "cannot be written", got: reasonOf(cause), cause });
  }
  return before === undefined ? "written" : "renewed";
}
