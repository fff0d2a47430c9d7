// Masks of drawn objects against pycocotools, on the miniatures and on random annotations of each format
// (scripts/oracle/datasets_polygons.py).
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import type { BitMask, TargetEntry } from "../../src/core/types.ts";
import { openDataset } from "../../src/datasets/index.ts";
import { toBytes } from "../../src/masks/bit-mask.ts";
import { makeFolder } from "../formats/fixture.ts";
import { held, readOracle } from "../helpers/oracle.ts";
import { gray } from "../helpers/synthetic.ts";
import { miniatures, readCard, rootOf } from "./cards.ts";
import { geoTiff, smallest } from "./drawn-files.ts";

type Fact = readonly [area: number, digest: string];
type Pairs = readonly (readonly [number, number])[];
const oracle = readOracle<{
  readonly width: number;
  readonly height: number;
  readonly miniatures: Readonly<Record<string, Readonly<Record<string, Fact>>>>;
  readonly random: Readonly<
    Record<string, { readonly given: readonly never[]; readonly facts: readonly Fact[] }>
  >;
}>("datasets/polygons");
const { width, height } = oracle;

function factOf(mask: BitMask): Fact {
  const bytes = toBytes(mask);
  return [
    bytes.reduce((sum, value) => sum + value, 0),
    createHash("sha256").update(bytes).digest("hex").slice(0, 12),
  ];
}

test.each(Object.entries(oracle.miniatures))("miniature of %s", async (name, facts) => {
  const found: Record<string, Fact> = {};
  for (const ref of await openDataset(readCard(name), rootOf(miniatures, name)).list())
    for (const target of (await ref.load()).targets)
      if (target.status === "ok") found[`${ref.id}/${target.id}`] = factOf(target.mask);
  expect(found).toEqual(facts);
  held("datasets/polygons", Object.keys(facts).length);
});

/** How each format writes what was drawn, all objects of it on one picture. */
const writers: Readonly<
  Record<string, (given: readonly never[]) => Readonly<Record<string, string | object>>>
> = {
  via: (given: readonly Pairs[]) => ({
    "one.json": {
      k: {
        filename: "a.png",
        regions: given.map((points) => ({
          shape_attributes: {
            name: "polygon",
            all_points_x: points.map(([x]) => x),
            all_points_y: points.map(([, y]) => y),
          },
        })),
      },
    },
  }),
  visor: (given) => ({
    "annotations/val/P01_01.json": {
      video_annotations: [
        { image: { name: "a.jpg" }, annotations: given.map((segments, id) => ({ id, name: "x", segments })) },
      ],
    },
  }),
  woodscape: (given: readonly (readonly Pairs[])[]) => ({
    "instance_annotations/a.json": {
      k: {
        image_width: width,
        image_height: height,
        annotation: given.flatMap((rings, id) =>
          rings.map((segmentation) => ({ id, tags: ["car"], group_id: `g${id}`, segmentation })),
        ),
      },
    },
  }),
  labelme: (given: readonly (readonly Pairs[])[]) => ({
    "a.json": {
      imagePath: "a.png",
      shapes: given.flatMap((rings, id) =>
        rings.map((points) => ({ label: "x", group_id: id, points, shape_type: "polygon" })),
      ),
    },
  }),
  supervisely: (given: readonly (readonly Pairs[] | object)[]) => ({
    "p/d/ann/a.png.json": {
      size: { width, height },
      objects: given.map((one, id) =>
        Array.isArray(one)
          ? { id, geometryType: "polygon", points: { exterior: one[0], interior: one.slice(1) } }
          : { id, geometryType: "bitmap", bitmap: one },
      ),
    },
  }),
  geojson: (given: readonly (readonly (readonly Pairs[])[])[]) => ({
    "geo7.geojson": {
      crs: { properties: { name: "EPSG:32616" } },
      features: given.map((coordinates, id) => ({ id, geometry: { type: "MultiPolygon", coordinates } })),
    },
  }),
  cvat: (given: readonly (Pairs | Readonly<Record<string, unknown>>)[]) => {
    // Polygons come before masks within an image: one image each keeps the order.
    const shape = (one: Pairs | Readonly<Record<string, unknown>>) =>
      Array.isArray(one)
        ? `<polygon label="x" points="${one.map((pair) => pair.join(",")).join(";")}"/>`
        : `<mask label="x" ${Object.entries(one)
            .map(([key, value]) => `${key}="${String(value)}"`)
            .join(" ")}/>`;
    const images = given.map(
      (one, i) => `<image id="${i}" name="${String(i).padStart(3, "0")}.png">${shape(one)}</image>`,
    );
    return { "annotations.xml": `<annotations>${images.join("\n")}</annotations>` };
  },
  "yolo-seg": (given: readonly Pairs[]) => ({
    "labels/a.txt": given.map((points) => `0 ${points.flat().join(" ")}`).join("\n"),
  }),
};

const pictureOf: Readonly<Record<string, string>> = {
  ...{ via: "one/a.png", visor: "rgb_frames/a.jpg", woodscape: "rgb_images/a.png", labelme: "a.png" },
  ...{ supervisely: "p/d/img/a.png", geojson: "img7.tif", "yolo-seg": "images/a.png" },
};

describe("random annotations", () => {
  test.each(Object.entries(oracle.random))("%s", async (format, { given, facts }) => {
    const png = await gray(Buffer.alloc(width * height), width, height).toBuffer();
    const picture = format === "geojson" ? geoTiff({ width, height }) : png;
    const pictures =
      format === "cvat"
        ? Object.fromEntries(given.map((_, i) => [`images/${String(i).padStart(3, "0")}.png`, png]))
        : { [pictureOf[format]!]: picture };
    const folder = makeFolder({ ...pictures, ...writers[format]!(given) });
    try {
      const adapter = {
        ...smallest[format as keyof typeof smallest].adapter,
        ...(format === "visor" && { space: [width, height] }),
      };
      const targets: TargetEntry[] = [];
      for (const ref of await openDataset({ name: "mini", adapter } as DatasetCard, folder.root).list())
        targets.push(...(await ref.load()).targets);
      const found = targets.map((target) => (target.status === "ok" ? factOf(target.mask) : target.reason));
      expect(facts.length).toBe(500);
      expect(found).toEqual(facts.map((fact) => (fact[0] === 0 ? "empty" : fact)));
      held("datasets/polygons", facts.length);
    } finally {
      folder.remove();
    }
  });
});
