// `segbench view`: a server for one page over the run folders below a folder. It reads, and writes nothing but indexes of rows beside them.
import { stat } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import {
  type Context,
  complain,
  dataFolder,
  type Plugins,
  reasonOf,
  SegbenchError,
  shownPath,
} from "../index.ts";
import { apiOf } from "./api.ts";
import { openBoards } from "./boards.ts";
import { foldersBelow } from "./folders.ts";
import { guard } from "./guard.ts";
import page from "./page-built.ts";
import { openPlaying } from "./playing.ts";
import { openRuns } from "./runs.ts";
import { servedSource } from "./served.ts";

export interface ViewOptions {
  /** What is shown: a folder of run folders, or one of them; default: reports. */
  readonly folder?: string | undefined;
  /** Default: 8765, or the next one that is free. */
  readonly port?: number | undefined;
  /** Name or address to listen on; default: this machine alone. */
  readonly host?: string | undefined;
  /** Folder of the benchmarks' data, for images and truth; default: where runs look. */
  readonly data?: string | undefined;
  /** Models without a card that can be played with, as `model` of a run names them. */
  readonly model?: readonly string[] | undefined;
  /** What whoever looks has to know: as random as it is long. */
  readonly token: string;
  /** Metrics and protocols that rows name. */
  readonly plugins?: Plugins;
}

export interface Viewing {
  /** With the token. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** The first of those that are tried where none is named, and how many. */
const PORT = 8765;
const PORTS = 10;

/** Starts the server; `close` ends it. */
export async function view(options: ViewOptions, context: Context): Promise<Viewing> {
  const { folder = "reports", host = "127.0.0.1", port, token } = options;
  const root = resolve(context.cwd, folder);
  if (!(await stat(root).catch(() => undefined))?.isDirectory())
    throw complain(folder, "is not a folder", {
      code: "not-found",
      expected: "a folder of run folders, or one of them",
      got: "no such folder",
    });
  const { data } = options;
  if (data !== undefined && !(await stat(dataFolder(data, context)).catch(() => undefined))?.isDirectory())
    throw complain(`--data ${data}`, "is not a folder", {
      code: "not-found",
      expected: "the folder of the benchmarks' data",
      got: "no such folder",
    });
  const { app, close } = viewApp(root, options, context);
  let server: Awaited<ReturnType<typeof listening>>;
  for (let n = 0; server === undefined && port === undefined && n < PORTS; n++)
    server = await listening(app, host, PORT + n, true);
  server ??= await listening(app, host, port ?? 0, false);
  const used = (server!.address() as AddressInfo).port;
  const named = host.includes(":") ? `[${host}]` : host;
  return {
    ...{ port: used, address: `http://${named}:${used}/?token=${token}` },
    async close() {
      await new Promise<void>((resolved) => {
        server!.close(() => resolved());
        if ("closeAllConnections" in server!) server.closeAllConnections();
      });
      await close();
    },
  };
}

/** The server without a port, for requests as objects. `root`: absolute. */
export function viewApp(
  root: string,
  { host = "127.0.0.1", token, data, model: named, plugins = {} }: Omit<ViewOptions, "folder" | "port">,
  context: Context,
) {
  const runs = openRuns({ plugins, data }, context);
  const files = {
    "/": ["text/html", page.html],
    "/page.js": ["text/javascript", page.js],
    "/page.css": ["text/css", page.css],
  } as const;
  const shown = shownPath(root, context).replace(/^\.$/, root);
  const folders = foldersBelow(root, context);
  const models = openPlaying({ plugins, data, models: named }, folders, runs, context);
  const source = servedSource(folders, runs, openBoards(runs, context), shown, { models, data });
  const app = new Hono()
    .use(guard({ token, host }))
    .use("/api/*", (_, next) => runs.during(next))
    .route("/api", apiOf(source));
  for (const [path, [type, text]] of Object.entries(files))
    app.get(path, (c) => c.body(text, 200, { "Content-Type": `${type}; charset=utf-8` }));
  app.notFound((c) => c.text("There is nothing of this name.", 404));
  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.text(error.message, error.status);
    // One of several lines has them.
    return error instanceof SegbenchError ? c.text(error.message, 422) : c.text(reasonOf(error), 500);
  });
  const close = async () => {
    await Promise.all([models.close(), runs.close()]);
  };
  return { app, runs, close };
}

/** undefined where the port is taken and another one may be. */
function listening(app: Pick<Hono, "fetch">, hostname: string, port: number, another: boolean) {
  return new Promise<ReturnType<typeof serve> | undefined>((resolved, rejected) => {
    const server = serve({ fetch: app.fetch, hostname, port }, () => resolved(server));
    server.once("error", (cause: NodeJS.ErrnoException) => {
      if (another && cause.code === "EADDRINUSE") resolved(undefined);
      else
        rejected(complain(`${hostname}:${port}`, "cannot be listened on", { got: reasonOf(cause), cause }));
    });
  });
}
