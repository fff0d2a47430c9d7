// FiftyOne: a line of JSON for each image, as `fiftyone.Sample.from_dict` reads it, and the script that loads them.
import { deflateSync } from "node:zlib";
import { isMaskSet, maskSetFacts } from "../../core/mask-set-facts.ts";
import type { MaskRow, Row, RowBox, RowStep, ScoredRow, SentPrompt } from "../../core/rows.ts";
import type { BitMask, Size, TargetEntry } from "../../core/types.ts";
import { getPixel, tightBox } from "../../masks/bit-mask.ts";
import { maskOfRle } from "../../masks/rle.ts";
import { slug } from "./numbers.ts";

/** What one model gave for an image. */
export interface ModelOnImage {
  /** What its fields begin with: the model's name, in a comparison the side's. */
  readonly name: string;
  readonly rows: readonly Row[];
  readonly masks: readonly MaskRow[];
}

export interface ImageToExport {
  readonly benchmark: string;
  readonly sample: string;
  /** Of the picture, relative to the script. */
  readonly file: string;
  readonly size: Size;
  readonly targets: readonly TargetEntry[];
  /** Of a comparison the base comes first. */
  readonly models: readonly ModelOnImage[];
  readonly compared: boolean;
  /** What a step of a protocol is called: "3 clicks", "box". */
  readonly placeOf: (protocol: string, clicks: number) => string;
}

type Label = Readonly<Record<string, unknown>>;

/** Keys of labels that are FiftyOne's own. */
const reserved = [
  "id",
  "tags",
  "label",
  "bounding_box",
  "mask",
  "confidence",
  "index",
  "attributes",
  "points",
];

/** One image: ground truth, a field of masks for each model, protocol and reported step, and one of prompts. */
export function fiftyOneLine(image: ImageToExport): string {
  const { benchmark, sample, file, size, targets, models, compared } = image;
  const all = models.flatMap(({ rows }) => rows);
  const fields = new Map<string, unknown>();
  const [base] = models;
  for (const one of models) modelFields(image, one, compared && one !== base ? base : undefined, fields);
  const line = {
    ...{ filepath: file, tags: [benchmark], benchmark, sample, cluster: all[0]?.cluster ?? sample },
    ground_truth: detections(targets.flatMap((target) => truthOf(target, size))),
    not_scored: {
      _cls: "Classifications",
      classifications: all.flatMap((row) =>
        row.status === "ok"
          ? []
          : [{ _cls: "Classification", label: row.reason, ...identity(row), status: row.status }],
      ),
    },
    ...Object.fromEntries(fields),
  };
  return JSON.stringify(line);
}

function detections(labels: readonly Label[]) {
  return { _cls: "Detections", detections: labels };
}

function identity({ model, protocol, target }: Row): Label {
  return { model, protocol, target };
}

function truthOf(target: TargetEntry, size: Size): Label[] {
  if (target.status !== "ok") return [];
  return [{ ...maskLabel(target.category ?? "target", target.mask, size), target: target.id }];
}

function modelFields(
  { benchmark, sample, size, placeOf }: ImageToExport,
  { name: model, rows, masks }: ModelOnImage,
  base: ModelOnImage | undefined,
  fields: Map<string, unknown>,
): void {
  const found = new Map(masks.map(({ protocol, target, at, rle }) => [keyOf(protocol, target, at), rle]));
  const baseScores = new Map(
    (base?.rows ?? []).flatMap((row) =>
      row.status === "ok"
        ? row.steps.map(({ at, scores }) => [keyOf(row.protocol, row.target, at), scores] as const)
        : [],
    ),
  );
  const lists = new Map<string, Label[]>();
  const add = (field: string, ...labels: readonly Label[]) =>
    lists.set(field, [...(lists.get(field) ?? []), ...labels]);
  const scores = new Map<string, number[]>();
  for (const row of rows) {
    if (row.status !== "ok") continue;
    if (isMaskSet(row)) {
      const own = masks.filter(({ protocol }) => protocol === row.protocol);
      add(fieldOf(model, row.protocol, row.protocol.replace(version, "")), ...setLabels(row, own, size));
      continue;
    }
    const label = row.category ?? "target";
    for (const step of row.steps) {
      const rle = found.get(keyOf(row.protocol, row.target, step.at));
      if (rle === undefined) continue;
      const draw = step.at.draw === undefined ? "" : ` draw ${step.at.draw}`;
      const field = fieldOf(model, row.protocol, `${placeOf(row.protocol, step.at.clicks)}${draw}`);
      const mask = maskOfRle(rle, `${benchmark}, ${sample}: mask of target ${row.target}`);
      const than = baseScores.get(keyOf(row.protocol, row.target, step.at));
      add(field, { ...maskLabel(label, mask, size), target: row.target, ...scoresOf(step, than) });
      const [name, value] = Object.entries(step.scores)[0] ?? [];
      if (name === undefined || value === undefined) continue;
      const key = `${field}_mean_${slug(name)}`;
      scores.set(key, [...(scores.get(key) ?? []), value]);
    }
    const sent = row.steps.at(-1)?.sent;
    if (sent !== undefined)
      addPrompts(row, sent, size, (what, labels) => add(fieldOf(model, row.protocol, what), ...labels));
  }
  for (const [field, labels] of lists) {
    const keypoints = labels[0]?._cls === "Keypoint";
    fields.set(field, keypoints ? { _cls: "Keypoints", keypoints: labels } : detections(labels));
  }
  for (const [field, values] of scores)
    fields.set(field, values.reduce((sum, value) => sum + value, 0) / values.length);
}

