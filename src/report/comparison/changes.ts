// Pictures of the targets that moved farthest: side by side, or one over the other with a slider.

import { comparisonDefaults } from "../../core/defaults.ts";
import type { MeasureNote } from "../../core/measure.ts";
import type { Comparison } from "../../core/results.ts";
import { film } from "../film.ts";
import type { PhraseChange, Picture, PicturedChange } from "../input.ts";
import { answerKey, choices, pictureKey, pictureTag } from "../kit/figures.ts";
import { count, formatDifference, formatValue, fullName, sentence, withUnitName } from "../kit/format.ts";
import { type Html, html, raw } from "../kit/markup.ts";
import { block, type Section, titled } from "../kit/page.ts";
import { htmlTable, left, markdownTable, number, right, type Table } from "../kit/table.ts";
import { gain, measureOf } from "../lookup.ts";
import { benchmarkTitle, type ProtocolPage, titleOf } from "./lookup.ts";

export const changesStyle = `
.changes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 36rem), 1fr)); gap: 1.6rem 2rem; margin-top: .7rem; }
.change img { display: block; width: 100%; height: auto; aspect-ratio: 4 / 3; object-fit: contain; background: #101214; border-radius: 6px; }
.change .pair { position: relative; display: grid; grid-template-columns: 1fr 1fr; gap: .4rem; }
.change .side { position: relative; min-width: 0; margin: 0; }
.change .side b { position: absolute; left: .4rem; top: .4rem; max-width: calc(100% - .8rem); padding: .1rem .5rem; border-radius: 4px; background: #101214d9; color: #fff; font-size: .78rem; line-height: 1.4; font-weight: 600; }
.wipe { display: none; }
@media screen {
  .sliding .change .pair { --x: calc(1.1rem + var(--at, .5) * (100% - 2.2rem)); grid-template-columns: 1fr; max-width: 40rem; }
  .sliding .change .side { grid-area: 1 / 1; }
  .sliding .change .side + .side { clip-path: inset(0 0 0 var(--x)); }
  .sliding .change .side + .side b { left: auto; right: .4rem; }
  .sliding .change .side b { max-width: calc(50% - .6rem); }
  .sliding .wipe { display: block; grid-area: 1 / 1; z-index: 1; width: 100%; height: 100%; margin: 0; appearance: none; background: none; cursor: ew-resize; touch-action: pan-y; }
  .wipe::-webkit-slider-thumb { appearance: none; width: 2.2rem; height: 2.2rem; border-radius: 50%; border: 2px solid #fff; background: #10121459; box-shadow: 0 0 0 1px #0008; }
  .wipe::-moz-range-thumb { width: 2.2rem; height: 2.2rem; border-radius: 50%; border: 2px solid #fff; background: #10121459; box-sizing: border-box; }
  .wipe::-moz-range-track { background: none; }
  .sliding .change .pair::after { content: ""; position: absolute; inset: 0 auto 0 var(--x); width: 2px; margin-left: -1px; background: #fff; box-shadow: 0 0 0 1px #0008; pointer-events: none; }
}
.change figcaption { padding-top: .5rem; font-size: .875rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
.change .where { display: block; }
@media (max-width: 40rem) { .changes { gap: 1.4rem; } }
@media print { .change { break-inside: avoid; } .view { display: none; } }
`;

/** Works without scripts side by side; the script shows the choice of views and moves the border. */
export const changesScript = `
for (const view of document.querySelectorAll(".view")) {
  view.hidden = false;
  view.addEventListener("change", ({ target }) => {
    document.body.classList.toggle("sliding", target.value === "slider");
    for (const other of document.querySelectorAll(".view input")) other.checked = other.value === target.value;
  });
}
document.addEventListener("input", ({ target }) => {
  if (target.matches(".wipe")) target.parentElement.style.setProperty("--at", target.value / 100);
});
`;

