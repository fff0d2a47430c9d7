// The first screen: who scored what, how certain it is, and where it fails.
import type { Suite } from "../../core/summary.ts";
import { count, interval, percent } from "../format-number.ts";
import { captionSentences, runSize } from "../lead.ts";
import {
  modelTitle,
  oracleRounds,
  type ProtocolNote,
  roundLabel,
  shownRounds,
  suiteOf,
  totalsOf,
} from "../lookup.ts";
import { type Html, html } from "./markup.ts";
import { dataTable, estimateCell, modelMark, numberCell, type Page, rowHead } from "./parts.ts";

/** The number to remember of every model. */
export function results({ summary, series }: Page, protocol: string): Html {
  const items = series.flatMap((look) => {
    const rounds = suiteOf(summary, protocol, look.name)?.rounds ?? [];
    const [first, last] = [rounds[0], rounds.at(-1)];
    if (first === undefined || last === undefined) return [];
    const more = [
      ...(first.oracleMacro === undefined ? [] : [`oracle ${percent(first.oracleMacro.value)}`]),
      ...(last === first ? [] : [`${roundLabel(protocol, last.clicks)} ${percent(last.macro.value)}`]),
    ];
    return [
      html`<li class="${look.className}">${modelMark(look)}<span class="score"><b>${percent(first.macro.value)}</b> % mIoU</span><span class="more">${[interval(first.macro), roundLabel(protocol, first.clicks), ...more].filter((part) => part !== "").join(" · ")}</span></li>`,
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

/** The suite under one protocol: every model, every shown round. */
export function suiteTable({ summary, series }: Page, { id, summary: what }: ProtocolNote): Html | undefined {
  const rounds = shownRounds(summary, id);
  const oracles = oracleRounds(summary, id);
  const scored = series.flatMap((look) => suiteOf(summary, id, look.name) ?? []);
  if (scored.every((suite) => suite.rounds.length === 0)) return undefined;
  const best = new Map(
    rounds.map((clicks) => [clicks, Math.max(...scored.map((suite) => macroOf(suite, clicks)?.value ?? -1))]),
  );
  const heads = [
    { title: "Model", numeric: false },
    ...rounds.flatMap((clicks) => [
      { title: roundLabel(id, clicks), numeric: true },
      ...(oracles.has(clicks)
        ? [{ title: "oracle", numeric: true, hint: "best of the candidate masks" }]
        : []),
    ]),
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
        ...rounds.flatMap((clicks) => [
          suiteCell(suite, clicks, scored.length > 1 && macroOf(suite, clicks)?.value === best.get(clicks)),
          ...(oracles.has(clicks) ? [oracleCell(suite, clicks)] : []),
        ]),
        numberCell(count(totals.scored), totals.scored),
        numberCell(count(totals.failed), totals.failed),
      ],
    };
  });
  const table = dataTable(html`<b>${id}</b> ${what}`, heads, rows, `Suite mIoU, ${id}`);
  return html`<div>${table}</div>`;
}

function macroOf(suite: Suite | undefined, clicks: number) {
  return suite?.rounds.find((round) => round.clicks === clicks)?.macro;
}

/** Macro in large, its interval, and micro below. */
function suiteCell(suite: Suite | undefined, clicks: number, best: boolean): Html {
  const round = suite?.rounds.find((candidate) => candidate.clicks === clicks);
  if (round === undefined) return numberCell("–");
  const { macro, micro } = round;
  return html`<td class="num score${best ? " best" : ""}" data-sort="${Number(macro.value.toFixed(6))}"><b>${percent(macro.value)}</b><small>${interval(macro)}</small><small>micro ${percent(micro.value)}</small></td>`;
}

function oracleCell(suite: Suite | undefined, clicks: number): Html {
  const round = suite?.rounds.find((candidate) => candidate.clicks === clicks);
  if (round?.oracleMacro === undefined) return estimateCell(undefined);
  const { oracleMacro: macro, oracleMicro: micro } = round;
  return html`<td class="num score soft" data-sort="${Number(macro.value.toFixed(6))}"><b>${percent(macro.value)}</b><small>${interval(macro)}</small>${
    micro === undefined ? undefined : html`<small>micro ${percent(micro.value)}</small>`
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
