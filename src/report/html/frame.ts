// The frame of every page: head, content policy, style and script. A page is one file that asks nobody for anything.
import { type Html, html, raw } from "./markup.ts";
import { galleryScript } from "./script-gallery.ts";
import { tableScript } from "./script-tables.ts";
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

/** Copies the text of another element; without a clipboard it is selected, so that a key copies it. */
const copyScript = `
for (const button of document.querySelectorAll("button.copy")) {
  const source = document.getElementById(button.dataset.copy);
  const status = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      status.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      status.textContent = document.execCommand("copy") ? "Copied" : "Selected: copy it with your keyboard";
    }
    setTimeout(() => { status.textContent = ""; }, 4000);
  });
}
`;

/** A link into something folded away unfolds it, also when the page is opened by that link. */
const linkScript = `
const follow = () => {
  let target = null;
  try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch {}
  if (target === null) return;
  for (let part = target; part !== null; part = part.parentElement)
    if (part.tagName === "DETAILS") part.open = true;
  target.scrollIntoView();
  if (target.classList.contains("shot")) target.dispatchEvent(new CustomEvent("enlarge"));
};
addEventListener("hashchange", follow);
follow();
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const part of folded) part.open = true;
});
addEventListener("afterprint", () => { for (const part of folded) part.open = false; });
`;

/** The whole script; every part does nothing where the page does not have what it is for. */
/** What the page adds where scripts run. It is complete without: this sorts, filters, copies, enlarges and follows links. */
const script = [tableScript, copyScript, galleryScript, linkScript].map((part) => `{${part}}\n`).join("");
