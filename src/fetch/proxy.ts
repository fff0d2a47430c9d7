import { type Agent, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent } from "https-proxy-agent";

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
export function agentFor(url: URL, env: Env): Agent {
  const proxy = proxyFor(url, env);
  const secure = url.protocol === "https:";
  if (proxy === undefined) return secure ? new HttpsAgent() : new HttpAgent();
  return secure ? new HttpsProxyAgent(proxy) : new HttpProxyAgent(proxy);
}
