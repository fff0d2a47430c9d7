// CVAT XML 1.1, "for images" and "for video": <image> with polygon, box, ellipse and mask, or <track> with
// shapes by frame. Images of a project belong to a subset each, which is also the folder of their files.
import { complain } from "../core/errors.ts";
import type { CvatOptions } from "../core/schema-types.ts";
import type { DataFile } from "../formats/files.ts";
import { textOf } from "../formats/json-file.ts";
import { readXml, type XmlElement } from "../formats/xml-file.ts";
import type { Adapter, Source } from "./shared/adapter.ts";
import { type DrawnObject, drawnDefaults } from "./shared/drawn.ts";
import { type DocumentImage, readDocuments } from "./shared/find.ts";
import {
  boxRing,
  ellipseRing,
  grouped,
  numbersOf,
  type Ring,
  type Shape,
  sizeOf,
  skipped,
  turnedRing,
} from "./shared/shapes.ts";

export const cvat: Adapter<CvatOptions, "images" | "excludeCategories" | "ignoreCategories"> = {
  defaults: { images: ["."], ...drawnDefaults },
  list: (options, source) => readDocuments(options, source, (file) => readCvat(file, source.note)),
};

interface Figure {
  readonly kind: string;
  readonly node: XmlElement;
  readonly label: string | undefined;
  readonly group: string | undefined;
  readonly where: string;
}

/** Shapes with an area, in the order of their elements; all others follow, as the file has them. */
const KINDS = ["polygon", "box", "ellipse", "mask"];
/** What else stands among the shapes. */
const NO_SHAPES = ["tag", "attribute"];
const WITHOUT_AREA = ["polyline", "points", "skeleton"];

/** Shapes of an image that share group_id and label are one object. */
async function readCvat(file: DataFile, note: Source["note"]): Promise<readonly DocumentImage[]> {
  const root = await readXml(file);
  if (root.name !== "annotations")
    throw complain(file.name, "no element <annotations>", { expected: "CVAT XML 1.1" });
  const images = childrenOf(root, "image").map((image, index): DocumentImage => {
    const { name, width, height, subset } = image.attributes;
    const where = `${file.name}: image ${textOf(name ?? index)}`;
    if (name === undefined || name === "") throw complain(where, "an image without a name");
    if (childrenOf(image, "tag").length > 0)
      note({ what: "left out: tags of whole images, which have no outline", where });
    const figures = figuresOf(image).map(({ kind, node, index }): Figure => {
      const { label, group_id: group } = node.attributes;
      return { kind, node, label, group, where: `${where}: ${kind}[${index}]` };
    });
    return {
      file: name,
      subset: subset || undefined,
      where,
      objects: objectsOf(figures),
      size: sizeOf(width, height, where),
    };
  });
  return [...images, ...framesOf(root, file, note)];
}

/** Shapes of an image or a track, with their places among those of their kind. */
function figuresOf({ children }: XmlElement) {
  const nodes = children.filter(({ name }) => !NO_SHAPES.includes(name));
  const counts = new Map<string, number>();
  const figures = nodes.map((node) => {
    const index = counts.get(node.name) ?? 0;
    counts.set(node.name, index + 1);
    return { kind: node.name, node, index };
  });
  const rank = (kind: string) => (KINDS.includes(kind) ? KINDS.indexOf(kind) : KINDS.length);
  return figures.sort((a, b) => rank(a.kind) - rank(b.kind));
}

/** Frames of tracks; a shape counts where it is not `outside`. Tracks of a project say whose they are. */
function framesOf(root: XmlElement, file: DataFile, note: Source["note"]): readonly DocumentImage[] {
  const frames = new Map<string, { subset: string | undefined; frame: number; figures: Figure[] }>();
  const tasks = new Map<string | undefined, string | undefined>();
  for (const [index, track] of childrenOf(root, "track").entries()) {
    const { id = index, label, group_id, task_id } = track.attributes;
    const subset = track.attributes.subset || undefined;
    const where = `${file.name}: track ${id}`;
    const other = tasks.get(subset);
    if (tasks.has(subset) && other !== task_id) {
      const what = "tracks of two tasks share a subset: which of its files are whose is not said";
      throw complain(where, what, { expected: "one task a subset", got: `tasks ${other}, ${task_id}` });
    }
    tasks.set(subset, task_id);
    const shown = new Map<number, boolean>();
    for (const { kind, node } of figuresOf(track)) {
      const [frame] = numbersOf(node.attributes, ["frame"], where);
      const key = JSON.stringify([subset, frame]);
      const found = frames.get(key) ?? { subset, frame, figures: [] };
      frames.set(key, found);
      const outside = node.attributes.outside === "1";
      shown.set(frame, !outside);
      if (outside) continue;
      const group = group_id ?? node.attributes.group_id;
      found.figures.push({ kind, node, label, group, where: `${where}, frame ${frame}` });
    }
    if (hasGap(shown))
      note({ what: "tracks without a shape in some of their frames: nothing is put there", where });
  }
  const size = frames.size === 0 ? undefined : videoSize(root, file);
  return [...frames.values()].map(({ frame, subset, figures }) => {
    const name = `frame_${String(frame).padStart(6, "0")}`;
    return { file: name, subset, where: `${file.name}: ${name}`, objects: objectsOf(figures), size };
  });
}

