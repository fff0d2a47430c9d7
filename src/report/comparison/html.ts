import type { ComparedPair, Comparison } from "../../core/comparison.ts";
import { pageText } from "../html/frame.ts";
import { type Html, html as markup } from "../html/markup.ts";
import { block } from "../html/parts.ts";
import { comparisonDefinitionsOf } from "./definitions.ts";
import { changeCards, changesScript, changesStyle } from "./html-changes.ts";
import { benchmarkBars, overview } from "./html-plots.ts";
import { benchmarkRows, changedRows, domainRows, gateRows, gateVerdict, overallRows } from "./html-tables.ts";
import type { ChangeGallery, ComparisonWriter } from "./input.ts";
import { comparisonLead, nothingCompared, pairingLines, pairTitle, summaryText } from "./lead.ts";
import { firstMeasure, rowIds, titleOf } from "./lookup.ts";
import { measureLabel } from "./numbers.ts";
import { publishedHtml } from "./published.ts";

/** The comparison for people: one file that loads nothing, works without scripts, in light and dark, on paper and on a phone. */
export const html: ComparisonWriter = {
  file: "comparison.html",
  summary: "the comparison as one self-contained page",
  render,
};

function render(comparison: Comparison, gallery: ChangeGallery = { changes: [], missing: [] }): string {
  const { base, candidates, pairs } = comparison;
  const title = `${candidates.map((side) => side.title).join(", ")} against ${base.title}`;
  return pageText({
    title,
    result: pairs.length === 1 ? "result" : "pair-0",
    bodyClass: "one",
    style: changesStyle,
    script: changesScript,
    content: markup`<header class="top"><h1>${pairs.length === 1 ? title : `${pairs.length} models against ${base.title}`}</h1>
<p class="size">Candidate minus base, the same targets and prompts. Base: ${base.title} of ${base.run}.</p></header>
${bar(comparison)}${pairs.map((pair, n) => pairSection(comparison, pair, n, gallery))}${definitions(comparison)}`,
  });
}

function bar(comparison: Comparison): Html {
  const links = comparison.pairs.flatMap((pair, n) => [
    ...(comparison.pairs.length > 1
      ? [markup`<a href="#pair-${n}">${titleOf(comparison, pair.candidate)}</a>`]
      : comparison.protocols.map(({ id }, p) => markup`<a href="#pair-${n}-${p}">${id}</a>`)),
  ]);
  return markup`<div class="bar"><nav aria-label="Sections">${links}<a href="#definitions">Definitions</a></nav></div>
`;
}

function pairSection(comparison: Comparison, pair: ComparedPair, n: number, gallery: ChangeGallery): Html {
  const lead = comparisonLead(comparison, pair);
  const many = comparison.pairs.length > 1;
  const protocols = comparison.protocols.map((protocol, p) => {
    const measure = firstMeasure(pair, protocol);
    if (measure === undefined) return undefined;
    const ids = rowIds(comparison, n, p);
    return markup`<section id="pair-${n}-${p}"><h2>${protocol.id}</h2><p class="note">${protocol.summary}</p>
${block("Benchmarks", `From the most improved to the most worsened, ${measureLabel(measure)}.`, markup`${benchmarkBars(comparison, pair, protocol)}${benchmarkRows(comparison, pair, protocol, ids)}`)}
${domainRows(pair, protocol)}${changeCards(comparison, pair, protocol.id, gallery, ids)}${changedRows(comparison, pair, protocol)}</section>
`;
  });
  return markup`<section id="${many ? `pair-${n}` : "result"}">${many ? markup`<h2>${pairTitle(comparison, pair)}</h2>` : undefined}
${warning(pair)}${gateVerdict(pair)}<div class="lead"><div>${
    lead === undefined
      ? markup`<p>Nothing to compare: ${nothingCompared(comparison, pair)}.</p>`
      : markup`<p><b>${lead.score}</b> ${lead.text}</p>`
  }<ul class="remarks">${[...pairingLines(comparison, pair), ...(n === 0 ? gallery.missing : [])].map((line) => markup`<li>${line}</li>`)}</ul>${paste(comparison, pair, n)}</div>${overview(comparison, pair)}</div>
<div class="tables"><div>${overallRows(comparison, pair)}</div></div>
${gateRows(pair)}${publishedHtml(comparison, pair)}${differences(pair)}</section>
${protocols}`;
}

/** Ready for a message or a pull request; the button needs a script, the text does not. */
function paste(comparison: Comparison, pair: ComparedPair, n: number): Html | undefined {
  const text = summaryText(comparison, pair);
  if (text === undefined) return undefined;
  return markup`<details class="paste"><summary>Summary to paste</summary><p class="note" id="summary-${n}">${text}</p>
<p class="tools"><button type="button" class="copy" data-copy="summary-${n}" hidden>Copy summary</button> <span role="status"></span></p></details>
`;
}

function warning({ refused }: ComparedPair): Html | undefined {
  if (refused.length === 0) return undefined;
  return markup`<div class="warning" role="note"><b>Forced.</b> The two sides differ in what moves numbers; what follows is not the difference of the models alone.<ul>${refused.map((line) => markup`<li>${line}</li>`)}</ul></div>
`;
}

function differences({ differences: lines }: ComparedPair): Html | undefined {
  if (lines.length === 0) return undefined;
  return markup`<details><summary>What differs between the sides</summary><ul>${lines.map((line) => markup`<li>${line}</li>`)}</ul></details>
`;
}

function definitions(comparison: Comparison): Html {
  const entries = comparisonDefinitionsOf(comparison).map(
    ({ term, meaning }) => markup`<div><dt>${term}</dt><dd>${meaning}</dd></div>
`,
  );
  return markup`<section id="definitions"><h2>What the numbers mean</h2><dl class="definitions">${entries}</dl></section>
`;
}
