import { describe, expect, test } from "vitest";
import {
  codeOf,
  complain,
  type Problem,
  reasonOf,
  renderProblem,
  SegbenchError,
} from "../../src/core/errors.ts";

const systemError = (code: string) => Object.assign(new Error(`${code}: no`), { code });

describe("a problem as a line", () => {
  test.each<[what: string, problem: Problem, line: string]>([
    [
      "in words",
      { where: "a.png", what: "is broken", expected: "x", got: "y" },
      "a.png: is broken; expected x, got y",
    ],
    ["the least", { where: "a.png", what: "is broken" }, "a.png: is broken"],
    ["the sentence says where", { where: "", what: "nothing is given", got: "0" }, "nothing is given; got 0"],
    [
      "in a file of settings",
      {
        where: { file: "run.yaml", line: 7, column: 3, path: "models[1]" },
        ...{ what: "unknown model", expected: "one of a, b", got: '"c"', nearest: "a" },
      },
      'run.yaml:7:3 models[1]: unknown model; expected one of a, b; got "c" (did you mean "a"?)',
    ],
    [
      "on the command line",
      { where: { path: "--models[0]" }, what: "wrong type" },
      "--models[0]: wrong type",
    ],
  ])("%s", (_, problem, line) => {
    expect(renderProblem(problem)).toBe(line);
    expect(complain(problem).message).toBe(line);
  });
});

test("an error of many problems is in order: words, the command line, each file from top to bottom", () => {
  const at = (file: string, line: number): Problem => ({
    where: { file, line, column: 1, path: "" },
    what: "wrong",
  });
  const error = new SegbenchError([
    ...[at("b.yaml", 9), at("a.yaml", 2), at("b.yaml", 3)],
    { code: "unknown-name", where: { path: "--limit" }, what: "wrong" },
  ]);
  expect(error.message.split("\n")).toEqual([
    ...["--limit: wrong", "b.yaml:3:1: wrong", "b.yaml:9:1: wrong", "a.yaml:2:1: wrong"],
  ]);
  expect(error.code).toBe("unknown-name");
  expect(error.problems).toHaveLength(4);
  expect(String(error)).toMatch(/^SegbenchError: --limit/);
});

test("the code is the one given, that of the cause, or invalid", () => {
  const where = "x";
  const what = "cannot be read";
  expect(complain({ where, what }).code).toBe("invalid");
  expect(complain(where, what, { got: "b" }).message).toBe(complain({ where, what, got: "b" }).message);
  expect(complain({ where, what, cause: systemError("ENOENT") }).code).toBe("not-found");
  expect(complain({ where, what, cause: systemError("ENOSPC") }).code).toBe("system");
  expect(complain({ where, what, cause: systemError("ERR_INVALID_ARG_TYPE") }).code).toBe("invalid");
  expect(complain({ where, what, cause: complain({ code: "model", where, what }) }).code).toBe("model");
  expect(complain({ code: "refused", where, what, cause: systemError("ENOENT") }).code).toBe("refused");
  expect(codeOf(new Error("x"))).toBeUndefined();
  expect(codeOf(undefined)).toBeUndefined();
});

test("a reason is one line", () => {
  expect(reasonOf(new Error("a\n  b"))).toBe("a b");
  expect(reasonOf("text")).toBe("text");
});

test("a refusal of the system is what was met, and where", () => {
  const refusal = (text: string) => reasonOf(new Error(text));
  expect(refusal("EEXIST: file already exists, mkdir '/a/b'")).toBe("a file at /a/b");
  expect(refusal("EACCES: permission denied, open '/it's/a'")).toBe("no permission for /it's/a");
  expect(refusal("ENOENT: no such file or directory, rename '/a' -> '/b'")).toBe("nothing at /a");
  expect(refusal("ENOSPC: no space left on device, write")).toBe("no space left on the disk");
  expect(refusal("EIO: i/o error, open '/a'")).toBe("EIO: i/o error, open '/a'");
  const short = (text: string) => reasonOf(new Error(text), { path: false });
  expect(short("EISDIR: illegal operation on a directory, open '/a'")).toBe("a folder");
  expect(short("EIO: i/o error, open '/a'")).toBe("EIO: i/o error");
  expect(short("two, words 'a'")).toBe("two, words 'a'");
});
