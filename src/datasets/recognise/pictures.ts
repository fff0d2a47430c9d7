// Images and masks that are picture files: which is which, how they pair, and what the masks' values are.

import { basename } from "node:path";
import { groupBy } from "../../core/group-by.ts";
import { plural } from "../../core/words.ts";
import { splitName, stemOf, suffixOf } from "../../formats/files.ts";
import { type Pattern, parsePattern } from "../../formats/pattern.ts";
import { spread } from "../inspect.ts";
import { inFrameOrder } from "../shared/find.ts";
import { type Candidate, type Finding, type Look, type Missing, some } from "./finding.ts";
import { type Pairing, pairUp } from "./pairs.ts";
import type { Survey } from "./survey.ts";
import { type Series, seriesOf } from "./templates.ts";
import { LOOKED, type ValueReading, valueReadings } from "./values.ts";
import { coreOf, partsOf, roleOfFolder, roleOfFolders, roleOfStem } from "./words.ts";

interface Split {
  readonly images: readonly string[];
  readonly masks: readonly string[];
}

export const pictures: Look = async (survey) => {
  const { images, masks } = await split(survey);
  if (images.length === 0 || masks.length === 0) return without(images, masks, survey);
  const findings: Finding[] = [];
  for (const pairing of pairUp(images, masks))
    for (const series of seriesOf(pairing))
      findings.push(...(await ofSeries(series, images, pairing, survey)));
  return findings.length > 0 ? findings : [notPaired(images, masks)];
};

/** By the paths that were given, else by names, else by what the files hold. */
async function split(survey: Survey): Promise<Split> {
  const { pictures, arrays, role, said } = survey;
  const meant = (name: string) => role(name) === "masks" || role(name) === "annotations";
  const all = [...pictures, ...arrays];
  if (said.masks || said.annotations) {
    const masks = all.filter(meant);
    const rest = pictures.filter((name) => !meant(name) && (!said.images || role(name) === "images"));
    // The images' folder may hold the masks' folder, and other masks.
    return said.images ? { images: rest, masks } : { images: guess(rest).images, masks };
  }
  const found = guess(pictures);
  const masks = [...found.masks, ...arrays];
  if (masks.length > 0 && found.images.length > 0) return { images: found.images, masks };
  return (await splitAlike(pictures, survey)) ?? { images: found.images, masks };
}

/** By what folders and names say. What says nothing is what is missing. */
function guess(names: readonly string[]): Split {
  const bare = new Set(
    names.filter((name) => roleOfStem(name) !== "masks").map((name) => coreOf(stemOf(name))),
  );
  const stems = new Set(names.map(stemOf));
  const roles = groupBy(names, (name) => {
    if (roleOfStem(name) === "masks" && containsOther(stemOf(name), bare)) return "masks";
    return roleOfFolders(name, stems) ?? (roleOfStem(name) === "images" ? "images" : "open");
  });
  const [images, masks, open] = [
    roles.get("images") ?? [],
    roles.get("masks") ?? [],
    roles.get("open") ?? [],
  ];
  if (images.length === 0) return { images: open, masks };
  // What is named like an image may be a mask of it, if a less likely one.
  const paired = open.length === 0 ? [] : pairUp(images, open)[0].pairs.map(({ mask }) => mask);
  return { images, masks: [...masks, ...paired] };
}

/** Whether a stem has another one in it, between words. */
function containsOther(stem: string, others: ReadonlySet<string>): boolean {
  const parts = partsOf(stem);
  for (let from = 0; from < parts.length; from += 2)
    for (let to = from + 1; to <= parts.length; to += 2)
      if (to - from < parts.length && others.has(parts.slice(from, to).join(""))) return true;
  return false;
}

