// Fetching from servers that behave badly: what is said, and what lies on disk afterwards.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/core/hash.ts";
import type { Download } from "../../src/core/schema-types.ts";
import { fetchWanted, openNpm, openWeb, readLock } from "../../src/fetch/index.ts";
import { proxyFor } from "../../src/fetch/web.ts";
import { zipOf } from "../helpers/archives.ts";
import { fileServer, proxyServer, type Served } from "../helpers/file-server.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";

const body = Buffer.alloc(500_000, "segbench data ");
const archive = zipOf([
  { name: "a.txt", data: "one" },
  { name: "b/c.txt", data: "two" },
]);

interface Case {
  readonly served?: Omit<Served, "body"> & { readonly body?: Buffer };
  readonly wanted?: Partial<Download>;
  readonly env?: Record<string, string>;
}

async function place({ served = {}, wanted = {}, env = {} }: Case = {}) {
  const server = await fileServer({ "/a.bin": { body, etag: '"1"', ...served } });
  const data = temporaryFolder();
  const folder = join(data, "set");
  const lock = join(data, "segbench-lock.json");
  const web = openWeb(env);
  const notes: string[] = [];
  const waits: number[] = [];
  const arrived = { bytes: (_: number): void => undefined };
  const download: Download = { url: `${server.origin}/a.bin`, file: "a.bin", unpack: "none", ...wanted };
  const fetch = (signal?: AbortSignal, more: Partial<Download> = {}) =>
    fetchWanted(
      { name: "set", folder, downloads: [{ ...download, ...more }] },
      {
        ...{ web, npm: openNpm(env, data), lock, keep: false, signal, unpacked: () => undefined },
        watch: {
          bytes: (_, size) => arrived.bytes(size),
          note: (text) => notes.push(text.replace(server.origin, "")),
        },
        wait: async (milliseconds) => void waits.push(milliseconds),
      },
    ).then(
      ([one]) => one?.status ?? "nothing",
      (error: Error) =>
        `${error.name}: ${error.message}`.replaceAll(server.origin, "").replaceAll(data, "DATA"),
    );
  return { server, data, folder, lock, notes, waits, arrived, fetch, url: download.url };
}

const files = (folder: string) =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }).sort() : [];

describe("a file comes whole", () => {
  test("from a server that closes every connection, faster than the disk", async () => {
    const large = Buffer.alloc(30_000_000, "large ");
    const { fetch, folder } = await place({ served: { body: large, headers: { connection: "close" } } });
    expect(await fetch()).toBe("fetched");
    expect(readFileSync(join(folder, "a.bin")).equals(large)).toBe(true);
  });

  test("and is not fetched twice", async () => {
    const { fetch, folder, lock, server, url } = await place();
    expect(await fetch()).toBe("fetched");
    expect(readFileSync(join(folder, "a.bin")).equals(body)).toBe(true);
    expect(files(folder)).toEqual(["a.bin"]);
    expect(await readLock(lock)).toEqual({
      "set/a.bin": { url, bytes: body.length, sha256: sha256(body), placed: ["a.bin"] },
    });
    expect(await fetch()).toBe("there");
    expect(server.asked).toEqual(["GET /a.bin"]);
  });

  test("an archive is unpacked and removed", async () => {
    const { fetch, folder } = await place({
      served: { body: archive },
      wanted: { unpack: "zip", into: "deep/er" },
    });
    expect(await fetch()).toBe("fetched");
    expect(files(folder)).toEqual(["deep", "deep/er", "deep/er/a.txt", "deep/er/b", "deep/er/b/c.txt"]);
    expect(await fetch()).toBe("there");
  });

  test("what was unpacked and has gone is fetched again", async () => {
    const { fetch, folder, server } = await place({ served: { body: archive }, wanted: { unpack: "zip" } });
    await fetch();
    const { rmSync } = await import("node:fs");
    rmSync(folder, { recursive: true });
    expect(await fetch()).toBe("fetched");
    expect(files(folder)).toEqual(["a.txt", "b", "b/c.txt"]);
    expect(server.asked).toHaveLength(2);
  });

  test("through a redirect, and from a mirror", async () => {
    const { fetch, server, folder } = await place();
    server.files["/moved"] = {
      body: Buffer.alloc(0),
      fail: { status: 302, times: 9, headers: { location: "/a.bin" } },
    };
    expect(await fetch(undefined, { url: `${server.origin}/moved` })).toBe("fetched");
    expect(files(folder)).toEqual(["a.bin"]);

    const mirrored = await place({ env: { SEGBENCH_MIRROR: `${server.origin}/` } });
    expect(await mirrored.fetch(undefined, { url: "https://data.example.org/a.bin" })).toBe("fetched");
    expect(server.asked).toEqual(["GET /moved", "GET /a.bin", "GET /a.bin"]);
    expect(mirrored.server.asked).toEqual([]);
  });

  test("redirects without end", async () => {
    const { fetch, server } = await place();
    server.files["/moved"] = {
      body: Buffer.alloc(0),
      fail: { status: 302, times: 99, headers: { location: "/moved" } },
    };
    expect(await fetch(undefined, { url: `${server.origin}/moved` })).toBe(
      "SegbenchError: /moved: too many redirects; expected at most 10",
    );
  });

  test("a mirror that is not an address", () => {
    expect(() => openWeb({ SEGBENCH_MIRROR: "mirror" })).toThrow(
      'SEGBENCH_MIRROR: is not an address; expected one like http://127.0.0.1:8080/, got "mirror"',
    );
  });
});

