// The smallest legal files of each format of drawn objects, all about the same 12x8 picture.
import { deflateSync } from "node:zlib";
import { encode } from "fast-png";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { greyPng } from "../formats/fixture.ts";

export const picture = greyPng(
  ...Array.from({ length: 8 }, (_, y) => "123456789012".slice(y % 3).padEnd(12, "5")),
);

/** A 2x2 patch whose upper right pixel is clear: RGBA, so the object is where alpha is above 0. */
export const patchPng = encode({
  width: 2,
  height: 2,
  channels: 4,
  depth: 8,
  data: Uint8Array.from([9, 9, 9, 255, 9, 9, 9, 0, 0, 0, 0, 255, 0, 0, 0, 1]),
});

/** A little-endian GeoTIFF of 16-bit samples: 2 map units a pixel, upper left corner at (100, 200). */
export function geoTiff({
  pixelIsPoint = false,
  /** GeoKeys of the coordinate system: the model's type, the geographic and the projected system. */
  system = { 1024: 1, 3072: 32616 } as Readonly<Record<number, number>>,
  turned = false,
  width = 12,
  height = 8,
} = {}): Uint8Array {
  const given = Object.entries({ ...system, 1025: pixelIsPoint ? 2 : 1 });
  const keys = [1, 1, 0, given.length, ...given.flatMap(([key, value]) => [Number(key), 0, 1, value])];
  const doubles = turned
    ? [0, 2, 0, 100, 2, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0, 1]
    : [2, 2, 0, 0, 0, 0, 100, 200, 0];
  const entries: [tag: number, type: number, count: number, value: number][] = [
    [256, 3, 1, width],
    [257, 3, 1, height],
    [258, 3, 1, 16],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [273, 4, 1, 0],
    [277, 3, 1, 1],
    [278, 3, 1, height],
    [279, 4, 1, 2 * width * height],
    ...(turned
      ? [[34264, 12, 16, 0] as [number, number, number, number]]
      : [
          [33550, 12, 3, 0] as [number, number, number, number],
          [33922, 12, 6, 24] as [number, number, number, number],
        ]),
    [34735, 3, keys.length, 0],
  ];
  const start = 8 + 2 + 12 * entries.length + 4;
  const doublesAt = start;
  const keysAt = doublesAt + 8 * doubles.length;
  const pixelsAt = keysAt + 2 * keys.length;
  const bytes = Buffer.alloc(pixelsAt + 2 * width * height);
  bytes.write("II*\0", "latin1");
  bytes.writeUInt32LE(8, 4);
  bytes.writeUInt16LE(entries.length, 8);
  entries.forEach(([tag, type, count, value], i) => {
    const at = 10 + 12 * i;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(type, at + 2);
    bytes.writeUInt32LE(count, at + 4);
    const place = type === 12 ? doublesAt + value : tag === 34735 ? keysAt : tag === 273 ? pixelsAt : value;
    if (type === 3 && count === 1) bytes.writeUInt16LE(place, at + 8);
    else bytes.writeUInt32LE(place, at + 8);
  });
  for (const [i, value] of doubles.entries()) bytes.writeDoubleLE(value, doublesAt + 8 * i);
  for (const [i, value] of keys.entries()) bytes.writeUInt16LE(value, keysAt + 2 * i);
  for (let i = 0; i < width * height; i++) bytes.writeUInt16LE((100 * i) % 65536, pixelsAt + 2 * i);
  return bytes;
}

const square = [
  [1, 1],
  [4, 1],
  [4, 3],
  [1, 3],
] as const;
const big = [
  [1, 1],
  [9, 1],
  [9, 7],
  [1, 7],
] as const;
const hole = [
  [3, 3],
  [5, 3],
  [5, 5],
  [3, 5],
] as const;
const axes = (points: readonly (readonly [number, number])[]) => ({
  all_points_x: points.map(([x]) => x),
  all_points_y: points.map(([, y]) => y),
});
const map = (points: readonly (readonly [number, number])[]) =>
  points.map(([x, y]) => [100 + 2 * x, 200 - 2 * y, 7]);

