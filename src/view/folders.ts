// The run folders below a folder: found by their manifests, known by their paths below it. Whoever asks names one of this list; a path is
// never made of what was asked.
import { readdir, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { sum } from "../core/numbers.ts";
import { type SampleNoun, sampleNoun } from "../core/plan.ts";
import {
  type Context,
  type HistoryLine,
  readHistory,
  readHolder,
  readRun,
  reasonOf,
  type Scope,
  type Summary,
  scopeOf,
  storedSummary,
} from "../index.ts";
import { readWorkers, type WorkersSeen } from "../store/workers.ts";

type Around = Pick<Context, "cwd">;

/** Levels of folders below the one that is shown. */
const DEEPEST = 4;
const unseen = /^(?:node_modules|\..*)$/;
/** Files that are read of a run folder: links are followed only below the folder that is shown. */
const read = [
  "manifest.json",
  "rows.jsonl",
  "masks.jsonl",
  "progress.jsonl",
  "summary.json",
  "history.jsonl",
  "kept.jsonl",
  "run.lock",
  "workers.json",
  "rows.index",
];

/** Those of them that the list says something of, and what is kept of a run that grows. */
const noted = [
  "manifest.json",
  "progress.jsonl",
  "history.jsonl",
  "rows.jsonl",
  "kept.jsonl",
  "workers.json",
  "summary.json",
];

/** What the list says of a run folder. */
export interface RunNote {
  /** Its path below the folder, with "/"; "." for the folder itself. */
  readonly name: string;
  /** Why it cannot be shown; what follows is absent then. */
  readonly problem?: string;
  readonly title?: string;
  readonly models?: readonly { readonly name: string; readonly title: string }[];
  /** `images`: those of the plan, or clips. */
  readonly benchmarks?: readonly ({
    readonly name: string;
    readonly title: string;
    readonly images: number;
    readonly domain: readonly string[];
  } & Scope)[];
  readonly protocols?: readonly string[];
  /** What its samples are called. */
  readonly sample?: SampleNoun;
  /** Images (or clips), counted for each model. */
  readonly units?: { readonly finished: number; readonly expected: number };
  /** Of those finished: done before the run grew, and not in their places yet. */
  readonly waiting?: number;
  readonly complete?: boolean;
  /** Rows, and those of them that failed; of a run without a summary of its rows it is not known. */
  readonly rows?: { readonly all: number; readonly failed: number };
  /** When its manifest was written, as `time`: another run in its place has another one. */
  readonly began?: string;
  /** Who writes it now; `living`: that process is known to live, else it is of another machine. */
  readonly writer?: { readonly name: string; readonly living: boolean };
  /** Where many machines work on it. */
  readonly workers?: WorkersSeen;
  /** A process wrote it and ended without a word: it was killed, or its machine went down. */
  readonly broken?: true;
  readonly shard?: string;
  /** Whether it keeps masks, and which pictures are drawn miniatures. */
  readonly masks?: boolean;
  readonly drawn?: readonly string[];
  /** From the last line of its history that says so. */
  readonly time?: string;
  readonly commit?: string;
  readonly dirty?: boolean;
  readonly tags?: readonly string[];
  readonly note?: string;
  readonly status?: HistoryLine["status"];
  /** Why that call failed. */
  readonly reason?: string;
  /** Calls that wrote it: more than one where it was continued. */
  readonly calls?: number;
}

export interface Folders {
  /** All run folders, by name; looks at the disk. */
  list(): Promise<RunNote[]>;
  /** The absolute path of one of them; undefined for any other name, and for one that leads out of the folder. */
  find(name: string): Promise<string | undefined>;
}

/** `root`: absolute. */
export function foldersBelow(root: string, around: Around): Folders {
  let known: readonly string[] = [];
  /** What was read of each last, and the files that it was read of. */
  const notes = new Map<string, { readonly state: string; readonly note: RunNote }>();
  const noteOf = async (name: string): Promise<RunNote> => {
    const dir = join(root, name);
    const outside = await leadsOut(root, dir);
    if (outside !== undefined)
      return {
        name,
        problem: `${outside === "" ? "it" : outside} is a link that leads out of the folder shown`,
      };
    const state = await stateOf(dir);
    const kept = notes.get(name);
    const note = kept?.state === state ? kept.note : await readNote(name, dir, around);
    notes.set(name, { state, note });
    return note.problem === undefined ? { ...note, ...(await writerOf(dir, note, around)) } : note;
  };
  const look = async () => {
    known = (await runFolders(root)).map((dir) => nameOf(root, dir));
    return known;
  };
  return {
    async list() {
      const found = await look();
      for (const name of notes.keys()) if (!found.includes(name)) notes.delete(name);
      return Promise.all(found.map(noteOf));
    },
    async find(name) {
      if (!known.includes(name) && !(await look()).includes(name)) return undefined;
      const dir = join(root, name);
      return (await leadsOut(root, dir)) === undefined ? dir : undefined;
    },
  };
}

function nameOf(root: string, dir: string): string {
  return dir === root ? "." : relative(root, dir).split(sep).join("/");
}

/** Folders with a manifest, in the order of their names; links to folders are looked at, but not below. */
async function runFolders(root: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (dir: string, depth: number, below: boolean): Promise<void> => {
    const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
    if (entries.some(({ name }) => name === "manifest.json")) found.push(dir);
    if (depth === DEEPEST || !below) return;
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (unseen.test(entry.name)) continue;
      if (entry.isDirectory()) await visit(join(dir, entry.name), depth + 1, true);
      else if (entry.isSymbolicLink()) await visit(join(dir, entry.name), depth + 1, false);
    }
  };
  await visit(root, 0, true);
  return found;
}