describe("a connection that is cut", () => {
  test("goes on where it stopped", async () => {
    const { fetch, folder, server, notes } = await place({ served: { cut: { after: 200_000, times: 1 } } });
    expect(await fetch()).toBe("fetched");
    expect(server.asked).toEqual([
      "GET /a.bin",
      expect.stringMatching(/^GET \/a\.bin bytes=1\d{5}-$|=200000-$/),
    ]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^a\.bin: .+; trying again in 1 s$/);
    expect(readFileSync(join(folder, "a.bin")).equals(body)).toBe(true);
    expect(files(folder)).toEqual(["a.bin"]);
  });

  test("begins again where the server has no ranges", async () => {
    const { fetch, folder, server } = await place({
      served: { ranges: false, cut: { after: 200_000, times: 1 } },
    });
    expect(await fetch()).toBe("fetched");
    expect(server.asked).toEqual([
      "GET /a.bin",
      expect.stringMatching(/^GET \/a\.bin bytes=1\d{5}-$|=200000-$/),
    ]);
    expect(readFileSync(join(folder, "a.bin")).equals(body)).toBe(true);
  });

  test("does not join two different files", async () => {
    const { fetch, folder, server } = await place({ served: { cut: { after: 200_000, times: 99 } } });
    expect(await fetch()).toContain(
      "cannot be fetched after 5 tries in a row; 200000 bytes are kept in a.bin.part",
    );
    const other = Buffer.alloc(body.length, "other ");
    server.files["/a.bin"] = { body: other, etag: '"2"' };
    expect(await fetch()).toBe("fetched");
    expect(readFileSync(join(folder, "a.bin")).equals(other)).toBe(true);
  });

  test("begins again where nothing tells whether the rest fits", async () => {
    const { fetch, server, folder } = await place();
    server.files["/a.bin"] = { body, cut: { after: 200_000, times: 1 } };
    expect(await fetch()).toBe("fetched");
    expect(server.asked).toEqual(["GET /a.bin", "GET /a.bin"]);
    expect(readFileSync(join(folder, "a.bin")).equals(body)).toBe(true);
  });

  test("goes on in another process, and takes a part that is complete as it is", async () => {
    const { fetch, folder, server, url } = await place();
    mkdirSync(folder);
    writeFileSync(join(folder, "a.bin.part"), body.subarray(0, 123_456));
    writeFileSync(
      join(folder, "a.bin.part.json"),
      JSON.stringify({ url, validator: '"1"', total: body.length }),
    );
    expect(await fetch()).toBe("fetched");
    expect(server.asked).toEqual(["GET /a.bin bytes=123456-"]);
    expect(readFileSync(join(folder, "a.bin")).equals(body)).toBe(true);
  });

  test("bytes that nobody vouches for are not used", async () => {
    const { fetch, folder, server } = await place();
    mkdirSync(folder);
    writeFileSync(join(folder, "a.bin.part"), "nonsense");
    expect(await fetch()).toBe("fetched");
    expect(server.asked).toEqual(["GET /a.bin"]);
    expect(readFileSync(join(folder, "a.bin")).equals(body)).toBe(true);
  });

  test("is given up after five tries without a byte, and what came is kept", async () => {
    const { fetch, folder, lock, server, waits } = await place({
      served: { cut: { after: 100_000, times: 99 } },
    });
    expect(await fetch()).toMatch(
      /^SegbenchError: \/a\.bin: cannot be fetched after 5 tries in a row; \d+ bytes are kept in a\.bin\.part, and the same command resumes; got /,
    );
    // The bytes of the first try may have come in two.
    expect(waits.slice(-4)).toEqual([1000, 2000, 4000, 8000]);
    expect(waits.length).toBeLessThan(6);
    expect(files(folder)).toEqual(["a.bin.part", "a.bin.part.json"]);
    expect(existsSync(lock)).toBe(false);
    delete (server.files["/a.bin"] as { cut?: unknown }).cut;
    expect(await fetch()).toBe("fetched");
    expect(files(folder)).toEqual(["a.bin"]);
  });

  test("interrupted: the part stays", async () => {
    const { fetch, folder, arrived } = await place({ served: { slow: 20 } });
    const stop = new AbortController();
    arrived.bytes = (size) => void (size > 0 && stop.abort());
    expect(await fetch(stop.signal)).toMatch(/^AbortError: /);
    expect(files(folder)).toEqual(["a.bin.part", "a.bin.part.json"]);
  });
});

