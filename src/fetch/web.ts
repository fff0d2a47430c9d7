// Questions to servers: behind proxies, against a mirror, through redirects. Node's own http and https, which every
// version has and which hold back a fast server.
import { type Agent, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent } from "https-proxy-agent";
import { fetchDefaults } from "../core/defaults.ts";
import { complain } from "../core/errors.ts";

export interface Answer {
  readonly status: number;
  /** The header's value; undefined where there is none. */
  header(name: string): string | undefined;
  readonly body: IncomingMessage;
}

export interface Question {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface Web {
  /** Rejects with a SegbenchError when the address may not be asked, with the system's own error when there is no answer. */
  ask(method: "GET" | "HEAD", url: string, question?: Question): Promise<Answer>;
}

const redirects = [301, 302, 303, 307, 308];

/** SEGBENCH_MIRROR stands in for scheme and host of every URL. */
export function openWeb(env: Env): Web {
  const mirror = mirrorOf(env.SEGBENCH_MIRROR);
  return {
    async ask(method, url, question = {}) {
      let at = mirror(new URL(url));
      for (let hop = 0; hop <= fetchDefaults.redirects; hop++) {
        const answer = await askOnce(method, at, question, env);
        const location = answer.header("location");
        if (!redirects.includes(answer.status) || location === undefined) return answer;
        dropBody(answer);
        const next = nextOf(url, at, location);
        at = next.origin === at.origin ? next : mirror(next);
      }
      const expected = `at most ${fetchDefaults.redirects}`;
      throw complain({ where: url, what: "too many redirects", expected });
    },
  };
}

/** Reads no more of an answer. */
export function dropBody({ body }: Answer): void {
  body.on("error", () => undefined).destroy();
}

function nextOf(url: string, at: URL, location: string): URL {
  const next = URL.canParse(location, at.href) ? new URL(location, at) : undefined;
  const lowered = at.protocol === "https:" && next?.protocol !== "https:" && next?.origin !== at.origin;
  if (next !== undefined && /^https?:$/.test(next.protocol) && !lowered) return next;
  throw complain({
    where: url,
    what: lowered ? "is redirected to an unprotected address" : "is redirected to no web address",
    expected: at.protocol === "https:" ? "https" : "http or https",
    got: JSON.stringify(location),
  });
}

function askOnce(method: string, url: URL, { headers = {}, signal }: Question, env: Env): Promise<Answer> {
  const { silence } = fetchDefaults;
  const late = () => new Error(`no byte for ${silence / 1000} s`);
  return new Promise((resolve, reject) => {
    const agent = agentFor(url, env);
    const options = { method, agent, headers: { ...headers }, ...(signal ? { signal } : {}) };
    const asked = url.protocol === "https:" ? httpsRequest(url, options) : httpRequest(url, options);
    // Of the time without an answer, proxy and handshake included; once there is one, of the socket.
    const timer = setTimeout(() => asked.destroy(late()), silence);
    asked.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    asked.on("response", (body) => {
      clearTimeout(timer);
      body.setTimeout(silence, () => body.destroy(late()));
      const header = (name: string) => {
        const value = body.headers[name];
        return Array.isArray(value) ? value[0] : value;
      };
      resolve({ status: body.statusCode ?? 0, header, body });
    });
    asked.end();
  });
}

function mirrorOf(text: string | undefined): (url: URL) => URL {
  if (text === undefined || text === "") return (url) => url;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw complain({
      where: "SEGBENCH_MIRROR",
      what: "is not an address",
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

/** One connection for each question: what is fetched is large, and nothing is left open. */
function agentFor(url: URL, env: Env): Agent {
  const proxy = proxyFor(url, env);
  const secure = url.protocol === "https:";
  if (proxy === undefined) return secure ? new HttpsAgent() : new HttpAgent();
  return secure ? new HttpsProxyAgent(proxy) : new HttpProxyAgent(proxy);
}
