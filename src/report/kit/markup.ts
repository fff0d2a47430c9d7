/** Markup that is safe to insert; made by `html` and `raw` alone. */
export interface Html {
  readonly html: string;
}

type Value = string | number | Html | readonly (Html | string | undefined)[] | undefined;

/** A template whose values are escaped unless they are markup themselves; lists are joined, undefined is nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  let text = strings[0]!;
  for (const [v, value] of values.entries()) text += fill(value) + strings[v + 1]!;
  return { html: text };
}

function fill(value: Value): string {
  if (value === undefined) return "";
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  if ("html" in value) return value.html;
  return value.map(fill).join("");
}

/** Marks our own text as markup. Never for text that comes from data. */
export function raw(markup: string): Html {
  return { html: markup };
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

/** A name as part of an id or class: "sam1-d1@1" -> "sam1-d1-1". Not unique by itself: number it where that matters. */
export function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

/** Readable ids that stay the same from run to run: "benchmark-trashcan"; a number sets equal ones apart. */
export function idsOf(prefix: string, names: readonly string[]): Map<string, string> {
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  for (const name of names) {
    const plain = `${prefix}-${slug(name)}`;
    let id = plain;
    for (let n = 2; taken.has(id); n++) id = `${plain}-${n}`;
    taken.add(id);
    ids.set(name, id);
  }
  return ids;
}
