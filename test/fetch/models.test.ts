// A model's files come together or not at all; each is what its card says, or what it was when it came first.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { fetchDefaults } from "../../src/core/defaults.ts";
import { sha256 } from "../../src/core/hash.ts";
import { fetchWanted, openNpm, openWeb, readLock } from "../../src/fetch/index.ts";
import { modelDownloads } from "../../src/run/data/pull-jobs.ts";
import { fileServer } from "../helpers/file-server.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";

const names = ["encoder.onnx", "decoder.onnx", "encoder.onnx_data"] as const;
const bodies = names.map((name, i) => Buffer.alloc(200_000 + i, `${name} `));
const byName = Object.fromEntries(names.map((name, i) => [name, bodies[i]!]));

const { silence } = fetchDefaults;
const setSilence = (milliseconds: number) => {
  (fetchDefaults as { silence: number }).silence = milliseconds;
};
afterEach(() => setSilence(silence));

interface Stated {
  readonly sha256?: string;
  readonly size?: number;
}

async function place(stated: Partial<Record<(typeof names)[number], Stated>> = {}) {
  const server = await fileServer(
    Object.fromEntries(names.map((name, i) => [`/${name}`, { body: bodies[i]!, etag: `"${i}"` }])),
  );
  const models = join(temporaryFolder(), "models");
  const download = names.map((name) => ({
    ...{ file: `\${MODELS}/m/${name}`, url: `${server.origin}/${name}`, ...stated[name] },
  }));
  const card = { download: download as [(typeof download)[0]] };
  const found = modelDownloads(card, "/cards/m.yaml", { cwd: "/", env: { MODELS: models } });
  if ("what" in found) throw new Error(found.what);
  const lock = join(models, "segbench-lock.json");
  const waits: number[] = [];
  const fetch = () =>
    fetchWanted(
      { name: "m", folder: found.folder, downloads: found.downloads, whole: true },
      {
        ...{ web: openWeb({}), npm: openNpm({}, "/"), lock, keep: false, unpacked: () => undefined },
        watch: { bytes: () => undefined, note: () => undefined },
        wait: async (milliseconds) => void waits.push(milliseconds),
      },
    ).then(
      (all) => all.map(({ status }) => status).join(),
      ({ name, message }: Error) =>
        `${name}: ${message}`.replaceAll(server.origin, "").replaceAll(models, "MODELS"),
    );
  const there = () => (existsSync(models) ? readdirSync(models, { recursive: true, encoding: "utf8" }) : []);
  return { server, models, lock, fetch, waits, there: () => there().sort(), found };
}

const all = ["m", "m/decoder.onnx", "m/encoder.onnx", "m/encoder.onnx_data", "segbench-lock.json"];
const waiting = (...parts: string[]) => [
  "m",
  ...parts.flatMap((name) => [`m/${name}.part`, `m/${name}.part.json`]).sort(),
];

describe("where files go", () => {
  test("below the folder of the variable, whose lock names them by their place", async () => {
    const { found, models } = await place({ "decoder.onnx": { size: 200_001 } });
    expect(found.folder).toBe(models);
    expect(found.paths).toEqual(names.map((name) => join(models, "m", name)));
    expect(found.downloads[1]).toMatchObject({
      file: "decoder.onnx",
      into: "m",
      unpack: "none",
      bytes: 200_001,
    });
  });

  test("relative to the card, below the folder that holds them all", () => {
    const url = "https://example.org/x";
    const card = (...files: string[]) => ({
      download: files.map((file) => ({ file, url })) as [{ file: string; url: string }],
    });
    const of = (...files: string[]) =>
      modelDownloads(card(...files), "/cards/m.yaml", { cwd: "/work", env: {} });
    expect(of("../models/a/e.onnx", "../models/b/d.onnx")).toMatchObject({
      folder: "/models",
      downloads: [
        { into: "a", file: "e.onnx" },
        { into: "b", file: "d.onnx" },
      ],
    });
    expect(of("e.onnx", "d.onnx")).toMatchObject({
      folder: "/cards",
      downloads: [{ file: "e.onnx" }, { file: "d.onnx" }],
    });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of a card's path
    expect(of("${NONE}/e.onnx")).toMatchObject({ what: "environment variable NONE is not set" });
  });
});

