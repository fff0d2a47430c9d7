// What `inspect` prints of data.

import { wordsOfReading } from "../config/index.ts";
import type { Reading, RecognisedData } from "../datasets/recognise/index.ts";
import { plural } from "../report/kit/format.ts";
import { type Context, shownPath } from "../run/context.ts";

const NAMED = 8;

/** The likeliest reading in full, others in a line each, and what does not fit. */
export function recognisedText(
  { name, readings, alike, missing, root, files }: RecognisedData,
  { cwd }: Pick<Context, "cwd">,
): string {
  const [first, ...others] = readings;
  if (first === undefined)
    return [
      `${shownPath(root, { cwd })}: ${plural(files, "file")}, in no format that is read`,
      ...missing.map((text) => `  ${text}`),
    ].join("\n");
  const several =
    alike === 1 ? [] : [`${alike} readings are as likely: --format, --masks or --annotations decides`];
  return [
    ...several,
    ...readingText(name, first, cwd),
    ...others.flatMap((other) => otherText(other)),
    ...missing.map((text) => `  does not fit  ${text}`),
  ].join("\n");
}

function readingText(
  name: string,
  {
    title,
    format,
    why,
    card,
    root,
    images,
    masks,
    looked,
    categories,
    moreCategories,
    notes,
    unseen,
  }: Reading,
  cwd: string,
): string[] {
  const { format: _, ...options } = card.adapter;
  const patterns = Object.entries(options).filter(
    ([, value]) => typeof value === "string" || Array.isArray(value),
  );
  const all = looked.images === images;
  const seen = all ? "" : ` in the ${plural(looked.images, "image")} read`;
  const counted = masks === undefined ? `masks not counted, ${looked.masks}${seen}` : plural(masks, "mask");
  const shown = categories.slice(0, NAMED).join(", ");
  const more = categories.length > NAMED ? `, and ${categories.length - NAMED} more` : "";
  const line = (what: string, text: string) => `  ${what.padEnd(12)}${text}`;
  return [
    `${name}: ${title} (${format})`,
    line("because", why),
    line("folder", shownPath(root, { cwd })),
    ...patterns.map(([key, value]) => line(key, Array.isArray(value) ? value.join(", ") : String(value))),
    line("found", `${plural(images, "image")}, ${counted}`),
    ...(all
      ? []
      : [line("tried", `${looked.tried} of ${plural(images, "image")}, ${looked.images} could be read`)]),
    line("sizes", looked.sizes.length === 0 ? "not seen" : `${looked.sizes.join(", ")}${seen}`),
    line(
      "categories",
      categories.length === 0 ? "none" : `${categories.length}${moreCategories ? seen : ""}: ${shown}${more}`,
    ),
    ...unseen.map((text) => line("not read", text)),
    ...notes.map((text) => line("note", text)),
  ];
}

function otherText(reading: Reading): string[] {
  const { images, masks, notes } = reading;
  const [note] = notes;
  const counted = masks === undefined ? "" : `, ${plural(masks, "mask")}`;
  const said = note === undefined ? "" : `; ${note}`;
  return [`  also fits   ${wordsOfReading(reading)}: ${plural(images, "image")}${counted}${said}`];
}
