// Targets of clips in a benchmark's section: film strips, and scores over time.
import { groupBy } from "../../core/group-by.ts";
import { film } from "../film.ts";
import { shownOrder } from "../gallery.ts";
import type { Strip, TrackLine } from "../input.ts";
import {
  bothWidths,
  choices,
  modelMark,
  panelWidth,
  pictureKey,
  plotFigure,
  showBox,
} from "../kit/figures.ts";
import { count, formatValue, plural, sentence } from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { type Section, titled } from "../kit/page.ts";
import { left, markdownTable, number, right, type Table } from "../kit/table.ts";
import { mainProtocol } from "../lookup.ts";
import { type ModelRow, modelColumn, type Page, type ProtocolPage } from "./columns.ts";
import { comparable, nameOf, trackPlot } from "./track-plot.ts";

/** What pictures of strips mean; nothing where there are no clips. */
export function stripsKey({ tracks }: Page): Html | undefined {
  if (tracks === undefined) return undefined;
  const { strips } = tracks;
  const [first] = strips;
  if (first === undefined)
    return html`<p class="note">There are no film strips here: they are drawn when a run ends, if its masks are kept and the clips can be read.</p>
`;
  const boxes = shownOrder.map((kind) => showBox(kind, kind));
  const others = strips.some(({ protocol }) => protocol !== first.protocol);
  return html`<p class="note">Film strips: the worst, the median and the best object of each model, ${first.protocol}${others ? "; those of the other protocols are folded below" : ""}. The prompted frame comes first; below are frame and J, and J over the whole clip.</p>
${pictureKey()}${choices("Show", boxes, { className: "kinds" })}
`;
}

/** Film strips of one benchmark, and its other objects over time. */
export function tracksOf(page: Page, benchmark: string): Html | undefined {
  const { tracks, series } = page;
  if (tracks === undefined) return undefined;
  const lines = tracks.lines.filter((line) => line.benchmark === benchmark);
  const own = tracks.strips.filter((strip) => strip.benchmark === benchmark);
  const strips = series.flatMap(({ name }) => own.filter(({ model }) => model === name));
  const main = tracks.strips[0]?.protocol;
  const drawn = [...groupBy(strips, ({ protocol }) => protocol)].map(([protocol, some]) => {
    const figures = html`<div class="strips">${some.map((strip) => stripFigure(page, strip, lines))}</div>
`;
    return protocol === main
      ? figures
      : html`<details><summary>Film strips of ${protocol}</summary>${figures}</details>
`;
  });
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
  return html`${drawn}${
    panels.length === 0
      ? undefined
      : html`<details${drawn.length === 0 ? " open" : ""}><summary>J over time: ${plural(panels.length, drawn.length === 0 ? "object" : "other object")}${leftOut(page, benchmark, panels.length + shown.size)}</summary>
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

function stripFigure(page: Page, strip: Strip, lines: readonly TrackLine[]): Html {
  const look = page.series.find(({ name }) => name === strip.model)!;
  const [score, ...others] = strip.scores;
  const facts = others.map((other) => `${other.of} ${formatValue(other, other.value)}`).join(", ");
  const own = comparable(
    page,
    lines.filter((line) => objectKey(line) === objectKey(strip)),
    strip,
  );
  return html`<figure class="strip ${strip.kind} ${look.className}"><figcaption><span class="badge">${strip.kind}</span> <b>${score.of} ${formatValue(score, score.value)}</b>${page.series.length > 1 ? html` ${modelMark(look)}` : undefined} <span class="facts">${facts}</span> <span class="where">${nameOf(strip)}</span></figcaption>
${film(nameOf(strip), strip.frames)}${own.length === 0 ? undefined : bothWidths((width) => trackPlot(page, own, width), 1180)}</figure>
`;
}

/** Objects with the lowest scores that texts list. */
const listedObjects = 10;

/** The worst objects of the protocol that stands for the run: pages draw them. */
export const worstObjects: Section<ProtocolPage> = {
  id: "objects",
  markdown: (page) => {
    const { tracks, protocol, series, summary } = page;
    if (protocol.id !== mainProtocol(summary)) return [];
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
