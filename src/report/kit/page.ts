// What pages and their texts are made of: the frame, sections, the lead on top, definitions.

import { wrapped } from "./format.ts";
import { type Html, html, raw } from "./markup.ts";
import { script } from "./scripts.ts";
import { style } from "./style.ts";
import { escapeMarkdown } from "./table.ts";
import type { Screen } from "./text-table.ts";

/** A part of a report, with a function for each kind of file that has it. `In`: what the whole report is made from. */
export interface Section<In> {
  /** Where a link to it leads on the page. */
  readonly id: string;
  /** Entries of the page's list of sections: ids and titles. */
  readonly links?: (input: In) => readonly (readonly [id: string, title: string])[];
  readonly html?: (input: In) => Html | undefined;
  /** Lines, the last of them empty. */
  readonly markdown?: (input: In) => readonly string[];
  readonly terminal?: (input: In, screen: Screen) => readonly string[];
}

/** All sections that a page has, one after the other. */
export function htmlOf<In>(sections: readonly Section<In>[], input: In): Html {
  return html`${sections.map((section) => section.html?.(input))}`;
}

/** The Markdown of all sections that have some, ending with a newline. */
export function markdownOf<In>(sections: readonly Section<In>[], input: In): string {
  return textOf(sections.flatMap(({ markdown }) => markdown?.(input) ?? []));
}

/** What all sections print on a screen, ending with a newline. */
export function printedOf<In>(sections: readonly Section<In>[], input: In, screen: Screen): string {
  const lines = sections.flatMap(({ terminal }) => terminal?.(input, screen) ?? []);
  return textOf(lines.flatMap((line) => wrapped(line, screen.columns, "  ")));
}

function textOf(lines: readonly string[]): string {
  return `${lines.join("\n").trimEnd()}\n`;
}

/** The list of a page's sections, and what may stand beside it. */
export function bar<In>(sections: readonly Section<In>[], input: In, beside?: Html): Html {
  const links = sections.flatMap(({ links: own }) => own?.(input) ?? []);
  return html`<div class="bar"><nav aria-label="Sections">${links.map(([id, title]) => html`<a href="#${id}">${title}</a>`)}</nav>${beside}</div>
`;
}

/** The title of a page and a line below it. */
export function top(title: string, line: string): Html {
  return html`<header class="top">
<h1>${title}</h1>
<p class="size">${line}</p>
</header>
`;
}

/** A section with a heading of the second level that names it. */
export function section(id: string, title: string, content: Html): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${content}</section>
`;
}

/** A block with a heading of the third level. */
export function block(title: string, note: string, content: Html): Html {
  return html`<section class="block"><h3>${title}</h3><p class="note">${note}</p>
${content}</section>
`;
}

/** A list of sentences; nothing where there are none. */
export function remarks(lines: readonly (Html | string)[]): Html | undefined {
  return lines.length === 0
    ? undefined
    : html`<ul class="remarks">${lines.map((line) => (typeof line === "string" ? html`<li>${line}</li>` : line))}</ul>
`;
}

/** Lines of Markdown under a heading. */
export function titled(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [heading, "", ...lines, ""];
}

/** Lines of Markdown that are folded away. */
export function folded(title: string, lines: readonly string[]): string[] {
  return [`<details><summary>${title}</summary>`, "", ...lines, "", "</details>", ""];
}

/** Sentences of Markdown as a list; data in them are escaped. */
export function listed(lines: readonly string[]): string[] {
  return lines.map((line) => `- ${escapeMarkdown(line)}`);
}

/** The result in a few sentences, for readers who read nothing else. */
export interface Lead {
  /** The number to remember: "+1.2 points". */
  readonly score?: string;
  readonly sentences: readonly string[];
}

export function leadText({ score, sentences }: Lead): string {
  return [...(score === undefined ? [] : [score]), ...sentences].join(" ");
}

export function leadMarkdown({ score, sentences }: Lead): string {
  const text = escapeMarkdown(sentences.join(" "));
  return score === undefined ? text : `**${score}** ${text}`;
}

/** Text ready for a message; the button appears where scripts run. */
export function copyable(id: string, text: string, className = ""): Html {
  return html`<p${className === "" ? undefined : html` class="${className}"`} id="${id}">${text}</p>
<p class="tools"><button type="button" class="copy" data-copy="${id}" hidden>Copy summary</button> <span role="status"></span></p>`;
}

/** In a sentence or two. */
export type Definition = readonly [term: string, meaning: string];

export function definitionSection<In>(definitionsOf: (input: In) => readonly Definition[]): Section<In> {
  const [id, title] = ["definitions", "What the numbers mean"];
  return {
    id,
    links: () => [[id, "Definitions"]],
    html: (input) => {
      const entries = definitionsOf(input).map(
        ([term, meaning]) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>
`,
      );
      return section(id, title, html`<dl class="definitions">${entries}</dl>`);
    },
    markdown: (input) =>
      titled(
        `## ${title}`,
        definitionsOf(input).map(
          ([term, meaning]) => `- **${escapeMarkdown(term)}**: ${escapeMarkdown(meaning)}`,
        ),
      ),
  };
}

interface PageFrame {
  readonly title: string;
  /** Id of the first thing worth reading: where the link for keyboards leads. */
  readonly result: string;
  readonly bodyClass?: string;
  /** Rules of this page alone. */
  readonly style?: string;
  /** Script of this page alone; the page is complete without it. */
  readonly script?: string;
  readonly content: Html;
}

/** Nothing is loaded but pictures inside the page; a browser blocks what a mistake would request. */
const policy =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** A number and its percent sign, in texts alone: a line never breaks between them. */
const percentInText = /(\d(?:<\/b>)?) %(?=[^<>]*<)/g;

/** The whole text of a page, ending with a newline. A page is one file that loads nothing. */
export function pageText(frame: PageFrame): string {
  const { title, result, bodyClass } = frame;
  const content = raw(frame.content.html.replace(percentInText, "$1\u00a0%"));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${raw(policy)}">
<meta name="generator" content="segbench">
<title>${title}</title>
<style>${raw(style)}${raw(frame.style ?? "")}
</style>
</head>
<body${bodyClass === undefined ? undefined : html` class="${bodyClass}"`}>
<a class="skip" href="#${result}">Skip to the result</a>
<main>
${content}</main>
<script>${raw(script)}${raw(frame.script ?? "")}</script>
</body>
</html>
`.html;
}
