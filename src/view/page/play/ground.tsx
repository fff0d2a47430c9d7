// A picture that is clicked on: points, boxes, and a cursor for whoever has no mouse.
import { useEffect, useRef, useState } from "preact/hooks";
import { fitted, type Place, paint, type Scene } from "../picture/canvas.ts";
import { moveBy, near, pointBelow, redraw, STEP, show, useCanvas, useZoom, zoomBy } from "../picture/zoom.ts";
import type { PromptBox } from "./prompts.ts";

interface Props {
  readonly scene: Scene;
  readonly label: string;
  /** Changes with the image: zoom and cursor start anew. */
  readonly image: string;
  /** Where the keys are told. */
  readonly describedBy: string;
  /** What a click means, unless it is the other button's or with Shift. */
  readonly positive: boolean;
  /** Dragging draws a box; otherwise it moves the picture. */
  readonly boxes: boolean;
  /** What is to be seen closely, if anything. */
  readonly focus: PromptBox | undefined;
  readonly point: (x: number, y: number, label: 0 | 1) => void;
  readonly box: (box: PromptBox) => void;
}

/** CSS pixels from which a press is a drag. */
const DRAG = 5;

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Press extends Point {
  readonly button: number;
  readonly shift: boolean;
  readonly at: Point;
  dragged: boolean;
}

export function Ground({ scene, label, image, describedBy, positive, boxes, focus, point, box }: Props) {
  const press = useRef<Press | undefined>(undefined);
  /** A box that is being drawn: where it began, and where it is now. */
  const draft = useRef<readonly [Point, Point] | undefined>(undefined);
  const cursor = useRef<Point | undefined>(undefined);
  const [said, say] = useState("");
  const { width, height } = scene.size;
  const zoom = useZoom({ size: scene.size, box: undefined }, image);
  const canvas = useCanvas(zoom, (own, place) => {
    const drawn = draft.current;
    paint(own, drawn === undefined ? scene : { ...scene, box: boxOf(...drawn) }, place, devicePixelRatio);
    if (cursor.current !== undefined) paintCursor(own, cursor.current, place, devicePixelRatio);
  });
  const inside = ({ x, y }: Point): Point => ({
    x: Math.min(width - 1, Math.max(0, x)),
    y: Math.min(height - 1, Math.max(0, y)),
  });
  const pixelAt = (event: PointerEvent): Point => {
    const [x, y] = pointBelow(zoom.place!, event);
    return { x: Math.floor(x), y: Math.floor(y) };
  };
  const showAll = () => show(zoom, undefined);
  const showFocus = () => {
    const own = canvas.current;
    if (own === null || focus === undefined) return;
    show(zoom, around(focus, scene.size, own));
  };
  const endBox = () => {
    const drawn = draft.current;
    draft.current = undefined;
    if (drawn !== undefined) box(boxOf(...drawn));
    redraw(zoom);
  };

  useEffect(() => redraw(zoom), [scene]);
  useEffect(() => {
    cursor.current = undefined;
    draft.current = undefined;
  }, [image, width, height]);

  const down = (event: PointerEvent) => {
    if (zoom.place === undefined) return;
    canvas.current?.setPointerCapture(event.pointerId);
    const { button, shiftKey: shift, offsetX, offsetY } = event;
    press.current = { x: offsetX, y: offsetY, button, shift, at: pixelAt(event), dragged: false };
  };
  const move = (event: PointerEvent) => {
    const own = press.current;
    if (own === undefined || zoom.place === undefined || event.buttons === 0) return;
    own.dragged ||= Math.hypot(event.offsetX - own.x, event.offsetY - own.y) > DRAG;
    if (!own.dragged) return;
    if (!boxes || own.button !== 0) return moveBy(zoom, event);
    draft.current = [inside(own.at), inside(pixelAt(event))];
    redraw(zoom);
  };
  const up = () => {
    const own = press.current;
    press.current = undefined;
    if (own === undefined) return;
    if (own.dragged) return endBox();
    const { x, y } = own.at;
    if (own.button === 1 || x < 0 || y < 0 || x >= width || y >= height) return;
    cursor.current = undefined;
    const other = own.button === 2 || own.shift;
    point(x, y, positive !== other ? 1 : 0);
  };
  const stop = () => {
    press.current = undefined;
    draft.current = undefined;
    redraw(zoom);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const at = cursor.current;
    if (by !== undefined) {
      const far = event.shiftKey ? Math.max(1, Math.round(Math.max(width, height) / 20)) : 1;
      const from = at ?? { x: Math.floor(width / 2), y: Math.floor(height / 2) };
      const next = at === undefined ? from : inside({ x: from.x + by[0]! * far, y: from.y + by[1]! * far });
      cursor.current = next;
      if (draft.current !== undefined) draft.current = [draft.current[0], next];
      say(`${next.x}, ${next.y}`);
    } else if (draft.current !== undefined && (event.key === "Enter" || event.key === "b")) endBox();
    else if (at !== undefined && event.key === "Enter")
      point(at.x, at.y, positive !== event.shiftKey ? 1 : 0);
    else if (at !== undefined && event.key === "b") draft.current = [at, at];
    else if (event.key === "Escape" && draft.current !== undefined) draft.current = undefined;
    else if (event.key === "+" || event.key === "=") zoomBy(zoom, STEP);
    else if (event.key === "-") zoomBy(zoom, 1 / STEP);
    else if (event.key === "0") showAll();
    else if (event.key === "z") showFocus();
    else return;
    event.preventDefault();
    event.stopPropagation();
    redraw(zoom);
  };

  return (
    <figure class="ground">
      <div
        class="field"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is interactive
        tabIndex={0}
        aria-label={label}
        aria-describedby={describedBy}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={stop}
        onContextMenu={(event) => event.preventDefault()}
        onKeyDown={keys}
      >
        <canvas ref={canvas} />
      </div>
      <p class="said" aria-live="polite">
        {said}
      </p>
      <div class="zoom">
        <button type="button" onClick={() => zoomBy(zoom, 1 / STEP)} aria-label="Zoom out">
          −
        </button>
        <button type="button" onClick={() => zoomBy(zoom, STEP)} aria-label="Zoom in">
          +
        </button>
        <button type="button" onClick={showAll}>
          Fit
        </button>
        {focus !== undefined && (
          <button type="button" onClick={showFocus}>
            Target
          </button>
        )}
      </div>
    </figure>
  );
}

