// Formats of drawn objects: the smallest legal files, and each way to be wrong.
import { describe, expect, test } from "vitest";
import { datasetContract } from "../contracts/dataset.ts";
import { draw } from "../helpers/ascii-mask.ts";
import { geoTiff, picture, smallest } from "./drawn-files.ts";
import { edited, type Format, open, refusal, story } from "./drawn-story.ts";

const counts: Readonly<
  Record<Format, { images: number; targets: { ok: number; dropped?: number; failed?: number } }>
> = {
  via: { images: 1, targets: { ok: 4, dropped: 1 } },
  cvat: { images: 3, targets: { ok: 5 } },
  visor: { images: 1, targets: { ok: 1, dropped: 2 } },
  labelme: { images: 1, targets: { ok: 3, dropped: 2 } },
  supervisely: { images: 1, targets: { ok: 3, dropped: 1 } },
  woodscape: { images: 1, targets: { ok: 2, dropped: 2 } },
  geojson: { images: 1, targets: { ok: 2, dropped: 1 } },
  "yolo-seg": { images: 2, targets: { ok: 2, failed: 1 } },
};

for (const [format, { images, targets }] of Object.entries(counts)) {
  if (format === "cvat") continue;
  datasetContract({ name: format, open: () => open(format as Format), images, targets });
}

const SQUARE = "1: .### .###";

describe("via", () => {
  test("all shapes, in a project file", async () => {
    expect(await story(open("via"))).toEqual({
      "one/a": 4,
      "one/a/0 car": SQUARE,
      "one/a/1 van": "2: ..### ..###",
      "one/a/2": "2: .....## ....#### ....#### .....##",
      "one/a/3": "1: ......# .....## .....## .....## .....## ......#",
      "one/a/4": "dropped: empty",
    });
  });

  test("version 1: regions are an object, outlines repeat their first point; strays are left out", async () => {
    const shape_attributes = {
      name: "polygon",
      all_points_x: [1, 4, 4, 1, 1],
      all_points_y: [1, 1, 3, 3, 1],
    };
    const json = {
      "a.png9": { filename: "a.png", regions: { "0": { shape_attributes } } },
      "via_region_data.json": {},
    };
    expect(await story(open("via", { "one/a.png": picture, "one.json": json }))).toEqual({
      "one/a": 1,
      "one/a/0": SQUARE,
    });
  });

  test("ways to be wrong", async () => {
    const of = (json: unknown) => ({ "one/a.png": picture, "one.json": JSON.stringify(json) });
    expect(await refusal(open("via", of([1])))).toBe(
      "SegbenchError: one.json: not an annotation file of VIA 1 or 2; expected an object of images, got [1]",
    );
    expect(await refusal(open("via", of({ images: [] })))).toBe(
      'SegbenchError: one.json: not an annotation file of VIA 1 or 2; expected images with filename and regions, got ["images"]',
    );
    expect(await refusal(open("via", of({ k: { filename: "../../a.png", regions: [] } })))).toBe(
      "SegbenchError: one.json: k: a file name leaves the data folder; expected a name below it, got /one/../../a.png",
    );
    expect(await refusal(open("via", { "other.txt": "" }))).toBe(
      "SegbenchError: mini: adapter.annotations: no annotation file was found; expected {part}.json",
    );
    const shapes = [
      { name: "polygon", all_points_x: [1, 2, 3], all_points_y: [1, 2] },
      { name: "star" },
      { name: "rect", x: 1, y: "a" },
      { name: "polygon" },
    ];
    const regions = shapes.map((shape_attributes) => ({ shape_attributes }));
    expect(await story(open("via", of({ k: { filename: "a.png", regions: [...regions, null] } })))).toEqual({
      "one/a": 5,
      "one/a/0":
        "failed: one.json: k: regions[0]: the lists of x and of y differ in length; expected 3, got 2",
      "one/a/1":
        'failed: one.json: k: regions[1]: unknown shape; expected polygon, rect, circle, ellipse, polyline, line, point, got "star"',
      "one/a/2": 'failed: one.json: k: regions[2]: y is not a number; got "a"',
      "one/a/3":
        "failed: one.json: k: regions[3]: the outline is not a list of points; expected [[x, y], ...], got nothing",
      "one/a/4": "failed: one.json: k: regions[4]: not a region; got null",
    });
  });
});

