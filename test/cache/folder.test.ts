// The folder: what stays, what goes, and several writers at once.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { openCacheFolder } from "../../src/cache/folder.ts";
import { type Cache, type CachedTensors, openCache, type Precision } from "../../src/cache/index.ts";
import { packageFolder, temporaryFolder } from "../helpers/synthetic.ts";

const keyOf = (n: number) => n.toString(16).padStart(2, "0").repeat(32);
const pathOf = (dir: string, key: string) => join(dir, key.slice(0, 2), `${key}.embedding`);
const files = (dir: string) =>
  readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) => name.includes("."));

function clock() {
  let time = 1.7e12;
  return () => {
    time += 1000;
    return time;
  };
}

describe("what was not used for longest goes first", () => {
  const open = (dir: string, limit: number, now = clock()) =>
    openCacheFolder({ dir, limit, writer: "w", now });
  const there = (dir: string) => [0, 1, 2, 3, 4, 5, 6].filter((n) => existsSync(pathOf(dir, keyOf(n))));

  test("reading counts as using", () => {
    const dir = temporaryFolder();
    const folder = open(dir, 400);
    for (const n of [0, 1, 2, 3]) folder.write(keyOf(n), new Uint8Array(100));
    expect(there(dir)).toEqual([0, 1, 2, 3]);
    expect(folder.read(keyOf(0))?.length).toBe(100);
    expect(folder.read(keyOf(2))?.length).toBe(100);
    // Room for a fifth: 300 are left, and a sixteenth of that free, so two go.
    folder.write(keyOf(4), new Uint8Array(100));
    expect(there(dir)).toEqual([0, 2, 4]);
    folder.write(keyOf(5), new Uint8Array(100));
    expect(there(dir)).toEqual([0, 2, 4, 5]);
  });

  test("what others have written counts", () => {
    const dir = temporaryFolder();
    const now = clock();
    const [one, two] = [open(dir, 400, now), open(dir, 400, now)];
    for (const n of [0, 1, 2]) one.write(keyOf(n), new Uint8Array(100));
    for (const n of [3, 4]) two.write(keyOf(n), new Uint8Array(100));
    expect(there(dir)).toEqual([2, 3, 4]);
  });

  test("an entry that is too large for the whole folder is not kept, and drives nothing out", () => {
    const dir = temporaryFolder();
    const folder = open(dir, 400);
    folder.write(keyOf(0), new Uint8Array(100));
    folder.write(keyOf(1), new Uint8Array(401));
    expect(there(dir)).toEqual([0]);
  });

  test("files of others stay; what a dead process left half written goes after an hour", () => {
    const dir = temporaryFolder();
    const now = clock();
    const folder = open(dir, 250, now);
    mkdirSync(join(dir, "00"));
    const strangers = ["00/notes.txt", "00/x.embedding"].map((name) => join(dir, name));
    const parts = [1, 2].map((n) => `${pathOf(dir, keyOf(0))}.${n}-0.part`);
    for (const path of [...strangers, ...parts]) writeFileSync(path, new Uint8Array(1000));
    for (const path of strangers) utimesSync(path, 1, 1);
    utimesSync(parts[0]!, 1.7e9 - 3700, 1.7e9 - 3700);
    utimesSync(parts[1]!, 1.7e9 - 3500, 1.7e9 - 3500);
    for (const n of [0, 1, 2]) folder.write(keyOf(n), new Uint8Array(100));
    expect(there(dir)).toEqual([1, 2]);
    expect([...strangers, ...parts].map((path) => existsSync(path))).toEqual([true, true, false, true]);
  });

  test("a folder that cannot be written to costs the entry and nothing else", () => {
    const dir = join(temporaryFolder(), "file");
    writeFileSync(dir, "");
    const folder = open(dir, 400);
    folder.write(keyOf(0), new Uint8Array(100));
    expect(folder.read(keyOf(0))).toBeUndefined();
  });
});

