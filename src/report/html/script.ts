// What the page adds where scripts run. It is complete without: this sorts, filters, copies, enlarges and follows links.
import { galleryScript } from "./script-gallery.ts";
import { tableScript } from "./script-tables.ts";

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

/** The whole script; every part does nothing where the page has not what it is for. */
export const script = [tableScript, copyScript, galleryScript, linkScript]
  .map((part) => `{${part}}\n`)
  .join("");
