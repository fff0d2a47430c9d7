// One model that is played with: the picture to click on, with its mask, and the candidates to choose from.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Layer, paint, type Raster, rasterOf, type Scene } from "../picture/canvas.ts";
import { errorsOf, looks, marksOf } from "../picture/scene.ts";
import {
  type Abilities,
  answer,
  api,
  bitmapOf,
  type Ground as Here,
  type Played,
  type Subject,
  useAnswer,
} from "../shared/ask.ts";
import { plain, withUnit } from "../shared/numbers.ts";
import { Problem } from "../shared/parts.tsx";
import { around, Ground } from "./ground.tsx";
import type { HandPrompt, PromptBox } from "./prompts.ts";

/** What one model is asked. */
export type Asking = Parameters<typeof api.play.answer.$post>[0]["json"];

/** The last answer, which stays until the next; `of`: what it answers. */
export interface Told {
  readonly of?: string;
  readonly answer?: Played;
  readonly problem?: string;
  readonly busy: boolean;
}

/** Asks a model; what was asked before is not waited for any more. */
export function usePlayed(asking: Asking | undefined): Told {
  const key = asking === undefined ? "" : JSON.stringify(asking);
  const [told, set] = useState<Told>({ busy: false });
  useEffect(() => {
    if (asking === undefined) return set({ busy: false });
    const stop = new AbortController();
    set((old) => ({ ...old, busy: true }));
    answer(api.play.answer.$post({ json: asking }, { init: { signal: stop.signal } })).then(
      (value) => stop.signal.aborted || set({ of: key, answer: value as Played, busy: false }),
      (error: Error) =>
        stop.signal.aborted ||
        set(({ answer: before }) => ({
          ...(before === undefined ? {} : { answer: before }),
          ...{ of: key, problem: error.message, busy: false },
        })),
    );
    return () => stop.abort();
  }, [key]);
  return { ...told, busy: told.busy || told.of !== key };
}

/** What is drawn besides the model's own mask. */
export interface Drawn {
  readonly picture: ImageBitmap | undefined;
  readonly size: Scene["size"];
  readonly truth?: Raster | undefined;
  readonly ignored?: Raster | undefined;
  readonly isOn: (layer: "truth" | "errors" | "next") => boolean;
}

/** A picture as models see it, and the truth of a target. */
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

type Metrics = Here["metrics"];

interface Props {
  readonly title: string;
  readonly told: Told;
  readonly drawn: Drawn;
  /** The prompts, also those that are not answered yet. */
  readonly steps: readonly HandPrompt[];
  readonly image: string;
  readonly metrics: Metrics;
  readonly positive: boolean;
  readonly boxes: boolean;
  /** The target's box. */
  readonly focus: PromptBox | undefined;
  readonly point: (x: number, y: number, label: 0 | 1) => void;
  readonly box: (box: PromptBox) => void;
  /** Absent: its own choice counts. */
  readonly choose?: (choice: number) => void;
}

/** "71.3 %" of a metric, 0.98 of anything else. */
export function valueText(metrics: Metrics, name: string, value: number): string {
  const metric = metrics.find((one) => one.name === name);
  return metric === undefined ? plain(value) : withUnit(metric.unit, value);
}

/** "IoU 71.3 %", "estimate 0.98": a metric by its title, the model's own estimate, anything else as it is called. */
function numberText(metrics: Metrics, name: string, value: number): string {
  const title = name === "predicted" ? "estimate" : metrics.find((one) => one.name === name)?.title;
  return `${title ?? name} ${valueText(metrics, name, value)}`;
}

