// Parts in a shared folder: whole or not there, whatever answers of a network are lost.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { partsFolder } from "../../src/queue/parts-folder.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";

const fault = vi.hoisted(() => ({ link: "" }));
vi.mock(import("node:fs/promises"), async (original) => {
  const real = await original();
  const link: typeof real.link = async (from, to) => {
    if (fault.link !== "none") await real.link(from, to);
    if (fault.link !== "") throw new Error("EIO");
  };
  return { ...real, link };
});

test.each([
  ["as usual", ""],
  ["whose link is made although the answer is lost", "lost"],
  ["without links", "none"],
])("a folder %s: one whole file, and a later part of the same worker takes its place", async (_, how) => {
  const root = temporaryFolder();
  const folder = partsFolder(root, "run");
  fault.link = how;
  const first = await folder.write(107, "host-1", Buffer.from("first"));
  expect(first.toString()).toBe("1/107-host-1.part");
  expect(String(await folder.read(first))).toBe("first");
  const there = join(root, "segbench-run", "1");
  expect(readdirSync(there)).toEqual(["107-host-1.part"]);
  expect(statSync(join(there, "107-host-1.part")).nlink).toBe(1);
  await folder.write(107, "host-1", Buffer.from("again"));
  expect(String(await folder.read(first))).toBe("again");
  expect(readdirSync(there)).toEqual(["107-host-1.part"]);
});