type Format = "via" | "cvat" | "visor" | "labelme" | "supervisely" | "woodscape" | "geojson" | "yolo-seg";

export interface Smallest {
  readonly adapter: DatasetCard["adapter"];
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

export const smallest: Readonly<Record<Format, Smallest>> = {
  via: {
    adapter: { format: "via", annotations: "{part}.json", images: ["{part}"], category: "kind" },
    files: {
      "one/a.png": picture,
      "one.json": JSON.stringify({
        _via_img_metadata: {
          "a.png9": {
            filename: "a.png",
            size: 9,
            regions: [
              { shape_attributes: { name: "polygon", ...axes(square) }, region_attributes: { kind: "car" } },
              {
                shape_attributes: { name: "rect", x: 2, y: 2, width: 3, height: 2 },
                region_attributes: { kind: { van: true, bus: false } },
              },
              { shape_attributes: { name: "circle", cx: 6, cy: 4, r: 2 }, region_attributes: {} },
              { shape_attributes: { name: "ellipse", cx: 6, cy: 4, rx: 3, ry: 1, theta: Math.PI / 2 } },
              { shape_attributes: { name: "polyline", ...axes(square) } },
            ],
          },
        },
      }),
    },
  },
  cvat: {
    adapter: { format: "cvat", annotations: "annotations.xml", images: ["images"] },
    files: {
      "images/b/a.png": picture,
      "images/frame_000003.PNG": picture,
      "annotations.xml": `<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><original_size><width>12</width><height>8</height></original_size></task></meta>
<image id="0" name="b/a.png" width="12" height="8">
<polygon label="car" points="1,1;4,1;4,3;1,3" group_id="2"/><polygon label="car" points="6,1;8,1;8,3;6,3" group_id="2"/>
<box label="car" xtl="2" ytl="2" xbr="6" ybr="4" rotation="90"/><ellipse label="eye" cx="6" cy="4" rx="3" ry="1"/>
<mask label="spot" rle="1, 2, 3" left="4" top="2" width="3" height="2"/><points label="nose" points="3,3"/></image>
<track id="7" label="cat &amp; dog"><polygon frame="3" outside="0" points="1,1;4,1;4,3;1,3"/><polygon frame="4" outside="1" points="1,1;4,1;4,3"/></track>
</annotations>`,
    },
  },
  visor: {
    adapter: {
      format: "visor",
      annotations: "annotations/val/*.json",
      frames: "rgb_frames/**/*.jpg",
      space: [24, 16],
    },
    files: {
      "rgb_frames/P01/P01_01/P01_01_frame_0000000283.jpg": picture,
      "annotations/val/P01_01.json": JSON.stringify({
        video_annotations: [
          {
            image: { image_path: "nowhere/x.jpg", name: "P01_01_frame_0000000283.jpg", video: "P01_01" },
            annotations: [
              {
                id: "m",
                name: "mug",
                segments: [big.map(([x, y]) => [2 * x, 2 * y]), hole.map(([x, y]) => [2 * x, 2 * y])],
              },
              { id: "e", name: "pan", segments: [] },
              {
                id: "f",
                name: "lid",
                segments: [
                  [],
                  [
                    [1, 1],
                    [9, 9],
                  ],
                ],
              },
            ],
          },
        ],
      }),
    },
  },
  labelme: {
    adapter: {
      format: "labelme",
      annotations: "**/{image}.json",
      images: ["."],
      ignoreCategories: ["__ignore__"],
    },
    files: {
      "a.png": picture,
      "a.json": JSON.stringify({
        version: "5.0",
        shapes: [
          { label: "dog", points: square, group_id: 1, shape_type: "polygon" },
          {
            label: "dog",
            points: [
              [8, 5],
              [6, 7],
            ],
            group_id: 1,
            shape_type: "rectangle",
          },
          {
            label: "ball",
            points: [
              [6, 4],
              [8, 4],
            ],
            group_id: null,
            shape_type: "circle",
          },
          {
            label: "spot",
            points: [
              [3, 2],
              [4, 3],
            ],
            shape_type: "mask",
            mask: Buffer.from(patchPng).toString("base64"),
          },
          {
            label: "way",
            points: [
              [3, 2],
              [4, 3],
            ],
            shape_type: "line",
          },
          {
            label: "__ignore__",
            points: [
              [10, 0],
              [12, 0],
              [12, 1],
              [10, 1],
            ],
          },
        ],
        imagePath: "..\\photos\\a.png",
        imageData: null,
        imageHeight: 8,
        imageWidth: 12,
      }),
    },
  },
  supervisely: {
    adapter: { format: "supervisely", images: "**/img/{image}", annotations: "**/ann/{image}.json" },
    files: {
      "p/d/img/a.png": picture,
      "p/d/ann/a.png.json": JSON.stringify({
        size: { height: 8, width: 12 },
        objects: [
          { id: 5, classTitle: "leaf", geometryType: "polygon", points: { exterior: big, interior: [hole] } },
          {
            id: 6,
            classTitle: "leaf",
            geometryType: "bitmap",
            bitmap: { data: deflateSync(patchPng).toString("base64"), origin: [11, 5] },
          },
          {
            id: 7,
            geometryType: "rectangle",
            points: {
              exterior: [
                [1, 1],
                [3, 3],
              ],
              interior: [],
            },
          },
          {
            id: 8,
            geometryType: "line",
            points: {
              exterior: [
                [1, 1],
                [3, 3],
              ],
              interior: [],
            },
          },
        ],
      }),
    },
  },
  woodscape: {
    adapter: {
      format: "woodscape",
      images: "**/rgb_images/{image}.png",
      annotations: "**/instance_annotations/{image}.json",
      excludeCategories: ["void"],
    },
    files: {
      "rgb_images/00001_FV.png": picture,
      "instance_annotations/instance_annotations/00001_FV.json": JSON.stringify({
        "00007_FV.json": {
          image_width: 12,
          image_height: 8,
          annotation: [
            { id: "a", tags: ["car"], group_id: "g", segmentation: square },
            {
              id: "b",
              tags: ["car"],
              group_id: "g",
              segmentation: [
                [6, 1],
                [8, 1],
                [8, 3],
                [6, 3],
              ],
            },
            {
              id: "c",
              tags: ["pole"],
              segmentation: [
                [-3.5, -2.25],
                [2, 0],
                [2, 9.5],
                [0, 9.5],
              ],
            },
            { id: "d", tags: ["void"], segmentation: square },
            { id: "e", tags: ["car", "van"], segmentation: square },
          ],
        },
      }),
    },
  },
  geojson: {
    adapter: {
      format: "geojson",
      images: "img{chip}.tif",
      annotations: "geo{chip}.geojson",
      category: "kind",
    },
    files: {
      "img7.tif": geoTiff(),
      "geo7.geojson": JSON.stringify({
        type: "FeatureCollection",
        crs: { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::32616" } },
        features: [
          {
            type: "Feature",
            properties: { kind: "house" },
            geometry: { type: "Polygon", coordinates: [map(big), map(hole)] },
          },
          {
            type: "Feature",
            properties: {},
            geometry: {
              type: "MultiPolygon",
              coordinates: [
                [map(square)],
                [
                  map([
                    [6, 1],
                    [8, 1],
                    [8, 3],
                    [6, 3],
                  ]),
                ],
              ],
            },
          },
          { type: "Feature", properties: null, geometry: null },
        ],
      }),
    },
  },
  "yolo-seg": {
    adapter: {
      format: "yolo-seg",
      images: "images/{image}.png",
      annotations: "labels/{image}.txt",
      names: { "0": "leaf" },
    },
    files: {
      "images/a.png": picture,
      "images/b.png": picture,
      "labels/a.txt":
        "0 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75\r\n\r\n3 0 0 0.5 0 0.5 0.5\n1 0.5 0.5 0.2 0.2\n",
    },
  },
};
