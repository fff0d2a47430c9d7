import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { renderProblem } from "../config/index.ts";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import {
  dropBody,
  type FetchOptions,
  fetchWanted,
  lockName,
  openWeb,
  readLock,
  type Wanted,
} from "../fetch/index.ts";
import { makeFolder } from "../formats/make-folder.ts";
import { lockFolder } from "../store/lock.ts";
import { bytesText } from "./bytes.ts";
import { chosenCards, dataFlag, dataFolder, holdsData, howToGet, rootOf, shownPath } from "./data-folder.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { fetchProgress } from "./fetch-progress.ts";
import { onInterrupt } from "./interrupt.ts";

interface Flags {
  readonly data?: string;
  readonly yes?: boolean;
  readonly keep?: boolean;
}

/** Named after the folder, since cards may share one. */
type Job = Wanted & { readonly card: DatasetCard };

/** `segbench pull`: fetches the sets that anybody may fetch, and says what to do for the others. */
export async function pullVerb(names: readonly string[], flags: Flags): Promise<ExitCode> {
  const data = dataFolder(flags.data);
  const lock = join(data, lockName);
  const web = openWeb(process.env);
  const interrupt = new AbortController();
  const watch = onInterrupt(() => interrupt.abort());
  const progress = fetchProgress(() => performance.now());
  const options: FetchOptions = {
    ...{ web, lock, watch: progress, unpacked: progress.unpacked, signal: interrupt.signal },
    keep: flags.keep === true,
    wait: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
  };
  let outcome: ExitCode = exitCodes.fine;
  try {
    const jobs: Job[] = [];
    for (const job of await chosenJobs(names, data)) {
      if ("card" in job && job.downloads.length > 0) jobs.push(job);
      else {
        say("card" in job ? cannotPull(job.card, data) : `error: ${job.problem}`);
        outcome = exitCodes.error;
      }
    }
    const open = await openJobs(jobs, lock, flags);
    for (const job of open) say(await describe(job, options));
    if (open.length > 0 && !(await agreed(flags))) return exitCodes.usage;
    for (const job of open) if (!(await pullOne(job, data, flags, options))) outcome = exitCodes.error;
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

async function chosenJobs(
  names: readonly string[],
  data: string,
): Promise<readonly (Job | { readonly problem: string })[]> {
  const found = await chosenCards("pull", names);
  return found.map(({ value: card, problems }) =>
    card === undefined
      ? { problem: problems.map(renderProblem).join("\n") }
      : { card, name: card.root ?? card.name, folder: rootOf(card, data), downloads: card.download ?? [] },
  );
}

function cannotPull(card: DatasetCard, data: string): string {
  return `error: ${card.name} cannot be pulled (${card.licence}): ${howToGet(card, rootOf(card, data), undefined)}`;
}

/** Data that pull did not put there are a person's: they are left alone. */
async function openJobs(jobs: readonly Job[], lock: string, flags: Flags): Promise<readonly Job[]> {
  const known = Object.keys(await readLock(lock));
  return jobs.filter(({ name, card, folder }) => {
    if (known.some((key) => key.startsWith(`${name}/`)) || !holdsData(folder, card)) return true;
    say(
      `${card.name}: ${shownPath(folder)} holds data that pull did not put there: left alone; segbench validate ${card.name}${dataFlag(flags.data)} checks them`,
    );
    return false;
  });
}

async function describe({ card, folder, downloads }: Job, { web, signal }: FetchOptions): Promise<string> {
  const files = await Promise.all(
    downloads.map(async ({ url, file, bytes, into, unpack }) => {
      const size = bytes ?? (await sizeOf(url, web, signal));
      const shown = size === undefined ? "size not stated" : bytesText(size);
      const place = shownPath(join(folder, into ?? ""));
      return `  ${unpack === "none" ? "file" : "archive"}  ${url} (${shown}) -> ${place}${unpack === "none" ? `/${file}` : ""}`;
    }),
  );
  return [`${card.name}: ${card.title}`, `  licence  ${card.licence}; ${card.homepage}`, ...files].join("\n");
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

/** What goes wrong with one set leaves the others alone. */
async function pullOne(job: Job, data: string, flags: Flags, options: FetchOptions): Promise<boolean> {
  const { card, folder } = job;
  const { name } = card;
  let unlock: (() => Promise<void>) | undefined;
  try {
    await makeFolder(folder).catch((cause: unknown) => {
      throw complain({ where: folder, what: "cannot be created", got: reasonOf(cause), cause });
    });
    unlock = await lockFolder(data, { noun: "data folder", file: "pull.lock" });
    const fetched = await fetchWanted(job, options);
    const there = fetched.every(({ status }) => status === "there");
    const next = `segbench validate ${name}${dataFlag(flags.data)}`;
    process.stdout.write(
      `${name}: ${there ? "is there already, as it was fetched" : "fetched"}, in ${shownPath(folder)}; next: ${next}\n`,
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

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
