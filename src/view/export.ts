// `segbench view --export`: the page and what it asks for as static files, for any web server. Nothing in them says where they were made.
import { mkdir, readdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Context, complain, reasonOf, shownPath } from "../index.ts";
import { openBoards } from "./boards.ts";
import { MOST_TARGETS, type NamedTarget } from "./chosen.ts";
import { type Files, writeRun } from "./export-run.ts";
import { type ExportList, FORMAT } from "./exported.ts";
import { foldersBelow, type RunNote } from "./folders.ts";
import page from "./page-built.ts";
import { openRuns, type RunsOptions } from "./runs.ts";
import { servedSource } from "./served.ts";
import type { ExportNote, Licence, Side } from "./source.ts";

export interface ExportOptions extends RunsOptions {
  /** What is shown: a folder of run folders, or one of them; default: reports. */
  readonly folder?: string | undefined;
  /** The folder written; one that is not empty must be an export. */
  readonly dir: string;
  /** With images and truth, where the data are found; default: without. */
  readonly withImages?: boolean | undefined;
  /** All rows; default: of each benchmark and protocol at most 200 targets. */
  readonly all?: boolean | undefined;
  /** Hears, before anything is written, under which licences the images and the truth are. */
  readonly onLicences?: (licences: readonly Licence[]) => void;
  /** Hears how far it is: in pairs of models, then in the rows of each run. */
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

export interface Exported {
  /** Absolute. */
  readonly dir: string;
  readonly runs: number;
  /** Rows written, and those that the runs have. */
  readonly rows: number;
  readonly of: number;
  readonly files: number;
  readonly bytes: number;
}

export async function exportView(options: ExportOptions, context: Context): Promise<Exported> {
  const { folder = "reports", dir, withImages = false, all = false, onLicences, onProgress } = options;
  const root = await realpath(resolve(context.cwd, folder)).catch(() => {
    throw complain(folder, "is not a folder", {
      code: "not-found",
      expected: "a folder of run folders, or one of them",
      got: "no such folder",
    });
  });
  const place = await placeOf(resolve(context.cwd, dir), dir);
  const folders = foldersBelow(root, context);
  // What lies about the working folder is not published because a run folder says so.
  const runs = openRuns({ ...options, trusting: false }, context);
  const source = servedSource(folders, runs, openBoards(runs, context), basename(root));
  const draft = `${place}.segbench-draft`;
  /** Runs are named by their paths below the folder, as in the list. */
  const own = `${shownPath(root, context)}/`;
  const lacking = (error: unknown) => ({ problem: reasonOf(error).replaceAll(own, "") });
  try {
    const notes = (await folders.list()).map(still);
    const sides = notes.flatMap(({ name, problem, models = [] }): Side[] =>
      problem === undefined ? models.map((model) => ({ run: name, model: model.name })) : [],
    );
    const licences = withImages ? await licencesOf(folders, runs, notes) : [];
    if (withImages) onLicences?.(licences);
    await rm(draft, { recursive: true, force: true });
    const files = filesIn(draft, hiding(root, options, context));
    const note: ExportNote = { all, most: MOST_TARGETS, images: withImages, licences };
    const pairs = pairsOf(notes, sides);
    const list: ExportList = { format: FORMAT, folder: basename(root), ...note, runs: notes, sides, pairs };
    await files.json("export.json", list);

    const changed = new Map<string, NamedTarget[]>();
    for (const [done, [a, b]] of pairs.entries()) {
      context.signal.throwIfAborted();
      onProgress?.("pairs of models compared", done, pairs.length);
      const found = await source.compare(sides[a]!, sides[b]!).catch(lacking);
      await files.json(`compare/${a}-${b}.json`, found);
      if ("problem" in found) continue;
      for (const { run } of [sides[a]!, sides[b]!])
        changed.set(run, [...(changed.get(run) ?? []), ...found.mostChanged]);
    }
    const total = { rows: 0, of: 0, runs: 0 };
    for (const [n, { name, problem }] of notes.entries()) {
      const run = problem === undefined ? await source.find(name) : undefined;
      if (run === undefined) continue;
      const written = await writeRun(run, `runs/${n}`, files, {
        ...{ all, withImages, changed: changed.get(name) ?? [], signal: context.signal, lacking },
        onRows: (done, most) => onProgress?.(`rows of ${name} written`, done, most),
      });
      total.rows += written.rows;
      total.of += written.of;
      total.runs += 1;
    }
    for (const [name, text] of Object.entries(pageFiles())) await files.text(name, text);
    await take(draft, place);
    return { dir: place, ...total, ...files.written() };
  } finally {
    await runs.close();
    await rm(draft, { recursive: true, force: true });
  }
}

/** What the list says of a run that nobody writes: files do not change by themselves, and do not say who wrote them where. */
function still({ writer: _, broken: __, began: ___, ...note }: RunNote): RunNote {
  return note;
}

/** Comparisons of an export: each takes as long as `segbench compare`. */
const MOST_PAIRS = 400;

/**
 * Which sides are compared, both ways, by their places: of each run its models; then those of the newest run against those of every other one
 * that has a benchmark with the same images and settings, then those of the run before it, and so on, up to `most`.
 */
export function pairsOf(
  notes: readonly RunNote[],
  sides: readonly Side[],
  most = MOST_PAIRS,
): readonly (readonly [number, number])[] {
  const newest = [...notes.keys()].sort((a, b) => byTime(notes[b]!, notes[a]!) || a - b);
  const ranks = new Map(newest.map((n, rank) => [notes[n]!.name, rank]));
  const named = new Map(notes.map((note) => [note.name, note]));
  const found = sides.flatMap((base, a) =>
    sides.flatMap((candidate, b) => {
      if (a >= b || !areAlike(named.get(base.run)!, named.get(candidate.run)!)) return [];
      const [first, last] = [ranks.get(base.run)!, ranks.get(candidate.run)!].sort((x, y) => x - y);
      const place = base.run === candidate.run ? -1 : first! * notes.length + last!;
      return [{ place, a, b }];
    }),
  );
  const chosen = found.sort((x, y) => x.place - y.place || x.a - y.a || x.b - y.b).slice(0, most / 2);
  return chosen.flatMap(({ a, b }) => [[a, b] as const, [b, a] as const]);
}

function byTime({ time: a = "" }: RunNote, { time: b = "" }: RunNote): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function areAlike(one: RunNote, other: RunNote): boolean {
  const scope = ({ name, samples, settings }: NonNullable<RunNote["benchmarks"]>[number]) =>
    JSON.stringify([name, samples, settings]);
  const theirs = new Set(other.benchmarks?.map(scope));
  return one === other || one.benchmarks?.some((benchmark) => theirs.has(scope(benchmark))) === true;
}

// ---------------------------------------------------------------------------------------------------- the folder

/** What lies at the top of an export, its list first: all else in the folder is left as it is. */
const own = ["export.json", "index.html", "page.js", "page.css", "runs", "compare", "pictures"];
/** What is found in a folder that files are published from, before anything is. */
const published = /^(?:\..*|CNAME)$/;

/** Where the export goes, links followed; refused where something else is. */
async function placeOf(path: string, given: string): Promise<string> {
  const place = await realpath(path).catch(() => path);
  const found = await readdir(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw complain(given, "cannot be written to", { got: reasonOf(error), cause: error });
  });
  const others = found.filter((name) => !published.test(name));
  if (others.length === 0) return place;
  const list = await readFile(join(place, own[0]!), "utf8").catch(() => "");
  if (!list.startsWith('{"format":"segbench/view-export@'))
    throw complain(given, "is not empty, and not an export of this page", {
      code: "refused",
      expected: "a new or empty folder, an earlier export, or hidden files and CNAME alone",
      got: others.slice(0, 3).join(", "),
    });
  return place;
}

