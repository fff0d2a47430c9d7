/** An element and what is inside it; attributes that are undefined are left out. */
export interface Element {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string | number | undefined>>;
  readonly children?: readonly Element[];
  readonly text?: string;
}

/** An XML 1.0 document. Characters that XML cannot hold at all become U+FFFD. */
export function xmlDocument(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${render(root, "")}\n`;
}

function render({ name, attributes = {}, children = [], text }: Element, indent: string): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  const head = `${indent}<${name}${written.join("")}`;
  if (text !== undefined) return `${head}>${escapeXml(text)}</${name}>`;
  if (children.length === 0) return `${head}/>`;
  const inner = children.map((child) => render(child, `${indent}  `)).join("\n");
  return `${head}>\n${inner}\n${indent}</${name}>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\t\n\r]/g, (character) => entities[character]!).replace(forbidden, "\ufffd");
}

/** What is not a character of XML 1.0, and other control characters; lone surrogates too. */
const forbidden = /[\p{Cc}\p{Cs}\ufffe\uffff]/gu;
