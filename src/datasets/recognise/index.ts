// Tells in which format a user's own files are, and makes the card for them: every reading that fits is tried out on a few
// images.

import type { Note } from "../../core/errors.ts";
import { complain, reasonOf } from "../../core/errors.ts";
import { groupBy } from "../../core/group-by.ts";
import type { DatasetCard } from "../../core/schema-types.ts";
import type { SampleRef, Size } from "../../core/types.ts";
import { plural } from "../../core/words.ts";
import { collectNotes, spread } from "../inspect.ts";
import { sizeText } from "../shared/targets.ts";
import { documentsOf } from "./documents.ts";
import type { Candidate, Finding, Look, Missing } from "./finding.ts";
import { type DataPaths, nameOfPaths, type Survey, surveyOf } from "./survey.ts";

export { type ClipLayout, clipLayouts, layoutOf } from "./clip-layouts.ts";
export { type FoundClips, recogniseClips } from "./clips.ts";
export type { DataPaths } from "./survey.ts";
export { nameOfPaths, PICTURE, surveyOf } from "./survey.ts";

/** Opens a benchmark; passed in, since all formats are opened in one place. */
export type Open = (
  card: DatasetCard,
  root: string,
  note: (note: Note) => void,
) => { list(): Promise<readonly SampleRef[]> };

/** A way in which files can be read, tried out. */
export interface Reading {
  /** The adapter's name: what `--format` takes. */
  readonly format: string;
  /** What such files are called. */
  readonly title: string;
  readonly why: string;
  readonly card: DatasetCard;
  /** Absolute: what the card's names are relative to. */
  readonly root: string;
  /** Its images, which were listed to try it out. */
  readonly list: () => Promise<readonly SampleRef[]>;
  readonly images: number;
  /** Undefined where counting means reading every file. */
  readonly masks: number | undefined;
  /** Of the images that were tried, those that could be read, their sizes, and the masks in them that can be scored. */
  readonly looked: {
    readonly tried: number;
    readonly images: number;
    readonly masks: number;
    readonly sizes: readonly string[];
  };
  readonly categories: readonly string[];
  /** There may be more, in images that were not tried. */
  readonly moreCategories: boolean;
  /** What was chosen, and might be chosen otherwise. */
  readonly notes: readonly string[];
  /** What is there and was not read, and problems of the images that were. */
  readonly unseen: readonly string[];
}

export interface RecognisedData {
  readonly name: string;
  /** The likeliest first. */
  readonly readings: readonly Reading[];
  /** So many are as likely as the first; 1: it is the natural one. */
  readonly alike: number;
  /** Why others do not fit, and what is missing. */
  readonly missing: readonly string[];
  /** Absolute: the lowest folder that all paths lie in, and the files below them. */
  readonly root: string;
  readonly files: number;
}

/** Images that are read to try out the likeliest card; one for others. */
const TRIED = 4;
/** So many problems are said. */
const SHOWN = 4;
/** Up to so many annotation files or label maps are read to count masks. */
const COUNTED = 200;

const looks: Readonly<Record<string, () => Promise<Look>>> = {
  coco: async () => (await import("./coco.ts")).coco,
  "many images": async () => (await import("./many-images.ts")).manyImages,
  "per image": async () => (await import("./per-image.ts")).perImage,
  yolo: async () => (await import("./yolo.ts")).yolo,
  pictures: async () => (await import("./pictures.ts")).pictures,
  foreign: async () => (await import("./foreign.ts")).foreign,
};

/** Names that people use for formats. */
const ALIASES: Readonly<Record<string, string>> = {
  ...{
    lvis: "coco",
    yolo: "yolo-seg",
    ytvis: "youtube-vis",
    "youtube-vos": "youtube-vis",
    sa1b: "sa-1b",
    sa_1b: "sa-1b",
  },
  ...{
    voc: "label-png",
    "pascal-voc": "label-png",
    "label-map": "label-png",
    labels: "label-png",
    hdf5: "label-png",
    mat: "label-png",
  },
  ...{ masks: "mask-files", png: "mask-files" },
};

/** Absolute paths in; readings out, none where nothing fits. Rejects where a path does not exist or the format is unknown. */
export async function recogniseData(
  paths: DataPaths,
  {
    format,
    formats,
    open,
    images = TRIED,
    onFile,
  }: {
    readonly format?: string | undefined;
    readonly formats: readonly string[];
    readonly open: Open;
    /** So many are read to try out the likeliest card. */
    readonly images?: number | undefined;
    readonly onFile?: Survey["onFile"];
  },
): Promise<RecognisedData> {
  const wanted = format === undefined ? undefined : formatOf(format, formats);
  const survey: Survey = { ...(await surveyOf(paths)), onFile };
  const name = nameOfPaths(paths);
  const documents = await documentsOf(survey);
  const findings: Finding[] = [];
  for (const load of Object.values(looks)) findings.push(...(await (await load())(survey, documents)));
  const absent = findings.filter((finding): finding is Missing => "missing" in finding);
  const missing = absent.filter(({ last }) => last !== true).map((one) => one.missing);
  const all = findings
    .filter((finding): finding is Candidate => "adapter" in finding)
    .sort((a, b) => a.weight - b.weight);
  const candidates = all.filter(({ adapter }) => wanted === undefined || adapter.format === wanted);
  const failed: { readonly about: string; readonly reason: string }[] = [];
  const tried: { readonly reading: Reading; readonly weight: number }[] = [];
  for (const candidate of candidates) {
    const first = tried.length === 0;
    const reading = await tryOut(candidate, { name, survey, open, first, images: first ? images : 1 });
    if (typeof reading === "string")
      failed.push({ about: `${candidate.title} (${candidate.adapter.format})`, reason: reading });
    else tried.push({ reading, weight: candidate.weight });
  }
  missing.push(...onceEach(failed));
  const [first] = tried;
  if (first === undefined) {
    if (survey.files.length === 0) missing.push("there is no file in it");
    const none = missing.length === 0;
    missing.push(
      ...absent
        .filter(({ last, hint }) => last === true && (none || hint !== true))
        .map((one) => one.missing),
    );
    for (const { title, adapter, why } of all.slice(0, wanted === undefined ? 0 : 3))
      if (adapter.format !== wanted) missing.push(`${title} (${adapter.format}: ${why})`);
  }
  return {
    name,
    readings: tried.map(({ reading }) => reading),
    alike: tried.filter(({ weight }) => weight === first?.weight).length,
    missing,
    root: survey.root,
    files: survey.files.length,
  };
}

