/** A dialog that shows a picture large, with its prompts; the arrow keys lead to its neighbours, the address to itself. */
export const galleryScript = `
const shots = [...document.querySelectorAll(".shot")];
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
    const prompts = shot.querySelector(".dialogue").cloneNode(true);
    const link = make("a", { href: "#" + shot.id }, "Link to this picture");
    facts.append(words, make("h3", {}, "Prompts"), ...[...prompts.children].slice(1), link);
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