describe("cvat", () => {
  test("groups, a turned box, an ellipse, run lengths by rows, a track", async () => {
    expect(await story(open("cvat"))).toEqual({
      "b/a": 4,
      "b/a/0 car": "1: .###..## .###..##",
      "b/a/1 car": "1: ...## ...## ...## ...##",
      "b/a/2 eye": "3: ....##### ...######",
      "b/a/3 spot": "2: .....##",
      "b/a/4 nose": "dropped: empty",
      frame_000003: 1,
      "frame_000003/0 cat & dog": SQUARE,
      frame_000004: "images/frame_000004: there is no such file",
    });
  });

  test("ways to be wrong", async () => {
    const of = (change: (text: string) => string) => open("cvat", edited("cvat", "annotations.xml", change));
    expect(await refusal(of(() => "<annotations>\n<image></annotations>"))).toBe(
      "SegbenchError: annotations.xml, line 2, column 22: not XML; got unexpected close tag",
    );
    expect(await refusal(of(() => "<a/>"))).toBe(
      "SegbenchError: annotations.xml: no element <annotations>; expected CVAT XML 1.1",
    );
    expect(await refusal(of((text) => text.replace('name="b/a.png"', "")))).toBe(
      "SegbenchError: annotations.xml: image 0: an image without a name",
    );
    expect(
      await story(
        of((text) =>
          text
            .replace('rle="1, 2, 3"', 'rle="1, 2, 9"')
            .replace('points="1,1;4,1;4,3;1,3" g', 'points="1,1;4" g'),
        ),
      ),
    ).toMatchObject({
      "b/a/0 car":
        'failed: annotations.xml: image "b/a.png": polygon[0]: points are not pairs of numbers; expected x,y;x,y;..., got "1,1;4"',
      "b/a/3 spot":
        'failed: annotations.xml: image "b/a.png": mask[0]: run lengths do not add up to width x height; expected 6, got 12',
    });
    expect(
      await story(of((text) => text.replace('width="12" height="8">', 'width="8" height="12">'))),
    ).toMatchObject({
      "b/a/2 eye":
        'failed: annotations.xml: image "b/a.png": ellipse[0]: it was drawn on an image of a different size; expected 12x8, got 8x12',
    });
  });
});

describe("visor", () => {
  const file = "annotations/val/P01_01.json";
  const id = "P01_01_frame_0000000283";

  test("points are scaled, a polygon within a polygon is a hole", async () => {
    expect(await story(open("visor"))).toEqual({
      [id]: 1,
      [`${id}/m mug`]: "1: .######## .######## .##..#### .##..#### .######## .########",
      [`${id}/e pan`]: "dropped: empty",
      [`${id}/f lid`]: "dropped: empty",
    });
  });

  test("ways to be wrong", async () => {
    const of = (change: (text: string) => string) => open("visor", edited("visor", file, change));
    expect(await refusal(of(() => "{}"))).toBe(
      `SegbenchError: ${file}: no list "video_annotations"; expected a VISOR annotation file`,
    );
    expect(await story(of((text) => text.replace('"segments":[]', '"segments":{"a":1}')))).toMatchObject({
      [`${id}/e pan`]: `failed: ${file}: ${id}.jpg: annotation e: the outline is not a list of points; expected [[x, y], ...], got {"a":1}`,
    });
    expect(await story(of((text) => text.replaceAll("0000000283", "0000000284")))).toEqual({
      P01_01_frame_0000000284: `${file}: video_annotations[0]: its frame is missing; expected P01_01_frame_0000000284.jpg`,
    });
  });
});

