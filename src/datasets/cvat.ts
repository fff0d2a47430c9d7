// CVAT XML 1.1, "for images" and "for video": <image> with polygon, box, ellipse and mask, or <track> with
// shapes by frame.
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { complain, reasonOf } from "../core/errors.ts";
import type { CvatOptions } from "../core/schema-types.ts";
import { type DataFile, readBytes } from "../formats/files.ts";
import { isObject, type Json, objectIn, textIn, textOf } from "../formats/json-file.ts";
import type { Adapter } from "./shared/adapter.ts";
import { type DrawnObject, drawnDefaults } from "./shared/drawn.ts";
import { type DocumentImage, readDocuments } from "./shared/find.ts";
import { boxRing, ellipseRing, grouped, numbersOf, type Shape, sizeOf, turnedRing } from "./shared/shapes.ts";

export const cvat: Adapter<CvatOptions, "images" | "excludeCategories" | "ignoreCategories"> = {
  defaults: { images: ["."], ...drawnDefaults },
  list: (options, source) => readDocuments(options, source, readCvat),
};

interface Figure {
  readonly kind: string;
  readonly node: Json;
  readonly label: string | undefined;
  readonly where: string;
}

/** Shapes with an area, in the order of their elements. */
const KINDS = ["polygon", "box", "ellipse", "mask"];
const LISTS = new Set(["image", "track", "polyline", "points", ...KINDS]);

/** "points" is also the name of an attribute. */
const isArray = (name: string, _path: unknown, _leaf: boolean, attribute: boolean) =>
  !attribute && LISTS.has(name);

/** Shapes of an image that share group_id and label are one object. Lines, points and skeletons have no area. */
async function readCvat(file: DataFile): Promise<readonly DocumentImage[]> {
  const root = parse((await readBytes(file)).toString("utf8").replace(/^\uFEFF/, ""), file);
  const images = listOf(root.image).map((image, index): DocumentImage => {
    const where = `${file.name}: image ${textOf(image.name ?? index)}`;
    if (typeof image.name !== "string" || image.name === "")
      throw complain({ where, what: "an image without a name" });
    const size = sizeOf(image.width, image.height, where);
    const figures = KINDS.flatMap((kind) =>
      listOf(image[kind]).map(
        (node, i): Figure => ({ kind, node, label: textIn(node.label), where: `${where}: ${kind}[${i}]` }),
      ),
    );
    return { file: image.name, where, objects: objectsOf(figures), size };
  });
  return [...images, ...framesOf(root, file)];
}

function parse(text: string, file: DataFile): Json {
  // The parser would silently repair a damaged file.
  const valid = XMLValidator.validate(text);
  if (valid !== true)
    throw complain({ where: `${file.name}, line ${valid.err.line}`, what: "not XML", got: valid.err.msg });
  try {
    const asText = { parseAttributeValue: false, parseTagValue: false };
    const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "", ...asText, isArray });
    const { annotations } = parser.parse(text) as Json;
    if (isObject(annotations)) return annotations;
  } catch (cause) {
    throw complain({ where: file.name, what: "not XML", got: reasonOf(cause), cause });
  }
  throw complain({ where: file.name, what: "no element <annotations>", expected: "CVAT XML 1.1" });
}

/** Frames of tracks; a shape counts where it is not `outside`. */
function framesOf(root: Json, file: DataFile): readonly DocumentImage[] {
  const frames = new Map<number, Figure[]>();
  for (const [index, track] of listOf(root.track).entries()) {
    for (const kind of KINDS) {
      for (const node of listOf(track[kind])) {
        const where = `${file.name}: track ${textIn(track.id) ?? index}`;
        const [frame] = numbersOf(node, ["frame"], where);
        const figures = frames.get(frame) ?? [];
        frames.set(frame, figures);
        if (node.outside === "1") continue;
        const grouped = track.group_id === undefined ? node : { ...node, group_id: track.group_id };
        figures.push({ kind, node: grouped, label: textIn(track.label), where: `${where}, frame ${frame}` });
      }
    }
  }
  const size = videoSize(root, file);
  return [...frames].map(([frame, figures]) => {
    const name = `frame_${String(frame).padStart(6, "0")}`;
    return { file: name, where: `${file.name}: ${name}`, objects: objectsOf(figures), size };
  });
}

function videoSize({ meta }: Json, file: DataFile) {
  const { task, project, job, original_size } = objectIn(meta);
  const sizes = [task, project, job].map((part) => objectIn(part).original_size);
  const size = objectIn([...sizes, original_size].find(isObject));
  return sizeOf(size.width, size.height, `${file.name}: original_size`);
}

function objectsOf(figures: readonly Figure[]): readonly DrawnObject[] {
  const groups = grouped(figures, ({ label, node }) => {
    const group = textIn(node.group_id);
    return group === undefined || group === "0" ? undefined : JSON.stringify([label, group]);
  });
  return groups.map(({ parts: members }, index) => {
    const { label, where } = members[0]!;
    return { id: String(index), where, category: label, shapes: () => members.map(shapeOf) };
  });
}

function shapeOf({ kind, node, where }: Figure): Shape {
  const [degrees] = node.rotation === undefined ? [0] : numbersOf(node, ["rotation"], where);
  const turn = (degrees * Math.PI) / 180;
  if (kind === "box") {
    const corners = numbersOf(node, ["xtl", "ytl", "xbr", "ybr"], where);
    return { rings: [turnedRing(boxRing(...corners), turn)] };
  }
  if (kind === "ellipse")
    return { rings: [ellipseRing(...numbersOf(node, ["cx", "cy", "rx", "ry"], where), turn)] };
  if (kind === "mask") return { patch: maskPatch(node, where) };
  const points = textIn(node.points) ?? "";
  const ring = points
    .split(";")
    .flatMap((pair) => pair.split(",").map((word) => (word.trim() === "" ? Number.NaN : Number(word))));
  if (ring.length % 2 === 0 && ring.every(Number.isFinite)) return { rings: [ring] };
  const expected = "x,y;x,y;...";
  throw complain({ where, what: "points are not pairs of numbers", expected, got: textOf(points) });
}

/** Run lengths in row order within the box, starting with background; COCO uses column order. */
function maskPatch(node: Json, where: string) {
  const [x, y, width, height] = numbersOf(node, ["left", "top", "width", "height"], where);
  const runs = (textIn(node.rle) ?? "").split(",").map(Number);
  const sum = runs.reduce((total, run) => total + run, 0);
  const whole =
    [x, y, width, height, ...runs].every((value) => Number.isInteger(value)) &&
    Math.min(...runs.slice(0, 1), width, height) >= 0;
  if (!whole || runs.some((run) => run < 0) || sum !== width * height || sum > 1 << 28) {
    const [what, expected] = ["run lengths do not add up to width x height", String(width * height)];
    throw complain({ where, what, expected, got: String(sum) });
  }
  const data = new Uint8Array(sum);
  let at = 0;
  for (const [i, run] of runs.entries()) {
    if (i % 2 === 1) data.fill(1, at, at + run);
    at += run;
  }
  return { x, y, width, height, data };
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectIn) : [];
}
