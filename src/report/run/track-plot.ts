// A target's scores over the frames of its clip: a line for each model or protocol.
import { trackDefaults } from "../../core/defaults.ts";
import { mean } from "../../core/numbers.ts";
import { share } from "../film.ts";
import type { TrackLine } from "../input.ts";
import { displayWidth, formatWithUnit, shortenAll } from "../kit/format.ts";
import type { Html } from "../kit/markup.ts";
import { below, drawPlot, labelRoom, type Mark, Plot, spread } from "../kit/plot.ts";
import { mainProtocol } from "../lookup.ts";
import type { Page } from "./columns.ts";

/** "dogs · object 2". */
export function nameOf({
  sample,
  target,
  category,
}: Pick<TrackLine, "sample" | "target" | "category">): string {
  return `${sample} · ${category === undefined ? "" : `${category}, `}object ${target}`;
}

/** A line of a plot: one model under one protocol. */
interface PlottedLine {
  readonly line: TrackLine;
  readonly title: string;
  readonly color: string;
  readonly className: string;
}

/** Lines that share a plot: all models under one protocol, or of a single model all protocols. */
export function comparable(
  { series, summary }: Page,
  lines: readonly TrackLine[],
  { protocol = mainProtocol(summary) }: { readonly protocol?: string | undefined } = {},
): TrackLine[] {
  if (series.length === 1)
    return summary.protocols.flatMap(({ id }) => lines.filter((line) => line.protocol === id));
  return series.flatMap(({ name }) =>
    lines.filter((line) => line.model === name && line.protocol === protocol),
  );
}

function plotted({ series, summary }: Page, lines: readonly TrackLine[]): PlottedLine[] {
  return lines.map((line) => {
    const look = series.find(({ name }) => name === line.model)!;
    if (series.length > 1) return { line, title: look.title, color: look.color, className: look.className };
    const place = summary.protocols.findIndex(({ id }) => id === line.protocol);
    return { line, title: line.protocol, color: `var(--m${place % 6})`, className: look.className };
  });
}

/** Scored frames that are dots on a line. */
const mostDots = 24;

/** Pixels that a point takes at least. */
const pointWidth = 3;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A value for each scored frame in percent; of long clips means of neighbours. */
function pointsOf(scored: readonly number[], values: readonly number[], width: number): Point[] {
  const size = Math.ceil(scored.length / Math.min(trackDefaults.points, width / pointWidth));
  return Array.from({ length: Math.ceil(scored.length / size) }, (_, i) => {
    const [from, to] = [i * size, (i + 1) * size];
    return { x: mean(scored.slice(from, to)), y: 100 * mean(values.slice(from, to)) };
  });
}

/** J over a clip; of a single line F as well. Frames without the object are shaded, the prompted one is marked. */
export function trackPlot(page: Page, lines: readonly TrackLine[], width: number): Html {
  const all = plotted(page, lines);
  const [first] = lines;
  const { facts } = first!;
  const [marginTop, marginBottom, height] = [18, 34, width > 500 ? 150 : 170];
  const curves = all.flatMap(({ line, ...look }) => {
    const { scored, j, f } = line.facts;
    const own = { ...look, points: pointsOf(scored, j, width), look: { strokeWidth: 2 } };
    if (all.length > 1) return [own];
    const other = {
      ...look,
      title: "F",
      points: pointsOf(scored, f, width),
      look: { strokeWidth: 1.4, strokeDasharray: "4 3" },
    };
    return [{ ...own, title: "J" }, other];
  });
  const labels = shortenAll(
    curves.map(({ title }) => title),
    width < 500 ? 12 : 22,
  );
  const toPixels = (y: number) => (height - marginTop - marginBottom) * (1 - y / 100);
  const ends = curves.map(({ points }) => toPixels(points.at(-1)!.y));
  const placed = spread(ends, 13, 0, height - marginTop - marginBottom);
  return drawPlot(
    {
      ...{ width, height, marginTop, marginBottom, marginLeft: 36 },
      marginRight: labelRoom(Math.max(3, ...labels.map(displayWidth))),
      x: {
        ...{ ...below("frame of the clip"), domain: [0, Math.max(1, facts.frames - 1)], tickFormat: "d" },
        ticks: Math.min(facts.frames - 1, width > 500 ? 12 : 5),
      },
      y: { label: all.length > 1 ? "J (%)" : "J, F (%)", domain: [0, 100], grid: true, ticks: 4 },
      marks: [
        Plot.rectX(goneIn(facts), {
          ...{ x1: "from", x2: "to", fill: "var(--strong)", fillOpacity: 0.35, title: "text" },
        }),
        ...curves.flatMap(({ points, color, className, look, title }, c) => [
          Plot.lineY(points, { ...look, x: "x", y: "y", stroke: color, className }),
          // Where few frames are labelled, a line alone would look like scores of all.
          ...(points.length <= mostDots
            ? [Plot.dot(points, { x: "x", y: "y", fill: color, r: 2.2, className })]
            : []),
          Plot.text([points.at(-1)!], {
            ...{ x: "x", y: "y", text: () => labels[c]!, fill: color, textAnchor: "start", dx: 6 },
            ...{ dy: placed[c]! - ends[c]!, className: `${className} label`, title: () => title },
          }),
        ]),
        ...promptMark(facts.first),
      ],
    },
    description(all),
  );
}

function promptMark(first: number): Mark[] {
  return [
    Plot.ruleX([first], { stroke: "var(--plus)", strokeWidth: 2, strokeDasharray: "2 2" }),
    Plot.text([first], {
      ...{ x: (x: number) => x, text: () => "prompt", frameAnchor: "bottom", textAnchor: "start" },
      ...{ dx: 5, dy: -6, fill: "var(--plus)", stroke: "var(--page)", strokeWidth: 4 },
    }),
  ];
}

/** Spans of frames without the object, up to half way to the frames with it. */
function goneIn({ scored, area, frames }: TrackLine["facts"]) {
  const spans: { from: number; to: number; text: string }[] = [];
  const half = (a: number | undefined, b: number, end: number) => (a === undefined ? end : (a + b) / 2);
  for (let i = 0; i < scored.length; i++) {
    if (area[i] !== 0) continue;
    let end = i;
    while (area[end + 1] === 0) end += 1;
    spans.push({
      from: half(scored[i - 1], scored[i]!, scored[i]!),
      to: Math.min(frames - 1, half(scored[end + 1], scored[end]!, scored[end]!)),
      text: i === end ? `gone in frame ${scored[i]}` : `gone in frames ${scored[i]} to ${scored[end]}`,
    });
    i = end;
  }
  return spans;
}

function description(all: readonly PlottedLine[]): string {
  const [{ line }] = all as [PlottedLine];
  const parts = all.map(({ title, line: { facts } }) => {
    const lowest = Math.min(...facts.j);
    const where = facts.scored[facts.j.indexOf(lowest)];
    return `${title}: mean ${formatWithUnit(share, mean(facts.j))}, lowest ${formatWithUnit(share, lowest)} in frame ${where}`;
  });
  const gone = goneIn(line.facts).map(({ text }) => text);
  return [
    `J over the frames of ${nameOf(line)}, prompted in frame ${line.facts.first}`,
    ...parts,
    ...gone,
  ].join(". ");
}
