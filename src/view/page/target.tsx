// One target: its picture with what was predicted, the truth, what was sent, and the numbers of each step.
import { useEffect, useMemo, useState } from "preact/hooks";
import { answer, api, type Note, type Shown, type Truth, useAnswer } from "./ask.ts";
import type { Scene } from "./canvas.ts";
import { Problem } from "./parts.tsx";
import {
  type LayerName,
  labelOf,
  layers,
  type Stage,
  sceneOf,
  sizeOf,
  stagesOf,
  titleOf,
  useRasters,
  usualStage,
} from "./scene.ts";
import { Facts, Generated, Scores } from "./scores.tsx";
import type { Go, State } from "./state.ts";
import { isTyping, Picture } from "./view.tsx";

interface Props {
  readonly run: string;
  readonly place: string;
  readonly state: State;
  readonly go: Go;
  readonly notes: Readonly<Record<string, readonly Note[]>>;
  /** What the list is sorted by: its step is shown first. */
  readonly sorting: Note | undefined;
}

export function Target({ run, place, state, go, notes, sorting }: Props) {
  const key = `${run} ${place}`;
  const query = { run, row: place };
  const asked = useAnswer(`target ${key}`, async () => {
    const [shown, truth] = await Promise.all([
      answer(api.target.$get({ query: { ...query, frame: "" } })),
      answer(api.truth.$get({ query: { ...query, frame: "" } })).catch(
        (error: Error): Truth => ({ missing: error.message }),
      ),
    ]);
    return { shown, truth };
  });
  if (asked.state === "failed") return <Problem text={asked.problem} />;
  // The one before stays until this one is there.
  const there = asked.state === "there" ? asked.value : asked.before;
  if (there === undefined) return <p class="wait">Looking for the image …</p>;
  return (
    <Detail
      {...{ run, place, state, go, sorting, ...there }}
      notes={notes[there.shown.row.protocol] ?? []}
      waiting={asked.state === "waiting"}
    />
  );
}

interface DetailProps extends Omit<Props, "notes"> {
  readonly shown: Shown;
  readonly truth: Truth;
  readonly notes: readonly Note[];
  readonly waiting: boolean;
}

function Detail({ run, place, state, go, shown, truth: whole, notes, sorting, waiting }: DetailProps) {
  const { row, masks, withoutMasks } = shown;
  const stages = useMemo(() => stagesOf(row, masks), [row, masks]);
  const usual = usualStage(stages, sorting);
  const at = Math.min(
    stages.length - 1,
    Math.max(0, state.step === undefined ? usual : Number(state.step) || 0),
  );
  const stage = stages[at];
  const toggled = toggledIn(state);
  const isOn = (name: LayerName) => layers.find((one) => one.name === name)!.usual !== toggled.includes(name);
  const toggle = (name: LayerName) =>
    go((now) => {
      const names = toggledIn(now);
      const others = names.filter((one) => one !== name);
      return { hide: (others.length < names.length ? others : [...names, name]).join(",") };
    }, true);
  const step = (by: number) =>
    go((now) => {
      const from = now.step === undefined ? at : Number(now.step) || 0;
      return { step: String(Math.min(stages.length - 1, Math.max(0, from + by))) };
    }, true);
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const layer = layers.find((one) => one.key === event.key);
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (layer !== undefined) toggle(layer.name);
      else if (by !== undefined && stages.length > 0) step(by);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  });

  const frame = stage?.mask?.frame ?? "";
  const truth = useFrame(run, place, frame, whole);
  const image = `${run} ${row.benchmark} ${row.sample}`;
  const picture = usePicture(
    `${image} ${frame}`,
    { run, row: place, frame },
    truth.size !== undefined && !waiting,
  );
  const rasters = useRasters(stage, truth);
  const size = truth.size ?? sizeOf(row, stage?.mask);
  const shownLayers = layers.map(({ name }) => isOn(name)).join();
  const scene = useMemo<Scene | undefined>(
    () => (size === undefined ? undefined : sceneOf(rasters, picture, size, stage, isOn)),
    [rasters, picture, stage, shownLayers, size?.width, size?.height],
  );
  const missing = [
    ...(truth.missing === undefined ? [] : [truth.missing]),
    ...(withoutMasks === undefined ? [] : [withoutMasks]),
    ...(withoutMasks === undefined &&
    stage !== undefined &&
    stage.mask === undefined &&
    stage.all === undefined
      ? ["The mask of this step was not kept: runs keep those of reported steps."]
      : []),
  ];
  const there: Readonly<Record<LayerName, boolean>> = {
    prediction: rasters.prediction !== undefined || rasters.whole !== undefined,
    truth: rasters.truth !== undefined,
    errors: rasters.missed !== undefined,
    ignored: rasters.ignored !== undefined,
    prompt: stage?.step?.sent !== undefined || stage?.mask?.generated?.point !== undefined,
  };
  return (
    <section class="target" aria-label="Target" aria-busy={waiting}>
      <h2>
        {titleOf(row)}
        <small>
          {row.benchmark}, sample {row.sample}, target {row.target}; {row.model}, {row.protocol}
        </small>
      </h2>
      {row.status !== "ok" && (
        <p class="problem">
          {row.status}: {row.reason}
        </p>
      )}
      <div class="tools">
        <fieldset class="tabs" aria-label="Layers">
          {layers.map(({ key, name, title }) => (
            <button
              key={name}
              type="button"
              class={`layer ${name}`}
              aria-pressed={isOn(name)}
              disabled={!there[name]}
              onClick={() => toggle(name)}
              title={there[name] ? `key ${key}` : "not there for this target and step"}
            >
              {title}
            </button>
          ))}
        </fieldset>
        <Steps stages={stages} at={at} choose={(step) => go({ step: String(step) }, true)} />
      </div>
      {missing.map((text) => (
        <p key={text} class="missing">
          {text}
        </p>
      ))}
      <div class="pane">
        {scene !== undefined ? (
          <Picture
            scene={scene}
            image={image}
            label={labelOf(row, stage, there)}
            box={
              row.status === "ok" && row.box !== undefined
                ? [row.box[0], row.box[1], row.box[2], row.box[3]]
                : undefined
            }
          />
        ) : (
          <p class="wait">There is nothing to draw.</p>
        )}
        <div class="numbers">
          {stage?.mask?.generated !== undefined && <Generated mask={stage.mask.generated} />}
          {stage?.step !== undefined && <Scores step={stage.step} notes={notes} />}
          {row.status === "ok" && <Facts row={row} />}
        </div>
      </div>
    </section>
  );
}

