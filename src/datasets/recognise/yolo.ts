// YOLO segmentation: data.yaml, which names classes and folders, or labels beside images.

import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { parse } from "yaml";
import { plural } from "../../core/words.ts";
import { commonFolder, fromFolder, listFiles, splitName } from "../../formats/files.ts";
import { isObject } from "../../formats/json-file.ts";
import type { Document } from "./documents.ts";
import { namesOf } from "./documents.ts";
import { type Candidate, type Finding, imagesIn, type Look, some } from "./finding.ts";
import { pairUp } from "./pairs.ts";
import type { Survey } from "./survey.ts";
import { seriesOf, suffixPattern } from "./templates.ts";

const TITLE = "YOLO segmentation";
const IMAGE = /\.(?:jpe?g|png|bmp|tiff?|webp)$/i;
/** Of the parts of a data.yaml the first that is there is read: what others report is on val. */
const PARTS = ["val", "test", "train"] as const;

export const yolo: Look = async (survey, documents) => {
  const settings = documents.filter(({ suffix, value }) => /^\.ya?ml$/.test(suffix) && isSettings(value));
  const findings: Finding[] = [];
  for (const one of settings) findings.push(...(await fromSettings(one, survey)));
  if (findings.some((finding) => "adapter" in finding)) return findings;
  const [own] = settings;
  const named = own === undefined ? undefined : { names: classesOf(own.value), from: own.name };
  return [...findings, ...(await fromLabels(survey, documents, named))];
};

function isSettings(value: unknown): boolean {
  return isObject(value) && "names" in value && PARTS.some((part) => part in value);
}

function classesOf(settings: unknown): Readonly<Record<string, string>> {
  const { names } = settings as { readonly names?: unknown };
  const entries = Array.isArray(names) ? [...names.entries()] : Object.entries(isObject(names) ? names : {});
  return Object.fromEntries(entries.map(([key, name]) => [String(key), String(name)]));
}

interface PartFolder {
  readonly part: (typeof PARTS)[number];
  /** Absolute. */
  readonly folder: string;
}

/** The folders that a data.yaml in `home` names, where they are there. */
async function partsOf(
  settings: Readonly<Record<string, unknown>>,
  home: string,
): Promise<readonly PartFolder[]> {
  const path = pathIn(settings);
  const there: PartFolder[] = [];
  for (const part of PARTS)
    for (const written of [settings[part]].flat()) {
      if (typeof written !== "string" || written === "") continue;
      const bare = written.replace(/^(?:\.\.?\/)+/, "");
      for (const folder of [join(home, path, written), join(home, written), join(home, bare)])
        if (await isFolder(folder)) {
          there.push({ part, folder });
          break;
        }
    }
  return there;
}

function pathIn({ path }: Readonly<Record<string, unknown>>): string {
  return typeof path === "string" ? path : "";
}

async function fromSettings({ name, value }: Document, survey: Survey): Promise<readonly Finding[]> {
  const settings = value as Readonly<Record<string, unknown>>;
  const path = pathIn(settings);
  const all = await partsOf(settings, join(survey.root, splitName(name)[0]));
  const there = survey.said.images ? all.filter((one) => imagesBelow(one.folder, survey).length > 0) : all;
  const [first] = there;
  if (first === undefined && all.length > 0) {
    const places = all.map(({ part, folder }) => `${relative(survey.root, folder)} (${part})`);
    return [
      { missing: `${name}: the images lie in none of its folders; expected some of ${places.join(", ")}` },
    ];
  }
  if (first === undefined) {
    const named = PARTS.flatMap((part) => [settings[part]].flat().filter((one) => typeof one === "string"));
    const lists = named.some((one) => /\.txt$/.test(one as string))
      ? " (lists of images are not read: folders are)"
      : "";
    return [
      {
        missing: `${name}: none of its folders is there${lists}; expected ${named.map((one) => join(path, one as string)).join(", ")}`,
      },
    ];
  }
  const findings: Finding[] = [];
  for (const { folder } of there.filter(({ part }) => part === first.part))
    findings.push(
      await ofFolder(folder, { name, part: first.part, names: classesOf(settings), survey, there }),
    );
  return findings;
}

/** Absolute paths of the images that were given, below a folder. */
function imagesBelow(folder: string, survey: Survey): readonly string[] {
  return imagesIn(survey)
    .map((name) => join(survey.root, name))
    .filter((path) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep));
}

interface Settings {
  /** Of the file. */
  readonly name: string;
  readonly part: string;
  readonly names: Readonly<Record<string, string>>;
  readonly survey: Survey;
  readonly there: readonly PartFolder[];
}

