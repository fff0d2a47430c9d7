import { phases } from "../../core/timing.ts";
import { percent } from "../format-number.ts";
import { phaseColors, type TimeBar, timesPlot } from "../plots/time-bars.ts";
import { milliseconds, timesSentence } from "../times-text.ts";
import { type Html, html, raw } from "./markup.ts";
import {
  bothWidths,
  dataTable,
  modelCells,
  modelHeads,
  modelMark,
  numberCell,
  type Page,
  plotFigure,
  rowHead,
  textCell,
} from "./parts.ts";

/** Where the time went: the phases of an image's time for every model, and what they are. Nothing without timing.jsonl. */
export function times(page: Page): Html | undefined {
  const { input, series } = page;
  const shown = series.flatMap((look) => {
    const own = input.times?.find(({ model }) => model === look.name);
    return own === undefined ? [] : [{ look, own }];
  });
  if (shown.length === 0) return undefined;
  const bars = shown.map(
    ({ look: { title, className }, own }): TimeBar => ({ title, times: own, className }),
  );
  const described = bars.map(({ title, times: { phases: parts } }) => {
    const all = parts.reduce((sum, { total }) => sum + total, 0);
    return `${title}: ${parts.map(({ phase, total }) => `${phase} ${percent(total / all, 0)} %`).join(", ")}`;
  });
  const heads = [
    { title: "Phase", numeric: false },
    ...modelHeads(page),
    { title: "What it is", numeric: false },
    { title: "share", numeric: true, hint: "percent of an image's time" },
    { title: "mean ms", numeric: true, hint: "per image" },
    { title: "median ms", numeric: true, hint: "half of the images took less" },
    { title: "p95 ms", numeric: true, hint: "95 % of the images took less" },
  ];
  const rows = shown.flatMap(({ look, own }) => {
    const all = own.phases.reduce((sum, { total }) => sum + total, 0);
    return own.phases.map(({ phase, total, p50, p95 }) => ({
      className: look.className,
      cells: [
        rowHead(html`<span class="model">${swatch(phaseColors[phase])}${phase}</span>`),
        ...modelCells(page, look),
        textCell(phases[phase]),
        numberCell(percent(total / all), total / all),
        ...[total / own.images, p50, p95].map((value) => numberCell(milliseconds(value), value)),
      ],
    }));
  });
  return html`<section id="times" aria-labelledby="times-title"><h2 id="times-title">Where the time went</h2>
${shown.map(({ look, own }) => html`<p class="note ${look.className}">${modelMark(look)}: ${timesSentence(own)}.</p>`)}
${plotFigure(
  "Phases of an image's time",
  bothWidths((width) => timesPlot(bars, width, `Shares of time. ${described.join(". ")}`), 980),
  "Images are worked on at the same time, so their times add up to more than the run took.",
)}
${dataTable(html`Milliseconds per image`, heads, rows, "Where the time went")}</section>
`;
}

function swatch(color: string): Html {
  return raw(
    `<svg class="mark" viewBox="0 0 14 14" width="14" height="14" aria-hidden="true"><rect x="1" y="1" width="12" height="12" fill="${color}"/></svg> `,
  );
}
