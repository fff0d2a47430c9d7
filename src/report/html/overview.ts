// The first screens: the suite in numbers and words, every benchmark in one chart, clicks, domains, and the heat map.
import { mainProtocol, roundLabel, shownRounds } from "../lookup.ts";
import { ranking } from "./benchmarks.ts";
import { suiteCurve } from "./curves.ts";
import { differences } from "./differences.ts";
import { domainPlot } from "./domains.ts";
import { caption, results, suiteTable } from "./headline.ts";
import { heatMap } from "./heat-map.ts";
import { type Html, html } from "./markup.ts";
import type { Page } from "./parts.ts";

export function overview(page: Page): Html {
  const { summary, series } = page;
  const main = mainProtocol(summary);
  if (main === undefined)
    return html`<section id="result" aria-labelledby="result-title"><h2 id="result-title">Result</h2>
<p>Nothing was scored.</p></section>
`;
  const chart = series.length > 1 ? differences(page, main) : [ranking(page, main, 560) ?? html``];
  const heat = heatMap(page);
  const first = shownRounds(summary, main)[0];
  const round = first === undefined ? "" : `, ${roundLabel(main, first)}`;
  return html`<section id="result" aria-labelledby="result-title"><h2 id="result-title">Result: ${main}${round}</h2>
<div class="lead"><div>${results(page, main)}${caption(page)}</div><div>${chart}</div></div>
<div class="columns block"><div>${suiteCurve(page, main, 560)}${heat?.half}</div>${domainPlot(page, main)}</div>
${heat?.whole}
<div class="tables block">${summary.protocols.map((protocol) => suiteTable(page, protocol))}</div>
</section>
`;
}
