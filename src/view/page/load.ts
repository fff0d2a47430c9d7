// What is asked for about the target that is shown: its row and masks, its truth, its picture, and what is played again.
import { useEffect, useMemo, useState } from "preact/hooks";
import { type Asked, answer, api, type Replayed, type Shown, type Truth, useAnswer } from "./ask.ts";

/** A row of a run, by their names in the address. */
export interface RowPlace {
  readonly run: string;
  readonly row: string;
}

export function useTarget(
  place: RowPlace,
  version: string,
): Asked<{ readonly shown: Shown; readonly truth: Truth }> {
  const query = { ...place, frame: "" };
  return useAnswer(
    `target ${place.run} ${place.row}`,
    async () => {
      const [shown, truth] = await Promise.all([
        answer(api.target.$get({ query })),
        answer(api.truth.$get({ query })).catch((error: Error): Truth => ({ missing: error.message })),
      ]);
      return { shown, truth };
    },
    version,
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
    api.picture
      .$get({ query: { run, row, frame } })
      .then((reply) => (reply.ok ? reply.blob() : undefined))
      .then((blob) => (blob === undefined ? undefined : createImageBitmap(blob)))
      .then(
        (bitmap) =>
          current &&
          bitmap !== undefined &&
          set((old) => new Map([...[...old].slice(1 - KEPT), [key, bitmap]])),
        () => undefined,
      );
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
    let current = true;
    const timer = setTimeout(() => {
      const query = { run, row, step: String(step), frame };
      answer(api.replay.$get({ query })).then(
        (played) => current && set({ key, played: played as Replayed }),
        (error: Error) => current && set({ key, played: { missing: error.message } }),
      );
    }, LOOKED_AT);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [key, needed]);
  if (!wanted) return undefined;
  return got?.key === key ? got.played : { state: "waiting" };
}
