// From one step of a target to another, from frame to frame of a clip, and what is shown of them.
import { useEffect } from "preact/hooks";
import { type LayerName, layers, type Stage } from "../picture/scene.ts";
import { Tabs, useKeys } from "../shared/parts.tsx";

/** More than these are a list to choose from. */
const MOST_BUTTONS = 24;

interface StepsProps {
  readonly stages: readonly Stage[];
  readonly at: number;
  readonly choose: (step: number) => void;
}

export function Steps({ stages, at, choose }: StepsProps) {
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
    <Tabs
      label="Steps"
      class="steps"
      of={stages.map(({ title }, i) => ({ id: String(i), title }))}
      shown={String(at)}
      choose={(id) => choose(Number(id))}
    />
  );
}

interface LayersProps {
  readonly isOn: (name: LayerName) => boolean;
  readonly there: Readonly<Record<LayerName, boolean>>;
  readonly toggle: (name: LayerName) => void;
}

/** What is shown over the image and what is not. */
export function Layers({ isOn, there, toggle }: LayersProps) {
  return (
    <fieldset class="tabs" aria-label="Layers">
      {layers.map(({ key, name, title }) => (
        <button
          key={name}
          type="button"
          class={`layer of-${name}`}
          aria-pressed={isOn(name)}
          disabled={!there[name]}
          onClick={() => toggle(name)}
          title={there[name] ? `key ${key}` : "not there for this target and step"}
        >
          {title}
        </button>
      ))}
    </fieldset>
  );
}

/** Milliseconds that a frame is shown at least. */
const PACE = 160;

interface PlayerProps {
  readonly stages: readonly Stage[];
  readonly at: number;
  /** Of the whole clip. */
  readonly frames: number | undefined;
  readonly isPlaying: boolean;
  readonly play: (on: boolean) => void;
  readonly choose: (step: number) => void;
  /** The present frame is there: the next one may come. */
  readonly isDrawn: boolean;
}

/** Frames of a clip by a slider, by keys, or one after the other. */
export function Player({ stages, at, frames, isPlaying, play, choose, isDrawn }: PlayerProps) {
  const next = (at + 1) % stages.length;
  useEffect(() => {
    if (!isPlaying || !isDrawn) return undefined;
    const timer = setTimeout(() => choose(next), PACE);
    return () => clearTimeout(timer);
  }, [isPlaying, isDrawn, next]);
  useKeys((key) => {
    if (key === "p") play(!isPlaying);
    return key === "p";
  });
  return (
    <div class="scrub">
      <button type="button" onClick={() => play(!isPlaying)} title="key p">
        {isPlaying ? "Pause" : "Play"}
      </button>
      <input
        type="range"
        aria-label="Frame"
        aria-valuetext={stages[at]?.title}
        min="0"
        max={String(stages.length - 1)}
        value={String(at)}
        onInput={(event) => choose(Number(event.currentTarget.value))}
      />
      <output>
        {stages[at]?.title}, {(stages[at]?.place ?? at) + 1} of {frames ?? stages.length}
      </output>
    </div>
  );
}