/** Layers that are not as usual. */
function toggledIn({ hide = "" }: State): readonly string[] {
  return hide.split(",").filter((name) => name !== "");
}

/** More than these are a list to choose from. */
const MOST_BUTTONS = 24;

function Steps({
  stages,
  at,
  choose,
}: {
  readonly stages: readonly Stage[];
  readonly at: number;
  readonly choose: (step: number) => void;
}) {
  if (stages.length === 0) return null;
  if (stages.length > MOST_BUTTONS)
    return (
      <select
        aria-label="Steps"
        value={String(at)}
        onChange={(event) => choose(Number(event.currentTarget.value))}
      >
        {stages.map(({ title }, i) => (
          <option key={title} value={String(i)}>
            {title}
          </option>
        ))}
      </select>
    );
  return (
    <fieldset class="tabs steps" aria-label="Steps">
      {stages.map(({ title }, i) => (
        <button key={title} type="button" aria-pressed={i === at} onClick={() => choose(i)}>
          {title}
        </button>
      ))}
    </fieldset>
  );
}

/** What the data say of a frame of a clip; without one, what they say of the row. */
function useFrame(run: string, place: string, frame: string, whole: Truth): Truth {
  const asked = useAnswer(`frame ${run} ${place} ${frame}`, async () =>
    frame === "" ? {} : answer(api.truth.$get({ query: { run, row: place, frame } })),
  );
  const none: Truth = useMemo(() => ({}), []);
  if (frame === "" || whole.missing !== undefined) return whole;
  if (asked.state === "there") return asked.value;
  return asked.state === "failed" ? { missing: asked.problem } : none;
}

interface Place {
  readonly run: string;
  readonly row: string;
  readonly frame: string;
}

/** The picture of a sample, which many targets share: asked for by one of them. */
function usePicture(image: string, query: Place, isThere: boolean): ImageBitmap | undefined {
  const [got, set] = useState<{ readonly image: string; readonly bitmap: ImageBitmap }>();
  const missing = isThere && got?.image !== image;
  useEffect(() => {
    if (!missing) return;
    let current = true;
    api.picture
      .$get({ query })
      .then((reply) => (reply.ok ? reply.blob() : undefined))
      .then((blob) => (blob === undefined ? undefined : createImageBitmap(blob)))
      .then(
        (bitmap) => current && bitmap !== undefined && set({ image, bitmap }),
        () => undefined,
      );
    return () => {
      current = false;
    };
  }, [image, missing]);
  return got?.image === image ? got.bitmap : undefined;
}
