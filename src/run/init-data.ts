import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ExitCode, exitCodes } from "../cli/exit.ts";
import { complain, reasonOf } from "../core/errors.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import { makeFolder } from "../formats/make-folder.ts";
import { chosenCards, dataFlag, dataFolder, holdsData, rootOf, shownPath } from "./data-folder.ts";
import { firstLine, readmeOf } from "./data-readme.ts";

/** `segbench init data`: a folder for each data set, with what goes into it. What a person put there stays as it is. */
export async function initVerb(what: string, flags: { readonly data?: string }): Promise<ExitCode> {
  if (what !== "data")
    throw complain({
      where: "segbench init",
      what: "nothing of that kind can be made",
      expected: "data",
      got: JSON.stringify(what),
    });
  const data = dataFolder(flags.data);
  const counts = { written: 0, renewed: 0, same: 0 };
  for (const [root, cards] of await byRoot(data)) {
    const shown = shownPath(join(root, "README.md"));
    const done = await writeReadme(root, cards, dataFlag(flags.data));
    if (done === "data") say(`${shownPath(root)} holds data: left alone`);
    else if (done === "foreign") say(`${shown} was not written by segbench: left alone`);
    else counts[done]++;
    if (done === "written" || done === "renewed") say(`${shown} ${done}`);
  }
  const { written, renewed, same } = counts;
  say(`${shownPath(data)}: ${written} written, ${renewed} renewed, ${same} as they were`);
  return exitCodes.fine;
}

/** Several cards may look into one folder. */
async function byRoot(data: string): Promise<Map<string, DatasetCard[]>> {
  const roots = new Map<string, DatasetCard[]>();
  for (const { value: card } of await chosenCards("init data", [])) {
    if (card === undefined) continue;
    const root = rootOf(card, data);
    roots.set(root, [...(roots.get(root) ?? []), card]);
  }
  return roots;
}

async function writeReadme(
  root: string,
  cards: readonly DatasetCard[],
  flag: string,
): Promise<"written" | "renewed" | "same" | "data" | "foreign"> {
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

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
