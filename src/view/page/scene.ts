// What a target's picture is made of: its steps, the masks of one of them, and what of it is shown.
import { useMemo } from "preact/hooks";
import type { Note, Shown, Truth } from "./ask.ts";
import { type Layer, type Mark, type Raster, rasterOf, rasterOfAll, type Scene, without } from "./canvas.ts";

export type Row = Shown["row"];
export type Scored = Extract<Row, { status: "ok" }>;
type Mask = Shown["masks"][number];

/** What can be shown and left out, by the key that does it. */
export const layers = [
  { key: "1", name: "prediction", title: "Prediction", usual: true },
  { key: "2", name: "truth", title: "Truth", usual: true },
  { key: "3", name: "errors", title: "Errors", usual: false },
  { key: "4", name: "ignored", title: "Ignored", usual: true },
  { key: "5", name: "prompt", title: "Prompt", usual: true },
] as const;
export type LayerName = (typeof layers)[number]["name"];

/** A step of the row with its mask, or a frame of a clip. */
export interface Stage {
  readonly title: string;
  readonly step?: Scored["steps"][number];
  readonly mask?: Mask;
  /** All masks of an image. */
  readonly all?: readonly Mask[];
}

export function stagesOf(row: Row, masks: readonly Mask[]): readonly Stage[] {
  if (row.status !== "ok") return [];
  const frames = masks.filter(({ frame }) => frame !== undefined);
  if (frames.length > 0) return frames.map((mask) => ({ title: `frame ${mask.frame}`, mask }));
  const set = masks.filter(({ generated }) => generated !== undefined);
  if (set.length > 0)
    return [
      { title: `all ${set.length} masks`, all: set },
      ...set.map((mask) => ({ title: `mask ${mask.generated!.rank + 1}`, mask })),
    ];
  return row.steps.map((step) => {
    const mask = masks.find(
      ({ at }) => at.clicks === step.at.clicks && (at.draw ?? 0) === (step.at.draw ?? 0),
    );
    return { title: stepTitle(step), step, ...(mask === undefined ? {} : { mask }) };
  });
}

function stepTitle({ at: { clicks, draw }, sent }: Scored["steps"][number]): string {
  const drawn = draw === undefined ? "" : `, draw ${draw + 1}`;
  const first = sent?.box !== undefined ? "box" : sent?.mask !== undefined ? "mask" : "start";
  return `${clicks === 0 ? first : clicks === 1 ? "1 click" : `${clicks} clicks`}${drawn}`;
}

/** The step of what is sorted by, or the last one whose mask is there. */
export function usualStage(stages: readonly Stage[], sorting: Note | undefined): number {
  const wanted = sorting?.step;
  const sorted =
    wanted === undefined
      ? -1
      : stages.findIndex(
          ({ step }) => step?.at.clicks === wanted.clicks && (step.at.draw ?? 0) === (wanted.draw ?? 0),
        );
  if (sorted !== -1) return sorted;
  if (stages[0]?.all !== undefined) return 0;
  const kept = stages.findLastIndex(({ mask }) => mask !== undefined);
  return kept === -1 ? stages.length - 1 : kept;
}

export interface Rasters {
  readonly prediction?: Raster;
  /** Of a set of masks. */
  readonly whole?: Raster;
  readonly truth?: Raster;
  readonly ignored?: Raster;
  readonly missed?: Raster;
  readonly spurious?: Raster;
  /** A drawn shape that was sent. */
  readonly sent?: Raster;
}

export function useRasters(
  { mask, step, all: set }: Stage = { title: "" },
  { truth, ignored }: Truth,
): Rasters {
  return useMemo(() => {
    const own = (rle: Mask["rle"] | undefined, what: string) =>
      rle === undefined ? undefined : rasterOf(rle, what);
    const prediction = own(mask?.rle, "the prediction");
    const real = own(truth, "the truth");
    const out = own(ignored, "the ignored region");
    const drawn = step?.sent?.mask;
    const sent = own(typeof drawn === "object" ? drawn.rle : undefined, "the mask that was sent");
    const counted = (raster: Raster) => (out === undefined ? raster : without(raster, out));
    const errors =
      prediction === undefined || real === undefined || real.pixels.length !== prediction.pixels.length
        ? {}
        : { missed: counted(without(real, prediction)), spurious: counted(without(prediction, real)) };
    const whole =
      set === undefined
        ? undefined
        : rasterOfAll(
            set.map(({ rle }) => rle),
            "the masks",
          );
    const all = { prediction, whole, truth: real, ignored: out, sent, ...errors };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Rasters;
  }, [mask, set, truth, ignored, step]);
}

export function sceneOf(
  rasters: Rasters,
  picture: ImageBitmap | undefined,
  size: Scene["size"],
  { step, mask }: Stage = { title: "" },
  isOn: (name: LayerName) => boolean,
): Scene {
  const { prediction, whole, truth, ignored, missed, spurious, sent } = rasters;
  const painted: Layer[] = [];
  const add = (on: boolean, raster: Raster | undefined, rest: Omit<Layer, "raster">) => {
    if (on && raster !== undefined) painted.push({ raster, ...rest });
  };
  const errors = isOn("errors");
  add(isOn("ignored"), ignored, { colour: [150, 150, 150], fill: 0.7, outline: true, hatched: true });
  add(isOn("prediction"), prediction, { colour: [47, 141, 255], fill: errors ? 0 : 0.35, outline: true });
  add(isOn("prediction"), whole, { colour: "each", fill: 0.45, outline: true });
  add(errors, missed, { colour: [255, 60, 60], fill: 0.6, outline: false });
  add(errors, spurious, { colour: [205, 70, 255], fill: 0.6, outline: false });
  add(isOn("prompt"), sent, { colour: [255, 255, 255], fill: 0.15, outline: true });
  add(isOn("truth"), truth, { colour: [255, 223, 61], fill: 0, outline: true });
  const prompt = isOn("prompt") ? step?.sent : undefined;
  const marks = (prompt?.clicks ?? []).map(
    ([x, y, label], i): Mark => ({ x, y, positive: label === 1, text: String(i + 1) }),
  );
  const point = isOn("prompt") ? mask?.generated?.point : undefined;
  if (point !== undefined) marks.push({ x: point[0] - 0.5, y: point[1] - 0.5, positive: true, text: "+" });
  const box = prompt?.box;
  return {
    picture,
    size,
    layers: painted,
    marks,
    box: box === undefined ? undefined : [box[0], box[1], box[2], box[3]],
  };
}

export function sizeOf(row: Row, mask: Mask | undefined): Scene["size"] | undefined {
  if (row.status === "ok" && row.size !== undefined) return row.size;
  return mask === undefined ? undefined : { width: mask.rle.size[1], height: mask.rle.size[0] };
}

/** A row that is about an image as a whole has no area. */
export function titleOf(row: Row): string {
  if (row.category !== undefined) return row.category;
  return row.status === "ok" && row.area === undefined ? `Sample ${row.sample}` : `Target ${row.target}`;
}

export function labelOf(
  row: Row,
  stage: Stage | undefined,
  there: Readonly<Record<LayerName, boolean>>,
): string {
  const parts = layers.filter(({ name }) => there[name]).map(({ title }) => title.toLowerCase());
  return `${titleOf(row)} in sample ${row.sample}${stage === undefined ? "" : `, ${stage.title}`}: ${parts.join(", ") || "no masks"}`;
}