/** All masks of an image, the best first: their scores as confidence, and what the generator says of each. */
function setLabels(row: ScoredRow, masks: readonly MaskRow[], size: Size): Label[] {
  const { scores } = maskSetFacts(row);
  return masks.map(({ generated, rle, sample }) => {
    const { rank = 0, stability, point } = generated ?? {};
    const said = { ...(stability !== undefined && { stability }), ...(point !== undefined && { point }) };
    const mask = maskOfRle(rle, `${sample}: mask ${rank}`);
    return { ...maskLabel("mask", mask, size), confidence: scores[rank] ?? null, rank, ...said };
  });
}

/** What a protocol's name ends with. */
const version = /@\d+$/;

function keyOf(protocol: string, target: string, { clicks, draw }: RowStep["at"]): string {
  return JSON.stringify([protocol, target, clicks, draw ?? null]);
}

/** "tiny", "sam1-d1@1", "3 clicks" -> "tiny_sam1_d1_3_clicks": names of fields have no dots; versions of protocols do not differ within a run. */
function fieldOf(model: string, protocol: string, what: string): string {
  const name = protocol.replace(version, "");
  const parts = name === what ? [model, name] : [model, name, what];
  return parts.map((part) => slug(part).replaceAll("-", "_")).join("_");
}

/** The clicks of the last step, which holds all before it, and its box. */
function addPrompts(
  { target }: ScoredRow,
  { clicks, box }: SentPrompt,
  { width, height }: Size,
  add: (what: string, labels: readonly Label[]) => void,
): void {
  if (clicks.length > 0)
    add(
      "prompts",
      clicks.map(([x, y, label], n) => ({
        ...{ _cls: "Keypoint", label: label === 1 ? "foreground" : "background", target, click: n + 1 },
        points: [[(x + 0.5) / width, (y + 0.5) / height]],
      })),
    );
  if (box !== undefined)
    add("box prompt", [
      { _cls: "Detection", label: "box", bounding_box: relative(box, { width, height }), target },
    ]);
}

/** The model's own estimate as the confidence, and every score by its name; where there is a base also how much higher the first is. */
function scoresOf({ chosen, candidates, scores }: RowStep, base?: RowStep["scores"]): Label {
  const named = Object.entries(scores).map(([name, value]) => [
    reserved.includes(name) ? `${name}_` : name,
    value,
  ]);
  const [first] = Object.keys(scores);
  const than = first === undefined ? undefined : base?.[first];
  return {
    ...{ confidence: candidates[chosen]?.predicted ?? null, ...Object.fromEntries(named) },
    ...(first === undefined || than === undefined ? {} : { difference: scores[first]! - than }),
  };
}

/** A mask is an array of the size of its box; an empty one has none. */
function maskLabel(label: string, mask: BitMask, size: Size): Label {
  const box = tightBox(mask);
  if (box === undefined) return { _cls: "Detection", label, bounding_box: [0, 0, 0, 0] };
  const { x0, y0, x1, y1 } = box;
  const [width, height] = [x1 - x0 + 1, y1 - y0 + 1];
  const cells = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) if (getPixel(mask, x0 + x, y0 + y)) cells[y * width + x] = 1;
  return {
    ...{ _cls: "Detection", label, bounding_box: relative([x0, y0, x1, y1], size) },
    mask: {
      $binary: { base64: deflateSync(npy(cells, { width, height })).toString("base64"), subType: "00" },
    },
  };
}

/** Left, top, width and height as shares of the image. */
function relative([x0, y0, x1, y1]: RowBox, { width, height }: Size) {
  return [x0 / width, y0 / height, (x1 - x0 + 1) / width, (y1 - y0 + 1) / height];
}

/** A NumPy file (format 1.0) of truth values. */
function npy(cells: Uint8Array, { width, height }: Size): Buffer {
  const text = `{'descr': '|b1', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const head = Buffer.alloc(10);
  head.write("\x93NUMPY\x01\x00", "latin1");
  head.writeUInt16LE(length, 8);
  return Buffer.concat([head, Buffer.from(`${text.padEnd(length - 1)}\n`, "latin1"), cells]);
}

/** Loads the lines into a dataset of FiftyOne. */
export const fiftyOneScript = `# Loads what lies beside this file into FiftyOne: python load_fiftyone.py [NAME], then fiftyone app launch NAME.
import json, pathlib, sys
import fiftyone as fo

here = pathlib.Path(__file__).resolve().parent
dataset = fo.Dataset(sys.argv[1] if len(sys.argv) > 1 else here.name, persistent=True, overwrite=True)

def samples():
    with open(here / "samples.jsonl", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            yield fo.Sample.from_dict({**line, "filepath": str(here / line["filepath"])})

dataset.add_samples(samples())
dataset.add_dynamic_sample_fields()
dataset.save()
print(dataset)
`;
