// Annotation files that each describe many images: VIA, CVAT, VISOR.

import { groupBy } from "../../core/group-by.ts";
import type { DatasetCard } from "../../core/schema-types.ts";
import { splitName, stemOf, suffixOf } from "../../formats/files.ts";
import { isObject, objectIn } from "../../formats/json-file.ts";
import { type Document, listOf, namesOf } from "./documents.ts";
import { type Candidate, imagesIn, type Look, some } from "./finding.ts";
import { commonAffix } from "./pairs.ts";
import type { Survey } from "./survey.ts";
import { anyFolders } from "./templates.ts";
import { wordsOf } from "./words.ts";

interface Kind {
  readonly title: string;
  is(document: Document): boolean;
  /** Names of images as the file has them; those of the beginning, where it is large. */
  images(document: Document): readonly string[];
  adapter(
    annotations: string,
    images: readonly string[],
    documents: readonly Document[],
  ): DatasetCard["adapter"];
  /** `images` of `adapter` is a pattern of the frames. */
  readonly frames?: boolean;
  readonly notes?: (documents: readonly Document[]) => readonly string[];
}

export const manyImages: Look = async (survey, documents) =>
  kinds.flatMap((kind) => {
    const found = documents.filter((document) => kind.is(document));
    return found.length === 0 ? [] : candidates(kind, found, survey);
  });

function viaEntries({ value }: Document): readonly Record<string, unknown>[] {
  const entries = isObject(value) ? (value._via_img_metadata ?? value) : undefined;
  return Object.values(objectIn(entries)).filter((entry): entry is Record<string, unknown> =>
    isObject(entry),
  );
}

/** Names of attributes that regions have, the most frequent first. */
function attributesOf(documents: readonly Document[]): readonly string[] {
  const names = documents.flatMap((document) =>
    viaEntries(document).flatMap(({ regions }) =>
      Object.values(objectIn(regions) ?? {})
        .concat(Array.isArray(regions) ? regions : [])
        .flatMap((region) => Object.keys(objectIn(objectIn(region).region_attributes))),
    ),
  );
  return [...groupBy(names, (name) => name)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([name]) => name);
}

