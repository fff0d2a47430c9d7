// One target by one model or several: beside each other, as one picture with a line between two of them, or one after the other in place.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Scene } from "../picture/canvas.ts";
import { Picture, ZoomBar } from "../picture/view.tsx";
import { useZoom } from "../picture/zoom.ts";
import { Tabs, useKeys } from "../shared/parts.tsx";
import type { Go, State } from "../shared/state.ts";

export interface Pane {
  readonly title: string;
  /** What it shows, for those who do not see it. */
  readonly label: string;
  /** undefined: there is nothing to draw, and `note` says why. */
  readonly scene: Scene | undefined;
  readonly note?: ComponentChildren;
}

interface Props {
  readonly panes: readonly Pane[];
  readonly image: string;
  /** The row's place: another target. */
  readonly place: string;
  readonly size: Scene["size"] | undefined;
  /** The target's, xyxy, both corners inclusive. */
  readonly box: Scene["box"];
  readonly state: State;
  readonly go: Go;
  readonly hover?: ((point: readonly [x: number, y: number] | undefined) => void) | undefined;
  readonly press?: ((point: readonly [x: number, y: number]) => void) | undefined;
}

const looks = [
  { id: "beside", title: "Beside each other" },
  { id: "slider", title: "Slider" },
  { id: "flicker", title: "Flicker" },
] as const;

/** Pictures a second. */
const paces = ["1", "2", "4", "8"] as const;
/** The line between two pictures moves by this share with a key. */
const SLIDE = 0.04;

export function Panes({ panes, image, place, size, box, state, go, hover, press }: Props) {
  const isNear = state.zoom === "target" && box !== undefined;
  const zoom = useZoom(
    { size: size ?? { width: 1, height: 1 }, box: isNear ? box : undefined },
    isNear ? `${image} ${place}` : image,
  );
  const drawn = panes.filter((pane): pane is Pane & { readonly scene: Scene } => pane.scene !== undefined);
  const several = drawn.length > 1;
  const look = several ? (looks.find(({ id }) => id === state.look)?.id ?? "beside") : "beside";
  const [split, setSplit] = useState(0.5);
  const [turn, setTurn] = useState(0);
  const slide = (by: number) => setSplit((now) => Math.min(1, Math.max(0, now + by)));
  const set = (id: string) => go({ look: id === "beside" ? undefined : id }, true);
  useKeys((key) => {
    if (!several) return false;
    const at = looks.findIndex(({ id }) => id === look);
    if (key === "v") set(looks[(at + 1) % looks.length]!.id);
    else if (key === "f") look === "flicker" ? setTurn((n) => n + 1) : set("flicker");
    else if (look === "slider" && (key === "[" || key === "]")) slide(key === "[" ? -SLIDE : SLIDE);
    else return false;
    return true;
  });
  const pace = look === "flicker" ? Number(paces.find((one) => one === state.pace) ?? 0) : 0;
  useEffect(() => {
    if (pace === 0) return undefined;
    const timer = setInterval(() => setTurn((n) => n + 1), 1000 / pace);
    return () => clearInterval(timer);
  }, [pace]);
  if (drawn.length === 0)
    return (
      <div class="picture">
        {panes.map(({ title, note }) => (
          <p key={title} class="wait">
            {note ?? "There is nothing to draw."}
          </p>
        ))}
      </div>
    );
  const shared = { zoom, hover, press };
  const shown = drawn[turn % drawn.length]!;
  return (
    <div class="picture" style={{ "--shape": `${size?.width ?? 1} / ${size?.height ?? 1}` }}>
      <div class="looks">
        {several && <Tabs label="Several models" of={looks} shown={look} choose={set} />}
        {look === "slider" && (
          <label class="slide">
            <span>Line</span>
            <input
              type="range"
              min="0"
              max="100"
              value={String(Math.round(100 * split))}
              onInput={(event) => setSplit(Number(event.currentTarget.value) / 100)}
            />
          </label>
        )}
        {look === "flicker" && (
          <label class="slide">
            <span>Changes</span>
            <select
              value={pace === 0 ? "" : String(pace)}
              onChange={(event) => go({ pace: event.currentTarget.value }, true)}
            >
              <option value="">by key ( f )</option>
              {paces.map((one) => (
                <option key={one} value={one}>
                  {one} a second
                </option>
              ))}
            </select>
          </label>
        )}
        <ZoomBar
          zoom={zoom}
          isNear={isNear}
          focus={
            box === undefined ? undefined : (onTarget) => go({ zoom: onTarget ? "target" : undefined }, true)
          }
        />
      </div>
      {look === "slider" ? (
        <figure>
          <figcaption class="names">
            <span>{drawn[0]!.title}</span>
            <span>{drawn[1]!.title}</span>
          </figcaption>
          <Picture
            key="slider"
            {...shared}
            scene={drawn[0]!.scene}
            beside={{ scene: drawn[1]!.scene, split }}
            label={`Left of the line: ${drawn[0]!.label}. Right of it: ${drawn[1]!.label}`}
            slide={setSplit}
          />
        </figure>
      ) : look === "flicker" ? (
        <figure>
          <figcaption class="names">
            <span>{shown.title}</span>
            <span>
              {(turn % drawn.length) + 1} of {drawn.length}
            </span>
          </figcaption>
          <Picture key="flicker" {...shared} scene={shown.scene} label={shown.label} />
        </figure>
      ) : (
        <div class={`panes of-${panes.length}`}>
          {panes.map((pane) => (
            <figure key={pane.title}>
              {panes.length > 1 && (
                <figcaption class="names">
                  <span>{pane.title}</span>
                </figcaption>
              )}
              {pane.scene === undefined ? (
                <p class="missing">{pane.note ?? "…"}</p>
              ) : (
                <Picture {...shared} scene={pane.scene} label={pane.label} />
              )}
            </figure>
          ))}
        </div>
      )}
    </div>
  );
}
