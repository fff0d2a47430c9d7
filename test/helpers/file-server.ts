// Servers on the loopback address that behave as well or as badly as a test needs.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Served {
  readonly body: Buffer;
  readonly etag?: string;
  /** false: Range is ignored. */
  readonly ranges?: boolean;
  /** Cuts the connection after that many bytes of the body, that many times. */
  cut?: { readonly after: number; times: number };
  /** Statuses of the first responses. */
  fail?: { readonly status: number; times: number; readonly headers?: Record<string, string> };
  readonly headers?: Record<string, string>;
  /** Milliseconds between chunks of 64 kB. */
  readonly slow?: number;
}

export interface FileServer {
  /** "http://127.0.0.1:PORT" */
  readonly origin: string;
  /** Path -> what is served; may be changed while it runs. */
  readonly files: Record<string, Served>;
  /** Requests in order: "GET /a.zip" with its range; without HEAD. */
  readonly asked: string[];
}

export async function fileServer(files: Record<string, Served>): Promise<FileServer> {
  const asked: string[] = [];
  const server = createServer((question, answer) => {
    const path = new URL(question.url ?? "/", "http://localhost").pathname;
    const { range } = question.headers;
    if (question.method !== "HEAD")
      asked.push(`${question.method} ${path}${range === undefined ? "" : ` ${range}`}`);
    serve(files[path], question, answer);
  });
  return { origin: await listening(server), files, asked };
}

function serve(file: Served | undefined, question: IncomingMessage, answer: ServerResponse): void {
  if (file === undefined) return void answer.writeHead(404).end("no");
  if (question.method === "HEAD")
    return void answer.writeHead(200, { "content-length": file.body.length }).end();
  if (file.fail !== undefined && file.fail.times-- > 0)
    return void answer.writeHead(file.fail.status, file.fail.headers).end("no");
  const { range, "if-range": ifRange } = question.headers;
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? Number.NaN);
  const may = file.ranges !== false && (ifRange === undefined || ifRange === file.etag);
  const start = may && Number.isInteger(from) ? from : 0;
  if (start >= file.body.length && start > 0)
    return void answer.writeHead(416, { "content-range": `bytes */${file.body.length}` }).end();
  const body = file.body.subarray(start);
  answer.writeHead(start > 0 ? 206 : 200, {
    "content-length": body.length,
    ...(file.etag === undefined ? {} : { etag: file.etag }),
    ...(start > 0 ? { "content-range": `bytes ${start}-${file.body.length - 1}/${file.body.length}` } : {}),
    ...file.headers,
  });
  if (file.cut !== undefined && file.cut.times-- > 0) {
    const piece = body.subarray(0, Math.max(0, file.cut.after - start));
    return void answer.write(piece, () => setTimeout(() => answer.destroy(), 20));
  }
  if (file.slow === undefined) return void answer.end(body);
  let sent = 0;
  const timer = setInterval(() => {
    if (answer.destroyed || sent >= body.length) {
      clearInterval(timer);
      return void answer.end();
    }
    answer.write(body.subarray(sent, sent + 65_536));
    sent += 65_536;
  }, file.slow);
}

/** A proxy for plain http, without tunnels, that records its requests. Every host leads to `origin`. */
export async function proxyServer(origin: string): Promise<{ origin: string; passed: string[] }> {
  const passed: string[] = [];
  const server = createServer((question, answer) => {
    passed.push(`${question.method} ${question.url}`);
    const { pathname } = new URL(question.url ?? "/", origin);
    const { method, headers } = question;
    const onward = request(new URL(pathname, origin), { method: method ?? "GET", headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    question.pipe(onward);
  });
  server.on("connect", (question, socket) => {
    passed.push(`CONNECT ${question.url}`);
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  return { origin: await listening(server), passed };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
