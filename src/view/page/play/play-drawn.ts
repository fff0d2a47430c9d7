// What is drawn of a subject besides masks of models: its picture as models see it, and the truth of a target.
import { useEffect, useMemo, useState } from "preact/hooks";
import { type Raster, rasterOf } from "../picture/canvas.ts";
import { answer, api, bitmapOf, type Subject, useAnswer } from "../shared/ask.ts";
import type { Asking, Drawn } from "./player.tsx";
import type { PromptBox } from "./prompts.ts";

/** Around its pixels, both corners inclusive. */
export function boxOf({ width, height, pixels }: Raster): PromptBox | undefined {
  let [x0, y0, x1, y1] = [width, height, -1, -1];
  for (let x = 0; x < width; x++)
    for (let y = 0; y < height; y++)
      if (pixels[x * height + y] === 1) {
        x0 = Math.min(x0, x);
        x1 = x;
        y0 = Math.min(y0, y);
        y1 = Math.max(y1, y);
      }
  return x1 === -1 ? undefined : [x0, y0, x1, y1];
}

/** Picture and truth. */
export function useDrawn(
  name: Asking["subject"] | undefined,
  subject: Subject | undefined,
  target: string | undefined,
  isOn: (layer: string) => boolean,
): Drawn | undefined {
  const key = JSON.stringify(name);
  const [got, set] = useState<{ readonly key: string; readonly picture: ImageBitmap }>();
  const there = subject !== undefined;
  useEffect(() => {
    if (!there) return;
    let current = true;
    bitmapOf(fetch(api.play.picture.$url({ query: { ...name, target: "" } as never }))).then(
      (picture) => current && picture !== undefined && set({ key, picture }),
    );
    return () => {
      current = false;
    };
  }, [key, there]);
  const truth = useAnswer(`truth ${key} ${target}`, async () =>
    name === undefined || target === undefined
      ? undefined
      : answer(api.play.truth.$get({ query: { ...name, target } as never })),
  );
  const size = subject?.size;
  const rles = truth.state === "there" ? truth.value : undefined;
  const rasters = useMemo(
    () => ({
      truth: size && rles && rasterOf(rles.truth, "the truth", size),
      ignored: size && rles?.ignored && rasterOf(rles.ignored, "the ignored region", size),
    }),
    [rles, size],
  );
  if (subject === undefined) return undefined;
  return { picture: got?.key === key ? got.picture : undefined, size: subject.size, ...rasters, isOn };
}
