// The server as somebody finds it who means it no good: raw requests to its port, other sites' pages, links that are changed while it runs.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contextOf } from "../../src/index.ts";
import { openRunFolder } from "../../src/store/run-folder.ts";
import { type Viewing, view } from "../../src/view/index.ts";
import { check, contentOf, manifestOf, sharedFolder, units } from "../store/sample-run.ts";

const root = mkdtempSync(join(tmpdir(), "segbench-guard-"));
const outside = sharedFolder();
const secret = "nobody may read this";
let server: Viewing;
let cookie: string;

beforeAll(async () => {
  const folder = await openRunFolder(join(root, "whole"), manifestOf(), { check });
  for (const unit of units) {
    const { rows, masks, timing } = contentOf(unit);
    await folder.append(unit, rows, masks, timing);
  }
  await folder.close();
  for (const name of ["files", "folder", "index"])
    cpSync(join(root, "whole"), join(root, name), { recursive: true });
  writeFileSync(join(outside, "secret.txt"), secret);
  server = await view({ folder: ".", token: "for-this-test", port: 0 }, contextOf({ cwd: root }));
  const entered = await fetch(server.address, { redirect: "manual" });
  cookie = entered.headers.get("set-cookie")!.split(";")[0]!;
});
afterAll(() => server.close());

const address = () => `127.0.0.1:${server.port}`;

/** What comes back for lines that are sent as they are; `name: undefined` leaves a header out. */
const raw = (first: string, headers: Readonly<Record<string, string | undefined>> = {}, body = "") =>
  new Promise<string>((resolve, reject) => {
    const all = { Host: address(), Cookie: cookie, Connection: "close", ...headers };
    const lines = Object.entries(all).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}`],
    );
    const socket = connect(server.port, "127.0.0.1", () => {
      socket.write([`${first} HTTP/1.1`, ...lines, "", body].join("\r\n"));
    });
    let got = "";
    socket.setEncoding("latin1").on("data", (text) => {
      got += text;
    });
    socket.once("close", () => resolve(got)).once("error", reject);
  });
const status = (reply: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(reply)?.[1]);

test("what the page asks for is answered", async () => {
  const reply = await raw("GET /api/runs");
  expect(status(reply)).toBe(200);
  expect(reply).toContain('"whole"');
});

describe("a path", () => {
  test.each([
    ...["/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd"],
    ...["/%252e%252e%252fetc%252fpasswd", "/..\\..\\etc\\passwd", "/%5c..%5cetc", "/whole/rows.jsonl"],
    ...["/page.js%00.html", "/%00", "/api/../whole/manifest.json", "//etc/passwd"],
    ...["/api//runs", "/page.js/", "/./../page.css/x"],
  ])("%s leads nowhere", async (path) => {
    const reply = await raw(`GET ${path}`);
    expect([400, 404]).toContain(status(reply));
    expect(reply).not.toMatch(/root:|planHash|"status":"ok"/);
  });

  test.each([
    ...["%2e%2e", "%252e%252e%252fwhole", "..%5cwhole", "whole%00", "whole%2f", "%2fwhole", ".%2fwhole"],
    ...["__proto__", "constructor", "WHOLE", "whole%20", "%C0%AE%C0%AE%2fwhole", "%ff"],
  ])("as the name of a run %s is none", async (name) => {
    for (const what of ["board?", "contents?", "target?row=0&", "picture?row=0&", "replay?row=0&step=0&"])
      expect(status(await raw(`GET /api/${what}run=${name}`)), what).toBe(404);
  });

  test("an address on another server, or with another host before it, is not taken for ours", async () => {
    expect(status(await raw("GET http://evil.example/api/runs", { Host: "evil.example" }))).toBe(403);
    // What is no host at all does not come as far as that.
    expect(status(await raw("GET /api/runs", { Host: "127.0.0.1@evil.example" }))).toBe(400);
    const both = await raw("GET /api/runs", { Host: "evil.example", host: address() });
    expect(status(both)).toBeGreaterThanOrEqual(400);
  });
});

describe("who asks", () => {
  const site = (name: string, mode = "cors", dest = "empty") => ({
    "Sec-Fetch-Site": name,
    "Sec-Fetch-Mode": mode,
    "Sec-Fetch-Dest": dest,
  });
  test.each<[what: string, headers: Record<string, string | undefined>, status: number]>([
    ["a name that was made to lead here", { Host: `rebound.example:${1}` }, 403],
    ["a name that ends with a dot", { Host: "localhost." }, 403],
    ["a host that says it was forwarded", { Host: "evil.example", "X-Forwarded-Host": "localhost" }, 403],
    ["another machine's address", { Host: "10.0.0.1" }, 403],
    ["whoever says that it was forwarded to another host", { "X-Forwarded-Host": "evil.example" }, 200],
    ["another origin", { Origin: "http://evil.example" }, 403],
    ["an origin like ours by another road", { Origin: "https://127.0.0.1" }, 403],
    ["a sandbox", { Origin: "null" }, 403],
    ["another site's script", site("cross-site"), 403],
    ["another port's script", site("same-site"), 403],
    ["another port's picture", site("same-site", "no-cors", "image"), 403],
    ["another site's frame", site("cross-site", "navigate", "iframe"), 403],
    ["a link of another site", site("cross-site", "navigate", "document"), 200],
    ["the page", site("same-origin"), 200],
    ["no cookie", { Cookie: undefined }, 401],
    ["the cookie of another server", { Cookie: "segbench-1=0" }, 401],
    ["a cookie by the name of an object's", { Cookie: "__proto__=0" }, 401],
  ])("%s", async (_what, headers, expected) => {
    const reply = await raw("GET /api/runs", headers);
    expect(status(reply)).toBe(expected);
    // Nobody is told that another site may read it.
    expect(reply).not.toMatch(/access-control-allow/i);
    expect(reply).toMatch(/content-security-policy: default-src 'none'/i);
    if (expected !== 200) expect(reply).not.toContain('"whole"');
  });

  test("a token leads to this server alone, whatever path it came with", async () => {
    for (const path of ["//evil.example/", "/\\evil.example/", "/%2f/evil.example"]) {
      const reply = await raw(`GET ${path}?token=for-this-test`);
      expect(/^location: (.*)$/im.exec(reply)?.[1] ?? "/").toMatch(/^\/(?![/\\])/);
    }
    for (const token of ["", "for-this-tes", "for-this-test%00", "FOR-THIS-TEST"])
      expect(status(await raw(`GET /?token=${token}`, { Cookie: undefined }))).toBe(401);
  });
});

describe("how it is asked", () => {
  test("HEAD has the headers alone; methods that write are refused, also those that are named in a header", async () => {
    const [head, body] = (await raw("HEAD /api/runs")).split("\r\n\r\n");
    expect([status(head!), body]).toEqual([200, ""]);
    expect(status(await raw("HEAD /api/runs", { Cookie: undefined }))).toBe(401);
    for (const method of ["OPTIONS", "PUT", "DELETE", "PATCH", "POST", "PROPFIND"])
      expect(status(await raw(`${method} /api/runs`, { Origin: `http://${address()}` })), method).toBe(405);
    const named = { "X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/page.js" };
    expect(await raw("GET /api/runs", named)).toContain('"whole"');
  });

  test("what a form sends is refused where something may be posted", async () => {
    const own = { Origin: `http://${address()}`, "Content-Length": "2" };
    for (const type of ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
      expect(status(await raw("POST /api/play/forget", { ...own, "Content-Type": type }, "{}"))).toBe(415);
    expect(status(await raw("POST /api/play/forget", own, "{}"))).toBe(200);
    expect(status(await raw("POST /api/play/forget", { ...own, Origin: "http://localhost:1" }, "{}"))).toBe(
      403,
    );
  });

  test("very long questions are refused or answered, and the next one is", async () => {
    expect(status(await raw(`GET /api/targets?run=whole&text=${"a".repeat(40_000)}`))).toBe(431);
    const words = Array.from({ length: 3000 }, (_, i) => `w${i}`).join("+");
    const most = words.slice(0, 14_000);
    expect(await raw(`GET /api/targets?run=whole&text=${most}`)).toContain('"total":0');
    expect(status(await raw("GET /api/targets?run=whole&from=1e99&count=1e99&row=-1"))).toBe(200);
    expect(status(await raw("GET /api/targets?run=whole&benchmarks=constructor,__proto__"))).toBe(200);
    expect(status(await raw("GET /api/beside?run=whole&row=0&sides=[[[[[1]]],{},null]"))).toBe(200);
    expect(status(await raw("GET /api/runs"))).toBe(200);
  });
});

