import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { unpackInto } from "../../src/fetch/unpack.ts";
import { type TarEntry, tarGzOf, tarOf, type ZipEntry, zipOf } from "../helpers/archives.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";

type Format = "zip" | "tar" | "tar.gz";

function place(bytes: Buffer) {
  const at = temporaryFolder();
  const folder = join(at, "data", "set");
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, "a.bin");
  writeFileSync(archive, bytes);
  return { at, folder, archive };
}

const below = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => !statSync(join(folder, name)).isDirectory())
    .sort();

/** Unpacks, and asserts that a refusal leaves nothing anywhere but the archive. */
async function refusal(bytes: Buffer, format: Format): Promise<string> {
  const { at, folder, archive } = place(bytes);
  const message = await unpackInto(archive, format, folder, {}).then(
    () => "unpacked",
    (error: Error) => `${error.name}: ${error.message}`,
  );
  expect(below(at)).toEqual(["data/set/a.bin"]);
  expect(readdirSync(folder)).toEqual(["a.bin"]);
  return message;
}

const zip = (...entries: ZipEntry[]) =>
  refusal(zipOf([{ name: "good.txt", data: "good" }, ...entries]), "zip");
const tar = async (...entries: TarEntry[]) =>
  refusal(await tarOf([{ name: "good.txt", data: "good" }, ...entries]), "tar");

describe("what is in an archive comes out", () => {
  const big = Buffer.alloc(300_000, "segbench");
  const files = [
    { name: "a/", data: "" },
    { name: "a/b c.txt", data: "one" },
    { name: "./a/é.bin", data: big },
    { name: "empty", data: "" },
  ];
  const tarFiles = files.map((entry) =>
    entry.name === "a/" ? { name: "a", type: "directory" as const } : entry,
  );
  const cases: readonly (readonly [Format, () => Promise<Buffer>])[] = [
    ["zip", async () => zipOf(files)],
    ["tar", () => tarOf(tarFiles)],
    ["tar.gz", () => tarGzOf(tarFiles)],
  ];
  test.each(cases)("%s", async (format, make) => {
    const { folder, archive } = place(await make());
    expect(await unpackInto(archive, format, folder, {})).toEqual(["a", "empty"]);
    expect(below(join(folder, "a"))).toEqual(["b c.txt", "é.bin"]);
    expect(readFileSync(join(folder, "a", "é.bin")).equals(big)).toBe(true);
    expect(readFileSync(join(folder, "empty"), "utf8")).toBe("");
  });

  test("links to files of the archive become those files, in any order and through each other", async () => {
    const { folder, archive } = place(
      await tarOf([
        { name: "x/first", type: "symlink", linkname: "../y/second" },
        { name: "y/second", type: "symlink", linkname: "third.txt" },
        { name: "hard", type: "link", linkname: "y/third.txt" },
        { name: "y/third.txt", data: "text" },
      ]),
    );
    await unpackInto(archive, "tar", folder, {});
    for (const name of ["x/first", "y/second", "hard"])
      expect(readFileSync(join(folder, name), "utf8")).toBe("text");
  });

  test("names that Windows wrote", async () => {
    const { folder, archive } = place(zipOf([{ name: "a\\b.txt", data: "1" }]));
    await unpackInto(archive, "zip", folder, {});
    expect(readFileSync(join(folder, "a", "b.txt"), "utf8")).toBe("1");
  });
});

describe("what would leave the folder is refused", () => {
  const names: readonly (readonly [string, string])[] = [
    ["../evil.txt", "an entry leaves the folder"],
    ["a/../../evil.txt", "an entry leaves the folder"],
    ["..\\evil.txt", "an entry leaves the folder"],
    ["/tmp/evil.txt", "an entry has an absolute path"],
    ["C:\\evil.txt", "an entry has an absolute path"],
    ["c:evil.txt", "an entry has an absolute path"],
    ["\\\\host\\share\\evil.txt", "an entry has an absolute path"],
  ];
  test.each(names)("%s", async (name, what) => {
    const expected = `SegbenchError: a.bin: ${what}; nothing of it was kept; expected names below the folder, got ${JSON.stringify(name)}`;
    expect(await zip({ name, data: "evil" })).toBe(expected);
    expect(await tar({ name, data: "evil" })).toBe(expected);
  });

  const targets = ["../evil", "/etc/passwd", "x/../../evil", "C:\\evil"];
  test.each(targets)("a link to %s", async (target) => {
    const expected = `SegbenchError: a.bin: the link trap points outside the archive; nothing of it was kept; expected a file of the archive, got ${JSON.stringify(target)}`;
    expect(await zip({ name: "trap", data: target, mode: 0o120777 })).toBe(expected);
    expect(await tar({ name: "trap", type: "symlink", linkname: target })).toBe(expected);
    expect(await tar({ name: "trap", type: "link", linkname: target })).toBe(expected);
  });

  test("a link to a folder, through which a later entry would be written", async () => {
    const expected =
      'SegbenchError: a.bin: the link trap does not name a file in the archive; nothing of it was kept; expected a file, got ""';
    expect(await tar({ name: "trap", type: "symlink", linkname: "." })).toBe(expected);
    expect(
      await tar({ name: "trap", type: "symlink", linkname: "." }, { name: "trap/evil.txt", data: "evil" }),
    ).toBe(expected);
  });

  test("links in a circle", async () => {
    expect(
      await tar({ name: "a", type: "symlink", linkname: "b" }, { name: "b", type: "symlink", linkname: "a" }),
    ).toContain("the link a does not name a file in the archive");
  });

  test("devices and pipes", async () => {
    expect(await tar({ name: "null", type: "character-device" })).toBe(
      "SegbenchError: a.bin: null is neither a file nor a folder; nothing of it was kept; expected files, folders and links between them, got character device",
    );
    expect(await tar({ name: "pipe", type: "fifo" })).toContain("pipe is neither a file nor a folder");
    expect(await zip({ name: "dev", mode: 0o060644 })).toContain("got block device");
  });
});

