// What adapters of images with phrases share: the one annotation file of a name, masks of annotations, and a sample of queries.
import { complain, reasonOf } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type { AnnotatedMasks, BitMask, ConceptQuery, ConceptSample, Rle, Size } from "../../core/types.ts";
import { checkSegmentation, maskFromSegmentation } from "../../formats/coco-segmentation.ts";
import type { DataFile } from "../../formats/files.ts";
import { readImage } from "../../formats/image-file.ts";
import type { Entry, Source } from "./adapter.ts";
import type { Placed } from "./annotation-file.ts";
import { type Annotation, annotationFiles, briefOf } from "./coco-things.ts";
import { unscored } from "./targets.ts";

/** A phrase that is asked, known without reading masks. */
export interface Asked {
  readonly id: string;
  readonly phrase: string;
  /** Masks that answer it. */
  readonly masks: number;
  /** Why it is not scored, where the listing knows. */
  readonly dropped?: string | undefined;
}

/** The file that a name or a pattern means; `what` says why there is one alone: "each annotator has one". */
export async function oneFile(name: string, what: string, source: Source): Promise<DataFile> {
  const [file, another] = await annotationFiles([name], source);
  if (another === undefined) return { root: source.root, name: file!.name };
  throw complain(`${source.card}: adapter.annotations`, `several files match, and ${what}`, {
    expected: `one ${name}`,
    got: `${file!.name} and ${another.name}`,
  });
}

/** An entry whose queries are known; `read` gives the masks of one, of each annotator in turn, at the image's size. */
export function queriesEntry<A extends Asked>(
  asked: readonly A[],
  size: Size | undefined,
  source: Source,
  locate: () => Promise<string>,
  read: (query: A, size: Size) => Promise<readonly AnnotatedMasks[]>,
): Pick<Entry<ConceptSample>, "masks" | "queries" | "phrases" | "size" | "load"> {
  const scored = asked.filter(({ dropped }) => dropped === undefined);
  return {
    masks: scored.reduce((sum, { masks }) => sum + masks, 0),
    queries: asked.map(({ id }) => id),
    phrases: asked.map(({ phrase }) => phrase),
    ...given({ size }),
    async load() {
      const image = async () => readImage({ root: source.root, name: await locate() }, source, size);
      const { width, height } = size ?? (await image());
      const queries: ConceptQuery[] = [];
      for (const query of asked) {
        const { id, phrase: category, dropped } = query;
        try {
          queries.push(
            dropped === undefined
              ? { status: "ok", id, category, annotators: await read(query, { width, height }) }
              : unscored("dropped", id, category, dropped),
          );
        } catch (error) {
          queries.push(unscored("failed", id, category, reasonOf(error)));
        }
      }
      return { kind: "concept", size: { width, height }, image, queries };
    },
  };
}

/** Masks of annotations; crowds are counted and left out, so that what covers them is wrong, as SA-Co's evaluator has it. */
export function annotated(
  placed: readonly Placed<Annotation & { readonly segmentation?: unknown }>[],
  size: Size,
  name: string,
): AnnotatedMasks {
  const masks: (BitMask | Rle)[] = [];
  let crowds = 0;
  for (const { annotation, index } of placed) {
    if (briefOf(annotation).crowd) crowds++;
    else masks.push(maskOf(annotation, size, `${name}: annotations[${index}]`));
  }
  return { masks, crowds };
}

/** A compressed RLE stays one. */
function maskOf(
  { segmentation }: { readonly segmentation?: unknown },
  size: Size,
  where: string,
): BitMask | Rle {
  if (segmentation == null) throw complain(where, "there is no mask", { expected: "segmentation" });
  checkSegmentation(segmentation, size, where);
  const { size: stated, counts } = segmentation as Partial<Rle>;
  if (stated !== undefined && typeof counts === "string") return { size: stated, counts };
  return maskFromSegmentation(segmentation, size, where);
}
