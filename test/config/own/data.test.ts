// Annotations of one's own, prepared as a run: how they are asked is told by the models, before anything of them is read.
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { registries } from "../../../src/config/registries.ts";
import { prepare } from "../../../src/config/runs/prepare.ts";
import { makeFolder } from "../../formats/fixture.ts";
import { packageFolder } from "../../helpers/synthetic.ts";

/** Names of the formats that the data were listed in, one after the other. */
const listed: string[] = [];
const noting = <Open extends typeof registries.openSamples | typeof registries.openDataset>(open: Open) =>
  ((card, root, note) => {
    listed.push(card.adapter.format);
    // It was read to tell its format: nobody reads it again.
    writeFileSync(file, "{}");
    return open(card, root, note);
  }) as Open;
const watched = {
  ...registries,
  openSamples: noting(registries.openSamples),
  openDataset: noting(registries.openDataset),
};

const folder = makeFolder();
const file = join(folder.root, "coco.json");
afterAll(() => folder.remove());
const image = "drawn_200000.jpg";
mkdirSync(join(folder.root, "images"));
cpSync(
  join(packageFolder, "datasets", "samples", "drawn-phrases", "images", image),
  join(folder.root, "images", image),
);
const annotations = ["star", "dog"].map((_, i) => ({
  ...{ id: i + 1, image_id: 1, category_id: i + 1, iscrowd: 0, area: 1250 },
  segmentation: [[10, 10, 60, 10, 60, 60]],
}));
const images = [{ id: 1, file_name: image, width: 256, height: 256 }];
const categories = ["yellow_star", "dog"].map((name, i) => ({ id: i + 1, name }));
beforeEach(() => {
  listed.splice(0);
  writeFileSync(file, JSON.stringify({ images, categories, annotations }));
});

const own = { images: "images", annotations: "coco.json" };
const prepared = (model: string, more: object = {}) =>
  prepare(
    { own: true, overrides: { model: [model] }, ownData: own, cwd: folder.root, env: {}, ...more },
    watched,
  );

// Listed to try out its format; that listing is taken, unless phrases are asked.
test.each([
  ["tiny", ["sam1-d1@1", "box@1"], ["coco"]],
  ["tiny-concept", ["concept@1"], ["coco", "coco-phrases"]],
] as const)("%s: the file is prepared once", async (model, protocols, formats) => {
  const { plan, benchmarks } = await prepared(model);
  expect(plan.protocols).toEqual(protocols);
  expect(benchmarks[0]!.refs[0]!.phrases).toEqual(model === "tiny" ? undefined : ["yellow star", "dog"]);
  expect(listed).toEqual(formats);
});

test.each([
  ["", undefined],
  ["protocols: [box@1]\n", "does not take images; expected `protocols` concept@1"],
])("what a run file says counts as what a call says: %j", async (more, refused) => {
  const text = "name: own\nmodels: [tiny-concept]\nbenchmarks: [doors]\n";
  writeFileSync(join(folder.root, "run.yaml"), text + more);
  const found = prepared("", { own: false, file: "run.yaml", overrides: {} });
  if (refused !== undefined) return expect(found).rejects.toThrow(refused);
  const { plan } = await found;
  expect([plan.protocols, plan.benchmarks.length]).toEqual([["concept@1"], 1]);
});

test("what is wrong with models and with data is said at once", async () => {
  const wrong = { ownData: { ...own, annotations: "none.json" } };
  const { problems } = (await prepared("tiny-concep", wrong).catch((error: unknown) => error)) as {
    readonly problems: readonly { readonly what: string }[];
  };
  expect(problems.map(({ what }) => what)).toEqual(["there is no such file or folder", "unknown model"]);
});
