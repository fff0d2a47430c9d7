// COCO JSON and what is made like it (LVIS, detection-style panoptic, exports of tools), and YouTube-VIS.
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { reasonOf } from "../../core/errors.ts";
import { groupBy } from "../../core/group-by.ts";
import {
  commonFolder,
  fileFinder,
  fromFolder,
  joinNames,
  splitName,
  suffixOf,
  withoutSuffix,
} from "../../formats/files.ts";
import { isObject } from "../../formats/json-file.ts";
import { type AnnotationFile, type Id, type Layout, readAnnotationFile } from "../shared/annotation-file.ts";
import { type CocoBrief, readCoco } from "../shared/coco-images.ts";
import { type Document, listOf } from "./documents.ts";
import { type Candidate, type Finding, imagesIn, type Look, some } from "./finding.ts";
import type { Survey } from "./survey.ts";
import { roleOfFolder } from "./words.ts";

interface Thing {
  readonly id: Id;
  readonly file_name?: unknown;
  readonly file_names?: unknown;
  readonly coco_url?: unknown;
}

interface Found {
  readonly document: Document;
  readonly video: boolean;
  readonly fileName: "file_name" | "coco_url" | "base_name";
  /** As the file has them, and where they lie below the root; undefined: nowhere. */
  readonly images: readonly string[];
  readonly places: readonly (string | undefined)[];
  readonly folders: readonly string[];
  readonly categories: readonly string[];
  readonly root: string;
}

export const coco: Look = async (survey, documents) => {
  const findings: Finding[] = [];
  const found: Found[] = [];
  for (const document of documents) {
    const kind = kindOf(document);
    if (kind === undefined) continue;
    try {
      const one = await read(document, kind === "videos", survey);
      if ("missing" in one) findings.push(one);
      else found.push(one);
    } catch (error) {
      findings.push({ missing: reasonOf(error) });
    }
  }
  for (const alike of groupBy(found, ({ video, fileName, root }) => `${video} ${fileName} ${root}`).values())
    findings.push(...candidates(alike, survey));
  return findings;
};

