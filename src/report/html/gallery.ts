// The pictures of a benchmark: its worst, median and best targets, each with the dialogue that led to it.
import { percent } from "../format-number.ts";
import type { GalleryItem } from "../input.ts";
import { roundLabel } from "../lookup.ts";
import { type Html, html } from "./markup.ts";
import { idsOf, modelMark, type Page } from "./parts.ts";
import { pictureKey, pictureTag } from "./picture.ts";

export const kinds = ["worst", "median", "best"] as const;

/** Pictures of one benchmark, model by model; a picture opens large where scripts run. */
export function gallery(page: Page, benchmark: string): Html | undefined {
  const items = page.series.flatMap((look) =>
    page.input.gallery.filter((item) => item.benchmark === benchmark && item.model === look.name),
  );
  if (items.length === 0) return undefined;
  const ids = pictureIds(page);
  return html`<div class="shots">${items.map((item) => shot(page, item, ids.get(keyOf(item))!))}</div>
`;
}

/** What marks in the pictures mean, and which kinds of pictures to see. */
export function galleryKey({ input: { gallery: items } }: Page): Html | undefined {
  if (items.length === 0) return undefined;
  return html`<p class="note">Pictures: the worst, the median and the best target of each model${shownRound(items)}.</p>
${pictureKey()}<fieldset class="filter kinds"><legend>Show</legend>${kinds.map(
    (kind) =>
      html`<label><input type="checkbox" id="show-${kind}" checked autocomplete="off"> ${kind}</label>`,
  )}</fieldset>
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

function keyOf({ benchmark, model, kind, image, target }: GalleryItem): string {
  return [benchmark, model, kind, image, target].join("\n");
}

/** "picture-trashcan-tiny-worst": the same from run to run, however the pictures change. */
function pictureIds({ input }: Page): Map<string, string> {
  const names = input.gallery.map((item) => `${item.benchmark}-${item.model}-${item.kind}`);
  const numbered = names.map((name, i) => {
    const earlier = names.slice(0, i).filter((other) => other === name).length;
    return earlier === 0 ? name : `${name}-${earlier + 1}`;
  });
  const ids = idsOf("picture", numbered);
  return new Map(input.gallery.map((item, i) => [keyOf(item), ids.get(numbered[i]!)!]));
}

function shot({ series }: Page, item: GalleryItem, id: string): Html {
  const { picture, kind, protocol, clicks, iou, oracle, predicted, image, target, category } = item;
  const look = series.find(({ name }) => name === item.model)!;
  const facts = [
    ...(predicted === undefined ? [] : [`predicted ${percent(predicted)}`]),
    ...(oracle === undefined ? [] : [`oracle ${percent(oracle)}`]),
  ];
  return html`<figure class="shot ${kind} ${look.className}" id="${id}"><a class="open" href="#${id}">${pictureTag(picture)}</a>
<figcaption><span class="badge">${kind}</span> <b>IoU ${percent(iou)}</b>${series.length > 1 ? html` <span class="who">${modelMark(look)}</span>` : undefined}
<span class="what">${category === undefined ? "" : `${category}, `}${roundLabel(protocol, clicks)}</span> <span class="facts">${facts.join(", ")}</span>
<span class="where">${image} · target ${target}</span></figcaption>
<details class="dialogue"><summary>Prompts</summary>${dialogue(item)}</details></figure>
`;
}

/** The prompts in the order in which they were sent, with the IoU that each click brought, and what came after. */
function dialogue({ prompts, rounds = [], clicks, protocol }: GalleryItem): Html {
  let sent = 0;
  const steps = prompts.map((prompt) => {
    if ("box" in prompt) {
      const [x0, y0, x1, y1] = prompt.box.map((side) => Math.round(side));
      return html`<li>box from ${x0!}, ${y0!} to ${x1!}, ${y1!}</li>`;
    }
    if (!("label" in prompt)) return html`<li>mask</li>`;
    sent++;
    const iou = rounds.find((round) => round.clicks === sent)?.iou;
    const what = prompt.label === 1 ? "foreground" : "background";
    return html`<li><span class="${prompt.label === 1 ? "positive" : "negative"}">${what}</span> at ${prompt.x}, ${prompt.y}${
      iou === undefined ? undefined : html` <b>IoU ${percent(iou)}</b>`
    }</li>`;
  });
  const later = rounds.filter((round) => round.clicks > clicks);
  const after = later.map((round) => `${percent(round.iou)} with ${roundLabel(protocol, round.clicks)}`);
  return html`<ol>${steps}</ol>${after.length === 0 ? undefined : html`<p class="later">Then ${after.join(", ")}.</p>`}`;
}
