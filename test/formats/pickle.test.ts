// Python's pickles of every protocol, of Python 2 and 3 (scripts/oracle/pickles.py), and what is refused.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readPickle } from "../../src/formats/pickle.ts";
import { held, readOracle } from "../helpers/oracle.ts";
import { sharedFolder } from "../helpers/synthetic.ts";

const root = sharedFolder();

function read(bytes: Buffer | string): Promise<unknown> {
  writeFileSync(join(root, "x.p"), bytes);
  return readPickle({ root, name: "x.p" });
}

test("the value that Python pickled, by every protocol", async () => {
  const { value, cases } = readOracle<{ value: unknown; cases: readonly [string, number, string][] }>(
    "formats/pickles",
  );
  for (const [who, protocol, base64] of cases) {
    const got = JSON.parse(JSON.stringify(await read(Buffer.from(base64, "base64"))));
    expect(got, `${who}, protocol ${protocol}`).toEqual(value);
  }
  expect(new Set(cases.map(([who]) => who)).size).toBe(3);
  held("formats/pickles", cases.length, 0, 0);
});

test("keys are data, whatever they are called", async () => {
  const got = (await read("(dS'__proto__'\n(dS'a'\nI1\nss.")) as object;
  expect(Object.getPrototypeOf(got)).toBeNull();
  expect(Object.keys(got)).toEqual(["__proto__"]);
});

test.each([
  ["a call", "cos\nsystem\n(S'echo'\ntR.", /byte 11: .*a class, an object or a call: os\.system/],
  ["a class by name on the stack", "\x80\x04\x8c\x02os\x8c\x06system\x93.", /a class, an object or a call/],
  ["an object", "(iposix\nsystem\n.", /a class, an object or a call: posix\.system/],
  ["a length beyond the end", "\x80\x02X\xff\xff\xff\x7f", /the end of the file/],
  ["a length beyond all files", "\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", /the end of the file/],
  ["no end", "(lp0\n", /the end of the file/],
  ["nothing", "", /byte 0: .*the end of the file/],
  ["a value that was not stored", "g7\n.", /never stored/],
  ["a mark that is missing", "e.", /a missing mark/],
  ["items of a number", "I1\n(I2\ne.", /items of what is no list/],
  ["a dictionary's key that is a list", "(d(lI1\ns.", /a key that is neither text nor number/],
  ["a number that is none", "Ione\n.", /no number: "one"/],
  ["something else", "[1, 2]", /unknown instruction 0x5b/],
])("refused: %s", async (_, text, message) => {
  await expect(read(Buffer.from(text, "latin1"))).rejects.toThrow(message);
});
