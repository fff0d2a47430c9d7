// Files as people have them: other tools' spellings of known shapes, shapes that are not drawn, and values that mean nothing.
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { greyPng } from "../formats/fixture.ts";
import { geoTiff, patchPng, picture } from "./drawn-files.ts";
import { open, refusal, story } from "./drawn-story.ts";

const SQUARE = "1: .### .###";
const square = [
  [1, 1],
  [4, 1],
  [4, 3],
  [1, 3],
];

describe("cvat", () => {
  const of = (inner: string, files: object = { "images/a.png": picture }) =>
    open("cvat", { ...files, "annotations.xml": `<annotations>${inner}</annotations>` });
  const image = (inner: string, more = "") =>
    `<image name="a.png" width="12" height="8"${more}>${inner}</image>`;

  test("shapes without an area are empty and said, others that cannot be drawn fail", async () => {
    const dataset = of(
      image(
        `<tag label="day"/><skeleton label="s"><points label="1" points="1,1"/></skeleton>
        <cuboid label="box" xtl1="1" ytl1="1"/><polyline label="way" points="1,1;4,1;4,3"/><Polygon label="odd" points="1,1"/>
        <polygon label="x" points=" 1,1;4,1;4,3;1,3; "/><mask label="m" rle="0, 6" left="10" top="2" width="3" height="2"/>`,
      ),
    );
    const expected = "expected polygon, box, ellipse, mask, polyline, points, skeleton, got";
    const where = 'annotations.xml: image "a.png"';
    expect(await story(dataset)).toEqual({
      a: 4,
      "a/0 x": SQUARE,
      "a/1 m": "2: ..........## ..........##",
      "a/2 s": "dropped: empty",
      "a/3 box": `failed: ${where}: cuboid[0]: a shape that cannot be drawn; ${expected} cuboid`,
      "a/4 way": "dropped: empty",
      "a/5 odd": `failed: ${where}: Polygon[0]: a shape that cannot be drawn; ${expected} Polygon`,
    });
    expect(dataset.notes()).toEqual([
      `${where}: left out: tags of whole images, which have no outline`,
      "images/a.png: skipped shape, which has no area: polyline",
      "images/a.png: skipped shape, which has no area: skeleton",
    ]);
  });

  test.each([
    ["1,1;4,1;;4,3", "1,1;4,1;;4,3"],
    ["1,1,1;4,1,1;4,3,1;1,3,1", "1,1,1;4,1,1;4,3,1;1,3,1"],
    ["", ""],
    ["1 1;4 1;4 3", "1 1;4 1;4 3"],
  ])("points %j", async (points) => {
    expect(await story(of(image(`<polygon label="x" points="${points}"/>`)))).toMatchObject({
      "a/0 x": `failed: annotations.xml: image "a.png": polygon[0]: points are not pairs of numbers; expected x,y;x,y;..., got ${JSON.stringify(points)}`,
    });
  });

  test("subsets of a project: in ids always, in folders where there are such", async () => {
    const box = '<box label="x" xtl="1" ytl="1" xbr="4" ybr="3"/>';
    const both = image(box, ' subset="Train"') + image(box, ' subset="Val &amp; Test"');
    const apart = { "images/Train/a.png": picture, "images/Val & Test/a.png": picture };
    const told = { "Train/a": 1, "Train/a/0 x": SQUARE, "Val & Test/a": 1, "Val & Test/a/0 x": SQUARE };
    expect(await story(of(both, apart))).toEqual(told);
    expect(await story(of(image(box, ' subset="Train"')))).toEqual({ "Train/a": 1, "Train/a/0 x": SQUARE });
    // One file cannot be both.
    expect(await story(of(both))).toEqual({
      "Train/a": "images/Train/a.png: there is no such file",
      "Val & Test/a": "images/Val & Test/a.png: there is no such file",
    });
  });

  test("tracks: subsets, gaps between frames, shapes that have no area", async () => {
    const shape = (frame: number, name = "polygon") =>
      `<${name} frame="${frame}" outside="0" points="1,1;4,1;4,3;1,3"/>`;
    const files = { "images/Train/frame_000000.png": picture, "images/Val/frame_000000.png": picture };
    const train = '<track id="0" label="x" task_id="1" subset="Train">';
    const dataset = of(
      `${train}${shape(0)}</track><track id="1" label="y" task_id="2" subset="Val">${shape(0)}${shape(0, "points")}</track>`,
      files,
    );
    expect(await story(dataset)).toEqual({
      "Train/frame_000000": 1,
      "Train/frame_000000/0 x": SQUARE,
      "Val/frame_000000": 1,
      "Val/frame_000000/0 y": SQUARE,
      "Val/frame_000000/1 y": "dropped: empty",
    });
    const gap = of(`${train}${[0, 1, 5, 6].map((frame) => shape(frame)).join("")}</track>`, files);
    await gap.list();
    expect(gap.notes()).toEqual([
      "annotations.xml: track 0: tracks without a shape in some of their frames: nothing is put there",
    ]);
    const twoTasks = of(
      `${train}${shape(0)}</track>${train.replace('"1"', '"3"')}${shape(0)}</track>`,
      files,
    );
    expect(await refusal(twoTasks)).toBe(
      "SegbenchError: annotations.xml: track 0: tracks of two tasks share a subset: which of its files are whose is not said; expected one task a subset, got tasks 1, 3",
    );
  });
});

