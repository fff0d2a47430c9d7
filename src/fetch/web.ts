// HTTP requests with proxies, a mirror and redirects, by Node's own http and https, which every version has and which
// apply backpressure to a fast server.
import { type Agent, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent } from "https-proxy-agent";
import { fetchDefaults } from "../core/defaults.ts";
import { complain } from "../core/errors.ts";

export interface WebResponse {
  readonly status: number;
  /** The header's value; undefined where there is none. */
  header(name: string): string | undefined;
  readonly body: IncomingMessage;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface Web {
  /** Rejects with a SegbenchError for a forbidden address, with the system's own error when there is no response. */
  request(method: "GET" | "HEAD", url: string, options?: RequestOptions): Promise<WebResponse>;
}

const redirects = [301, 302, 303, 307, 308];

/** SEGBENCH_MIRROR replaces scheme and host of every URL. */
export function openWeb(env: Env): Web {
  const mirror = mirrorOf(env.SEGBENCH_MIRROR);
  return {
    async request(method, url, options = {}) {
      let at = mirror(new URL(url));
      for (let hop = 0; hop <= fetchDefaults.redirects; hop++) {
        const response = await requestOnce(method, at, options, env);
        const location = response.header("location");
        if (!redirects.includes(response.status) || location === undefined) return response;
        dropBody(response);
        const next = nextOf(url, at, location);
        at = next.origin === at.origin ? next : mirror(next);
      }
      const expected = `at most ${fetchDefaults.redirects}`;
      throw complain(url, "too many redirects", { expected });
    },
  };
}

/** Stops reading a response. */
export function dropBody({ body }: WebResponse): void {
  body.on("error", () => undefined).destroy();
}

function nextOf(url: string, at: URL, location: string): URL {
  const next = URL.canParse(location, at.href) ? new URL(location, at) : undefined;
  const lowered = at.protocol === "https:" && next?.protocol !== "https:" && next?.origin !== at.origin;
  if (next !== undefined && /^https?:$/.test(next.protocol) && !lowered) return next;
  throw complain(
    url,
    lowered
      ? "is redirected from https to an unencrypted address"
      : "is redirected to something other than a web address",
    { expected: at.protocol === "https:" ? "https" : "http or https", got: JSON.stringify(location) },
  );
}

function requestOnce(
  method: string,
  url: URL,
  { headers = {}, signal }: RequestOptions,
  env: Env,
): Promise<WebResponse> {
  const { silence } = fetchDefaults;
  const late = () => new Error(`no data for ${silence / 1000} s`);
  return new Promise((resolve, reject) => {
    const agent = agentFor(url, env);
    const options = { method, agent, headers: { ...headers }, ...(signal ? { signal } : {}) };
    const sent = url.protocol === "https:" ? httpsRequest(url, options) : httpRequest(url, options);
    // Limits the wait for a response, proxy and handshake included; after that, the socket's silence.
    const timer = setTimeout(() => sent.destroy(late()), silence);
    sent.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    sent.on("response", (body) => {
      clearTimeout(timer);
      body.setTimeout(silence, () => body.destroy(late()));
      const header = (name: string) => {
        const value = body.headers[name];
        return Array.isArray(value) ? value[0] : value;
      };
      resolve({ status: body.statusCode ?? 0, header, body });
    });
    sent.end();
  });
}

function mirrorOf(text: string | undefined): (url: URL) => URL {
  if (text === undefined || text === "") return (url) => url;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw complain("SEGBENCH_MIRROR", "is not an address", {
      expected: "one like http://127.0.0.1:8080/",
      got: JSON.stringify(text),
    });
  const { origin, pathname } = new URL(text);
  return (url) => new URL(`${origin}${pathname.replace(/\/$/, "")}${url.pathname}${url.search}`);
}

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for an address, as curl understands HTTP_PROXY, HTTPS_PROXY and NO_PROXY (the lower-case names first):
 * undefined for a direct connection. NO_PROXY names hosts, with all below them, perhaps with a port; `*` is every host.
 */
export function proxyFor(url: URL, env: Env): string | undefined {
  const either = (name: string) => env[name.toLowerCase()] || env[name] || "";
  const proxy = either(url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (proxy === "") return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const spared = either("NO_PROXY")
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      const [, name = "", onlyPort] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
      const domain = name.replace(/^\*?\./, "");
      if (onlyPort !== undefined && onlyPort !== port) return false;
      return name === "*" || host === domain || host.endsWith(`.${domain}`);
    });
  return spared ? undefined : /^[a-z]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

/** One connection per request: files are large, and nothing is left open. */
function agentFor(url: URL, env: Env): Agent {
  const proxy = proxyFor(url, env);
  const secure = url.protocol === "https:";
  if (proxy === undefined) return secure ? new HttpsAgent() : new HttpAgent();
  return secure ? new HttpsProxyAgent(proxy) : new HttpProxyAgent(proxy);
}
