// Pictures of targets and the key to what is drawn on them.
import type { Picture } from "../input.ts";
import { type Html, html, raw } from "./markup.ts";

/** Only a picture inside the page is shown: nothing is ever loaded. */
export function pictureTag({ src, width, height, alt }: Picture): Html {
  const safe = /^data:image\/(webp|png|jpeg);base64,[A-Za-z0-9+/=]+$/.test(src) ? src : "data:,";
  return html`<img src="${raw(safe)}" width="${width}" height="${height}" alt="${alt}" decoding="async">`;
}

export function pictureKey(): Html {
  return html`<ul class="key"><li><i class="truth"></i>ground truth</li><li><i class="prediction"></i>prediction</li><li><i class="positive">+</i>foreground click</li><li><i class="negative">−</i>background click</li><li><i class="boxed"></i>box</li></ul>
`;
}
