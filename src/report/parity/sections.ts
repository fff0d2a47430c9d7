// A parity check: its sections in order, as a page, as Markdown and as what is printed. A new section is a file and a line here.
import type { ParityDiagnosis, ParitySummary } from "../../core/parity.ts";
import type { GateResult } from "../../core/results.ts";
import type { ParityInput, ParityPicture } from "../input.ts";
import { checkGroups, checksTable, verdictMarkdown, verdictText } from "../kit/checks.ts";
import { pictureKey, pictureTag } from "../kit/figures.ts";
import { byName, plural } from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import {
  bar,
  block,
  definitionSection,
  folded,
  htmlOf,
  leadMarkdown,
  listed,
  markdownOf,
  pageText,
  printedOf,
  remarks,
  type Section,
  section,
  top,
} from "../kit/page.ts";
import { escapeMarkdown, htmlTable, markdownTable, type Table } from "../kit/table.ts";
import { plainScreen, type Screen, textTable, toned } from "../kit/text-table.ts";
import { costNotes, costTable } from "./cost.ts";
import { agreementFigure, blameFigure, imagesFigure } from "./figures.ts";
import { diagnosisLine, parityLead, parityTitle, removedText } from "./lead.ts";
import { clipMeanings, meanings, phraseMeanings, setMeanings } from "./meanings.ts";
import { farthestTable, numbersTable } from "./phrases.ts";
import { apartSection, filterSection } from "./set-sections.ts";
import { apartTable, isOfSets, setTable } from "./sets.ts";
import { overTimeFigure, phraseStageNote, stageNote, stageTable } from "./stages.ts";
import { agreed, blameTable, changeTable, remarksOf } from "./tables.ts";

/** How many of the targets that are farthest apart are printed. */
const printedWorst = 5;
/** What has all columns. */
const elsewhere = "parity.md";

const resultSection: Section<ParityInput> = {
  id: "result",
  links: () => [["result", "Result"]],
  html: ({ summary }) => {
    const { gate, diagnoses } = summary;
    const verdict =
      gate === undefined
        ? undefined
        : html`<p class="verdict ${gate.verdict}">Gate ${gate.name} ${verdictText(gate)}</p>
`;
    const scores = html`<b>Scores</b> against the targets, shares in percent; changes in points with 95 % intervals`;
    return section(
      "result",
      "Result",
      html`${verdict}<div class="lead"><div>${parityLead(summary).sentences.map((text) => html`<p>${text}</p>`)}${remarks(remarksOf(summary))}</div><div>${agreementFigure(summary)}${overTimeFigure(summary)}</div></div>
${
  diagnoses.length === 0
    ? undefined
    : block(
        "Causes",
        `Each was tried on ${triedOn(summary)}: corrected in the candidate, or made in the reference too.`,
        html`<ol class="causes">${diagnoses.map(cause)}</ol>`,
      )
}
<div class="tables"><div>${htmlTable(changeTable(summary), scores, "Changes")}</div></div>
${notKept(gate).map(({ title, checks }) =>
  block(title, "", htmlTable(checksTable(checks, false), `of gate ${gate?.name}`, title)),
)}`,
    );
  },
  markdown: ({ summary }) => {
    const { gate, diagnoses } = summary;
    const notes = remarksOf(summary);
    const causes = diagnoses.flatMap((one, i) => [
      `${i + 1}. **${escapeMarkdown(diagnosisLine(one))}**  `,
      `   ${one.evidence.map(escapeMarkdown).join(" ")}  `,
      `   *${escapeMarkdown(one.advice)}*`,
    ]);
    return [
      ...[`### ${escapeMarkdown(parityTitle(summary))}`, ""],
      ...(gate === undefined ? [] : [verdictMarkdown(gate), ""]),
      ...[leadMarkdown(parityLead(summary)), ""],
      ...(causes.length === 0 ? [] : [...causes, ""]),
      ...(notes.length === 0 ? [] : [...listed(notes), ""]),
      ...notKept(gate).flatMap(({ title, checks }) => [
        ...[`**${title}**`, "", ...markdownTable(checksTable(checks, false)), ""],
      ]),
      ...[...markdownTable(changeTable(summary)), ""],
      ...folded("By benchmark", markdownTable(numbersTable(summary))),
    ];
  },
  terminal: ({ summary }, screen) => [
    ...[toned(parityTitle(summary), "bold", screen), ...parityLead(summary).sentences],
    ...summary.diagnoses.flatMap((one, i) => [
      ...["", `${i + 1}. ${diagnosisLine(one)}`],
      ...[...one.evidence, one.advice].map((text) => `   ${text}`),
    ]),
    ...(remarksOf(summary).length === 0 ? [] : ["", ...remarksOf(summary).map((text) => `remark: ${text}`)]),
    ...["", "scores against the targets: shares in percent, their changes in points"],
    ...textTable(changeTable(summary), screen, { elsewhere }),
    ...[
      "",
      `candidate against reference, ${isOfSets(summary) ? "the same clicks" : summary.phrases !== undefined ? "the same phrases" : "the reference's prompts"}`,
    ],
    ...textTable(numbersTable(summary), screen, { elsewhere }),
  ],
};

