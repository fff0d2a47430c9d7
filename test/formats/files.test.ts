import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readYaml } from "../../src/config/yaml/file.ts";
import { renderProblem } from "../../src/core/errors.ts";
import {
  fileFact,
  fileFinder,
  joinNames,
  listFiles,
  readBytes,
  stemOf,
  withoutSuffix,
} from "../../src/formats/files.ts";
import { findJsonError, readJson } from "../../src/formats/json-file.ts";
import { openFile } from "../../src/formats/json-scan.ts";
import { readOnnxFile } from "../../src/formats/onnx-file.ts";
import { parsePattern } from "../../src/formats/pattern.ts";
import { inspect } from "../../src/run/inspect/inspect.ts";
import { makeFolder } from "./fixture.ts";

const folder = makeFolder({
  "b.png": "",
  "B.png": "",
  "a/10.PNG": "",
  "a/9.png": "",
  "a/._9.png": "",
  "a/é.png": "",
});
const root = folder.root;
afterAll(() => folder.remove());

describe("files", () => {
  test("listing is in code-unit order, hidden files left out", async () => {
    expect(await listFiles(root, "")).toEqual(["B.png", "a/10.PNG", "a/9.png", "a/é.png", "b.png"]);
    expect(await listFiles(root, "a")).toEqual(["a/10.PNG", "a/9.png", "a/é.png"]);
    await expect(listFiles(root, "none")).rejects.toThrow("none: there is no such file");
  });

  test("links to folders are followed, broken links are files", async () => {
    const other = makeFolder({ "real/1.png": "" });
    symlinkSync(join(other.root, "real"), join(other.root, "linked.d"));
    symlinkSync(join(other.root, "nowhere"), join(other.root, "broken"));
    expect(await listFiles(other.root, "")).toEqual(["broken", "linked.d/1.png", "real/1.png"]);
    other.remove();
  });

  test("a suffix is found in either case", async () => {
    const find = fileFinder(root);
    expect(await find("a/10.png")).toBe("a/10.PNG");
    expect(await find("a/9.PNG")).toBe("a/9.png");
    expect(await find("b.png")).toBe("b.png");
    expect(await find("a/11.png")).toBeUndefined();
    expect(await find("none/11.png")).toBeUndefined();
  });

  test("names that leave the root are refused", async () => {
    expect(joinNames("x.json", "a/../b", "./c.png")).toBe("b/c.png");
    const message = "x.json: a file name leaves the data folder; expected a name below it, got a/../../c.png";
    expect(() => joinNames("x.json", "a", "../../c.png")).toThrow(message);
    expect(() => joinNames("x.json", "..\\c.png")).toThrow("leaves the data folder");
    await expect(readBytes({ root, name: "../secret" })).rejects.toThrow(
      "../secret: a file name leaves the data folder; expected a name below it, got ../secret",
    );
  });

  // Opening any of these would wait for ever, or read something else.
  test.skipIf(process.platform === "win32")(
    "what is not a file is refused, and never waited for",
    async () => {
      const other = makeFolder({});
      const path = join(other.root, "pipe.json");
      execFileSync("mkfifo", [path]);
      symlinkSync("pipe.json", join(other.root, "linked.json"));
      symlinkSync("/dev/zero", join(other.root, "zero.json"));
      const refused = (where: string, got: string) => `${where}: is not a file; expected a file, got ${got}`;
      for (const read of [readBytes, readJson, openFile])
        for (const [name, got] of [
          ["pipe.json", "a named pipe"],
          ["linked.json", "a named pipe"],
          ["zero.json", "a device"],
          [".", "a folder"],
        ] as const)
          await expect(read({ root: other.root, name })).rejects.toThrow(refused(name, got));
      for (const read of [fileFact, readOnnxFile])
        await expect(read(path)).rejects.toThrow(refused(path, "a named pipe"));
      const card = await readYaml(path, other.root);
      expect(card.problems.map(renderProblem)).toEqual([refused("pipe.json", "a named pipe")]);
      const inspected = await inspect(["pipe.json"], {}, { cwd: other.root });
      expect(inspected.problems).toEqual([refused("pipe.json", "a named pipe")]);
      other.remove();
    },
  );

  test("stems", () => {
    expect(stemOf("a.b/c.d.png")).toBe("c.d");
    expect(withoutSuffix("a.b/c")).toBe("a.b/c");
    expect(stemOf(".hidden")).toBe(".hidden");
  });
});

describe("patterns", () => {
  test("a placeholder that comes again has the same text", () => {
    const pattern = parsePattern("train/{image}/images/{image}.png", "card");
    expect(pattern.folder).toBe("train");
    expect(pattern.placeholders).toEqual(["image"]);
    expect(pattern.match("train/a/images/a.PNG")).toEqual({ image: "a" });
    expect(pattern.match("train/a/images/b.png")).toBeUndefined();
    expect(pattern.match("train/a/x/images/a.png")).toBeUndefined();
    expect(pattern.fill({ image: "q" })).toBe("train/q/images/q.png");
  });

  test("wildcards", () => {
    const pattern = parsePattern("images/**/{image}_*.jpg", "card");
    expect(pattern.match("images/x/y/a_1.jpg")).toEqual({ __1: "x/y/", image: "a" });
    expect(pattern.match("images/a_.jpg")).toEqual({ __1: "", image: "a" });
    expect(() => pattern.fill({ image: "a" })).toThrow("card: the pattern cannot be filled in");
  });

  test("letters that mean something elsewhere mean themselves", () => {
    expect(parsePattern("a+(1).{x}.png", "card").match("a+(1).q.png")).toEqual({ x: "q" });
    expect(parsePattern("a.png", "card").match("aXpng")).toBeUndefined();
    expect(() => parsePattern("a{b.png", "card: adapter.images")).toThrow(
      "card: adapter.images: a brace in the pattern does not belong to a placeholder; expected {name}, got a{b.png",
    );
  });
});

describe("JSON", () => {
  const messageOf = async (text: string) => {
    folder.write("x.json", text);
    return readJson({ root, name: "x.json" }).then(
      (value) => value,
      (error: Error) => error.message,
    );
  };
  test.each([
    ['\uFEFF{"a": [1, -2.5e3, "\\u00e9", true, null]}', { a: [1, -2500, "é", true, null] }],
    ['{"a": 1,}', 'x.json, line 1, column 9: not JSON; got "}"'],
    ['{\n "a": [1 2]}', 'x.json, line 2, column 10: not JSON; got "2"'],
    ['{"a": NaN}', 'x.json, line 1, column 7: not JSON; got "N"'],
    ['{"a": 1', "x.json, line 1, column 8: not JSON; got the end of the file"],
    ['{"a": "cut', 'x.json, line 1, column 7: not JSON; got "\\""'],
    ["", "x.json, line 1, column 1: not JSON; got the end of the file"],
    ["{} x", 'x.json, line 1, column 4: not JSON; got "x"'],
    ["{'a': 1}", `x.json, line 1, column 2: not JSON; got "'"`],
    ["[01]", 'x.json, line 1, column 2: not JSON; got "0"'],
  ])("%j", async (text, expected) => {
    expect(await messageOf(text)).toEqual(expected);
  });

  test("the scan agrees with JSON.parse on what is legal", () => {
    for (const text of [
      "[]",
      "{}",
      '{"a":{"b":[[],{}]},"c":""}',
      " 1 ",
      '"\\n\\"\\\\"',
      "-0.0",
      "[1,[2,[3]]]",
    ]) {
      JSON.parse(text);
      expect(findJsonError(text)).toBe(text.length);
    }
  });
});
