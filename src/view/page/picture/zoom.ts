// Where an image lies on the canvases that show it: zoomed by the wheel, moved by dragging.
import { useEffect, useRef } from "preact/hooks";
import { fitted, type Place, type Scene } from "./canvas.ts";

export const STEP = 1.25;

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
  return box === undefined ? fitted(size, screen) : near(box, screen);
}

/** A window that shows a box, xyxy with both corners inclusive, and as much again on each side. */
export function near([x0, y0, x1, y1]: NonNullable<Scene["box"]>, screen: Scene["size"]): Place {
  const [w, h] = [3 * (x1 + 1 - x0), 3 * (y1 + 1 - y0)];
  const { zoom, x, y } = fitted({ width: w, height: h }, screen);
  return { zoom, x: x - (x0 - w / 3) * zoom, y: y - (y0 - h / 3) * zoom };
}

export function redraw(zoom: Zoom): void {
  cancelAnimationFrame(zoom.later);
  zoom.later = requestAnimationFrame(() => {
    for (const draw of zoom.canvases.values()) draw();
    for (const heard of zoom.hear) heard();
  });
}

export function show(zoom: Zoom, place: Place | undefined): void {
  zoom.place = place;
  redraw(zoom);
}

export function zoomBy(zoom: Zoom, factor: number, at?: { readonly x: number; readonly y: number }): void {
  const [first] = zoom.canvases.keys();
  const old = zoom.place;
  if (first === undefined || old === undefined) return;
  const next = Math.min(64, Math.max(0.02, old.zoom * factor));
  const { x, y } = at ?? { x: first.width / 2, y: first.height / 2 };
  const ratio = next / old.zoom;
  show(zoom, { zoom: next, x: x - (x - old.x) * ratio, y: y - (y - old.y) * ratio });
}

/** A canvas of a zoom: drawn whenever that changes, as large as its place on the page, and zoomed by the wheel. */
export function useCanvas(zoom: Zoom, paintOn: (canvas: HTMLCanvasElement, place: Place) => void) {
  const own = useRef<HTMLCanvasElement>(null);
  const latest = useRef(paintOn);
  latest.current = paintOn;
  useEffect(() => {
    const canvas = own.current!;
    const draw = () => {
      if (canvas.width === 0) return;
      zoom.place ??= homeOn(zoom, canvas);
      latest.current(canvas, zoom.place);
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
      if (zoom.canvases.size === 0) cancelAnimationFrame(zoom.later);
    };
  }, []);
  return own;
}

/** Moves the image by so many CSS pixels. */
export function moveBy(zoom: Zoom, { movementX, movementY }: PointerEvent): void {
  if (zoom.place === undefined) return;
  const { zoom: times, x, y } = zoom.place;
  show(zoom, { zoom: times, x: x + movementX * devicePixelRatio, y: y + movementY * devicePixelRatio });
}

/** The point of the image below the pointer. */
export function pointBelow(
  place: Place,
  { offsetX, offsetY }: Pick<PointerEvent, "offsetX" | "offsetY">,
): readonly [x: number, y: number] {
  const { zoom, x, y } = place;
  return [(offsetX * devicePixelRatio - x) / zoom, (offsetY * devicePixelRatio - y) / zoom];
}
