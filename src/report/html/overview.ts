// The first screens: the suite in numbers and words, every benchmark in one chart, curves, domains, and the heat map.
import { units } from "../../core/measure.ts";
import { formatDifference } from "../format-number.ts";
import { fullName, gain, keyMeasures, leadsOver, mainProtocol } from "../lookup.ts";
import { differencePlot } from "../plots/differences.ts";
import { ranking } from "./benchmarks.ts";
import { suiteCurve } from "./curves.ts";
import { domainPlot } from "./domains.ts";
import { caption, results, suiteTable } from "./headline.ts";
import { heatMap } from "./heat-map.ts";
import { type Html, html } from "./markup.ts";
import { bothWidths, type Page, plotFigure } from "./parts.ts";

export function overview(page: Page): Html {
  const { summary, series } = page;
  const main = mainProtocol(summary);
  if (main === undefined)
    return html`<section id="result" aria-labelledby="result-title"><h2 id="result-title">Result</h2>
<p>Nothing was scored.</p></section>
`;
  const chart = series.length > 1 ? differences(page, main) : [ranking(page, main, 560) ?? html``];
  const heat = heatMap(page);
  const keys = keyMeasures(summary, main);
  const what = keys === undefined ? main : `${main}, ${fullName(keys.first)}`;
  return html`<section id="result" aria-labelledby="result-title"><h2 id="result-title">Result: ${what}</h2>
<div class="lead"><div>${results(page, main)}${caption(page)}</div><div>${chart}</div></div>
<div class="columns block"><div>${suiteCurve(page, main, 560)}${heat?.half}</div>${domainPlot(page, main)}</div>
${heat?.whole}
<div class="tables block">${summary.protocols.map((protocol) => suiteTable(page, protocol))}</div>
</section>
`;
}

/** Differences per benchmark from the largest lead to the largest lag, as in Fig. 9a of the SAM paper, one plot per other model. */
function differences({ summary, series }: Page, protocol: string): Html[] {
  const [one, ...others] = series;
  const keys = keyMeasures(summary, protocol);
  if (one === undefined || keys === undefined) return [];
  const { first, bound } = keys;
  const { scale, difference: unit } = units[first.unit];
  return others.flatMap((other) => {
    const leads = leadsOver(summary, protocol, one.name, other.name);
    if (leads.length === 0) return [];
    const rows = leads.map(({ benchmark, value, bound: best }) => {
      const better = gain(first, value) >= 0;
      return {
        ...{ name: benchmark, value: scale * value, text: formatDifference(first, value), better },
        ...(best === undefined ? {} : { bound: { value: scale * best, of: bound!.of } }),
        color: better ? one.color : other.color,
      };
    });
    const described = rows.map(({ name, text }) => `${name} ${text}`).join(", ");
    const title = `${one.title} minus ${other.title}, ${fullName(first)}`;
    const hollow = rows.some((row) => row.bound !== undefined)
      ? ` Hollow: with ${one.title}'s ${bound!.of} instead.`
      : "";
    const label = unit === "" ? "difference" : `difference,${unit}`;
    return [
      plotFigure(
        html`${title}`,
        bothWidths((width) => differencePlot(rows, { width, label }, `${title}: ${described}`), 560),
        `Intervals of differences need pairs: segbench compare.${hollow}`,
        other.className,
      ),
    ];
  });
}