/** What was made takes the place of what an earlier export made. */
async function take(draft: string, place: string): Promise<void> {
  const old = `${place}.segbench-old`;
  const move = async (name: string, from: string, to: string) =>
    rename(join(from, name), join(to, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  await rm(old, { recursive: true, force: true });
  for (const folder of [place, old]) await mkdir(folder, { recursive: true });
  const taken: string[] = [];
  try {
    for (const name of own) {
      await move(name, place, old);
      taken.push(name);
      await move(name, draft, place);
    }
  } catch (error) {
    for (const name of taken) {
      await rm(join(place, name), { recursive: true, force: true });
      await move(name, old, place);
    }
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

function filesIn(dir: string, hide: (text: string) => string): Files {
  const made = new Set<string>();
  const total = { files: 0, bytes: 0 };
  const bytes = async (path: string, content: Uint8Array) => {
    const file = join(dir, path);
    if (!made.has(dirname(file))) await mkdir(dirname(file), { recursive: true });
    made.add(dirname(file));
    await writeFile(file, content);
    total.files += 1;
    total.bytes += content.length;
  };
  const text = (path: string, content: string) => bytes(path, Buffer.from(content));
  const textOf = (value: unknown) =>
    JSON.stringify(value, (key, one) => {
      if (!sentences.has(key)) return one;
      return Array.isArray(one) ? one.map(hide) : typeof one === "string" ? hide(one) : one;
    });
  return {
    ...{ bytes, text, textOf, written: () => total },
    json: (path, value) => text(path, `${textOf(value)}\n`),
  };
}

/** Keys of what names folders of this machine; names, notes and numbers stay as they are. */
const sentences = new Set(["problem", "missing", "reason", "withoutMasks", "differences"]);

/** Takes folders of this machine out of a sentence about files. */
function hiding(root: string, { data }: ExportOptions, { cwd, env }: Context): (text: string) => string {
  const folders = new Map<string, string>();
  const add = (folder: string, name: string) => {
    if (folder !== dirname(folder) && folder !== "" && !folders.has(folder)) folders.set(folder, name);
  };
  add(root, "the folder of the runs");
  if (data !== undefined) add(resolve(cwd, data), "the folder of the data");
  for (const folder of [cwd, env.HOME ?? ""]) add(folder, "a folder of that machine");
  if (folders.size === 0) return (text) => text;
  const named = [...folders.keys()].map((folder) => folder.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
  // Whole names of folders; what lies in them is still named.
  const pattern = new RegExp(`(?<![\\w./-])(${named})(?:([/\\\\]+)|(?![\\w-]|\\.\\w))`, "g");
  return (text) =>
    text.replace(pattern, (_, folder: string, below?: string) =>
      below === undefined ? folders.get(folder)! : "",
    );
}

// ---------------------------------------------------------------------------------------------------- the page

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

/** What is there until the page is: for a moment, or for good where it is opened without a web server. */
const WAITING = `<p class="unserved">This is an export of <code>segbench view</code>, whose page needs a web server: run <code>python3 -m http.server</code> or <code>npx http-server</code> in this folder, and open the address that it prints.</p>`;

function pageFiles(): Readonly<Record<string, string>> {
  const { html, js, css } = page;
  const policy = `<meta http-equiv="Content-Security-Policy" content="${POLICY}" />`;
  return {
    "page.js": js,
    "page.css": css,
    "index.html": html
      .replace("<head>", `<head>\n    ${policy}`)
      .replace('<div id="page"></div>', `<div id="page" data-export>${WAITING}</div>`),
  };
}

// ---------------------------------------------------------------------------------------------------- licences

/** Names of licences that allow redistribution, as cards write them; what follows in brackets explains them. */
const free = /^(?:CC0|CC-BY(?:-NC)?(?:-SA)?|ODC-By|ODbL|Apache|BSD-[23]-Clause|MIT)(?:-\d\.\d)?(?: \(.*\))?$/;

async function licencesOf(
  folders: ReturnType<typeof foldersBelow>,
  runs: ReturnType<typeof openRuns>,
  notes: readonly RunNote[],
): Promise<readonly Licence[]> {
  const found = new Map<string, Licence>();
  for (const { name, problem, drawn = [] } of notes) {
    const dir = problem === undefined ? await folders.find(name) : undefined;
    if (dir === undefined) continue;
    for (const { name: benchmark, card } of (await runs.plan(dir)).benchmarks) {
      // Drawn miniatures are of this project.
      if (drawn.includes(benchmark)) continue;
      const licence = "licence" in card ? card.licence : undefined;
      const one: Licence = {
        ...{ benchmark, title: card.title, ...(licence === undefined ? {} : { licence }) },
        free: licence !== undefined && free.test(licence),
      };
      found.set(JSON.stringify([benchmark, licence]), one);
    }
  }
  return [...found.values()];
}