/** Where no name says which are masks: photographs are JPEG, names of masks are longer, and masks have few values. */
async function splitAlike(names: readonly string[], survey: Survey): Promise<Split | undefined> {
  const photographs = names.filter((name) => /^\.jpe?g$/.test(suffixOf(name)));
  const others = names.filter((name) => !/^\.jpe?g$/.test(suffixOf(name)));
  if (photographs.length > 0 && others.length > 0) {
    const images = [...photographs, ...photographsAmong(others, photographs)];
    const [{ pairs }] = pairUp(
      images,
      others.filter((name) => !images.includes(name)),
    );
    if (pairs.length > 0)
      return { images: names.filter((name) => images.includes(name)), masks: pairs.map(({ mask }) => mask) };
  }
  const stems = new Set(names.map(stemOf));
  const longer = names.filter((name) => containsOther(stemOf(name), stems) && /\p{L}/u.test(stemOf(name)));
  const shorter = names.filter((name) => !longer.includes(name));
  if (longer.length > 0 && shorter.length > 0 && longer.length < 5000 && (await isMasks(longer, survey)))
    return { images: shorter, masks: longer };
  const folders = [...groupBy(names, (name) => splitName(name)[0]).values()];
  if (folders.length < 2 || folders.length > 50) return undefined;
  const judged: { folder: readonly string[]; masks: boolean }[] = [];
  for (const folder of folders) judged.push({ folder, masks: await isMasks(folder, survey) });
  const of = (masks: boolean) => judged.filter((one) => one.masks === masks).flatMap(({ folder }) => folder);
  return of(true).length > 0 && of(false).length > 0 ? { images: of(false), masks: of(true) } : undefined;
}

/** Those beside photographs, where masks lie elsewhere: a folder of photographs may have some in another format. */
function photographsAmong(others: readonly string[], photographs: readonly string[]): readonly string[] {
  const folders = new Set(photographs.map((name) => splitName(name)[0]));
  const beside = others.filter((name) => folders.has(splitName(name)[0]));
  const masks = beside.length > 0 && pairUp(photographs, beside)[0].pairs.length > 0;
  return masks || beside.length === others.length ? [] : beside;
}

async function isMasks(names: readonly string[], survey: Survey): Promise<boolean> {
  const few = spread(names.length, 3).map((i) => names[i]!);
  const readings = await valueReadings(survey, few, true);
  return typeof readings !== "string";
}

async function ofSeries(
  series: Series,
  images: readonly string[],
  pairing: Pairing,
  survey: Survey,
): Promise<readonly Finding[]> {
  const { pairs, rank, single } = series;
  const names = pairs.map(({ mask }) => mask);
  const few = spread(names.length, LOOKED).map((i) => names[i]!);
  const readings = await valueReadings(survey, few, single);
  const shown = `${series.images} and ${series.masks}`;
  if (typeof readings === "string") {
    const isSwapped =
      survey.said.images &&
      survey.said.masks &&
      (await isMasks(
        pairs.map(({ image }) => image),
        survey,
      ));
    const swapped = isSwapped ? "; what is said to be images looks like masks: the two may be swapped" : "";
    return [{ missing: `${shown}: ${readings}${swapped}` }];
  }
  const used = new Set(pairs.map(({ image }) => image));
  const pattern = patternOf(series.images);
  if (pattern === undefined)
    return [
      { missing: `${shown}: folders or files with a brace or an asterisk in their names are not read` },
    ];
  const rest = images.filter((name) => !used.has(name));
  const bare = rest.filter((name) => pattern.match(name) !== undefined);
  const others = rest.filter((name) => pattern.match(name) === undefined);
  const unseen = [
    ...some(bare, "image without a mask", "images without a mask"),
    ...some(pairing.alone, "mask without an image", "masks without an image"),
    ...some(others, "picture of another name or folder", "pictures of other names or folders"),
  ];
  const notes = areFrames(series) ? [FRAMES] : areNumbered(series) ? [NUMBERED] : [];
  const weight = 2 + rank + (used.size < bare.length ? 4 : 0) + (used.size * 2 < images.length ? 0.5 : 0);
  const categories = categoriesOf(series);
  return readings.map((reading, i): Candidate => {
    const { title, adapter } = adapterOf(series, reading);
    return {
      ...{ title, adapter, unseen, notes: [...reading.notes, ...notes], weight: weight + 3 * i },
      why: `${reading.why} in ${few.length < names.length ? `the ${few.length} of ${names.length} files looked at` : `${plural(names.length, "file")}`}`,
      ...(categories.length > 0 && { categories }),
    };
  });
}