/** CVAT writes a shape for every frame, between key frames too. */
function hasGap(shown: ReadonlyMap<number, boolean>): boolean {
  const frames = [...shown.keys()].sort((a, b) => a - b);
  const steps = frames.slice(1).map((frame, i) => (shown.get(frames[i]!) ? frame - frames[i]! : 0));
  const step = Math.min(...steps.filter((between) => between > 0));
  return steps.some((between) => between > step);
}

function videoSize(root: XmlElement, file: DataFile) {
  const meta = childrenOf(root, "meta")[0];
  const parts = ["task", "project", "job"].flatMap((name) => childrenOf(meta, name));
  const size = [...parts, meta].flatMap((part) => childrenOf(part, "original_size"))[0];
  const side = (name: string) => childrenOf(size, name)[0]?.text;
  return sizeOf(side("width"), side("height"), `${file.name}: original_size`);
}

function objectsOf(figures: readonly Figure[]): readonly DrawnObject[] {
  const groups = grouped(figures, ({ label, group }) =>
    group === undefined || group === "0" ? undefined : JSON.stringify([label, group]),
  );
  return groups.map(({ parts: members }, index) => {
    const { label, where } = members[0]!;
    return { id: String(index), where, category: label, shapes: () => members.map(shapeOf) };
  });
}

function shapeOf({ kind, node: { attributes }, where }: Figure): Shape {
  if (WITHOUT_AREA.includes(kind)) return skipped(kind);
  const [degrees] = attributes.rotation === undefined ? [0] : numbersOf(attributes, ["rotation"], where);
  const turn = (degrees * Math.PI) / 180;
  if (kind === "box") {
    const corners = numbersOf(attributes, ["xtl", "ytl", "xbr", "ybr"], where);
    return { rings: [turnedRing(boxRing(...corners), turn)] };
  }
  if (kind === "ellipse")
    return { rings: [ellipseRing(...numbersOf(attributes, ["cx", "cy", "rx", "ry"], where), turn)] };
  if (kind === "mask") return { patch: maskPatch(attributes, where) };
  if (kind === "polygon") return { rings: [ringOf(attributes.points ?? "", where)] };
  const expected = [...KINDS, ...WITHOUT_AREA].join(", ");
  throw complain(where, "a shape that cannot be drawn", { expected, got: kind });
}

/** Pairs; some tools end with a semicolon. */
function ringOf(points: string, where: string): Ring {
  const pairs = points.trim().replace(/;$/, "").split(";");
  const ring = pairs.flatMap((pair) => {
    const words = pair.split(",");
    return words.length === 2
      ? words.map((word) => (word.trim() === "" ? Number.NaN : Number(word)))
      : [Number.NaN];
  });
  if (ring.every(Number.isFinite)) return ring;
  const expected = "x,y;x,y;...";
  throw complain(where, "points are not pairs of numbers", { expected, got: textOf(points) });
}

/** Run lengths in row order within the box, starting with background; COCO uses column order. */
function maskPatch(attributes: XmlElement["attributes"], where: string) {
  const [x, y, width, height] = numbersOf(attributes, ["left", "top", "width", "height"], where);
  const runs = (attributes.rle ?? "").split(",").map(Number);
  const sum = runs.reduce((total, run) => total + run, 0);
  const whole =
    [x, y, width, height, ...runs].every((value) => Number.isInteger(value)) &&
    Math.min(...runs.slice(0, 1), width, height) >= 0;
  if (!whole || runs.some((run) => run < 0) || sum !== width * height || sum > 1 << 28) {
    const [what, expected] = ["run lengths do not add up to width x height", String(width * height)];
    throw complain(where, what, { expected, got: String(sum) });
  }
  const data = new Uint8Array(sum);
  let at = 0;
  for (const [i, run] of runs.entries()) {
    if (i % 2 === 1) data.fill(1, at, at + run);
    at += run;
  }
  return { x, y, width, height, data };
}

function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}
