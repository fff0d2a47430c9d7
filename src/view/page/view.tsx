// The picture of a target: moved by dragging, zoomed by the wheel, by keys and by buttons.
import { useEffect, useRef, useState } from "preact/hooks";
import { fitted, type Place, paint, type Scene } from "./canvas.ts";

interface Props {
  readonly scene: Scene;
  /** What it shows, for those who do not see it. */
  readonly label: string;
  /** Changes with the image: the zoom starts anew. */
  readonly image: string;
  /** The target's box in the image, xyxy, both corners inclusive. */
  readonly box: Scene["box"];
}

const STEP = 1.25;

export function Picture({ scene, label, image, box }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const place = useRef<Place | undefined>(undefined);
  const scenes = useRef(scene);
  scenes.current = scene;
  const [percent, setPercent] = useState(100);
  const { width, height } = scene.size;

  const draw = () => {
    const own = canvas.current;
    if (own === null || own.width === 0) return;
    place.current ??= fitted(scenes.current.size, own);
    setPercent(Math.round((100 * place.current.zoom) / devicePixelRatio));
    paint(own, scenes.current, place.current, devicePixelRatio);
  };
  const later = useRef(0);
  const redraw = () => {
    cancelAnimationFrame(later.current);
    later.current = requestAnimationFrame(draw);
  };
  const zoomBy = (factor: number, at?: { readonly x: number; readonly y: number }) => {
    const own = canvas.current;
    const old = place.current;
    if (own === null || old === undefined) return;
    const zoom = Math.min(64, Math.max(0.02, old.zoom * factor));
    const { x, y } = at ?? { x: own.width / 2, y: own.height / 2 };
    const ratio = zoom / old.zoom;
    place.current = { zoom, x: x - (x - old.x) * ratio, y: y - (y - old.y) * ratio };
    redraw();
  };
  const showAll = () => {
    place.current = undefined;
    redraw();
  };

  /** The target's surroundings: as much again on each side. */
  const showTarget = () => {
    const own = canvas.current;
    if (own === null || box === undefined) return;
    const [x0, y0, x1, y1] = box;
    const [w, h] = [3 * (x1 + 1 - x0), 3 * (y1 + 1 - y0)];
    const { zoom, x, y } = fitted({ width: w, height: h }, own);
    place.current = { zoom, x: x - (x0 - w / 3) * zoom, y: y - (y0 - h / 3) * zoom };
    redraw();
  };
  const targets = useRef(showTarget);
  targets.current = showTarget;

  useEffect(redraw, [scene]);
  useEffect(showAll, [image, width, height]);
  useEffect(() => {
    const own = canvas.current!;
    const watch = new ResizeObserver(() => {
      const box = own.getBoundingClientRect();
      const [w, h] = [Math.round(box.width * devicePixelRatio), Math.round(box.height * devicePixelRatio)];
      if (own.width === w && own.height === h) return;
      own.width = w;
      own.height = h;
      showAll();
    });
    watch.observe(own);
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY / 400), {
        x: event.offsetX * devicePixelRatio,
        y: event.offsetY * devicePixelRatio,
      });
    };
    // Passive listeners could not keep the page from scrolling.
    own.addEventListener("wheel", wheel, { passive: false });
    const keys = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === "+" || event.key === "=") zoomBy(STEP);
      else if (event.key === "-") zoomBy(1 / STEP);
      else if (event.key === "0") showAll();
      else if (event.key === "z") targets.current();
    };
    addEventListener("keydown", keys);
    return () => {
      watch.disconnect();
      own.removeEventListener("wheel", wheel);
      removeEventListener("keydown", keys);
      cancelAnimationFrame(later.current);
    };
  }, []);

  const drag = (event: PointerEvent) => {
    const own = canvas.current;
    if (own === null || event.buttons !== 1 || place.current === undefined) return;
    own.setPointerCapture(event.pointerId);
    const { zoom, x, y } = place.current;
    place.current = {
      zoom,
      x: x + event.movementX * devicePixelRatio,
      y: y + event.movementY * devicePixelRatio,
    };
    redraw();
  };

  return (
    <figure class="picture">
      <canvas ref={canvas} role="img" aria-label={label} onPointerMove={drag} onDblClick={showAll} />
      <figcaption class="zoom">
        <button type="button" onClick={() => zoomBy(1 / STEP)} aria-label="Zoom out">
          −
        </button>
        <output>{percent} %</output>
        <button type="button" onClick={() => zoomBy(STEP)} aria-label="Zoom in">
          +
        </button>
        <button type="button" onClick={showAll}>
          Fit
        </button>
        {box !== undefined && (
          <button type="button" onClick={showTarget}>
            Target
          </button>
        )}
      </figcaption>
    </figure>
  );
}

/** Keys belong to whoever types. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(?:INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
}
