// One file, fetched whole: resumed where it stopped, tried again where that may help, checked before it counts.
import { open, statfs } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { fetchDefaults } from "../core/defaults.ts";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import type { Download } from "../core/schema-types.ts";
import { type FileFact, fileFact } from "../formats/files.ts";
import { beginPart, discardPart, type Origin, type Part, readPart } from "./part.ts";
import { type Answer, dropBody, type Web } from "./web.ts";

export interface Watcher {
  /** Bytes that are there, of all there will be where that is known. */
  bytes(file: string, done: number, total: number | undefined): void;
  note(text: string): void;
}

export interface Fetching {
  readonly web: Web;
  readonly watch: Watcher;
  /** Waits; rejects when the signal says so. */
  readonly wait: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** Another try may help; `after`: milliseconds the server asks for. */
class TryAgain extends Error {
  readonly after: number | undefined;
  constructor(message: string, { after, cause }: { after?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause });
    this.after = after;
  }
}

/** Fetches into `part`, and leaves it there complete, of the size and checksum that are stated. A wrong file is removed. */
export async function fetchPart(wanted: Download, part: string, fetching: Fetching): Promise<FileFact> {
  await fetchAllBytes(wanted, part, fetching);
  fetching.signal?.throwIfAborted();
  const fact = await fileFact(part);
  const { url, bytes = fact.bytes, sha256 = fact.sha256 } = wanted;
  if (fact.bytes === bytes && fact.sha256 === sha256) return fact;
  await discardPart(part);
  if (fact.bytes === bytes)
    throw complain({ where: url, what: wrong.sha256, expected: sha256, got: fact.sha256 });
  throw complain({ where: url, what: wrong.bytes, expected: `${bytes} bytes`, got: `${fact.bytes}` });
}

const wrong = {
  bytes: "has another size than its card says",
  sha256: "has another checksum than its card says",
};

async function fetchAllBytes(wanted: Download, path: string, fetching: Fetching): Promise<void> {
  const { watch, wait, signal } = fetching;
  let most = (await readPart(path)).size;
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(wanted, path, fetching);
    } catch (error) {
      if (!(error instanceof TryAgain)) throw error;
      const { size } = await readPart(path);
      if (size > most) tries = 1;
      most = Math.max(most, size);
      if (tries >= fetchDefaults.tries) {
        const kept = `; ${size} bytes are kept in ${basename(path)}, and the same command continues`;
        const what = `cannot be fetched, ${tries} tries in a row${size > 0 ? kept : ""}`;
        throw complain({ where: wanted.url, what, got: error.message, cause: error });
      }
      const own = fetchDefaults.firstWait * 2 ** (tries - 1);
      const pause = Math.min(Math.max(own, error.after ?? 0), fetchDefaults.longestWait);
      watch.note(`${wanted.file}: ${error.message}; trying again in ${pause / 1000} s`);
      await wait(pause, signal);
    }
  }
}

async function attempt(wanted: Download, path: string, fetching: Fetching): Promise<void> {
  const part = await readPart(path);
  const have = reusable(part, wanted);
  const all = wanted.bytes ?? part.origin?.total;
  if (have > 0 && have === all) return;
  const answer = await ask(wanted, have, part, fetching);
  let offer: ReturnType<typeof offerOf>;
  try {
    offer = offerOf(wanted, answer, have, part.origin);
  } catch (error) {
    dropBody(answer);
    throw error;
  }
  if (offer === undefined) {
    dropBody(answer);
    await discardPart(path);
    throw new TryAgain("the file on the server is not the one that was begun; beginning again");
  }
  const { start, origin } = offer;
  if (start === 0) await beginPart(path, origin);
  await checkSpace(path, start, origin.total);
  const size = await receive(wanted, path, { answer, start, total: origin.total }, fetching);
  if (origin.total !== undefined && size < origin.total)
    throw new TryAgain(`the connection ended after ${size} of ${origin.total} bytes`);
}

/** Bytes that may stay: those of this very URL, if a validator or the checksum will tell whether the rest fits. */
function reusable({ size, origin }: Part, { url, sha256, bytes }: Download): number {
  if (origin?.url !== url || (origin.validator === undefined && sha256 === undefined)) return 0;
  return size > (bytes ?? origin.total ?? size) ? 0 : size;
}

async function ask(wanted: Download, have: number, { origin }: Part, { web, signal }: Fetching) {
  const headers = {
    "accept-encoding": "identity",
    "user-agent": "segbench",
    ...(have > 0 ? { range: `bytes=${have}-` } : {}),
    ...(have > 0 && origin?.validator !== undefined ? { "if-range": origin.validator } : {}),
  };
  return web.ask("GET", wanted.url, { headers, signal }).catch((cause: unknown) => {
    throw failureOf(cause, signal);
  });
}