describe("all parts", () => {
  test("external data too, through a redirect; seen again they are checked and not fetched", async () => {
    const { server, models, lock, fetch, there } = await place();
    server.files["/encoder.onnx"] = {
      ...{ body: Buffer.alloc(0), fail: { status: 302, times: 1, headers: { location: "/elsewhere" } } },
    };
    server.files["/elsewhere"] = { body: byName["encoder.onnx"]!, etag: '"0"' };
    expect(await fetch()).toBe("fetched,fetched,fetched");
    expect(there()).toEqual(all);
    for (const name of names) expect(readFileSync(join(models, "m", name)).equals(byName[name]!)).toBe(true);
    expect(await readLock(lock)).toEqual(
      Object.fromEntries(
        names.map((name) => [
          `m/${name}`,
          {
            url: `${server.origin}/${name}`,
            ...{ bytes: byName[name]!.length, sha256: sha256(byName[name]!), placed: [name] },
          },
        ]),
      ),
    );
    expect(await fetch()).toBe("there,there,there");
    expect(server.asked).toHaveLength(4);
  });

  test("none counts while one cannot be had: what came waits, and is not fetched again", async () => {
    const { server, fetch, there } = await place();
    const { "/encoder.onnx_data": last } = server.files;
    delete server.files["/encoder.onnx_data"];
    expect(await fetch()).toBe(
      "SegbenchError: /encoder.onnx_data: the file is no longer on the server; expected encoder.onnx_data (status 200), got status 404",
    );
    expect(there()).toEqual(waiting("decoder.onnx", "encoder.onnx"));
    server.files["/encoder.onnx_data"] = last!;
    server.asked.length = 0;
    expect(await fetch()).toBe("fetched,fetched,fetched");
    expect(server.asked).toEqual(["GET /encoder.onnx_data"]);
    expect(there()).toEqual(all);
  });

  test("one that has gone is fetched alone", async () => {
    const { server, models, fetch, there } = await place();
    await fetch();
    rmSync(join(models, "m", "encoder.onnx_data"));
    server.asked.length = 0;
    expect(await fetch()).toBe("there,there,fetched");
    expect(server.asked).toEqual(["GET /encoder.onnx_data"]);
    expect(there()).toEqual(all);
  });

  test("a server that falls silent: gone on with where it stopped, given up in the end, never used", async () => {
    setSilence(300);
    const { server, models, fetch, there, waits } = await place();
    const body = byName["decoder.onnx"]!;
    server.files["/decoder.onnx"] = { body, etag: '"1"', slow: 5000 };
    expect(await fetch()).toMatch(
      /^SegbenchError: \/decoder\.onnx: cannot be fetched after 5 tries in a row(; \d+ bytes are kept in decoder\.onnx\.part, and the same command resumes)?; got no data for 0\.3 s$/,
    );
    expect(waits.slice(-4)).toEqual([1000, 2000, 4000, 8000]);
    expect(there()).not.toContain("m/encoder.onnx");
    expect(there()).not.toContain("m/decoder.onnx");
    writeFileSync(join(models, "m", "decoder.onnx.part"), body.subarray(0, 65_536));
    const origin = { url: `${server.origin}/decoder.onnx`, validator: '"1"', total: body.length };
    writeFileSync(join(models, "m", "decoder.onnx.part.json"), JSON.stringify(origin));
    server.files["/decoder.onnx"] = { body, etag: '"1"', slow: 20 };
    server.asked.length = 0;
    expect(await fetch()).toBe("fetched,fetched,fetched");
    expect(server.asked).toEqual(["GET /decoder.onnx bytes=65536-", "GET /encoder.onnx_data"]);
    expect(readFileSync(join(models, "m", "decoder.onnx")).equals(body)).toBe(true);
  });
});

describe("another file than the one that is wanted", () => {
  test("a checksum that the card states", async () => {
    const { fetch, there } = await place({ "decoder.onnx": { sha256: sha256("other") } });
    expect(await fetch()).toBe(
      `SegbenchError: /decoder.onnx: differs in checksum from its card; expected ${sha256("other")}, got ${sha256(byName["decoder.onnx"]!)}`,
    );
    expect(there()).toEqual(waiting("encoder.onnx"));
  });

  test("a size that the card states", async () => {
    const { fetch, there } = await place({ "encoder.onnx": { size: 7 } });
    expect(await fetch()).toBe(
      "SegbenchError: /encoder.onnx: differs in size from its card; expected 7 bytes, got 200000",
    );
    expect(there()).toEqual(["m"]);
  });

  test("one that changed on the server since it came first", async () => {
    const { server, models, lock, fetch, there } = await place();
    await fetch();
    const before = readFileSync(lock, "utf8");
    for (const name of names) rmSync(join(models, "m", name));
    const other = Buffer.from("other");
    server.files["/decoder.onnx"] = { body: other, etag: '"9"' };
    expect(await fetch()).toBe(
      `SegbenchError: /decoder.onnx: has changed since it was first fetched; the new download was removed. If the change is intended, remove its entry from segbench-lock.json; expected 200001 bytes with sha256 ${sha256(byName["decoder.onnx"]!)}, got 5 bytes with sha256 ${sha256(other)}`,
    );
    expect(there()).toEqual([...waiting("encoder.onnx"), "segbench-lock.json"]);
    expect(readFileSync(lock, "utf8")).toBe(before);
  });

  test("one that changed here since it came", async () => {
    const { server, models, fetch } = await place();
    await fetch();
    writeFileSync(join(models, "m", "decoder.onnx"), "cut");
    server.asked.length = 0;
    expect(await fetch()).toBe(
      `SegbenchError: MODELS/m/decoder.onnx: is not the file that was fetched (segbench-lock.json): remove it, and the same command fetches it again; expected sha256 ${sha256(byName["decoder.onnx"]!)}, got 3 bytes with sha256 ${sha256("cut")}`,
    );
    expect(server.asked).toEqual([]);
  });

  test("one that nobody knows is left alone; one that the card knows is taken", async () => {
    const { models, fetch, there } = await place({
      "encoder.onnx": { sha256: sha256(byName["encoder.onnx"]!) },
    });
    for (const name of ["encoder.onnx", "decoder.onnx"]) {
      mkdirSync(dirname(join(models, "m", name)), { recursive: true });
      writeFileSync(join(models, "m", name), byName[name]!);
    }
    expect(await fetch()).toBe(
      `SegbenchError: MODELS/m/decoder.onnx: already exists and may not be the wanted file: move it away; expected no file of that name, got 200001 bytes with sha256 ${sha256(byName["decoder.onnx"]!)}`,
    );
    rmSync(join(models, "m", "decoder.onnx"));
    expect(await fetch()).toBe("there,fetched,fetched");
    expect(there()).toEqual(all);
  });
});