export function Player({ title, told, drawn, steps, metrics, choose, ...input }: Props) {
  const { answer: played, problem, busy } = told;
  const [over, setOver] = useState<number | undefined>(undefined);
  const last = played?.steps.at(-1);
  const rasters = useMemo(
    () => (played?.candidates ?? []).map((rle, i) => rasterOf(rle, `mask ${i + 1}`, drawn.size)),
    [played?.candidates, drawn.size],
  );
  const shown = steps.length === 0 ? undefined : rasters[over ?? last?.chosen ?? 0];
  const prompt = steps.at(-1);
  const next = told.busy ? undefined : played?.user;
  const scene = sceneOf(
    drawn,
    shown,
    prompt,
    next?.state === "sends" ? (next.sent as HandPrompt) : undefined,
  );
  const many = rasters.length === 1 ? "1 mask" : `${rasters.length} masks`;
  const what = last === undefined || steps.length === 0 ? "no prompt yet" : `${many} of the last prompt`;
  return (
    <section class="player" aria-label={title} aria-busy={busy}>
      <h2>
        {title}{" "}
        <small>
          {busy ? "at work …" : played !== undefined && steps.length > 0 ? timesText(played.times) : ""}
        </small>
      </h2>
      <Ground scene={scene} label={`${title}: ${what}`} describedBy="play-keys" {...input} />
      {problem !== undefined && <Problem text={problem} />}
      <fieldset class="tabs candidates" aria-label={`Masks of ${title}`}>
        {steps.length > 0 &&
          last?.candidates.map((candidate, i) => (
            <button
              key={i}
              type="button"
              aria-pressed={i === last.chosen}
              disabled={choose === undefined}
              onClick={() => choose?.(i)}
              onMouseEnter={() => setOver(i)}
              onMouseLeave={() => setOver(undefined)}
            >
              <Small drawn={drawn} raster={rasters[i]} focus={input.focus} />
              mask {i + 1}
              {Object.entries(candidate).map(([name, value]) => (
                <small key={name}>
                  <br />
                  {numberText(metrics, name, value)}
                </small>
              ))}
            </button>
          ))}
      </fieldset>
    </section>
  );
}

interface SmallProps {
  readonly drawn: Drawn;
  readonly raster: Raster | undefined;
  readonly focus: PromptBox | undefined;
}

/** A candidate over its picture, small: the target with its surroundings, or all of it. */
function Small({ drawn, raster, focus }: SmallProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const own = canvas.current;
    if (own === null) return;
    const { width, height } = own.getBoundingClientRect();
    own.width = Math.round(width * devicePixelRatio);
    own.height = Math.round(height * devicePixelRatio);
    if (own.width === 0) return;
    const { picture, size } = drawn;
    const layers = raster === undefined ? [] : [{ raster, ...looks.prediction }];
    const place = around(focus, size, own);
    paint(own, { picture, size, layers, marks: [], box: undefined }, place, devicePixelRatio);
  }, [raster, drawn.picture, focus]);
  return <canvas ref={canvas} />;
}

function sceneOf(
  { picture, size, truth, ignored, isOn }: Drawn,
  mask: Raster | undefined,
  prompt: HandPrompt | undefined,
  next: HandPrompt | undefined,
): Scene {
  const layers: Layer[] = [];
  const errors = isOn("errors") && truth !== undefined && mask !== undefined;
  if (ignored !== undefined) layers.push({ raster: ignored, ...looks.ignored });
  if (mask !== undefined)
    layers.push({ raster: mask, ...(errors ? looks.predictionLine : looks.prediction) });
  if (errors) {
    const { missed, spurious } = errorsOf(mask, truth, ignored);
    layers.push({ raster: missed, ...looks.missed }, { raster: spurious, ...looks.spurious });
  }
  if (truth !== undefined && isOn("truth")) layers.push({ raster: truth, ...looks.truth });
  const marks = marksOf(prompt?.clicks);
  const before = prompt?.clicks.length ?? 0;
  const coming = isOn("next") ? next : undefined;
  // Clicks that it has already sent are drawn once.
  for (const [x, y, label] of (coming?.clicks ?? []).slice(before))
    marks.push({ x, y, positive: label === 1, text: "?" });
  const box = prompt?.box ?? coming?.box;
  return { picture, size, layers, marks, box: box === undefined ? undefined : [...box] };
}

function timesText({ encode, decode, whole }: Played["times"]): string {
  const ms = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
  if (decode === 0) return `known from before, ${ms(whole)}`;
  const image = encode === 0 ? "" : `image ${ms(encode)}, `;
  return `${image}masks ${ms(decode)}, in all ${ms(whole)}`;
}

/** What prompts to these models may have, from when the server has told. */
export function useAbilities(models: readonly (string | undefined)[]) {
  const [known, set] = useState<Readonly<Record<string, Abilities>>>({});
  useEffect(() => {
    for (const model of models)
      if (model !== undefined && model !== "" && known[model] === undefined)
        answer(api.play.abilities.$get({ query: { model } as never })).then(
          (abilities) => set((old) => ({ ...old, [model]: abilities as Abilities })),
          () => undefined,
        );
  }, [models.join("\n")]);
  return (model: string | undefined): Abilities | undefined => known[model ?? ""];
}