describe("labelme", () => {
  test("groups, circle, bitmap, line; ignored pixels; a path of another machine", async () => {
    const dataset = open("labelme");
    expect(await story(dataset)).toEqual({
      a: 3,
      "a/0 dog": "1: .### .###   ......## ......##",
      "a/2 ball": "2: .....## ....#### ....#### .....##",
      "a/3 spot": "2: ...# ...##",
      "a/4 way": "dropped: empty",
      "a/5 __ignore__": "dropped: ignore",
    });
    const [target] = (await (await dataset.list())[0]!.load()).targets;
    expect(target?.status === "ok" && draw(target.ignore!)[0]).toBe("..........##");
  });

  test("ways to be wrong", async () => {
    const of = (change: (text: string) => string) => open("labelme", edited("labelme", "a.json", change));
    expect(await refusal(of(() => '{"shapes": 1}'))).toBe(
      'SegbenchError: a.json: no list "shapes"; expected a LabelMe annotation',
    );
    expect(await refusal(of((text) => text.replace('"imageWidth":12', '"imageWidth":-1')))).toBe(
      "SegbenchError: a.json: imageWidth, imageHeight: not the size of an image; expected whole numbers above 0, got -1x8",
    );
    expect(
      await story(of((text) => text.replace('"circle"', '"blob"').replace('"mask":"', '"mask":"AAAA'))),
    ).toMatchObject({
      "a/2 ball": expect.stringMatching(
        /^failed: a\.json: shapes\[2\]: unknown shape_type; expected polygon, .* got "blob"$/,
      ),
      "a/3 spot": expect.stringMatching(
        /^failed: a\.json: shapes\[3\]: the bitmap cannot be decoded; expected base64 of a PNG, got /,
      ),
    });
    expect(await story(of((text) => text.replace("..\\\\photos\\\\a.png", "../..")))).toEqual({
      a: 'a.json: imagePath does not name a file below the data folder; got "../.."',
    });
    expect(await story(of((text) => text.replace("a.png", "none.png")))).toEqual({
      a: 'a.json: its image is missing: there is no such file, and imageData holds none; expected none.png, got "..\\\\photos\\\\none.png"',
    });
  });
});

test("supervisely: holes, a bitmap past the border, a rectangle, a line", async () => {
  expect(await story(open("supervisely"))).toEqual({
    a: 3,
    "a/5 leaf": "1: .######## .######## .##..#### .##..#### .######## .########",
    "a/6 leaf": "5: ...........# ...........#",
    "a/7": "1: .## .##",
    "a/8": "dropped: empty",
  });
  const wrong = edited("supervisely", "p/d/ann/a.png.json", (text) =>
    text.replace('"geometryType":"rectangle"', '"geometryType":7').replace("[11,5]", "[11]"),
  );
  expect(await story(open("supervisely", wrong))).toMatchObject({
    "a/6 leaf": "failed: p/d/ann/a.png.json: objects[1]: origin: 1 is not a number; got nothing",
    "a/7": "failed: p/d/ann/a.png.json: objects[2]: an object without geometryType; got 7",
  });
});

test("woodscape: linked parts, an outline past the border, excluded tags, an old key, folders twice", async () => {
  const name = "instance_annotations/instance_annotations/00001_FV.json";
  expect(await story(open("woodscape"))).toEqual({
    "00001_FV": 2,
    "00001_FV/a car": "1: .###..## .###..##",
    "00001_FV/c pole": "0: ## ## ## ## ## ## ## ##",
    "00001_FV/d void": "dropped: excluded",
    "00001_FV/e (not one tag)": "dropped: excluded",
  });
  expect(
    await refusal(
      open(
        "woodscape",
        edited("woodscape", name, () => "[]"),
      ),
    ),
  ).toBe(
    `SegbenchError: ${name}: not an annotation of one WoodScape image; expected one member with a list "annotation", got []`,
  );
  const { "rgb_images/00001_FV.png": _, ...lonely } = smallest.woodscape.files;
  expect(await story(open("woodscape", lonely))).toEqual({
    "00001_FV": `${name}: its image is missing; expected **/rgb_images/00001_FV.png`,
  });
});