/** Film strips of one pair under one protocol, both sides one above the other. */
export const filmStrips: Section<ProtocolPage> = {
  id: "strips",
  html: ({ comparison, pair, protocol, ids, gallery }) => {
    const own = (gallery.strips ?? []).filter(
      (strip) => strip.candidateName === pair.candidate && strip.protocol === protocol.id,
    );
    const measure = own[0] && measureOf(comparison.protocols, protocol.id, own[0].measure);
    if (measure === undefined) return undefined;
    const names = { base: comparison.base.title, candidate: titleOf(comparison, pair.candidate) };
    const figures = own.map((strip) => {
      const { benchmark, sample, target, category, base, candidate } = strip;
      const what = `${sample} · ${category === undefined ? "" : `${category}, `}object ${target}`;
      const side = (which: "base" | "candidate") =>
        html`<p class="side"><b>${names[which]} ${formatValue(measure, strip[which])}</b></p>
${film(`${what}, ${names[which]}`, strip.strips[which])}`;
      return html`<figure class="strip"><figcaption><b>${formatDifference(measure, candidate - base)}</b> (${formatValue(measure, base)} → ${formatValue(measure, candidate)}) <a href="#${ids.get(benchmark)!}">${benchmarkTitle(comparison, benchmark)}</a> <span class="where">${what}</span></figcaption>
${side("base")}${side("candidate")}</figure>
`;
    });
    return html`<section class="block"><h3>Film strips of what changed most</h3>
<p class="note">The largest losses, then the largest gains, ${fullName(measure)}; the same frames of both sides, the prompted one first.</p>
${pictureKey()}<div class="strips">${figures}</div></section>
`;
  },
};

/** The changes of one pair under one protocol. */
export const pictures: Section<ProtocolPage> = {
  id: "pictures",
  html: ({ comparison, pair, protocol, ids, gallery }) => {
    const own = gallery.changes.filter(
      (change) => change.candidateName === pair.candidate && change.protocol === protocol.id,
    );
    const measure = own[0] && measureOf(comparison.protocols, protocol.id, own[0].measure);
    if (measure === undefined) return undefined;
    const { pictured, picturedPerBenchmark } = comparisonDefaults;
    const names = { base: comparison.base.title, candidate: titleOf(comparison, pair.candidate) };
    const group = (title: string, of: readonly PicturedChange[]) =>
      of.length === 0
        ? undefined
        : html`<h4>${title}</h4><div class="changes">${of.map((change) => card(comparison, change, measure, names, ids.get(change.benchmark)!))}</div>
`;
    const view = (value: string, title: string) =>
      html`<label><input type="radio" name="view-${pair.candidate}-${protocol.id}" value="${value}"${raw(value === "pair" ? " checked" : "")} autocomplete="off"> ${title}</label>`;
    const views = [view("pair", "side by side"), view("slider", "slider")];
    const gained = ({ base, candidate }: PicturedChange) => gain(measure, candidate - base);
    return html`<section class="block"><h3>Pictures of what changed most</h3>
<p class="note">The ${pictured} largest ${measure.better === "none" ? "moves to either side" : "losses and gains"}, ${fullName(measure)}, at most ${picturedPerBenchmark} of each per benchmark.</p>
${protocol.phrases ? answerKey() : pictureKey()}${choices("View", views, { className: "kinds view", hidden: true })}
${group(
  measure.better === "none" ? "Lower" : "Losses",
  own.filter((change) => gained(change) < 0),
)}${group(
  measure.better === "none" ? "Higher" : "Gains",
  own.filter((change) => gained(change) > 0),
)}</section>
`;
  },
};

