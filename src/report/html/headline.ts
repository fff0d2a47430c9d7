// The first screen: who scored what, how certain it is, and where it fails.
import { type MeasureNote, units } from "../../core/measure.ts";
import type { ProtocolNote, Suite } from "../../core/summary.ts";
import { count, formatInterval, formatValue, inUnit } from "../format-number.ts";
import { captionSentences, runSize } from "../lead.ts";
import { columnsOf, gain, isScored, keyMeasures, modelTitle, suiteOf, totalsOf } from "../lookup.ts";
import { type Html, html } from "./markup.ts";
import { dataTable, estimateCell, measureHeads, modelMark, numberCell, type Page, rowHead } from "./parts.ts";

/** The number to remember of every model. */
export function results({ summary, series }: Page, protocol: string): Html {
  const keys = keyMeasures(summary, protocol);
  const items = series.flatMap((look) => {
    const measures = suiteOf(summary, protocol, look.name)?.measures ?? {};
    const macro = keys === undefined ? undefined : measures[keys.first.id]?.macro;
    if (keys === undefined || macro === undefined) return [];
    const { first, bound, last } = keys;
    const more = (measure: MeasureNote | undefined, name: string | undefined) => {
      const value = measure === undefined ? undefined : measures[measure.id]?.macro.value;
      return value === undefined ? [] : [`${name} ${formatValue(measure!, value)}`];
    };
    const facts = [
      ...[formatInterval(first, macro), first.at],
      ...[...more(bound, bound?.of), ...more(last, last?.at)],
    ].filter((part) => part !== "");
    return [
      html`<li class="${look.className}">${modelMark(look)}<span class="score"><b>${formatValue(first, macro.value)}</b>${units[first.unit].value} ${first.of}</span><span class="more">${facts.join(" · ")}</span></li>`,
    ];
  });
  return html`<ul class="results">${items}</ul>
`;
}

/** The result in sentences for a table's caption; the button appears where scripts run. */
export function caption({ summary }: Page): Html {
  return html`<div class="paste"><p id="summary-text">${captionSentences(summary).join(" ")}</p>
<p class="tools"><button type="button" class="copy" data-copy="summary-text" hidden>Copy summary</button> <span role="status"></span></p></div>
`;
}

/** Title, size of the run, and a warning where it is not finished. */
export function top({ summary }: Page): Html {
  const partial = summary.complete
    ? undefined
    : html`<p class="warning" role="note"><b>Incomplete run.</b> Not every image has been scored yet: the numbers are those of the rows so far.</p>
`;
  return html`<header class="top">
<h1>${summary.title}</h1>
<p class="size">${runSize(summary)}</p>
</header>
${partial}`;
}

/** The suite under one protocol: every model, every column. */
export function suiteTable({ summary, series }: Page, { id, summary: what }: ProtocolNote): Html | undefined {
  const measures = columnsOf(summary, id);
  const scored = series.flatMap((look) => suiteOf(summary, id, look.name) ?? []);
  const [first] = measures;
  if (first === undefined || !scored.some(isScored)) return undefined;
  const bestOf = (measure: MeasureNote) => {
    const values = scored.flatMap((suite) => suite.measures[measure.id]?.macro.value ?? []);
    return values.toSorted((a, b) => gain(measure, b - a))[0];
  };
  const best = new Map(scored.length > 1 ? measures.map((measure) => [measure.id, bestOf(measure)]) : []);
  const heads = [
    { title: "Model", numeric: false },
    ...measureHeads(measures),
    { title: "Masks", numeric: true, hint: "scored targets" },
    { title: "Failed", numeric: true },
  ];
  const rows = series.map((look) => {
    const suite = suiteOf(summary, id, look.name);
    const totals = totalsOf(summary, id, look.name);
    return {
      className: look.className,
      cells: [
        rowHead(modelMark(look)),
        ...measures.map((measure) => suiteCell(suite, measure, best.get(measure.id))),
        numberCell(count(totals.scored), totals.scored),
        numberCell(count(totals.failed), totals.failed),
      ],
    };
  });
  const name = `${inUnit(`Suite ${first.of}`, first)}, ${id}`;
  return html`<div>${dataTable(html`<b>${id}</b> ${what}`, heads, rows, name)}</div>`;
}

/** Macro in large, its interval, and micro below; bounds are soft, and the best of their column is not theirs. */
function suiteCell(suite: Suite | undefined, measure: MeasureNote, best: number | undefined): Html {
  const own = suite?.measures[measure.id];
  if (own === undefined) return estimateCell(measure, undefined);
  const { macro, micro } = own;
  const soft = measure.boundOf === undefined ? "" : " soft";
  const className = soft === "" && macro.value === best ? " best" : soft;
  return html`<td class="num score${className}" data-sort="${Number(macro.value.toFixed(6))}"><b>${formatValue(measure, macro.value)}</b><small>${formatInterval(measure, macro)}</small>${
    micro === undefined ? undefined : html`<small>micro ${formatValue(measure, micro.value)}</small>`
  }</td>`;
}

/** Remarks of the models, for example that an export has no single-mask output. */
export function remarks({ summary }: Page): Html | undefined {
  const lines = summary.models.flatMap(({ name, remarks: notes }) =>
    notes.map((note) => html`<li><b>${modelTitle(summary, name)}:</b> ${note}</li>`),
  );
  return lines.length === 0
    ? undefined
    : html`<ul class="remarks">${lines}</ul>
`;
}