describe("geojson", () => {
  test("map coordinates, holes, several polygons, no geometry", async () => {
    const told = {
      img7: 2,
      "img7/0 house": "1: .######## .######## .##..#### .##..#### .######## .########",
      "img7/1": "1: .###..## .###..##",
      "img7/2": "dropped: empty",
    };
    expect(await story(open("geojson"))).toEqual(told);
  });

  test("pixels mean points, a turned picture, coordinates that are pixels", async () => {
    const with_ = (tif: Uint8Array) => open("geojson", { ...smallest.geojson.files, "img7.tif": tif });
    // Half a pixel right and down; COCO's rule rounds halves like this.
    expect((await story(with_(geoTiff({ pixelIsPoint: true }))))["img7/1"]).toMatch(/^[12]: /);
    const map = (x: number, y: number) => [100 + 2 * y, 200 + 2 * x];
    const turned = {
      features: [
        { geometry: { type: "Polygon", coordinates: [[map(1, 1), map(4, 1), map(4, 3), map(1, 3)]] } },
      ],
      crs: { properties: { name: "EPSG:32616" } },
    };
    expect(
      await story(open("geojson", { "img7.tif": geoTiff({ turned: true }), "geo7.geojson": turned })),
    ).toMatchObject({ "img7/0": SQUARE });
    const pixels = {
      features: [
        {
          id: "f",
          geometry: {
            type: "Polygon",
            coordinates: [
              [
                [1, 1],
                [4, 1],
                [4, 3],
                [1, 3],
              ],
            ],
          },
        },
      ],
    };
    expect(
      await story(
        open("geojson", { "img7.tif": geoTiff(), "geo7.geojson": pixels }, { coordinates: "pixels" }),
      ),
    ).toEqual({ img7: 1, "img7/f": SQUARE });
  });

  test("ways to be wrong", async () => {
    const of = (change: (text: string) => string) =>
      open("geojson", edited("geojson", "geo7.geojson", change));
    expect(await story(of((text) => text.replace("EPSG::32616", "EPSG::32617")))).toEqual({
      img7: "geo7.geojson: the outlines and their image use different coordinate systems; expected EPSG:32616, got EPSG:32617",
    });
    expect(await story(of((text) => text.replace(/"name": ?"urn[^"]*"/, '"name":[{"a":1}]')))).toEqual({
      img7: 'geo7.geojson: the outlines and their image use different coordinate systems; expected EPSG:32616, got "[{"a":1}]"',
    });
    expect(await story(of((text) => text.replace('"Polygon"', '"Star"')))).toMatchObject({
      "img7/0 house":
        'failed: geo7.geojson: features[0]: unknown geometry; expected Polygon, MultiPolygon, GeometryCollection, Point, MultiPoint, LineString, MultiLineString, got "Star"',
    });
    expect(await story(open("geojson", { ...smallest.geojson.files, "img7.tif": picture }))).toEqual({
      img7: expect.stringMatching(/^img7\.tif: not a GeoTIFF; got /),
    });
  });
});

test("yolo-seg: shares of the sides, class names, boxes, no label file", async () => {
  expect(await story(open("yolo-seg"))).toEqual({
    a: 3,
    "a/1 leaf": "2: ...###### ...###### ...###### ...######",
    "a/3 3": "0: .##### ..#### ....## .....#",
    "a/4 1":
      "failed: labels/a.txt, line 4: a box instead of an outline; expected 3 points or more, got 4 numbers",
    b: 0,
  });
  const wrong = edited("yolo-seg", "labels/a.txt", () => "0 0.1 0.2 0.3 x 0.5 0.6\n0 0.1 0.2 0.3 0.4 0.5\n");
  expect(await story(open("yolo-seg", wrong))).toMatchObject({
    "a/1 leaf": "failed: labels/a.txt, line 1: not a number; got x",
    "a/2 leaf":
      "failed: labels/a.txt, line 2: not an outline; expected x and y of 3 points or more, got 5 numbers",
  });
});

describe("a name that can be divided in several ways", () => {
  test("yolo-seg: has the label file that is there", async () => {
    const patterns = { images: "images/{split}_{image}.png", annotations: "labels/{split}/{image}.txt" };
    const files = { "images/a_left_lung.png": picture, "labels/a/left_lung.txt": "0 0 0 1 0 1 1 0 1\n" };
    expect(await story(open("yolo-seg", files, patterns))).toMatchObject({
      a_left_lung: 1,
      "a_left_lung/1 leaf": expect.any(String),
    });
  });

  test("via: the images lie in the folder that is there", async () => {
    const shape_attributes = { name: "rect", x: 0, y: 0, width: 2, height: 2 };
    const json = { k: { filename: "p.png", regions: [{ shape_attributes }] } };
    const patterns = { annotations: "{site}_{part}.json", images: ["{site}/{part}"] };
    for (const folder of ["a/b_c", "a_b/c"]) {
      const dataset = open("via", { [`${folder}/p.png`]: picture, "a_b_c.json": json }, patterns);
      expect(Object.keys(await story(dataset))).toHaveLength(2);
      expect(Object.values(await story(dataset)).filter((text) => String(text).startsWith("a"))).toEqual([]);
    }
  });
});
