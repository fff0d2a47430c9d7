// Small plots, each a way to a target or a frame: points of two columns, and a clip's numbers over its frames.
import * as Plot from "@observablehq/plot";
import { useEffect, useRef } from "preact/hooks";
import { units } from "../../../core/units.ts";
import { sentence } from "../../../core/words.ts";
import { useWidth } from "./parts.tsx";
import type { Axis } from "./sorting.ts";

/** A plot in the page, drawn anew when its width or what it is of changes. */
function useDrawing(draw: (width: number) => SVGSVGElement | HTMLElement, of: readonly unknown[]) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  useEffect(() => {
    if (width === 0) return;
    const drawn = draw(width);
    // The page has styles of its own; those of others are refused.
    for (const style of drawn.querySelectorAll("style")) style.remove();
    // What it shows is said by the place around it.
    drawn.setAttribute("aria-hidden", "true");
    place.current!.replaceChildren(drawn);
  }, [width, ...of]);
  return place;
}

const HEIGHT = 220;

interface PointsProps {
  readonly x: Axis;
  readonly y: Axis;
  /** [x, y, place of the row]. */
  readonly points: readonly (readonly [x: number, y: number, place: number])[];
  readonly chosen: string | undefined;
  readonly choose: (place: number) => void;
}

/** CSS pixels within which a press takes the nearest point. */
const REACH = 20;

/** A point for each target; pressing one shows it. */
export function Points({ x, y, points, chosen, choose }: PointsProps) {
  const scales = useRef<
    ((point: readonly [number, number, number]) => readonly [number, number]) | undefined
  >(undefined);
  const scaleOf = ({ unit }: Axis) => units[unit].scale;
  const place = useDrawing(
    (width) => {
      const own = points.filter(([, , row]) => String(row) === chosen);
      const at = (i: 0 | 1, axis: Axis) => (point: readonly number[]) => point[i]! * scaleOf(axis);
      const isShare = (axis: Axis) => axis.unit === "share";
      const domainOf = (axis: Axis) => (isShare(axis) ? { domain: [0, 100] } : {});
      const label = (axis: Axis) => `${sentence(axis.title)}${isShare(axis) ? " (%)" : ""}`;
      const marks = { x: at(0, x), y: at(1, y) };
      const plot = Plot.plot({
        ...{ width, height: HEIGHT, marginLeft: 36, marginBottom: 34, marginTop: 22 },
        x: { label: label(x), nice: true, ...domainOf(x) },
        y: { label: label(y), nice: true, grid: true, ...domainOf(y) },
        marks: [
          ...(x.unit === y.unit && x.word !== "share"
            ? [
                Plot.line(
                  [
                    [0, 0],
                    [100, 100],
                  ],
                  { stroke: "currentColor", strokeOpacity: 0.4, strokeDasharray: "3,3" },
                ),
              ]
            : []),
          Plot.dot(points, { ...marks, r: 2.2, fill: "var(--focus)", fillOpacity: 0.45 }),
          Plot.dot(own, { ...marks, r: 6, stroke: "currentColor", strokeWidth: 2 }),
        ],
      });
      const [xs, ys] = [plot.scale("x")!, plot.scale("y")!];
      scales.current = ([a, b]) => [xs.apply(a * scaleOf(x)), ys.apply(b * scaleOf(y))];
      return plot;
    },
    [points, chosen, x.word, y.word],
  );
  const press = (event: MouseEvent) => {
    const box = place.current!.getBoundingClientRect();
    const [left, top] = [event.clientX - box.left, event.clientY - box.top];
    let nearest: number | undefined;
    let least = REACH ** 2;
    for (const point of points) {
      const [px, py] = scales.current!(point);
      const distance = (px - left) ** 2 + (py - top) ** 2;
      if (distance < least) [least, nearest] = [distance, point[2]];
    }
    if (nearest !== undefined) choose(nearest);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list beside it is the way for keys
    <div
      ref={place}
      class="plot points"
      role="img"
      aria-label={`${sentence(y.title)} over ${x.title}, a point for each target`}
      onClick={press}
    />
  );
}

export interface Line {
  readonly title: string;
  readonly colour: string;
  /** A value for each of the frames; NaN where there is none. */
  readonly values: readonly number[];
}

interface LinesProps {
  readonly label: string;
  readonly lines: readonly Line[];
  /** Their places in the clip, from 0, and names. */
  readonly frames: readonly { readonly place: number; readonly name: string }[];
  /** Shares in percent. */
  readonly isShare: boolean;
  /** The first and the last place that can be chosen. */
  readonly span: readonly [first: number, last: number];
  /** A place in the clip, as what is chosen. */
  readonly at: number;
  readonly choose: (place: number) => void;
}

/** Numbers over frames, with the present one marked; pressing goes to a frame. */
export function Lines({ label, lines, frames, span, isShare, at, choose }: LinesProps) {
  const invert = useRef<((x: number) => number) | undefined>(undefined);
  const [first, last] = span;
  const key = JSON.stringify([lines, frames, span]);
  const place = useDrawing(
    (width) => {
      const points = lines.flatMap(({ colour, values }) =>
        values.flatMap((value, i) =>
          frames[i] === undefined
            ? []
            : [{ frame: frames[i].place, value: value * (isShare ? 100 : 1), colour }],
        ),
      );
      const every = Math.ceil(frames.length / Math.max(2, Math.floor(width / 64)));
      const ticked = new Map(
        frames.filter((_, i) => i % every === 0).map(({ place, name }) => [place, name]),
      );
      const plot = Plot.plot({
        ...{ width, height: 150, marginLeft: 36, marginBottom: 30, marginTop: 18 },
        x: {
          label: "Frame",
          domain: [first, Math.max(first + 1, last)],
          ticks: [...ticked.keys()],
          tickFormat: (place: number) => ticked.get(place) ?? "",
        },
        y: { label: isShare ? "%" : "", grid: true, ...(isShare ? { domain: [0, 100] } : { nice: true }) },
        marks: [
          Plot.ruleX([at], { stroke: "var(--focus)", strokeWidth: 2 }),
          Plot.lineY(points, { x: "frame", y: "value", z: "colour", stroke: "colour" }),
          Plot.dot(points, { x: "frame", y: "value", fill: "colour", r: 2.5 }),
        ],
        color: { type: "identity" },
      });
      const scale = plot.scale("x")!;
      invert.current = (x) => scale.invert!(x);
      return plot;
    },
    [key, at, isShare],
  );
  const press = (event: MouseEvent) => {
    const left = event.clientX - place.current!.getBoundingClientRect().left;
    choose(Math.round(invert.current!(left)));
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the slider above it is the way for keys
    <div ref={place} class="plot" role="img" aria-label={label} onClick={press} />
  );
}
