// SA-Co JSON (facebookresearch/sam3, scripts/eval): COCO's layout with an entry of `images` for each phrase that is asked of an image, and a file for
// each annotator. An image that phrases share is one sample, by its file_name.
import { complain, reasonOf } from "../core/errors.ts";
import { given } from "../core/given.ts";
import { groupBy } from "../core/group-by.ts";
import type { SaCoOptions } from "../core/schema-types.ts";
import type { AnnotatedMasks, BitMask, ConceptQuery, ConceptSample, Rle, Size } from "../core/types.ts";
import { checkSegmentation, maskFromSegmentation } from "../formats/coco-segmentation.ts";
import { type DataFile, joinNames, withoutSuffix } from "../formats/files.ts";
import { readImage } from "../formats/image-file.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { type AnnotationFile, type Id, readAnnotationFile } from "./shared/annotation-file.ts";
import * as things from "./shared/coco-things.ts";
import { unscored } from "./shared/targets.ts";

/** A phrase asked of an image. */
interface Asked {
  readonly id: Id;
  readonly file_name?: unknown;
  readonly text_input?: unknown;
  readonly width?: unknown;
  readonly height?: unknown;
  readonly is_instance_exhaustive?: unknown;
}

interface Annotation extends things.Annotation {
  readonly segmentation?: unknown;
}

type Annotator = AnnotationFile<Asked, Annotation, things.Brief>;

/** A phrase, and the same in the file of each annotator that has it. */
interface Query {
  readonly id: string;
  readonly phrase: string;
  readonly size: Size | undefined;
  readonly exhaustive: boolean;
  readonly ids: readonly (Id | undefined)[];
}

const UNSTATED =
  "is_instance_exhaustive is not stated: everything that the phrase names is taken to be annotated";

export const saCo: Adapter<SaCoOptions, never, ConceptSample> = {
  defaults: {},
  async list({ annotations, images }, source) {
    const locate = things.imageFinder(images, source);
    const annotators: Annotator[] = [];
    for (const name of annotations) annotators.push(await readOne(name, source));
    const [first, ...others] = annotators as [Annotator, ...Annotator[]];
    for (const one of annotators) things.noteJoined(one, source);
    // 7 and "7" are one id.
    const elsewhere = others.map((one) => new Map(one.things.map((thing) => [String(thing.id), thing])));
    const files = first.things.map((asked, i) => fileNameOf(asked, `${first.name}: images[${i}]`));
    const byFile = groupBy(first.things.keys(), (i) => files[i]!);
    const entries = [...byFile].map(([file, places]): Entry<ConceptSample> => {
      const queries = places.map((i): Query => {
        const asked = first.things[i]!;
        const where = `${first.name}: images[${i}]`;
        const same = elsewhere.map((things) => things.get(String(asked.id)));
        const said = [asked, ...same].flatMap((one) => (one === undefined ? [] : [isExhaustive(one)]));
        if (said.includes(undefined)) source.note({ what: UNSTATED, where });
        return {
          id: String(asked.id),
          phrase: phraseOf(asked, where),
          size: things.statedSize(asked),
          exhaustive: !said.includes(false),
          ids: [asked.id, ...same.map((one) => one?.id)],
        };
      });
      const size = queries.find((query) => query.size !== undefined)?.size;
      const id = withoutSuffix(file);
      const masks = queries.flatMap((query) =>
        query.exhaustive ? first.briefs(query.ids[0]!).filter(({ crowd }) => !crowd) : [],
      );
      return {
        ...{ id, file, from: `${first.name}: images[${places[0]!}]`, masks: masks.length },
        apart: things.longerIds("", first.name, file),
        queries: queries.map((query) => query.id),
        ...given({ size }),
        async load() {
          const picture = async () =>
            readImage({ root: source.root, name: await locate(first.name, file) }, source, size);
          const whole = size ?? (await picture());
          const { width, height } = whole;
          const read: ConceptQuery[] = [];
          for (const query of queries) read.push(await readQuery(query, { width, height }, annotators));
          return { kind: "concept", size: { width, height }, image: picture, queries: read };
        },
      };
    });
    return entries;
  },
};

/** The file of an annotator: its name, or a pattern that it alone matches. */
async function readOne(name: string, source: Source): Promise<Annotator> {
  const [file, another] = await things.annotationFiles([name], source);
  if (another !== undefined)
    throw complain({
      where: `${source.card}: adapter.annotations`,
      what: "several files match, and each annotator has one",
      expected: `one ${name}`,
      got: `${file!.name} and ${another.name}`,
    });
  return readSaCo({ root: source.root, name: file!.name });
}

export function readSaCo(file: DataFile, large?: number): Promise<Annotator> {
  const same = things.pool<things.Brief>();
  const keep = ({ id, file_name, text_input, width, height, is_instance_exhaustive }: Asked) => ({
    ...{ id, file_name, text_input, width, height, is_instance_exhaustive },
  });
  const brief = (annotation: Annotation) => same({ ...things.briefOf(annotation), category: undefined });
  const layout = { things: "images", link: "image_id", uncategorised: true, keep, brief } as const;
  return readAnnotationFile(file, layout, large);
}

function fileNameOf({ file_name: name }: Asked, where: string): string {
  if (typeof name === "string" && name !== "") return joinNames(where, name);
  throw complain({ where, what: "an image without file_name" });
}

function phraseOf({ text_input: text }: Asked, where: string): string {
  if (typeof text === "string") return text;
  throw complain({ where, what: "an image without text_input", expected: "the phrase that is asked of it" });
}

/** undefined: it does not say. */
function isExhaustive({ is_instance_exhaustive: value }: Asked): boolean | undefined {
  return value == null ? undefined : value !== 0 && value !== false && value !== "0";
}

async function readQuery(
  { id, phrase, size, exhaustive, ids }: Query,
  whole: Size,
  annotators: readonly Annotator[],
): Promise<ConceptQuery> {
  if (!exhaustive) return unscored("dropped", id, phrase, "not exhaustive");
  try {
    const own = size ?? whole;
    if (own.width !== whole.width || own.height !== whole.height)
      throw complain({
        where: `query ${id}`,
        what: "its image has another size in another entry",
        expected: `${whole.width}x${whole.height}`,
        got: `${own.width}x${own.height}`,
      });
    const read: AnnotatedMasks[] = [];
    for (const [i, annotator] of annotators.entries()) read.push(await masksOf(ids[i], annotator, whole));
    return { status: "ok", id, category: phrase, annotators: read };
  } catch (error) {
    return unscored("failed", id, phrase, reasonOf(error));
  }
}

/** Of an annotator whose file lacks the query: none, as the evaluator has it. */
async function masksOf(id: Id | undefined, annotator: Annotator, size: Size): Promise<AnnotatedMasks> {
  const masks: (BitMask | Rle)[] = [];
  let crowds = 0;
  for (const { annotation, index } of id === undefined ? [] : await annotator.read(id)) {
    if (things.briefOf(annotation).crowd) crowds++;
    else masks.push(maskOf(annotation, size, `${annotator.name}: annotations[${index}]`));
  }
  return { masks, crowds };
}

/** A compressed RLE stays one. */
function maskOf({ segmentation }: Annotation, size: Size, where: string): BitMask | Rle {
  if (segmentation == null) throw complain({ where, what: "there is no mask", expected: "segmentation" });
  checkSegmentation(segmentation, size, where);
  const { size: stated, counts } = segmentation as Partial<Rle>;
  if (stated !== undefined && typeof counts === "string") return { size: stated, counts };
  return maskFromSegmentation(segmentation, size, where);
}