describe("labelme", () => {
  const of = (shapes: readonly object[], more: object = {}, files: object = { "a.png": picture }) =>
    open("labelme", {
      ...files,
      "a.json": { shapes, imagePath: "a.png", imageHeight: 8, imageWidth: 12, ...more },
    });
  const one = { label: 3, points: square };

  test("other tools' names of outlines, and points too many or too few", async () => {
    const dataset = of([
      { ...one, shape_type: "quadrilateral" },
      { label: "r", points: [...square, square[0]], shape_type: "rectangle" },
      { label: "r", points: square.slice(0, 3), shape_type: "rectangle" },
      { label: "c", points: square.slice(0, 3), shape_type: "circle" },
      { label: "t", points: [square[0], square[2]], shape_type: "rotation" },
      { label: "k", points: square, shape_type: "cuboid" },
      { label: "p", points: [[1, 1]], shape_type: "point" },
      {
        label: "m",
        points: [
          [3, 2],
          [5, 3],
        ],
        shape_type: "mask",
        mask: Buffer.from(patchPng).toString("base64"),
      },
    ]);
    expect(await story(dataset)).toEqual({
      a: 7,
      "a/0 3": SQUARE,
      "a/1 r": SQUARE,
      "a/2 r": "failed: a.json: shapes[2]: not a rectangle; expected 2 or 4 corners, got 3 points",
      "a/3 c": "failed: a.json: shapes[3]: not the points of this shape; expected 2 points, got 3 points",
      "a/4 t": "failed: a.json: shapes[4]: not a rectangle; expected 4 corners, got 2 points",
      "a/5 k":
        'failed: a.json: shapes[5]: unknown shape_type; expected polygon, rectangle, rotation, oriented_rectangle, quadrilateral, circle, mask, line, linestrip, point, points, got "cuboid"',
      "a/6 p": "dropped: empty",
      "a/7 m":
        "failed: a.json: shapes[7]: the mask is not as large as the box between its two points; expected 3x2, got 2x2",
    });
    expect(dataset.notes()).toEqual(["a.png: skipped shape, which has no area: point"]);
  });

  test("the embedded image, where there is none beside the JSON", async () => {
    const imageData = Buffer.from(picture).toString("base64");
    for (const data of [imageData, `data:image/png;base64,${imageData}`]) {
      const dataset = of([one], { imageData: data }, {});
      expect(await story(dataset)).toEqual({ a: 1, "a/0 3": SQUARE });
      expect(dataset.notes()).toEqual([
        "a.json, imageData: the image embedded in its JSON was read, as there is none beside it",
      ]);
    }
    expect(await story(of([one], { imageData: "no & image" }, {}))).toEqual({
      a: 'a.json: imageData is not an image; expected base64, got "no & image"',
    });
    expect(await story(of([one], { imageData: imageData.slice(0, 80) }, {}))).toEqual({
      a: expect.stringMatching(/^a\.json, imageData: the image cannot be decoded; /),
    });
    expect(await story(of([one], { imageData: "" }, {}))).toEqual({
      a: 'a.json: its image is missing: there is no such file, and imageData holds none; expected a.png, got "a.png"',
    });
  });

  test("a damaged embedded image does no harm where the file is there", async () => {
    for (const imageData of ["no & image", "AAAA", 7]) {
      const dataset = of([one], { imageData });
      expect(await story(dataset)).toEqual({ a: 1, "a/0 3": SQUARE });
      expect(dataset.notes()).toEqual([]);
    }
  });

  test("two images that differ in size: the one of the stated size", async () => {
    const imageData = Buffer.from(picture).toString("base64");
    const other = { "a.png": greyPng("12", "34") };
    const embedded = of([one], { imageData }, other);
    expect(await story(embedded)).toEqual({ a: 1, "a/0 3": SQUARE });
    expect(embedded.notes()).toEqual([
      "a.png: the image and the one embedded in its JSON differ in size: the embedded one, of the size that the JSON states, was read",
    ]);
    const beside = of([one], { imageData: Buffer.from(other["a.png"]).toString("base64") });
    expect(await story(beside)).toEqual({ a: 1, "a/0 3": SQUARE });
    expect(beside.notes()).toEqual([
      "a.png: the image and the one embedded in its JSON differ in size: the file was read",
    ]);
    // LabelMe embeds images turned upright.
    const turned = { "a.png": await sharp(picture).rotate(90).png().toBuffer() };
    const quiet = of([one], { imageData }, turned);
    await story(quiet);
    expect(quiet.notes()).toEqual([]);
  });
});