const hasStages = ({ summary: { clips, phrases } }: ParityInput) =>
  clips !== undefined || phrases !== undefined;

function triedOn(summary: ParitySummary): string {
  if (isOfSets(summary)) return "all images (filters) or a few (graphs)";
  return summary.clips === undefined ? "a few images" : "a few frames";
}

const sections: readonly Section<ParityInput>[] = [
  resultSection,
  filterSection,
  {
    id: "stages",
    links: ({ summary }) => [["stages", isOfSets(summary) ? "Cost" : "Stages"]],
    html: (input) => {
      const { summary } = input;
      if (isOfSets(summary)) {
        const caption = "Median time of a run of the graph, both models on one machine at once";
        return section(
          "stages",
          "Size and time",
          html`${htmlTable(costTable(input), caption, "Size and time")}${remarks(costNotes(input))}`,
        );
      }
      const blamed = blameTable(summary);
      const staged = stageTable(input);
      const cost = "Median time of a run of the graph, both models side by side on one machine";
      return section(
        "stages",
        "Stages",
        html`<p class="note">${summary.phrases !== undefined ? phraseStageNote : summary.clips === undefined ? "The reference's decoder with the candidate's embedding, and the other way round: pre- and post-processing stay as they are." : stageNote}</p>
${blameFigure(summary)}${staged.rows.length === 0 ? undefined : htmlTable(staged, "On the reference's inputs: relative L2 in percent, milliseconds of a run (medians)", "Stages")}${blamed.rows.length === 0 ? undefined : htmlTable(blamed, "Disagreement in percent", "Disagreement by stage")}
<h3>Size and time</h3>${htmlTable(costTable(input), cost, "Size and time")}${remarks(costNotes(input))}`,
      );
    },
    markdown: (input) => [
      ...(isOfSets(input.summary)
        ? []
        : !hasStages(input)
          ? folded("Blame", markdownTable(blameTable(input.summary)))
          : folded("Stages", [
              ...[...markdownTable(stageTable(input)), ""],
              ...listed([input.summary.phrases === undefined ? stageNote : phraseStageNote]),
            ])),
      ...folded("Size and time", [...markdownTable(costTable(input)), "", ...listed(costNotes(input))]),
    ],
    terminal: (input, screen) => [
      ...(!hasStages(input)
        ? []
        : [
            "",
            "stage by stage, on the reference's inputs",
            ...textTable(stageTable(input), screen, { elsewhere }),
          ]),
      "",
      ...textTable(costTable(input), screen, { elsewhere }),
      ...costNotes(input),
    ],
  },
  {
    id: "benchmarks",
    links: () => [["benchmarks", "Benchmarks"]],
    html: ({ summary, rows }) => {
      const [whose, own] = isOfSets(summary)
        ? [
            "the same clicks",
            htmlTable(setTable(summary), "Masks of whole images, candidate against reference", "Benchmarks"),
          ]
        : [summary.phrases === undefined ? "the reference's prompts" : "the same phrases", undefined];
      const table =
        own ?? htmlTable(numbersTable(summary), `Candidate against reference on ${whose}`, "Benchmarks");
      return section("benchmarks", "Benchmarks", html`${imagesFigure(summary, rows)}${table}`);
    },
  },
  {
    id: "worst",
    links: ({ pictures }) => (pictures.length === 0 ? [] : [["worst", "Worst"]]),
    html: (input) => {
      const { summary, pictures } = input;
      if (isOfSets(summary)) return apartSection(input);
      const table = farthestTable(summary);
      if (table.rows.length === 0) return undefined;
      const caption =
        summary.phrases === undefined
          ? "Agreement of the masks, and the score of each against the target"
          : "Agreement of the answers, and their masks";
      return section(
        "worst",
        "Farthest apart",
        html`<p class="note">${summary.phrases !== undefined ? "Phrases whose answers agree least, all masks of an answer in one." : `The ${summary.clips === undefined ? "step" : "frame"} of a target in which the masks of the two models agree least.`}</p>
${pictureKey("reference", "candidate", summary.phrases === undefined)}<div class="apart">${pictures.map(card)}</div>
${htmlTable(table, caption, "Farthest apart")}`,
      );
    },
    markdown: (input) =>
      isOfSets(input.summary) ? foldedRows(apartTable(input)) : foldedRows(farthestTable(input.summary)),
    terminal: ({ summary }, screen) =>
      summary.worst.length === 0
        ? []
        : ["", "farthest apart", ...textTable(farthestTable(summary, printedWorst), screen, { elsewhere })],
  },
  {
    ...definitionSection(({ summary }: ParityInput) => {
      if (isOfSets(summary)) return Object.entries(setMeanings);
      if (summary.phrases !== undefined) return Object.entries(phraseMeanings);
      return Object.entries(summary.clips === undefined ? meanings : clipMeanings);
    }),
    markdown: () => [],
  },
];