describe("through the cache", () => {
  const feeds = (n: number): CachedTensors => ({
    image: { type: "float32", dims: [2], data: Float32Array.of(n, n) },
  });
  const result = (n: number): CachedTensors => ({
    embedding: { type: "float32", dims: [2], data: Float32Array.of(n / 3, -n) },
  });
  const open = (dir: string, precision: Precision = "float32") =>
    openCache({ dir, limit: 1e6, writer: "w", now: clock(), precision });

  /** Asks for 1, and says what came and whether it was computed. */
  async function ask(cache: Cache, n = 1) {
    let computed = 0;
    const { tensors, cached } = await cache.through({ graph: "g" }, feeds(n), async () => {
      computed++;
      return result(n);
    });
    expect(cached).toBe(computed === 0);
    return { computed, tensors };
  }

  test("a second question is answered from the folder, also by another process' cache", async () => {
    const dir = temporaryFolder();
    expect(await ask(open(dir))).toEqual({ computed: 1, tensors: result(1) });
    expect(await ask(open(dir))).toEqual({ computed: 0, tensors: result(1) });
    expect(await ask(open(dir), 2)).toEqual({ computed: 1, tensors: result(2) });
  });

  test.each([
    ["cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ["empty", () => Buffer.alloc(0)],
    [
      "with a wrong number",
      (bytes: Buffer) => Buffer.from(bytes.map((b, i) => (i === bytes.length - 1 ? b ^ 1 : b))),
    ],
    ["something else", () => Buffer.from("<html>502 Bad Gateway</html>")],
  ])("an entry that is %s is computed again and replaced", async (_, damage) => {
    const dir = temporaryFolder();
    await ask(open(dir));
    const path = join(dir, files(dir)[0]!);
    const whole = readFileSync(path);
    writeFileSync(path, damage(whole));
    expect(await ask(open(dir))).toEqual({ computed: 1, tensors: result(1) });
    expect(readFileSync(path)).toEqual(whole);
    expect((await ask(open(dir))).computed).toBe(0);
  });

  test("float16 rounds the first answer as it does the second, and is no answer to float32", async () => {
    const dir = temporaryFolder();
    const rounded = { embedding: { ...result(1).embedding, data: Float32Array.of(0.333251953125, -1) } };
    expect(await ask(open(dir, "float16"))).toEqual({ computed: 1, tensors: rounded });
    expect(await ask(open(dir, "float16"))).toEqual({ computed: 0, tensors: rounded });
    expect(await ask(open(dir))).toEqual({ computed: 1, tensors: result(1) });
  });

  test("a graph that fails leaves nothing behind", async () => {
    const dir = temporaryFolder();
    const failing = open(dir).through({ graph: "g" }, feeds(1), () => Promise.reject(new Error("no memory")));
    await expect(failing).rejects.toThrow("no memory");
    expect(files(dir)).toEqual([]);
  });
});

test("two processes write, read and drive out at once: every answer is right and no file is left torn", async () => {
  const dir = temporaryFolder();
  const url = (name: string) => JSON.stringify(pathToFileURL(join(packageFolder, "src", "cache", name)).href);
  // 40 keys of 4 kB each compete for the room of 12; both processes want the same ones in another order.
  const script = `
    import { openCache } from ${url("index.ts")};
    const step = Number(process.argv[1]);
    let time = 1.7e12 + step;
    const cache = openCache({ dir: ${JSON.stringify(dir)}, limit: 50_000, writer: String(process.pid), now: () => (time += 10), precision: "float32" });
    const value = (n) => Float32Array.from({ length: 1000 }, (_, i) => n * 1000 + i);
    let wrong = 0, hits = 0;
    for (let turn = 0; turn < 300; turn++) {
      const n = (turn * step) % 40 < 20 ? turn % 7 : (turn * step) % 40;
      const image = { type: "int32", dims: [1], data: Int32Array.of(n) };
      const got = await cache.through({}, { image }, async () => ({ e: { type: "float32", dims: [1000], data: value(n) } }));
      if (got.cached) hits++;
      if (Buffer.compare(Buffer.from(got.tensors.e.data.buffer), Buffer.from(value(n).buffer)) !== 0) wrong++;
    }
    console.log(JSON.stringify({ wrong, some: hits > 0 }));
  `;
  const run = (step: number) =>
    promisify(execFile)(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "--eval", script, String(step)],
      { cwd: packageFolder },
    );
  const answers = await Promise.all([run(3), run(7)]);
  for (const { stdout } of answers) expect(JSON.parse(stdout)).toEqual({ wrong: 0, some: true });
  const left = files(dir);
  expect(left.length).toBeGreaterThan(5);
  expect(left.filter((name) => !name.endsWith(".embedding"))).toEqual([]);
}, 60_000);