describe("supervisely", () => {
  const of = (objects: readonly object[]) =>
    open("supervisely", {
      "p/d/img/a.png": picture,
      "p/d/ann/a.png.json": { objects, size: { width: 12, height: 8 } },
    });

  test("every kind of figure is drawn, said or failed", async () => {
    const exterior = square;
    const inner = {
      exterior: [
        [6, 1],
        [8, 1],
        [8, 3],
        [6, 3],
      ],
      interior: [],
    };
    const bitmap = { origin: [3, 2], data: Buffer.from(patchPng).toString("base64") };
    const dataset = of([
      { geometryType: "multipolygon", classTitle: 7, parts: [{ exterior }, inner] },
      { geometryType: "alpha_mask", bitmap },
      {
        geometryType: "oriented_bbox",
        points: [
          [2, 2],
          [6, 4],
        ],
        angle: Math.PI / 2,
      },
      { geometryType: "polyline", points: { exterior } },
      { geometryType: "graph", nodes: {} },
      ...["Polygon", "cuboid", "cuboid_2d", "multichannelBitmap"].map((geometryType) => ({ geometryType })),
      { geometryType: "polygon", points: { exterior, interior: 3 } },
      { geometryType: "multipolygon", parts: {} },
    ]);
    const known =
      "polygon, multipolygon, bitmap, alpha_mask, rectangle, oriented_bbox, line, polyline, point, graph";
    const unknown = (index: number, kind: string) =>
      `failed: p/d/ann/a.png.json: objects[${index}]: unknown geometryType; expected ${known}, got "${kind}"`;
    expect(await story(dataset)).toEqual({
      a: 9,
      "a/objects[0] 7": "1: .###..## .###..##",
      "a/objects[1]": "2: ...# ...##",
      "a/objects[2]": "1: ...## ...## ...## ...##",
      "a/objects[3]": "dropped: empty",
      "a/objects[4]": "dropped: empty",
      "a/objects[5]": unknown(5, "Polygon"),
      "a/objects[6]": unknown(6, "cuboid"),
      "a/objects[7]": unknown(7, "cuboid_2d"),
      "a/objects[8]": unknown(8, "multichannelBitmap"),
      "a/objects[9]": "failed: p/d/ann/a.png.json: objects[9]: interior is not a list; got 3",
      "a/objects[10]": "failed: p/d/ann/a.png.json: objects[10]: parts is not a list; got {}",
    });
    expect(dataset.notes()).toEqual([
      "p/d/img/a.png: a soft mask: what is not wholly transparent is the object",
      "p/d/img/a.png: skipped shape, which has no area: graph",
      "p/d/img/a.png: skipped shape, which has no area: polyline",
    ]);
  });
});