/** Categories that the names of masks have. */
function categoriesOf({ masks, pairs }: Series): readonly string[] {
  const pattern = masks.includes("{category}") ? patternOf(masks) : undefined;
  const found = pairs.map(({ mask }) => pattern?.match(mask)?.category);
  return [...new Set(found.filter((category) => category !== undefined))].sort();
}

const FRAMES =
  "images of the same names in several folders, as frames of videos have: intervals take each image as independent; a card's `cluster` joins those of a folder, and --video in place of --images tracks targets through them";

const NUMBERED =
  "images are numbered as the frames of a video are: --video in place of --images tracks targets through them";

/** So many in a row, without a gap, are no accident. */
const IN_A_ROW = 5;

/** All images of one folder have names that differ in their last number alone, which counts up in equal steps. */
function areNumbered({ pairs }: Series): boolean {
  const names = [...new Set(pairs.map(({ image }) => image))].sort(inFrameOrder);
  const parts = names.map((name) => /^(.*?)(\d+)(\D*)$/.exec(name)?.slice(1));
  const [first, second] = parts;
  if (names.length < IN_A_ROW || first === undefined || second === undefined) return false;
  const step = Number(second[1]) - Number(first[1]);
  return parts.every(
    (part, i) =>
      part?.[0] === first[0] && part?.[2] === first[2] && Number(part?.[1]) === Number(first[1]) + i * step,
  );
}

/** Frames of one video lie in a folder, and frames of another in another have the same names. */
function areFrames({ images, pairs }: Series): boolean {
  if (!/\{folder\}\/[^/]*\{image\}[^/]*$/.test(images)) return false;
  const stems = new Set(pairs.map(({ image }) => stemOf(image)));
  return stems.size * 2 <= new Set(pairs.map(({ image }) => image)).size;
}

function patternOf(text: string): Pattern | undefined {
  try {
    return parsePattern(text, "images");
  } catch {
    return undefined;
  }
}

function adapterOf(series: Series, { as, options }: ValueReading): Pick<Candidate, "title" | "adapter"> {
  const { images, masks, single } = series;
  if (as === "labels")
    return {
      title:
        options.values === "class" ? "a map of classes for each image" : "a map of objects for each image",
      adapter: { format: "label-png", images, labels: masks, ...options } as Candidate["adapter"],
    };
  return {
    title: single ? "one mask for each image" : "a mask file for each object",
    adapter: { format: "mask-files", images, masks, ...options } as Candidate["adapter"],
  };
}

function without(images: readonly string[], masks: readonly string[], survey: Survey): readonly Missing[] {
  if (images.length > 0 && !survey.said.images && masks.length === 0 && areMasks(images, survey))
    return without([], images, survey);
  if (images.length > 0)
    return [
      {
        ...{ last: true, hint: true },
        missing: `${plural(images.length, "image")} (${images[0]}) and no mask${survey.documents.length > 0 ? " among the pictures" : ""}; expected masks that are named like them, in a folder of their own (masks/NAME.png), as NAME_mask.png, or as masks/NAME/1.png`,
      },
    ];
  return masks.length > 0
    ? [
        {
          last: true,
          missing: `${plural(masks.length, "mask")} (${masks[0]}) and no image; expected --images FOLDER`,
        },
      ]
    : [];
}

/** Pictures that were taken for images, as there is nothing else, and whose names say otherwise. */
function areMasks(names: readonly string[], { root }: Survey): boolean {
  const whole = roleOfFolder(basename(root));
  return names.every((name) => (roleOfStem(name) ?? roleOfFolders(name) ?? whole) === "masks");
}

function notPaired(images: readonly string[], masks: readonly string[]): Missing {
  const stem = stemOf(images[0]!);
  return {
    last: true,
    missing: `${images.length} images have no mask that is named like them; expected ${stem}.png or ${stem}_mask.png for ${images[0]}, got ${masks.slice(0, 3).join(", ")}${masks.length > 3 ? ", ..." : ""}`,
  };
}