async function ofFolder(
  whole: string,
  { name: from, part, names, survey, there }: Settings,
): Promise<Finding> {
  const given = new Set(survey.said.images ? imagesBelow(whole, survey) : []);
  const folder = given.size === 0 ? whole : commonFolder([...given].map((path) => dirname(path)));
  const root = commonFolder([survey.root, folder]);
  const below = fromFolder(root, folder);
  const images = (await imagesOf(root, below)).filter(
    (one) => given.size === 0 || given.has(join(root, one)),
  );
  const labels = below.replace(/(^|\/)images(?=\/|$)(?!.*\/images(?:\/|$))/, "$1labels");
  if (images.length === 0) return { missing: `${from}: no image in ${below || "its folder"}` };
  const nested = images.some((one) => splitName(one)[0] !== below) ? "**/" : "";
  const prefix = (start: string) => `${start === "" ? "" : `${start}/`}${nested}{image}`;
  const classes = Object.values(names);
  return {
    title: TITLE,
    why: `${from} (${part}: ${plural(images.length, "image")}, ${classes.length} ${classes.length === 1 ? "class" : "classes"})`,
    weight: 0,
    ...(root === survey.root ? {} : { root }),
    adapter: {
      ...{ format: "yolo-seg", images: `${prefix(below)}${suffixPattern(images)}` },
      ...{ annotations: `${prefix(labels)}.txt`, names: { ...names } },
    },
    categories: classes,
    notes: await otherParts(there, part, images.length, from),
  };
}

async function imagesOf(root: string, folder: string): Promise<readonly string[]> {
  return (await listFiles(root, folder)).filter((one) => IMAGE.test(one));
}

/** What the other parts have, and how to take one. */
async function otherParts(
  there: readonly PartFolder[],
  part: string,
  taken: number,
  from: string,
): Promise<readonly string[]> {
  const counts = new Map<string, number>();
  for (const one of there)
    if (one.part !== part)
      counts.set(one.part, (counts.get(one.part) ?? 0) + (await imagesOf(one.folder, "")).length);
  if (counts.size === 0) return [];
  const others = [...counts].map(([name, count]) => `${name} has ${count}`).join(", ");
  return [
    `${part} (${plural(taken, "image")}) is taken; ${others}: --images FOLDER --annotations ${from} takes another`,
  ];
}

interface Named {
  readonly names: Readonly<Record<string, string>>;
  /** The file that has them. */
  readonly from: string;
}

/** The classes of a data.yaml above labels, if one of its folders holds these images. */
async function namedAbove(survey: Survey): Promise<Named | undefined> {
  const images = imagesIn(survey);
  let folder = survey.root;
  for (let up = 0; up < 3; up++, folder = dirname(folder)) {
    const files = (await readdir(folder).catch(() => [])).filter((name) => /\.ya?ml$/i.test(name)).sort();
    for (const file of files.slice(0, 8)) {
      const settings = await readSettings(join(folder, file));
      if (settings === undefined) continue;
      const parts = await partsOf(settings, folder);
      if (images.length > 0 && parts.some((one) => imagesBelow(one.folder, survey).length > 0))
        return { names: classesOf(settings), from: relative(survey.root, join(folder, file)) };
    }
  }
  return undefined;
}

async function readSettings(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const value: unknown = parse(await readFile(path, "utf8"));
    return isSettings(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** Lines of a class and shares, as far as the beginning of a file shows. */
function linesOf({ suffix, head }: Document): "outlines" | "boxes" | undefined {
  if (suffix !== ".txt") return undefined;
  const lines = head
    .split(/\r?\n/)
    .slice(0, 20)
    .map((line) => line.trim().split(/\s+/))
    .filter(([word]) => word !== "");
  const numbers = lines.every(
    (words) =>
      words.length > 4 &&
      words.slice(1).every((word) => Number.isFinite(Number(word)) && Math.abs(Number(word)) <= 1.01),
  );
  if (lines.length === 0 || !numbers) return undefined;
  return lines.some((words) => words.length > 6) ? "outlines" : "boxes";
}

async function fromLabels(
  survey: Survey,
  documents: readonly Document[],
  own: Named | undefined,
): Promise<readonly Finding[]> {
  const found = documents.filter((document) => linesOf(document) !== undefined);
  if (found.length === 0) return [];
  if (found.every((document) => linesOf(document) === "boxes"))
    return [
      {
        missing: `${found[0]!.name}: YOLO labels of boxes alone; expected outlines, "class x1 y1 x2 y2 x3 y3 ..."`,
      },
    ];
  const images = imagesIn(survey);
  const [pairing] = pairUp(images, namesOf(found));
  const [series] = [...seriesOf(pairing)].sort((a, b) => b.pairs.length - a.pairs.length);
  if (series === undefined) return [{ missing: `${TITLE}: no image is named like ${found[0]!.name}` }];
  const used = new Set(series.pairs.map(({ image }) => image));
  const bare = images.filter((name) => !used.has(name));
  const named = own ?? (await namedAbove(survey));
  const candidate: Candidate = {
    ...{
      title: TITLE,
      weight: 1,
      why: `${series.pairs.length} files of outlines beside images of their names`,
    },
    adapter: {
      format: "yolo-seg",
      images: series.images,
      annotations: series.masks,
      ...(named === undefined ? {} : { names: { ...named.names } }),
    },
    ...(named === undefined
      ? {}
      : {
          categories: Object.values(named.names),
          notes: [`the classes' names are those of ${named.from}`],
        }),
    unseen: [
      ...some(
        bare,
        "image without a label file: it has no objects",
        "images without a label file: they have no objects",
      ),
      ...some(pairing.alone, "label file without an image", "label files without an image"),
    ],
  };
  return [candidate];
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
