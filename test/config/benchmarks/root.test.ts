// Data below the folder that an archive brings along.
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { holdsData, holdsOwn, listBelow, unlisted } from "../../../src/config/benchmarks/root.ts";
import { complain } from "../../../src/core/errors.ts";
import { openClips } from "../../../src/datasets/index.ts";
import { type Folder, makeFolder } from "../../formats/fixture.ts";

const folders: Folder[] = [];
afterAll(() => {
  for (const folder of folders) folder.remove();
});

async function listed(files: Readonly<Record<string, string>>) {
  const folder = makeFolder(files);
  folders.push(folder);
  const adapter = {
    format: "clip-folders",
    frames: "f/{clip}/{frame}.jpg",
    masks: "m/{clip}/{frame}.png",
  } as const;
  const ids = listBelow(folder.root, (root) => openClips({ name: "sea", adapter }, root)).then((refs) =>
    refs.map(({ id }) => id),
  );
  return { root: folder.root, ids };
}

const below = (folder: string) => ({ [`${folder}f/a/0.jpg`]: "", [`${folder}m/a/0.png`]: "" });

test("is said, with the command that mends it, where nothing else is there", async () => {
  expect(await (await listed(below(""))).ids).toEqual(["a"]);
  const { root, ids } = await listed({ ...below("SEA/"), "SEA.zip": "", "licence.txt": "" });
  await expect(ids).rejects.toThrow(
    `${root}: its files lie one folder too deep, in SEA; expected them moved up: mv ${join(root, "SEA")}/* ${root}`,
  );
  const two = await listed({ ...below("SEA/"), "other/x.jpg": "" });
  await expect(two.ids).rejects.toThrow(/^(?!.*too deep)/);
  const none = await listed({ "SEA/x.jpg": "" });
  await expect(none.ids).rejects.toThrow(/^(?!.*too deep)/);
});

test("archives, notes and what is left of a download are no data, wherever they lie", () => {
  const holds = (...files: readonly string[]) => {
    const folder = makeFolder(Object.fromEntries(files.map((name) => [name, ""])));
    folders.push(folder);
    return holdsData(folder.root);
  };
  const none = [
    "README.md",
    "a/SEA.zip",
    "a/SEA.tar.gz",
    "SEA.rar",
    "a.part",
    "a.part.json",
    "pull.lock",
    ".x/1.png",
  ];
  expect(holds(...none)).toBe(false);
  expect(holds(...none, "a/b/labels.geojson")).toBe(true);
  expect(holds("a.tif")).toBe(true);
});

test("of cards that share a folder, one whose pattern is malformed ends nothing: what is wrong is said where it is listed", async () => {
  const folder = makeFolder({ "m/a/0.png": "" });
  folders.push(folder);
  const own = (annotations: string | number) =>
    holdsOwn(folder.root, { name: "sea", adapter: { format: "coco", annotations } as never });
  expect(await own("m/a/0.png")).toBe(true);
  expect(await own("m/b.json")).toBe(false);
  expect(await own("m/a{id/0.png")).toBe(undefined);
  expect(await own(5)).toBe(undefined);
});

test("a miniature of another benchmark in the same folder is told from a file that is lost", () => {
  const error = complain("adapter.annotations", "no file matches", { code: "not-found", expected: "b.json" });
  const card = { name: "b", archives: ["b.json"], homepage: "https://b" };
  const said = (drawn: boolean) =>
    unlisted(error, card, { root: "/home/samples/set", drawn }, { cwd: "/home" });
  expect(said(true)).toMatchObject({
    ...{ code: "not-found", what: "b has no miniature in the package" },
    got: "what lies at samples/set is of another benchmark",
  });
  expect(said(false).what).toBe(
    "b cannot be listed below samples/set: adapter.annotations: no file matches; expected b.json",
  );
});
