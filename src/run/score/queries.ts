// COCO results as answers to phrases: which query each mask is of, and what cannot be used.
import { join } from "node:path";
import { type ResolvedBenchmark, unknownName } from "../../config/index.ts";
import { complain, SegbenchError } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { groupBy } from "../../core/group-by.ts";
import { expressionFacts, isExpression, keptScore, queryFacts } from "../../core/query-facts.ts";
import type { ScoredRow } from "../../core/rows.ts";
import type { Size } from "../../core/types.ts";
import { plural } from "../../core/words.ts";
import { type QueryProtocol, queryProtocols } from "../../eval/index.ts";
import { type DetectionFile, readDetections } from "../../formats/detections.ts";
import { splitName } from "../../formats/files.ts";
import { maskFolderFiles } from "../../store/mask-folder.ts";
import type { Context } from "../context.ts";
import { isMaskFolder } from "../inspect/masks.ts";
import { askedIn } from "../masks/document.ts";
import { imageFinder, type Tally, tallyOf } from "./detections.ts";

/** Answers by the id of their query, with what was left out. */
export interface Answers {
  readonly file: DetectionFile;
  /** Ids of the images that have any. */
  readonly samples: readonly string[];
  readonly tally: Tally;
  readonly detections: Readonly<Record<"entries" | "leftOut" | "elsewhere", number>>;
  /** The lowest score of a mask that the file was written with, where it says so. */
  readonly from?: number;
}

/** Options of `score` that do not go with phrases, which say themselves what is asked. */
const others = ["match", "prompts", "from", "metrics"] as const;

/** The protocol by which answers are judged: what is asked for, what the benchmark's card says, or the usual one. */
export function queryProtocol(
  asked: string | undefined,
  { name, card }: Pick<ResolvedBenchmark["benchmark"], "name" | "card">,
): QueryProtocol {
  const own = "protocol" in card ? card.protocol : undefined;
  const wanted = asked ?? own ?? queryProtocols[0]!.id;
  const found = queryProtocols.find(({ id }) => id === wanted);
  if (found !== undefined) return found;
  const all = queryProtocols.map(({ id }) => id);
  const where = { path: asked === undefined ? `${name}: protocol` : "protocol" };
  throw new SegbenchError([unknownName(where, "is no protocol of phrases", wanted, all)]);
}

/**
 * Reads COCO results whose `image_id`, or that and `category_id`, are the id of a query, or a document whose categories are phrases; says what of them
 * cannot be used. A folder of `run --images --phrases` is its document.
 */