/** What of a run folder lies elsewhere than below the root, links resolved; undefined where nothing does. */
async function leadsOut(root: string, dir: string): Promise<string | undefined> {
  const home = await realpath(root);
  for (const name of ["", ...read]) {
    const place = await realpath(join(dir, name)).catch(() => undefined);
    if (place !== undefined && place !== home && !place.startsWith(home + sep)) return name;
  }
  return undefined;
}

/** Sizes and times of the files that a note is made of. */
async function stateOf(dir: string): Promise<string> {
  const files = await Promise.all(
    noted.map((name) =>
      stat(join(dir, name)).then(
        ({ size, mtimeMs, ino }) => `${ino} ${size} ${mtimeMs}`,
        () => "",
      ),
    ),
  );
  return files.join();
}

async function writerOf(
  dir: string,
  { complete }: RunNote,
  around: Around,
): Promise<Pick<RunNote, "writer" | "broken" | "workers">> {
  const holder = await readHolder(dir, around);
  if (holder === undefined) return {};
  if (holder.state === "gone") return complete === true ? {} : { broken: true };
  const workers = await readWorkers(dir);
  const writer = { name: holder.name, living: holder.state === "alive" };
  return { writer, ...(workers === undefined ? {} : { workers }) };
}

async function readNote(name: string, dir: string, around: Around): Promise<RunNote> {
  try {
    const { manifest, finished, waiting, expected, complete } = await readRun(dir, around);
    const { plan, shard, drawn } = manifest;
    const titled = (one: { name: string; card: { title: string } }) => ({
      name: one.name,
      title: one.card.title,
    });
    const hasRows = await stat(join(dir, "rows.jsonl")).then(
      () => true,
      () => false,
    );
    return {
      ...{ name, title: plan.title, models: plan.models.map(titled) },
      benchmarks: plan.benchmarks.map((one) => ({
        ...{ ...titled(one), images: one.images, domain: one.card.domain },
        ...scopeOf(plan, one),
      })),
      ...{
        protocols: plan.protocols,
        sample: sampleNoun(plan),
        units: { finished, expected },
        complete,
        masks: plan.masks,
      },
      ...(waiting === 0 ? {} : { waiting }),
      began: (await stat(join(dir, "manifest.json"))).mtime.toISOString(),
      ...(await rowsOf(dir, around)),
      ...(hasRows ? {} : { problem: "rows.jsonl is missing" }),
      ...(drawn === undefined ? {} : { drawn }),
      ...(shard === null ? {} : { shard: `${shard.index}/${shard.count}` }),
      ...ofHistory(await readHistory(dir, around)),
    };
  } catch (error) {
    return { name, problem: reasonOf(error) };
  }
}

/** A damaged summary says nothing. */
async function rowsOf(dir: string, around: Around): Promise<Pick<RunNote, "rows">> {
  const { cells = [] } = (await storedSummary(dir, around)) ?? {};
  let [all, failed] = [0, 0];
  for (const { counts } of cells) {
    failed += counts.failed;
    all += counts.scored + counts.failed + sum(Object.values(counts.dropped ?? {}));
  }
  return all > 0 ? { rows: { all, failed } } : {};
}

function ofHistory(lines: readonly HistoryLine[]): Partial<RunNote> {
  const last = lines.at(-1);
  if (last === undefined) return {};
  const told = lines.filter(({ commit }) => commit !== undefined).at(-1);
  const note = lines.filter((line) => line.note !== undefined).at(-1)?.note;
  return {
    ...{ time: last.time, status: last.status, calls: lines.length },
    ...(last.problem === undefined ? {} : { reason: last.problem }),
    ...(told?.commit === undefined ? {} : { commit: told.commit, dirty: told.dirty === true }),
    tags: [...new Set(lines.flatMap(({ tag }) => (tag === undefined ? [] : [tag])))],
    ...(note === undefined ? {} : { note }),
  };
}

/** What the leaderboard shows of a summary. */
export function boardOf({ models, benchmarks, protocols, cells, suites, complete }: Summary) {
  return {
    suites: suites.map(({ model, protocol, benchmarks: count, measures }) => ({
      ...{ model, protocol, benchmarks: count },
      measures: Object.fromEntries(Object.entries(measures).map(([id, { macro }]) => [id, macro])),
    })),
    ...{ models, benchmarks, protocols, complete },
    cells: cells.map(({ model, benchmark, protocol, counts, measures }) => ({
      ...{ model, benchmark, protocol, counts, measures },
    })),
  };
}
