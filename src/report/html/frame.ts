// The frame of every page: head, content policy, style and script. A page is one file that asks nobody for anything.
import { type Html, html, raw } from "./markup.ts";
import { script } from "./script.ts";
import { style } from "./style.ts";

export interface PageFrame {
  readonly title: string;
  /** Id of the first thing worth reading: where the link for keyboards leads. */
  readonly result: string;
  readonly bodyClass?: string;
  /** Rules of this page alone. */
  readonly style?: string;
  /** What this page alone does; the page is complete without it. */
  readonly script?: string;
  readonly content: Html;
}

/** Nothing is loaded but pictures inside the page; a browser refuses what a mistake would ask for. */
const policy =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The whole text of a page, ending with a newline. */
export function pageText({
  title,
  result,
  bodyClass,
  style: ownStyle = "",
  script: ownScript = "",
  content,
}: PageFrame): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${raw(policy)}">
<meta name="generator" content="segbench">
<title>${title}</title>
<style>${raw(style)}${raw(ownStyle)}
</style>
</head>
<body${bodyClass === undefined ? undefined : html` class="${bodyClass}"`}>
<a class="skip" href="#${result}">Skip to the result</a>
<main>
${content}</main>
<script>${raw(script)}${raw(ownScript)}</script>
</body>
</html>
`.html;
}
