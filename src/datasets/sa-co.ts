// SA-Co JSON (facebookresearch/sam3, scripts/eval): COCO's layout with an entry of `images` for each phrase that is asked of an image, and a file for
// each annotator. An image that phrases share is one sample, by its file_name.
import { complain } from "../core/errors.ts";
import { groupBy } from "../core/group-by.ts";
import type { SaCoOptions } from "../core/schema-types.ts";
import type { AnnotatedMasks, ConceptSample, Size } from "../core/types.ts";
import { type DataFile, joinNames, withoutSuffix } from "../formats/files.ts";
import type { Adapter, Entry } from "./shared/adapter.ts";
import { type AnnotationFile, type Id, readAnnotationFile } from "./shared/annotation-file.ts";
import * as things from "./shared/coco-things.ts";
import { type Asked, annotated, oneFile, queriesEntry } from "./shared/queries.ts";

/** A phrase asked of an image. */
interface Listed {
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

type Annotator = AnnotationFile<Listed, Annotation, things.Brief>;

/** A phrase, and the same in the file of each annotator that has it. */
interface Query extends Asked {
  readonly size: Size | undefined;
  readonly ids: readonly (Id | undefined)[];
}

const UNSTATED =
  "is_instance_exhaustive is not stated: everything that the phrase names is taken to be annotated";

export const saCo: Adapter<SaCoOptions, never, ConceptSample> = {
  defaults: {},
  async list({ annotations, images }, source) {
    const locate = things.imageFinder(images, source);
    const annotators: Annotator[] = [];
    for (const name of annotations)
      annotators.push(await readSaCo(await oneFile(name, "each annotator has one", source)));
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
          ...{ id: String(asked.id), phrase: phraseOf(asked, where), size: things.statedSize(asked) },
          masks: first.briefs(asked.id).filter(({ crowd }) => !crowd).length,
          dropped: said.includes(false) ? "not exhaustive" : undefined,
          ids: [asked.id, ...same.map((one) => one?.id)],
        };
      });
      const size = queries.find((query) => query.size !== undefined)?.size;
      return {
        ...{ id: withoutSuffix(file), file, from: `${first.name}: images[${places[0]!}]` },
        apart: things.longerIds("", first.name, file),
        ...queriesEntry(
          queries,
          size,
          source,
          () => locate(first.name, file),
          (query, whole) => readQuery(query, whole, annotators),
        ),
      };
    });
    return entries;
  },
};

export function readSaCo(file: DataFile, large?: number): Promise<Annotator> {
  const same = things.pool<things.Brief>();
  const keep = ({ id, file_name, text_input, width, height, is_instance_exhaustive }: Listed) => ({
    ...{ id, file_name, text_input, width, height, is_instance_exhaustive },
  });
  const brief = (annotation: Annotation) => same({ ...things.briefOf(annotation), category: undefined });
  const layout = { things: "images", link: "image_id", uncategorised: true, keep, brief } as const;
  return readAnnotationFile(file, layout, large);
}

function fileNameOf({ file_name: name }: Listed, where: string): string {
  if (typeof name === "string" && name !== "") return joinNames(where, name);
  throw complain(where, "an image without file_name");
}

function phraseOf({ text_input: text }: Listed, where: string): string {
  if (typeof text === "string") return text;
  throw complain(where, "an image without text_input", { expected: "the phrase that is asked of it" });
}

/** undefined: it does not say. */
function isExhaustive({ is_instance_exhaustive: value }: Listed): boolean | undefined {
  return value == null ? undefined : value !== 0 && value !== false && value !== "0";
}

async function readQuery(
  { id, size: own, ids }: Query,
  whole: Size,
  annotators: readonly Annotator[],
): Promise<readonly AnnotatedMasks[]> {
  if (own !== undefined && (own.width !== whole.width || own.height !== whole.height))
    throw complain(`query ${id}`, "its image has another size in another entry", {
      expected: `${whole.width}x${whole.height}`,
      got: `${own.width}x${own.height}`,
    });
  const read: AnnotatedMasks[] = [];
  // An annotator whose file lacks the query sees nothing, as the evaluator has it.
  for (const [i, { name, read: readOf }] of annotators.entries())
    read.push(annotated(ids[i] === undefined ? [] : await readOf(ids[i]), whole, name));
  return read;
}