const kinds: readonly Kind[] = [
  {
    title: "VIA (VGG Image Annotator) JSON",
    is: (document) =>
      viaEntries(document).some((entry) => typeof entry.filename === "string" && "regions" in entry) ||
      (document.value === undefined &&
        /"regions"\s*:/.test(document.head) &&
        /"filename"\s*:/.test(document.head)),
    images: (document) =>
      viaEntries(document).flatMap(({ filename }) => (typeof filename === "string" ? [filename] : [])),
    adapter: (annotations, images, documents) => {
      const [category] = attributesOf(documents);
      return {
        format: "via",
        annotations,
        images: [...images] as [string, ...string[]],
        ...(category === undefined ? {} : { category }),
      };
    },
    notes: (documents) => {
      const [category, ...more] = attributesOf(documents);
      return more.length === 0
        ? []
        : [`the attribute ${category} is taken as the category; there are also ${more.join(", ")}`];
    },
  },
  {
    title: "CVAT XML for images or video",
    is: ({ suffix, head }) => suffix === ".xml" && /<annotations>[\s\S]*<(?:image|track|meta)\b/.test(head),
    images: ({ head }) => [...head.matchAll(/<image\b[^>]*\bname="([^"]+)"/g)].map((match) => match[1]!),
    adapter: (annotations, images) => ({
      format: "cvat",
      annotations,
      images: [...images] as [string, ...string[]],
    }),
  },
  {
    title: "VISOR (EPIC-KITCHENS) JSON",
    frames: true,
    is: ({ value, head }) =>
      listOf(value, "video_annotations") !== undefined || /^\s*\{\s*"video_annotations"/.test(head),
    images: ({ value }) =>
      (listOf(value, "video_annotations") ?? []).flatMap((one) => {
        const { name } = objectIn(objectIn(one).image);
        return typeof name === "string" ? [name] : [];
      }),
    adapter: (annotations, images) => ({
      ...{ format: "visor", annotations, space: [1920, 1080] },
      frames: images[0]!,
    }),
    notes: () => ["points are taken to refer to frames of 1920x1080 pixels; a card's `space` says otherwise"],
  },
];

/** Where a document's images lie: folders from its own, the most frequent first. */
interface Placed {
  readonly document: Document;
  readonly folders: readonly string[];
  readonly places: readonly string[];
  readonly lost: readonly string[];
}

/** One card for all files where it can say which images are whose, else one for each file. */
function candidates(kind: Kind, documents: readonly Document[], survey: Survey): readonly Candidate[] {
  const placed = documents.map((document) => placesOf(kind, document, survey));
  const { annotations, part } = patternOf(namesOf(documents));
  const own = placed.map(({ document, folders }) => ({ folders, part: part(document.name) }));
  const byPart = own.every(
    ({ folders, part }) => part !== undefined && folders.every((folder) => folder.split("/").includes(part)),
  );
  const templates = own.map(({ folders, part }) =>
    folders.map((folder) =>
      folder
        .split("/")
        .map((one) => (one === part ? "{part}" : one))
        .join("/"),
    ),
  );
  const all = byPart && documents.length > 1 ? templates.flat() : own.flatMap(({ folders }) => folders);
  const folders = [...new Set(all)];
  const whole = (byPart && documents.length > 1) || folders.length < 2 || areApart(placed);
  if (whole) return [candidate(kind, placed, annotations, folders, survey)];
  return placed.map((one) => candidate(kind, [one], one.document.name, one.folders, survey));
}

/** No two files name images alike. */
function areApart(placed: readonly Placed[]): boolean {
  const names = placed.flatMap(({ places }) => [...new Set(places.map((place) => splitName(place)[1]))]);
  return new Set(names).size === names.length;
}

function candidate(
  kind: Kind,
  placed: readonly Placed[],
  annotations: string,
  folders: readonly string[],
  survey: Survey,
): Candidate {
  const documents = placed.map(({ document }) => document);
  const names = namesOf(documents);
  const places = placed.flatMap((one) => one.places);
  const below = (places.length > 0 ? places : imagesIn(survey)).map((name) => foldersIn(name));
  const images =
    kind.frames === true
      ? [`${anyFolders(below)}*${suffixOf(places[0] ?? "a.jpg")}`]
      : folders.length > 0
        ? folders
        : ["."];
  const lost = placed.flatMap((one) => one.lost);
  return {
    ...{ title: kind.title, weight: 0, notes: kind.notes?.(documents) ?? [] },
    why: names.length === 1 ? names[0]! : `${names.length} files, ${names[0]} first`,
    adapter: kind.adapter(annotations, images, documents),
    unseen: some(
      lost,
      "image of the annotations that is not on disk",
      "images of the annotations that are not on disk",
    ),
  };
}

function placesOf(kind: Kind, document: Document, survey: Survey): Placed {
  const images = imagesIn(survey);
  const byBase = groupBy(images, (name) => splitName(name)[1].normalize("NFC"));
  const byStem = groupBy(images, (name) => stemOf(name).normalize("NFC"));
  const folders: string[] = [];
  const places: string[] = [];
  const lost: string[] = [];
  for (const image of kind.images(document)) {
    const clean = image.replaceAll("\\", "/");
    const base = splitName(clean)[1].normalize("NFC");
    const fits = byBase.get(base) ?? byStem.get(stemOf(base)) ?? [];
    const whole = fits.filter((path) => path.endsWith(clean));
    const path = likest(document.name, whole.length > 0 ? whole : fits);
    if (path === undefined) {
      lost.push(image);
      continue;
    }
    places.push(path);
    const depth = whole.length > 0 ? clean.split("/").length : 1;
    folders.push(relativeFolder(splitName(document.name)[0], path.split("/").slice(0, -depth).join("/")));
  }
  const counted = [...groupBy(folders, (folder) => folder)].sort(([, a], [, b]) => b.length - a.length);
  return { document, places, lost, folders: counted.map(([folder]) => folder) };
}

/** The path with most words of the annotation file's. */
function likest(from: string, paths: readonly string[]): string | undefined {
  const words = wordsOf(from);
  const shared = (path: string) => wordsOf(path).filter((word) => words.includes(word)).length;
  return [...paths].sort((a, b) => shared(b) - shared(a))[0];
}

function foldersIn(name: string): readonly string[] {
  const [folder] = splitName(name);
  return folder === "" ? [] : folder.split("/");
}

/** A folder as seen from another. */
export function relativeFolder(from: string, folder: string): string {
  const [a, b] = [
    foldersIn(`${from}/x`).filter((part) => part !== ""),
    foldersIn(`${folder}/x`).filter((part) => part !== ""),
  ];
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  return [...a.slice(shared).map(() => ".."), ...b.slice(shared)].join("/") || ".";
}

/** The one file, or a pattern of all and what each puts into it. */
function patternOf(names: readonly string[]): {
  readonly annotations: string;
  part(name: string): string | undefined;
} {
  const [only, ...more] = names;
  if (more.length === 0) return { annotations: only!, part: () => undefined };
  const folders = anyFolders(names.map(foldersIn));
  const stems = names.map(stemOf);
  if (new Set(stems).size === 1)
    return { annotations: `${folders}${stems[0]}${suffixOf(only!)}`, part: () => undefined };
  const { pre, post } = commonAffix(stems);
  return {
    annotations: `${folders}${pre}{part}${post}${suffixOf(only!)}`,
    part: (name) => stemOf(name).slice(pre.length, stemOf(name).length - post.length),
  };
}