describe("what is broken is refused", () => {
  const entry = {
    name: "a.txt",
    data: Buffer.from(Array.from({ length: 9000 }, (_, i) => (i * i * 7) & 255)),
  };

  test("a truncated archive of each format", async () => {
    const half = (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2));
    expect(await refusal(half(zipOf([entry])), "zip")).toMatch(
      /^SegbenchError: a.bin: cannot be unpacked; nothing of it was kept; got End of central directory record signature not found/,
    );
    expect(await refusal(half(await tarOf([entry])), "tar")).toBe(
      "SegbenchError: a.bin: cannot be unpacked; nothing of it was kept; got unexpected end of file",
    );
    expect(await refusal(half(await tarGzOf([entry])), "tar.gz")).toBe(
      "SegbenchError: a.bin: cannot be unpacked; nothing of it was kept; got unexpected end of file",
    );
  });

  test("a tar that ends between two entries", async () => {
    const whole = await tarOf([entry, entry]);
    expect(await refusal(whole.subarray(0, 512 + 9216), "tar")).toContain(
      "unexpected end of file: the block that ends an archive is missing",
    );
  });

  test("a web page, nothing at all, and an archive without files", async () => {
    const page = Buffer.from("<html>log in</html>");
    for (const format of ["zip", "tar", "tar.gz"] as const) {
      expect(await refusal(page, format)).toContain("a.bin: cannot be unpacked; nothing of it was kept");
      expect(await refusal(Buffer.alloc(0), format)).toContain("a.bin: ");
    }
    expect(await refusal(zipOf([]), "zip")).toBe("SegbenchError: a.bin: contains no files");
  });

  test("a wrong checksum within, a password, an entry twice", async () => {
    expect(await zip({ ...entry, crc: 1 })).toContain("got the checksum of a.txt is wrong");
    expect(await zip({ ...entry, encrypted: true })).toBe(
      "SegbenchError: a.bin: a.txt is encrypted: a password is needed",
    );
    expect(await zip(entry, entry)).toBe(
      "SegbenchError: a.bin: it contains a.txt twice; nothing of it was kept",
    );
    expect(await tar({ name: "good.txt", type: "symlink", linkname: "good.txt" })).toContain(
      "it contains good.txt twice",
    );
  });

  test("a bomb", async () => {
    const zeros = Buffer.alloc(80 * 2 ** 20);
    const expected =
      /^SegbenchError: a.bin: grows too large, like a zip bomb; nothing of it was kept; expected at most \d+ bytes of an archive of \d+$/;
    expect(await zip({ name: "zeros", data: zeros })).toMatch(expected);
    expect(await refusal(await tarGzOf([{ name: "zeros", data: zeros }]), "tar.gz")).toMatch(expected);
  });
});

describe("what is there already", () => {
  const entries = [
    { name: "set/a.txt", data: "new a" },
    { name: "set/deep/b.txt", data: "new b" },
  ];

  test("a file in the way: nothing is replaced, nothing is added", async () => {
    const { folder, archive } = place(zipOf(entries));
    mkdirSync(join(folder, "set", "deep"), { recursive: true });
    writeFileSync(join(folder, "set", "deep", "b.txt"), "a person's");
    await expect(unpackInto(archive, "zip", folder, {})).rejects.toThrow(
      `${join(folder, "set", "deep", "b.txt")}: already exists and was not replaced; of a.bin, only the archive was kept; expected nothing there: move it away, or check it with validate`,
    );
    expect(below(folder)).toEqual(["a.bin", "set/deep/b.txt"]);
    expect(readFileSync(join(folder, "set", "deep", "b.txt"), "utf8")).toBe("a person's");
  });

  test("folders are joined", async () => {
    const { folder, archive } = place(zipOf(entries));
    mkdirSync(join(folder, "set", "deep"), { recursive: true });
    writeFileSync(join(folder, "set", "deep", "c.txt"), "c");
    await unpackInto(archive, "zip", folder, {});
    expect(below(join(folder, "set"))).toEqual(["a.txt", "deep/b.txt", "deep/c.txt"]);
  });

  test("what a killed process left: half a stage is thrown away, a whole one is gone on with", async () => {
    const { folder, archive } = place(zipOf(entries));
    const stage = join(folder, ".unpacking-a.bin");
    mkdirSync(join(stage, "content", "set"), { recursive: true });
    writeFileSync(join(stage, "content", "set", "half.txt"), "half");
    await unpackInto(archive, "zip", folder, {});
    expect(existsSync(join(folder, "set", "half.txt"))).toBe(false);

    const again = place(zipOf(entries));
    const whole = join(again.folder, ".unpacking-a.bin");
    mkdirSync(join(whole, "content", "set", "deep"), { recursive: true });
    mkdirSync(join(again.folder, "set"));
    writeFileSync(join(whole, "content", "set", "deep", "b.txt"), "b of before");
    writeFileSync(join(again.folder, "set", "a.txt"), "a of before");
    writeFileSync(join(whole, "finished.json"), '["set"]');
    expect(await unpackInto(again.archive, "zip", again.folder, {})).toEqual(["set"]);
    expect(readFileSync(join(again.folder, "set", "deep", "b.txt"), "utf8")).toBe("b of before");
    expect(readFileSync(join(again.folder, "set", "a.txt"), "utf8")).toBe("a of before");
  });
});
