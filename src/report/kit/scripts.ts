// What pages do where scripts run: they sort, filter, copy, enlarge and follow links. A page is complete without.

/** Sorting of tables by column, and boxes that filter long tables and the benchmarks. */
const tableScript = `
const filterBox = (name, items, textOf) => {
  const label = document.createElement("label");
  label.className = "search";
  const input = document.createElement("input");
  input.type = "search";
  input.autocomplete = "off";
  input.setAttribute("aria-label", "Filter: " + name);
  input.placeholder = "Filter";
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  label.append(input, status);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\\s+/).filter((word) => word !== "");
    let shown = 0;
    for (const item of items) {
      const text = textOf(item).toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
      if (!item.hidden) shown++;
    }
    status.textContent = words.length === 0 ? "" : shown + " of " + items.length;
  });
  return label;
};
const sections = [...document.querySelectorAll(".benchmark")];
if (sections.length > 5)
  document.querySelector("#benchmarks nav").before(
    filterBox("benchmarks", sections, (section) => section.querySelector(".about").textContent));
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  if (body.rows.length < 3) continue;
  if (body.rows.length > 8)
    table.parentElement.before(filterBox(table.getAttribute("aria-label"), [...body.rows], (row) =>
      [...row.cells].filter((cell) => !cell.classList.contains("num")).map((cell) => cell.textContent).join(" ")));
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...[...head.childNodes].filter(({ nodeName }) => nodeName !== "SMALL"));
    head.prepend(button);
    button.addEventListener("click", () => {
      const numeric = head.classList.contains("num");
      const was = head.getAttribute("aria-sort");
      const up = was === null ? !numeric : was === "descending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => {
        const { dataset, textContent } = row.cells[column];
        return numeric ? (dataset.sort === undefined ? null : Number(dataset.sort)) : textContent;
      };
      const rows = [...body.rows].map((row) => ({ row, key: key(row) }));
      rows.sort((a, b) => {
        if (!numeric) return (up ? 1 : -1) * a.key.localeCompare(b.key);
        if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
        return (up ? 1 : -1) * (a.key - b.key);
      });
      body.append(...rows.map(({ row }) => row));
    });
  });
}
`;

/** A dialog that shows a picture large, with its prompts; the arrow keys lead to its neighbours, the address to itself. */
const galleryScript = `
const shots = [...document.querySelectorAll(".shot:has(.open)")];
if (shots.length > 0) {
  const dialog = document.createElement("dialog");
  dialog.id = "viewer";
  dialog.setAttribute("aria-labelledby", "viewer-title");
  const make = (tag, attributes, text) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const title = make("h2", { id: "viewer-title" });
  const before = make("button", { type: "button", class: "before" }, "Previous");
  const after = make("button", { type: "button", class: "after" }, "Next");
  const close = make("button", { type: "button", class: "close" }, "Close");
  const content = make("div", { class: "content" });
  const bar = make("div", { class: "controls" });
  bar.append(before, after, close);
  dialog.append(title, bar, content);
  document.body.append(dialog);
  let current = -1;
  const visible = (n) => shots[n].checkVisibility?.() !== false;
  const step = (by) => {
    let n = current + by;
    while (n >= 0 && n < shots.length && !visible(n)) n += by;
    if (n >= 0 && n < shots.length) show(n);
  };
  const show = (n) => {
    current = n;
    const shot = shots[n];
    const section = shot.closest(".benchmark");
    title.textContent = section.querySelector("h3").firstChild.textContent;
    const picture = shot.querySelector("img").cloneNode();
    const facts = make("div", { class: "facts-beside" });
    const words = make("div", { class: "words" });
    words.append(...shot.querySelector("figcaption").cloneNode(true).childNodes);
    const more = [...(shot.querySelector(".dialogue")?.cloneNode(true).children ?? [])];
    if (more.length > 0) more[0] = make("h3", {}, more[0].textContent);
    const link = make("a", { href: "#" + shot.id }, "Link to this picture");
    facts.append(words, ...more, link);
    content.replaceChildren(picture, facts);
    history.replaceState(null, "", "#" + shot.id);
    if (!dialog.open) dialog.showModal();
  };
  shots.forEach((shot, n) => {
    const open = shot.querySelector(".open");
    open.setAttribute("aria-haspopup", "dialog");
    open.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      show(n);
    });
    shot.addEventListener("enlarge", () => show(n));
  });
  before.addEventListener("click", () => step(-1));
  after.addEventListener("click", () => step(1));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  dialog.addEventListener("close", () => {
    const shot = shots[current];
    history.replaceState(null, "", "#" + shot.closest(".benchmark").id);
    shot.querySelector(".open").focus();
  });
}
`;

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

/** The whole script of every page; a part does nothing where the page does not have its elements. */
export const script = [tableScript, copyScript, galleryScript, linkScript]
  .map((part) => `{${part}}\n`)
  .join("");