/** A sentence for reasons that differ in names and numbers alone. */
function onceEach(failed: readonly { readonly about: string; readonly reason: string }[]): readonly string[] {
  const shape = (text: string) => text.replace(/\S*[\d/]\S*/g, "#");
  return [...groupBy(failed, ({ about, reason }) => `${about} ${shape(reason)}`).values()].map(
    ([first, ...more]) =>
      `${first!.about}: ${first!.reason}${more.length === 0 ? "" : ` (and ${more.length} more like it)`}`,
  );
}

function formatOf(text: string, formats: readonly string[]): string {
  const format = Object.hasOwn(ALIASES, text) ? ALIASES[text]! : text;
  if (formats.includes(format)) return format;
  throw complain({ path: "format" }, "unknown format", {
    code: "unknown-name",
    expected: `one of ${[...formats].sort().join(", ")}`,
    got: JSON.stringify(text),
  });
}

interface Around {
  readonly name: string;
  readonly survey: Survey;
  readonly open: Open;
  /** So many are read. */
  readonly images: number;
  /** The likeliest card. */
  readonly first: boolean;
}

/** A reading, or why the card does not fit. */
async function tryOut(
  { adapter, title, why, root: own, categories, someCategories = false, notes = [], unseen = [] }: Candidate,
  { name, survey, open, images, first }: Around,
): Promise<Reading | string> {
  const root = own ?? survey.root;
  const card: DatasetCard = { name, adapter, ...(survey.ids && { select: { ids: survey.ids } }) };
  const taken = collectNotes();
  try {
    let trying = true;
    const { list } = open(card, root, (note) => trying && taken.take(note));
    const refs = await list();
    const found = new Set(categories ?? []);
    const sizes = new Set<string>();
    const problems: string[] = [];
    const dropped: { readonly id: string; readonly reason: string }[] = [];
    let [read, masks] = [0, 0];
    const chosen = spread(refs.length, images);
    for (const i of chosen)
      try {
        survey.onFile?.(refs[i]!.id);
        const { image, targets } = await refs[i]!.load();
        read++;
        sizes.add(sizeText(image as Size));
        for (const target of targets) {
          if (target.status === "ok") masks++;
          if (target.status === "dropped") dropped.push({ id: refs[i]!.id, reason: target.reason });
          if (target.status === "failed")
            problems.push(`${refs[i]!.id}: target ${target.id}: ${target.reason}`);
          if (target.category !== undefined) found.add(target.category);
        }
      } catch (error) {
        problems.push(reasonOf(error));
      }
    trying = false;
    if (masks === 0 && problems.length > 0) return problems[0]!;
    const counts = (await counted(card, root, refs, { open, first })).map((ref) => ref.masks);
    const among = chosen.length < refs.length ? " of the images tried" : "";
    const known = counts.every((count) => count !== undefined);
    const sum = known ? counts.reduce<number>((total, count) => total + count!, 0) : undefined;
    if (sum === 0) return "no mask is there";
    return {
      ...{ format: adapter.format, title, why, card, root, list, images: refs.length, masks: sum },
      looked: { tried: chosen.length, images: read, masks, sizes: [...sizes] },
      moreCategories: (categories === undefined || someCategories) && read < refs.length,
      categories: [...found],
      notes: [
        ...notes,
        ...taken
          .counted()
          .map(
            ({ what, where, count }) =>
              `${what} (${where}${count > 1 ? ` and ${count - 1} more` : ""}${among})`,
          ),
        ...[...groupBy(dropped, ({ reason }) => reason)].map(
          ([reason, of]) =>
            `${plural(of.length, "mask")}${among} cannot be scored: ${reason} (${of[0]!.id}${of.length > 1 ? ", ..." : ""})`,
        ),
      ],
      unseen: [
        ...[...unseen, ...problems.slice(0, SHOWN)],
        ...(problems.length > SHOWN ? [`${problems.length - SHOWN} more that cannot be read`] : []),
      ],
    };
  } catch (error) {
    // Of a card that nobody wrote.
    return reasonOf(error).replace(`${name}: adapter.`, "");
  }
}

/** The listing with the number of masks, where few files have to be read for it. */
async function counted(
  card: DatasetCard,
  root: string,
  refs: readonly SampleRef[],
  { open, first }: Pick<Around, "open" | "first">,
): Promise<readonly SampleRef[]> {
  if (!first || refs.length > COUNTED || refs.every(({ masks }) => masks !== undefined)) return refs;
  const subset = { seed: "", masks: Number.MAX_SAFE_INTEGER };
  return open({ ...card, subset }, root, () => {})
    .list()
    .catch(() => refs);
}
