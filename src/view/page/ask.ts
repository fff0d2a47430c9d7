// Asking the server, typed by what it answers.
import { hc, type InferResponseType } from "hono/client";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Api } from "../api.ts";

export const api = hc<Api>(`${location.origin}/api`);

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
