// All masks of an image in a benchmark's section: pictures of them and of the targets, and the largest targets that have none.
import { noPictures, picturesKey } from "../gallery.ts";
import type { ShownMiss, ShownSet } from "../input.ts";
import { modelMark, pictureTag } from "../kit/figures.ts";
import { count, formatWithUnit, plural, sentence } from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import type { Page } from "./columns.ts";

export const setStyle = `
.sets { display: grid; gap: 1.6rem; margin: 0 0 1.2rem; } .set { margin: 0; min-width: 0; max-width: 58rem; }
.set figcaption { font-size: .875rem; font-variant-numeric: tabular-nums; padding-bottom: .4rem; } .set .facts, .set .where { display: inline; font-size: inherit; } .set .where::before { content: "· "; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .5rem; } .pair img { display: block; width: 100%; height: auto; border-radius: 4px; }
@media (max-width: 40rem) { .pair { grid-template-columns: minmax(0, 1fr); } }
@media print { .set { break-inside: avoid; } }
`;

/** What the pictures mean, and which of them to see. */
export function setsKey({ sets, summary }: Page): Html | undefined {
  if (sets === undefined) return undefined;
  const [first] = sets.images;
  if (first === undefined) return noPictures;
  const some = summary.protocols.length > 1 ? `, ${first.protocol}` : "";
  return picturesKey(
    `the worst, the median and the best image of each model${some}: all its masks, then its targets.`,
    html`<ul class="key"><li><i class="prediction"></i>target with a mask (IoU of 50 % or more)</li><li><i class="truth"></i>target without one</li></ul>
`,
  );
}

/** Those of one benchmark. */
export function setsOf({ sets, series }: Page, benchmark: string): Html | undefined {
  if (sets === undefined) return undefined;
  const images = series.flatMap((look) =>
    sets.images.flatMap((set) =>
      set.benchmark === benchmark && set.model === look.name ? [setFigure(set, look, series.length > 1)] : [],
    ),
  );
  const misses = series.flatMap((look) =>
    sets.misses.flatMap((miss) =>
      miss.benchmark === benchmark && miss.model === look.name
        ? [missFigure(miss, look, series.length > 1)]
        : [],
    ),
  );
  return html`${
    images.length === 0
      ? undefined
      : html`<div class="sets">${images}</div>
`
  }${
    misses.length === 0
      ? undefined
      : html`<details open><summary>The largest targets without a mask</summary><div class="shots">${misses}</div></details>
`
  }`;
}

type Look = Page["series"][number];

function setFigure(
  { kind, sample, score, masks, targets, missed, pictures }: ShownSet,
  look: Look,
  named: boolean,
): Html {
  const found = `${count(targets - missed.length)} of ${plural(targets, "target")} found`;
  return html`<figure class="set ${kind} ${look.className}"><figcaption>${named ? html`${modelMark(look)} ` : undefined}<b>${sentence(kind)}</b> ${score.of} ${formatWithUnit(score, score.value)} <span class="facts">· ${plural(masks, "mask")}, ${found}</span> <span class="where">${sample}</span></figcaption>
<div class="pair">${pictureTag(pictures.masks)}${pictureTag(pictures.targets)}</div></figure>
`;
}

function missFigure(
  { sample, target, area, masks, fit, picture }: ShownMiss,
  look: Look,
  named: boolean,
): Html {
  return html`<figure class="shot ${look.className}">${pictureTag(picture)}<figcaption>${named ? html`<span class="who">${modelMark(look)}</span>` : undefined}<span class="facts">${count(Math.round(area))} px, ${masks === 0 ? "no mask at all" : `best mask: IoU ${formatWithUnit({ unit: "share" }, fit)}`}</span><span class="where">${sample} · target ${target}</span></figcaption></figure>
`;
}
