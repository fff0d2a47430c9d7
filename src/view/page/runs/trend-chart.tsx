// The chart of a measure over runs.
import * as Plot from "@observablehq/plot";
import { useEffect, useRef } from "preact/hooks";
import { units } from "../../../core/units.ts";
import "./trend.css";
import type { Note, Run, Trend } from "../shared/ask.ts";
import { scaled, shortTime, shown, withUnit } from "../shared/numbers.ts";
import { only, useWidth } from "../shared/parts.tsx";
import type { Go } from "../shared/state.ts";

/** A run's number. */
export interface Point {
  readonly run: Run;
  readonly estimate: Trend["points"][number]["measures"][string];
  /** What keeps it from being set beside the newest one. */
  readonly remarks: readonly string[];
}

export function titleOf({ of, at }: Note): string {
  return at === "" ? of : `${of}, ${at}`;
}

export function intervalOf({ unit }: Note, { low, high }: Point["estimate"]): string {
  return low === undefined || high === undefined ? "" : `[${shown(unit, low)}, ${shown(unit, high)}]`;
}

const HEIGHT = 280;
/** Widths of labels, in pixels. */
const LABEL = 92;

interface ChartProps {
  readonly points: readonly Point[];
  readonly note: Note;
  go: Go;
}

/** Runs stand in the order of their times, side by side: those of an afternoon would else hide each other. */
export function Chart({ points, note, go }: ChartProps) {
  const box = useRef<HTMLElement>(null);
  const width = useWidth(box);
  const chosen = useRef<Point | null>(null);
  useEffect(() => {
    const own = box.current!;
    if (width === 0) return undefined;
    const svg = draw([...points].reverse(), note, width);
    // Plot's own style would be refused by the page's policy; trend.css has it.
    svg.querySelector("style")?.remove();
    // What it shows is said of the whole.
    svg.setAttribute("aria-hidden", "true");
    const hear = () => {
      chosen.current = (svg as unknown as { readonly value: Point | null }).value;
    };
    svg.addEventListener("input", hear);
    own.replaceChildren(svg);
    return () => svg.removeEventListener("input", hear);
  }, [points, note, width]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the table below has the same as links
    <figure
      ref={box}
      class="trend"
      role="img"
      aria-label={`${titleOf(note)} over ${points.length} runs; the table below has the numbers.`}
      onClick={() => chosen.current !== null && go(only({ run: chosen.current.run.name }))}
    />
  );
}

function draw(points: readonly Point[], note: Note, width: number) {
  const x = ({ run }: Point) => run.name;
  const value = (number: number | undefined) =>
    number === undefined ? undefined : scaled(note.unit, number);
  const y = ({ estimate }: Point) => value(estimate.value);
  const low = ({ estimate }: Point) => value(estimate.low ?? estimate.value);
  const high = ({ estimate }: Point) => value(estimate.high ?? estimate.value);
  const fits = points.filter(({ remarks }) => remarks.length === 0);
  const others = points.filter(({ remarks }) => remarks.length > 0);
  const every = Math.ceil((points.length * LABEL) / width);
  const ticks = points.filter((_, i) => (points.length - 1 - i) % every === 0);
  const runOf = new Map(points.map(({ run }) => [run.name, run]));
  const label = (name: string) => {
    const { time, commit } = runOf.get(name)!;
    return `${time === undefined ? "?" : shortTime(time).slice(5)}\n${commit?.slice(0, 9) ?? name.slice(-12)}`;
  };
  const ends = points.flatMap((point) => [low(point)!, high(point)!]);
  return Plot.plot({
    ...{ width, height: HEIGHT, marginTop: 30, marginBottom: 48, marginLeft: 52, marginRight: 24 },
    className: "plot",
    x: { type: "point", domain: points.map(x), label: null, padding: 0.6 },
    y: {
      ...{ label: null, nice: true, grid: true, domain: padded(ends), ticks: 5 },
      tickFormat: (number: number) => `${number}${units[note.unit].value}`,
    },
    marks: [
      Plot.axisX({ ticks: ticks.map(x), tickFormat: label, tickSize: 4 }),
      Plot.line(fits, { x, y, stroke: "var(--strong)", strokeWidth: 1.5 }),
      Plot.ruleX(points, {
        x,
        y1: low,
        y2: high,
        stroke: "var(--focus)",
        strokeOpacity: 0.6,
        strokeWidth: 2,
      }),
      Plot.dot(fits, { x, y, r: 4.5, fill: "var(--focus)" }),
      Plot.dot(others, { x, y, r: 4.5, fill: "var(--page)", stroke: "var(--focus)", strokeWidth: 1.5 }),
      Plot.text(points, {
        ...{ x, y: high, dy: -10, lineAnchor: "bottom" },
        text: ({ run }: Point) => (run.tags ?? []).join(", "),
      }),
      Plot.tip(points, Plot.pointerX({ x, y, title: (point: Point) => told(point, note), maxRadius: 60 })),
    ],
  });
}

function padded(ends: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const room = high === low ? Math.max(1, Math.abs(high) / 20) : (high - low) / 10;
  return [low - room, high + room];
}

function told({ run, estimate, remarks }: Point, note: Note): string {
  const { time, commit, tags = [] } = run;
  const more = [
    time === undefined ? "" : shortTime(time),
    ...(commit === undefined ? [] : [commit.slice(0, 9)]),
    ...tags,
  ];
  return [
    run.name,
    `${withUnit(note.unit, estimate.value)} ${intervalOf(note, estimate)}`,
    more.join(" "),
    ...remarks,
  ].join("\n");
}
