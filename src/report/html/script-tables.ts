/** Sorting of tables by column, and boxes that filter long tables and the benchmarks. */
export const tableScript = `
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
    button.append(...head.childNodes);
    head.append(button);
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
