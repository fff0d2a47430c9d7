import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findMasks, maskKey, readRows } from "../../src/store/read-run.ts";
import { openRunFolder } from "../../src/store/run-folder.ts";
import { check, contentOf, manifestOf, scored, temporaryFolder, units } from "./sample-run.ts";

async function messageOf(dir: string): Promise<string> {
  try {
    for await (const _ of readRows(dir, check));
    return "no error";
  } catch (error) {
    return (error as Error).message.replaceAll(dir, "DIR");
  }
}

const folderWith = (text: string) => {
  const dir = temporaryFolder();
  writeFileSync(join(dir, "rows.jsonl"), text);
  return dir;
};

describe("readRows", () => {
  const line = `${JSON.stringify(scored)}\n`;

  it("names file and number of a damaged line", async () => {
    expect(await messageOf(folderWith(`${line}${line}{"model":\n${line}`))).toMatch(
      /^DIR\/rows.jsonl:3: the line is damaged; expected one JSON object, got /,
    );
    expect(await messageOf(folderWith(`${line}${line.slice(0, 50)}`))).toMatch(
      /^DIR\/rows.jsonl:2: the last line is cut off: the command that wrote it does it again; expected one JSON object, got /,
    );
    expect(await messageOf(folderWith(`${line}${JSON.stringify({ ...scored, area: 99 })}\n`))).toBe(
      "DIR/rows.jsonl:2: the line is damaged: area is larger than its box",
    );
    expect(await messageOf(folderWith("\n"))).toMatch(/^DIR\/rows.jsonl:1: the line is damaged/);
  });

  it("reads rows without a journal to their end, also without a last newline", async () => {
    expect(await messageOf(folderWith(line + line.trimEnd()))).toBe("no error");
    expect(await messageOf(folderWith(""))).toBe("no error");
  });

  it("says when there is no run, or when whole lines are gone", async () => {
    expect(await messageOf(temporaryFolder())).toBe(
      "DIR: is not a run folder; expected rows.jsonl, got no such file",
    );
    const dir = temporaryFolder();
    const folder = await openRunFolder(dir, manifestOf(), { check });
    const { rows, masks } = contentOf(units[0]!);
    await folder.append(units[0]!, rows, masks, {});
    await folder.close();
    const path = join(dir, "rows.jsonl");
    const text = readFileSync(path, "utf8");
    const first = Buffer.byteLength(text.slice(0, text.indexOf("\n") + 1));
    truncateSync(path, first);
    expect(await messageOf(dir)).toBe(
      `DIR/rows.jsonl: is cut off after line 1; expected ${Buffer.byteLength(text)} bytes, got ${first}`,
    );
  });
});

describe("findMasks", () => {
  it("finds the wanted masks alone", async () => {
    const dir = temporaryFolder();
    const folder = await openRunFolder(dir, manifestOf(), { check });
    for (const unit of units.slice(0, 3)) {
      const { rows, masks } = contentOf(unit);
      await folder.append(unit, rows, masks, {});
    }
    await folder.close();
    const wanted = contentOf(units[2]!).masks.slice(1, 3);
    const absent = { ...wanted[0]!, at: { clicks: 9 } };
    const found = await findMasks(dir, [...wanted, absent]);
    expect(found).toEqual(new Map(wanted.map((mask) => [maskKey(mask), mask])));
    expect((await findMasks(dir, [])).size).toBe(0);
  });
});