describe("via", () => {
  const rect = { name: "rect", x: 1, y: 1, width: 3, height: 2 };
  const of = (values: readonly unknown[], options: object = {}) => {
    const regions = values.map((kind) => ({
      shape_attributes: rect,
      region_attributes: kind === undefined ? { other: "1" } : { kind, other: "1" },
    }));
    return open("via", { "one/a.png": picture, "one.json": { k: { filename: "a.png", regions } } }, options);
  };

  test("numbers, radio buttons and check boxes are categories", async () => {
    const values = [
      3,
      "3",
      { "3": true },
      { "3": "on", "4": false, "5": "" },
      ["3"],
      3.5,
      0,
      true,
      { "4": false },
    ];
    const dataset = of(values, { excludeCategories: ["3"] });
    expect(await story(dataset)).toEqual({
      "one/a": 4,
      ...Object.fromEntries([0, 1, 2, 3, 4].map((id) => [`one/a/${id} 3`, "dropped: excluded"])),
      "one/a/5 3.5": SQUARE,
      "one/a/6 0": SQUARE,
      "one/a/7 true": SQUARE,
      "one/a/8": SQUARE,
    });
    expect(dataset.notes()).toEqual([]);
  });

  test("several boxes, and an attribute that is not there, are said", async () => {
    const dataset = of([{ van: true, bus: 1 }, undefined]);
    expect(await story(dataset)).toEqual({ "one/a": 2, "one/a/0 van,bus": SQUARE, "one/a/1": SQUARE });
    expect(dataset.notes()).toEqual([
      'one.json: k: regions with attributes, but without "kind": they have no category; adapter.category decides',
      "one.json: k: regions with several boxes ticked: their category is all of them, with commas between; adapter.category decides",
    ]);
  });

  test("shapes without an area are said; other exports of VIA are refused", async () => {
    const regions = ["polyline", "point", "line"].map((name) => ({ shape_attributes: { name } }));
    const dataset = open("via", { "one/a.png": picture, "one.json": { k: { filename: "a.png", regions } } });
    expect(Object.values(await story(dataset))).toEqual([0, ...Array(3).fill("dropped: empty")]);
    expect(dataset.notes()).toHaveLength(3);
    const three = { project: { pname: "p" }, config: {}, attribute: {}, file: {}, metadata: {}, view: {} };
    expect(await refusal(open("via", { "one.json": three }))).toBe(
      "SegbenchError: one.json: projects of VIA 3 are not read; expected JSON of VIA 1 or 2",
    );
    expect(
      await refusal(open("via", { "one.csv": "filename,file_size" }, { annotations: "{part}.csv" })),
    ).toBe("SegbenchError: one.csv: VIA's CSV is not read; expected its export as JSON");
  });
});

