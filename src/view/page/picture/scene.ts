// What a target's picture is made of: its steps, the masks of one of them, and what of it is shown.
import { given } from "../../../core/given.ts";
import type { Rle } from "../../../core/rows.ts";
import { promptedFrame } from "../../../core/track-facts.ts";
import type { Note, Shown, Truth } from "../shared/ask.ts";
import { type AnswerRasters, answerOf, type Judged, lostGround } from "./answers.tsx";
import {
  type Colour,
  colourOf,
  type Layer,
  type Mark,
  type Raster,
  rasterOf,
  rasterOfAll,
  type Scene,
  without,
} from "./canvas.ts";
import type { Played } from "./load.ts";

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
  { key: "6", name: "changed", title: "Changed", usual: false },
  { key: "7", name: "candidates", title: "Candidates", usual: false },
] as const;
export type LayerName = (typeof layers)[number]["name"];

/** Layers that are not as usual. */
export function toggledIn({ hide = "" }: { readonly hide?: string | undefined }): readonly string[] {
  return hide.split(",").filter((name) => name !== "");
}

/** A step of the row with its mask, or a frame of a clip. */
export interface Stage {
  readonly title: string;
  readonly step?: Scored["steps"][number];
  readonly mask?: Mask;
  /** Of a clip: its frame by name, or that of the prompts by its place; and the place, from 0. */
  readonly frame?: string;
  readonly place?: number;
  /** All masks of an image. */
  readonly all?: readonly Mask[];
}

/** `isAnswer`: of a phrase, which may be answered with nothing. */
export function stagesOf(row: Row, masks: readonly Mask[], isAnswer: boolean): readonly Stage[] {
  if (row.status !== "ok") return [];
  const frames = masks.filter(({ frame }) => frame !== undefined);
  if (frames.length > 0) return framesOf(row, frames);
  const set = masks.filter(({ generated }) => generated !== undefined);
  if (set.length > 0 || isAnswer)
    return [
      { title: ["no masks", "the mask"][set.length] ?? `all ${set.length} masks`, all: set },
      ...set.map((mask) => ({ title: `mask ${mask.generated!.rank + 1}`, mask })),
    ];
  return row.steps.map((step) => {
    const mask = masks.find(
      ({ at }) => at.clicks === step.at.clicks && (at.draw ?? 0) === (step.at.draw ?? 0),
    );
    return { title: stepTitle(step), step, ...(mask === undefined ? {} : { mask }) };
  });
}

/** The frame with the prompts and those with masks, in the order of the clip. */
function framesOf(row: Scored, masks: readonly Mask[]): readonly Stage[] {
  const scored = row.facts?.scored as readonly number[] | undefined;
  const places = scored?.length === masks.length ? scored : undefined;
  const frameOf = (mask: Mask, i: number) => ({ mask, frame: mask.frame!, place: places?.[i] ?? i });
  const frames = masks.map((mask, i) => ({ title: `frame ${mask.frame}`, ...frameOf(mask, i) }));
  const frame = places && promptedFrame(row);
  if (frame === undefined) return frames;
  const step = row.steps.at(-1)!;
  const prompted = { title: "the prompted frame", frame, place: Number(frame.slice(1)), step };
  return [prompted, ...frames].sort((a, b) => a.place - b.place);
}

function stepTitle({ at: { clicks, draw }, sent }: Scored["steps"][number]): string {
  const drawn = draw === undefined ? "" : `, draw ${draw + 1}`;
  const first = sent?.box !== undefined ? "box" : sent?.mask !== undefined ? "mask" : "start";
  return `${clicks === 0 ? first : clicks === 1 ? "1 click" : `${clicks} clicks`}${drawn}`;
}

/** The step of what is sorted by, or the last one whose mask is there; of a clip the first one. */
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
  if (stages[0]?.place !== undefined) return stages.findIndex(({ mask }) => mask !== undefined);
  const kept = stages.findLastIndex(({ mask }) => mask !== undefined);
  return kept === -1 ? stages.length - 1 : kept;
}