describe("a server that says no", () => {
  const refusals: readonly (readonly [number, string])[] = [
    [404, "the file is no longer on the server; expected a.bin (status 200), got status 404"],
    [
      403,
      "the server (or a proxy) restricts access to the file; expected a.bin (status 200), got status 403",
    ],
    [400, "the server does not serve the file; expected a.bin (status 200), got status 400"],
  ];
  test.each(refusals)("%i at once", async (status, what) => {
    const { fetch, folder, lock, server } = await place({ served: { fail: { status, times: 99 } } });
    expect(await fetch()).toBe(`SegbenchError: /a.bin: ${what}`);
    expect(server.asked).toHaveLength(1);
    expect(files(folder)).toEqual([]);
    expect(existsSync(lock)).toBe(false);
  });

  test("503 is tried again, as late as it asks", async () => {
    const { fetch, notes, waits } = await place({
      served: { fail: { status: 503, times: 2, headers: { "retry-after": "7" } } },
    });
    expect(await fetch()).toBe("fetched");
    expect(waits).toEqual([7000, 7000]);
    expect(notes[0]).toBe("a.bin: status 503; trying again in 7 s");
  });

  test("503 for good is given up, whatever wait it asks for", async () => {
    const { fetch, folder, waits, server } = await place({
      served: { fail: { status: 503, times: 99, headers: { "retry-after": "86400" } } },
    });
    expect(await fetch()).toBe(
      "SegbenchError: /a.bin: cannot be fetched after 5 tries in a row; got status 503",
    );
    expect(waits).toEqual([30_000, 30_000, 30_000, 30_000]);
    expect(server.asked).toHaveLength(5);
    expect(files(folder)).toEqual([]);
  });

  test("nobody there", async () => {
    const { fetch, waits } = await place({ wanted: { url: "http://127.0.0.1:9/a.bin" } });
    expect(await fetch()).toMatch(/cannot be fetched after 5 tries in a row; got .*ECONNREFUSED/);
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
  });

  test("a page to log in on is no archive", async () => {
    const { fetch, folder } = await place({
      served: { body: Buffer.from("<html>"), headers: { "content-type": "text/html; charset=utf-8" } },
      wanted: { unpack: "zip" },
    });
    expect(await fetch()).toBe(
      "SegbenchError: /a.bin: sends a web page instead of the file; expected a.bin, got text/html",
    );
    expect(files(folder)).toEqual([]);
  });
});