/** The page: one file that loads nothing. */
export function parityPage(input: ParityInput): string {
  const title = parityTitle(input.summary);
  const noun = input.summary.clips === undefined ? "images" : "clips";
  const line = isOfSets(input.summary)
    ? "The same images and clicks through both exports, each on its own."
    : input.summary.phrases !== undefined
      ? "The same phrases asked of the same images by both exports."
      : `The same ${noun} and prompts through both exports. Prompts are those of the reference.`;
  return pageText({
    ...{ title: `Parity: ${title}`, result: "result", bodyClass: "one", style: ownStyle },
    content: html`${top(title, line)}${bar(sections, input)}${htmlOf(sections, input)}`,
  });
}

/** For a pull request: verdict and causes first, the rest folded away. */
export function parityMarkdown(input: ParityInput): string {
  return markdownOf(sections, input);
}

/** What `parity` prints. */
export function parityText(input: ParityInput, screen: Screen = plainScreen): string {
  const { reference, candidate } = input.summary;
  const summary = { ...input.summary, reference: byName(reference), candidate: byName(candidate) };
  return printedOf(sections, { ...input, summary }, screen);
}

/** Broken and undecided limits. */
function notKept(gate: GateResult | undefined) {
  return gate === undefined ? [] : checkGroups(gate).filter(({ verdict }) => verdict !== "passed");
}

function cause({ stage, title, evidence, advice, removed }: ParityDiagnosis): Html {
  return html`<li><b><span class="stage ${stage}">${stage}</span>${title}</b>
<p>${evidence.join(" ")}${removed === undefined ? undefined : ` Correcting it removes ${removedText(removed)} of the error.`}</p><p class="advice">${advice}</p></li>
`;
}

function card({
  picture,
  benchmark,
  sample,
  target,
  protocol,
  at,
  frame,
  phrase,
  agreement,
}: ParityPicture): Html {
  const named = `${phrase === undefined ? "target" : "query"} ${target}`;
  const alt = `${named} in ${benchmark} ${frame === undefined ? "image" : `frame ${frame} of`} ${sample}: outlines of the reference's and the candidate's mask, agreement ${agreed(agreement)} %`;
  const clicks = at.clicks === 0 ? "no click" : plural(at.clicks, "click");
  const step = phrase ?? (frame === undefined ? clicks : `frame ${frame}`);
  return html`<figure>${pictureTag({ ...picture, alt })}
<figcaption><b>agreement ${agreed(agreement)} %</b> <span>${protocol}, ${step}</span>
<span>${benchmark} · ${sample} · ${named}</span></figcaption></figure>
`;
}

const ownStyle = `
.causes { list-style: none; padding: 0; margin: 0; counter-reset: cause; max-width: 56rem; }
.causes li { counter-increment: cause; padding: .9rem 0 .9rem 2.6rem; border-bottom: 1px solid var(--line); position: relative; }
.causes li::before { content: counter(cause); position: absolute; left: 0; top: .8rem; font-size: 1.5rem; line-height: 1.2; color: var(--soft); font-variant-numeric: tabular-nums; }
.causes p { margin: .25rem 0 0; } .causes .advice { color: var(--soft); }
.causes .stage { display: inline-block; padding: 0 .5em; border-radius: 1em; font-size: .76rem; margin-right: .5em; border: 1px solid currentColor; font-weight: 400; }
.stage.encoder { color: var(--m0); } .stage.decoder { color: var(--m1); }
.apart { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1.4rem; margin: .7rem 0 1.6rem; }
.apart img { display: block; width: 100%; height: auto; aspect-ratio: 4 / 3; object-fit: contain; background: #101214; border-radius: 6px; }
.apart figcaption { padding-top: .4rem; font-size: .875rem; line-height: 1.4; } .apart figcaption span { color: var(--soft); display: block; }
.legend { list-style: none; display: flex; gap: 1.2rem; padding: 0; margin: 0 0 .6rem; font-size: .875rem; }
.legend i { display: inline-block; width: .9em; height: .9em; margin-right: .4em; vertical-align: -.08em; border-radius: 2px; }`;

/** Nothing of a table without rows. */
function foldedRows<Row>(table: Table<Row>): string[] {
  return table.rows.length === 0 ? [] : folded("Farthest apart", markdownTable(table));
}
