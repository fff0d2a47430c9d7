// Files that are known and not read: what they are, and what to do with them.
import { groupBy } from "../../core/group-by.ts";
import { suffixOf } from "../../formats/files.ts";
import { isObject, objectIn } from "../../formats/json-file.ts";
import { type Document, listOf } from "./documents.ts";
import type { Look, Missing } from "./finding.ts";

const VOLUMES = /\.(?:nii|nii\.gz|dcm|mha|mhd|nrrd|npy|npz|czi|svs|ims|zarr)$/i;

const EXPRESSIONS =
  "referring expressions, for which there are cards (refcoco-val, ...); expected one, or a card of the format refer (docs/phrases.md)";

export const foreign: Look = async ({ files }, documents) => {
  const found: Missing[] = documents.flatMap((document) => {
    const what = kinds.find(({ is }) => is(document));
    return what === undefined ? [] : [{ missing: `${document.name}: ${what.says}` }];
  });
  const volumes = groupBy(
    files.filter((name) => VOLUMES.test(name)),
    suffixOf,
  );
  for (const [suffix, names] of volumes)
    found.push({
      missing: `${names[0]}${names.length > 1 ? ` and ${names.length - 1} more` : ""}: ${suffix} is not read; expected slices or masks as PNG or TIFF files`,
    });
  for (const name of files.filter((file) => /(?:^|\/)g?refs\([^/]*\)\.p$/.test(file)))
    found.push({ missing: `${name}: ${EXPRESSIONS}` });
  // One sentence for files of one kind.
  return [...groupBy(found, ({ missing }) => missing.slice(missing.indexOf(": "))).values()].map(
    ([first, ...more]) =>
      more.length === 0 ? first! : { missing: first!.missing.replace(": ", ` and ${more.length} more: `) },
  );
};

const kinds: readonly { is(document: Document): boolean; readonly says: string }[] = [
  {
    is: ({ value }) =>
      Array.isArray(value) && "ann_id" in objectIn(value[0]) && Array.isArray(objectIn(value[0]).sentences),
    says: EXPRESSIONS,
  },
  {
    is: ({ value }) => "text_input" in objectIn(listOf(value, "images")?.[0]),
    says: "SA-Co JSON, phrases that are asked of images; expected protocols concept@1, which asks them, or a card of the format sa-co (docs/phrases.md)",
  },
  {
    is: ({ suffix, head }) =>
      /^\.[ct]sv$/.test(suffix) &&
      /\b(?:EncodedPixels|rle(?:_?mask)?|segmentation|annotation)\b/i.test(head.split("\n")[0]!),
    says: "run-length codes in a table are not read; expected a mask file for each object (PNG), or COCO JSON with RLE",
  },
  {
    is: ({ value }) =>
      Array.isArray(value) &&
      value.some((one) =>
        ["annotations", "completions"].some(
          (key) => Array.isArray(objectIn(one)[key]) && "data" in objectIn(one),
        ),
      ),
    says: "a Label Studio export as JSON is not read; expected its export as COCO (outlines), or as PNG (brush)",
  },
  {
    is: ({ value }) =>
      Array.isArray(value) && "image_id" in objectIn(value[0]) && "segmentation" in objectIn(value[0]),
    says: "COCO results, without images: predictions, not ground truth; `segbench score` takes them",
  },
  {
    is: ({ suffix, head }) =>
      suffix === ".xml" && /<annotation\b[\s\S]*<bndbox>/.test(head) && !/<annotations>/.test(head),
    says: "Pascal VOC XML of boxes; expected the masks: SegmentationObject or SegmentationClass",
  },
  {
    is: ({ value }) => isObject(value) && "imgHeight" in value && Array.isArray(value.objects),
    says: "Cityscapes polygons are not read; expected its label maps, *_gtFine_instanceIds.png",
  },
  {
    is: ({ value }) => isObject(value) && isObject(value.item) && Array.isArray(value.annotations),
    says: "a Darwin (V7) export is not read; expected its export as COCO",
  },
  {
    is: ({ value, head }) => (isObject(value) ? "data_row" in value : /"data_row"\s*:/.test(head)),
    says: "a Labelbox export is not read; expected masks as PNG, or COCO JSON",
  },
  {
    is: ({ value }) => isObject(value) && Array.isArray(value.instances) && isObject(value.metadata),
    says: "a SuperAnnotate export is not read; expected its export as COCO",
  },
];
