// Pictures that somebody has damaged end a report with a sentence.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readGallery } from "../../src/run/report/gallery.ts";
import { temporaryFolder } from "../store/sample-run.ts";

test("a broken list, and a list of pictures that are gone, are named; no folder is no pictures", async () => {
  const dir = temporaryFolder();
  const overlays = join(dir, "overlays");
  const list = join(overlays, "index.json");
  const wanted = "those that the run drew (without the folder overlays the report is made without pictures)";
  mkdirSync(overlays);
  writeFileSync(list, "[{");
  const problem = `${list}: the pictures of the run cannot be read; expected ${wanted}, got `;
  await expect(readGallery(dir)).rejects.toMatchObject({
    name: "SegbenchError",
    message: expect.stringContaining(problem),
  });
  writeFileSync(list, '[{"choice": {}, "file": "000.webp", "type": "image/webp", "width": 4, "height": 3}]');
  await expect(readGallery(dir)).rejects.toMatchObject({
    message: `${problem}nothing at ${join(overlays, "000.webp")}`,
  });
  rmSync(overlays, { recursive: true });
  expect(await readGallery(dir)).toEqual([]);
});
