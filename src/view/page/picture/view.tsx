// Pictures of one target, moved and zoomed as one: by dragging, the wheel, keys and buttons.
import { useEffect, useRef, useState } from "preact/hooks";
import { useKeys } from "../shared/parts.tsx";
import { paint, type Scene } from "./canvas.ts";
import { moveBy, pointBelow, redraw, STEP, show, useCanvas, type Zoom, zoomBy } from "./zoom.ts";

interface PictureProps {
  readonly zoom: Zoom;
  readonly scene: Scene;
  /** Seen to the right of a line, at this share of the width. */
  readonly beside?: { readonly scene: Scene; readonly split: number } | undefined;
  /** What it shows, for those who do not see it. */
  readonly label: string;
  /** A point of the image below the pointer; undefined where it leaves. */
  readonly hover?: ((point: readonly [x: number, y: number] | undefined) => void) | undefined;
  readonly press?: ((point: readonly [x: number, y: number]) => void) | undefined;
  /** The line between two scenes is dragged to a share of the width. */
  readonly slide?: ((split: number) => void) | undefined;
}

/** CSS pixels around the line that take hold of it, and that a press may move. */
const GRIP = 14;
const STILL = 4;

export function Picture({ zoom, scene, beside, label, hover, press, slide }: PictureProps) {
  const own = useCanvas(zoom, (canvas, place) => paint(canvas, scene, place, devicePixelRatio, beside));
  const held = useRef<{ readonly what: "image" | "line"; moved: number } | undefined>(undefined);

  useEffect(() => redraw(zoom), [scene, beside?.scene, beside?.split]);
  const pointOf = (event: PointerEvent) => pointBelow(zoom.place!, event);
  const down = (event: PointerEvent) => {
    const line = beside === undefined ? undefined : beside.split * own.current!.clientWidth;
    const onLine = line !== undefined && Math.abs(event.offsetX - line) <= GRIP;
    held.current = { what: onLine ? "line" : "image", moved: 0 };
    own.current!.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    if (zoom.place === undefined) return;
    if (event.buttons !== 1 || held.current === undefined) return hover?.(pointOf(event));
    held.current.moved += Math.abs(event.movementX) + Math.abs(event.movementY);
    if (held.current.what === "line")
      return slide?.(Math.min(1, Math.max(0, event.offsetX / own.current!.clientWidth)));
    moveBy(zoom, event);
  };
  const up = (event: PointerEvent) => {
    if (held.current?.what === "image" && held.current.moved <= STILL && zoom.place !== undefined)
      press?.(pointOf(event));
    held.current = undefined;
  };

  return (
    <canvas
      ref={own}
      role="img"
      aria-label={label}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerLeave={() => hover?.(undefined)}
      onDblClick={() => show(zoom, undefined)}
    />
  );
}

interface ZoomBarProps {
  readonly zoom: Zoom;
  readonly isNear: boolean;
  readonly focus: ((onTarget: boolean) => void) | undefined;
}

/** `focus`: shows all of the image, or the target, now and of those to come; absent where there is no target. */
export function ZoomBar({ zoom, isNear, focus }: ZoomBarProps) {
  const [percent, setPercent] = useState(100);
  const to = (onTarget: boolean) => {
    show(zoom, undefined);
    focus?.(onTarget);
  };
  useKeys((key) => {
    if (key === "+" || key === "=") zoomBy(zoom, STEP);
    else if (key === "-") zoomBy(zoom, 1 / STEP);
    else if (key === "0" || key === "z") to(key === "z");
    return false;
  });
  useEffect(() => {
    const heard = () => setPercent(Math.round((100 * (zoom.place?.zoom ?? 1)) / devicePixelRatio));
    zoom.hear.add(heard);
    return () => {
      zoom.hear.delete(heard);
      cancelAnimationFrame(zoom.later);
    };
  }, []);
  return (
    <div class="zoom">
      <button type="button" onClick={() => zoomBy(zoom, 1 / STEP)} aria-label="Zoom out">
        −
      </button>
      <output>{percent} %</output>
      <button type="button" onClick={() => zoomBy(zoom, STEP)} aria-label="Zoom in">
        +
      </button>
      <button
        type="button"
        onClick={() => to(false)}
        aria-pressed={focus === undefined ? undefined : !isNear}
      >
        Fit
      </button>
      {focus !== undefined && (
        <button type="button" onClick={() => to(true)} aria-pressed={isNear}>
          Target
        </button>
      )}
    </div>
  );
}
