// Requests: behind proxies, against a mirror, through redirects.
import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool, request } from "undici";
import { fetchDefaults } from "../core/defaults.ts";
import { complain } from "../core/errors.ts";

export type Env = Readonly<Record<string, string | undefined>>;
export type Headers = Readonly<Record<string, string>>;

export interface Answer {
  readonly status: number;
  /** The header's value; undefined where there is none. */
  header(name: string): string | undefined;
  readonly body: Dispatcher.ResponseData["body"];
}

export interface Web {
  /** Rejects with undici's own error when there is no answer, with a SegbenchError when none may be asked for. */
  ask(
    method: "GET" | "HEAD",
    url: string,
    options: { headers?: Headers; signal?: AbortSignal },
  ): Promise<Answer>;
  close(): Promise<void>;
}

const redirects = [301, 302, 303, 307, 308];

/** `mirror` (SEGBENCH_MIRROR) stands in for scheme and host of every URL. */
export function openWeb(env: Env): Web {
  const dispatcher = dispatcherOf(env);
  const mirror = mirrorOf(env.SEGBENCH_MIRROR);
  return {
    async ask(method, url, { headers = {}, signal }) {
      let at = mirror(new URL(url));
      for (let hop = 0; hop <= fetchDefaults.redirects; hop++) {
        const {
          statusCode,
          headers: got,
          body,
        } = await answered(signal, (either) => request(at, { method, headers, dispatcher, signal: either }));
        const header = (name: string) => {
          const value = got[name];
          return Array.isArray(value) ? value[0] : value;
        };
        const location = header("location");
        if (!redirects.includes(statusCode) || location === undefined)
          return { status: statusCode, header, body };
        await body.dump();
        const next = new URL(location, at);
        if (next.origin !== at.origin && at.protocol === "https:" && next.protocol !== "https:")
          throw complain({
            where: url,
            what: "is redirected to an unprotected address",
            expected: "https",
            got: `${next.protocol}//${next.host}`,
          });
        at = next.origin === at.origin ? next : mirror(next);
      }
      throw complain({
        where: url,
        what: "too many redirects",
        expected: `at most ${fetchDefaults.redirects}`,
      });
    },
    close: () => dispatcher.close(),
  };
}

/** undici's own limit does not cover a proxy that closes the connection instead of making a tunnel. */
async function answered<T>(
  signal: AbortSignal | undefined,
  ask: (either: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const { silence } = fetchDefaults;
  const timer = setTimeout(() => late.abort(new Error(`no answer within ${silence / 1000} s`)), silence);
  try {
    return await ask(signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** undici's EnvHttpProxyAgent is in every Node version we support through the package, not through the global fetch. */
function dispatcherOf(env: Env): Dispatcher {
  const timeouts = { headersTimeout: fetchDefaults.silence, bodyTimeout: fetchDefaults.silence };
  const either = (name: string) => env[name.toLowerCase()] || env[name] || "";
  const httpProxy = either("HTTP_PROXY");
  const httpsProxy = either("HTTPS_PROXY");
  const noProxy = either("NO_PROXY");
  if (httpProxy === "" && httpsProxy === "") return new Agent(timeouts);
  const { emitWarning } = process;
  // It announces itself as experimental, once; that is nothing a person can act on.
  process.emitWarning = () => undefined;
  try {
    // Without a tunnel for plain http, as curl does it: many proxies refuse CONNECT to port 80.
    const options = { ...timeouts, httpProxy, httpsProxy, noProxy, proxyTunnel: false, clientFactory };
    return new EnvHttpProxyAgent(options as EnvHttpProxyAgent.Options);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/**
 * The connection to a proxy. A proxy that refuses a tunnel and hangs up at once makes the socket fail before undici
 * listens to it, which would end the process.
 */
function clientFactory(origin: URL, options: Pool.Options): Pool {
  const pool = new Pool(origin, options);
  const connect = pool.connect.bind(pool) as (
    options: Dispatcher.ConnectOptions,
    done: (error: Error | null, data: Dispatcher.ConnectData) => void,
  ) => void;
  const guarded = (question: Dispatcher.ConnectOptions) =>
    new Promise<Dispatcher.ConnectData>((resolve, reject) =>
      connect(question, (error, data) => {
        if (error !== null) return reject(error);
        data.socket.on("error", () => undefined);
        resolve(data);
      }),
    );
  return Object.assign(pool, { connect: guarded });
}

function mirrorOf(text: string | undefined): (url: URL) => URL {
  if (text === undefined || text === "") return (url) => url;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw complain({
      where: "SEGBENCH_MIRROR",
      what: "is no address",
      expected: "one like http://127.0.0.1:8080/",
      got: JSON.stringify(text),
    });
  const { origin, pathname } = new URL(text);
  return (url) => new URL(`${origin}${pathname.replace(/\/$/, "")}${url.pathname}${url.search}`);
}
