// The picture of an answer to a phrase: each thing found in a colour of its own with its score, wrong ones hatched and dashed, what was missed dotted.
import type { BitMask, Box, Point, RgbImage, Size } from "../core/types.ts";
import { createMask, or, tightBox } from "../masks/bit-mask.ts";
import type { DrawnPicture } from "./gallery.ts";
import { numberTag, tagHeight, tagWidth } from "./marks.ts";
import { cropAround, drawnOver, pathData, traceOutline } from "./overlay.ts";

/** One of the masks of an answer. */
export interface FoundInstance {
  readonly mask: BitMask;
  readonly score: number;
  /** It is one of those that the phrase names. */
  readonly right: boolean;
}

export interface AnsweredQuery {
  readonly image: RgbImage;
  readonly found: readonly FoundInstance[];
  /** What the phrase names and the answer does not have. */
  readonly missed: readonly BitMask[];
  /** Part of the image to show; default: around all that is drawn. */
  readonly crop?: Box;
}

/** Of right masks, in turn; none is like the two below. */
const colours = [
  "#2f8dff",
  "#17c27b",
  "#c77bff",
  "#00bcd4",
  "#ff8ac4",
  "#8fd14f",
  "#7f9cff",
  "#b08968",
] as const;
/** As in other pictures the truth is yellow. */
const wrongColour = "#ff3b4e";
const missedColour = "#ffdf3d";

/** Tags are read on small pictures too. */
const enlarged = 1.7;
const tall = enlarged * tagHeight;

/** Draws it as WebP. */
export function queryPicture(answer: AnsweredQuery): Promise<DrawnPicture> {
  const crop = answer.crop ?? aroundAnswers([answer]);
  return drawnOver(answer.image, crop, undefined, (size) => drawing(answer, crop, size));
}

/** A window around all that is drawn of answers to one query, with as much on every side: what a phrase names is told from its surroundings. */
export function aroundAnswers(answers: readonly [AnsweredQuery, ...AnsweredQuery[]]): Box {
  const [{ image }] = answers;
  const { width, height } = image;
  const all = answers
    .flatMap(({ found, missed }) => [...found.map(({ mask }) => mask), ...missed])
    .reduce(or, createMask(width, height));
  const { x0, y0, x1, y1 } = tightBox(all) ?? { x0: 0, y0: 0, x1: width - 1, y1: height - 1 };
  const by = Math.max(x1 - x0, y1 - y0) + 1;
  const box = [x0 - by, y0 - by, x1 + by, y1 + by].map((at, i) =>
    Math.min(Math.max(0, at), (i % 2 === 0 ? width : height) - 1),
  ) as [number, number, number, number];
  return cropAround({ image, truth: all, prediction: all }, [{ clicks: [], box }]);
}

function drawing(
  { found, missed }: Pick<AnsweredQuery, "found" | "missed">,
  crop: Box,
  { width, height }: Size,
): string {
  const [sx, sy] = [width / (crop.x1 - crop.x0 + 1), height / (crop.y1 - crop.y0 + 1)];
  const map = (p: Point): Point => ({ x: (p.x - crop.x0) * sx, y: (p.y - crop.y0) * sy });
  const outline = (mask: BitMask) => pathData(traceOutline(mask, crop), map, 0.6);
  const line = (path: string, colour: string, dashes: string) =>
    `<path d="${path}" fill="none" stroke="#000" stroke-opacity=".55" stroke-width="6"/>` +
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="3.2"${dashes}/>`;
  let right = 0;
  const shapes = found.map((one) => {
    const path = outline(one.mask);
    const colour = one.right ? colours[right++ % colours.length]! : wrongColour;
    const fill = one.right ? `fill="${colour}" fill-opacity=".36"` : 'fill="url(#wrong)"';
    return {
      drawn: `<path d="${path}" ${fill} fill-rule="evenodd"/>${line(path, colour, one.right ? "" : ' stroke-dasharray="10 5"')}`,
      text: `${one.right ? "" : "×"}${Math.floor(100 * one.score)}`,
      mask: one.mask,
      ground: one.right ? "#111" : "#a3122b",
    };
  });
  const lost = missed.map((mask) => ({
    drawn: line(outline(mask), missedColour, ' stroke-dasharray="1 7" stroke-linecap="round"'),
    ...{ text: "○", mask, ground: "#6b5600" },
  }));
  const tags: Placed[] = [];
  for (const { mask, text, ground } of [...shapes, ...lost]) {
    const box = tightBox(mask);
    if (box === undefined) continue;
    const middle = map({ x: (box.x0 + box.x1 + 1) / 2, y: (box.y0 + box.y1 + 1) / 2 });
    tags.push(placed({ text, ground, middle, width: enlarged * tagWidth(text) }, tags, { width, height }));
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" stroke-linejoin="round">` +
    `<pattern id="wrong" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="3" height="9" fill="${wrongColour}" fill-opacity=".7"/></pattern>` +
    `${[...shapes, ...lost].map(({ drawn }) => drawn).join("")}` +
    `${tags.map(({ text, ground, x, y }) => `<g transform="translate(${x} ${y}) scale(${enlarged})">${numberTag(text, { x: 0, y: 0 }, ground)}</g>`).join("")}</svg>`
  );
}

interface Placed {
  readonly text: string;
  readonly ground: string;
  readonly width: number;
  readonly x: number;
  readonly y: number;
}

/** A tag in the middle of its mask, moved down until it lies on no earlier one, and into the picture. */
function placed(
  { middle, ...tag }: Omit<Placed, "x" | "y"> & { readonly middle: Point },
  others: readonly Placed[],
  { width, height }: Size,
): Placed {
  const within = (at: number, length: number, end: number) =>
    Math.round(Math.min(Math.max(2, at), Math.max(2, end - length - 2)));
  const x = within(middle.x - tag.width / 2, tag.width, width);
  const meets = (y: number) =>
    others.some(
      (other) => Math.abs(other.y - y) < tall && x < other.x + other.width && other.x < x + tag.width,
    );
  const first = within(middle.y - tall / 2, tall, height);
  const free = Array.from({ length: 2 * others.length + 1 }, (_, i) =>
    within(first + (i % 2 === 1 ? 1 : -1) * Math.ceil(i / 2) * (tall + 1), tall, height),
  ).find((y) => !meets(y));
  return { ...tag, x, y: free ?? first };
}
