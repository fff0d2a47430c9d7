import type { ParityDiagnosis, ParitySummary } from "../../core/parity.ts";
import { plural } from "../format-number.ts";
import { pageText } from "../html/frame.ts";
import { type Html, html as markup, raw } from "../html/markup.ts";
import { block, dataTable, numberCell, rowHead, textCell } from "../html/parts.ts";
import type { Table } from "../table.ts";
import { agreementFigure, blameFigure, imagesFigure } from "./html-plots.ts";
import type { ParityInput, ParityPicture, ParityWriter } from "./input.ts";
import { parityLead, parityTitle, removedText } from "./lead.ts";
import { agreed, blameTable, cellTable, changeTable, costTable, worstTable } from "./tables.ts";

/** For people: one file that loads nothing. */
export const html: ParityWriter = {
  file: "parity.html",
  summary: "the parity check as one self-contained page",
  render: (input) => {
    const { summary } = input;
    return pageText({
      ...{ title: `Parity: ${parityTitle(summary)}`, result: "result", bodyClass: "one", style: ownStyle },
      content: markup`<header class="top"><h1>${parityTitle(summary)}</h1>
<p class="size">The same images and prompts through both exports. Prompts are those of the reference.</p></header>
<div class="bar"><nav aria-label="Sections"><a href="#result">Result</a><a href="#stages">Stages</a><a href="#benchmarks">Benchmarks</a>${
        input.pictures.length === 0 ? undefined : markup`<a href="#worst">Worst</a>`
      }<a href="#definitions">Definitions</a></nav></div>
${result(input)}${stages(input)}${benchmarks(input)}${worst(input)}${definitions()}`,
    });
  },
};

const ownStyle = `
.causes { list-style: none; padding: 0; margin: 0; counter-reset: cause; max-width: 56rem; }
.causes li { counter-increment: cause; padding: .9rem 0 .9rem 2.6rem; border-bottom: 1px solid var(--line); position: relative; }
.causes li::before { content: counter(cause); position: absolute; left: 0; top: .8rem; font-size: 1.5rem; line-height: 1.2; color: var(--soft); font-variant-numeric: tabular-nums; }
.causes p { margin: .25rem 0 0; } .causes .advice { color: var(--soft); }
.causes .stage { display: inline-block; padding: 0 .5em; border-radius: 1em; font-size: .76rem; margin-right: .5em; border: 1px solid currentColor; font-weight: 400; }
.stage.encoder { color: var(--m0); } .stage.decoder { color: var(--m1); }
.verdict { display: inline-block; padding: .15rem .7rem; border-radius: 4px; font-weight: 700; margin: 0 0 1rem; color: var(--page); background: var(--m2); } .verdict.failed { background: var(--m1); }
.apart { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1.4rem; margin: .7rem 0 1.6rem; }
.apart img { display: block; width: 100%; height: auto; aspect-ratio: 4 / 3; object-fit: contain; background: #101214; border-radius: 6px; }
.apart figcaption { padding-top: .4rem; font-size: .875rem; line-height: 1.4; } .apart figcaption span { color: var(--soft); display: block; }
.legend { list-style: none; display: flex; gap: 1.2rem; padding: 0; margin: 0 0 .6rem; font-size: .875rem; }
.legend i { display: inline-block; width: .9em; height: .9em; margin-right: .4em; vertical-align: -.08em; border-radius: 2px; }`;

function result(input: ParityInput): Html {
  const { summary } = input;
  const { gate, diagnoses, remarks } = summary;
  const broken = gate?.checks.filter(({ passed }) => !passed) ?? [];
  const verdict =
    gate === undefined
      ? undefined
      : markup`<p class="verdict ${broken.length === 0 ? "" : "failed"}">${
          broken.length === 0
            ? `Gate ${gate.name} passed: ${gate.checks.length} limits kept`
            : `Gate ${gate.name} failed: ${broken.length} of ${gate.checks.length} limits broken`
        }</p>
`;
  return markup`<section id="result"><h2>Result</h2>
${verdict}<div class="lead"><div>${parityLead(summary).map((text) => markup`<p>${text}</p>`)}${
    remarks.length === 0
      ? undefined
      : markup`<ul class="remarks">${remarks.map((text) => markup`<li>${text}</li>`)}</ul>`
  }</div><div>${agreementFigure(summary)}</div></div>
${diagnoses.length === 0 ? undefined : block("Causes", "Each was tried on a few images: corrected in the candidate, or made in the reference too.", markup`<ol class="causes">${diagnoses.map(cause)}</ol>`)}
<div class="tables"><div>${tableOf(changeTable(summary), markup`<b>Scores</b> against the targets, shares in percent; changes in points with 95 % intervals`, "Changes")}</div></div>
${gateTable(summary)}</section>
`;
}

function cause({ stage, title, evidence, advice, removed }: ParityDiagnosis): Html {
  return markup`<li><b><span class="stage ${stage}">${stage}</span>${title}</b>
<p>${evidence.join(" ")}${removed === undefined ? undefined : ` Correcting it removes ${removedText(removed)} of the error.`}</p><p class="advice">${advice}</p></li>
`;
}

