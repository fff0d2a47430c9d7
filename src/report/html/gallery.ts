// The pictures of a benchmark: its worst, median and best targets, each with the dialogue that led to it.
import { formatValue, percent, plural } from "../format-number.ts";
import type { GalleryItem } from "../input.ts";
import { curveOf } from "../lookup.ts";
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
  return html`<p class="note">Pictures: the worst, the median and the best target of each model${shownStep(items)}.</p>
${pictureKey()}<fieldset class="filter kinds"><legend>Show</legend>${kinds.map(
    (kind) =>
      html`<label><input type="checkbox" id="show-${kind}" checked autocomplete="off"> ${kind}</label>`,
  )}</fieldset>
`;
}

/** ", sam1-d1@1 with 3 clicks", where all pictures are of one step. */
function shownStep(items: readonly GalleryItem[]): string {
  const steps = new Set(
    items.map(({ protocol, place }) => `, ${protocol}${place === "" ? "" : ` with ${place}`}`),
  );
  const [only] = steps;
  return steps.size === 1 ? only! : "";
}

function keyOf({ benchmark, model, kind, sample, target }: GalleryItem): string {
  return [benchmark, model, kind, sample, target].join("\n");
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

function shot(page: Page, item: GalleryItem, id: string): Html {
  const { picture, kind, place, scores, predicted, sample, target, category } = item;
  const [score, ...others] = scores;
  const look = page.series.find(({ name }) => name === item.model)!;
  const facts = [
    ...(predicted === undefined ? [] : [`predicted ${percent(predicted)}`]),
    ...others.map((other) => `${other.of} ${formatValue(other, other.value)}`),
  ];
  return html`<figure class="shot ${kind} ${look.className}" id="${id}"><a class="open" href="#${id}">${pictureTag(picture)}</a>
<figcaption><span class="badge">${kind}</span> <b>${score.of} ${formatValue(score, score.value)}</b>${page.series.length > 1 ? html` <span class="who">${modelMark(look)}</span>` : undefined}
<span class="what">${[category ?? "", place].filter((part) => part !== "").join(", ")}</span> <span class="facts">${facts.join(", ")}</span>
<span class="where">${sample} · target ${target}</span></figcaption>
<details class="dialogue"><summary>Prompts</summary>${dialogue(page, item)}</details></figure>
`;
}

/** The prompts in the order in which they were sent, with the score that each click brought, and what came after. */
function dialogue({ summary }: Page, { sent, steps = [], at, protocol, scores: [score] }: GalleryItem): Html {
  const { box, mask, clicks } = sent ?? { clicks: [] };
  const corners = box?.map((side) => Math.round(side));
  const prompts = [
    ...(corners === undefined
      ? []
      : [html`<li>box from ${corners[0]!}, ${corners[1]!} to ${corners[2]!}, ${corners[3]!}</li>`]),
    ...(mask === undefined || mask === "previous" ? [] : [html`<li>mask</li>`]),
    ...clicks.map(([x, y, label], n) => {
      const value = steps.find((step) => step.clicks === n + 1)?.value;
      const [what, className] = label === 1 ? ["foreground", "positive"] : ["background", "negative"];
      return html`<li><span class="${className}">${what}</span> at ${x}, ${y}${
        value === undefined ? undefined : html` <b>${score.of} ${formatValue(score, value)}</b>`
      }</li>`;
    }),
  ];
  const places = new Map(
    curveOf(summary, protocol, score.name).map(({ axis, at: words }) => [axis!.value, words]),
  );
  const later = steps.filter((step) => step.clicks > at.clicks);
  const after = later.map(
    ({ clicks: n, value }) => `${formatValue(score, value)} with ${places.get(n) ?? plural(n, "click")}`,
  );
  return html`<ol>${prompts}</ol>${after.length === 0 ? undefined : html`<p class="later">Then ${after.join(", ")}.</p>`}`;
}
