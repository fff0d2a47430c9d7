// Targets of clips in a benchmark's section: film strips, and scores over time.
import { trackDefaults } from "../../core/defaults.ts";
import { mean } from "../../core/numbers.ts";
import { shownOrder } from "../gallery.ts";
import type { Strip, TrackLine } from "../input.ts";
import {
  bothWidths,
  choices,
  modelMark,
  panelWidth,
  pictureKey,
  pictureTag,
  plotFigure,
  showBox,
} from "../kit/figures.ts";
import {
  count,
  displayWidth,
  formatValue,
  formatWithUnit,
  plural,
  sentence,
  shortenAll,
} from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { type Section, titled } from "../kit/page.ts";
import { below, drawPlot, labelRoom, type Mark, Plot, spread } from "../kit/plot.ts";
import { left, markdownTable, number, right, type Table } from "../kit/table.ts";
import { mainProtocol } from "../lookup.ts";
import { type ModelRow, modelColumn, type Page, type ProtocolPage } from "./columns.ts";

const share = { unit: "share" } as const;

/** What pictures of strips mean; nothing where there are no clips. */
export function stripsKey({ tracks }: Page): Html | undefined {
  if (tracks === undefined) return undefined;
  const { strips } = tracks;
  const [first] = strips;
  if (first === undefined)
    return html`<p class="note">There are no film strips: they are drawn when a run ends, from its masks and the clips' frames, and this run folder has none.</p>
`;
  const boxes = shownOrder.map((kind) => showBox(kind, kind));
  return html`<p class="note">Film strips: the worst, the median and the best object of each model, ${first.protocol}. The prompted frame comes first; below are frame and J, and J over the whole clip.</p>
${pictureKey()}${choices("Show", boxes, { className: "kinds" })}
`;
}

/** Film strips of one benchmark, and its other objects over time. */
export function tracksOf(page: Page, benchmark: string): Html | undefined {
  const { tracks, series } = page;
  if (tracks === undefined) return undefined;
  const lines = tracks.lines.filter((line) => line.benchmark === benchmark);
  const strips = series.flatMap(({ name }) =>
    tracks.strips.filter((strip) => strip.benchmark === benchmark && strip.model === name),
  );
  const shown = new Set(strips.map(objectKey));
  const others = [...new Set(lines.map(objectKey))].filter((key) => !shown.has(key));
  const panels = others.flatMap((key) => {
    const own = comparable(
      page,
      lines.filter((line) => objectKey(line) === key),
    );
    const [first] = own;
    return first === undefined
      ? []
      : [plotFigure(nameOf(first), trackPlot(page, own, panelWidth), "", "panel")];
  });
  return html`${
    strips.length === 0
      ? undefined
      : html`<div class="strips">${strips.map((strip) => stripFigure(page, strip, lines))}</div>
`
  }${
    panels.length === 0
      ? undefined
      : html`<details${strips.length === 0 ? " open" : ""}><summary>J over time: ${plural(panels.length, strips.length === 0 ? "object" : "other object")}${leftOut(page, benchmark, panels.length + shown.size)}</summary>
<div class="panels">${panels}</div></details>
`
  }`;
}

/** ", the worst of 90", where not all are shown. */
function leftOut({ summary }: Page, benchmark: string, shown: number): string {
  const counts = summary.cells
    .filter((cell) => cell.benchmark === benchmark)
    .map((cell) => cell.counts.scored);
  const all = Math.max(0, ...counts);
  return all <= shown ? "" : `, the worst of ${count(all)}`;
}

function objectKey({
  benchmark,
  sample,
  target,
}: Pick<TrackLine, "benchmark" | "sample" | "target">): string {
  return JSON.stringify([benchmark, sample, target]);
}

/** "dogs · object 2". */
function nameOf({ sample, target, category }: Pick<TrackLine, "sample" | "target" | "category">): string {
  return `${sample} · ${category === undefined ? "" : `${category}, `}object ${target}`;
}

function stripFigure(page: Page, strip: Strip, lines: readonly TrackLine[]): Html {
  const look = page.series.find(({ name }) => name === strip.model)!;
  const [score, ...others] = strip.scores;
  const facts = others.map((other) => `${other.of} ${formatValue(other, other.value)}`).join(", ");
  const own = comparable(
    page,
    lines.filter((line) => objectKey(line) === objectKey(strip)),
    strip,
  );
  const frames = strip.frames.map(({ frame, j, present, picture }, i) => {
    const what = [...(i === 0 ? ["prompt"] : []), ...(present ? [] : ["gone"])].join(", ");
    const value = j === undefined ? undefined : html` J ${formatValue(share, j)}`;
    return html`<li>${pictureTag(picture)}<span><b>${frame}</b> ${what}${what !== "" && value !== undefined ? "," : ""}${value}</span></li>`;
  });
  return html`<figure class="strip ${strip.kind} ${look.className}"><figcaption><span class="badge">${strip.kind}</span> <b>${score.of} ${formatValue(score, score.value)}</b>${page.series.length > 1 ? html` ${modelMark(look)}` : undefined} <span class="facts">${facts}</span> <span class="where">${nameOf(strip)}</span></figcaption>
<ol class="film" tabindex="0" role="region" aria-label="Frames of ${nameOf(strip)}">${frames}</ol>
${own.length === 0 ? undefined : bothWidths((width) => trackPlot(page, own, width), 1180)}</figure>
`;
}

