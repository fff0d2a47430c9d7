import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { holdsData } from "../../config/benchmarks/root.ts";
import { complain, reasonOf } from "../../core/errors.ts";
import { groupBy } from "../../core/group-by.ts";
import type { DatasetCard } from "../../core/schema-types.ts";
import { makeFolder } from "../../formats/files.ts";
import { type Around, chosenCards, dataFlag, dataFolder, rootOf } from "../data-folder.ts";

/** written, renewed, same: our README; data, foreign: the user's, left alone. */
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

/** A folder for each benchmark, with a README of what goes into it. What the user put there stays as it is. */
export async function initData(given: string | undefined, around: Around): Promise<DataSkeleton> {
  const data = dataFolder(given, around, { writes: true });
  const folders = [];
  for (const [folder, cards] of await byRoot(data, around))
    folders.push({
      ...{ folder, readme: join(folder, "README.md") },
      status: await writeReadme(folder, cards, dataFlag(given)),
    });
  return { data, folders };
}

/** Several cards may share a folder. */
async function byRoot(data: string, around: Around): Promise<Map<string, DatasetCard[]>> {
  const cards = await chosenCards("init data", [], around);
  return groupBy(
    cards.flatMap(({ value: card }) => card ?? []),
    (card) => rootOf(card, data),
  );
}

async function writeReadme(root: string, cards: readonly DatasetCard[], flag: string): Promise<FolderStatus> {
  if (holdsData(root)) return "data";
  const path = join(root, "README.md");
  const text = readmeOf(cards, flag);
  const before = existsSync(path) ? await readFile(path, "utf8") : undefined;
  if (before === text) return "same";
  if (before !== undefined && !before.startsWith(firstLine)) return "foreign";
  try {
    await makeFolder(root);
    await writeFile(path, text, { flag: before === undefined ? "wx" : "w" });
  } catch (cause) {
    throw complain(path, "cannot be written", { got: reasonOf(cause), cause });
  }
  return before === undefined ? "written" : "renewed";
}

/** A README that begins with this is ours, and may be written again. */
const firstLine =
  "<!-- Written by `segbench init data`, which writes it again; delete this line to keep your own. -->";

/** The README of a benchmark's folder: of one card, or of the cards that share the folder. */
function readmeOf(cards: readonly DatasetCard[], flag: string): string {
  return `${[firstLine, ...cards.map((card) => section(card, flag))].join("\n\n")}\n`;
}

function section(card: DatasetCard, flag: string): string {
  const { name, title, description, licence, citation, homepage, split, notes, adapter } = card;
  return [
    `# ${title ?? name}`,
    ...(description === undefined ? [] : [description]),
    [
      ...(licence === undefined ? [] : [`- Licence: ${licence}`]),
      ...(homepage === undefined ? [] : [`- Home page: ${homepage}`]),
      ...(citation === undefined ? [] : [`- Cite: ${citation.trim()}`]),
      ...(split === undefined ? [] : [`- Split: ${split}`]),
      `- Expected: ${countsText(card.expected)}`,
    ].join("\n"),
    "## How to get it",
    source(card, flag),
    "Nothing is renamed or converted. Below this folder, files are looked for under these names:",
    `\`\`\`yaml\n${stringify(adapter, { lineWidth: 0 })}\`\`\``,
    ...(notes === undefined ? [] : [notes.trim()]),
    "Then:",
    `\`\`\`sh\nsegbench validate ${name}${flag}\n\`\`\``,
  ].join("\n\n");
}

function source({ name, archives, download, homepage }: DatasetCard, flag: string): string {
  const files = archives?.map((file) => `\`${file}\``).join(", ") ?? "the data";
  const byHand =
    homepage === undefined
      ? "put its files into this folder"
      : `download ${files} from ${homepage} and unpack into this folder`;
  if (download === undefined) return `${byHand[0]!.toUpperCase()}${byHand.slice(1)}.`;
  const list = download.map(({ url, into, unpack }) => {
    const place = into === undefined ? "here" : `into \`${into}/\``;
    return `- ${url}, ${unpack === "none" ? "put" : "unpacked"} ${place}`;
  });
  return [`\`segbench pull ${name}${flag}\`, or by hand:`, list.join("\n")].join("\n\n");
}

function countsText(counts: DatasetCard["expected"]): string {
  const { note, ...known } = counts ?? {};
  const parts = Object.entries(known)
    .map(([what, number]) => `${number} ${what}`)
    .join(", ");
  if (parts === "") return "not stated";
  return note === undefined ? parts : `${parts} (${note})`;
}
