// Sections of a parity of all masks of an image: which filter made the difference, and on which images the sets are farthest apart.
import type { ParityInput, ParityPicture } from "../input.ts";
import { pictureKey, pictureTag } from "../kit/figures.ts";
import { type Html, html } from "../kit/markup.ts";
import { folded, type Section, section } from "../kit/page.ts";
import { htmlTable, markdownTable } from "../kit/table.ts";
import { textTable } from "../kit/text-table.ts";
import {
  apartTable,
  exchangeSentence,
  fateFigure,
  fateTable,
  filterNote,
  isOfSets,
  nearTable,
} from "./sets.ts";
import { agreed } from "./tables.ts";

/** What has all columns. */
const elsewhere = "parity.md";

export const filterSection: Section<ParityInput> = {
  id: "filters",
  links: ({ summary }) => (isOfSets(summary) ? [["filters", "Filters"]] : []),
  html: ({ summary }) => {
    if (!isOfSets(summary)) return undefined;
    const table = fateTable(summary);
    const sentence = exchangeSentence(summary);
    return section(
      "filters",
      "Which filter",
      html`<p class="note">${filterNote}</p>
${fateFigure(summary)}${table.rows.length === 0 ? undefined : htmlTable(table, "Masks without a partner, by what became of the same candidate on the other side", "Masks without a partner")}${sentence === undefined ? undefined : html`<p>${sentence}</p>`}
<h3>Near a threshold</h3>${htmlTable(nearTable(summary), "Candidates of all images", "Near a threshold")}`,
    );
  },
  markdown: ({ summary }) => {
    if (!isOfSets(summary)) return [];
    const table = fateTable(summary);
    return [
      ...(table.rows.length === 0 ? [] : folded("Masks without a partner", markdownTable(table))),
      ...folded("Near a threshold", markdownTable(nearTable(summary))),
    ];
  },
  terminal: ({ summary }, screen) => {
    if (!isOfSets(summary)) return [];
    const table = fateTable(summary);
    return table.rows.length === 0
      ? []
      : [
          "",
          "masks without a partner, by what became of the same candidate on the other side",
          ...textTable(table, screen, { elsewhere }),
        ];
  },
};

export function apartSection(input: ParityInput): Html | undefined {
  const table = apartTable(input);
  if (table.rows.length === 0) return undefined;
  return section(
    "worst",
    "Farthest apart",
    html`<p class="note">Images with masks that only one side has, each side's in one outline.</p>
${pictureKey("only the reference's", "only the candidate's", false)}<div class="apart">${input.pictures.map(setCard)}</div>
${htmlTable(table, "Masks without a partner", "Farthest apart")}`,
  );
}

function setCard({ picture, benchmark, sample, protocol, agreement }: ParityPicture): Html {
  const alt = `image ${sample} of ${benchmark}: outlines of the masks that only one side has`;
  return html`<figure>${pictureTag({ ...picture, alt })}
<figcaption><b>${agreed(agreement)} % of both sides' masks have a partner</b>
<span>${benchmark} · ${sample} · ${protocol}</span></figcaption></figure>
`;
}
