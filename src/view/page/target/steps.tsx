// From one step of a target to another, from frame to frame of a clip, and what is shown of them.
import { useEffect } from "preact/hooks";
import { type LayerName, layers, type Stage } from "../picture/scene.ts";
import { isTyping } from "../picture/view.tsx";

/** More than these are a list to choose from. */
const MOST_BUTTONS = 24;

export function Steps({
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

/** What is shown over the image and what is not. */
export function Layers({
  isOn,
  there,
  toggle,
}: {
  readonly isOn: (name: LayerName) => boolean;
  readonly there: Readonly<Record<LayerName, boolean>>;
  readonly toggle: (name: LayerName) => void;
}) {
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
  readonly isPlaying: boolean;
  readonly play: (on: boolean) => void;
  readonly choose: (step: number) => void;
  /** The present frame is there: the next one may come. */
  readonly isDrawn: boolean;
}

/** Frames of a clip by a slider, by keys, or one after the other. */
export function Player({ stages, at, isPlaying, play, choose, isDrawn }: PlayerProps) {
  const next = (at + 1) % stages.length;
  useEffect(() => {
    if (!isPlaying || !isDrawn) return undefined;
    const timer = setTimeout(() => choose(next), PACE);
    return () => clearTimeout(timer);
  }, [isPlaying, isDrawn, next]);
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key !== "p") return;
      play(!isPlaying);
      event.preventDefault();
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
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
        {stages[at]?.title}, {at + 1} of {stages.length}
      </output>
    </div>
  );
}