describe("another file than the one that is wanted", () => {
  test("a wrong checksum: nothing is kept", async () => {
    const wrong = sha256("something else");
    const { fetch, folder, lock } = await place({ wanted: { sha256: wrong } });
    expect(await fetch()).toBe(
      `SegbenchError: /a.bin: differs in checksum from its card; expected ${wrong}, got ${sha256(body)}`,
    );
    expect(files(folder)).toEqual([]);
    expect(existsSync(lock)).toBe(false);
  });

  test("a wrong size: not even fetched", async () => {
    const { fetch, folder } = await place({ wanted: { bytes: 7 } });
    expect(await fetch()).toBe(
      "SegbenchError: /a.bin: differs in size from its card; expected 7 bytes, got 500000",
    );
    expect(files(folder)).toEqual([]);
  });

  test("a file that changed since it was seen first", async () => {
    const { fetch, folder, lock, server } = await place();
    await fetch();
    const before = readFileSync(lock, "utf8");
    const { rmSync } = await import("node:fs");
    rmSync(join(folder, "a.bin"));
    const other = Buffer.from("other");
    server.files["/a.bin"] = { body: other, etag: '"2"' };
    expect(await fetch()).toBe(
      `SegbenchError: /a.bin: has changed since it was first fetched; the new download was removed. If the change is intended, remove its entry from segbench-lock.json; expected 500000 bytes with sha256 ${sha256(body)}, got 5 bytes with sha256 ${sha256(other)}`,
    );
    expect(files(folder)).toEqual([]);
    expect(readFileSync(lock, "utf8")).toBe(before);
  });

  test("a lock file that is none", async () => {
    const { fetch, lock, server } = await place();
    writeFileSync(lock, "{");
    expect(await fetch()).toBe(
      'SegbenchError: DATA/segbench-lock.json: is not a list of fetched files; nothing was fetched; expected JSON with "format": "segbench/lock@1"',
    );
    expect(server.asked).toEqual([]);
  });

  test("an archive that cannot be unpacked stays for another look, and is not fetched again", async () => {
    const { fetch, folder, server } = await place({
      served: { body: archive.subarray(0, 60) },
      wanted: { unpack: "zip" },
    });
    const message = /^SegbenchError: a\.bin: cannot be unpacked; nothing of it was kept; got /;
    expect(await fetch()).toMatch(message);
    expect(files(folder)).toEqual(["a.bin"]);
    expect(await fetch()).toMatch(message);
    expect(server.asked).toHaveLength(1);
  });
});

describe("a person's own files", () => {
  test("an archive that they fetched is unpacked, and stays", async () => {
    const { fetch, folder, server } = await place({ wanted: { unpack: "zip" } });
    mkdirSync(folder);
    writeFileSync(join(folder, "a.bin"), archive);
    expect(await fetch()).toBe("fetched");
    expect(files(folder)).toEqual(["a.bin", "a.txt", "b", "b/c.txt"]);
    expect(server.asked).toEqual([]);
  });

  test("a file that nothing vouches for is neither used nor replaced", async () => {
    const { fetch, folder, server } = await place();
    mkdirSync(folder);
    writeFileSync(join(folder, "a.bin"), "mine");
    expect(await fetch()).toBe(
      `SegbenchError: DATA/set/a.bin: already exists and may not be the wanted file: move it away; expected no file of that name, got 4 bytes with sha256 ${sha256("mine")}`,
    );
    expect(readFileSync(join(folder, "a.bin"), "utf8")).toBe("mine");
    expect(server.asked).toEqual([]);
  });
});

