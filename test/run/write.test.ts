import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeOut } from "../../src/run/write.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";

test("a file is written anew, and what cannot be is a sentence with its name", async () => {
  const path = join(temporaryFolder(), "a.txt");
  await writeOut(path, "longer");
  await writeOut(path, "new");
  expect(readFileSync(path, "utf8")).toBe("new");
  await expect(writeOut(path, "no", { flag: "wx" })).rejects.toThrow(
    `${path}: cannot be written; got a file at ${path}`,
  );
  if (existsSync("/dev/full"))
    await expect(writeOut("/dev/full", "x")).rejects.toThrow(
      "/dev/full: cannot be written; got no space left on the disk",
    );
});
