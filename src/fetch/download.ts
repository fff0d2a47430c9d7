// Downloads one file: resumes, retries temporary failures, and checks the result.
import { open, statfs } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { fetchDefaults } from "../core/defaults.ts";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import type { Download } from "../core/schema-types.ts";
import { type FileFact, fileFact } from "../formats/files.ts";
import { beginPart, discardPart, type Origin, type Part, readPart } from "./part.ts";
import { dropBody, type Web, type WebResponse } from "./web.ts";

export interface Watcher {
  /** Bytes so far, and the total if it is known. */
  bytes(file: string, done: number, total: number | undefined): void;
  note(text: string): void;
}

export interface Fetching {
  readonly web: Web;
  readonly watch: Watcher;
  /** Waits; rejects when aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** A failure that a retry may cure; `after`: milliseconds that the server requests. */
class TryAgain extends Error {
  readonly after: number | undefined;
  constructor(message: string, { after, cause }: { after?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause });
    this.after = after;
  }
}

/** Downloads into `part` and checks the stated size and checksum. A file that fails them is removed. */
export async function fetchPart(wanted: Download, part: string, fetching: Fetching): Promise<FileFact> {
  await fetchAllBytes(wanted, part, fetching);
  fetching.signal?.throwIfAborted();
  const fact = await fileFact(part);
  const { url, bytes = fact.bytes, sha256 = fact.sha256 } = wanted;
  if (fact.bytes === bytes && fact.sha256 === sha256) return fact;
  await discardPart(part);
  if (fact.bytes === bytes) throw complain(url, wrong.sha256, { expected: sha256, got: fact.sha256 });
  throw complain(url, wrong.bytes, { expected: `${bytes} bytes`, got: `${fact.bytes}` });
}

const wrong = {
  bytes: "differs in size from its card",
  sha256: "differs in checksum from its card",
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
        const kept = `; ${size} bytes are kept in ${basename(path)}, and the same command resumes`;
        const what = `cannot be fetched after ${tries} tries in a row${size > 0 ? kept : ""}`;
        throw complain(wanted.url, what, { got: error.message, cause: error });
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
  const response = await request(wanted, have, part, fetching);
  let offer: ReturnType<typeof offerOf>;
  try {
    offer = offerOf(wanted, response, have, part.origin);
  } catch (error) {
    dropBody(response);
    throw error;
  }
  if (offer === undefined) {
    dropBody(response);
    await discardPart(path);
    throw new TryAgain("the file on the server has changed since the download began; starting again");
  }
  const { start, origin } = offer;
  if (start === 0) await beginPart(path, origin);
  await checkSpace(path, start, origin.total);
  const size = await receive(wanted, path, { response, start, total: origin.total }, fetching);
  if (origin.total !== undefined && size < origin.total)
    throw new TryAgain(`the connection ended after ${size} of ${origin.total} bytes`);
}

/**
 * Bytes that can be resumed: of the same URL, and with a validator or a checksum that will show whether the
 * rest fits.
 */
function reusable({ size, origin }: Part, { url, sha256, bytes }: Download): number {
  if (origin?.url !== url || (origin.validator === undefined && sha256 === undefined)) return 0;
  return size > (bytes ?? origin.total ?? size) ? 0 : size;
}

async function request(wanted: Download, have: number, { origin }: Part, { web, signal }: Fetching) {
  const headers = {
    "accept-encoding": "identity",
    "user-agent": "segbench",
    ...(have > 0 ? { range: `bytes=${have}-` } : {}),
    ...(have > 0 && origin?.validator !== undefined ? { "if-range": origin.validator } : {}),
  };
  return web.request("GET", wanted.url, { headers, signal }).catch((cause: unknown) => {
    throw failureOf(cause, signal);
  });
}

async function receive(
  { url, file }: Download,
  path: string,
  { response, start, total }: { response: WebResponse; start: number; total: number | undefined },
  { watch, signal }: Fetching,
): Promise<number> {
  const failed = (cause: unknown) => {
    const what = "cannot be written; what came so far is kept, and the same command resumes";
    return complain(path, what, { got: reasonOf(cause), cause });
  };
  const handle = await open(path, start === 0 ? "w" : "a").catch((cause: unknown) => {
    dropBody(response);
    throw failed(cause);
  });
  let size = start;
  try {
    watch.bytes(file, size, total);
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (total !== undefined && size > total)
        throw complain(url, "sends more bytes than it announced", { expected: `${total} bytes` });
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

/** Statuses that a retry may cure. */
const temporary = [408, 425, 429, 500, 502, 503, 504];

/**
 * Interprets a response for a file of which `have` bytes are there: its body continues at byte `start`;
 * undefined: the file on the server is no longer the one that the bytes came from.
 */
function offerOf(
  wanted: Download,
  response: WebResponse,
  have: number,
  known: Origin | undefined,
): { readonly start: number; readonly origin: Origin } | undefined {
  const { status } = response;
  if (temporary.includes(status))
    throw new TryAgain(`status ${status}`, { after: seconds(response.header("retry-after")) });
  if (status === 416 && have > 0) return undefined;
  if (status !== 200 && status !== 206) {
    const [expected, got] = [`${wanted.file} (status 200)`, `status ${status}`];
    const what = refusals[status] ?? "the server does not serve the file";
    throw complain(wanted.url, what, { expected, got });
  }
  if (wanted.unpack !== "none" && /^text\/html\b/i.test(response.header("content-type") ?? "")) {
    const what = "sends a web page instead of the file";
    throw complain(wanted.url, what, { expected: wanted.file, got: "text/html" });
  }
  const validator = validatorOf(response);
  const range =
    status === 206 ? /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.header("content-range") ?? "") : null;
  if (status === 206) {
    const another =
      validator !== undefined && known?.validator !== undefined && validator !== known.validator;
    if (range === null || Number(range[1]) !== have || another) return undefined;
  }
  const total = range === null ? lengthOf(response.header("content-length")) : lengthOf(range[2]);
  if (wanted.bytes !== undefined && total !== undefined && total !== wanted.bytes) {
    const expected = `${wanted.bytes} bytes`;
    throw complain(wanted.url, wrong.bytes, { expected, got: `${total}` });
  }
  if (status === 206 && known?.total !== undefined && total !== undefined && total !== known.total)
    return undefined;
  return { start: status === 206 ? have : 0, origin: { url: wanted.url, validator, total } };
}

const gone = "the file is no longer on the server";
const closed = "the server (or a proxy) restricts access to the file";
const refusals: Readonly<Record<number, string>> = {
  ...{ 404: gone, 410: gone, 401: closed, 403: closed },
  407: "the proxy requires a login: put name and password into its address",
};

function validatorOf(response: WebResponse): string | undefined {
  const etag = response.header("etag");
  return etag?.startsWith('"') ? etag : response.header("last-modified");
}

function lengthOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function seconds(text: string | undefined): number | undefined {
  const value = lengthOf(text);
  return value === undefined ? undefined : 1000 * value;
}

/** Fails before the download instead of after many gigabytes. File systems of unknown size report 0 blocks. */
async function checkSpace(path: string, start: number, total: number | undefined): Promise<void> {
  const disk = await statfs(dirname(path)).catch(() => undefined);
  if (disk === undefined || disk.blocks === 0 || total === undefined) return;
  const free = disk.bavail * disk.bsize;
  if (free < total - start) {
    const what = "not enough disk space";
    throw complain(dirname(path), what, { expected: `${total - start} bytes`, got: `${free} free` });
  }
}
