import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { bytesText } from "../cli/bytes.ts";
import { type ExitCode, exitCodes } from "../cli/exit.ts";
import { fetchProgress } from "../cli/fetch-progress.ts";
import { onInterrupt } from "../cli/interrupt.ts";
import { absentFiles } from "../config/index.ts";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import { dropBody, type FetchOptions, fetchWanted, lockName, openWeb, readLock } from "../fetch/index.ts";
import { makeFolder } from "../formats/make-folder.ts";
import { lockFolder } from "../store/lock.ts";
import { dataFolder, holdsData, shownPath } from "./data-folder.ts";
import { type Job, pullJobs } from "./pull-jobs.ts";

interface Flags {
  readonly data?: string;
  readonly yes?: boolean;
  readonly keep?: boolean;
}

type Options = Omit<FetchOptions, "lock">;

/** `segbench pull`: fetches the sets and models that anybody may fetch, and says what to do for the others. */
export async function pullVerb(names: readonly string[], flags: Flags): Promise<ExitCode> {
  const data = dataFolder(flags.data);
  const web = openWeb(process.env);
  const interrupt = new AbortController();
  const watch = onInterrupt(() => interrupt.abort());
  const progress = fetchProgress(() => performance.now());
  const options: Options = {
    ...{ web, watch: progress, unpacked: progress.unpacked, signal: interrupt.signal },
    keep: flags.keep === true,
    wait: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
  };
  let outcome: ExitCode = exitCodes.fine;
  try {
    const jobs: Job[] = [];
    for (const job of await pullJobs(names, data, flags.data)) {
      if ("card" in job) jobs.push(job);
      else {
        say(`error: ${job.problem}`);
        outcome = exitCodes.error;
      }
    }
    const open = await openJobs(jobs);
    for (const job of open) say(await describe(job, options));
    if (open.length > 0 && !(await agreed(flags))) return exitCodes.usage;
    for (const job of open) if (!(await pullOne(job, options))) outcome = exitCodes.error;
    return interrupt.signal.aborted ? exitCodes.interrupted : outcome;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    say("stopped: what came so far is kept; the same command continues");
    return exitCodes.interrupted;
  } finally {
    progress.stop();
    watch.stop();
  }
}

/** Data that pull did not put there are a person's: they are left alone. */
async function openJobs(jobs: readonly Job[]): Promise<readonly Job[]> {
  const open: Job[] = [];
  for (const job of jobs) {
    const { name, card, folder, kind, home, next } = job;
    const known = Object.keys(await readLock(join(home, lockName)));
    const ours = known.some((key) => key.startsWith(`${name}/`));
    if (kind === "model" || ours || !holdsData(folder, card as DatasetCard)) open.push(job);
    else
      say(
        `${card.name}: ${shownPath(folder)} holds data that pull did not put there: left alone; ${next} checks them`,
      );
  }
  return open;
}

async function describe(
  { card, folder, downloads, licence, source }: Job,
  { web, signal }: Options,
): Promise<string> {
  const files = await Promise.all(
    downloads.map(async ({ url, file, bytes, into, unpack }) => {
      const size = bytes ?? (await sizeOf(url, web, signal));
      const shown = size === undefined ? "size not stated" : bytesText(size);
      const place = shownPath(join(folder, into ?? ""));
      return `  ${unpack === "none" ? "file" : "archive"}  ${url} (${shown}) -> ${place}${unpack === "none" ? `/${file}` : ""}`;
    }),
  );
  return [`${card.name}: ${card.title}`, `  licence  ${licence}; ${source}`, ...files].join("\n");
}

/** What a server says before anything is fetched; a server that will not say is asked no further. */
async function sizeOf(url: string, web: FetchOptions["web"], signal: AbortSignal | undefined) {
  try {
    const answer = await web.ask("HEAD", url, { signal });
    dropBody(answer);
    const length = Number(answer.header("content-length") ?? Number.NaN);
    return answer.status === 200 && Number.isInteger(length) ? length : undefined;
  } catch (error) {
    if (signal?.aborted || error instanceof SegbenchError) throw error;
    return undefined;
  }
}

async function agreed({ yes }: Flags): Promise<boolean> {
  if (yes === true) return true;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    say("error: nothing was fetched; say --yes to fetch this under these licences");
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question("Fetch this under these licences? [y/N] ");
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

/** What goes wrong with one leaves the others alone. */
async function pullOne(job: Job, options: Options): Promise<boolean> {
  const { card, folder, home, next } = job;
  const { name } = card;
  let unlock: (() => Promise<void>) | undefined;
  try {
    await makeFolder(folder).catch((cause: unknown) => {
      throw complain({ where: folder, what: "cannot be created", got: reasonOf(cause), cause });
    });
    unlock = await lockFolder(home, {
      noun: `${job.kind === "model" ? "models" : "data"} folder`,
      file: "pull.lock",
    });
    const fetched = await fetchWanted(job, { ...options, lock: join(home, lockName) });
    const [absent] = await absentFiles(job.needs);
    if (absent !== undefined)
      throw complain({
        where: shownPath(absent),
        what: "is not among the files that the card lists under download",
        expected: "all files of the card",
      });
    const there = fetched.every(({ status }) => status === "there");
    process.stdout.write(
      `${name}: ${there ? "is there already, as it was fetched" : "fetched"}, in ${shownPath(placeOf(job))}; next: ${next}\n`,
    );
    return true;
  } catch (error) {
    if (options.signal?.aborted || !(error instanceof SegbenchError)) throw error;
    say(`error: ${name}: ${error.message}`);
    return false;
  } finally {
    await unlock?.();
  }
}

/** Models share a folder, and mostly have one of their own below it. */
function placeOf({ kind, folder, downloads }: Job): string {
  const below = new Set(downloads.map(({ into = "" }) => into));
  return kind === "model" && below.size === 1 ? join(folder, [...below][0]!) : folder;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