function kindOf({ value, head, suffix }: Document): "images" | "videos" | undefined {
  if (!/json$/.test(suffix)) return undefined;
  if (value !== undefined) {
    const lists = ["images", "videos"].filter((key) => listOf(value, key) !== undefined);
    if (
      lists.length === 0 ||
      (listOf(value, "annotations") === undefined &&
        lists[0] === "images" &&
        listOf(value, "categories") === undefined)
    )
      return undefined;
    return lists.includes("videos") ? "videos" : "images";
  }
  if (/"videos"\s*:\s*\[/.test(head)) return "videos";
  return /"images"\s*:\s*\[\s*\{|"annotations"\s*:\s*\[\s*\{[^[]*"image_id"|"(?:file_name|coco_url)"/.test(
    head,
  )
    ? "images"
    : undefined;
}

async function read(
  document: Document,
  video: boolean,
  survey: Survey,
): Promise<Found | { missing: string }> {
  const { name } = document;
  const at = { root: survey.root, name };
  const file: AnnotationFile<Thing, unknown, Pick<CocoBrief, "empty">> = video
    ? await readAnnotationFile(at, videos)
    : await readCoco(at);
  const annotated = file.things.filter(({ id }) => file.briefs(id).length > 0);
  if (annotated.every(({ id }) => file.briefs(id).every(({ empty }) => empty))) {
    const [first] = annotated;
    const some = first === undefined ? [] : await file.read(first.id);
    const have = (key: string) => some.some(({ annotation }) => isObject(annotation) && key in annotation);
    return {
      missing: have("segments_info")
        ? `${name}: COCO panoptic JSON, whose masks are in its PNG files; expected those: --masks FOLDER`
        : `${name}: COCO JSON without a segmentation${have("bbox") ? ", of boxes alone" : ""}; expected polygons or RLE in annotations[].segmentation`,
    };
  }
  const categories = [...new Set(file.categories.values())];
  const by = async (fileName: Found["fileName"]): Promise<Found> => {
    const images = file.things.flatMap((one) => namesOf(one, fileName));
    if (fileName === "base_name" && !areSingle(images, survey)) return found;
    return { document, video, fileName, categories, ...(await place(images, name, survey)) };
  };
  const found = await by("file_name");
  // LVIS: file_name is of another release than the folders that images come in.
  if (found.folders.length > 0) return found;
  const other = file.things.some((one) => typeof one.coco_url === "string") ? await by("coco_url") : found;
  if (other.folders.length > 0) return other;
  return file.things.some((one) => typeof one.file_name === "string" && /[/\\]/.test(one.file_name))
    ? by("base_name")
    : found;
}

/** Each name is one image of the annotations, and at most one of those on disk: names without folders may be trusted. */
function areSingle(names: readonly string[], survey: Survey): boolean {
  const wanted = new Set(names.map(comparable));
  const there = imagesIn(survey)
    .map(baseOf)
    .filter((base) => wanted.has(base));
  return wanted.size === names.length && there.length > 0 && new Set(there).size === there.length;
}

const [full, empty] = [{ empty: false }, { empty: true }];
const videos: Layout<Thing, { readonly segmentations?: unknown }, Pick<CocoBrief, "empty">> = {
  ...{ things: "videos", link: "video_id", keep: ({ id, file_names }) => ({ id, file_names }) },
  brief: ({ segmentations: own }) => (Array.isArray(own) && own.some((one) => one != null) ? full : empty),
};

function namesOf(
  { file_name: name, file_names: names, coco_url: url }: Thing,
  key: Found["fileName"],
): readonly string[] {
  if (Array.isArray(names)) return names.filter((one): one is string => typeof one === "string");
  if (key === "base_name") return typeof name === "string" ? [splitName(name.replaceAll("\\", "/"))[1]] : [];
  if (key === "file_name") return typeof name === "string" ? [name] : [];
  return typeof url === "string" ? [url.split("/").slice(-2).join("/")] : [];
}

/** Where the images lie: below the paths that were given, else near the annotation file. */
async function place(names: readonly string[], from: string, survey: Survey) {
  const byBase = groupBy(imagesIn(survey), (name) => baseOf(name));
  const clean = names.map((name) => joinNames(from, ...name.split("/").filter((part) => part !== "..")));
  const places = clean.map((name) => {
    const end = comparable(name);
    const fits = (byBase.get(baseOf(name)) ?? []).filter((path) =>
      `/${comparable(path)}`.endsWith(`/${end}`),
    );
    return [...fits].sort((a, b) => together(b, from) - together(a, from))[0];
  });
  if (places.some((path) => path !== undefined) || survey.said.images) {
    const folders = places.flatMap((path, i) => (path === undefined ? [] : folderOf(path, clean[i]!)));
    return { places, folders: byCount(folders), root: survey.root, images: clean };
  }
  const near = await nearby(clean, join(survey.root, splitName(from)[0]));
  if (near === undefined) return { places, folders: [], root: survey.root, images: clean };
  const root = near.startsWith(survey.root) ? survey.root : commonFolder([survey.root, near]);
  const below = fromFolder(root, near);
  const all = clean.map((name) => joinNames(from, below, name));
  return { places: all, folders: [below], root, images: clean };
}

function baseOf(name: string): string {
  return comparable(splitName(name)[1]);
}

/** A name to compare: suffixes differ in case. */
function comparable(name: string): string {
  return (withoutSuffix(name) + suffixOf(name)).normalize("NFC");
}

function together(path: string, from: string): number {
  const [a, b] = [path.split("/"), from.split("/")];
  const differ = a.findIndex((part, i) => part !== b[i]);
  return differ < 0 ? a.length : differ;
}

function folderOf(path: string, name: string): string {
  return path.split("/").slice(0, -name.split("/").length).join("/");
}

function byCount(folders: readonly string[]): readonly string[] {
  return [...groupBy(folders, (folder) => folder)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([folder]) => folder);
}

/**
 * A folder in which the first images lie: below the annotation file, or beside its folder where that is one of annotations.
 * Nothing farther is looked at: other images there may have the same names.
 */
async function nearby(names: readonly string[], folder: string): Promise<string | undefined> {
  const beside = roleOfFolder(basename(folder)) === "masks" ? await foldersIn(dirname(folder)) : [];
  const tried = [folder];
  for (const one of [...(await foldersIn(folder)), ...beside].slice(0, 200))
    tried.push(one, ...(await foldersIn(one)).slice(0, 50));
  for (const one of tried) if (await areIn(names.slice(0, 3), one)) return one;
  return undefined;
}

async function areIn(names: readonly string[], folder: string): Promise<boolean> {
  const find = fileFinder(folder);
  const found = await Promise.all(names.map(find));
  return found.length > 0 && found.every((name) => name !== undefined);
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => join(folder, name))
    .sort();
}

/** One for all files together where no image is in two of them, else one for each. */
function candidates(found: readonly Found[], survey: Survey): readonly Finding[] {
  const [readable, absent] = [
    found.filter(({ folders }) => folders.length > 0),
    found.filter(({ folders }) => folders.length === 0),
  ];
  const missing = absent.map(({ document, images }) => ({
    missing: `${document.name}: none of its ${images.length} images was found; expected ${images[0] ?? "a file"}${survey.said.images ? " below the images' folder" : ": --images FOLDER says where they lie"}`,
  }));
  const all = readable.flatMap(({ places }) => places.filter((path) => path !== undefined));
  const apart = new Set(all).size === all.length;
  const groups = apart && readable.length > 1 ? [readable] : readable.map((one) => [one]);
  return [...groups.map((group) => candidate(group, survey)), ...missing];
}

function candidate(files: readonly Found[], survey: Survey): Candidate {
  const [first] = files as [Found];
  const { video, fileName, root } = first;
  const names = files.map(({ document }) => fromFolder(root, join(survey.root, document.name)));
  const placed = new Set(files.flatMap(({ places }) => places));
  const absent = files.flatMap(({ images, places }) => images.filter((_, i) => places[i] === undefined));
  const unnamed = survey.said.images ? imagesIn(survey).filter((name) => !placed.has(name)) : [];
  const own = files.map(({ folders }, i) =>
    folders.map((folder) => besideAnnotations(splitName(names[i]!)[0], folder)),
  );
  const alike = files.length > 1 && own.every((list) => list[0] === own[0]![0]);
  const folders = alike
    ? [...new Set(own.flat())]
    : [...new Set(files.flatMap((one) => one.folders))].map((folder) => folder || ".");
  const titled = video ? "YouTube-VIS" : fileName === "coco_url" ? "LVIS" : "COCO";
  const images = files.reduce((sum, one) => sum + one.images.length, 0);
  return {
    title: `${titled} JSON`,
    why: `${names.join(", ")}: ${images} ${video ? "frames" : "images"} with segmentations`,
    weight: 0,
    ...(root === survey.root ? {} : { root }),
    adapter: {
      ...(video ? { format: "youtube-vis" as const } : { format: "coco" as const }),
      ...{ annotations: names as [string, ...string[]], images: folders as [string, ...string[]] },
      ...(fileName === "file_name" ? {} : { fileName }),
    } as Candidate["adapter"],
    categories: [...new Set(files.flatMap((one) => one.categories))],
    notes: [
      ...(names.length > 1
        ? [`${names.length} annotation files are taken together; --annotations FILE takes one`]
        : []),
      ...(fileName === "base_name"
        ? ["images are found by their names alone: none lies in the folders that file_name has"]
        : []),
    ],
    unseen: [
      ...some(
        absent,
        "image of the annotations that is not on disk",
        "images of the annotations that are not on disk",
      ),
      ...some(unnamed, "image that the annotations do not name", "images that the annotations do not name"),
    ],
  };
}

/** A folder from the annotation file's, as a card says it. */
function besideAnnotations(from: string, folder: string): string {
  const path = fromFolder(`/${from}`, `/${folder}`);
  return path === "" ? "{annotations}" : `{annotations}/${path}`;
}
