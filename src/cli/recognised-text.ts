// What `inspect` prints of data.

import { wordsOfReading } from "../config/index.ts";
import type { Reading, RecognisedData } from "../datasets/recognise/index.ts";
import { plural } from "../report/kit/format.ts";
import { type Context, shownPath } from "../run/context.ts";
import type { InspectedClips } from "../run/inspect/data.ts";

const NAMED = 8;
const line = (what: string, text: string) => `  ${what.padEnd(12)}${text}`;

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

/** Clips, and how they are run. */
export function clipsText(
  { name, title, root, video, masks, card, check, benchmark, data = "" }: InspectedClips,
  { cwd }: Pick<Context, "cwd">,
): string {
  const { format: _, ...options } = card.adapter;
  const { found, each, loaded, problems, notes } = check;
  const counts = [plural(found.clips ?? 0, "clip"), plural(found.frames ?? 0, "frame")];
  if (found.tracks !== undefined) counts.push(plural(found.tracks, "track"));
  else if (each.tracks !== undefined)
    counts.push(
      `about ${plural(Math.round(each.tracks * (found.clips ?? 0)), "track")}, by the ${loaded} clips read`,
    );
  const command =
    benchmark === undefined
      ? `segbench run --video ${shown(video, cwd)} --masks ${shown(masks, cwd)} --model FOLDER`
      : `segbench run --benchmarks ${benchmark} --data ${shown(data, cwd)} --model FOLDER`;
  return [
    `${name}: ${title} (clip-folders)`,
    line("folder", shownPath(root, { cwd })),
    ...Object.entries(options).map(([key, value]) => line(key, [value].flat().join(", "))),
    line("found", counts.join(", ")),
    ...problems.slice(0, NAMED).map(({ where, what }) => line("not read", `${where}: ${what}`)),
    ...notes.map(({ what, where, count }) =>
      line("note", `${what} (${where}${count > 1 ? `, ${count} in all` : ""})`),
    ),
    line("run", command),
  ].join("\n");
}

function shown(path: string, cwd: string): string {
  const text = shownPath(path, { cwd });
  return /^[\w./~@:+-]+$/.test(text) ? text : JSON.stringify(text);
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
    ([, value]) => (typeof value === "string" && value !== ".") || Array.isArray(value),
  );
  const all = looked.images === images;
  const seen = all ? "" : ` in the ${plural(looked.images, "image")} read`;
  const counted = masks === undefined ? `masks not counted, ${looked.masks}${seen}` : plural(masks, "mask");
  const shown = categories.slice(0, NAMED).join(", ");
  const more = categories.length > NAMED ? `, and ${categories.length - NAMED} more` : "";
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