describe("yolo-seg", () => {
  const of = (text: string | Uint8Array, names: object = { "0": "leaf", "1": "stem" }) =>
    open("yolo-seg", { "images/a.png": picture, "labels/a.txt": text }, { names });
  const triangle = "0 0 0.5 0 0.5 0.5";

  test("a class in any spelling of its number; others are said or failed", async () => {
    const classes = ["0.0", "1e0", "01", "+1", "2", "leaf", "0.5", "-1"];
    const dataset = of(
      `\uFEFF${classes.map((name) => `${name}\t${triangle.replaceAll(" ", "  ")} `).join("\r\n")}\r\n\r\n`,
    );
    const told = await story(dataset);
    expect(Object.keys(told).slice(1)).toEqual(
      ["leaf", "stem", "stem", "stem", "2", "leaf", "0.5", "-1"].map((name, i) => `a/${i + 1} ${name}`),
    );
    expect(told["a/1 leaf"]).toBe("0: .##### ..#### ....## .....#");
    for (const [id, got] of [
      ["7 0.5", "0.5"],
      ["8 -1", "-1"],
    ])
      expect(told[`a/${id}`]).toBe(
        `failed: labels/a.txt, line ${id![0]}: not a class; expected a whole number from 0, got "${got}"`,
      );
    expect(dataset.notes()).toEqual([
      "images/a.png: classes that are not numbers: the text is the category",
      "images/a.png: classes that the card does not name: the number is the category; adapter.names decides",
    ]);
  });

  test("coordinates beyond the image: a rounding is clipped, pixels are refused", async () => {
    const lines = [
      "0 -0.01 -0.01 1.01 -0.01 1.01 1.01 -0.01 1.01",
      "0 1 1 9 1 9 7",
      "0 0 0 1.02 0 1 1",
      "0,0.1,0.2,0.3",
    ];
    expect(await story(of(lines.join("\n")))).toEqual({
      a: 4,
      "a/1 leaf": `0: ${Array(8).fill("############").join(" ")}`,
      "a/2 leaf":
        "failed: labels/a.txt, line 2: coordinates are not shares of the image's sides; expected 0 to 1, got 1 to 9",
      "a/3 leaf":
        "failed: labels/a.txt, line 3: coordinates are not shares of the image's sides; expected 0 to 1, got 0 to 1.02",
      "a/4 0,0.1,0.2,0.3":
        'failed: labels/a.txt, line 4: not an outline; expected x and y of 3 points or more, got "0,0.1,0.2,0.3"',
    });
  });

  test("UTF-16 is read, and a file of another encoding fails its image alone", async () => {
    const files = {
      "images/a.png": picture,
      "images/b.png": picture,
      "labels/a.txt": Buffer.from(`\uFEFF0 ${triangle}\n`, "utf16le"),
      "labels/b.txt": Buffer.from(`caf\xe9 ${triangle}\n`, "latin1"),
    };
    expect(await story(open("yolo-seg", files))).toEqual({
      a: 1,
      "a/1 leaf": "0: .##### ..#### ....## .....#",
      b: "labels/b.txt, byte 3: not UTF-8; expected a file in UTF-8, got 0xe9",
    });
  });

  test("labels of other tasks look like outlines: it is said", async () => {
    const box = "0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5";
    const obb = of(`0 ${box}\n1 ${box}\n`);
    const pose = of(`0 ${box} 0.2 0.2\n1 ${box} 0.2 0.3\n`);
    await Promise.all([story(obb), story(pose)]);
    expect(obb.notes()).toEqual([
      "images/a.png: files of four points a line, which oriented boxes (OBB) have too: drawn as outlines",
    ]);
    expect(pose.notes()).toEqual([
      "images/a.png: files of equally many numbers a line, which poses have too: drawn as outlines",
    ]);
    const mixed = of(`0 ${box}\n1 ${triangle}\n`);
    await story(mixed);
    expect(mixed.notes()).toEqual([]);
  });
});

