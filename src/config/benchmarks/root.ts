// The folder of a benchmark's data: whether it holds any, and what is said where they are missing or cannot be listed.
import { type Dirent, existsSync, readdirSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import type { FullDatasetCard } from "../../core/defaults.ts";
import { codeOf, complain, type Problem, reasonOf, type SegbenchError } from "../../core/errors.ts";
import type { DatasetCard } from "../../core/schema-types.ts";
import { listFiles } from "../../formats/files.ts";
import { parsePattern } from "../../formats/pattern.ts";
import { type CardFolders, listCards } from "../cards.ts";
import { samplesFolder, shownPath } from "../paths.ts";

/** What lies beside data and is none: notes, what our own verbs leave behind, and archives. */
const BESIDE = /^\.|\.(?:7z|bz2|gz|lock|md|part(?:\.json)?|rar|tar|tgz|xz|zip)$/i;

/** Whether there are any data. */
export function holdsData(root: string): boolean {
  const holds = (folder: string): boolean =>
    entriesOf(folder)?.some(
      (entry) => !BESIDE.test(entry.name) && (!entry.isDirectory() || holds(join(folder, entry.name))),
    ) ?? true;
  return existsSync(root) && statSync(root).isDirectory() && holds(root);
}

/** Whether the files are there that a card of a shared folder reads its annotations from; undefined where it names none, or wrongly: who lists them says so. */
export async function holdsOwn(
  root: string,
  { name: card, adapter }: Pick<DatasetCard, "name" | "adapter">,
): Promise<boolean | undefined> {
  const { annotations = [], refs = [] } = adapter as Partial<
    Record<"annotations" | "refs", string | readonly string[]>
  >;
  let patterns: ReturnType<typeof parsePattern>[];
  try {
    patterns = [annotations, refs].flat().map((text) => parsePattern(text, `${card}: adapter`));
  } catch {
    return undefined;
  }
  for (const { folder, match } of patterns) {
    const names = await listFiles(root, folder).catch(() => []);
    if (!names.some((file) => match(file) !== undefined)) return false;
  }
  return patterns.length === 0 ? undefined : true;
}

/** Whether nothing of a card is there, in a folder that it shares with others: data of one are no broken data of another. */
export async function hasOnlyOthers(
  root: string,
  card: FullDatasetCard,
  folders: CardFolders,
): Promise<boolean> {
  if ((await holdsOwn(root, card)) !== false) return false;
  const all = await listCards("benchmark", folders);
  return all.some(
    ({ name, value }) => name !== card.name && value !== undefined && (value.root ?? name) === card.root,
  );
}

/** undefined where it may not be read: who reads it will say so. */
function entriesOf(folder: string): readonly Dirent[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return undefined;
  }
}

type About = Pick<DatasetCard, "name" | "archives" | "homepage">;

/** The same with the word for it. */
export function withAvailable(problem: Problem): Problem {
  return { ...problem, expected: `${problem.expected}; or \`available\`, which runs what is on disk` };
}

/** What is said of a folder of all data that is not there. */
export function missingFolder(path: string, { cwd }: { readonly cwd: string }): Omit<Problem, "where"> {
  const expected = "the folder that all benchmarks lie in";
  const got = `nothing at ${shownPath(path, { cwd })}`;
  return { code: "not-found", what: "there is no such folder", expected, got };
}

/** What is said of a root without data. `unsaid`: it lies where nobody said. */
export function missingRoot(
  card: About,
  path: string,
  { cwd }: { readonly cwd: string },
  unsaid: boolean,
): Omit<Problem, "where"> {
  const below = unsaid ? " (`data`, or SEGBENCH_DATA, names the folder that all benchmarks lie in)" : "";
  return {
    code: "not-found",
    what: `root folder of ${card.name} is missing`,
    expected: `${wanted(card)}${below}`,
    got: `${existsSync(path) ? "no data" : "nothing"} at ${shownPath(path, { cwd })}`,
  };
}

function wanted({ archives, homepage }: About): string {
  const held = archives?.join(", ") ?? (homepage === undefined ? "its files" : "the data");
  return `a folder with ${held}${homepage === undefined ? "" : ` from ${homepage} unpacked`}`;
}

/**
 * What is said of data that cannot be listed: whose they are, where they lie, and what was to lie there. `root`: none in memory; `drawn`: it is
 * that of a miniature, perhaps of another benchmark that shares it.
 */
export function unlisted(
  error: unknown,
  card: About,
  { root, drawn }: { readonly root: string | undefined; readonly drawn: boolean },
  { cwd }: { readonly cwd: string },
): Omit<Problem, "where"> {
  const code = codeOf(error);
  if (drawn && (code === "not-found" || code === "no-samples"))
    return {
      ...{ code, what: `${card.name} has no miniature in the package`, expected: wanted(card) },
      ...{ got: `what lies at ${shownPath(root!, { cwd })} is of another benchmark`, cause: error },
    };
  const reason = reasonOf(error);
  const known = [card.name, root].find((name) => reason.startsWith(`${name}: `));
  const said = known === undefined ? reason : reason.slice(known.length + 2);
  const below = root === undefined ? "" : ` below ${shownPath(root, { cwd })}`;
  return {
    what: `${card.name} cannot be listed${below}: ${said}`,
    ...(codeOf(error) === "not-found" && !said.includes("; expected ") ? { expected: wanted(card) } : {}),
    cause: error,
  };
}

type Open<S> = (root: string) => { list(): Promise<readonly S[]> };

/** Lists a benchmark's samples; where that fails and they lie in the folder that their archive brings along (DAVIS/ in DAVIS's), the error says so. */
export async function listBelow<S>(root: string, open: Open<S>): Promise<readonly S[]> {
  try {
    return await open(root).list();
  } catch (error) {
    throw (await tooDeep(root, open)) ?? error;
  }
}

/** What to say of data that cannot be listed, but could be in the only folder below their root. */
export async function tooDeep(root: string, open: Open<unknown>): Promise<SegbenchError | undefined> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const [only, other] = entries.filter((entry) => entry.isDirectory() && !BESIDE.test(entry.name));
  if (only === undefined || other !== undefined) return undefined;
  const inner = join(root, only.name);
  const listed = await open(inner)
    .list()
    .catch(() => []);
  if (listed.length === 0) return undefined;
  return complain(root, `its files lie one folder too deep, in ${only.name}`, {
    expected: `them moved up: mv ${quoted(inner)}/* ${quoted(root)}`,
  });
}

function quoted(path: string): string {
  return /^[\w./~@:+-]+$/.test(path) ? path : `'${path}'`;
}

/** Whether a benchmark's data are those miniatures. */
export function isDrawn({ root }: { readonly root: string | undefined }, home: string): boolean {
  return root?.startsWith(join(samplesFolder(home), sep)) === true;
}
