// COCO results as answers to phrases: which query each mask is of, and what cannot be used.
import { type ResolvedBenchmark, unknownName } from "../../config/index.ts";
import { complain, type Problem, SegbenchError } from "../../core/errors.ts";
import { expressionFacts, isExpression, keptScore, queryFacts } from "../../core/query-facts.ts";
import type { Size } from "../../core/types.ts";
import { plural } from "../../core/words.ts";
import { type QueryProtocol, queryProtocols } from "../../eval/index.ts";
import { type DetectionFile, readDetections } from "../../formats/detections.ts";
import type { Context } from "../context.ts";
import { type Tally, tooMany } from "./detections.ts";
import { firstFew } from "./input.ts";

/** Answers by the id of their query, with what was left out. */
export interface Answers {
  readonly file: DetectionFile;
  /** Ids of the images that have any. */
  readonly samples: readonly string[];
  readonly tally: Tally;
  readonly detections: Readonly<Record<"entries" | "leftOut" | "elsewhere", number>>;
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

/** Reads COCO results whose `image_id`, or that and `category_id`, are the id of a query; says what of them cannot be used. */
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
  const file = await readDetections(path, (image, category) => {
    // Names of categories that are phrases: the query of image 139 and category 18 is "139/18".
    const id = [String(image), `${image}/${category}`].find((one) => queries.has(one));
    if (id === undefined) return undefined;
    const { size } = queries.get(id)!;
    return { id, ...(size !== undefined && { size }) };
  });
  const { name, entries, leftOut, strangers, images } = file;
  const elsewhere = [...strangers.values()].reduce((sum, count) => sum + count, 0);
  const [first] = strangers.keys();
  if (first !== undefined)
    onEvent({
      type: "note",
      text: `${name}: ${plural(elsewhere, "mask")} of ${plural(strangers.size, "image_id")} that ${benchmark.name} does not have: ${first}${strangers.size > 1 ? ", ..." : ""}`,
    });
  if (images.length === 0 && entries > 0)
    throw complain(name, `holds no masks for ${benchmark.name} that can be used`, {
      expected:
        "COCO results whose image_id is the id of an entry of images (answers to phrases of one's own pictures are scored by `run` with annotations)",
      got: leftOut.lines[0] ?? `image_id ${first}`,
    });
  if (leftOut.count > 0) onEvent({ type: "leftOut", file: name, ...leftOut, of: entries });
  return {
    file,
    samples: [...new Set(images.map((id) => queries.get(id)!.sample))],
    tally: new AnswerTally(file),
    detections: { entries, leftOut: leftOut.count, elsewhere },
  };
}

/** Counts phrases that were answered while rows are made. */
class AnswerTally implements Tally {
  readonly #file: DetectionFile;
  readonly #lines: string[] = [];
  #answered = 0;
  #rows = 0;

  constructor(file: DetectionFile) {
    this.#file = file;
  }

  add(rows: Parameters<Tally["add"]>[0], problems: readonly string[] = []): void {
    this.#lines.push(...problems);
    for (const row of rows) {
      if (row.status !== "ok") continue;
      this.#rows += 1;
      const answered = isExpression(row)
        ? expressionFacts(row).answer > 0
        : queryFacts(row).scores.some((score) => score >= keptScore);
      if (answered) this.#answered += 1;
    }
  }

  end({ onEvent }: Pick<Context, "onEvent">, limit: Parameters<Tally["end"]>[1]): readonly Problem[] {
    const { name: file, entries: of, leftOut } = this.#file;
    const count = this.#lines.length;
    if (count > 0) onEvent({ type: "leftOut", file, lines: firstFew(this.#lines).lines, count, of });
    const text = `${file}: ${this.#answered} of ${plural(this.#rows, "phrase")} ${this.#rows === 1 ? "is" : "are"} answered`;
    onEvent({ type: "note", text });
    return tooMany({ file, left: leftOut.count + count, of }, limit);
  }
}