export interface Rasters {
  readonly prediction?: Raster;
  /** Of a set of masks. */
  readonly whole?: Raster;
  /** Of one target, or of all that an image has, each with a number. */
  readonly truth?: Raster;
  readonly ignored?: Raster;
  readonly missed?: Raster;
  readonly spurious?: Raster;
  /** A drawn shape that was sent. */
  readonly sent?: Raster;
  /** All masks that the model answered with, in its order. */
  readonly candidates?: readonly Raster[];
  /** Of an answer to a phrase. */
  readonly answer?: AnswerRasters;
}

/** `played`: what the model answers when the step is played again. What is no mask of such an image is left out and said, a sentence each. */
export function rastersOf(
  { mask, step, all: set }: Stage,
  { truth, truths, ignored }: Truth,
  played: Played | undefined,
  size: Scene["size"],
  judged?: Judged,
): { readonly rasters: Rasters; readonly damaged: readonly string[] } {
  const damaged: string[] = [];
  const drawn = <T>(make: () => T): T | undefined => {
    try {
      return make();
    } catch (error) {
      damaged.push(`Not drawn: ${(error as Error).message}.`);
      return undefined;
    }
  };
  const own = (rle: Rle | undefined, what: string) =>
    rle === undefined ? undefined : drawn(() => rasterOf(rle, what, size));
  const whole = (rles: readonly Rle[] | undefined, what: string) =>
    rles === undefined ? undefined : drawn(() => rasterOfAll(rles, what, size));
  const again = played !== undefined && "candidates" in played ? played : undefined;
  const candidates =
    again && drawn(() => again.candidates.map(({ rle }, i) => rasterOf(rle, `candidate ${i + 1}`, size)));
  const prediction = own(mask?.rle, "the prediction") ?? (again && candidates?.[again.chosen]);
  const single = own(truth, "the truth");
  const out = own(ignored, "the ignored region");
  const shape = step?.sent?.mask;
  const sent = own(typeof shape === "object" ? shape.rle : undefined, "the mask that was sent");
  const errors = prediction === undefined || single === undefined ? {} : errorsOf(prediction, single, out);
  const all = {
    prediction,
    whole: whole(
      set?.map(({ rle }) => rle),
      "the masks",
    ),
    truth: single ?? whole(truths, "the truth"),
    ignored: out,
    sent,
    answer: set && judged && drawn(() => answerOf(set, judged, truths, size)),
  };
  return { rasters: given({ ...all, candidates, ...errors }), damaged };
}

/** What of a scene there is to show or leave out. */
export function thereIn(
  rasters: Rasters,
  stage: Stage | undefined,
  hasOther: boolean,
): Readonly<Record<LayerName, boolean>> {
  const { prediction, whole, truth, missed, ignored, candidates } = rasters;
  return {
    prediction: prediction !== undefined || whole !== undefined,
    truth: truth !== undefined,
    errors: missed !== undefined,
    ignored: ignored !== undefined,
    prompt: stage?.step?.sent !== undefined || stage?.mask?.generated?.point !== undefined,
    changed: hasOther,
    candidates: candidates !== undefined || (stage?.step?.candidates.length ?? 0) > 1,
  };
}

/** How masks look wherever they are drawn. */
export const looks = {
  ignored: { colour: [150, 150, 150], fill: 0.7, outline: true, hatched: true },
  prediction: { colour: [47, 141, 255], fill: 0.35, outline: true },
  /** Where the errors of it are filled. */
  predictionLine: { colour: [47, 141, 255], fill: 0, outline: true },
  missed: { colour: [255, 60, 60], fill: 0.6, outline: false },
  spurious: { colour: [205, 70, 255], fill: 0.6, outline: false },
  truth: { colour: [255, 223, 61], fill: 0, outline: true },
  right: { colour: "each", fill: 0.45, outline: true },
  wrong: { colour: [255, 59, 78], fill: 0.65, outline: true, hatched: true },
  low: { colour: [255, 255, 255], fill: 0, outline: true },
  lost: { colour: [255, 223, 61], fill: 0.45, outline: true, hatched: true },
} as const satisfies Readonly<Record<string, Omit<Layer, "raster">>>;

