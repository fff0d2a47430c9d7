// Phrases for reports: which are hardest, over all images that they were asked of, and the worst of what was answered wrongly. One pass over the rows.
import { protocolFacts, type Registries } from "../../config/index.ts";
import { isRanked, type Measure } from "../../core/measure.ts";
import { isQuery, keptScore, phraseDefaults, queryFacts } from "../../core/query-facts.ts";
import type { Row, ScoredRow } from "../../core/rows.ts";
import { byCodeUnit } from "../../formats/files.ts";
import type { PhraseLine, ReportInput, ShownQuery, WrongAnswer } from "../../report/input.ts";
import { gain, leadingOf } from "../../report/lookup.ts";

/** A phrase so far: images, those in which it names something, and added-up parts of the measures shown, those that several share once. */
interface Asked {
  images: number;
  named: number;
  readonly sums: (Float64Array | undefined)[];
}

/** Of one model on one benchmark under one protocol. */
interface Answers {
  readonly key: Pick<PhraseLine, "model" | "benchmark" | "protocol">;
  readonly phrases: Map<string, Asked>;
  readonly alarms: Worst;
  readonly misses: Worst;
}

/** The first few by a number, the greatest first; ties by image and query. */
class Worst {
  readonly #kept: { readonly by: number; readonly answer: WrongAnswer }[] = [];
  /** What is below it cannot stay. */
  #floor = Number.NEGATIVE_INFINITY;