export async function readAnswers(
  path: string,
  asked: Readonly<Partial<Record<(typeof others)[number], unknown>>>,
  { benchmark, images: listed }: ResolvedBenchmark,
  { onEvent }: Pick<Context, "onEvent">,
): Promise<Answers> {
  for (const key of others)
    if (asked[key] !== undefined)
      throw complain({ path: key }, `does not go with phrases, which ${benchmark.name} is of`, {
        expected: "COCO results without it: their image_id says which phrase a mask answers",
      });
  const queries = new Map<string, { readonly sample: string; readonly size?: Size }>();
  for (const { id, size, queries: own = [] } of listed)
    for (const query of own) queries.set(query, { sample: id, ...(size !== undefined && { size }) });
  const query = (id: string | undefined) =>
    id === undefined ? undefined : { id, ...given({ size: queries.get(id)!.size }) };
  const questions = new Questions(listed);
  const document = isMaskFolder(path) ? join(path, maskFolderFiles.masks) : path;
  const read = await readDetections(
    document,
    // Names of categories that are phrases: the query of image 139 and category 18 is "139/18".
    (image, category) => query([String(image), `${image}/${category}`].find((one) => queries.has(one))),
    (image, phrase) => query(questions.find(image, phrase)),
  );
  const file = questions.answered(read);
  const { name, entries, leftOut, strangers, images } = file;
  const elsewhere = [...strangers.values()].reduce((sum, count) => sum + count, 0);
  const [first] = strangers.keys();
  if (first !== undefined)
    onEvent({
      type: "note",
      text: `${name}: ${plural(elsewhere, "mask")} of ${plural(strangers.size, "question")} that ${benchmark.name} does not ask: ${first}${strangers.size > 1 ? ", ..." : ""}`,
    });
  if (images.length === 0 && entries > 0)
    throw complain(name, `holds no masks for ${benchmark.name} that can be used`, {
      expected:
        "COCO results whose image_id is the id of a question, or a document with its images' file names and phrases as names of categories",
      got: leftOut.lines[0] ?? `${read.info === undefined ? "image_id " : ""}${first}`,
    });
  if (leftOut.count > 0) onEvent({ type: "leftOut", file: name, ...leftOut, of: entries });
  const { phrases, score: from } = askedIn(read.info);
  const unasked = phrases && questions.unasked(phrases);
  if (unasked !== undefined) onEvent({ type: "note", text: `${name}: ${benchmark.name}: ${unasked}` });
  return {
    ...given({ from }),
    file,
    samples: [...new Set(images.map((id) => queries.get(id)!.sample))],
    tally: tallyOf(
      { name, entries, leftOut: leftOut.count },
      (row) => [1, Number(isAnswered(row))],
      (all, found) => `${found} of ${plural(all, "phrase")} ${all === 1 ? "is" : "are"} answered`,
    ),
    detections: { entries, leftOut: leftOut.count, elsewhere },
  };
}

/** A question of the benchmark, by its image and the words that are asked. */
class Questions {
  readonly #imageOf: ReturnType<typeof imageFinder>;
  /** Of each image its questions by phrase: expressions of two objects may be the same words. */
  readonly #ids: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  /** Those that were found, by the first of the same words. */
  readonly #found = new Map<string, readonly string[]>();

  constructor(listed: ResolvedBenchmark["images"]) {
    this.#imageOf = imageFinder(listed.map(({ id }) => ({ id })));
    this.#ids = new Map(
      listed.map(({ id, queries = [], phrases = [] }) => {
        const ids = groupBy(
          queries.map((query, i) => [query, phrases[i]!] as const),
          ([, phrase]) => phrase,
        );
        return [id, new Map([...ids].map(([phrase, own]) => [phrase, own.map(([query]) => query)]))];
      }),
    );
  }

  /** The first that asks this phrase of the image of a file. */
  find(file: string, phrase: string): string | undefined {
    const image = this.#imageOf(file) ?? this.#imageOf(splitName(file)[1]);
    const ids = image && this.#ids.get(image.id)?.get(phrase);
    if (ids !== undefined) this.#found.set(ids[0]!, ids);
    return ids?.[0];
  }

  /** The answer to a question is that to all which are the same words. */
  answered(file: DetectionFile): DetectionFile {
    const first = new Map([...this.#found].flatMap(([id, all]) => all.map((one) => [one, id] as const)));
    return {
      ...file,
      images: file.images.flatMap((id) => this.#found.get(id) ?? [id]),
      read: (id) => file.read(first.get(id) ?? id),
    };
  }

  /** "12 of its phrases were not asked: dog, ...", of a file that says which were. */
  unasked(asked: readonly string[]): string | undefined {
    const own = new Set([...this.#ids.values()].flatMap((phrases) => [...phrases.keys()]));
    const known = new Set(asked);
    const left = [...own].filter((phrase) => !known.has(phrase));
    if (left.length === 0) return undefined;
    const named = left.slice(0, NAMED).join(", ");
    return `${left.length} of its ${plural(own.size, "phrase")} were not asked and count as not answered: ${named}${left.length > NAMED ? ", ..." : ""}`;
  }
}

/** Phrases that a sentence names. */
const NAMED = 5;

function isAnswered(row: ScoredRow): boolean {
  if (isExpression(row)) return expressionFacts(row).answer > 0;
  return queryFacts(row).scores.some((score) => score >= keptScore);
}