/** A line of a plot: one model under one protocol. */
interface PlottedLine {
  readonly line: TrackLine;
  readonly title: string;
  readonly color: string;
  readonly className: string;
}

/** Lines that share a plot: all models under one protocol, or of a single model all protocols. */
function comparable(
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

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A value for each scored frame in percent; of long clips means of neighbours. */
function pointsOf(scored: readonly number[], values: readonly number[]): Point[] {
  const size = Math.ceil(scored.length / trackDefaults.points);
  return Array.from({ length: Math.ceil(scored.length / size) }, (_, i) => {
    const [from, to] = [i * size, (i + 1) * size];
    return { x: mean(scored.slice(from, to)), y: 100 * mean(values.slice(from, to)) };
  });
}

/** J over a clip; of a single line F as well. Frames without the object are shaded, the prompted one is marked. */
function trackPlot(page: Page, lines: readonly TrackLine[], width: number): Html {
  const all = plotted(page, lines);
  const [first] = lines;
  const { facts } = first!;
  const [marginTop, marginBottom, height] = [18, 34, width > 500 ? 150 : 170];
  const curves = all.flatMap(({ line, ...look }) => {
    const { scored, j, f } = line.facts;
    const own = { ...look, points: pointsOf(scored, j), look: { strokeWidth: 2 } };
    if (all.length > 1) return [own];
    const other = {
      ...look,
      title: "F",
      points: pointsOf(scored, f),
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
        ...below("frame of the clip"),
        domain: [0, Math.max(1, facts.frames - 1)],
        ticks: width > 500 ? 12 : 5,
      },
      y: { label: all.length > 1 ? "J (%)" : "J, F (%)", domain: [0, 100], grid: true, ticks: 4 },
      marks: [
        Plot.rectX(goneIn(facts), {
          ...{ x1: "from", x2: "to", fill: "var(--strong)", fillOpacity: 0.35, title: "text" },
        }),
        ...promptMark(facts.first),
        ...curves.flatMap(({ points, color, className, look, title }, c) => [
          Plot.lineY(points, { ...look, x: "x", y: "y", stroke: color, className }),
          ...(points.length === 1
            ? [Plot.dot(points, { x: "x", y: "y", fill: color, r: 3, className })]
            : []),
          Plot.text([points.at(-1)!], {
            ...{ x: "x", y: "y", text: () => labels[c]!, fill: color, textAnchor: "start", dx: 6 },
            ...{ dy: placed[c]! - ends[c]!, className: `${className} label`, title: () => title },
          }),
        ]),
      ],
    },
    description(all),
  );
}

function promptMark(first: number): Mark[] {
  return [
    Plot.ruleX([first], { stroke: "var(--plus)", strokeWidth: 2, strokeDasharray: "2 2" }),
    Plot.text([first], {
      ...{ x: (x: number) => x, text: () => "prompt", frameAnchor: "top", textAnchor: "start" },
      ...{ dx: 4, dy: -12, fill: "var(--plus)" },
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

/** Objects with the lowest scores that texts list. */
const listedObjects = 10;

/** The worst objects in texts: pages draw them. */
export const worstObjects: Section<ProtocolPage> = {
  id: "objects",
  markdown: (page) => {
    const { tracks, protocol, series } = page;
    const lines = (tracks?.lines ?? []).filter((line) => line.protocol === protocol.id);
    const rows = lines.slice(0, listedObjects * series.length).flatMap((line) => {
      const look = series.find(({ name }) => name === line.model);
      return look === undefined ? [] : [{ line, look }];
    });
    if (rows.length === 0) return [];
    return titled("### Objects with the lowest scores", markdownTable(objectsTable(page, rows)));
  },
};

interface ObjectRow extends ModelRow {
  readonly line: TrackLine;
}

function objectsTable(page: ProtocolPage, rows: readonly ObjectRow[]): Table<ObjectRow> {
  return {
    columns: [
      left("benchmark", ({ line }) => line.benchmark),
      left("clip", ({ line }) => line.sample),
      left("object", ({ line: { target, category } }) =>
        category === undefined ? target : `${target}, ${category}`,
      ),
      ...modelColumn<ObjectRow>(page),
      ...rows[0]!.line.scores.map((score, s) =>
        right<ObjectRow>(sentence(score.of), ({ line }) => {
          const own = line.scores[s];
          return own && number(formatValue(own, own.value), own.value);
        }),
      ),
      right("frames", ({ line }) => count(line.facts.scored.length)),
      right("gone in", ({ line }) => count(line.facts.area.filter((pixels) => pixels === 0).length)),
    ],
    rows,
  };
}
