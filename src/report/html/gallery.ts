import { percent } from "../format-number.ts";
import type { GalleryItem } from "../input.ts";
import { roundLabel } from "../lookup.ts";
import { type Html, html, raw } from "./markup.ts";
import { modelMark, type Page } from "./parts.ts";

/** Pictures of the worst, median and best targets, by benchmark and model. */
export function gallery(page: Page): Html | undefined {
  const { input, summary, series } = page;
  if (input.gallery.length === 0) return undefined;
  const groups = summary.benchmarks.flatMap(({ name, title }) =>
    series.flatMap((look) => {
      const items = input.gallery.filter((item) => item.benchmark === name && item.model === look.name);
      if (items.length === 0) return [];
      return [
        html`<section class="shots ${look.className}"><h3>${title} ${modelMark(look)}</h3>
<div class="grid">${items.map(card)}</div></section>
`,
      ];
    }),
  );
  return html`<section id="gallery" aria-labelledby="gallery-title"><h2 id="gallery-title">Gallery</h2>
<p class="note">The worst, the median and the best target of each benchmark${shownRound(input.gallery)}.</p>
<ul class="key"><li><i class="truth"></i>ground truth</li><li><i class="prediction"></i>prediction</li><li><i class="positive">+</i>foreground click</li><li><i class="negative">−</i>background click</li><li><i class="boxed"></i>box</li></ul>
<fieldset class="filter kinds"><legend>Show</legend>${["worst", "median", "best"].map(
    (kind) =>
      html`<label><input type="checkbox" id="show-${kind}" checked autocomplete="off"> ${kind}</label>`,
  )}</fieldset>
${groups}</section>
`;
}

/** ", sam1-d1@1 with 3 clicks", where all pictures are of one round. */
function shownRound(items: readonly GalleryItem[]): string {
  const rounds = new Set(
    items.map(({ protocol, clicks }) => `, ${protocol} with ${roundLabel(protocol, clicks)}`),
  );
  const [only] = rounds;
  return rounds.size === 1 ? only! : "";
}

function card(item: GalleryItem): Html {
  const { picture, kind, protocol, clicks, iou, oracle, predicted, image, target, category } = item;
  const facts = [
    ...(predicted === undefined ? [] : [`predicted ${percent(predicted)}`]),
    ...(oracle === undefined ? [] : [`oracle ${percent(oracle)}`]),
  ];
  const src = /^data:image\/(webp|png|jpeg);base64,[A-Za-z0-9+/=]+$/.test(picture.src)
    ? picture.src
    : "data:,";
  return html`<figure class="shot ${kind}"><img src="${raw(src)}" width="${picture.width}" height="${picture.height}" alt="${picture.alt}" decoding="async">
<figcaption><span class="badge">${kind}</span> <b>IoU ${percent(iou)}</b> <span class="facts">${facts.join(", ")}</span>
<span class="what">${category === undefined ? "" : `${category}, `}${roundLabel(protocol, clicks)}</span>
<span class="where">${image} · target ${target}</span></figcaption></figure>
`;
}
