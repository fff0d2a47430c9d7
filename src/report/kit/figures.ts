// Figures of pages: how models look, plots with their titles, pictures of targets with their key.
import type { Picture } from "../input.ts";
import { type Html, html, raw } from "./markup.ts";

/** How a model looks in plots and tables: colour, symbol and class, in the order of the summary; after six the looks repeat. */
export interface Series {
  readonly name: string;
  readonly title: string;
  readonly color: string;
  readonly symbol: keyof typeof shapes;
  /** The class by which the page shows and hides a model. */
  readonly className: string;
}

const shapes = {
  circle: '<circle r="4.6"/>',
  square: '<rect x="-4.1" y="-4.1" width="8.2" height="8.2"/>',
  triangle: '<path d="M0-5.4L4.9 3.6H-4.9Z"/>',
  diamond: '<path d="M0-6L4 0 0 6-4 0Z"/>',
  star: '<path d="M0-6L1.5-1.9 5.7-1.9 2.4.8 3.5 4.9 0 2.4-3.5 4.9-2.4.8-5.7-1.9-1.5-1.9Z"/>',
  wye: '<path d="M-1.6-.9V-5.5H1.6V-.9L5.5 1.4 3.9 4.2 0 2-3.9 4.2-5.5 1.4Z"/>',
} as const;
const symbols = Object.keys(shapes) as (keyof typeof shapes)[];

export function seriesOf({
  models,
}: {
  readonly models: readonly Pick<Series, "name" | "title">[];
}): Series[] {
  return models.map(({ name, title }, m) => ({
    ...{ name, title, className: `m${m}` },
    color: `var(--m${m % symbols.length})`,
    symbol: symbols[m % symbols.length]!,
  }));
}

/** A model's name with its colour and symbol, as in the plots. */
export function modelMark({ title, color, symbol }: Series): Html {
  const mark = `<svg class="mark" viewBox="-7 -7 14 14" width="14" height="14" fill="${color}" aria-hidden="true">${shapes[symbol]}</svg>`;
  return html`<span class="model">${raw(mark)}${title}</span>`;
}

/** Width of plots drawn for a phone: nothing is scaled down there, so all text stays readable. */
export const phoneWidth = 350;
/** Width of the small plots in a benchmark's section: a phone shows one per row, a wide window several. */
export const panelWidth = 330;

/** The same plot for wide windows and for phones; the page shows one of them. */
export function bothWidths(draw: (width: number) => Html, wide: number): Html {
  return html`<div class="wide">${draw(wide)}</div><div class="narrow">${draw(phoneWidth)}</div>`;
}

/** A plot with its title and, where it needs one, a note on how to read it. */
export function plotFigure(title: Html | string, plot: Html, note: Html | string = "", className = ""): Html {
  return html`<figure class="chart ${className}"><figcaption><b>${title}</b>${
    note === "" ? undefined : html` <span>${note}</span>`
  }</figcaption><div class="scroll">${plot}</div></figure>
`;
}

/** Only a picture inside the page is shown: nothing is ever loaded. */
export function pictureTag({ src, width, height, alt }: Picture): Html {
  const safe = /^data:image\/(webp|png|jpeg);base64,[A-Za-z0-9+/=]+$/.test(src) ? src : "data:,";
  return html`<img src="${raw(safe)}" width="${width}" height="${height}" alt="${alt}" decoding="async">`;
}

/** The key to what is drawn on pictures, by what the two outlines are of. */
export function pictureKey(truth = "ground truth", prediction = "prediction", prompts = true): Html {
  const masks = html`<li><i class="truth"></i>${truth}</li><li><i class="prediction"></i>${prediction}</li>`;
  if (!prompts) return html`<ul class="key">${masks}</ul>\n`;
  return html`<ul class="key">${masks}<li><i class="positive">+</i>foreground click</li><li><i class="negative">−</i>background click</li><li><i class="boxed"></i>box</li></ul>
`;
}

/** The key to pictures of answers to phrases. */
export function answerKey(): Html {
  return html`<ul class="key"><li><i class="right"></i>right (IoU of 50 % or more): a colour each, its score beside it</li><li><i class="wrong"></i>× wrong</li><li><i class="missed"></i>○ missed</li></ul>
`;
}

export const answerStyle = `
.key .right { border: 3px solid #2f8dff; background: #2f8dff61; border-radius: 3px; } .key .wrong { border: 3px dashed #ff3b4e; background: repeating-linear-gradient(45deg, #ff3b4eb0 0 2px, #333 2px 6px); border-radius: 3px; }
.key .missed { border: 3px dotted #ffdf3d; background: #333; border-radius: 3px; }
`;

/** Boxes or dots that choose what a page shows; `name` sets the group of choices apart. */
export function choices(
  legend: string,
  options: readonly Html[],
  { className = "", hidden = false }: { readonly className?: string; readonly hidden?: boolean } = {},
): Html {
  return html`<fieldset class="filter${className === "" ? "" : ` ${className}`}"${raw(hidden ? " hidden" : "")}><legend>${legend}</legend>${options}</fieldset>`;
}

/** A box that shows and hides everything of a class. */
export function showBox(className: string, label: Html | string): Html {
  return html`<label><input type="checkbox" id="show-${className}" checked autocomplete="off"> ${label}</label>`;
}