/** Phrases over all their images, those that lost most first, then those that gained most. */
export const phraseChanges: Section<ProtocolPage> = {
  id: "phrases",
  html: (page) => {
    const table = phrasesTable(page);
    return table.rows.length === 0
      ? undefined
      : block(
          "The phrases that changed most",
          "Over all images that both models were asked about: the largest losses, then the largest gains; base → candidate.",
          htmlTable(table, "", `Phrases, ${page.protocol.id}`),
        );
  },
  markdown: (page) => {
    const table = phrasesTable(page);
    return table.rows.length === 0 ? [] : titled("### The phrases that changed most", markdownTable(table));
  },
};

function phrasesTable({ comparison, pair, protocol, gallery }: ProtocolPage): Table<PhraseChange> {
  const rows = (gallery.phrases ?? []).filter(
    (change) => change.candidateName === pair.candidate && change.protocol === protocol.id,
  );
  const ranking = protocol.measures.find(({ id }) => id === rows[0]?.measure);
  const measures = protocol.measures.filter(({ id }) =>
    rows.some(({ base, candidate }) => base[id] !== undefined || candidate[id] !== undefined),
  );
  const shown = (measure: MeasureNote, value: number | undefined) =>
    value === undefined ? "–" : formatValue(measure, value);
  return {
    columns: [
      left("phrase", ({ phrase }) => phrase, { head: "Phrase" }),
      ...(comparison.benchmarks.length > 1
        ? [left<PhraseChange>("benchmark", ({ benchmark }) => benchmark, { head: "Benchmark" })]
        : []),
      ...(ranking === undefined
        ? []
        : [
            right<PhraseChange>(
              `difference of ${ranking.of}`,
              ({ base, candidate }) => {
                const difference = candidate[ranking.id]! - base[ranking.id]!;
                return number(formatDifference(ranking, difference), difference);
              },
              { head: `Difference of ${ranking.of}` },
            ),
          ]),
      ...measures.map((measure) =>
        right<PhraseChange>(
          withUnitName(sentence(measure.of), measure),
          ({ base, candidate }) => {
            const [before, after] = [base[measure.id], candidate[measure.id]];
            if (before === undefined && after === undefined) return undefined;
            return number(
              `${shown(measure, before)} → ${shown(measure, after)}`,
              (after ?? 0) - (before ?? 0),
            );
          },
          { hint: measure.meaning },
        ),
      ),
      right("images", ({ images }) => number(count(images), images), { head: "Images asked" }),
      right("named", ({ named }) => number(count(named), named), {
        ...{ head: "Named", hint: "images in which the phrase names something" },
      }),
    ],
    rows,
  };
}

function card(
  comparison: Comparison,
  { benchmark, sample, target, category, at, pictures, ...scores }: PicturedChange,
  measure: MeasureNote,
  names: { readonly base: string; readonly candidate: string },
  row: string,
): Html {
  const side = (which: "base" | "candidate") =>
    sideOf(pictures[which], names[which], formatValue(measure, scores[which]));
  const kind = category === undefined ? "" : `${category}, `;
  const word = comparison.protocols.some(({ phrases }) => phrases) ? "query" : "target";
  const title = benchmarkTitle(comparison, benchmark);
  const label = `Border between ${names.base} and ${names.candidate}: ${kind}${title}, image ${sample}, ${word} ${target}`;
  const more = at.draw === undefined ? "" : `; ${measure.of}: mean over draws, pictures: the first`;
  return html`<figure class="change"><div class="pair">${side("base")}${side("candidate")}<input class="wipe" type="range" min="0" max="100" value="50" aria-label="${label}" autocomplete="off"></div>
<figcaption><b>${formatDifference(measure, scores.candidate - scores.base)}</b> (${formatValue(measure, scores.base)} → ${formatValue(measure, scores.candidate)}) <span>${kind}<a href="#${row}">${title}</a></span><span class="where">${sample} · ${word} ${target}${more}</span></figcaption></figure>
`;
}

function sideOf(picture: Picture, name: string, score: string): Html {
  return html`<div class="side">${pictureTag(picture)}<b>${name} ${score}</b></div>`;
}
