// YOLO segmentation: data.yaml, which names classes and folders, or labels beside images.
import { stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { listFiles, splitName, suffixOf } from "../../formats/files.ts";
import { isObject } from "../../formats/json-file.ts";
import type { Document } from "./documents.ts";
import { namesOf } from "./documents.ts";
import { type Candidate, type Finding, imagesIn, type Look, some } from "./finding.ts";
import { pairUp } from "./pairs.ts";
import { commonFolder, type Survey } from "./survey.ts";
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
  const names = settings.map(({ value }) => classNames((value as { names: unknown }).names))[0];
  return [...findings, ...fromLabels(survey, documents, names)];
};

function isSettings(value: unknown): boolean {
  return isObject(value) && "names" in value && PARTS.some((part) => part in value);
}

function classNames(names: unknown): Readonly<Record<string, string>> {
  const entries = Array.isArray(names) ? [...names.entries()] : Object.entries(isObject(names) ? names : {});
  return Object.fromEntries(entries.map(([key, name]) => [String(key), String(name)]));
}

async function fromSettings({ name, value }: Document, survey: Survey): Promise<readonly Finding[]> {
  const settings = value as Readonly<Record<string, unknown>>;
  const home = join(survey.root, splitName(name)[0]);
  const path = typeof settings.path === "string" ? settings.path : "";
  const there: { readonly part: string; readonly folder: string }[] = [];
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
  const [first] = there;
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
  const parts = [...new Set(there.map(({ part }) => part))];
  const folders = there.filter(({ part }) => part === first.part).map(({ folder }) => folder);
  const findings: Finding[] = [];
  for (const folder of folders)
    findings.push(await ofFolder(folder, name, first.part, classNames(settings.names), parts, survey));
  return findings;
}

async function ofFolder(
  folder: string,
  from: string,
  part: string,
  names: Readonly<Record<string, string>>,
  parts: readonly string[],
  survey: Survey,
): Promise<Finding> {
  const root = commonFolder([survey.root, folder]);
  const below = relative(root, folder).split(sep).join("/");
  const images = (await listFiles(root, below)).filter((one) => IMAGE.test(one));
  const labels = below.replace(/(^|\/)images(?=\/|$)(?!.*\/images(?:\/|$))/, "$1labels");
  if (images.length === 0) return { missing: `${from}: no image in ${below || "its folder"}` };
  const nested = images.some((one) => splitName(one)[0] !== below) ? "**/" : "";
  const prefix = (start: string) => `${start === "" ? "" : `${start}/`}${nested}{image}`;
  const classes = Object.values(names);
  return {
    title: TITLE,
    why: `${from} (${part}: ${images.length} ${images.length === 1 ? "image" : "images"}, ${classes.length} ${classes.length === 1 ? "class" : "classes"})`,
    weight: 0,
    ...(root === survey.root ? {} : { root }),
    adapter: {
      ...{ format: "yolo-seg", images: `${prefix(below)}${suffixPattern(images.map(suffixOf))}` },
      ...{ annotations: `${prefix(labels)}.txt`, names: { ...names } },
    },
    categories: classes,
    notes:
      parts.length > 1
        ? [
            `its part ${part} is taken, of ${parts.join(", ")}; --images FOLDER --annotations FOLDER takes another`,
          ]
        : [],
  };
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

function fromLabels(
  survey: Survey,
  documents: readonly Document[],
  names: Readonly<Record<string, string>> | undefined,
): readonly Finding[] {
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
      ...(names === undefined ? {} : { names: { ...names } }),
    },
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
