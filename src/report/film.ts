// Film strips on pages: frames of a clip side by side, each with words below.
import type { Strip } from "./input.ts";
import { pictureTag } from "./kit/figures.ts";
import { formatValue } from "./kit/format.ts";
import { type Html, html } from "./kit/markup.ts";

/** Scores of frames are shares. */
export const share = { unit: "share" } as const;

export const filmStyle = `
.strips { display: grid; gap: 1.8rem; margin: 0 0 1.2rem; } details > .strips { margin-top: .8rem; } .strip { min-width: 0; } .strip .side { margin: .6rem 0 0; font-size: .82rem; }
.strip figcaption { font-size: .875rem; font-variant-numeric: tabular-nums; } .strip .facts, .strip .where { display: inline; font-size: inherit; } .strip .where::before { content: "· "; }
.film { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 18rem); gap: .35rem; list-style: none; margin: .5rem 0 .7rem; padding: 0; }
.film img { display: block; width: 100%; height: auto; border-radius: 4px; }
.film span { display: block; padding-top: .2rem; font-size: .76rem; line-height: 1.35; color: var(--soft); font-variant-numeric: tabular-nums; } .film b { font-weight: 600; color: var(--text); }
@media (max-width: 40rem) {
  .film { grid-auto-columns: 42%; overflow-x: auto; scroll-snap-type: x proximity; margin-inline: -1rem; padding: 4px 1rem .4rem; } .film li { scroll-snap-align: center; }
}
@media print { .strip { break-inside: avoid; } }
`;

/** Frames with their names and J; the first one is the prompted one. `label`: what is followed. */
export function film(label: string, frames: Strip["frames"]): Html {
  const items = frames.map(({ frame, j, present, picture }, i) => {
    const facts = [
      ...(i === 0 ? ["prompt"] : []),
      ...(present ? [] : ["gone"]),
      ...(j === undefined ? [] : [`J ${formatValue(share, j)}`]),
    ];
    return html`<li>${pictureTag(picture)}<span><b>${frame}</b> ${facts.join(", ")}</span></li>`;
  });
  return html`<ol class="film" tabindex="0" role="region" aria-label="Frames of ${label}">${items}</ol>
`;
}
