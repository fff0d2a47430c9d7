// Asking the server, typed by what it answers; in an export, the same routes in the page, over its files.

import { hc, type InferResponseType } from "hono/client";
import { HTTPException } from "hono/http-exception";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Api, apiOf } from "../../api.ts";
import { exportedSource } from "../../exported.ts";

export const api =
  document.getElementById("page")?.dataset.export === undefined
    ? hc<Api>(`${location.origin}/api`)
    : hc<Api>(location.origin, { fetch: routesOf(readExport) });

/** Answers as the server does. What failed to begin is begun again: the connection may be back. */
function routesOf(read: Parameters<typeof exportedSource>[0]) {
  const begin = async () => {
    const routes = apiOf(await exportedSource(read));
    routes.onError((error, c) => c.text(error.message, error instanceof HTTPException ? error.status : 500));
    return routes;
  };
  let begun: ReturnType<typeof begin> | undefined;
  return async (address: string | URL | Request, init?: RequestInit): Promise<Response> => {
    begun ??= begin();
    const routes = await begun.catch((error: Error) => {
      begun = undefined;
      return new Response(error.message, { status: 500 });
    });
    return routes instanceof Response ? routes : routes.request(address, init);
  };
}

async function readExport(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const reply = await fetch(new URL(path, document.baseURI)).catch(() => {
    throw new Error("The web server does not answer.");
  });
  if (!reply.ok) throw new Error(`The web server does not have ${path} of this export.`);
  return new Uint8Array(await reply.arrayBuffer());
}

/** The picture that a route answers with; undefined where there is none. */
export function bitmapOf(reply: Promise<Pick<Response, "ok" | "blob">>): Promise<ImageBitmap | undefined> {
  return reply
    .then(async (got) => (got.ok ? createImageBitmap(await got.blob()) : undefined))
    .catch(() => undefined);
}

export type Runs = InferResponseType<typeof api.runs.$get>;
export type Run = Runs["runs"][number];
export type Index = Extract<InferResponseType<typeof api.contents.$get>, { state: "ready" }>;
export type Board = Extract<InferResponseType<typeof api.board.$get>, { board: unknown }>["board"];
export type Page = InferResponseType<typeof api.targets.$get, 200>;
export type Listed = Page["rows"][number];
export type Shown = InferResponseType<typeof api.target.$get, 200>;
export type Truth = InferResponseType<typeof api.truth.$get, 200>;
export type Replayed = InferResponseType<typeof api.replay.$get, 200>;
/** Rows of other models about the same target. */
export type BesideAnswer = InferResponseType<typeof api.beside.$get, 200>;
export type Points = InferResponseType<typeof api.points.$get, 200>;
export type Compared = Extract<InferResponseType<typeof api.compare.$get, 200>, { cells: unknown }>;
export type Trend = InferResponseType<typeof api.trend.$get, 200>;
export type Ground = InferResponseType<typeof api.play.ground.$get, 200>;
export type Subject = InferResponseType<typeof api.play.subject.$get, 200>;
export type Played = InferResponseType<typeof api.play.answer.$post, 200>;
export type Abilities = InferResponseType<typeof api.play.abilities.$get, 200>;
export type Found = InferResponseType<typeof api.play.find.$post, 200>;
export type Note = Index["measures"][string][number];

interface Reply {
  readonly ok: boolean;
  json(): Promise<unknown>;
  text(): Promise<string>;
}

/** The answer, or an error with the server's own sentence. */
export async function answer<R extends Reply>(reply: Promise<R>): Promise<Awaited<ReturnType<R["json"]>>> {
  const got = await reply.catch(() => {
    throw new Error("The server does not answer: `segbench view` has ended, or the connection has.");
  });
  if (!got.ok) throw new Error(await got.text());
  return got.json() as Promise<Awaited<ReturnType<R["json"]>>>;
}

export type Asked<T> =
  | { readonly state: "waiting"; readonly before?: T | undefined }
  /** `trouble`: why what was asked for since is not there; this is from before. */
  | { readonly state: "there"; readonly value: T; readonly trouble?: string }
  | { readonly state: "failed"; readonly problem: string };

/** Newer versions wait so many times as long as the last answer took: whoever runs here needs the processor. */
const REST = 5;

/** Milliseconds since the page was opened. */
function now(): number {
  return Number(document.timeline.currentTime ?? 0);
}

interface Asking {
  readonly key: string;
  /** Versions: the one to show, and the one that was asked for last. */
  wanted: string;
  begun?: string;
  busy: boolean;
  restUntil: number;
}

/**
 * Asks again when the key changes; what was there before stays until then. An answer that comes late is not taken. Another
 * version of the same is asked for while the present one is shown.
 */
export function useAnswer<T>(key: string, ask: () => Promise<T>, version = ""): Asked<T> {
  const [asked, set] = useState<{ readonly key: string; readonly got: Asked<T> }>({
    key,
    got: { state: "waiting" },
  });
  const latest = useRef(ask);
  latest.current = ask;
  const current = useRef<Asking | undefined>(undefined);
  useEffect(() => {
    const known = current.current?.key === key ? current.current : undefined;
    const own = known ?? { key, wanted: version, busy: false, restUntil: 0 };
    current.current = own;
    own.wanted = version;
    const end = (got: Asked<T>, start: number) => {
      if (current.current !== own) return;
      const ended = now();
      Object.assign(own, { busy: false, restUntil: ended + REST * (ended - start) });
      set((old) => ({
        key,
        got:
          got.state === "failed" && old.key === key && old.got.state === "there"
            ? { ...old.got, trouble: got.problem }
            : got,
      }));
      next();
    };
    const begin = () => {
      if (current.current !== own) return;
      own.begun = own.wanted;
      const start = now();
      latest.current().then(
        (value) => end({ state: "there", value }, start),
        (error: unknown) => end({ state: "failed", problem: String((error as Error).message) }, start),
      );
    };
    const next = () => {
      if (own.busy || own.begun === own.wanted) return;
      own.busy = true;
      const rest = own.restUntil - now();
      if (rest > 0) setTimeout(begin, rest);
      else begin();
    };
    if (known === undefined)
      set((old) => ({
        key,
        got: { state: "waiting", before: old.got.state === "there" ? old.got.value : undefined },
      }));
    next();
  }, [key, version]);
  useEffect(
    () => () => {
      current.current = undefined;
    },
    [],
  );
  if (asked.key === key) return asked.got;
  return { state: "waiting", before: asked.got.state === "there" ? asked.got.value : undefined };
}
