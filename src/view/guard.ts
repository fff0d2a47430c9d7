// Who may ask: programs of this machine's user alone. The address holds a token, which a cookie takes the place of at once; pages of other
// sites, and names that lead here from elsewhere, get nothing.
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { HonoRequest, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";

export interface GuardOptions {
  /** In the address that is printed; whoever knows it may look. */
  readonly token: string;
  /** What the server listens on: a name or address, as its user gave it. */
  readonly host: string;
}

const local = ["localhost", "127.0.0.1", "[::1]"];
/** Listening on all of a machine's addresses. */
const everywhere = ["0.0.0.0", "::", "[::]"];

/** What is sent here is kept in memory alone: prompts, and pictures to play with. */
const posted = "/api/play/";

const forms = /^\s*(?:application\/x-www-form-urlencoded|multipart\/)/i;

const headers = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** Refuses what does not come from a page of this server, or without its token; the reason is the answer's text. */
export function guard({ token, host }: GuardOptions): MiddlewareHandler {
  const secret = createHash("sha256").update(`cookie of ${token}`).digest("hex");
  return async (context, next) => {
    const { req } = context;
    for (const [name, value] of Object.entries(headers)) context.header(name, value);
    context.header("Cache-Control", "no-store");
    const asked = req.header("host") ?? "";
    if (!isOurs(asked, host)) return context.text(`Refused: this server is not ${asked}.`, 403);
    const origin = req.header("origin");
    if (origin !== undefined && origin !== `http://${asked}`)
      return context.text("Refused: the request comes from another site.", 403);
    const url = new URL(req.url);
    if (req.method === "POST" && url.pathname.startsWith(posted)) {
      // A browser says where a request that sends something comes from.
      if (origin === undefined)
        return context.text("Refused: the request does not say where it comes from.", 403);
      // What a form of any site can send.
      if (forms.test(req.header("content-type") ?? ""))
        return context.text("Refused: this is what a form sends.", 415);
    } else if (!["GET", "HEAD"].includes(req.method))
      return context.text("Refused: nothing is written here.", 405);
    // Cookies are those of a host, whatever its port: servers beside each other have their own.
    const cookie = `segbench-${asked.match(/:(\d+)$/)?.[1] ?? "80"}`;
    const given = url.searchParams.get("token");
    if (given !== null) {
      if (!same(given, token))
        return context.text("Refused: the token is not the one that was printed.", 401);
      setCookie(context, cookie, secret, { httpOnly: true, sameSite: "Strict", path: "/" });
      url.searchParams.delete("token");
      return context.redirect(`${url.pathname.replace(/^\/+/, "/")}${url.search}`, 303);
    }
    if (!isOfPage(req)) return context.text("Refused: the request comes from another site.", 403);
    if (!same(getCookie(context, cookie) ?? "", secret))
      return context.text("Refused: open the address that `segbench view` printed, with its token.", 401);
    await next();
    return undefined;
  };
}

/**
 * What the page asks for comes from the page. A link of another site may lead to it, as what a tab shows; cookies know no ports, so another
 * port of this machine is another site too.
 */
function isOfPage(req: HonoRequest): boolean {
  const site = req.header("sec-fetch-site") ?? "same-origin";
  if (["same-origin", "none"].includes(site)) return true;
  const dest = req.header("sec-fetch-dest") ?? "document";
  return req.header("sec-fetch-mode") === "navigate" && dest === "document";
}

/** The port does not matter: it may be another one at the near end of a tunnel. */
function isOurs(asked: string, host: string): boolean {
  const name = asked.replace(/:\d+$/, "").toLowerCase();
  if (local.includes(name) || name === host.toLowerCase()) return true;
  // A name could be made to lead here by others; a number cannot.
  return everywhere.includes(host) && isIP(name.replace(/^\[|\]$/g, "")) !== 0;
}

function same(a: string, b: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
