/** Sorting of tables by column. The page is complete without it. */
export const script = `
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  if (body.rows.length < 3) continue;
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
addEventListener("beforeprint", () => { for (const d of document.querySelectorAll("details")) d.open = true; });
`;