  add(by: number, answer: () => WrongAnswer): void {
    if (by < this.#floor) return;
    this.#kept.push({ by, answer: answer() });
    if (this.#kept.length > 4 * phraseDefaults.wrong) this.#cut();
  }

  #cut(): void {
    const text = ({ sample, target }: WrongAnswer) => `${sample}\n${target}`;
    this.#kept.sort((a, b) => b.by - a.by || byCodeUnit(text(a.answer), text(b.answer)));
    this.#kept.length = Math.min(this.#kept.length, phraseDefaults.wrong);
    if (this.#kept.length === phraseDefaults.wrong) this.#floor = this.#kept.at(-1)!.by;
  }

  list(): WrongAnswer[] {
    this.#cut();
    return this.#kept.map(({ answer }) => answer);
  }
}

export class PhraseLines {
  readonly #known: Registries;
  readonly #measures = new Map<string, readonly Measure[]>();
  readonly #answers = new Map<string, Answers>();

  constructor(known: Registries) {
    this.#known = known;
  }

  /** The main measures: those of sums. */
  #measuresOf(protocol: string): readonly Measure[] {
    const known = this.#measures.get(protocol);
    if (known !== undefined) return known;
    const { measures } = protocolFacts(protocol, [], this.#known);
    const own = measures.filter((one): one is Measure => one.show === "main" && !isRanked(one));
    this.#measures.set(protocol, own);
    return own;
  }

  #partsOf(protocol: string): readonly Measure["parts"][] {
    return distinctParts(this.#measuresOf(protocol));
  }

  add(row: Row): void {
    if (row.status !== "ok" || row.category === undefined || !isQuery(row)) return;
    const { model, benchmark, protocol, category: phrase } = row;
    const name = JSON.stringify([model, benchmark, protocol]);
    let own = this.#answers.get(name);
    if (own === undefined) {
      const key = { model, benchmark, protocol };
      own = { key, phrases: new Map(), alarms: new Worst(), misses: new Worst() };
      this.#answers.set(name, own);
    }
    let asked = own.phrases.get(phrase);
    if (asked === undefined) {
      asked = { images: 0, named: 0, sums: [] };
      own.phrases.set(phrase, asked);
    }
    const { truths, chosen } = queryFacts(row);
    asked.images += 1;
    if (truths[chosen]! > 0) asked.named += 1;
    for (const [p, partsOf] of this.#partsOf(protocol).entries()) {
      const parts = partsOf(row);
      if (parts === undefined) continue;
      const sums = asked.sums[p];
      if (sums === undefined) asked.sums[p] = Float64Array.from(parts);
      else for (let i = 0; i < parts.length; i++) sums[i]! += parts[i]!;
    }
    noteWrong(own, row, phrase);
  }

  /** Every phrase, with the measure that each has a number of. */
  all(): readonly { readonly line: PhraseLine; readonly measure: Measure }[] {
    return [...this.#answers.values()].flatMap((own) => {
      const measures = this.#measuresOf(own.key.protocol);
      const measure = measures.find(({ broken }) => broken === true);
      return measure === undefined ? [] : phrasesOf(own, measures).map((line) => ({ line, measure }));
    });
  }

  /** With the pictures that were drawn; undefined where no row is of a phrase. */
  found(pictures: readonly ShownQuery[]): ReportInput["phrases"] {
    if (this.#answers.size === 0 && pictures.length === 0) return undefined;
    const all = [...this.#answers.values()];
    return {
      lines: all.flatMap((own) => hardest(own, this.#measuresOf(own.key.protocol))),
      alarms: all.flatMap(({ alarms }) => alarms.list()),
      misses: all.flatMap(({ misses }) => misses.list()),
      pictures,
    };
  }
}

/** Measures of one vector have one function for it. */
function distinctParts(measures: readonly Measure[]): readonly Measure["parts"][] {
  return [...new Set(measures.map(({ parts }) => parts))];
}

function noteWrong({ key, alarms, misses }: Answers, row: ScoredRow, phrase: string): void {
  const { scores, truths, chosen } = queryFacts(row);
  const kept = scores.reduce((count, score) => count + Number(score >= keptScore), 0);
  const there = truths[chosen]!;
  if (kept > 0 === there > 0) return;
  const highest = scores.reduce((most, score) => Math.max(most, score), 0);
  const { sample, target } = row;
  const answer = (masks: number): WrongAnswer => ({
    ...{ ...key, sample, target, phrase, masks },
    ...(scores.length > 0 && { score: highest }),
  });
  if (kept > 0) alarms.add(highest, () => answer(kept));
  else misses.add(there, () => answer(there));
}

/** Every phrase with the numbers that it has, in order of first appearance. */
function phrasesOf({ key, phrases }: Answers, measures: readonly Measure[]): PhraseLine[] {
  const all = distinctParts(measures);
  return [...phrases].map(([phrase, { images, named, sums }]): PhraseLine => {
    const values = measures.flatMap(({ id, value, parts }) => {
      const own = sums[all.indexOf(parts)];
      const number = own === undefined ? Number.NaN : value([...own]);
      return Number.isNaN(number) ? [] : [[id, number] as const];
    });
    return { ...key, phrase, images, named, values: Object.fromEntries(values) };
  });
}

/**
 * Those that lose something of the measure that each query has, the worst first; of equal ones those of which the leading measure has a value (they
 * name something in some images and nothing in others).
 */
function hardest(answers: Answers, measures: readonly Measure[]): PhraseLine[] {
  const leading = leadingOf(measures);
  const own = measures.find(({ broken }) => broken === true) ?? leading;
  const by = (line: PhraseLine, measure: Pick<Measure, "id" | "better"> | undefined) => {
    const value = measure === undefined ? undefined : line.values[measure.id];
    return value === undefined ? Number.MAX_VALUE : gain(measure!, value);
  };
  const isWhole = (line: PhraseLine) =>
    own?.unit === "share" && own.better === "higher" && line.values[own.id] === 1;
  return phrasesOf(answers, measures)
    .filter((line) => !isWhole(line))
    .map((line) => ({ line, ranks: [by(line, own), by(line, leading)] as const }))
    .sort(
      ({ line: a, ranks: [one, first] }, { line: b, ranks: [two, second] }) =>
        one - two || first - second || b.images - a.images || byCodeUnit(a.phrase, b.phrase),
    )
    .slice(0, phraseDefaults.phrases)
    .map(({ line }) => line);
}