/** What a prediction lacks and has too much, but for what is ignored. */
export function errorsOf(
  prediction: Raster,
  truth: Raster,
  ignored: Raster | undefined,
): Readonly<Record<"missed" | "spurious", Raster>> {
  const counted = (raster: Raster) => (ignored === undefined ? raster : without(raster, ignored));
  return { missed: counted(without(truth, prediction)), spurious: counted(without(prediction, truth)) };
}

/** Clicks with their numbers. */
export function marksOf(
  clicks: readonly (readonly [x: number, y: number, label: 0 | 1, ...rest: unknown[]])[] | undefined,
): Mark[] {
  return (clicks ?? []).map(([x, y, label], i) => ({ x, y, positive: label === 1, text: String(i + 1) }));
}

export interface SceneParts {
  readonly rasters: Rasters;
  readonly picture: ImageBitmap | undefined;
  readonly size: Scene["size"];
  readonly stage: Stage | undefined;
  /** Where this model's mask and the other's differ. */
  readonly change: Raster | undefined;
  /** The candidate that is shown by itself, from 0. */
  readonly alone: number | undefined;
  readonly isOn: (name: LayerName) => boolean;
}

export function sceneOf({ rasters, picture, size, stage, change, alone, isOn }: SceneParts): Scene {
  const { step, mask } = stage ?? {};
  const { prediction, whole, truth, ignored, missed, spurious, sent, answer, candidates = [] } = rasters;
  const painted: Layer[] = [];
  const add = (on: boolean, raster: Raster | undefined, rest: Omit<Layer, "raster">) => {
    if (on && raster !== undefined) painted.push({ raster, ...rest });
  };
  const errors = isOn("errors");
  add(isOn("ignored"), ignored, looks.ignored);
  // The one that counts is kept, whether the others are there or not.
  const isOwn = alone === undefined || (alone === step?.chosen && candidates.length === 0);
  add(isOn("prediction") && isOwn, prediction, errors ? looks.predictionLine : looks.prediction);
  add(
    isOn("prediction"),
    answer === undefined ? whole : answer.low,
    answer === undefined ? looks.right : looks.low,
  );
  add(isOn("prediction"), answer?.right, looks.right);
  add(isOn("prediction"), answer?.wrong, looks.wrong);
  add(isOn("truth"), answer?.lost, looks.lost);
  add(errors, missed, looks.missed);
  add(errors, spurious, looks.spurious);
  add(isOn("changed"), change, { colour: [255, 140, 0], fill: 0.75, outline: true });
  if (isOn("candidates") || alone !== undefined)
    for (const [i, raster] of candidates.entries())
      if (i === alone || (alone === undefined && i !== step?.chosen))
        painted.push({ raster, colour: candidateColour(i), fill: i === alone ? 0.4 : 0, outline: true });
  add(isOn("prompt"), sent, { colour: [255, 255, 255], fill: 0.15, outline: true });
  add(isOn("truth"), truth, looks.truth);
  const prompt = isOn("prompt") ? step?.sent : undefined;
  const marks = marksOf(prompt?.clicks);
  const point = isOn("prompt") ? mask?.generated?.point : undefined;
  if (point !== undefined) marks.push({ x: point[0] - 0.5, y: point[1] - 0.5, positive: true, text: "+" });
  const box = prompt?.box;
  const tags = (answer?.tags ?? []).filter(({ ground }) =>
    isOn(ground === lostGround ? "truth" : "prediction"),
  );
  return {
    picture,
    size,
    layers: painted,
    marks,
    ...(tags.length > 0 && { tags }),
    box: box === undefined ? undefined : [box[0], box[1], box[2], box[3]],
  };
}

/** Of the candidates of a step, by their place. */
export function candidateColour(place: number): Colour {
  return colourOf(place + 3);
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
