import { stringify } from "yaml";
import type { DatasetCard } from "../core/schema-types.ts";

/** A README that begins with this is ours, and may be written again. */
export const firstLine =
  "<!-- Written by `segbench init data`, which writes it again; delete this line to keep your own. -->";

/** What a person finds in the folder of a data set before its data: of one card, or of the cards that share the folder. */
export function readmeOf(cards: readonly DatasetCard[], flag: string): string {
  return `${[firstLine, ...cards.map((card) => section(card, flag))].join("\n\n")}\n`;
}

function section(card: DatasetCard, flag: string): string {
  const { name, title, description, licence, citation, homepage, split, notes, adapter } = card;
  return [
    `# ${title}`,
    ...(description === undefined ? [] : [description]),
    [
      `- Licence: ${licence}`,
      `- Home page: ${homepage}`,
      ...(citation === undefined ? [] : [`- Cite: ${citation.trim()}`]),
      ...(split === undefined ? [] : [`- Split: ${split}`]),
      `- Expected: ${countsText(card.expected)}`,
    ].join("\n"),
    "## How to get it",
    source(card, flag),
    "Nothing is renamed or converted. Below this folder, files are looked for under these names:",
    `\`\`\`yaml\n${stringify(adapter, { lineWidth: 0 })}\`\`\``,
    ...(notes === undefined ? [] : [notes.trim()]),
    "Then:",
    `\`\`\`sh\nsegbench validate ${name}${flag}\n\`\`\``,
  ].join("\n\n");
}

function source({ name, archives, download, homepage }: DatasetCard, flag: string): string {
  const files = archives?.map((file) => `\`${file}\``).join(", ") ?? "the data set";
  const byHand = `download ${files} from ${homepage} and unpack into this folder`;
  if (download === undefined) return `${byHand[0]!.toUpperCase()}${byHand.slice(1)}.`;
  const list = download.map(({ url, into, unpack }) => {
    const place = into === undefined ? "here" : `into \`${into}/\``;
    return `- ${url}, ${unpack === "none" ? "put" : "unpacked"} ${place}`;
  });
  return [`\`segbench pull ${name}${flag}\`, or by hand:`, list.join("\n")].join("\n\n");
}

export function countsText(counts: DatasetCard["expected"]): string {
  const { images, masks, note } = counts ?? {};
  if (images === undefined && masks === undefined) return "not stated";
  const parts = [
    ...(images === undefined ? [] : [`${images} images`]),
    ...(masks === undefined ? [] : [`${masks} masks`]),
  ].join(", ");
  return note === undefined ? parts : `${parts} (${note})`;
}
