// Pictures of one target, moved and zoomed as one: by dragging, the wheel, keys and buttons.
import { useEffect, useRef, useState } from "preact/hooks";
import { fitted, type Place, paint, type Scene } from "./canvas.ts";

const STEP = 1.25;

/** Where the image lies on all canvases that show it: they are of one size. */
export interface Zoom {
  place: Place | undefined;
  /** Where it lies at first, on a canvas of some size: all of it, or the target and as much again on each side. */
  home: { readonly size: Scene["size"]; readonly box: Scene["box"] };
  /** Canvases, by the first of which what is in sight is reckoned, and how to draw each. */
  readonly canvases: Map<HTMLCanvasElement, () => void>;
  /** Called once they are drawn. */
  readonly hear: Set<() => void>;
  later: number;
}

/** `key`: changes where the image begins anew to lie as it does at first. */
export function useZoom(home: Zoom["home"], key: string): Zoom {
  const zoom = useRef<Zoom>({
    ...{ place: undefined, home, canvases: new Map(), hear: new Set(), later: 0 },
  }).current;
  zoom.home = home;
  useEffect(() => show(zoom, undefined), [key, home.size.width, home.size.height]);
  return zoom;
}

function homeOn({ home: { size, box } }: Zoom, screen: Scene["size"]): Place {
  if (box === undefined) return fitted(size, screen);
  const [x0, y0, x1, y1] = box;
  const [w, h] = [3 * (x1 + 1 - x0), 3 * (y1 + 1 - y0)];
  const { zoom, x, y } = fitted({ width: w, height: h }, screen);
  return { zoom, x: x - (x0 - w / 3) * zoom, y: y - (y0 - h / 3) * zoom };
}

function redraw(zoom: Zoom): void {
  cancelAnimationFrame(zoom.later);
  zoom.later = requestAnimationFrame(() => {
    for (const draw of zoom.canvases.values()) draw();
    for (const heard of zoom.hear) heard();
  });
}

function show(zoom: Zoom, place: Place | undefined): void {
  zoom.place = place;
  redraw(zoom);
}

function zoomBy(zoom: Zoom, factor: number, at?: { readonly x: number; readonly y: number }): void {
  const [first] = zoom.canvases.keys();
  const old = zoom.place;
  if (first === undefined || old === undefined) return;
  const next = Math.min(64, Math.max(0.02, old.zoom * factor));
  const { x, y } = at ?? { x: first.width / 2, y: first.height / 2 };
  const ratio = next / old.zoom;
  show(zoom, { zoom: next, x: x - (x - old.x) * ratio, y: y - (y - old.y) * ratio });
}

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
  const own = useRef<HTMLCanvasElement>(null);
  const shown = useRef({ scene, beside });
  shown.current = { scene, beside };
  const held = useRef<{ readonly what: "image" | "line"; moved: number } | undefined>(undefined);

  useEffect(() => redraw(zoom), [scene, beside?.scene, beside?.split]);
  useEffect(() => {
    const canvas = own.current!;
    const draw = () => {
      if (canvas.width === 0) return;
      zoom.place ??= homeOn(zoom, canvas);
      paint(canvas, shown.current.scene, zoom.place, devicePixelRatio, shown.current.beside);
    };
    zoom.canvases.set(canvas, draw);
    const watch = new ResizeObserver(() => {
      const box = canvas.getBoundingClientRect();
      const [w, h] = [Math.round(box.width * devicePixelRatio), Math.round(box.height * devicePixelRatio)];
      if (canvas.width === w && canvas.height === h) return;
      canvas.width = w;
      canvas.height = h;
      show(zoom, undefined);
    });
    watch.observe(canvas);
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const at = { x: event.offsetX * devicePixelRatio, y: event.offsetY * devicePixelRatio };
      zoomBy(zoom, Math.exp(-event.deltaY / 400), at);
    };
    // Passive listeners could not keep the page from scrolling.
    canvas.addEventListener("wheel", wheel, { passive: false });
    return () => {
      watch.disconnect();
      zoom.canvases.delete(canvas);
      canvas.removeEventListener("wheel", wheel);
    };
  }, []);

  const pointOf = (event: PointerEvent): readonly [number, number] => {
    const { zoom: times, x, y } = zoom.place!;
    return [(event.offsetX * devicePixelRatio - x) / times, (event.offsetY * devicePixelRatio - y) / times];
  };
  const down = (event: PointerEvent) => {
    const line = beside === undefined ? undefined : beside.split * own.current!.clientWidth;
    const onLine = line !== undefined && Math.abs(event.offsetX - line) <= GRIP;
    held.current = { what: onLine ? "line" : "image", moved: 0 };
    own.current!.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    const old = zoom.place;
    if (old === undefined) return;
    if (event.buttons !== 1 || held.current === undefined) return hover?.(pointOf(event));
    held.current.moved += Math.abs(event.movementX) + Math.abs(event.movementY);
    if (held.current.what === "line")
      return slide?.(Math.min(1, Math.max(0, event.offsetX / own.current!.clientWidth)));
    const by = (pixels: number) => pixels * devicePixelRatio;
    show(zoom, { ...old, x: old.x + by(event.movementX), y: old.y + by(event.movementY) });
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

/** `focus`: shows all of the image, or the target, now and of those to come; absent where there is no target. */
export function ZoomBar({
  zoom,
  isNear,
  focus,
}: {
  readonly zoom: Zoom;
  readonly isNear: boolean;
  readonly focus: ((onTarget: boolean) => void) | undefined;
}) {
  const [percent, setPercent] = useState(100);
  const to = (onTarget: boolean) => {
    show(zoom, undefined);
    focus?.(onTarget);
  };
  const latest = useRef(to);
  latest.current = to;
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === "+" || event.key === "=") zoomBy(zoom, STEP);
      else if (event.key === "-") zoomBy(zoom, 1 / STEP);
      else if (event.key === "0" || event.key === "z") latest.current(event.key === "z");
    };
    addEventListener("keydown", keys);
    const heard = () => setPercent(Math.round((100 * (zoom.place?.zoom ?? 1)) / devicePixelRatio));
    zoom.hear.add(heard);
    return () => {
      zoom.hear.delete(heard);
      removeEventListener("keydown", keys);
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

/** Keys belong to whoever types. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(?:INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
}