test.skipIf(!existsSync("/dev/full"))("a full disk: nothing is taken for a file", async () => {
  const { fetch, folder, lock } = await place();
  mkdirSync(folder);
  symlinkSync("/dev/full", join(folder, "a.bin.part"));
  expect(await fetch()).toBe(
    "SegbenchError: DATA/set/a.bin.part: cannot be written; what came so far is kept, and the same command resumes; got no space left on the disk",
  );
  expect(existsSync(join(folder, "a.bin"))).toBe(false);
  expect(existsSync(lock)).toBe(false);
});

describe("proxies", () => {
  const cases: readonly (readonly [string, Record<string, string>, string | undefined])[] = [
    ["http://a.org/x", {}, undefined],
    ["http://a.org/x", { HTTP_PROXY: "" }, undefined],
    ["http://a.org/x", { HTTP_PROXY: "http://p:1" }, "http://p:1"],
    ["http://a.org/x", { HTTP_PROXY: "p:1" }, "http://p:1"],
    ["http://a.org/x", { HTTP_PROXY: "http://p:1", http_proxy: "http://q:2" }, "http://q:2"],
    ["https://a.org/x", { HTTP_PROXY: "http://p:1" }, undefined],
    ["https://a.org/x", { HTTPS_PROXY: "http://p:1" }, "http://p:1"],
    ["http://a.org/x", { HTTP_PROXY: "http://p:1", NO_PROXY: "*" }, undefined],
    ["http://a.org/x", { HTTP_PROXY: "http://p:1", NO_PROXY: "b.org, A.org" }, undefined],
    ["http://b.a.org/x", { HTTP_PROXY: "http://p:1", no_proxy: ".a.org" }, undefined],
    ["http://b.a.org/x", { HTTP_PROXY: "http://p:1", no_proxy: "*.a.org" }, undefined],
    ["http://ba.org/x", { HTTP_PROXY: "http://p:1", NO_PROXY: "a.org" }, "http://p:1"],
    ["http://a.org/x", { HTTP_PROXY: "http://p:1", NO_PROXY: "a.org:81" }, "http://p:1"],
    ["http://a.org:81/x", { HTTP_PROXY: "http://p:1", NO_PROXY: "a.org:81" }, undefined],
    ["http://127.0.0.1:81/x", { HTTP_PROXY: "http://p:1", NO_PROXY: "127.0.0.1" }, undefined],
  ];
  test.each(cases)("for %s of %j: %s", (url, env, proxy) => {
    expect(proxyFor(new URL(url), env)).toBe(proxy);
  });

  test("HTTP_PROXY is used for http, and NO_PROXY leaves it out", async () => {
    const { server } = await place();
    const proxy = await proxyServer(server.origin);
    const url = "http://data.example.org/a.bin";
    const through = await place({ env: { HTTP_PROXY: proxy.origin } });
    expect(await through.fetch(undefined, { url })).toBe("fetched");
    expect(proxy.passed).toEqual(["GET http://data.example.org/a.bin"]);
    expect(server.asked).toEqual(["GET /a.bin"]);

    const around = await place({ env: { http_proxy: proxy.origin, NO_PROXY: "127.0.0.1" } });
    expect(await around.fetch()).toBe("fetched");
    expect(proxy.passed).toHaveLength(1);
  });

  test("https asks for a tunnel; a proxy that grants none is said", async () => {
    const { server } = await place();
    const proxy = await proxyServer(server.origin);
    const { fetch, folder } = await place({ env: { HTTPS_PROXY: proxy.origin } });
    expect(await fetch(undefined, { url: "https://data.example.org/a.bin" })).toBe(
      "SegbenchError: https://data.example.org/a.bin: the server (or a proxy) restricts access to the file; expected a.bin (status 200), got status 403",
    );
    expect(proxy.passed).toEqual(["CONNECT data.example.org:443"]);
    expect(files(folder)).toEqual([]);
  });
});
