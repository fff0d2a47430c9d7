// Annotation files of one image each: LabelMe, SA-1B, Supervisely, WoodScape, GeoJSON.

import type { DatasetCard } from "../../core/schema-types.ts";
import { plural } from "../../core/words.ts";
import { splitName, stemOf, suffixOf } from "../../formats/files.ts";
import { isObject, objectIn } from "../../formats/json-file.ts";
import { type Document, listOf, namesOf } from "./documents.ts";
import { type Candidate, type Finding, imagesIn, type Look, some } from "./finding.ts";
import { relativeFolder } from "./many-images.ts";
import { pairUp } from "./pairs.ts";
import type { Survey } from "./survey.ts";
import { anyFolders, type Series, seriesOf } from "./templates.ts";

interface Kind {
  readonly title: string;
  is(document: Document): boolean;
  /** Where the files' names say which image they belong to. */
  readonly adapter?: (series: Series, documents: readonly Document[]) => DatasetCard["adapter"];
  /** Where the files themselves say it. */
  readonly own?: (
    names: readonly string[],
    documents: readonly Document[],
    survey: Survey,
  ) => Omit<Candidate, "title" | "weight" | "why">;
}

export const perImage: Look = async (survey, documents) =>
  kinds.flatMap((kind): readonly Finding[] => {
    const found = documents.filter((document) => kind.is(document));
    if (found.length === 0) return [];
    const names = namesOf(found);
    const why = `${plural(names.length, "file")}, ${names[0]}${names.length > 1 ? " first" : ""}`;
    const about = { title: kind.title, weight: 0, why };
    return kind.own === undefined
      ? paired(kind, found, names, survey, about)
      : [{ ...about, ...kind.own(names, found, survey) }];
  });

function paired(
  { title, adapter }: Kind,
  documents: readonly Document[],
  names: readonly string[],
  survey: Survey,
  about: Pick<Candidate, "title" | "weight" | "why">,
): readonly Finding[] {
  const images = imagesIn(survey);
  const [pairing] = pairUp(images, names);
  const [series] = [...seriesOf(pairing)].sort((a, b) => b.pairs.length - a.pairs.length);
  if (series === undefined)
    return [
      { missing: `${title}: ${names.length} files, and no image that is named like them (${names[0]})` },
    ];
  const used = new Set(series.pairs.map(({ image }) => image));
  const bare = images.filter((name) => !used.has(name));
  return [
    {
      ...about,
      adapter: adapter!(series, documents),
      unseen: [
        ...some(bare, "image without an annotation file", "images without an annotation file"),
        ...some(pairing.alone, "annotation file without an image", "annotation files without an image"),
      ],
    },
  ];
}

/** What LabelMe's own tools do not take for objects. */
const SPECIAL = ["__ignore__", "_background_"];

const kinds: readonly Kind[] = [
  {
    title: "LabelMe JSON",
    is: ({ value }) =>
      listOf(value, "shapes") !== undefined &&
      isObject(value) &&
      ("imagePath" in value || "imageData" in value || "imageHeight" in value),
    own: (names, documents, survey) => {
      const folders = [...new Set(documents.flatMap((document) => imageFolders(document, survey)))];
      const annotations = `${foldersOf(names)}{image}${suffixOf(names[0]!)}`;
      const categories = documents.flatMap(({ value }) =>
        (listOf(value, "shapes") ?? []).map((shape) => String(objectIn(shape).label)),
      );
      return {
        adapter: {
          format: "labelme",
          annotations,
          ...(categories.includes("__ignore__") ? { ignoreCategories: ["__ignore__"] } : {}),
          ...(categories.includes("_background_") ? { excludeCategories: ["_background_"] } : {}),
          ...(folders.length === 0 ? {} : { images: folders as [string, ...string[]] }),
        },
        categories: [...new Set(categories)],
        someCategories: documents.length < names.length,
        notes: categories.some((label) => SPECIAL.includes(label))
          ? ["pixels of __ignore__ count in no score, _background_ is no target: as LabelMe has them"]
          : [],
      };
    },
  },
  {
    title: "SA-1B: an image and a JSON file of its name",
    is: ({ value }) => isObject(value) && isObject(value.image) && listOf(value, "annotations") !== undefined,
    own: (names) => ({
      adapter: {
        format: "sa-1b",
        folder:
          foldersOf(names)
            .replace(/(?:\*\*\/)?$/, "")
            .replace(/\/$/, "") || ".",
      },
    }),
  },
  {
    title: "Supervisely JSON",
    is: ({ value }) => {
      const objects = listOf(value, "objects");
      if (objects === undefined || !isObject(value) || !isObject(value.size)) return false;
      return (
        objects.length === 0 ||
        objects.some((one) => "geometryType" in objectIn(one) || "classTitle" in objectIn(one))
      );
    },
    adapter: ({ images, masks }) => ({ format: "supervisely", images, annotations: masks }),
  },
  {
    title: "WoodScape JSON",
    is: ({ value }) => {
      const [only, another] = isObject(value) ? Object.values(value) : [];
      return (
        another === undefined && listOf(only, "annotation") !== undefined && "image_width" in objectIn(only)
      );
    },
    adapter: ({ images, masks }) => ({ format: "woodscape", images, annotations: masks }),
  },
  {
    title: "GeoJSON over GeoTIFF",
    is: ({ value, head }) =>
      isObject(value) ? value.type === "FeatureCollection" : /"type"\s*:\s*"FeatureCollection"/.test(head),
    adapter: ({ images, masks }) => ({ format: "geojson", images, annotations: masks }),
  },
];

/** Folders, from a LabelMe file's own, in which its image lies; none where it is where the file says. */
function imageFolders({ name, value }: Document, survey: Survey): readonly string[] {
  const path = objectIn(value).imagePath;
  const base = typeof path === "string" ? splitName(path.replaceAll("\\", "/"))[1] : "";
  const own = splitName(name)[0];
  const wanted = stemOf(base === "" ? name : base).normalize("NFC");
  const places = imagesIn(survey).filter((image) => stemOf(image).normalize("NFC") === wanted);
  if (places.length === 0 || places.some((place) => splitName(place)[0] === own)) return [];
  return [relativeFolder(own, splitName(places[0]!)[0])];
}

function foldersOf(names: readonly string[]): string {
  return anyFolders(names.map((name) => (splitName(name)[0] === "" ? [] : splitName(name)[0].split("/"))));
}
