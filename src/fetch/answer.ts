// What a server's answer means for a file of which `have` bytes are there.
import { complain } from "../core/errors.ts";
import type { Download } from "../core/schema-types.ts";
import type { Origin } from "./part.ts";
import type { Answer } from "./web.ts";

/** Another try may help; `after`: milliseconds the server asks for. */
export class TryAgain extends Error {
  readonly after: number | undefined;
  constructor(message: string, options: { after?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.after = options.after;
  }
}

/** The body goes on from byte `start`; undefined: the server no longer has what the bytes are the beginning of. */
export interface Offer {
  readonly start: number;
  readonly origin: Origin;
}

const passing = [408, 425, 429, 500, 502, 503, 504];

export function offerOf(
  wanted: Download,
  answer: Answer,
  have: number,
  known: Origin | undefined,
): Offer | undefined {
  const { status } = answer;
  if (passing.includes(status))
    throw new TryAgain(`status ${status}`, { after: seconds(answer.header("retry-after")) });
  if (status === 416 && have > 0) return undefined;
  if (status !== 200 && status !== 206) throw refusal(wanted, status);
  if (wanted.unpack !== "none" && /^text\/html\b/i.test(answer.header("content-type") ?? ""))
    throw complain({
      where: wanted.url,
      what: "gives a web page instead of the file",
      expected: wanted.file,
      got: "text/html",
    });
  const validator = validatorOf(answer);
  const range =
    status === 206 ? /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.header("content-range") ?? "") : null;
  if (status === 206) {
    const another =
      validator !== undefined && known?.validator !== undefined && validator !== known.validator;
    if (range === null || Number(range[1]) !== have || another) return undefined;
  }
  const total = range === null ? lengthOf(answer.header("content-length")) : lengthOf(range[2]);
  if (wanted.bytes !== undefined && total !== undefined && total !== wanted.bytes)
    throw complain({
      where: wanted.url,
      what: "has another size than its card says",
      expected: `${wanted.bytes} bytes`,
      got: `${total}`,
    });
  if (status === 206 && known?.total !== undefined && total !== undefined && total !== known.total)
    return undefined;
  return {
    start: status === 206 ? have : 0,
    origin: {
      url: wanted.url,
      ...(validator === undefined ? {} : { validator }),
      ...(total === undefined ? {} : { total }),
    },
  };
}

function validatorOf(answer: Answer): string | undefined {
  const etag = answer.header("etag");
  return etag?.startsWith('"') ? etag : answer.header("last-modified");
}

function refusal({ url, file }: Download, status: number) {
  const what =
    status === 404 || status === 410
      ? "there is no such file on the server any more"
      : status === 401 || status === 403
        ? "the server (or a proxy) does not give the file to everybody"
        : status === 407
          ? "the proxy asks who you are: put name and password into its address"
          : "the server does not give the file";
  return complain({ where: url, what, expected: `${file} (status 200)`, got: `status ${status}` });
}

function lengthOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function seconds(text: string | undefined): number | undefined {
  const value = lengthOf(text);
  return value === undefined ? undefined : 1000 * value;
}