describe("a link out of the folder, put there while it is shown", () => {
  const asked = async (run: string) => {
    const paths = [
      "board?",
      "contents?",
      "targets?",
      "target?row=0&",
      "compare?model=m1&other=whole&against=m2&",
    ];
    return Promise.all(paths.map(async (path) => status(await raw(`GET /api/${path}run=${run}`))));
  };
  const refused = [404, 404, 404, 404, 404];

  test("in place of a file", async () => {
    expect(await asked("files")).toEqual([200, 200, 200, 200, 200]);
    for (const file of ["rows.jsonl", "masks.jsonl", "summary.json", "rows.index"]) {
      const path = join(root, "files", file);
      rmSync(path, { force: true });
      symlinkSync(join(outside, "secret.txt"), path);
      expect([file, await asked("files")]).toEqual([file, refused]);
      rmSync(path);
      cpSync(join(root, "whole", "rows.jsonl"), join(root, "files", "rows.jsonl"));
    }
    expect(readFileSync(join(outside, "secret.txt"), "utf8")).toBe(secret);
  });

  test("in place of the run folder", async () => {
    expect(await asked("folder")).toEqual([200, 200, 200, 200, 200]);
    renameSync(join(root, "folder"), join(outside, "folder"));
    symlinkSync(join(outside, "folder"), join(root, "folder"));
    expect(await asked("folder")).toEqual(refused);
  });

  test("where the index is made", async () => {
    const draft = join(root, "index", `rows.index.${process.pid}.tmp`);
    symlinkSync(join(outside, "secret.txt"), draft);
    mkdirSync(join(root, "index", "overlays"), { recursive: true });
    expect(status(await raw("GET /api/targets?run=index"))).toBe(200);
    expect(readFileSync(join(outside, "secret.txt"), "utf8")).toBe(secret);
  });
});
