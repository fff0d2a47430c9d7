/** JSON that people can read and compare: keys in code-unit order, lists of plain values on one line. */
export function printJson(value: unknown, indent = ""): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const plain = value.every((member) => member === null || typeof member !== "object");
    if (plain) return `[${value.map((member) => printJson(member)).join(", ")}]`;
    return `[\n${value.map((member) => inner + printJson(member, inner)).join(",\n")}\n${indent}]`;
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${inner}${JSON.stringify(key)}: ${printJson(member, inner)}`);
  return members.length === 0 ? "{}" : `{\n${members.join(",\n")}\n${indent}}`;
}