describe("geojson", () => {
  /** A square of the image's pixels 1 to 4, 1 to 3 on the map of `geoTiff`. */
  const onMap = square.map(([x, y]) => [100 + 2 * x!, 200 - 2 * y!]);
  const degrees = [
    [15, 36],
    [15.1, 36],
    [15.1, 36.1],
  ];
  const of = (
    geometry: object | null,
    system: Readonly<Record<number, number>> = {},
    crs: unknown = undefined,
    more: object = {},
  ) =>
    open("geojson", {
      "img7.tif": geoTiff({ system }),
      "geo7.geojson": { crs, features: [{ properties: { kind: 5 }, geometry, ...more }] },
    });
  const polygon = (ring: readonly (readonly number[])[]) => ({ type: "Polygon", coordinates: [ring] });
  const named = (name: string) => ({ type: "name", properties: { name } });
  const projected = { 1024: 1, 2048: 4326, 3072: 32767 };
  const note =
    "img7.tif: images that do not name their coordinate system: that of the outlines is taken for it";

  test.each([
    ["longitude and latitude", projected, undefined, degrees],
    ["longitude and latitude by name", projected, named("urn:ogc:def:crs:OGC:1.3:CRS84"), degrees],
    ["of no kind, elsewhere", {}, undefined, degrees],
  ])("an image without a named system refuses %s", async (_, system, crs, ring) => {
    expect((await story(of(polygon(ring), system, crs))).img7).toMatch(
      /^geo7\.geojson: the outlines and their image use different coordinate systems; expected a (projected )?coordinate system that img7\.tif does not name, x 100 to 124, y 184 to 200, got EPSG:4326(, longitude and latitude, as none is named)?, x 15 to 15\.1, y 36 to 36\.1$/,
    );
  });

  test.each([
    ["a projected one", projected, named("EPSG:32616"), true],
    ["one without a name", projected, undefined, true],
    ["none at all", {}, undefined, true],
    ["the same, by an older number", { 1024: 1, 3072: 3857 }, named("EPSG:900913"), false],
    [
      "the same, by its address",
      { 3072: 32616 },
      named("http://www.opengis.net/def/crs/EPSG/0/32616"),
      false,
    ],
    ["the same, by code", { 3072: 32616 }, { type: "EPSG", properties: { code: 32616 } }, false],
  ])("outlines that fit: %s", async (_, system, crs, said) => {
    const dataset = of(polygon(onMap), system, crs);
    expect(await story(dataset)).toEqual({ img7: 1, "img7/0 5": SQUARE });
    expect(dataset.notes()).toEqual(said ? [note] : []);
  });

  test("an unnamed system, and outlines elsewhere on the same kind of map", async () => {
    const far = onMap.map(([x, y]) => [x! + 5000, y!]);
    expect(await story(of(polygon(far), projected, named("EPSG:32616")))).toEqual({
      img7: "geo7.geojson: all outlines lie outside their image, whose coordinate system has no name to compare; expected x 100 to 124, y 184 to 200, got x 5102 to 5108, y 194 to 198",
    });
    const same = of(polygon(far), { 1024: 1, 3072: 32616 }, named("EPSG:32616"));
    expect(await story(same)).toEqual({ img7: 1, "img7/0 5": "dropped: empty" });
    expect(same.notes()).toEqual([
      "img7.tif, 12x8 pixels; outlines x 2501 to 2504, y 1 to 3: no outline of the image lies within it",
    ]);
    expect(await story(of(polygon(onMap), { 3072: 32616 }, named("Local grid")))).toEqual({
      img7: 'geo7.geojson: the outlines and their image use different coordinate systems; expected EPSG:32616, got "Local grid"',
    });
  });

  test("collections are one object; what has no area, and a category that is none, are said", async () => {
    const system = { 3072: 32616 };
    const crs = named("EPSG:32616");
    const point = { type: "Point", coordinates: [101, 199] };
    const collection = of({ type: "GeometryCollection", geometries: [polygon(onMap), point] }, system, crs);
    expect(await story(collection)).toEqual({ img7: 1, "img7/0 5": SQUARE });
    expect(collection.notes()).toEqual(["img7.tif: skipped shape, which has no area: Point"]);
    const line = of({ type: "MultiLineString", coordinates: [onMap] }, system, crs, {
      properties: { kind: ["a"] },
    });
    expect(await story(line)).toEqual({ img7: 0, "img7/0": "dropped: empty" });
    expect(line.notes()).toEqual([
      "geo7.geojson: features[0]: properties that are lists or objects: no category; adapter.category decides",
      "img7.tif: skipped shape, which has no area: MultiLineString",
    ]);
    const nothing = of(null, system, crs);
    expect(await story(nothing)).toEqual({ img7: 0, "img7/0 5": "dropped: empty" });
    expect(nothing.notes()).toEqual([
      "img7.tif: skipped shape, which has no area: a feature without geometry",
    ]);
    expect((await story(of({ type: "CurvePolygon" }, system, crs)))["img7/0 5"]).toMatch(
      /^failed: .* got "CurvePolygon"$/,
    );
  });
});
