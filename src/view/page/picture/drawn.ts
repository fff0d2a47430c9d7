// What is drawn of one model of several: its step, the masks of that, and what is missing of it.
import { useMemo } from "preact/hooks";
import type { Shown } from "../shared/ask.ts";
import { judgedBy, type SeenTruth } from "./answers.tsx";
import { changed, type Raster } from "./canvas.ts";
import { type Played, type RowPlace, useReplay } from "./load.ts";
import { type Rasters, rastersOf, type Stage, sizeOf } from "./scene.ts";

/** What a pane shows of one model: the step at which all panes are, and what is drawn of it. */
export interface Drawn {
  readonly title: string;
  readonly row?: Shown["row"];
  readonly stage?: Stage | undefined;
  readonly rasters?: Rasters;
  readonly missing: readonly string[];
}

export const nothing: Rasters = {};

/** The masks of a model at a step, played again where they are wanted and not kept; and what is missing. */
export function useDrawn(
  shown: Shown | undefined,
  stage: Stage | undefined,
  truth: SeenTruth,
  place: RowPlace,
  step: number,
  frame: string,
  wantsCandidates: boolean,
  title: string,
): Drawn {
  // What was sent about a clip is shown in its frame, and is not played again.
  const isStep = stage?.step !== undefined && stage.place === undefined;
  const lacksMask = isStep && stage.mask === undefined;
  const wanted = isStep && (lacksMask || (wantsCandidates && stage.step!.candidates.length > 1));
  const played = useReplay(place, step, frame, wanted);
  const judged = useMemo(() => judgedBy(shown?.judged, truth.annotator), [shown, truth.annotator]);
  const { width, height } = truth.size ?? (shown && sizeOf(shown.row, stage?.mask)) ?? {};
  const { rasters, damaged } = useMemo(
    () =>
      stage === undefined || width === undefined || height === undefined
        ? { rasters: nothing, damaged: [] }
        : rastersOf(stage, truth, played, { width, height }, judged),
    [
      stage,
      truth,
      judged,
      played !== undefined && "candidates" in played ? played : undefined,
      width,
      height,
    ],
  );
  if (shown === undefined) return { title, missing: [] };
  return {
    title,
    row: shown.row,
    stage,
    rasters,
    missing: [
      ...damaged,
      ...emptyOf(rasters),
      ...lackOf(played, lacksMask, shown.withoutMasks !== undefined),
    ],
  };
}

/** A mask without a pixel looks like none. */
function emptyOf({ prediction, truth }: Rasters): readonly string[] {
  const isEmpty = (raster: Raster | undefined) => raster !== undefined && !raster.pixels.includes(1);
  if (!isEmpty(prediction)) return [];
  return [`The model's mask is empty here${isEmpty(truth) ? ", and so is the truth" : ""}.`];
}

function lackOf(played: Played | undefined, lacksMask: boolean, saidAlready: boolean): readonly string[] {
  if (played === undefined) return [];
  if ("state" in played) return ["Playing the step again …"];
  const what = lacksMask ? "The mask of this step" : "Other candidates than the one that counts";
  if ("missing" in played)
    return [
      `${saidAlready ? "" : `${what} ${lacksMask ? "was" : "were"} not kept: runs keep the masks of reported steps. `}${played.missing}`,
    ];
  return played.differs === undefined ? [] : [played.differs];
}

/** Of each model's mask and the first one's; of the first one's and the second's. */
export function useChanges(all: readonly Drawn[]): readonly (Raster | undefined)[] {
  const masks = all.map(({ rasters }) => rasters?.prediction ?? rasters?.whole);
  return useMemo(() => {
    const [first, second] = masks;
    return masks.map((mask, i) => {
      const other = i === 0 ? second : first;
      return mask === undefined || other === undefined ? undefined : changed(mask, other);
    });
  }, masks);
}
