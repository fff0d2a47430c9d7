// What is asked for about the target that is shown: its row and masks, its truth, its picture, and what is played again.
import { useEffect, useMemo, useState } from "preact/hooks";
import {
  type Asked,
  answer,
  api,
  bitmapOf,
  type Replayed,
  type Shown,
  type Truth,
  useAnswer,
} from "../shared/ask.ts";

/** A row of a run, by their names in the address. */
export interface RowPlace {
  readonly run: string;
  readonly row: string;
}

/** Milliseconds for which a row waits for its truth: the data are read at first sight, and pictures should not change at once. */
const PATIENCE = 400;

interface Target {
  readonly shown: Shown;
  readonly truth: Truth;
  /** What the data say, where that took longer. */
  readonly later?: Promise<Truth>;
}

export function useTarget(place: RowPlace, version: string): Asked<Target> {
  const query = { ...place, frame: "" };
  const asked = useAnswer<Target>(
    `target ${place.run} ${place.row}`,
    async () => {
      const shown = await answer(api.target.$get({ query }));
      // Asked for after the row: reading an image keeps the server busy.
      const later = answer(api.truth.$get({ query })).catch(
        (error: Error): Truth => ({ missing: error.message }),
      );
      const patience = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE));
      const truth = await Promise.race([later, patience]);
      return truth === undefined ? { shown, truth: {}, later } : { shown, truth };
    },
    version,
  );
  const later = asked.state === "there" ? asked.value.later : undefined;
  const [late, setLate] = useState<{ readonly of: Promise<Truth>; readonly truth: Truth }>();
  useEffect(() => {
    later?.then((truth) => setLate({ of: later, truth }));
  }, [later]);
  return useMemo(
    () =>
      asked.state === "there" && late !== undefined && late.of === later
        ? { ...asked, value: { shown: asked.value.shown, truth: late.truth } }
        : asked,
    [asked, late, later],
  );
}

/** What the data say of a frame of a clip; without one, what they say of the row. */
export function useFrame({ run, row }: RowPlace, frame: string, whole: Truth): Truth {
  const asked = useAnswer(`frame ${run} ${row} ${frame}`, async () =>
    frame === "" ? {} : answer(api.truth.$get({ query: { run, row, frame } })),
  );
  const none: Truth = useMemo(() => ({}), []);
  if (frame === "" || whole.missing !== undefined) return whole;
  if (asked.state === "there") return asked.value;
  return asked.state === "failed" ? { missing: asked.problem } : none;
}

/** Pictures that are kept: those of the frames around, and of the target before. */
const KEPT = 24;

/** The picture of a sample, which many targets share: asked for by one of them. */
export function usePicture(
  image: string,
  { run, row }: RowPlace,
  frame: string,
  isThere: boolean,
): ImageBitmap | undefined {
  const [kept, set] = useState<ReadonlyMap<string, ImageBitmap>>(new Map());
  const key = `${image} ${frame}`;
  const missing = isThere && !kept.has(key);
  useEffect(() => {
    if (!missing) return;
    let current = true;
    bitmapOf(api.picture.$get({ query: { run, row, frame } })).then((bitmap) => {
      if (current && bitmap !== undefined)
        set((old) => new Map([...[...old].slice(1 - KEPT), [key, bitmap]]));
    });
    return () => {
      current = false;
    };
  }, [key, missing]);
  return kept.get(key);
}

/** Milliseconds that a step is looked at before a model is run for it. */
const LOOKED_AT = 250;

export type Played = { readonly state: "waiting" } | Replayed;

/** All candidates of a step, played again by the server where they are wanted; undefined where they are not. */
export function useReplay(
  { run, row }: RowPlace,
  step: number,
  frame: string,
  wanted: boolean,
): Played | undefined {
  const key = `${run} ${row} ${step} ${frame}`;
  const [got, set] = useState<{ readonly key: string; readonly played: Played }>();
  const needed = wanted && got?.key !== key;
  useEffect(() => {
    if (!needed) return;
    const stop = new AbortController();
    const { signal } = stop;
    const timer = setTimeout(() => {
      const query = { run, row, step: String(step), frame };
      answer(api.replay.$get({ query }, { init: { signal } })).then(
        (played) => signal.aborted || set({ key, played: played as Replayed }),
        (error: Error) => signal.aborted || set({ key, played: { missing: error.message } }),
      );
    }, LOOKED_AT);
    return () => {
      // The server begins nothing for a target that is not looked at any more.
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, needed]);
  if (!wanted) return undefined;
  return got?.key === key ? got.played : { state: "waiting" };
}