/** A window that shows a box with as much again on each side; without one, or where that is more than the image, all of it. */
export function around(
  box: PromptBox | undefined,
  size: Scene["size"],
  screen: Pick<HTMLCanvasElement, "width" | "height">,
): Place {
  const whole = fitted(size, screen);
  if (box === undefined) return whole;
  const close = near(box, screen);
  return close.zoom <= whole.zoom ? whole : close;
}

function boxOf(a: Point, b: Point): PromptBox {
  return [Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)];
}

/** Two hairs, dark and light, that leave the pixel free. */
function paintCursor(canvas: HTMLCanvasElement, { x, y }: Point, place: Place, ratio: number): void {
  const context = canvas.getContext("2d")!;
  const at = { x: place.x + (x + 0.5) * place.zoom, y: place.y + (y + 0.5) * place.zoom };
  const [near, far] = [4 * ratio, 18 * ratio];
  for (const [colour, line] of [
    ["#000", 3],
    ["#fff", 1.25],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = line * ratio;
    context.beginPath();
    for (const sign of [-1, 1]) {
      context.moveTo(at.x + sign * near, at.y);
      context.lineTo(at.x + sign * far, at.y);
      context.moveTo(at.x, at.y + sign * near);
      context.lineTo(at.x, at.y + sign * far);
    }
    context.stroke();
  }
}