async function receive(
  { url, file }: Download,
  path: string,
  { answer, start, total }: { answer: Answer; start: number; total: number | undefined },
  { watch, signal }: Fetching,
): Promise<number> {
  const failed = (cause: unknown) => {
    const what = "cannot be written; what came so far is kept, and the same command continues";
    return complain({ where: path, what, got: reasonOf(cause), cause });
  };
  const handle = await open(path, start === 0 ? "w" : "a").catch((cause: unknown) => {
    dropBody(answer);
    throw failed(cause);
  });
  let size = start;
  try {
    watch.bytes(file, size, total);
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (total !== undefined && size > total)
        throw complain({ where: url, what: "sends more than it said", expected: `${total} bytes` });
      await handle.writeFile(chunk).catch((cause: unknown) => {
        throw failed(cause);
      });
      watch.bytes(file, size, total);
    }
    await handle.sync().catch(() => undefined);
    return size;
  } catch (cause) {
    throw failureOf(cause, signal);
  } finally {
    await handle.close();
  }
}

function failureOf(cause: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (cause instanceof SegbenchError) return cause;
  const { code } = cause as { code?: unknown };
  const reason = reasonOf(cause);
  const isNews = typeof code === "string" && !reason.includes(code);
  return new TryAgain(isNews ? `${reason} (${code})` : reason, { cause });
}

/** Another try may help after these. */
const temporary = [408, 425, 429, 500, 502, 503, 504];

/**
 * What a server's answer means for a file of which `have` bytes are there: the body goes on from byte `start`; undefined: the
 * server no longer has what the bytes are the beginning of.
 */
function offerOf(
  wanted: Download,
  answer: Answer,
  have: number,
  known: Origin | undefined,
): { readonly start: number; readonly origin: Origin } | undefined {
  const { status } = answer;
  if (temporary.includes(status))
    throw new TryAgain(`status ${status}`, { after: seconds(answer.header("retry-after")) });
  if (status === 416 && have > 0) return undefined;
  if (status !== 200 && status !== 206) {
    const [expected, got] = [`${wanted.file} (status 200)`, `status ${status}`];
    const what = refusals[status] ?? "the server does not give the file";
    throw complain({ where: wanted.url, what, expected, got });
  }
  if (wanted.unpack !== "none" && /^text\/html\b/i.test(answer.header("content-type") ?? "")) {
    const what = "gives a web page instead of the file";
    throw complain({ where: wanted.url, what, expected: wanted.file, got: "text/html" });
  }
  const validator = validatorOf(answer);
  const range =
    status === 206 ? /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.header("content-range") ?? "") : null;
  if (status === 206) {
    const another =
      validator !== undefined && known?.validator !== undefined && validator !== known.validator;
    if (range === null || Number(range[1]) !== have || another) return undefined;
  }
  const total = range === null ? lengthOf(answer.header("content-length")) : lengthOf(range[2]);
  if (wanted.bytes !== undefined && total !== undefined && total !== wanted.bytes) {
    const expected = `${wanted.bytes} bytes`;
    throw complain({ where: wanted.url, what: wrong.bytes, expected, got: `${total}` });
  }
  if (status === 206 && known?.total !== undefined && total !== undefined && total !== known.total)
    return undefined;
  return { start: status === 206 ? have : 0, origin: { url: wanted.url, validator, total } };
}

const gone = "there is no such file on the server any more";
const closed = "the server (or a proxy) does not give the file to everybody";
const refusals: Readonly<Record<number, string>> = {
  ...{ 404: gone, 410: gone, 401: closed, 403: closed },
  407: "the proxy asks who you are: put name and password into its address",
};

function validatorOf(answer: Answer): string | undefined {
  const etag = answer.header("etag");
  return etag?.startsWith('"') ? etag : answer.header("last-modified");
}

function lengthOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function seconds(text: string | undefined): number | undefined {
  const value = lengthOf(text);
  return value === undefined ? undefined : 1000 * value;
}

/** Better before than after many gigabytes. File systems that do not know their size say 0 blocks. */
async function checkSpace(path: string, start: number, total: number | undefined): Promise<void> {
  const disk = await statfs(dirname(path)).catch(() => undefined);
  if (disk === undefined || disk.blocks === 0 || total === undefined) return;
  const free = disk.bavail * disk.bsize;
  if (free < total - start) {
    const what = "there is not enough space";
    throw complain({ where: dirname(path), what, expected: `${total - start} bytes`, got: `${free} free` });
  }
}
