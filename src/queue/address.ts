// Where a broker is, and what it takes to be let in. User and password come from a file or the environment: on a command line every user
// of the machine could read them.
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";

export interface BrokerAddress {
  /** Without user and password. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  /** PEM. */
  readonly tls?: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
}

export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const where = { path: "queue" };
const expected = "redis://HOST:PORT, rediss://HOST:PORT, or a file that holds one of them";

/** Names of variables that hold, or lead to, something secret: nothing that computes needs them. */
export const secretVariables = [
  "SEGBENCH_QUEUE",
  "SEGBENCH_QUEUE_USER",
  "SEGBENCH_QUEUE_PASSWORD",
  "SEGBENCH_QUEUE_PASSWORD_FILE",
  "SEGBENCH_QUEUE_CA",
  "SEGBENCH_QUEUE_CERT",
  "SEGBENCH_QUEUE_KEY",
] as const;

/** What stands for a URL, of a broker or of anything else. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/** `given`: a URL without a password, or a file that holds one; without it SEGBENCH_QUEUE says either. */
export async function brokerAddress(
  given: string | undefined,
  surroundings: Surroundings,
): Promise<BrokerAddress> {
  const { env } = surroundings;
  const text = given ?? env.SEGBENCH_QUEUE;
  if (text === undefined || text.trim() === "")
    throw complain(where, "no broker is named", {
      code: "missing-key",
      expected: `${expected}, here or in SEGBENCH_QUEUE`,
    });
  const url = parsed(isUrl(text) ? text.trim() : await secretFile(text, surroundings));
  if (given !== undefined && isUrl(given) && url.password !== "")
    throw complain(where, "holds a password, which a command line shows to everybody on the machine", {
      code: "refused",
      expected: "the URL in SEGBENCH_QUEUE, or in a file (mode 600) whose path is given here",
    });
  const username = url.username === "" ? env.SEGBENCH_QUEUE_USER : decodeURIComponent(url.username);
  const password = url.password === "" ? await givenPassword(surroundings) : decodeURIComponent(url.password);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || 6379);
  return {
    name: `${url.protocol}//${url.hostname}:${port}`,
    ...{ host, port, db: Number(url.pathname.slice(1) || 0) },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(url.protocol === "rediss:" ? { tls: await certificates(surroundings) } : {}),
  };
}

function parsed(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // What was given may hold a password: it is not shown.
  if (url === undefined || url.hostname === "" || !/^\/?\d*$/.test(url.pathname))
    throw complain(where, "is not the address of a broker", { code: "invalid", expected });
  if (url.protocol !== "redis:" && url.protocol !== "rediss:")
    throw complain(where, "is not a kind of broker that is known", { expected, got: url.protocol });
  return url;
}

async function givenPassword(surroundings: Surroundings): Promise<string | undefined> {
  const { SEGBENCH_QUEUE_PASSWORD: password, SEGBENCH_QUEUE_PASSWORD_FILE: file } = surroundings.env;
  return password ?? (file === undefined ? undefined : await secretFile(file, surroundings));
}

/** The first line of a file that nobody else may read. */
async function secretFile(path: string, { cwd }: Surroundings): Promise<string> {
  const file = resolve(cwd, path);
  try {
    const { mode } = await stat(file);
    if (process.platform !== "win32" && (mode & 0o077) !== 0)
      throw complain(path, "can be read by others", {
        code: "refused",
        expected: `mode 600 (chmod 600 ${path})`,
        got: (mode & 0o777).toString(8),
      });
    return (await readFile(file, "utf8")).split(/\r?\n/, 1)[0]!.trim();
  } catch (cause) {
    if (cause instanceof SegbenchError) throw cause;
    throw complain(where, `${path} cannot be read`, { expected, got: reasonOf(cause), cause });
  }
}

async function certificates({
  cwd,
  env,
}: Surroundings): Promise<{ readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer }> {
  const read = async (name: "CA" | "CERT" | "KEY") => {
    const path = env[`SEGBENCH_QUEUE_${name}`];
    if (path === undefined) return {};
    const bytes = await readFile(resolve(cwd, path)).catch((cause: unknown) => {
      throw complain(`SEGBENCH_QUEUE_${name}`, "cannot be read", { got: reasonOf(cause), cause });
    });
    return { [name.toLowerCase()]: bytes };
  };
  return { ...(await read("CA")), ...(await read("CERT")), ...(await read("KEY")) };
}
