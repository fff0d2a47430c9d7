// Asking the server, typed by what it answers.
import { hc, type InferResponseType } from "hono/client";
import { useEffect, useState } from "preact/hooks";
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
export type Compared = Extract<InferResponseType<typeof api.compare.$get, 200>, { cells: unknown }>;
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
  | { readonly state: "there"; readonly value: T }
  | { readonly state: "failed"; readonly problem: string };

/** Asks again when the key changes; what was there before stays until then. An answer that comes late is not taken. */
export function useAnswer<T>(key: string, ask: () => Promise<T>): Asked<T> {
  const [asked, set] = useState<{ readonly key: string; readonly got: Asked<T> }>({
    key,
    got: { state: "waiting" },
  });
  useEffect(() => {
    let current = true;
    set((old) => ({
      key,
      got: { state: "waiting", before: old.got.state === "there" ? old.got.value : undefined },
    }));
    ask().then(
      (value) => current && set({ key, got: { state: "there", value } }),
      (error: unknown) =>
        current && set({ key, got: { state: "failed", problem: String((error as Error).message) } }),
    );
    return () => {
      current = false;
    };
  }, [key]);
  if (asked.key === key) return asked.got;
  return { state: "waiting", before: asked.got.state === "there" ? asked.got.value : undefined };
}