function gateTable({ gate }: ParitySummary): Html | undefined {
  const broken = gate?.checks.filter(({ passed }) => !passed) ?? [];
  if (broken.length === 0) return undefined;
  const rows = broken.map(({ where, limit, got }) => [where, limit, got]);
  const columns = ["Where", "Limit", "Got"].map((title) => ({ title, align: "left" as const }));
  return block(
    "Broken limits",
    "",
    tableOf({ columns, rows }, markup`of gate ${gate?.name ?? ""}`, "Broken limits"),
  );
}

function stages(input: ParityInput): Html {
  const { summary } = input;
  const table = blameTable(summary);
  return markup`<section id="stages"><h2>Stages</h2>
<p class="note">The reference's decoder with the candidate's embedding, and the other way round: pre- and post-processing stay as they are.</p>
${blameFigure(summary)}${table.rows.length === 0 ? undefined : tableOf(table, markup`Disagreement in percent`, "Disagreement by stage")}
<h3>Size and time</h3>${tableOf(costTable(input), markup`Median time of a run of the graph, both models side by side on one machine`, "Size and time")}</section>
`;
}

function benchmarks({ summary, rows }: ParityInput): Html {
  return markup`<section id="benchmarks"><h2>Benchmarks</h2>
${imagesFigure(summary, rows)}${tableOf(cellTable(summary), markup`Candidate against reference on the reference's prompts`, "Benchmarks")}</section>
`;
}

function worst({ summary, pictures }: ParityInput): Html | undefined {
  const table = worstTable(summary);
  if (table.rows.length === 0) return undefined;
  return markup`<section id="worst"><h2>Farthest apart</h2>
<p class="note">The step of a target in which the masks of the two models agree least.</p>
<ul class="key"><li><i class="truth"></i>reference</li><li><i class="prediction"></i>candidate</li><li><i class="positive">+</i>foreground click</li><li><i class="negative">−</i>background click</li><li><i class="boxed"></i>box</li></ul>
<div class="apart">${pictures.map(card)}</div>
${tableOf(table, markup`Agreement of the masks, and the score of each against the target`, "Farthest apart")}</section>
`;
}

function card({ picture, benchmark, sample, target, protocol, at, agreement }: ParityPicture): Html {
  const src = /^data:image\/(webp|png|jpeg);base64,[A-Za-z0-9+/=]+$/.test(picture.src)
    ? picture.src
    : "data:,";
  const alt = `target ${target} in ${benchmark} image ${sample}: outlines of the reference's and the candidate's mask, agreement ${agreed(agreement)} %`;
  const step = at.clicks === 0 ? "no click" : plural(at.clicks, "click");
  return markup`<figure><img src="${raw(src)}" width="${picture.width}" height="${picture.height}" alt="${alt}" decoding="async">
<figcaption><b>agreement ${agreed(agreement)} %</b> <span>${protocol}, ${step}</span>
<span>${benchmark} · ${sample} · target ${target}</span></figcaption></figure>
`;
}

/** Columns to the right hold numbers; what is not a number sorts as text. */
function tableOf({ columns, rows }: Table, caption: Html, name: string): Html {
  const heads = columns.map(({ title, align }) => ({ title, numeric: align === "right" }));
  const body = rows.map((cells) => ({
    cells: cells.map((text, c) => {
      if (c === 0) return rowHead(markup`${text}`);
      if (columns[c]!.align === "left") return textCell(text);
      const value = Number.parseFloat(text.replace("> ", ""));
      return Number.isFinite(value) ? numberCell(text, value) : numberCell(text);
    }),
  }));
  return dataTable(caption, heads, body, name);
}

function definitions(): Html {
  const entries = meanings.map(
    ({ term, meaning }) => markup`<div><dt>${term}</dt><dd>${meaning}</dd></div>
`,
  );
  return markup`<section id="definitions"><h2>What the numbers mean</h2><dl class="definitions">${entries}</dl></section>
`;
}

/** docs/parity.md says more. */
const meanings: readonly { readonly term: string; readonly meaning: string }[] = [
  {
    term: "Agreement",
    meaning:
      "IoU of the candidate's mask with the reference's mask for the same prompt, ground truth aside. Each model chooses its own mask. 100: the same pixels.",
  },
  {
    term: "5th pct., < 90 %",
    meaning: "The 5th percentile of the agreement over all prompts, and the share of prompts below 90 %.",
  },
  {
    term: "SNR, embedding",
    meaning:
      "The image embedding's signal over the noise that the candidate adds, in dB (20 dB: noise of a tenth), of the worst image; and the same as relative L2 in percent.",
  },
  {
    term: "Logits mean, max, signs",
    meaning:
      "Absolute differences of the low-resolution logits of all masks, index by index; the share of them on the other side of 0.",
  },
  {
    term: "predicted, other mask",
    meaning:
      "Largest difference of a predicted quality in a step, in points, averaged; share of steps in which the candidate chooses another of its masks.",
  },
  {
    term: "Change, on the same prompts",
    meaning:
      "The candidate's score minus the reference's, both against the targets: the candidate clicked on its own errors, and the candidate on the reference's prompts, where differences cannot grow from step to step.",
  },
  {
    term: "Encoder's and decoder's share",
    meaning:
      "Shapley values of the two stages: half of what exchanging a stage costs in the reference and half of what it costs in the candidate. They add up to the whole.",
  },
  {
    term: "Overall",
    meaning:
      "Means and shares: unweighted over benchmarks. Extremes, percentiles and the SNR: over everything.",
  },
];
